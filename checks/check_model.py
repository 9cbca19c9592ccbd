"""What every model must do, on a few made-up images."""

import json
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from PIL import Image, PngImagePlugin

from ..brainscore_bridge.as_neural_model import as_neural_model
from ..core.errors import ModelError
from ..core.interfaces import ModelLike, NeuralModel
from ..metrics.feature_gram import FeatureGram
from ..models.loading import load_model
from ..models.untrained_networks import UntrainedNetworks
from ..plugins.registries import model_registry
from .run_checks import differences, run_checks

_N_IMAGES = 3
_TWO_IMAGES = (0, 1)
_SIDE = 64
_AREA, _WINDOW_MS = "VISp", (0, 250)  # what a model is asked for that decides itself what an area is
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+/-]{0,199}")
# Relative to the largest inner product: batches of another size are added up in another order, in float32.
_PRECISION = 1e-3
_ROUNDING = 1e-6


def check_model(model: "str | ModelLike", load_again: "Callable[[], ModelLike] | None" = None) -> None:
    """Check that a model does what all models must do, on a few made-up images.

    - identifier: it can be part of a file's name, and a registered model is called what it is registered as;
    - layers: there are layers, each once, and each can be asked for alone;
    - grams: inner products are finite, symmetric and without negative eigenvalues, and differ between images;
    - channels: the responses of channels, where the model knows them, are finite, one row for each image;
    - deterministic: the same images again give the same;
    - alone: an image alone gives the same as in a batch (a network in training mode does not);
    - order-of-stimuli: another order of the images gives the same in this order;
    - fingerprint: it is the same after the model has run, and what a score depends on can be held by JSON;
    - second-load: a model that is loaded again has the same name, layers and fingerprint, and gives the same.

    Of an untrained control, ``<name>-random``, the network of the first weight seed is checked.

    Nothing is taken from the cache: each time, the files of the images have other bytes, but the same pixels.

    Parameters
    ----------
    model : str or ImageModel or BrainModel or module of timm
        Identifier of a model, or a model.
    load_again : callable, optional
        Makes the model once more. Default: by its identifier, where this is what is given; else there is no check of a
        second load.

    Raises
    ------
    UnknownIdentifierError, WeightsUnavailableError, ModelError
        If the model cannot be loaded, see :func:`brainscore_mouse.load_model`.
    ConformanceError
        With all violations and their values.

    Examples
    --------
    >>> from brainscore_mouse import check_model
    >>> check_model("pixels")
    """
    if isinstance(model, str):
        identifier = model
        loaded = load_model(identifier)
        load_again = load_again or (lambda: load_model(identifier))
    else:
        loaded = as_neural_model(model)
    if isinstance(loaded, UntrainedNetworks):
        check_model(loaded.member(loaded.seeds[0]).identifier)
        return
    with tempfile.TemporaryDirectory() as folder:
        checked = _Model(loaded, load_again, model if isinstance(model, str) else None, Path(folder))
        checks = {
            "identifier": checked.identifier,
            "layers": checked.layers,
            "grams": checked.valid_grams,
            "channels": checked.channels,
            "deterministic": checked.deterministic,
            "alone": checked.alone,
            "order-of-stimuli": checked.order_of_stimuli,
            "fingerprint": checked.fingerprint,
        }
        if load_again is not None:
            checks["second-load"] = checked.second_load
        run_checks(f"The model {loaded.identifier}", checks)


class _Model:
    """A model, and what it gives of the images."""

    def __init__(
        self, model: NeuralModel, load_again: "Callable[[], ModelLike] | None", registered_as: str | None, folder: Path
    ):
        self.model = model
        self.load_again = load_again
        self.registered_as = registered_as
        self.folder = folder
        self.fingerprint_before = model.fingerprint
        self.n_written = 0

    def shown(self, numbers: Sequence[int]) -> StimulusSet:
        """Write images to files that no cache knows, and return them as stimuli."""
        self.n_written += 1
        paths = {}
        for number in numbers:
            text = PngImagePlugin.PngInfo()
            text.add_text("written", str(self.n_written))
            paths[f"image_{number}"] = path = self.folder / f"{self.n_written}_{number}.png"
            Image.fromarray(_image(number)).save(path, pnginfo=text)
        stimuli = StimulusSet([{"stimulus_id": key} for key in paths])
        stimuli.identifier = f"check_model_{self.n_written}"
        stimuli.stimulus_paths = {key: str(path) for key, path in paths.items()}
        return stimuli

    def grams(self, numbers: Sequence[int], model: NeuralModel | None = None) -> Mapping[str, FeatureGram]:
        return _grams(model or self.model, self.shown(numbers))

    @cached_property
    def in_batch(self) -> Mapping[str, FeatureGram]:
        return self.grams(range(_N_IMAGES))

    def identifier(self) -> Iterable[str]:
        name = self.model.identifier
        if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
            yield (
                f"the identifier is {name!r}; use at most 100 letters, digits, '.', '_', ':', '+' and '-', beginning "
                "with a letter or digit"
            )
        if self.registered_as in model_registry and name != self.registered_as:
            yield f"the model registered as {self.registered_as!r} calls itself {name!r}"

    def layers(self) -> Iterable[str]:
        names = list(self.model.layers)
        if len(set(names)) != len(names):
            yield f"layers are not all different: {names}"
        if names and list(self.in_batch) != names:
            yield f"Gram matrices are of the layers {list(self.in_batch)}, not of {names}"
        if not self.in_batch:
            yield "there is no layer to compare"
        for name in names[-1:]:
            alone = self.model.layer_grams(self.shown(_TWO_IMAGES), [name])
            if list(alone) != [name]:
                yield f"asked for the layer {name!r} alone, it gives {list(alone)}"
            else:
                yield from _different(f"{name} asked for alone:", alone[name], _part(self.in_batch[name], _TWO_IMAGES))

    def valid_grams(self) -> Iterable[str]:
        for name, gram in self.in_batch.items():
            shapes = gram.row_centred.shape, gram.row_means.shape
            if shapes != ((_N_IMAGES, _N_IMAGES), (_N_IMAGES,)):
                yield f"{name}: row_centred and row_means of {_N_IMAGES} images have the shapes {shapes}"
                continue
            if gram.n_features < 1:
                yield f"{name}: n_features is {gram.n_features}"
            linear = gram.linear()
            if not (np.isfinite(linear).all() and np.isfinite(gram.row_centred).all()):
                yield f"{name}: {np.sum(~np.isfinite(linear))} inner products are NaN or infinite"
                continue
            size = float(np.abs(linear).max())
            asymmetry = float(np.abs(gram.row_centred - gram.row_centred.T).max())
            if asymmetry > _ROUNDING * size:
                yield f"{name}: inner products are not symmetric, by up to {asymmetry:.3g} of {size:.3g}"
            lowest = float(np.linalg.eigvalsh((gram.row_centred + gram.row_centred.T) / 2)[0])
            if lowest < -_ROUNDING * size:
                yield f"{name}: an eigenvalue is {lowest:.3g} (the largest entry is {size:.3g}); none may be negative"
            if not gram.varies_over_stimuli():
                yield f"{name}: all images get the same response, so that it cannot be compared"

    def channels(self) -> Iterable[str]:
        try:
            found = self.model.recorded_in(_AREA, _WINDOW_MS).layer_channels(self.shown(range(_N_IMAGES)))
        except ModelError:  # it does not know which of its units belong to the same channel
            return
        for name, channels in found.items():
            if channels.ndim != 2 or len(channels) != _N_IMAGES:
                yield f"{name}: channels of {_N_IMAGES} images have the shape {channels.shape}"
            elif not np.isfinite(channels).all():
                yield f"{name}: {np.sum(~np.isfinite(channels))} responses of channels are NaN or infinite"

    def deterministic(self) -> Iterable[str]:
        again = self.grams(range(_N_IMAGES))
        for name, gram in self.in_batch.items():
            yield from _different(f"{name} again:", again[name], gram)

    def alone(self) -> Iterable[str]:
        for number in (0, _N_IMAGES - 1):
            for name, gram in self.grams([number]).items():
                yield from _different(f"{name}, image {number} alone:", gram, _part(self.in_batch[name], [number]))

    def order_of_stimuli(self) -> Iterable[str]:
        order = [*range(1, _N_IMAGES), 0]
        for name, gram in self.grams(order).items():
            yield from _different(f"{name} in another order:", gram, _part(self.in_batch[name], order))

    def fingerprint(self) -> Iterable[str]:
        before, after = self.fingerprint_before, self.model.fingerprint
        if before != after:
            yield f"it was {before} before the model ran, and is {after} afterwards"
        if before is not None and not (isinstance(before, str) and before):
            yield f"it is {before!r}; it must be a text, or None"
        json.dumps(self.model.content([_AREA]), allow_nan=False)

    def second_load(self) -> Iterable[str]:
        assert self.load_again is not None  # noqa: S101  # else this is not called
        second = as_neural_model(self.load_again())
        for name in ("identifier", "layers", "fingerprint"):
            found, expected = getattr(second, name), getattr(self.model, name)
            if found != expected:
                yield f"its {name} is {found!r}, not {expected!r}"
        for name, gram in self.grams(range(_N_IMAGES), second).items():
            if name in self.in_batch:
                yield from _different(f"{name}:", gram, self.in_batch[name])


def _image(number: int) -> np.ndarray:
    """Return a colour image with structure at several scales."""
    generator = np.random.default_rng(number)
    image = np.zeros((_SIDE, _SIDE, 3))
    for side in (4, 16, _SIDE):
        image += np.kron(generator.random((side, side, 3)), np.ones((_SIDE // side, _SIDE // side, 1)))
    return (255 * image / image.max()).astype(np.uint8)


def _grams(model: NeuralModel, stimuli: StimulusSet) -> Mapping[str, FeatureGram]:
    if model.layers:
        return model.layer_grams(stimuli)
    return model.recorded_in(_AREA, _WINDOW_MS).layer_grams(stimuli)


def _part(gram: FeatureGram, numbers: Sequence[int]) -> FeatureGram:
    return FeatureGram(gram.row_centred[np.ix_(numbers, numbers)], gram.row_means[list(numbers)], gram.n_features)


def _different(what: str, found: FeatureGram, expected: FeatureGram) -> Iterable[str]:
    size = float(np.abs(expected.row_centred).max())
    yield from differences(f"{what} inner products", found.row_centred, expected.row_centred, _PRECISION * size)
    spread = (size / expected.n_features) ** 0.5 + float(np.abs(expected.row_means).max())
    yield from differences(f"{what} mean features", found.row_means, expected.row_means, _PRECISION * spread)
