"""The benchmark class behind every ``<dataset>-<area>-<metric>`` identifier."""

import copy
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from brainscore_core.benchmarks import BenchmarkBase
from brainscore_core.metrics import Score
from brainscore_core.supported_data_standards.brainio.assemblies import NeuronRecordingAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..brainscore_bridge.brain_model import record
from ..brainscore_bridge.models import comparable
from ..core.errors import InvalidParameterError, ModelError, ModelOutputError
from ..core.files import sha256_of_file
from ..data_packaging.datasets import display_of, load_dataset, read_manifest
from ..data_packaging.recordings import trials_from_assembly
from ..metrics.feature_gram import FeatureGram
from ..metrics.layerwise import ChosenLayers, Fold, LayerwiseMetric, NeuralTarget, ResampledTarget
from ..uncertainty.leave_one_out import LeaveOneOutScores, jackknife, leave_one_out, leave_one_out_scores
from .layer_choice import N_PARTITIONS, choose_layers, selection_folds
from .stimulus_variants import check_stimulus_variant, stimulus_variant

BENCHMARK_VERSION = 5  # 5: scores corrected for noise by docs/methods.md, errors over stimuli and mice


class MouseNeuralBenchmark(BenchmarkBase):
    """Compare a model with the recordings of one visual area.

    Every score is made on held-out parts of the recordings (see :mod:`brainscore_mouse.benchmarks.layer_choice`), also
    where the layer is given: so all models are scored on the same stimuli and mice.

    Parameters
    ----------
    identifier : str
        The benchmark's name.
    dataset : str
        Identifier of a packaged dataset.
    region : str
        An area of this dataset.
    metric : LayerwiseMetric
        How responses are compared.
    seed : int
        Seed of the halves of the stimuli.
    """

    _stimulus_variant: str | None = None

    def __init__(self, identifier: str, dataset: str, region: str, metric: LayerwiseMetric, seed: int = 0):
        super().__init__(identifier, ceiling=None, version=BENCHMARK_VERSION, parent=f"mouse-{region}")
        self.dataset = dataset
        self.region = region
        self.metric = metric
        self.seed = seed

    @property
    def identifier(self) -> str:
        """The benchmark's name, with the variant of the stimuli if it is one."""
        name = super().identifier
        return name if self._stimulus_variant is None else f"{name}@{self._stimulus_variant}"

    @property
    def regions(self) -> tuple[str, ...]:
        """The areas that a model is recorded from."""
        return (self.region,)

    @cached_property
    def assembly(self) -> NeuronRecordingAssembly:
        """The verified recordings: presentation x neuroid x time_bin, single trials."""
        return load_dataset(self.dataset, self.region)

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
        check_stimulus_variant(name)
        changed = copy.copy(self)
        changed.__dict__.pop("shown_stimuli", None)
        changed._stimulus_variant = name
        return changed

    @cached_property
    def shown_stimuli(self) -> StimulusSet:
        """The stimuli that models see: those of the recordings, or a variant of them."""
        stimulus_set = self.assembly.attrs["stimulus_set"]
        if self._stimulus_variant is None:
            return stimulus_set
        return stimulus_variant(stimulus_set, self._stimulus_variant, display_of(self.dataset))

    @cached_property
    def _folds(self) -> list[Fold]:
        n_stimuli = len(self.assembly.attrs["stimulus_set"])
        return selection_folds(n_stimuli, self.assembly["subject"].values, self.seed)

    @cached_property
    def _target(self) -> NeuralTarget[Any]:
        trials = trials_from_assembly(self.assembly)
        stimulus_set = self.assembly.attrs["stimulus_set"]  # what the mice saw, also where models see a variant
        paths = [Path(stimulus_set.get_stimulus(key)) for key in stimulus_set["stimulus_id"]]
        return self.metric.prepare_with_stimuli(trials, self.assembly["subject"].values, self._folds, paths)

    @property
    def bibtex(self) -> str:
        """The citation of the recordings."""
        return read_manifest(self.dataset)["recipe"]["citation"]

    @property
    def data_sha256(self) -> str:
        """Hash of all that the scores depend on: recordings, stimulus table and images."""
        recordings = self.assembly.attrs["data_sha256"]
        if self._stimulus_variant is None:
            return recordings
        shown = [sha256_of_file(self.shown_stimuli.get_stimulus(key)) for key in self.shown_stimuli["stimulus_id"]]
        return hashlib.sha256(" ".join([recordings, *shown]).encode()).hexdigest()

    @property
    def ceiling(self) -> Score:
        """What a perfect model would reach, on the held-out parts; attrs: `error` and other bounds."""
        ceiling = Score(self._target.ceiling)
        ceiling.attrs.update(error=self._target.ceiling_error, **self._target.details)
        return ceiling

    def __call__(self, candidate: Any) -> Score:
        """Score a model.

        Parameters
        ----------
        candidate : ImageModel or BrainModel
            A model whose layers can be compared (`layer_grams`), or one that can be recorded from (Brain-Score's
            interface).

        Returns
        -------
        Score
            Relative to the ceiling, sign kept; attrs as told in :func:`brainscore_mouse.score_model`.

        Raises
        ------
        ModelOutputError
            If the model's activations cannot be compared with recordings.
        """
        summaries = self._features(candidate)
        layers = list(summaries)
        chosen = choose_layers(self._target, list(summaries.values()), len(self._folds))
        evaluation = self._target.evaluate(list(summaries.values()), chosen)
        per_fold = np.arange(len(self._folds))
        value = float(evaluation.ceiled[per_fold, chosen].mean())
        if np.isnan(value):
            raise ModelOutputError(
                f"The activations of {[layers[layer] for layer in chosen]} do not vary over the stimuli or features: "
                f"{candidate.identifier} cannot be scored on {self.identifier}."
            )
        curve = np.nanmean(evaluation.ceiled, axis=0)
        best = int(np.nanargmax(curve))
        layer_by_fold = [layers[layer] for layer in chosen]
        score = Score(value)
        score.attrs.update(
            raw=float(evaluation.raw[per_fold, chosen].mean()),
            ceiling=evaluation.ceiling,
            ceiling_error=evaluation.ceiling_error,
            **self._errors(list(summaries.values()), chosen, evaluation.ceiled[per_fold, chosen]),
            layer=Counter(layer_by_fold).most_common(1)[0][0],
            layer_by_fold=layer_by_fold,
            layer_scores=dict(zip(layers, curve.tolist(), strict=True)),
            oracle_layer=layers[best],
            oracle_score=float(curve[best]),
            n_stimuli=len(self.assembly.attrs["stimulus_set"]),
            n_mice=len(np.unique(self.assembly["subject"].values)),
            benchmark_identifier=self.identifier,
            benchmark_version=self.version,
            model_identifier=candidate.identifier,
            data_sha256=self.data_sha256,
            seed=self.seed,
            metric_settings=self.metric.settings,
            citation=self.bibtex,
            **evaluation.details,
            **evaluation.illustration(chosen),
            **{name: float(values[per_fold, chosen].mean()) for name, values in evaluation.measures.items()},
        )
        return score

    def _errors(self, layers: Sequence[Any], chosen: Sequence[int], of_folds: np.ndarray) -> dict[str, Any]:
        """Return the attrs that tell a score's error."""
        of_partitions = of_folds.reshape(N_PARTITIONS, -1).mean(axis=1)
        errors: dict[str, Any] = {
            "error": float("nan"),
            "error_partitions": float(np.std(of_partitions, ddof=1) / np.sqrt(N_PARTITIONS)),
            "error_kind": f"none: the metric {self.metric.identifier!r} cannot leave out stimuli or mice",
        }
        if not isinstance(self._target, ResampledTarget):
            return errors
        left_out = self._leave_one_out([ChosenLayers(layers, chosen)])
        values = left_out.values[0]
        over_stimuli = jackknife(values, "stimuli")
        whole, generalizes_to = over_stimuli, "stimuli only: there is one mouse"
        errors["error_stimuli"] = over_stimuli.error
        if left_out.mice:
            whole, generalizes_to = jackknife(values, "both"), "stimuli and mice"
            errors["error_mice"] = jackknife(values, "mice").error
        return {
            **errors,
            "error": whole.error,
            "interval": [whole.low, whole.high],
            "error_kind": f"standard error by jackknife over {generalizes_to}",
        }

    def _leave_one_out(self, models: Sequence[ChosenLayers]) -> LeaveOneOutScores:
        n_stimuli, subjects = len(self.assembly.attrs["stimulus_set"]), self.assembly["subject"].values
        draws = self._target.resampled(models, leave_one_out(n_stimuli, subjects))  # type: ignore[attr-defined]
        return leave_one_out_scores(draws, n_stimuli, subjects)

    def leave_one_out_scores(self, candidates: Sequence[Any]) -> LeaveOneOutScores:
        """Score models as measured, and without each stimulus, each mouse and both.

        Parameters
        ----------
        candidates : sequence of ImageModel or BrainModel
            The models; the layers compared are those that scoring the model chooses.

        Raises
        ------
        InvalidParameterError
            If the benchmark's metric cannot leave out stimuli or mice.
        ModelOutputError
            If a model's activations cannot be compared with recordings.
        """
        target = self._target
        if not isinstance(target, ResampledTarget):
            raise InvalidParameterError(
                f"Models cannot be compared on {self.identifier}: its metric {self.metric.identifier!r} cannot leave "
                "out stimuli or mice; use rsa, ridge, pls, map-rmse or activation-overlap."
            )
        models = []
        for candidate in candidates:
            layers = list(self._features(candidate).values())
            models.append(ChosenLayers(layers, choose_layers(target, layers, len(self._folds))))
        found = self._leave_one_out(models)
        if np.isnan(found.values[:, 0, 0]).any():
            raise ModelOutputError(
                f"The activations of one of {', '.join(str(model.identifier) for model in candidates)} do not vary "
                f"over the stimuli or features: they cannot be compared on {self.identifier}."
            )
        return found

    def _features(self, candidate: Any) -> Mapping[str, Any]:
        """Present the stimuli; a committed layer is the only one, else all candidate layers are returned.

        Returns what the metric compares of each layer.
        """
        stimulus_set = self.shown_stimuli
        candidate = comparable(candidate)
        if hasattr(candidate, "layer_grams"):
            committed = candidate.region_layer_map.get(self.region)
            wanted = [committed] if committed else None
            if self.metric.compares == "grams":
                return candidate.layer_grams(stimulus_set, wanted)
            if not hasattr(candidate, "layer_channels"):
                raise ModelError(
                    f"{candidate.identifier} cannot be scored on {self.identifier}: nothing tells which units of a "
                    f"{type(candidate).__name__}'s layers are one channel. Its scores by rsa, ridge and pls can be had."
                )
            return candidate.layer_channels(stimulus_set, wanted)
        time_bin = (int(self.assembly["time_bin_start"].min()), int(self.assembly["time_bin_end"].max()))
        recorded = record(candidate, self.region, time_bin, stimulus_set)
        return {self.region: FeatureGram.of_features(recorded) if self.metric.compares == "grams" else recorded}
