"""Activations of all wanted layers in one pass over the stimuli."""

import contextlib
import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from .errors import InvalidParameterError, LayerNotFoundError, ModelOutputError
from .network_input import named_layers


def default_device() -> torch.device:
    """Return the device that networks run on: the first CUDA device where there is one, the CPU elsewhere."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def check_layers_exist(network: nn.Module, layers: Sequence[str], model_identifier: str = "the network") -> None:
    """Raise LayerNotFoundError, with the closest names, unless the network has all these layers."""
    known = named_layers(network)
    for layer in layers:
        if layer not in known:
            closest = difflib.get_close_matches(layer, known, n=3, cutoff=0.3)
            hint = f"the closest are {', '.join(closest)}" if closest else f"it has {', '.join(known)}"
            raise LayerNotFoundError(f"{model_identifier} has no layer {layer!r}; {hint}")


def extract_features(
    network: nn.Module,
    batches: Iterable[torch.Tensor],
    layers: Sequence[str],
    stimulus_ids: Sequence[str],
    model_identifier: str = "the network",
) -> dict[str, np.ndarray]:
    """Record the outputs of layers while a network sees images, in one forward pass per batch.

    The network runs in evaluation mode and without gradients on `default_device`, where it stays; the
    training flags of all its modules are put back. Outputs are copied, so that an in-place operation which
    follows a layer cannot change what was recorded. Of an output that is a tuple, list or dict, the first
    tensor is taken. Of a layer that runs several times in one forward pass (torchvision's ResNets reuse each
    block's ReLU), the last output is kept, as Brain-Score does.

    Parameters
    ----------
    network : nn.Module
        Takes a batch of images.
    batches : iterable of torch.Tensor, each of shape (n_images, n_channels, height, width)
        The stimuli, in order.
    layers : sequence of str
        Names of modules of the network.
    stimulus_ids : sequence of str
        Names of the stimuli, in the order of the batches.
    model_identifier : str
        Name of the model for the progress bar and error messages.

    Returns
    -------
    dict of str to array of shape (n_stimuli, n_features)
        float32; channels, space and tokens are flattened.

    Raises
    ------
    InvalidParameterError
        If there are more or fewer images than `stimulus_ids`.
    LayerNotFoundError
        Before any pass, if the network lacks a layer.
    ModelOutputError
        If a layer did not run, returned no tensor with one row per stimulus, or returned NaN or infinity.
    """
    check_layers_exist(network, layers, model_identifier)
    device = default_device()
    network.to(device)
    features: dict[str, np.ndarray] = {}
    n_seen = 0
    with _evaluation_mode(network), _recorded(network, layers) as outputs, torch.inference_mode():
        for batch in tqdm(batches, desc=model_identifier, unit="batch", leave=False, disable=None):
            shown_ids = stimulus_ids[n_seen : n_seen + len(batch)]
            if len(shown_ids) != len(batch):
                raise InvalidParameterError(f"the batches hold more images than {len(stimulus_ids)} stimulus_ids")
            outputs.clear()
            network(batch.to(device))
            for layer in layers:
                rows = _feature_rows(outputs.get(layer), len(batch), layer, model_identifier)
                _check_finite(rows, shown_ids, layer, model_identifier)
                # Written in place: wide layers are gigabytes, so joining batches at the end would double them.
                if layer not in features:
                    features[layer] = np.empty((len(stimulus_ids), rows.shape[1]), np.float32)
                features[layer][n_seen : n_seen + len(batch)] = rows
            n_seen += len(batch)
    if n_seen != len(stimulus_ids):
        raise InvalidParameterError(f"the batches hold {n_seen} images for {len(stimulus_ids)} stimulus_ids")
    return features


@contextlib.contextmanager
def _evaluation_mode(network: nn.Module) -> Iterator[None]:
    # One flag per module: parts of a network may be frozen in evaluation mode while the rest trains.
    was_training = {module: module.training for module in network.modules()}
    network.eval()
    try:
        yield
    finally:
        for module, training in was_training.items():
            module.training = training


@contextlib.contextmanager
def _recorded(network: nn.Module, layers: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Give a dict that holds each layer's output, as a CPU copy, after each forward pass."""
    outputs: dict[str, Any] = {}
    modules = named_layers(network)
    with contextlib.ExitStack() as hooks:
        for layer in layers:

            def record(module: nn.Module, args: Any, output: Any, layer: str = layer) -> None:
                tensor = _first_tensor(output)
                outputs[layer] = None if tensor is None else tensor.to("cpu", torch.float32, copy=True)

            hooks.callback(modules[layer].register_forward_hook(record).remove)
        yield outputs


def _first_tensor(output: Any) -> torch.Tensor | None:
    if isinstance(output, torch.Tensor):
        return output
    if isinstance(output, dict):
        output = list(output.values())
    if isinstance(output, list | tuple):
        return next((tensor for item in output if (tensor := _first_tensor(item)) is not None), None)
    return None


def _feature_rows(output: torch.Tensor | None, n_images: int, layer: str, model_identifier: str) -> np.ndarray:
    if output is None:
        raise ModelOutputError(
            f"layer {layer!r} of {model_identifier} gave no tensor: it does not run when the network "
            "sees an image; choose another layer"
        )
    if output.ndim < 1 or len(output) != n_images:
        raise ModelOutputError(
            f"layer {layer!r} of {model_identifier} gave an output of shape {tuple(output.shape)} for "
            f"{n_images} stimuli; the first axis must be the stimuli; choose another layer"
        )
    return output.reshape(n_images, -1).numpy()


def _check_finite(rows: np.ndarray, stimulus_ids: Sequence[str], layer: str, model_identifier: str) -> None:
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        raise ModelOutputError(
            f"layer {layer!r} of {model_identifier} gave NaN or infinite activations for the stimulus "
            f"{stimulus_ids[int(np.argmin(finite))]!r}; check the network's weights and its input normalization"
        )
