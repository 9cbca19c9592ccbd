"""Training a copy of a model's network, with a new linear head, on source domains."""

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from torch import nn
from tqdm import tqdm

from ...activations.extraction import as_written, full_precision, rounding_of, same_noise
from ...activations.image_model import ImageModel
from ...activations.layer_outputs import channel_rows, errors_naming, hooked
from ...activations.network_input import without_use_of
from ...activations.probe import numbers_of_rows
from ...activations.recorded_network import StimulusBatches
from ...core.behaviour import Behaviour, probe_rows
from ...core.cache import warned_if_unwritable
from ...core.confirmed_arrays import keep_confirmed_arrays, read_confirmed_arrays
from ...core.content_key import content_key
from ...core.errors import InvalidParameterError, ModelError
from ...core.home import home
from ...core.image_loading import load_image_batch
from ...core.threads import one_thread
from ..domains.stimuli import part_of
from .training import Budget, LabelledImages, Trained, TrainingOptions, class_probabilities, train

VALIDATION_SHARE = 0.2  # DomainBed's
# To be raised when a training of the same settings would end otherwise.
_FINE_TUNING_VERSION = 1


class NetworkWithHead(nn.Module):
    """A network's layer, averaged over positions, and a linear classifier on it.

    Parameters
    ----------
    model : ImageModel
        Its network is copied; all weights of the copy can be trained.
    layer : str
        Name of the layer. What the network computes after it has no influence.
    n_classes : int
        Number of outputs.
    seed : int
        Of the classifier's weights; the caller's random numbers are not disturbed.

    Raises
    ------
    ModelOutputError
        If the layer gives no tensor with one row per image.
    ModelError
        If the copy would still use the model's own network.
    """

    def __init__(self, model: ImageModel, layer: str, n_classes: int, seed: int):
        super().__init__()
        self.network = copy.deepcopy(model.network).requires_grad_(True).float()
        self._layer = layer
        self._model_identifier = model.identifier
        device = model.extraction.torch_device
        self.network.to(device).eval()
        image = torch.zeros(1, 3, model.image_size, model.image_size, device=device)
        with torch.no_grad(), without_use_of(model.network, model.identifier):
            n_features = self.features(image).shape[1]
        with torch.random.fork_rng(devices=[]):
            torch.random.default_generator.manual_seed(seed)
            self.classifier = nn.Linear(n_features, n_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits of uint8 images of shape (n_images, 3, height, width)."""
        return self.classifier(self.features(images.to(torch.float32) / 255))

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Return what the head sees of images in [0, 1]: (n_images, n_features)."""
        outputs: dict[str, torch.Tensor | None] = {}

        def keep(layer: str, output: torch.Tensor | None) -> None:
            # A copy: an in-place operation that follows must not change it.
            outputs[layer] = None if output is None else output.clone()

        with hooked(self.network, [self._layer], keep):
            self.network(images)
        with errors_naming(self._model_identifier):
            return channel_rows(outputs.get(self._layer), len(images), self._layer)


class FineTuning:
    """A classifier that trains a copy of a model's network on the fitting stimuli, all weights, anew for each seed.

    The network keeps what stands before it, such as NeuRN. Validation images are drawn from the fitting stimuli; see
    `train` for the loop and the choice of the epoch. Predictions are stored below ``home() / "trainings"``, and the
    state after each epoch too, until they are: what was interrupted goes on and ends the same. On a CPU it is computed
    on one thread, since a training lets differences of rounding grow.

    Parameters
    ----------
    model : ImageModel
        Is left as it is. Its extraction tells the device.
    budget : Budget
        How long to train.

    Raises
    ------
    InvalidParameterError
        If the extraction's precision is not float32.
    """

    def __init__(self, model: ImageModel, budget: Budget):
        if model.extraction.precision != "float32":
            raise InvalidParameterError(
                f"networks are trained in float32, but {model.identifier} is to be run in "
                f"{model.extraction.precision}; leave the precision out"
            )
        self._model = model
        self._budget = budget

    def predictions(
        self, fitting: StimulusSet, tests: Mapping[str, StimulusSet], classes: Sequence[str], seed: int
    ) -> dict[str, np.ndarray]:
        """See `Classifier`; the predictions of the same training and tests are read where they are stored.

        Stored predictions are believed only if the model, as it is now, does the same with two of the stimuli.

        Raises
        ------
        ModelError
            If the trained network's outputs are not finite, or stimuli influence one another before the training.
        """
        with self._model.unchanged(), one_thread():
            return self._confirmed_predictions(fitting, tests, classes, seed)

    def _confirmed_predictions(
        self, fitting: StimulusSet, tests: Mapping[str, StimulusSet], classes: Sequence[str], seed: int
    ) -> dict[str, np.ndarray]:
        layers = [self._model.readout_layer]
        behaviour = Behaviour.joined(
            [self._model.layer_behaviour([fitting], layers), self._behaviour_in_training(fitting, len(classes), seed)]
        )
        folder = home() / "trainings"
        training_key = content_key(
            version=_FINE_TUNING_VERSION,
            torch=torch.__version__,
            model_fingerprint=self._model.fingerprint,
            layer=self._model.readout_layer,
            device=self._model.extraction.torch_device.type,
            fitting=fitting.identifier,
            classes=list(classes),
            validation_share=VALIDATION_SHARE,
            budget=dataclasses.asdict(self._budget),
            seed=seed,
        )
        key = content_key(training=training_key, tests=[stimuli.identifier for stimuli in tests.values()])
        stem = folder / key[:32]

        def of_arrays(arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
            return [arrays[f"test_{number}"] for number in range(len(tests))]

        stored = read_confirmed_arrays(stem, behaviour, of_arrays)
        if stored is not None:
            return dict(zip(tests, stored, strict=True))
        self._model.check_independence([fitting], layers)
        # To the last bit: else the training starts again, and ends the same.
        checkpoint = folder / "checkpoints" / f"{training_key[:32]}-{behaviour.suffix}.pt"
        network = self.trained(fitting, classes, seed, checkpoint).network
        predictions = {name: self._probabilities(network, stimuli) for name, stimuli in tests.items()}
        arrays = {f"test_{number}": values for number, values in enumerate(predictions.values())}
        keep_confirmed_arrays(stem, behaviour, arrays)
        with warned_if_unwritable(folder):
            checkpoint.unlink(missing_ok=True)
        return predictions

    def trained(self, fitting: StimulusSet, classes: Sequence[str], seed: int, checkpoint: Path) -> Trained:
        """Train on some stimuli, or go on after the last whole epoch of a training that was interrupted.

        Parameters
        ----------
        fitting : StimulusSet
            A fifth of it is kept for validation.
        classes : sequence of str
            All labels, sorted.
        seed : int
            Of validation images, head and order.
        checkpoint : Path
            See `train`.
        """
        with as_written():
            network = NetworkWithHead(self._model, self._model.readout_layer, len(classes), seed)
        images = self._images(fitting)
        labels = torch.from_numpy(np.searchsorted(classes, fitting["image_label"].to_numpy()))
        validation, rows = _split(len(images), self._budget.batch_size, seed)
        n_steps = self._budget.epochs * -(-len(rows) // self._budget.batch_size)
        extraction = self._model.extraction
        with (
            one_thread(),
            as_written(),
            torch.enable_grad(),
            full_precision(extraction.torch_device),
            tqdm(total=n_steps, desc=f"{self._model.identifier}, seed {seed}", unit="step", leave=False) as progress,
        ):
            return train(
                network,
                LabelledImages(images[rows], labels[rows]),
                LabelledImages(images[validation], labels[validation]),
                TrainingOptions(self._budget, seed, extraction=extraction),
                checkpoint,
                progress.update,
            )

    def _behaviour_in_training(self, fitting: StimulusSet, n_classes: int, seed: int) -> Behaviour:
        """Show a copy of the network, in training mode, a few of the stimuli: it may do otherwise there."""
        device = self._model.extraction.torch_device
        few = part_of(fitting, np.array(probe_rows(len(fitting))))
        with as_written(), torch.no_grad(), same_noise(device), full_precision(device):
            network = NetworkWithHead(self._model, self._model.readout_layer, n_classes, seed).to(device).train()
            numbers = numbers_of_rows(network.features(self._images(few).to(device, torch.float32) / 255))
            return Behaviour(numbers.cpu().numpy(), rounding_of(network, self._model.extraction))

    def _images(self, stimuli: StimulusSet) -> torch.Tensor:
        """Load stimuli as bytes, in which resized images come: a quarter of their size as numbers."""
        size = self._model.image_size
        images = torch.empty((len(stimuli), 3, size, size), dtype=torch.uint8)
        n_read = 0
        for batch in self._batches(stimuli):
            images[n_read : n_read + len(batch)] = batch
            n_read += len(batch)
        return images

    def _probabilities(self, network: nn.Module, stimuli: StimulusSet) -> np.ndarray:
        """Test a network on images that are read when their turn comes: test domains may be large."""
        with one_thread(), as_written(), full_precision(self._model.extraction.torch_device):
            parts = [class_probabilities(network, batch) for batch in self._batches(stimuli)]
        probabilities = np.concatenate(parts)
        if not np.isfinite(probabilities).all():
            raise ModelError(
                f"{self._model.identifier}, trained with the learning rate {self._budget.learning_rate:g}, gives NaN "
                "or infinite outputs: its training diverged; check the network's input normalization"
            )
        return probabilities

    def _batches(self, stimuli: StimulusSet) -> StimulusBatches:
        paths = [Path(stimuli.get_stimulus(key)) for key in stimuli["stimulus_id"]]
        return StimulusBatches(paths, self._read, self._model.extraction.images_per_batch)

    def _read(self, paths: Sequence[Path]) -> torch.Tensor:
        values = load_image_batch(paths, self._model.image_size, self._model.interpolation)
        return (values * 255).round().to(torch.uint8)


def _split(n_stimuli: int, batch_size: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return rows for validation, and the others."""
    order = torch.from_numpy(np.random.default_rng(seed).permutation(n_stimuli))
    n_validation = max(1, round(VALIDATION_SHARE * n_stimuli))
    # A last batch of a single image has no variance: batch normalization would fail.
    n_validation += (n_stimuli - n_validation) % batch_size == 1
    return order[:n_validation], order[n_validation:]
