"""The share of the explainable variance that a model explains beyond a baseline, as a metric."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import numpy as np
from brainscore_core.metrics import Score
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ...core.errors import InvalidParameterError, UnreliableDataError
from ...plugins.discovery import registered_models
from ...plugins.unknown_identifier import unknown_identifier
from ..assemblies import aligned_matrices, stimulus_paths
from ..feature_gram import FeatureGram
from ..layerwise import Claim, Fold
from ..regression.metric import Regression
from ..regression.pooled import explained_share, pooled_correlation
from ..regression.two_test_sets import two_test_sets
from .banded_ridge import BASELINE_ALONE, SHARES, held_out_banded_ridge, normalized
from .target import UniqueVarianceTarget


class UniqueVariance(Regression):
    """Explain each neuroid's responses by model and baseline together; score what is more than by the baseline alone.

    Both are cross-validated: banded ridge has a penalty for the weights of each, and the penalties are chosen per
    neuroid on the training stimuli. See docs/methods.md.

    Parameters
    ----------
    baseline : str
        Identifier of a model of this package or of a plugin. It sees what the mice saw. All its layers together are the
        baseline, each scaled to the same variance.
    **options
        See :class:`~brainscore_mouse.metrics.regression.metric.Regression`.
    """

    claims: ClassVar[frozenset[Claim]] = frozenset({"scale-invariant", "null-scores-zero"})
    definition_version = 6  # its errors keep readouts as they were fitted
    # Mice are not compared with each other: what regression says of them is nothing beyond a baseline.
    population: ClassVar[None] = None  # type: ignore[assignment]

    def __init__(self, baseline: str, **options: Any):
        super().__init__(**options)
        self.identifier = f"unique-variance-over-{baseline}"
        self.baseline = baseline

    @property
    def settings(self) -> dict[str, Any]:
        """See `LayerwiseMetric`; the baseline's network is part of it."""
        return {**super().settings, "baseline_fingerprint": self._baseline_model.fingerprint}

    def __call__(self, source: NeuroidAssembly, target: NeuroidAssembly) -> Score:
        """Compare two assemblies of the same stimuli.

        Parameters
        ----------
        source, target : NeuroidAssembly
            presentation x neuroid; repeated presentations are averaged. The target's ``attrs`` hold its
            ``stimulus_set``.

        Returns
        -------
        Score
            The mean over neuroids of the share of the variance that source and baseline explain, minus what the
            baseline explains; not corrected for noise. Half of the stimuli are predicted from the other half.

        Raises
        ------
        InvalidArraysError
            If the target does not name its stimuli.
        """
        paths = stimulus_paths(target)
        features, responses = aligned_matrices(source, target)
        baseline = self._baseline_of(paths)
        stimuli = np.arange(len(responses))
        tests = two_test_sets(stimuli, stimuli, self.seed)
        linear = FeatureGram.of_features(features).linear()
        predictions = (
            held_out_banded_ridge(linear, baseline, responses, tests, shares) for shares in (SHARES, BASELINE_ALONE)
        )
        both, alone = (explained_share(pooled_correlation(predicted, responses[tests])) for predicted in predictions)
        return Score(float(np.nanmean(both - alone)))

    def prepare(self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]) -> NoReturn:
        """Raise InvalidParameterError: without the stimuli there is no baseline."""
        raise InvalidParameterError(
            f"{self.identifier} needs the stimuli, which the baseline sees. Use a benchmark, such as "
            f"simulated-mouse-VISp-{self.identifier}."
        )

    def prepare_with_stimuli(
        self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold], stimulus_paths: Sequence[Path]
    ) -> UniqueVarianceTarget:
        """See :meth:`brainscore_mouse.metrics.layerwise.LayerwiseMetric.prepare_with_stimuli`."""
        return UniqueVarianceTarget(self, trials, subjects, folds, self._baseline_of(stimulus_paths))

    def _baseline_of(self, stimulus_paths: Sequence[Path]) -> np.ndarray:
        """Show the stimuli to the baseline; return inner products of all its layers, each of the same variance."""
        names = [str(number) for number in range(len(stimulus_paths))]
        stimulus_set = StimulusSet({"stimulus_id": names})
        stimulus_set.stimulus_paths = dict(zip(names, map(str, stimulus_paths), strict=True))
        layers = self._baseline_model.layer_grams(stimulus_set).values()
        baseline = np.sum([normalized(layer.linear()) for layer in layers if layer.varies_over_stimuli()], axis=0)
        if not np.any(baseline):
            raise UnreliableDataError(f"The baseline {self.baseline} does not vary over the stimuli.")
        return np.asarray(baseline)

    @property
    def _baseline_model(self) -> Any:
        models = registered_models()
        if self.baseline not in models:
            raise unknown_identifier("model", self.baseline, models)
        return models[self.baseline]()
