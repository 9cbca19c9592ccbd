"""Training a network on a source domain; nothing in here ever sees a target."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ...activations.extraction import Extraction
from ...core.cache import write_kept_file
from ...core.errors import DataError
from .methods import Augmentation

# Of small networks, which see many images at a time.
_EXTRACTION = Extraction(batch_size=500)


@dataclass(frozen=True)
class Budget:
    """How long a network is trained: the same for all that are compared.

    Attributes
    ----------
    epochs : int
        Passes over the fitting images.
    batch_size : int
        Images per step.
    learning_rate : float
        Of Adam, at the start; it falls to 0 along a cosine.
    """

    epochs: int = 8
    batch_size: int = 32
    learning_rate: float = 1e-3


@dataclass(frozen=True)
class LabelledImages:
    """Images as a network takes them.

    Attributes
    ----------
    images : torch.Tensor of shape (n_images, 3, height, width)
        What the network takes.
    labels : torch.Tensor of shape (n_images,)
        Class numbers, int64.
    """

    images: torch.Tensor
    labels: torch.Tensor


@dataclass(frozen=True)
class Trained:
    """The outcome of a training.

    Attributes
    ----------
    network : nn.Module
        With the weights of the chosen epoch, in evaluation mode.
    epoch : int
        The chosen one, counted from 1.
    validation_accuracies : list of float
        After each epoch, on the source's validation images.
    """

    network: nn.Module
    epoch: int
    validation_accuracies: list[float]


@dataclass(frozen=True)
class TrainingOptions:
    """How a network is trained on given images.

    Attributes
    ----------
    budget : Budget
        How long.
    seed : int
        Of the order of the images and their augmentation.
    augmentation : callable, optional
        Of the fitting images.
    extraction : Extraction
        The device, and how many validation images are seen at a time; its precision has no meaning here.
    """

    budget: Budget
    seed: int
    augmentation: Augmentation | None = None
    extraction: Extraction = _EXTRACTION


def train(
    network: nn.Module,
    fitting: LabelledImages,
    validation: LabelledImages,
    options: TrainingOptions,
    checkpoint: Path,
    after_step: Callable[[], object] = lambda: None,
) -> Trained:
    """Train a network on a source domain and keep the epoch that is best on held-out source images.

    This is DomainBed's training-domain validation (Gulrajani and Lopez-Paz 2021). The order of the images and their
    augmentation follow from the seed and the epoch alone, so that a training that was interrupted and is called again
    goes on after its last whole epoch and ends with the same weights.

    Parameters
    ----------
    network : nn.Module
        With its initial weights; is changed.
    fitting, validation : LabelledImages
        Of the source domain, disjoint.
    options : TrainingOptions
        Budget, seed, augmentation and device.
    checkpoint : Path
        Where the state after each epoch is kept. The caller removes it when the outcome is stored, and makes sure that
        other trainings have other files.
    after_step : callable
        Called after each step of the optimizer.

    Returns
    -------
    Trained
    """
    device = options.extraction.torch_device
    network.to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=options.budget.learning_rate)
    accuracies: list[float] = []
    best: dict[str, torch.Tensor] = {}
    if checkpoint.is_file():
        state = _read_checkpoint(checkpoint, device)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        accuracies, best = state["accuracies"], state["best"]
    for epoch in range(len(accuracies), options.budget.epochs):
        _train_epoch(network, optimizer, fitting, options, epoch, after_step)
        probabilities = class_probabilities(network, validation.images, options.extraction.images_per_batch)
        predicted = probabilities.argmax(axis=1)
        accuracies.append(float((predicted == validation.labels.numpy()).mean()))
        if accuracies[-1] > max(accuracies[:-1], default=-1.0):
            best = {name: tensor.detach().cpu().clone() for name, tensor in network.state_dict().items()}
        state = {"network": network.state_dict(), "optimizer": optimizer.state_dict()}
        _write_checkpoint(checkpoint, state | {"accuracies": accuracies, "best": best})
    network.load_state_dict(best)
    return Trained(network.eval(), 1 + int(np.argmax(accuracies)), accuracies)


def _write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    def write(temporary: Path) -> None:
        with open(temporary, "wb") as file:  # to a path, torch writes by itself, and a full disk is a RuntimeError
            torch.save(state, file)

    write_kept_file(path, write)


def class_probabilities(
    network: nn.Module, images: torch.Tensor, images_per_step: int = _EXTRACTION.images_per_batch
) -> np.ndarray:
    """Return a network's class probabilities: float64, (n_images, n_classes)."""
    network.eval()
    device = next(network.parameters()).device
    with torch.no_grad():  # tables that modules keep are trained with
        parts = [
            functional.softmax(network(part.to(device)).double(), dim=1).cpu() for part in images.split(images_per_step)
        ]
    return torch.cat(parts).numpy()


def _train_epoch(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    fitting: LabelledImages,
    options: TrainingOptions,
    epoch: int,
    after_step: Callable[[], object],
) -> None:
    network.train()
    budget = options.budget
    device = next(network.parameters()).device
    epoch_seed = int(np.random.SeedSequence([options.seed, epoch]).generate_state(1)[0])
    generator = torch.Generator().manual_seed(epoch_seed)
    batches = torch.randperm(len(fitting.labels), generator=generator).split(budget.batch_size)
    n_steps = budget.epochs * len(batches)
    # A network may draw random numbers of its own, for dropout.
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(epoch_seed)
        for number, rows in enumerate(batches):
            images = fitting.images[rows].to(device)
            if options.augmentation is not None:
                images = options.augmentation(images, generator)
            progress = (epoch * len(batches) + number) / n_steps
            for group in optimizer.param_groups:
                group["lr"] = budget.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))
            optimizer.zero_grad()
            functional.cross_entropy(network(images), fitting.labels[rows].to(device)).backward()
            optimizer.step()
            after_step()


def _read_checkpoint(path: Path, device: torch.device) -> dict[str, Any]:
    try:
        return torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # torch raises many kinds for a damaged file
        raise DataError(f"the checkpoint {path} cannot be read ({error}); delete it to train from the start") from error
