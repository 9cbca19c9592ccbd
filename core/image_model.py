"""A network as a Brain-Score model of visual cortex."""

import dataclasses
import hashlib
import json
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import numpy as np
import torch
from brainscore_core.supported_data_standards.brainio.assemblies import BehavioralAssembly, NeuroidAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from torch import nn

from .errors import DataError, InvalidParameterError, ModelError
from .feature_gram import FeatureGram
from .features import check_layers_exist, extract_features
from .files import sha256_of_file, written_whole
from .home import cache_folder
from .image_loading import load_image_batch
from .probabilities_task import READOUT_REGION, ProbabilitiesTask

# To be raised when image loading, extraction or FeatureGram change their numbers.
_GRAM_FORMAT_VERSION = 1
_STIMULI_PER_BATCH = 16
# Activations held at a time; a model that needs more sees the stimuli several times, a part of its layers
# each.
_MAXIMAL_FEATURE_BYTES = 4 * 2**30


class ImageModel:
    """A network with candidate layers, usable as a Brain-Score ``BrainModel`` (by duck typing).

    Brain-Score's methods (`start_recording`, `look_at`) give the activations of the layer committed to a
    region. `layer_grams` is what this package scores: one pass over the stimuli for all layers, cached by
    content.

    Parameters
    ----------
    identifier : str
        The model's name.
    network : nn.Module
        Takes images of shape (n_images, 3, image_size, image_size) with values in [0, 1]; normalization is
        one of its modules.
    layers : sequence of str
        Names of the candidate layers, from early to late.
    image_size : int
        Side length in pixels; each stimulus is squashed to a square of this size.
    region_layer_map : mapping of str to str, optional
        The layer committed to a region, for regions where one is.
    visual_degrees : float
        Size of the model's field of view.

    Raises
    ------
    InvalidParameterError
        If `layers` is empty or has duplicates, or `image_size` is not positive.
    LayerNotFoundError
        If the network lacks a candidate or committed layer.
    """

    def __init__(
        self,
        identifier: str,
        network: nn.Module,
        layers: Sequence[str],
        image_size: int,
        region_layer_map: Mapping[str, str] | None = None,
        visual_degrees: float = 8,
    ):
        if not layers or len(set(layers)) != len(layers):
            raise InvalidParameterError(f"layers of {identifier} must be one or more different names, got {layers!r}")
        if image_size < 1:
            raise InvalidParameterError(f"image_size of {identifier} must be at least 1 px, got {image_size}")
        self.region_layer_map = dict(region_layer_map or {})
        check_layers_exist(network, [*layers, *self.region_layer_map.values()], identifier)
        self.identifier = identifier
        self.network = network
        self.layers = tuple(layers)
        self.image_size = image_size
        self._visual_degrees = visual_degrees
        self._recorded_region: str | None = None
        self._probabilities: ProbabilitiesTask | None = None
        self._time_bins: list[tuple[int, int]] | None = None
        self._fingerprint: tuple[Any, str] | None = None

    def __repr__(self) -> str:
        return f"ImageModel({self.identifier!r}, {len(self.layers)} layers, {self.image_size} px)"

    def visual_degrees(self) -> float:
        """Return the size of the model's field of view, in degrees."""
        return self._visual_degrees

    @property
    def readout_layer(self) -> str:
        """The layer that tasks are read out from: the one committed to 'behavioral_readout', else the last one."""
        return self.region_layer_map.get(READOUT_REGION, self.layers[-1])

    def start_task(self, task: str, fitting_stimuli: StimulusSet | None = None) -> None:
        """Choose what `look_at` returns: recordings ('passive') or class probabilities ('probabilities').

        Parameters
        ----------
        task : str
            Brain-Score's name of the task.
        fitting_stimuli : StimulusSet, optional
            For 'probabilities': with the column `image_label`. A logistic readout of `readout_layer` is fitted.

        Raises
        ------
        ModelError
            For any other task.
        """
        if task not in ("passive", "probabilities"):
            raise ModelError(f"{self.identifier} does the tasks 'passive' and 'probabilities', not {task!r}")
        self._probabilities = None
        if task == "probabilities":
            layer = self.readout_layer
            self._probabilities = ProbabilitiesTask(
                lambda stimuli: self.features(stimuli, [layer])[layer], fitting_stimuli
            )

    def start_recording(self, region: str, time_bins: Sequence[tuple[int, int]] | None = None) -> None:
        """Choose what `look_at` returns.

        Parameters
        ----------
        region : str
            A region with a committed layer.
        time_bins : sequence of (int, int), optional
            Start and end of each bin in ms. The model is static: it gives the same activations in each bin.

        Raises
        ------
        ModelError
            If no layer is committed to the region.
        """
        if region not in self.region_layer_map:
            committed = ", ".join(sorted(self.region_layer_map)) or "none"
            raise ModelError(
                f"{self.identifier} has no layer committed to the region {region!r} (committed regions: "
                f"{committed}); set model.region_layer_map[{region!r}] to one of its layers, or use "
                "score_model, which chooses one"
            )
        self._recorded_region = region
        self._time_bins = [(start, end) for start, end in time_bins] if time_bins is not None else None

    def look_at(self, stimuli: StimulusSet, number_of_trials: int = 1) -> NeuroidAssembly | BehavioralAssembly:
        """Return the activations of the recorded region's layer, or class probabilities if that is the task.

        Parameters
        ----------
        stimuli : StimulusSet
            The images; its columns become coordinates of the presentations.
        number_of_trials : int
            Without effect, since the model is deterministic: there is one presentation per stimulus.

        Returns
        -------
        NeuroidAssembly of dimensions presentation x neuroid, and time_bin if bins were asked for
            Neuroids carry `neuroid_id`, `region`, `layer` and `model`. In the task 'probabilities': a
            BehavioralAssembly of dimensions presentation x choice.

        Raises
        ------
        ModelError
            If `start_recording` was not called before.
        """
        if self._probabilities is not None:
            return self._probabilities.look_at(stimuli)
        if self._recorded_region is None:
            raise ModelError(f"call start_recording on {self.identifier} before look_at")
        layer = self.region_layer_map[self._recorded_region]
        features = self.features(stimuli, [layer])[layer]
        n_neuroids = features.shape[1]
        coords: dict[str, tuple[str, Any]] = {
            column: ("presentation", stimuli[column].to_numpy()) for column in stimuli.columns
        }
        # Multi-index levels: a dimension with a single coordinate breaks Brain-Score's averaging and metrics.
        coords.setdefault("stimulus_num", ("presentation", np.arange(len(stimuli))))
        coords |= {
            "neuroid_id": ("neuroid", [f"{self.identifier}.{layer}.{index}" for index in range(n_neuroids)]),
            "region": ("neuroid", [self._recorded_region] * n_neuroids),
            "layer": ("neuroid", [layer] * n_neuroids),
            "model": ("neuroid", [self.identifier] * n_neuroids),
        }
        if self._time_bins is None:
            return NeuroidAssembly(features, coords=coords, dims=["presentation", "neuroid"])
        coords["time_bin_start"] = ("time_bin", [start for start, _ in self._time_bins])
        coords["time_bin_end"] = ("time_bin", [end for _, end in self._time_bins])
        repeated = np.repeat(features[:, :, None], len(self._time_bins), axis=2)
        return NeuroidAssembly(repeated, coords=coords, dims=["presentation", "neuroid", "time_bin"])

    def features(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Compute the activations of layers (by default all candidates): float32, (n_stimuli, n_features).

        Nothing is cached, and all layers are held at the same time. The errors are those of
        `extract_features`.
        """
        paths = _stimulus_paths(stimulus_set)
        return self._extract(paths, list(stimulus_set["stimulus_id"]), self.layers if layers is None else layers)

    def layer_grams(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> dict[str, FeatureGram]:
        """Compute, or read from the cache, the Gram matrices of layers' activations.

        The cache, below `cache_folder()`, is keyed by content (weights, architecture, image bytes and their
        order, image size, layer), never by names. Missing layers share one pass over the stimuli as long as
        their activations fit into 4 GiB.

        Parameters
        ----------
        stimulus_set : StimulusSet
            The images, in the order of the Gram matrices' rows.
        layers : sequence of str, optional
            Any layers of the network; by default all candidates.

        Returns
        -------
        dict of str to FeatureGram
            In the order of `layers`.

        Raises
        ------
        LayerNotFoundError, ModelOutputError
            See `extract_features`.
        DataError
            If a stimulus file is missing or no image.
        """
        layers = self.layers if layers is None else tuple(dict.fromkeys(layers))
        check_layers_exist(self.network, layers, self.identifier)
        paths = _stimulus_paths(stimulus_set)
        stimulus_ids = list(stimulus_set["stimulus_id"])
        cache_files = self._gram_files(paths, layers)
        grams = {}
        for layer, cache_file in cache_files.items():
            gram = _read_gram(cache_file, len(paths))
            if gram is not None:
                grams[layer] = gram
        missing = [layer for layer in layers if layer not in grams]
        for group in self._groups_within_memory(paths, stimulus_ids, missing):
            features = self._extract(paths, stimulus_ids, group)
            for layer in group:
                grams[layer] = FeatureGram.of_features(features.pop(layer))
                _write_gram(cache_files[layer], grams[layer])
        return {layer: grams[layer] for layer in layers}

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what determines the activations, as 64 hexadecimal digits.

        Covers all parameters and buffers (names, shapes, types, bytes), the network's printed form, the
        numbers, texts and their lists among its modules' attributes, the compiled methods of its module classes,
        and the image size; not functions and objects outside of these. It is computed again when one of them was
        changed, except parameters through ``.data``, which torch does not notice.
        """
        state = self.network.state_dict()
        tensors = [(name, tensor.data_ptr(), tensor._version) for name, tensor in state.items()]
        version = (tensors, _plain_attributes(self.network))
        if self._fingerprint is None or self._fingerprint[0] != version:
            self._fingerprint = (version, _fingerprint(self.network, state, self.image_size))
        return self._fingerprint[1]

    def _extract(
        self, paths: Sequence[Path], stimulus_ids: Sequence[str], layers: Sequence[str]
    ) -> dict[str, np.ndarray]:
        return extract_features(self.network, _Batches(paths, self.image_size), layers, stimulus_ids, self.identifier)

    def _gram_files(self, paths: Sequence[Path], layers: Sequence[str]) -> dict[str, Path]:
        common = [
            _GRAM_FORMAT_VERSION,
            torch.__version__,
            self.fingerprint,
            self.image_size,
            [sha256_of_file(path) for path in paths],
        ]
        keys = {layer: hashlib.sha256(json.dumps([*common, layer]).encode()).hexdigest() for layer in layers}
        return {layer: cache_folder() / "grams" / f"{key}.npz" for layer, key in keys.items()}

    def _groups_within_memory(
        self, paths: Sequence[Path], stimulus_ids: Sequence[str], layers: Sequence[str]
    ) -> Iterator[list[str]]:
        """Split layers into groups whose activations can be held together."""
        if not layers:
            return
        one_stimulus = self._extract(paths[:1], stimulus_ids[:1], layers)
        group: list[str] = []
        group_bytes = 0
        for layer in layers:
            layer_bytes = one_stimulus[layer].nbytes * len(paths)
            if group and group_bytes + layer_bytes > _MAXIMAL_FEATURE_BYTES:
                yield group
                group, group_bytes = [], 0
            group.append(layer)
            group_bytes += layer_bytes
        yield group


class _Batches:
    """Batches of images, loaded when their turn comes; the length is for progress bars."""

    def __init__(self, paths: Sequence[Path], image_size: int):
        self._paths = paths
        self._image_size = image_size

    def __len__(self) -> int:
        return -(-len(self._paths) // _STIMULI_PER_BATCH)

    def __iter__(self) -> Iterator[torch.Tensor]:
        for start in range(0, len(self._paths), _STIMULI_PER_BATCH):
            yield load_image_batch(self._paths[start : start + _STIMULI_PER_BATCH], self._image_size)


def _stimulus_paths(stimulus_set: StimulusSet) -> list[Path]:
    if len(stimulus_set) == 0:
        raise DataError("the stimulus set is empty")
    paths = [Path(stimulus_set.get_stimulus(stimulus_id)) for stimulus_id in stimulus_set["stimulus_id"]]
    for path in paths:
        if not path.is_file():
            raise DataError(f"the stimulus file {path} does not exist")
    return paths


def _fingerprint(network: nn.Module, state: Mapping[str, torch.Tensor], image_size: int) -> str:
    digest = hashlib.sha256()
    description = {
        "image_size": image_size,
        "network": repr(network),
        "attributes": _plain_attributes(network),
        "code": _module_code(network),
        "tensors": [(name, list(tensor.shape), str(tensor.dtype)) for name, tensor in state.items()],
    }
    digest.update(json.dumps(description).encode())
    for tensor in state.values():
        values = tensor.detach().cpu().contiguous().flatten()
        digest.update(values.view(torch.uint8).numpy().data if values.numel() else b"")
    return digest.hexdigest()


def _plain_attributes(network: nn.Module) -> list[tuple[str, str, str]]:
    """Describe the settings that modules keep as attributes: a module need not print them."""
    return [
        (module_name, name, repr(value))
        for module_name, module in network.named_modules()
        for name, value in sorted(vars(module).items())
        if not name.startswith("_") and name != "training" and _is_plain(value)
    ]


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, bool | int | float | str)


def _module_code(network: nn.Module) -> list[Any]:
    """Describe the compiled methods of the network's module classes, short of torch's own."""
    classes = {base for module in network.modules() for base in type(module).__mro__}
    # torch's version is part of the cache key.
    own = [base for base in classes if base is not object and not base.__module__.startswith("torch.")]
    methods = [
        [base.__module__, base.__qualname__, name, _code_description(method.__code__)]
        for base in own
        for name, method in vars(base).items()
        if isinstance(method, FunctionType)
    ]
    return sorted(methods, key=repr)


def _code_description(code: CodeType) -> list[Any]:
    # What was compiled, rather than the source file, which may have been edited since.
    constants = [
        _code_description(constant)
        if isinstance(constant, CodeType)
        else repr(sorted(constant, key=repr) if isinstance(constant, frozenset) else constant)
        for constant in code.co_consts
    ]
    return [code.co_code.hex(), code.co_names, constants]


def _write_gram(path: Path, gram: FeatureGram) -> None:
    with written_whole(path) as temporary:
        np.savez(temporary, **dataclasses.asdict(gram))


def _read_gram(path: Path, n_stimuli: int) -> FeatureGram | None:
    """Read a cached Gram matrix; None if it is not there or damaged (then with a warning)."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as arrays:
            gram = FeatureGram(arrays["row_centred"], arrays["row_means"], int(arrays["n_features"]))
        if gram.row_centred.shape != (n_stimuli, n_stimuli) or gram.row_means.shape != (n_stimuli,):
            raise ValueError(f"unexpected shapes {gram.row_centred.shape} and {gram.row_means.shape}")
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        warnings.warn(f"the cached file {path} is damaged ({error}); it is computed again", stacklevel=3)
        return None
    return gram
