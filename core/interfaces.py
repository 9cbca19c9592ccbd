"""What the rooms expect of each other's objects: models, benchmarks and metrics, as protocols.

Classes need not inherit from these. Whatever a user hands over as a model becomes a `NeuralModel` once, at the door
(:func:`~brainscore_mouse.brainscore_bridge.as_neural_model.as_neural_model`); behind it nothing asks again what it is.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, runtime_checkable

if TYPE_CHECKING:  # types only: nothing here depends on another room
    from brainscore_core.metrics import Score
    from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
    from numpy.typing import NDArray
    from torch import nn

    from ..activations.extraction import Extraction
    from ..metrics.feature_gram import FeatureGram
    from ..uncertainty.leave_one_out import LeaveOneOutScores
    from .behaviour import Behaviour, LayerBehaviour

Compared = Literal["grams", "channels", "labels"]
"""What a benchmark needs of a model: Gram matrices of layers, responses of their channels, or answers to a task."""


class BrainModel(Protocol):
    """Brain-Score's interface of a model, as far as this package uses it."""

    @property
    def identifier(self) -> str:
        """The model's name."""
        ...

    def start_recording(self, region: str, time_bins: Any) -> None:
        """Choose what `look_at` returns."""
        ...

    def look_at(self, stimuli: "StimulusSet", number_of_trials: int = 1) -> Any:
        """Return what was asked for, of each stimulus."""
        ...


class LayerResponses(Protocol):
    """The layers of a model that may stand for one area."""

    def layer_grams(self, stimulus_set: "StimulusSet") -> "Mapping[str, FeatureGram]":
        """Return the Gram matrix of each layer's responses."""
        ...

    def layer_channels(self, stimulus_set: "StimulusSet") -> "Mapping[str, NDArray[Any]]":
        """Return the responses of each layer's channels, shape (n_stimuli, n_channels)."""
        ...

    def layer_units(self, stimulus_set: "StimulusSet") -> "Mapping[str, NDArray[Any]]":
        """Return the responses of a sample of each layer's units, shape (n_stimuli, n_units)."""
        ...


class NeuralModel(Protocol):
    """A model that can be compared with recordings. `ImageModel` is the usual one."""

    @property
    def identifier(self) -> str:
        """The model's name."""
        ...

    @property
    def layers(self) -> Sequence[str]:
        """The candidate layers, from early to late; empty where the model decides itself what an area is."""
        ...

    @property
    def region_layer_map(self) -> Mapping[str, str]:
        """The layer committed to an area, or to the readout of tasks."""
        ...

    @property
    def registered_as(self) -> tuple[str, str | None] | None:
        """Identifier and fingerprint that `load_model` gave it; None for a model that a user has made."""
        ...

    @property
    def brain_model(self) -> Any:
        """The model that does Brain-Score's tasks in its own way; None if there is none."""
        ...

    @property
    def fingerprint(self) -> str | None:
        """Hash of all that determines the model's responses; None if that cannot be known: nothing is stored then."""
        ...

    @property
    def readout_layer(self) -> str | None:
        """The layer that tasks are read out from; None where the model has none and does tasks in its own way."""
        ...

    def content(self, roles: Sequence[str]) -> Mapping[str, Any] | None:
        """Return all of the model that a score depends on, as JSON can hold it; None without a fingerprint.

        `roles` are the names that a layer can be committed to: areas, or the readout.
        """
        ...

    def behaviour(
        self, stimulus_sets: "Sequence[StimulusSet]", roles: Sequence[str], compares: Compared
    ) -> "Behaviour | None":
        """Return what the model, as it is now, does with a few of the stimuli; None if that cannot be known.

        What is stored under the model's fingerprint is believed only if this is the same.
        """
        ...

    def reference_behaviour(self) -> "LayerBehaviour | None":
        """Return what the model, as it is now, does with an image that is the same for all benchmarks; None: unknown.

        This distinguishes networks of the same name.
        """
        ...

    def unchanged(self, since_loaded: bool = False) -> "AbstractContextManager[None]":
        """Take the model not to change inside the block, so that it is hashed and probed once.

        Parameters
        ----------
        since_loaded : bool
            Whether nobody has had the model since `load_model` made and hashed it.
        """
        ...

    def details(self) -> Mapping[str, Any]:
        """Return what is reported of the model beside a score."""
        ...

    def recorded_in(self, area: str, window_ms: tuple[int, int]) -> LayerResponses:
        """Return the layers that may stand for an area: the committed one, or all candidates."""
        ...

    def layer_grams(
        self, stimulus_set: "StimulusSet", layers: Sequence[str] | None = None
    ) -> "Mapping[str, FeatureGram]":
        """Return the Gram matrix of layers' responses, by default of all candidates."""
        ...

    def features(
        self, stimulus_set: "StimulusSet", layers: Sequence[str] | None = None
    ) -> "Mapping[str, NDArray[Any]]":
        """Return the responses of layers, each of shape (n_stimuli, n_features)."""
        ...

    def with_layer(self, roles: Sequence[str], layer: str) -> Self:
        """Return a copy of the model with this layer committed."""
        ...

    def with_extraction(self, extraction: "Extraction") -> Self:
        """Return a copy of the model that is run with these settings."""
        ...

    def with_input_stage(self, stage: "nn.Module", identifier: str) -> "NeuralModel":
        """Return a model of this name that sees images in [0, 1] through a stage."""
        ...


class Benchmark(Protocol):
    """Something that scores models. It is also a ``brainscore_core.benchmarks.Benchmark``."""

    @property
    def compares(self) -> Compared:
        """What it needs of a model."""
        ...

    @property
    def roles(self) -> Sequence[str]:
        """What a model can commit a layer to for this benchmark: areas, or the readout."""
        ...

    @property
    def datasets(self) -> Sequence[str]:
        """The packaged recordings that it needs."""
        ...

    @property
    def parts(self) -> "Sequence[AreaBenchmark]":
        """The benchmarks of single areas that it consists of: itself, those it averages, or none."""
        ...

    @property
    def parent(self) -> Any:
        """The benchmark that it belongs to in Brain-Score's tree."""
        ...

    @property
    def identifier(self) -> str:
        """The benchmark's name."""
        ...

    @property
    def version(self) -> int:
        """Raised whenever its scores change."""
        ...

    @property
    def ceiling(self) -> "Score":
        """What a perfect model would reach."""
        ...

    @property
    def bibtex(self) -> str:
        """The citation."""
        ...

    def load(self) -> Self:
        """Make sure that the data are on this machine and are what was packaged; return the benchmark itself."""
        ...

    def content(self) -> Mapping[str, Any]:
        """Return all of the benchmark that a score depends on, as JSON can hold it."""
        ...

    def shown_stimulus_sets(self) -> "Sequence[StimulusSet]":
        """Return the stimuli that models see."""
        ...

    def with_stimulus_variant(self, name: str) -> "Benchmark":
        """Return the benchmark ``<identifier>@<name>``; UnknownIdentifierError where there is none."""
        ...

    def __call__(self, candidate: Any) -> "Score":
        """Score a model: a `NeuralModel`, or whatever `as_neural_model` takes."""
        ...


class AreaBenchmark(Benchmark, Protocol):
    """A benchmark on the recordings of a single area."""

    @property
    def area(self) -> str:
        """The area."""
        ...

    @property
    def assembly(self) -> Any:
        """The recordings: presentation x neuroid x time_bin, single trials."""
        ...


# Asked for by isinstance, which reads every property of a protocol (in Python 3.11), and properties of benchmarks load
# recordings: so these have methods only.
@runtime_checkable
class LeftOutScoring(Protocol):
    """What a benchmark has on which models can be compared."""

    def leave_one_out_scores(self, candidates: Sequence[NeuralModel]) -> "LeaveOneOutScores":
        """Return scores as measured, and without each stimulus, each mouse and both."""
        ...


@runtime_checkable
class NeuroidSampling(LeftOutScoring, Protocol):
    """What a benchmark of one area has on which models can also be scored with some of the neuroids only."""

    def with_neuroids(self, neuroids: "NDArray[Any]") -> "SampledBenchmark":
        """Return the benchmark on some of the neuroids, given by their indices."""
        ...

    def layer_responses(self, model: NeuralModel) -> Mapping[str, Any]:
        """Return what is compared of each of a model's layers; it does not depend on the neuroids."""
        ...

    def leave_one_out_scores_of(
        self, names: Sequence[str], responses: Sequence[Mapping[str, Any]]
    ) -> "LeaveOneOutScores":
        """Return what `leave_one_out_scores` does, of layers whose responses are known."""
        ...


class LeftOutBenchmark(Benchmark, LeftOutScoring, Protocol):
    """A benchmark that models can also be scored on without each stimulus and mouse, and so be compared."""


class SampledBenchmark(LeftOutBenchmark, NeuroidSampling, Protocol):
    """A benchmark of one area on which models can also be scored with some of the neuroids only."""

    @property
    def area(self) -> str:
        """The area."""
        ...

    @property
    def subjects(self) -> "NDArray[Any]":
        """Which mouse each neuroid is from."""
        ...

    @property
    def counted_neuroids(self) -> "NDArray[Any]":
        """Which neuroids the metric counts as compared."""
        ...


class Metric(Protocol):
    """How two sets of responses are compared. It is also a ``brainscore_core.metrics.Metric``."""

    @property
    def identifier(self) -> str:
        """The metric's name."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """The metric's name and all its options, part of what a stored score is found by."""
        ...

    def __call__(self, source: Any, target: Any) -> "Score":
        """Compare two assemblies of the same stimuli."""
        ...


class GramsModel(Protocol):
    """The least that a user's own object needs to be scored: a name, and Gram matrices of its layers."""

    @property
    def identifier(self) -> str:
        """The model's name."""
        ...

    def layer_grams(
        self, stimulus_set: "StimulusSet", layers: Sequence[str] | None = None
    ) -> "Mapping[str, FeatureGram]":
        """Return the Gram matrix of layers' responses, by default of all that may stand for an area."""
        ...


if TYPE_CHECKING:
    ModelLike = NeuralModel | BrainModel | GramsModel | nn.Module
else:
    ModelLike = "NeuralModel | BrainModel | GramsModel | torch.nn.Module"
"""What users may hand over as a model, beside an identifier; `as_neural_model` turns it into a `NeuralModel`."""
