"""Shipped metrics pass, and each way to be wrong is found by the check that is named after it."""

import dataclasses

import numpy as np
import pytest
from brainscore_core.metrics import Metric, Score
from brainscore_mouse import check_metric, list_metrics, load_metric
from brainscore_mouse.core.errors import BrainscoreMouseError, ConformanceError
from brainscore_mouse.metrics.regression.metric import Ridge
from brainscore_mouse.metrics.rsa.metric import RSA
from brainscore_mouse.metrics.tuning_distribution.properties import PROPERTIES

QUICK = {
    "activation-overlap": {"n_half_splits": 4},
    "map-rmse": {"n_half_splits": 4},
    "pls": {"n_components": 6},
    "rsa": {"n_bootstraps": 50},
}


# It needs stimuli that were shown once, which the recordings of the check have not: tests/metrics/regression.
WITH_A_FIXED_SPLIT = "ridge-fixed-split"


# They compare distributions over neuroids, not layers with held-out recordings: tests/metrics/tuning_distribution.
OF_TUNING = tuple(PROPERTIES)


@pytest.mark.parametrize("name", [name for name in list_metrics() if name not in (WITH_A_FIXED_SPLIT, *OF_TUNING)])
@pytest.mark.slow
def test_shipped_metrics_pass(name):
    check_metric(load_metric(name, **QUICK.get(name, {})))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("rsa", {"correlation": "pearson", "n_bootstraps": 50}),
        ("ridge", {"alpha": 1.0}),
        ("map-rmse", {"normalization": "none", **QUICK["map-rmse"]}),
    ],
)
@pytest.mark.slow
def test_they_pass_with_other_settings(name, options):
    check_metric(load_metric(name, **options))


class AlteredRSA(RSA):
    """RSA whose evaluation is altered by a subclass."""

    identifier = "altered"

    def __init__(self):
        super().__init__(n_half_splits=5, n_bootstraps=20)

    def prepare(self, trials, subjects, folds):
        return AlteredTarget(self, super().prepare(trials, subjects, folds), trials, folds)

    def altered(self, evaluation, target):
        return evaluation


class AlteredTarget:
    def __init__(self, metric, target, trials, folds):
        self.metric, self.target, self.trials, self.folds = metric, target, trials.copy(), folds
        self.ceiling, self.ceiling_error, self.details = target.ceiling, target.ceiling_error, target.details

    def selection_scores(self, layers):
        return self.target.selection_scores(layers)

    def evaluate(self, layers):
        return self.metric.altered(self.target.evaluate(layers), self)


def changed(evaluation, change):
    return dataclasses.replace(evaluation, raw=change(evaluation.raw), ceiled=change(evaluation.ceiled))


class UndefinedScores(AlteredRSA):
    def altered(self, evaluation, target):
        return changed(evaluation, lambda scores: np.where(scores == scores.max(), np.nan, scores))


class RandomScores(AlteredRSA):
    generator = np.random.default_rng(0)

    def altered(self, evaluation, target):
        return changed(evaluation, lambda scores: scores + self.generator.normal(scale=1e-3, size=scores.shape))


class FirstLayerFavoured(AlteredRSA):
    def altered(self, evaluation, target):
        return changed(evaluation, lambda scores: scores + 0.1 * (np.arange(scores.shape[1]) == 0))


class NumbersOfStimuliUsed(AlteredRSA):
    def altered(self, evaluation, target):
        first = np.array([[fold.scoring.stimuli[0] / 48] for fold in target.folds])
        return changed(evaluation, lambda scores: scores + first)


class AllNeuroidsUsed(AlteredRSA):
    def altered(self, evaluation, target):
        return changed(evaluation, lambda scores: scores + 0.01 * target.trials[:, 0].mean())


class TrialsOverwritten(AlteredRSA):
    def prepare(self, trials, subjects, folds):
        prepared = super().prepare(trials, subjects, folds)
        trials -= trials.mean()
        return prepared


class BiasedForNull(AlteredRSA):
    def altered(self, evaluation, target):
        return changed(evaluation, lambda scores: np.maximum(scores, 0.1))


class HalfOfTheScore(AlteredRSA):
    def altered(self, evaluation, target):
        return changed(evaluation, lambda scores: scores / 2)


class CeilingAboveOne(AlteredRSA):
    def prepare(self, trials, subjects, folds):
        prepared = super().prepare(trials, subjects, folds)
        prepared.ceiling = 1.2
        return prepared


class WithoutName(AlteredRSA):
    identifier = ""


class SettingsBeyondJSON(AlteredRSA):
    def __init__(self):
        super().__init__()
        self.weights = np.ones(3)


class FixedPenaltyThatClaimsAll(Ridge):
    claims = frozenset({"scale-invariant", "null-scores-zero", "generator-scores-one"})

    def __init__(self):
        super().__init__(alpha=1.0)


class Failing(AlteredRSA):
    def prepare(self, trials, subjects, folds):
        raise ValueError("it is broken")


@pytest.mark.parametrize(
    ("metric", "names"),
    [
        (UndefinedScores, {"finite"}),
        (RandomScores, {"deterministic"}),
        (FirstLayerFavoured, {"deterministic"}),
        (NumbersOfStimuliUsed, {"order-of-stimuli"}),
        (AllNeuroidsUsed, {"held-out"}),
        (TrialsOverwritten, {"input-unchanged"}),
        (BiasedForNull, {"null-scores-zero"}),
        (HalfOfTheScore, {"generator-scores-one"}),
        (CeilingAboveOne, {"finite"}),
        (WithoutName, {"identity"}),
        (SettingsBeyondJSON, {"identity"}),
        (FixedPenaltyThatClaimsAll, {"scale-invariant"}),
        (Failing, {"finite", "generator-scores-one"}),
    ],
)
@pytest.mark.slow
def test_what_is_wrong_is_found(metric, names):
    with pytest.raises(ConformanceError) as found:
        check_metric(metric())
    assert names <= found.value.violations.keys()
    assert "assemblies" not in found.value.violations
    for name in names:
        assert f"- {name}: {found.value.violations[name][0]}" in str(found.value)
    assert isinstance(found.value, BrainscoreMouseError)


def test_values_are_named():
    with pytest.raises(ConformanceError) as found:
        check_metric(HalfOfTheScore())
    (text,) = found.value.violations["generator-scores-one"]
    assert any(f"0.{digits}" in text for digits in range(45, 56))
    with pytest.raises(ConformanceError) as found:
        check_metric(Failing())
    assert found.value.violations["finite"] == ["ValueError: it is broken"]


class RowsTakenAsTheyCome(Metric):
    """A metric of assemblies that does not look which stimulus a row belongs to."""

    def __call__(self, source, target):
        return Score(np.corrcoef(source.values[:, 0], target.values[:, 0])[0, 1])


class NegativeForTheSame(Metric):
    claims = frozenset({"generator-scores-one"})

    def __call__(self, source, target):
        return Score(-1.0)


@pytest.mark.parametrize(
    ("metric", "name"), [(RowsTakenAsTheyCome, "assemblies"), (NegativeForTheSame, "generator-scores-one")]
)
def test_metrics_that_compare_assemblies_only_are_checked_too(metric, name):
    with pytest.raises(ConformanceError) as found:
        check_metric(metric())
    assert set(found.value.violations) == {name}
    assert found.value.subject.endswith(metric.__name__)
