"""Differences between stored scores: against the jackknife of the difference, and shared ranks."""

import json
from dataclasses import replace

import numpy as np
import pytest
from brainscore_mouse.leaderboard.board_table import Column
from brainscore_mouse.leaderboard.comparisons.pairwise_differences import pairwise_differences
from brainscore_mouse.leaderboard.comparisons.ranks import clearly_ahead, ranks
from brainscore_mouse.leaderboard.comparisons.stored_estimate import StoredEstimate, mean_estimate, stored_estimate
from brainscore_mouse.uncertainty.leave_one_out import LeaveOneOutScores, jackknife
from brainscore_mouse.uncertainty.left_out_effects import LeftOutEffects
from scipy import stats

N_MODELS = 5


def made_up(mice, with_pairs, n_stimuli=40, n_seeds=0):
    """Mean similarities over pairs of stimuli and over mice, of several models, without each stimulus and mouse."""
    generator = np.random.default_rng(len(mice) + with_pairs)
    first, second = np.triu_indices(n_stimuli, 1)
    shared = generator.normal(size=(1, max(len(mice), 1), len(first)))
    entries = shared + 0.5 * generator.normal(size=(N_MODELS, max(len(mice), 1), len(first)))
    entries += 0.3 * generator.normal(size=(N_MODELS, max(len(mice), 1), 1)) + 0.1 * np.arange(N_MODELS)[:, None, None]
    selections = [np.arange(max(len(mice), 1)), *(np.delete(np.arange(len(mice)), k) for k in range(len(mice)))]
    values = np.zeros((N_MODELS, len(selections), 1 + n_stimuli))
    pairs = np.zeros((N_MODELS, len(selections), len(first)))
    of_stimulus = [(first != stimulus) & (second != stimulus) for stimulus in range(n_stimuli)]
    for row, chosen in enumerate(selections):
        of_pairs = entries[:, chosen].mean(axis=1)
        values[:, row, 0] = of_pairs.mean(axis=1)
        for stimulus, kept in enumerate(of_stimulus):
            values[:, row, 1 + stimulus] = of_pairs[:, kept].mean(axis=1)
        for number, (one, other) in enumerate(zip(first, second, strict=True)):
            pairs[:, row, number] = of_pairs[:, of_stimulus[one] & of_stimulus[other]].mean(axis=1)
    seeds = values[:, 0, :1] + 0.02 * generator.normal(size=(N_MODELS, n_seeds)) if n_seeds else None
    return LeaveOneOutScores(values, tuple(mice), pairs if with_pairs else None, seeds)


def stored(scores, number):
    """The estimate as it is read from a record."""
    of_model = scores.of_model(number)
    found = jackknife(of_model, of_model.over)
    record = {"score": found.value, "error": found.error, "interval": [found.low, found.high]}
    record["left_out_effects"] = LeftOutEffects.of_scores(of_model).as_json()
    if scores.seeds is not None:
        record["seed_scores"] = [{"seed": k, "score": value} for k, value in enumerate(scores.seeds[number])]
    return stored_estimate(json.loads(json.dumps(record)))


@pytest.mark.parametrize("n_seeds", [0, 4])
@pytest.mark.parametrize("mice", [(), ("a", "b"), ("a", "b", "c", "d", "e")])
@pytest.mark.parametrize("with_pairs", [False, True])
def test_paired_differences_are_those_of_the_jackknife_of_the_difference(mice, with_pairs, n_seeds):
    scores = made_up(mice, with_pairs, n_seeds=n_seeds)
    found = pairwise_differences([stored(scores, number) for number in range(N_MODELS)])
    assert found.is_paired.all()
    tolerance = 0.08 if with_pairs else 0.002  # random sums (these scores are of pairs only), 16-bit floats
    for first in range(N_MODELS):
        for second in range(N_MODELS):
            if first == second:
                continue
            expected = jackknife(scores.of_difference(first, second), scores.over)
            assert found.difference[first, second] == pytest.approx(expected.value, abs=1e-12)
            assert found.error[first, second] == pytest.approx(expected.error, rel=tolerance)
            half_width = expected.high - expected.value
            assert found.half_width[first, second] == pytest.approx(half_width, rel=3 * tolerance)


def test_pairing_tells_models_apart_that_their_own_errors_do_not():
    """Two models that find the same stimuli and mice easy."""
    generator = np.random.default_rng(3)
    common = LeftOutEffects(("a", "b", "c"), *(0.01 * generator.normal(size=n) for n in (30, 3, (3, 30))), None)
    effects = [common, replace(common, of_stimuli=common.of_stimuli + 1e-4 * generator.normal(size=30))]
    paired = [StoredEstimate(value, 0.05, 0.2, one) for value, one in zip((0.30, 0.28), effects, strict=True)]
    alone = [replace(one, effects=None) for one in paired]
    assert ranks(pairwise_differences(paired)) == [1, 2] and pairwise_differences(paired).is_paired.all()
    assert ranks(pairwise_differences(alone)) == [1, 1] and not pairwise_differences(alone).is_paired.any()


def test_independent_differences_are_welch_tests():
    """Two samples whose means are the scores: scipy's Welch test."""
    generator = np.random.default_rng(0)
    samples = [generator.normal(size=9), generator.normal(loc=0.8, scale=2, size=14)]
    estimates = []
    for sample in samples:
        error = sample.std(ddof=1) / np.sqrt(len(sample))
        estimates.append(StoredEstimate(sample.mean(), error, error * stats.t.ppf(0.975, len(sample) - 1)))
    expected = stats.ttest_ind(*samples, equal_var=False)
    found = pairwise_differences(estimates)
    assert found.p[0, 1] == pytest.approx(expected.pvalue, rel=1e-3)
    interval = expected.confidence_interval()
    assert found.half_width[0, 1] == pytest.approx((interval.high - interval.low) / 2, rel=1e-3)


def test_the_same_network_under_two_names_does_not_differ():
    scores = made_up(("a", "b"), with_pairs=True)
    found = pairwise_differences([stored(scores, 0), stored(scores, 0), stored(scores, 1)])
    assert found.p[0, 1] == 1 and found.half_width[0, 1] == 0


def test_the_ranking_says_whether_models_can_be_paired_with_each_other():
    """Two mice as models are scored on different mice: each is paired with itself only."""
    of_mice = [stored(made_up(mice, with_pairs=True), 0) for mice in (("a", "b"), ("b", "c"))]
    same = stored(made_up(("a", "b"), with_pairs=True), 1)
    for ranking, estimates in {"independent": of_mice, "mixed": [*of_mice, same], "paired": [of_mice[0], same]}.items():
        names = tuple(map(str, range(len(estimates))))
        assert Column(names, pairwise_differences(estimates)).ranking == ranking


def test_models_share_a_rank_unless_one_is_clearly_ahead():
    values, error = [0.50, 0.49, 0.30, 0.29, 0.10], 0.01
    found = pairwise_differences([StoredEstimate(value, error) for value in values])
    assert ranks(found) == [1, 1, 3, 3, 5]
    assert clearly_ahead(found)[0].tolist() == [False, False, True, True, True]


def test_a_model_without_an_error_has_no_rank_and_pushes_nobody_down():
    found = pairwise_differences([StoredEstimate(0.9, None), StoredEstimate(0.5, 0.01), StoredEstimate(0.1, 0.01)])
    assert ranks(found) == [None, 1, 2]


def test_chance_alone_rarely_puts_a_model_ahead():
    """Fifty models of the same quality, forty times: unadjusted, nearly every table would have a leader."""
    generator = np.random.default_rng(1)
    n_leaders = sum(
        clearly_ahead(
            pairwise_differences([StoredEstimate(v, 0.1) for v in generator.normal(scale=0.1, size=50)])
        ).any()
        for _ in range(40)
    )
    assert n_leaders <= 8


def test_the_error_of_a_mean_without_effects_is_the_mean_of_the_errors():
    mean = mean_estimate([StoredEstimate(0.2, 0.02, 0.05), StoredEstimate(0.4, 0.04, 0.07)])
    assert (mean.value, mean.error, mean.half_width) == pytest.approx((0.3, 0.03, 0.06))
    assert mean_estimate([StoredEstimate(0.2, 0.02), StoredEstimate(0.4, None)]).error is None


def test_damaged_effects_are_not_used():
    record = {"score": 0.3, "error": 0.1, "left_out_effects": {"mice": ["a"], "of_stimuli": 3}}
    assert stored_estimate(record).effects is None
    assert stored_estimate({"score": None}) is None
