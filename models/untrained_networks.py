"""The untrained control, ``<name>-random``: the same network with several random weights."""

import contextlib
import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn, Self, TypeVar

import torch
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from torch import nn

from ..activations.extraction import Extraction
from ..activations.layered_model import LayeredModel
from ..core.behaviour import Behaviour
from ..core.errors import ModelError
from ..core.interfaces import Compared, NeuralModel

WEIGHT_SEEDS = (0, 1, 2, 3, 4)
"""The seeds that ``<name>-random`` is the mean over."""

# Networks are kept while they have so many parameters together (1 GB); those beyond are made again when needed.
_MOST_PARAMETERS_KEPT = 2**28

Made = TypeVar("Made")


def seeded(make: Callable[[], Made], seed: int) -> Made:
    """Call a function with the generator of the CPU seeded; the caller's random numbers are not disturbed.

    For given versions of torch and the library, the weights that a network is initialized with are the same on any
    machine, up to the rounding of its processor's vector functions.

    Parameters
    ----------
    make : callable
        Makes a network, on the CPU: so the weights are the same with and without a GPU.
    seed : int
        At least 0.
    """
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(seed)
        return make()


def networks_of(model: NeuralModel) -> list[NeuralModel]:
    """Return the networks that a model's score is the mean over: one for each weight seed, or the model itself."""
    return [model.member(seed) for seed in model.seeds] if isinstance(model, UntrainedNetworks) else [model]


@contextlib.contextmanager
def unchanged_networks(models: Iterable[NeuralModel]) -> Iterator[list[list[NeuralModel]]]:
    """Yield the networks of each model, see `networks_of`; inside the block each is hashed and probed once."""
    with contextlib.ExitStack() as block:
        networks = [networks_of(model) for model in models]
        for network in itertools.chain.from_iterable(networks):
            block.enter_context(network.unchanged())
        yield networks


class UntrainedNetworks(LayeredModel):
    """Networks of one architecture with different random weights, which are scored one by one and averaged.

    :func:`brainscore_mouse.score_model` gives the mean of their scores, see
    :func:`brainscore_mouse.scoring.mean_over_seeds.mean_over_seeds`. Activations are those of one of them: `member`.

    Parameters
    ----------
    identifier : str
        Ends in '-random', or in '-random+<normalization>'.
    make : callable
        From a seed to the network, named ``<name>-random.<seed>``.
    seeds : sequence of int
        Of the weights.
    """

    def __init__(self, identifier: str, make: Callable[[int], LayeredModel], seeds: Sequence[int] = WEIGHT_SEEDS):
        self.identifier = identifier
        self.seeds = tuple(seeds)
        self._make = make
        self._members: dict[int, LayeredModel] = {}
        self._n_parameters_kept = 0

    def __repr__(self) -> str:
        return f"UntrainedNetworks({self.identifier!r}, seeds {', '.join(map(str, self.seeds))})"

    def member(self, seed: int) -> LayeredModel:
        """Return the network of a seed, which need not be one of `seeds`."""
        if seed in self._members:
            return self._members[seed]
        member = self._make(seed)
        network = getattr(member, "network", None)
        n_parameters = sum(one.numel() for one in network.parameters()) if isinstance(network, nn.Module) else 0
        if self._n_parameters_kept + n_parameters <= _MOST_PARAMETERS_KEPT:
            self._n_parameters_kept += n_parameters
            self._members[seed] = member
        return member

    def mapped(self, change: Callable[[LayeredModel], LayeredModel], identifier: str | None = None) -> Self:
        """Return the networks with the same change made to each.

        Parameters
        ----------
        change : callable
            From a network to a changed one.
        identifier : str, optional
            The new name of all together. Default: the old one.
        """
        changed = type(self)(identifier or self.identifier, lambda seed: change(self.member(seed)), self.seeds)
        changed.registered_as = self.registered_as  # believed only while name and fingerprint are the same
        return changed

    @property
    def layers(self) -> tuple[str, ...]:  # type: ignore[override]
        """The candidate layers, the same in all networks."""
        return self.member(self.seeds[0]).layers

    @property
    def region_layer_map(self) -> dict[str, str]:  # type: ignore[override]
        """The layers committed, the same in all networks."""
        return self.member(self.seeds[0]).region_layer_map

    @property
    def readout_layer(self) -> str | None:
        """The layer that tasks are read out from, the same in all networks."""
        return self.member(self.seeds[0]).readout_layer

    @property
    def fingerprint(self) -> str | None:
        """Hash of the fingerprints of all networks; None if one has none."""
        if self._known is not None and "fingerprint" in self._known:
            return self._known["fingerprint"]
        fingerprints = [self.member(seed).fingerprint for seed in self.seeds]
        if None in fingerprints:
            return None
        fingerprint = hashlib.sha256(" ".join(map(str, fingerprints)).encode()).hexdigest()
        if self._known is not None:
            self._known["fingerprint"] = fingerprint
        return fingerprint

    @contextlib.contextmanager
    def unchanged(self, since_loaded: bool = False) -> Iterator[None]:
        """See `LayeredModel`; also of the networks that are kept."""
        with contextlib.ExitStack() as block:
            block.enter_context(super().unchanged(since_loaded))
            for member in self._members.values():
                block.enter_context(member.unchanged())
            yield

    def content(self, roles: Sequence[str]) -> dict[str, Any] | None:
        """See `LayeredModel`; the weight seeds are part of it, so that no single network's score is taken for it."""
        content = self.member(self.seeds[0]).content(roles)
        if content is None or self.fingerprint is None:
            return None
        return content | {"model_fingerprint": self.fingerprint, "weight_seeds": list(self.seeds)}

    def behaviour(
        self, stimulus_sets: Sequence[StimulusSet], roles: Sequence[str], compares: Compared
    ) -> Behaviour | None:
        """Return what all networks do with a few of the stimuli; see `LayeredModel`."""
        found = [self.member(seed).behaviour(stimulus_sets, roles, compares) for seed in self.seeds]
        known = [behaviour for behaviour in found if behaviour is not None]
        return Behaviour.joined(known) if len(known) == len(found) else None

    def details(self) -> dict[str, Any]:
        """See `LayeredModel`."""
        return {**self.member(self.seeds[0]).details(), "model_fingerprint": self.fingerprint}

    def with_layer(self, roles: Sequence[str], layer: str) -> Self:
        """See `LayeredModel`."""
        self.member(self.seeds[0]).with_layer(roles, layer)  # raises here, where the layer does not exist
        return self.mapped(lambda member: member.with_layer(roles, layer))

    def with_extraction(self, extraction: Extraction) -> Self:
        """See `LayeredModel`."""
        return self.mapped(lambda member: member.with_extraction(extraction))

    def with_input_stage(self, stage: nn.Module, identifier: str) -> Self:
        """See `LayeredModel`; each network's name gets what this one's gets."""
        added = identifier.removeprefix(self.identifier)
        return self.mapped(lambda member: member.with_input_stage(stage, member.identifier + added), identifier)

    def recorded_in(self, area: str, window_ms: tuple[int, int]) -> NoReturn:
        """Raise ModelError: activations are those of one network."""
        raise self._is_several()

    def layer_grams(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> NoReturn:
        """Raise ModelError: activations are those of one network."""
        raise self._is_several()

    def layer_channels(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> NoReturn:
        """Raise ModelError: activations are those of one network."""
        raise self._is_several()

    def features(self, stimulus_set: StimulusSet, layers: Sequence[str] | None = None) -> Mapping[str, Any]:
        """Raise ModelError: activations are those of one network."""
        raise self._is_several()

    def _is_several(self) -> ModelError:
        one = self.member(self.seeds[0]).identifier
        return ModelError(
            f"{self.identifier} stands for {len(self.seeds)} networks with different random weights, which score_model "
            f"averages. Take one of them here: load_model({one!r})."
        )
