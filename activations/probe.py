"""Showing a network a few stimuli: what it does with them, and whether it does the same whatever stands beside them."""

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from ..core.behaviour import Behaviour, probe_rows
from ..core.cache import cached_folder
from ..core.errors import BrainscoreMouseError, ModelError
from ..core.home import cache_folder
from ..metrics.feature_gram import FeatureGram
from .extraction import Extraction, ReadyNetwork, ready_network, rounding_of
from .layer_outputs import errors_naming, feature_rows, first_tensor, hooked
from .network_input import channels_hint, uncompiled

_N_SUMS = 4
_WEIGHTS_PERIOD = 65_537
_SMALLEST_NORM = 1e-12
# Largest difference, relative to the norm, between an image alone and beside others: networks that iterate until all
# images of a batch have settled differ by about their own tolerance. Batch statistics make tens of percent.
_INFLUENCE = 1e-3
# What other programs give has the precision of float32.
_ROUNDING_OF_RESPONSES = 1e-4
_REFERENCE = "reference.png"


class Probe:
    """A few images that a network is shown.

    Parameters
    ----------
    network : nn.Module
        The network.
    extraction : Extraction
        How it is run. Where images enter one at a time, they cannot influence one another.
    images : torch.Tensor
        A row per image.
    model_identifier : str
        Name of the model for error messages.
    """

    def __init__(self, network: nn.Module, extraction: Extraction, images: torch.Tensor, model_identifier: str):
        self._network = network
        self._extraction = extraction
        self._images = images
        self._model_identifier = model_identifier

    def behaviour(self, layers: Sequence[str]) -> Behaviour:
        """Record, in one pass, what layers do with the images.

        Parameters
        ----------
        layers : sequence of str
            Names of modules of the network.

        Returns
        -------
        Behaviour
            Its numbers have the shape (n_layers, n_images, n_numbers).

        Raises
        ------
        ModelOutputError
            If a layer did not run, or returned no tensor with one row per image.
        ModelError
            If the network fails.
        """
        return Behaviour(self._numbers(layers, self._all), rounding_of(self._network, self._extraction))

    def check_independence(self, layers: Sequence[str], behaviour: Behaviour) -> None:
        """Raise ModelError unless each image gives the same activations in another order, and alone.

        Noise from torch's generators is the same in each pass of a model, and is let through.

        Parameters
        ----------
        layers : sequence of str
            Names of modules of the network.
        behaviour : Behaviour
            Of these layers.
        """
        if not np.isfinite(behaviour.numbers).all():
            return  # NaN is not equal to itself; extraction refuses it, and names the stimulus
        reverse = self._all[::-1]
        if not self._same(layers, behaviour, reverse, behaviour.rounding) and not self._draws_noise(layers, behaviour):
            again = Behaviour(self._numbers(layers, self._all), behaviour.rounding)
            if not behaviour.agrees_with(again):
                raise ModelError(
                    f"{self._model_identifier} gives other activations each time it sees the same image"
                    f"{self._culprit(self._all)}. Make it deterministic: remove its noise, or seed it in forward."
                )
            raise self._influenced("in another place of the batch", reverse)
        if self._extraction.images_per_batch == 1 or len(self._images) == 1:
            return
        for row in self._all:
            tolerance = max(_INFLUENCE, 2 * behaviour.rounding)
            if not self._same(layers, behaviour, [row], tolerance) and not self._draws_noise(layers, behaviour):
                raise self._influenced("alone", [row])

    def check_within_batches(self, layers: Sequence[str], behaviour: Behaviour, within: "WithinBatches") -> None:
        """Raise ModelError unless the images gave the same activations within the batches of a whole recording.

        Images may influence one another only in batches of more than a few, or be changed by what was seen long before.

        Parameters
        ----------
        layers : sequence of str
            Names of modules of the network.
        behaviour : Behaviour
            Of these layers, for the images by themselves.
        within : WithinBatches
            What the same images gave when all stimuli were recorded.
        """
        tolerance = max(_INFLUENCE, 2 * behaviour.rounding)
        found = Behaviour(within.numbers(layers), tolerance)
        if found.agrees_with(behaviour) or self._draws_noise(layers, behaviour):
            return
        if self._extraction.images_per_batch == 1:
            raise ModelError(
                f"{self._model_identifier} gives other activations for an image after it has seen others: make it "
                "forget what it has seen before each forward."
            )
        raise self._influenced("within a whole batch")

    @property
    def _all(self) -> list[int]:
        return list(range(len(self._images)))

    def _same(self, layers: Sequence[str], behaviour: Behaviour, rows: list[int], tolerance: float) -> bool:
        expected = Behaviour(behaviour.numbers[:, rows], tolerance)
        return expected.agrees_with(Behaviour(self._numbers(layers, rows), tolerance))

    def _draws_noise(self, layers: Sequence[str], behaviour: Behaviour) -> bool:
        """Tell whether the network differs from pass to pass, but not if torch's generators start the same."""
        if not behaviour.agrees_with(Behaviour(self._numbers(layers, self._all), behaviour.rounding)):
            return False
        twice = Behaviour(self._numbers(layers, self._all, n_passes=2), behaviour.rounding)
        return not behaviour.agrees_with(twice)

    def _numbers(self, layers: Sequence[str], rows: list[int], n_passes: int = 1) -> np.ndarray:
        """Show images, as many at a time as are allowed, and return the numbers of the last pass."""
        batches = torch.tensor(rows).split(self._extraction.images_per_batch)
        with ready_network(self._network, self._extraction) as ready, ready.mode():
            for _ in range(n_passes):
                parts = [self._numbers_of_batch(ready, self._images[batch], layers) for batch in batches]
        return np.concatenate(parts, axis=1)

    def _numbers_of_batch(self, ready: ReadyNetwork, images: torch.Tensor, layers: Sequence[str]) -> np.ndarray:
        numbers: dict[str, torch.Tensor] = {}
        unfit: dict[str, torch.Tensor | None] = {}

        def keep(layer: str, output: torch.Tensor | None) -> None:
            numbers.pop(layer, None)
            unfit[layer] = None
            if output is not None and output.ndim and len(output) == len(images) and not output.is_complex():
                numbers[layer] = numbers_of_rows(feature_rows(output, len(images), layer))
            else:
                unfit[layer] = output

        with hooked(ready.network, layers, keep):
            self._show(ready, images)
        for layer in layers:
            if layer not in numbers:
                with errors_naming(self._model_identifier):
                    feature_rows(unfit.get(layer), len(images), layer)  # raises
        return torch.stack([numbers[layer] for layer in layers]).cpu().numpy()

    def _show(self, ready: ReadyNetwork, images: torch.Tensor) -> None:
        try:
            ready.see(images)
        except (BrainscoreMouseError, MemoryError, torch.OutOfMemoryError):
            raise
        except Exception as error:
            has_complex = any(parameter.is_complex() for parameter in self._network.parameters())
            advice = (
                " Its weights are complex, and images are real: convert them in its forward." if has_complex else ""
            )
            raise ModelError(
                f"{self._model_identifier} fails for {len(images)} stimuli as a {tuple(images.shape)} tensor: "
                f"{type(error).__name__}: {error}{channels_hint(self._network)}.{advice}{self._device_hint()}"
            ) from error

    def _device_hint(self) -> str:
        device = self._extraction.torch_device
        if device.type == "cpu":
            return ""
        return f" It ran on {device}; if it can only run on the CPU, say so by Extraction(device='cpu')."

    def _influenced(self, where: str, rows: list[int] | None = None) -> ModelError:
        culprit = "" if rows is None else self._culprit(rows)
        return ModelError(
            f"{self._model_identifier} gives other activations for an image {where}{culprit}: the images of a batch "
            "influence one another, as in batch normalization without running statistics. Change that, or run it with "
            "Extraction(batch_size=1)."
        )

    def _culprit(self, rows: list[int]) -> str:
        """Name the innermost module whose input is the same in both passes, and whose output is not."""
        first, second = self._traced(self._all), self._traced(rows)
        for name, (given, returned) in first.items():
            if name not in second or returned is None or second[name][1] is None:
                continue
            if not _agree(returned[rows], second[name][1]) and _agree(
                None if given is None else given[rows], second[name][0]
            ):
                module = dict(uncompiled(self._network).named_modules())[name]
                return f" (in its module {name!r}, a {type(module).__name__})" if name else ""
        return ""

    def _traced(self, rows: list[int]) -> dict[str, tuple[np.ndarray | None, np.ndarray | None]]:
        """Return numbers of each module's input and output, in the order in which they end."""
        seen: dict[str, tuple[np.ndarray | None, np.ndarray | None]] = {}

        def numbers_of(value: object) -> np.ndarray | None:
            tensor = first_tensor(value)
            if tensor is None or not tensor.ndim or len(tensor) != len(rows) or tensor.is_complex():
                return None
            return numbers_of_rows(tensor.reshape(len(rows), -1)).cpu().numpy()

        with ready_network(self._network, self._extraction) as ready, ready.mode():
            handles = []
            for name, module in uncompiled(ready.network).named_modules():
                given: dict[str, np.ndarray | None] = {}

                def before(module: nn.Module, args: tuple, name: str = name, given: dict = given) -> None:
                    given[name] = numbers_of(args)

                def after(
                    module: nn.Module, args: tuple, output: object, name: str = name, given: dict = given
                ) -> None:
                    seen.pop(name, None)
                    seen[name] = given[name], numbers_of(output)

                handles += [module.register_forward_pre_hook(before), module.register_forward_hook(after)]
            try:
                self._show(ready, self._images[rows])
            finally:
                for handle in handles:
                    handle.remove()
        return seen


class WithinBatches:
    """What a few stimuli give while all are recorded: a :data:`~brainscore_mouse.activations.layer_outputs.LookAt`.

    Parameters
    ----------
    rows : sequence of int
        Which of the stimuli.
    """

    def __init__(self, rows: Sequence[int]):
        self._rows = rows
        self._numbers: dict[tuple[str, int], np.ndarray] = {}

    def __call__(self, layer: str, n_before: int, output: torch.Tensor) -> None:
        """Look at a layer's output for a batch, before which `n_before` stimuli were shown."""
        for row in self._rows:
            if n_before <= row < n_before + len(output):
                of_row = output[row - n_before].reshape(1, -1)
                self._numbers[layer, row] = numbers_of_rows(of_row)[0].cpu().numpy()

    def numbers(self, layers: Sequence[str]) -> np.ndarray:
        """Return what was seen, as a `Behaviour` holds it: float64, (n_layers, n_rows, n_numbers)."""
        return np.array([[self._numbers[layer, row] for row in self._rows] for layer in layers])


def reference_image() -> Path:
    """Return a file with coloured noise: the image that distinguishes networks, whatever they were scored on."""

    def write(folder: Path) -> None:
        noise = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(noise.repeat(8, axis=0).repeat(8, axis=1)).save(folder / _REFERENCE)

    return cached_folder(cache_folder() / "reference_image" / "1", write) / _REFERENCE


def behaviour_of_responses(responses: Sequence[FeatureGram | np.ndarray]) -> Behaviour:
    """Describe what a model gave of all stimuli, where it cannot be asked for a few alone: by a few, and as a whole.

    Parameters
    ----------
    responses : sequence of FeatureGram or array of shape (n_stimuli, n_channels)
        Of each layer and set of stimuli.
    """
    numbers = []
    for given in responses:
        rows = np.column_stack([given.row_centred, given.row_means]) if isinstance(given, FeatureGram) else given
        rows = np.ascontiguousarray(rows, np.float64)
        numbers += [
            numbers_of_rows(torch.from_numpy(part)).numpy()
            for part in (rows[probe_rows(len(rows))], rows.reshape(1, -1))
        ]
    return Behaviour(np.concatenate(numbers), _ROUNDING_OF_RESPONSES)


def _agree(first: np.ndarray | None, second: np.ndarray | None) -> bool:
    if first is None or second is None:
        return first is second
    return Behaviour(first, _INFLUENCE).agrees_with(Behaviour(second, _INFLUENCE))


def numbers_of_rows(rows: torch.Tensor) -> torch.Tensor:
    """Describe each row by its length, its norm, and some weighted sums: float64, (n_rows, n_numbers).

    Rows that are rotations of others have other sums; rows of another order of units, too.
    """
    if rows.dtype not in (torch.float32, torch.float64):
        rows = rows.to(torch.float32)
    n_features = rows.shape[1]
    norms = torch.linalg.vector_norm(rows, dim=1)
    if not ((norms > _SMALLEST_NORM) & (norms < 1 / _SMALLEST_NORM)).all():  # squares may have left float32's range
        norms = torch.linalg.vector_norm(rows, dim=1, dtype=torch.float64)
    parts = zip(rows.tensor_split(_N_SUMS, dim=1), _weights(n_features).to(rows).tensor_split(_N_SUMS), strict=True)
    sums = [part @ weights for part, weights in parts]
    length = torch.full_like(norms, n_features, dtype=torch.float64)
    return torch.stack([length, norms.double(), *(of_part.double() for of_part in sums)], dim=1)


@functools.cache
def _period_of_weights() -> torch.Tensor:
    generator = np.random.default_rng(0)
    signs = generator.choice([-1.0, 1.0], _WEIGHTS_PERIOD)
    return torch.from_numpy((signs * generator.uniform(0.5, 1.5, _WEIGHTS_PERIOD)).astype(np.float32))


def _weights(n_features: int) -> torch.Tensor:
    """Return a weight of each feature: random, fixed, of either sign, and never near zero."""
    period = _period_of_weights()
    return period.repeat(-(-n_features // len(period)))[:n_features]
