"""A network whose layers can be recorded while it sees stimuli: what all models that are scored have in common."""

import copy
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import torch
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from torch import nn

from ..core.behaviour import Behaviour, LayerBehaviour, probe_rows
from ..core.errors import DataError, InvalidParameterError, ModelError
from ..core.interfaces import Compared
from ..metrics.feature_gram import FeatureGram
from .check_recordable import check_recordable
from .extract_features import extract_features
from .extraction import Extraction, rounding_of
from .fingerprint import network_fingerprint
from .layer_cache import Kind, layer_stems, read_gram, read_rows, write_gram, write_rows
from .layer_outputs import LayerLayout, LookAt, RowsOf, channel_rows, check_layers_exist, feature_rows, unit_rows
from .layered_model import LayeredModel
from .lockstep import LockstepImpossibleError, lockstep_grams
from .network_input import uncompiled
from .probe import Probe, WithinBatches, reference_image

_logger = logging.getLogger(__name__)
# Activations held at a time where lockstep is impossible: a model that needs more sees the stimuli several times, a
# part of its layers each.
_MAXIMAL_FEATURE_BYTES = 2 * 2**30
# Stimuli that are looked at for one that is not plain.
_N_TRIED = 20
_View = TypeVar("_View")


class RecordedNetwork(LayeredModel):
    """A network with candidate layers, and the way from stimulus files to its input.

    Parameters
    ----------
    identifier : str
        The model's name.
    network : nn.Module
        Takes what `read_stimuli` returns. Of what torch.compile returned, the network that it was given is used.
    layers : sequence of str
        Names of the candidate layers, from early to late.
    read_stimuli : callable
        From paths of stimuli to a tensor whose first axis is the stimuli.
    input_description : mapping
        All that `read_stimuli` depends on, as JSON can hold it: part of the fingerprint.
    region_layer_map : mapping of str to str, optional
        The layer committed to a region, for regions where one is.
    extraction : Extraction, optional
        Device, batch size and precision.
    layouts : mapping of str to LayerLayout, optional
        Where the channels are, of layers whose output's shape does not say so.

    Raises
    ------
    InvalidParameterError
        If `layers` is empty or has duplicates.
    LayerNotFoundError
        If the network lacks a candidate or committed layer.
    ModelError
        If the network cannot be recorded from; see `check_recordable`.
    """

    def __init__(
        self,
        identifier: str,
        network: nn.Module,
        layers: Sequence[str],
        read_stimuli: Callable[[Sequence[Path]], torch.Tensor],
        input_description: Mapping[str, Any],
        region_layer_map: Mapping[str, str] | None = None,
        extraction: Extraction | None = None,
        layouts: Mapping[str, LayerLayout] | None = None,
    ):
        if not layers or len(set(layers)) != len(layers):
            raise InvalidParameterError(f"layers of {identifier} must be one or more different names, got {layers!r}")
        if not isinstance(network, nn.Module):
            raise ModelError(
                f"The network of {identifier} is a {type(network).__name__}. Give the nn.Module itself, as it was "
                "before torch.compile or other wrappers."
            )
        self.region_layer_map = dict(region_layer_map or {})
        check_layers_exist(network, [*layers, *self.region_layer_map.values()], identifier)
        check_recordable(network, [*layers, *self.region_layer_map.values()], identifier)
        self.identifier = identifier
        self.network = uncompiled(network)
        self.layers = tuple(layers)
        self.extraction = extraction or Extraction()
        self._read_stimuli = read_stimuli
        self.layouts = {layer: layout for layer, layout in (layouts or {}).items() if layout != LayerLayout()}
        self._description = dict(input_description)
        if self.layouts:
            self._description["layouts"] = {layer: astuple(layout) for layer, layout in sorted(self.layouts.items())}

    @property
    def fingerprint(self) -> str:
        """SHA-256 of weights, structure and input, as 64 hexadecimal digits: what stored results are found by.

        See :func:`~brainscore_mouse.activations.fingerprint.network_fingerprint`. It cannot cover all that activations
        depend on; that is what `behaviour` is for.
        """
        if self._known is not None and "fingerprint" in self._known:
            return self._known["fingerprint"]
        check_recordable(self.network, (), self.identifier)
        fingerprint = network_fingerprint(self.network, self._description)
        if self._known is not None:
            self._known["fingerprint"] = fingerprint
        return fingerprint

    def behaviour(
        self, stimulus_sets: Sequence[StimulusSet], roles: Sequence[str], compares: Compared
    ) -> Behaviour | None:
        """Show the network a few of the stimuli; see `LayeredModel`.

        None for tasks that a Brain-Score model does in its own way: its layers do not show how.
        """
        if compares == "labels" and self.readout_layer is None:
            return None
        committed = [self.region_layer_map[role] for role in roles if role in self.region_layer_map]
        return self.layer_behaviour(stimulus_sets, tuple(dict.fromkeys([*self.layers, *committed])))

    def layer_behaviour(self, stimulus_sets: Sequence[StimulusSet], layers: Sequence[str]) -> Behaviour:
        """Show the network, as it is now, a few of the stimuli.

        Parameters
        ----------
        stimulus_sets : sequence of StimulusSet
            The stimuli; sets that are the same count once.
        layers : sequence of str
            Any layers of the network.

        Raises
        ------
        ModelOutputError, DataError
            As of `layer_grams`.
        ModelError
            If the network fails.
        """
        return self._behaviour(self._few_paths(stimulus_sets), layers)

    def reference_behaviour(self) -> LayerBehaviour:
        """Show the network, as it is now, an image that is the same for all benchmarks."""
        layers = self.reference_layers
        return LayerBehaviour(layers, self._behaviour((reference_image(),), layers))

    @property
    def reference_layers(self) -> tuple[str, ...]:
        """The layers of `reference_behaviour`: all candidates, and all that are committed to anything."""
        return tuple(dict.fromkeys([*self.layers, *self.region_layer_map.values()]))

    def _behaviour(self, shown: tuple[Path, ...], layers: Sequence[str]) -> Behaviour:
        check_layers_exist(self.network, layers, self.identifier)
        known = {} if self._known is None else self._known.setdefault((shown, self.extraction), {})
        if unknown := [layer for layer in layers if layer not in known]:
            known.update(zip(unknown, self._probe(shown, unknown).behaviour(unknown).numbers, strict=True))
        return Behaviour(np.stack([known[layer] for layer in layers]), rounding_of(self.network, self.extraction))

    def check_independence(self, stimulus_sets: Sequence[StimulusSet], layers: Sequence[str]) -> None:
        """Raise ModelError if stimuli influence one another, or the network does not do the same twice.

        Parameters
        ----------
        stimulus_sets, layers
            As of `layer_behaviour`.
        """
        behaviour = self.layer_behaviour(stimulus_sets, layers)
        self._probe(self._few_paths(stimulus_sets), layers).check_independence(layers, behaviour)

    def content(self, roles: Sequence[str]) -> dict[str, Any]:
        """See `LayeredModel`; the precision makes another score, device and batch size do not."""
        content = super().content(roles)
        assert content is not None  # noqa: S101  # a network has a fingerprint
        return content | {"precision": self.extraction.precision}

    def details(self) -> dict[str, Any]:
        """See `LayeredModel`."""
        return super().details() | {"n_parameters": sum(parameter.numel() for parameter in self.network.parameters())}

    def with_layer(self, roles: Sequence[str], layer: str) -> Self:
        """See `LayeredModel`; any module of the network is a layer."""
        check_layers_exist(self.network, [layer], self.identifier)
        return super().with_layer(roles, layer)

    def with_extraction(self, extraction: Extraction) -> Self:
        """Return a copy of the model that is run with these settings; it shares the network."""
        changed = copy.copy(self)
        changed._known = None
        changed.extraction = extraction
        return changed

    def features(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Compute the activations of layers (by default all candidates): float32, (n_stimuli, n_features).

        Nothing is cached, and all layers are held at the same time. The errors are those of
        `extract_features`.
        """
        return self._extract(_Stimuli.of(stimulus_set), self.layers if layers is None else layers)

    def layer_grams(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> dict[str, FeatureGram]:
        """Compute, or read from the cache, the Gram matrices of layers' activations.

        The cache, below `cache_folder()`, is keyed by content (weights, architecture, image bytes and their
        order, preprocessing, layer, precision, kind of device), never by names. What is found there is believed if the
        network still does the same with two of the stimuli. Missing layers share one pass over the stimuli, in which
        the activations of one layer are held at a time.

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
        ModelError
            If stimuli influence one another, or the same stimulus gives other activations each time.
        DataError
            If a stimulus file is missing or no image.
        """
        return self._recorded("grams", stimulus_set, layers, read_gram, write_gram, self._computed_grams)

    def layer_channels(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Compute, or read from the cache, the responses of layers' channels: their means over space or tokens.

        Cached as Gram matrices are. Missing layers share one pass over the stimuli, in which the activations of one
        batch are held at a time.

        Parameters
        ----------
        stimulus_set : StimulusSet
            The images, in the order of the rows.
        layers : sequence of str, optional
            Any layers of the network; by default all candidates.

        Returns
        -------
        dict of str to array of shape (n_stimuli, n_channels)
            float32, in the order of `layers`; see :func:`~brainscore_mouse.activations.layer_outputs.channel_rows`.

        Raises
        ------
        LayerNotFoundError, ModelOutputError, ModelError, DataError
            As of `layer_grams`.
        """
        return self._recorded("channels", stimulus_set, layers, read_rows, write_rows, self._computed_channels)

    def layer_units(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Compute, or read from the cache, the responses of a sample of each layer's units.

        Cached as Gram matrices are. Missing layers share one pass over the stimuli.

        Parameters
        ----------
        stimulus_set : StimulusSet
            The images, in the order of the rows.
        layers : sequence of str, optional
            Any layers of the network; by default all candidates.

        Returns
        -------
        dict of str to array of shape (n_stimuli, n_units)
            float32; the units are those of :func:`~brainscore_mouse.activations.layer_outputs.unit_sample`.

        Raises
        ------
        LayerNotFoundError, ModelOutputError, ModelError, DataError
            As of `layer_grams`.
        """
        return self._recorded("units", stimulus_set, layers, read_rows, write_rows, self._computed_units)

    def readout_features(self, stimulus_set: StimulusSet, layer: str) -> np.ndarray:
        """Compute, or read from the cache, the activations that a readout is fitted to: (n_stimuli, n_features).

        Cached as Gram matrices are. Errors as of `layer_grams`.
        """
        computed = self._computed_features
        return self._recorded("readout_features", stimulus_set, [layer], read_rows, write_rows, computed)[layer]

    def _recorded(
        self,
        kind: Kind,
        stimulus_set: StimulusSet,
        layers: Sequence[str] | None,
        read: Callable[[Path, Behaviour, int], _View | None],
        write: Callable[[Path, Behaviour, _View], None],
        computed: "Callable[[_Stimuli, Sequence[str], LookAt], Iterator[tuple[str, _View]]]",
    ) -> dict[str, _View]:
        """Read one view of layers from the cache, and compute and cache what is missing."""
        layers = self.layers if layers is None else tuple(dict.fromkeys(layers))
        check_layers_exist(self.network, layers, self.identifier)
        check_recordable(self.network, layers, self.identifier)
        stimuli = _Stimuli.of(stimulus_set)
        with self.unchanged():
            stems = layer_stems(kind, self.fingerprint, self.extraction, stimuli.paths, layers)
            behaviour = self.layer_behaviour([stimulus_set], layers)
            of_layer = {
                layer: Behaviour(numbers[None], behaviour.rounding)
                for layer, numbers in zip(layers, behaviour.numbers, strict=True)
            }
            cached = {layer: read(stem, of_layer[layer], len(stimuli.paths)) for layer, stem in stems.items()}
            views = {layer: view for layer, view in cached.items() if view is not None}
            missing = [layer for layer in layers if layer not in views]
            if missing:
                self.check_independence([stimulus_set], missing)
                few = self._few_paths([stimulus_set])
                probe, within = self._probe(few, missing), WithinBatches([stimuli.paths.index(path) for path in few])
                for layer, view in computed(stimuli, missing, within):
                    probe.check_within_batches([layer], of_layer[layer], within)
                    write(stems[layer], of_layer[layer], view)
                    views[layer] = view
        return {layer: views[layer] for layer in layers}

    def _computed_channels(
        self, stimuli: "_Stimuli", layers: Sequence[str], look_at: LookAt
    ) -> Iterator[tuple[str, np.ndarray]]:
        def rows_of(output: torch.Tensor | None, n_images: int, layer: str) -> torch.Tensor:
            return channel_rows(output, n_images, layer, self.layouts.get(layer))

        yield from self._extract(stimuli, layers, rows_of, look_at).items()

    def _computed_units(
        self, stimuli: "_Stimuli", layers: Sequence[str], look_at: LookAt
    ) -> Iterator[tuple[str, np.ndarray]]:
        yield from self._extract(stimuli, layers, unit_rows, look_at).items()

    def _computed_features(
        self, stimuli: "_Stimuli", layers: Sequence[str], look_at: LookAt
    ) -> Iterator[tuple[str, np.ndarray]]:
        yield from self._extract(stimuli, layers, look_at=look_at).items()

    def _computed_grams(
        self, stimuli: "_Stimuli", layers: Sequence[str], look_at: LookAt
    ) -> Iterator[tuple[str, FeatureGram]]:
        batches = self._batches(stimuli)
        run = self.network, batches, layers, stimuli.ids, self.extraction, self.identifier, look_at
        try:
            grams = lockstep_grams(*run)
            yield from grams.items()
        except LockstepImpossibleError as error:
            _logger.warning(
                "%s cannot see batches of stimuli in turns (%s); its layers are recorded in several passes",
                self.identifier,
                error,
            )
            for group in self._groups_within_memory(stimuli, layers):
                features = self._extract(stimuli, group, look_at=look_at)
                for layer in group:
                    yield layer, FeatureGram.of_features(features.pop(layer))

    def _groups_within_memory(self, stimuli: "_Stimuli", layers: Sequence[str]) -> Iterator[list[str]]:
        """Split layers into groups whose activations can be held together."""
        one_stimulus = self._extract(_Stimuli(stimuli.ids[:1], stimuli.paths[:1]), layers)
        group: list[str] = []
        group_bytes = 0
        for layer in layers:
            layer_bytes = one_stimulus[layer].nbytes * len(stimuli.paths)
            if group and group_bytes + layer_bytes > _MAXIMAL_FEATURE_BYTES:
                yield group
                group, group_bytes = [], 0
            group.append(layer)
            group_bytes += layer_bytes
        yield group

    def _extract(
        self,
        stimuli: "_Stimuli",
        layers: Sequence[str],
        rows_of: RowsOf = feature_rows,
        look_at: LookAt | None = None,
    ) -> dict[str, np.ndarray]:
        batches = self._batches(stimuli)
        run = self.network, batches, layers, stimuli.ids, self.identifier, self.extraction, rows_of, look_at
        return extract_features(*run)

    def _few_paths(self, stimulus_sets: Sequence[StimulusSet]) -> tuple[Path, ...]:
        """Return the files of a few stimuli of all sets together: different ones, and none that are plain.

        Many sets begin and end with a gray screen. Where all near the ends are plain, these are taken.
        """
        different = tuple(dict.fromkeys(tuple(_Stimuli.of(stimulus_set).paths) for stimulus_set in stimulus_sets))
        known = {} if self._known is None else self._known
        if ("few", different) not in known:
            paths = [path for of_set in different for path in of_set]
            rows = probe_rows(len(paths))
            chosen: dict[Path, torch.Tensor] = {}
            # The first from the front, the last from the back: each moves inwards until its image tells something.
            for row, step in zip(rows, (1, -1), strict=False):
                for path in paths[row::step][:_N_TRIED]:
                    image = self._read_stimuli([path])[0]
                    if _shows_something(image) and not any(torch.equal(image, other) for other in chosen.values()):
                        chosen[path] = image
                        break
            known["few", different] = tuple(chosen) if len(chosen) == len(rows) else tuple(paths[row] for row in rows)
        return known["few", different]

    def _probe(self, paths: Sequence[Path], layers: Sequence[str]) -> Probe:
        check_recordable(self.network, layers, self.identifier)
        images = None if self._known is None else self._known.get(("images", tuple(paths)))
        if images is None:
            images = self._read_stimuli(paths)
            if self._known is not None:
                self._known["images", tuple(paths)] = images
        return Probe(self.network, self.extraction, images, self.identifier)

    def _batches(self, stimuli: "_Stimuli") -> "StimulusBatches":
        return StimulusBatches(stimuli.paths, self._read_stimuli, self.extraction.images_per_batch)


def _shows_something(image: torch.Tensor) -> bool:
    """Tell whether a stimulus varies over space: to a plain one, much of a network is silent, whatever its weights."""
    channels = image.flatten(1) if image.ndim > 1 else image[None]
    return bool((channels != channels[:, :1]).any())


@dataclass(frozen=True)
class _Stimuli:
    """The names and files of stimuli, in order."""

    ids: Sequence[str]
    paths: Sequence[Path]

    @classmethod
    def of(cls, stimulus_set: StimulusSet) -> "_Stimuli":
        if len(stimulus_set) == 0:
            raise DataError("the stimulus set is empty")
        ids = list(stimulus_set["stimulus_id"])
        paths = [Path(stimulus_set.get_stimulus(stimulus_id)) for stimulus_id in ids]
        for path in paths:
            if not path.is_file():
                raise DataError(f"the stimulus file {path} does not exist")
        return cls(ids, paths)


class StimulusBatches:
    """Batches of images, read when their turn comes; the length is for progress bars."""

    def __init__(self, paths: Sequence[Path], read: Callable[[Sequence[Path]], torch.Tensor], batch_size: int):
        self._paths = paths
        self._read = read
        self._batch_size = batch_size

    def __len__(self) -> int:
        return -(-len(self._paths) // self._batch_size)

    def __iter__(self) -> Iterator[torch.Tensor]:
        for start in range(0, len(self._paths), self._batch_size):
            yield self._read(self._paths[start : start + self._batch_size])
