"""The benchmark class behind every ``<dataset>-<area>-<metric>`` identifier."""

import copy
import functools
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from brainscore_core.benchmarks import BenchmarkBase
from brainscore_core.supported_data_standards.brainio.assemblies import NeuronRecordingAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..brainscore_bridge.as_neural_model import as_neural_model
from ..core.errors import InvalidParameterError, ModelOutputError, TooNoisyError, UnreliableDataError
from ..core.interfaces import Compared, ModelLike, NeuralModel
from ..metrics.kept_preparation import kept_by
from ..metrics.layer_choice import choose_layers, selection_folds
from ..metrics.layerwise import ChosenLayers, Fold, LayerwiseMetric, LeftOutTarget, NeuralTarget
from ..metrics.mouse_populations import MousePopulations
from ..metrics.mouse_score import MouseScore
from ..models.mouse_models.mouse_model import MouseModel
from ..plugins.discovery import list_benchmarks
from ..uncertainty.leave_one_out import LeaveOneOutScores
from .area_recordings import AreaRecordings
from .area_score import area_score
from .mouse_model_score import mouse_model_score
from .prepared_recordings import PreparedRecordings
from .score_identity import score_identity


class MouseNeuralBenchmark(BenchmarkBase):
    """Compare a model with the recordings of one area.

    Every score is made on held-out parts of the recordings (see :mod:`brainscore_mouse.metrics.layer_choice`), also
    where the layer is given: so all models are scored on the same stimuli and mice.

    Parameters
    ----------
    identifier : str
        The benchmark's name.
    dataset : str
        Identifier of a packaged dataset.
    area : str
        An area of this dataset.
    metric : LayerwiseMetric
        How responses are compared.
    seed : int
        Seed of the halves of the stimuli.
    recordings : AreaRecordings, optional
        Default: all recordings of the area.
    """

    def __init__(
        self,
        identifier: str,
        dataset: str,
        area: str,
        metric: LayerwiseMetric,
        seed: int = 0,
        recordings: AreaRecordings | None = None,
    ):
        super().__init__(identifier, ceiling=None, version=metric.definition_version, parent=f"mouse-{area}")
        self.recordings = recordings or AreaRecordings(dataset, area)
        self.area = area
        self.metric = metric
        self.seed = seed

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.identifier!r}, {self.metric!r}, version {self.version})"

    @property
    def identifier(self) -> str:
        """The benchmark's name, with the variant of the stimuli if it is one."""
        name, variant = super().identifier, self.recordings.variant
        return name if variant is None else f"{name}@{variant}"

    @property
    def roles(self) -> tuple[str, ...]:
        """The area, which a model can commit a layer to."""
        return (self.area,)

    @property
    def compares(self) -> Compared:
        """What the metric needs of a model's layers."""
        return self.metric.compares

    @property
    def parts(self) -> "tuple[MouseNeuralBenchmark, ...]":
        """The benchmark itself."""
        return (self,)

    @property
    def datasets(self) -> tuple[str, ...]:
        """The packaged recordings."""
        return (self.recordings.dataset,)

    @property
    def bibtex(self) -> str:
        """The citation of the recordings."""
        return self.recordings.citation

    @property
    def assembly(self) -> NeuronRecordingAssembly:
        """The verified recordings: presentation x neuroid x time_bin, single trials."""
        return self.recordings.assembly

    def load(self) -> Self:
        """Load and verify the recordings, after fetching or making them where that is possible; return the benchmark.

        Raises
        ------
        DatasetNotFoundError
            If they are not on this machine, and cannot be fetched.
        RemoteReadError
            If they can be, and the attempt failed.
        CorruptDatasetError
            If a file is not what was packaged.
        """
        _ = self.recordings.sha256  # of the files as they are
        return self

    def content(self) -> dict[str, Any]:
        """Return the hash of the data, the seed and the metric's settings."""
        return {
            "data_sha256": self.recordings.sha256,
            "seed": self.seed,
            "metric_settings": self.metric.settings,
        }

    def shown_stimulus_sets(self) -> list[StimulusSet]:
        """Return what models see."""
        return [self.recordings.shown_stimuli]

    def with_stimulus_variant(self, name: str) -> "MouseNeuralBenchmark":
        """Return the benchmark ``<identifier>@<name>``, which shows models a variant of the stimuli.

        Parameters
        ----------
        name : str
            See :mod:`brainscore_mouse.benchmarks.stimulus_variants`.

        Raises
        ------
        UnknownIdentifierError
            If there is no such variant.
        """
        changed = copy.copy(self)  # shares what was prepared of the recordings, which stay the same
        changed.__dict__.pop("mouse_populations", None)  # these show models the stimuli
        changed.recordings = self.recordings.with_variant(name)
        return changed

    @property
    def subjects(self) -> np.ndarray:
        """Which mouse each neuroid is from, shape (n_neuroids,)."""
        return self.recordings.subjects

    @property
    def counted_neuroids(self) -> np.ndarray:
        """Which neuroids the metric counts as compared, boolean of shape (n_neuroids,)."""
        return self.metric.counted_neuroids(self.recordings.trials)

    def with_neuroids(self, neuroids: np.ndarray) -> "MouseNeuralBenchmark":
        """Return the benchmark on some of the neuroids only; its scores are stored apart, by the content of its data.

        Parameters
        ----------
        neuroids : array of int
            Their indices.
        """
        changed = copy.copy(self)
        for prepared in ("_folds", "_target", "mouse_populations"):
            changed.__dict__.pop(prepared, None)
        changed.recordings = self.recordings.with_neuroids(neuroids)
        return changed

    @property
    def ceiling(self) -> MouseScore:
        """What a perfect model would reach, on the held-out parts; attrs: `error` and other bounds."""
        ceiling = MouseScore(self._target.ceiling)
        ceiling.attrs.update(error=self._target.ceiling_error, **self._target.details)
        return ceiling

    def __call__(self, candidate: ModelLike) -> MouseScore:
        """Score a model.

        Parameters
        ----------
        candidate : ImageModel or BrainModel
            See :func:`~brainscore_mouse.brainscore_bridge.as_neural_model.as_neural_model`.

        Returns
        -------
        MouseScore
            Relative to the ceiling, sign kept; attrs as listed in :func:`brainscore_mouse.score_model`.

        Raises
        ------
        ModelOutputError
            If the model's activations cannot be compared with recordings.
        """
        score, _ = self.scored(as_neural_model(candidate))
        return score

    def scored(self, model: NeuralModel) -> tuple[MouseScore, LeaveOneOutScores | None]:
        """Score a model, as calling the benchmark does, and without each stimulus and mouse.

        Returns
        -------
        score : MouseScore
        left_out : LeaveOneOutScores or None
            None where the metric cannot leave out stimuli or mice.
        """
        if isinstance(model, MouseModel):
            return mouse_model_score(self, model)
        score, left_out = area_score(
            self._target, self.layer_responses(model), len(self._folds), f"{model.identifier} on {self.identifier}"
        )
        score.attrs.update(
            n_stimuli=len(self.recordings.stimulus_set),
            n_mice=len(np.unique(self.recordings.subjects)),
            data_origin=self.recordings.origin,
            **score_identity(self, model),
        )
        return score, left_out

    def leave_one_out_scores(self, candidates: Sequence[NeuralModel]) -> LeaveOneOutScores:
        """Score models as measured, and without each stimulus, each mouse and both.

        Parameters
        ----------
        candidates : sequence of NeuralModel
            The models; the layers compared are those that scoring the model chooses.

        Raises
        ------
        InvalidParameterError
            If the benchmark's metric cannot leave out stimuli or mice.
        ModelOutputError
            If a model's activations cannot be compared with recordings.
        """
        for candidate in candidates:
            self._check_is_no_mouse(candidate)
        responses = [self.layer_responses(model) for model in candidates]
        return self.leave_one_out_scores_of([str(model.identifier) for model in candidates], responses)

    def leave_one_out_scores_of(
        self, names: Sequence[str], responses: Sequence[Mapping[str, Any]]
    ) -> LeaveOneOutScores:
        """Do as :meth:`leave_one_out_scores`, with layers that have seen the stimuli already.

        Parameters
        ----------
        names : sequence of str
            The models' names, for error messages.
        responses : sequence of mapping
            What :meth:`layer_responses` returned of each model.
        """
        target = self._target
        if not isinstance(target, LeftOutTarget):
            raise InvalidParameterError(
                f"Models cannot be compared on {self.identifier}: its metric {self.metric.identifier!r} cannot leave "
                "out stimuli or mice. Use a benchmark of another metric, such as rsa or ridge."
            )
        models = []
        for of_layers in responses:
            of_model = list(of_layers.values())
            models.append(ChosenLayers(of_model, choose_layers(target, of_model, len(self._folds))))
        found = target.left_out(models)
        if np.isnan(found.values[:, 0, 0]).any():
            raise ModelOutputError(
                f"The activations of one of {', '.join(names)} do not vary over the stimuli or features: they "
                f"cannot be compared on {self.identifier}."
            )
        return found

    @cached_property
    def mouse_populations(self) -> MousePopulations:
        """The mice of the area, which can be compared with each other and with models."""
        return MousePopulations(self.recordings, self.metric, self.seed)

    @cached_property
    def _folds(self) -> list[Fold]:
        recordings = self.recordings
        return selection_folds(len(recordings.stimulus_set), recordings.subjects, self.seed, recordings.groups)

    @cached_property
    def _target(self) -> NeuralTarget[Any]:
        recordings = self.recordings
        try:
            with kept_by(functools.partial(PreparedRecordings, version=self.version)):
                return self.metric.prepare_with_stimuli(
                    recordings.trials, recordings.subjects, self._folds, recordings.stimulus_paths
                )
        except TooNoisyError as error:
            other = None if error.other_metric is None else self._by_metric(error.other_metric)
            if other is None:
                raise
            raise UnreliableDataError(
                f"{error.problem} Use more neuroids or repetitions, or {other}, whose metric needs less."
            ) from error

    def _by_metric(self, metric: str) -> str | None:
        """Return the identifier of the benchmark on the same recordings by another metric; None if there is none."""
        name, at, variant = self.identifier.partition("@")
        other = f"{name.removesuffix(self.metric.identifier)}{metric}"
        return f"{other}{at}{variant}" if other in list_benchmarks() else None

    def layer_responses(self, model: NeuralModel) -> Mapping[str, Any]:
        """Show the stimuli, and return what the metric compares of each layer that may stand for the area.

        Raises
        ------
        InvalidParameterError
            If the model is a mouse, which may be one of those that it would be compared with.
        """
        self._check_is_no_mouse(model)
        layers = model.recorded_in(self.area, self.recordings.window_ms)
        show = layers.layer_grams if self.compares == "grams" else layers.layer_channels
        return show(self.recordings.shown_stimuli)

    def _check_is_no_mouse(self, model: NeuralModel) -> None:
        if isinstance(model, MouseModel):
            raise InvalidParameterError(
                f"{model.identifier} is scored on other mice than a model is. To compare models with mice on the same: "
                f"brainscore-mouse inter-animal {self.identifier} --models NAME"
            )
