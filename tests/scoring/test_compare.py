"""Paired comparison: against scipy and resampling by hand, coverage under a null and a known difference."""

import itertools
import json

import numpy as np
import pytest
from brainscore_mouse import compare, load_benchmark, load_metric, score_model
from brainscore_mouse.benchmarks.layer_choice import selection_folds
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import InvalidParameterError, UnreliableDataError
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.uncertainty.difference import difference_of_draws, two_sided_p
from brainscore_mouse.uncertainty.leave_one_out import jackknife, leave_one_out, leave_one_out_scores
from brainscore_mouse.uncertainty.multiple_tests import benjamini_hochberg, holm
from brainscore_mouse.uncertainty.neuroid_scores import compare_neuroid_scores
from brainscore_mouse.uncertainty.random_effects import random_effects_mean
from brainscore_mouse.uncertainty.resampling import bootstrap_counts, hierarchical_counts
from brainscore_mouse.uncertainty.weighted import weighted_median, weighted_pearson
from scipy.stats import bootstrap, pearsonr
from synthetic_recordings import simulated_trials
from typer.testing import CliRunner


def test_weighted_pearson_equals_repeating_rows():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, 12, 5)) + 100
    b[:, 1] = 3.0  # responses without variance
    a[:, 2] = 4.0  # a constant prediction
    counts = bootstrap_counts(12, 6, generator)
    counts[5] = 0
    counts[5, 3] = 12  # the same stimulus always
    found = weighted_pearson(a, b, counts)
    for of_draw, count in zip(found[:5], counts, strict=False):
        first, second = (np.repeat(values, count, axis=0) for values in (a, b))
        expected = [pearsonr(first[:, column], second[:, column]).statistic for column in (0, 3, 4)]
        np.testing.assert_allclose(of_draw[[0, 3, 4]], expected, atol=1e-9)
    assert np.isnan(found[:, 1]).all() and (found[:5, 2] == 0).all()
    assert np.isnan(found[5]).all()


def test_weighted_median_equals_repeating_values():
    generator = np.random.default_rng(1)
    values = generator.normal(size=(50, 9)).round(1)
    values[generator.random(values.shape) < 0.1] = np.nan
    counts = generator.integers(0, 3, size=values.shape)
    expected = [np.nanmedian(np.repeat(row, count)) for row, count in zip(values, counts, strict=True)]
    np.testing.assert_array_equal(weighted_median(values, counts), expected)
    assert np.isnan(weighted_median(np.array([1.0, np.nan]), np.array([[0, 2], [0, 0]]))).all()


def test_hierarchical_counts_draw_whole_mice_then_their_neuroids():
    subjects = np.repeat(["c", "a", "b"], [4, 2, 6])
    counts = hierarchical_counts(subjects, 4000, np.random.default_rng(4))
    of_mice = np.stack([counts[:, subjects == mouse].sum(axis=1) for mouse in "cab"], axis=1) / [4, 2, 6]
    assert (of_mice == of_mice.round()).all() and (of_mice.sum(axis=1) == 3).all()
    np.testing.assert_allclose(of_mice.mean(axis=0), 1, atol=0.05)
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.1)
    # Within a mouse drawn once: the variance of a multinomial of n over n.
    once = counts[of_mice[:, 0] == 1][:, :4]
    np.testing.assert_allclose(once.var(axis=0), 1 - 1 / 4, atol=0.1)


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_interval_equals_scipys_paired_bootstrap(statistic):
    generator = np.random.default_rng(6)
    first, second = generator.normal([[0.3], [0.0]], 1, size=(2, 60))
    ours = compare_neuroid_scores(first, second, np.zeros(60), generator, statistic, n_draws=20_000)
    function = getattr(np, statistic)
    theirs = bootstrap(
        (first, second),
        lambda a, b, axis: function(a, axis=axis) - function(b, axis=axis),
        paired=True,
        n_resamples=20_000,
        method="percentile",
        rng=generator,
    )
    assert ours.value == pytest.approx(function(first) - function(second))
    assert ours.standard_error == pytest.approx(theirs.standard_error, rel=0.05)
    np.testing.assert_allclose(
        [ours.low + ours.bias, ours.high + ours.bias],  # scipy's are not moved
        theirs.confidence_interval,
        atol=0.1 * float(theirs.standard_error),
    )


def covers(true_difference, n_mice, generator):
    """Compare scores of simulated mice: both models share neuroids' quality; mice differ in which model they prefer."""
    subjects = np.repeat(np.arange(n_mice), 15)
    preference = generator.normal(scale=0.1, size=n_mice)[subjects]
    shared = generator.normal(size=len(subjects))
    first = shared + true_difference + preference + 0.2 * generator.normal(size=len(subjects))
    second = shared + 0.2 * generator.normal(size=len(subjects))
    found = compare_neuroid_scores(first, second, subjects, generator, "mean", n_draws=400)
    return found.low <= true_difference <= found.high, found.p < 0.05


@pytest.mark.parametrize("true_difference", [0.0, 0.3])
def test_interval_over_mice_covers_the_true_difference(true_difference):
    generator = np.random.default_rng(7)
    covered, positive = np.mean([covers(true_difference, 20, generator) for _ in range(300)], axis=0)
    assert 0.91 < covered < 0.98
    assert positive < 0.09 if true_difference == 0 else positive > 0.99


def test_few_mice_make_intervals_too_short_as_documented():
    generator = np.random.default_rng(8)
    covered, _ = np.mean([covers(0.0, 4, generator) for _ in range(400)], axis=0)
    assert 0.75 < covered < 0.93


def test_treating_neuroids_as_independent_would_find_differences_that_are_not_there():
    generator = np.random.default_rng(9)
    positive = 0
    for _ in range(100):
        subjects = np.repeat(np.arange(6), 50)
        preference = generator.normal(scale=0.3, size=6)[subjects]
        first, second = generator.normal(preference), generator.normal(size=300)
        found = compare_neuroid_scores(first, second, np.zeros(300), generator, "mean", n_draws=200)
        positive += found.p < 0.05
    assert positive > 25


def test_p_value_counts_the_rarer_side_and_is_never_zero():
    assert two_sided_p(np.arange(1, 1000)) == pytest.approx(2 / 1000)
    assert two_sided_p(np.array([-1.0] * 10 + [1.0] * 89)) == pytest.approx(2 * 11 / 100)
    assert two_sided_p(np.zeros(20)) == 1
    assert two_sided_p(np.array([-1.0, 1.0])) == 1


def test_draws_are_moved_to_the_difference_as_measured():
    draws = np.random.default_rng(0).normal(0.3, 0.1, 4000)
    found = difference_of_draws(0.5, draws)
    assert found.bias == pytest.approx(-0.2, abs=0.01)
    assert (found.low, found.high) == (pytest.approx(0.5 - 0.196, abs=0.01), pytest.approx(0.5 + 0.196, abs=0.01))
    assert found.p < 0.001 and found.standard_error == pytest.approx(0.1, abs=0.005)
    assert difference_of_draws(0.0, draws).p == pytest.approx(1, abs=0.05)


def test_undefined_draws_are_left_out_and_too_many_refused():
    draws = np.array([np.nan] * 40 + [0.1, 0.2] * 30)
    assert difference_of_draws(0.15, draws).n_draws == 60
    with pytest.raises(UnreliableDataError, match="80 of 100 draws"):
        difference_of_draws(0.15, np.array([np.nan] * 80 + [0.1] * 20))
    with pytest.raises(InvalidParameterError, match="level"):
        difference_of_draws(0.15, draws, level=95)


def holm_by_closure(p_values):
    """Closed testing with Bonferroni in every subset: reject a hypothesis only if all subsets with it are rejected."""
    indices = range(len(p_values))
    subsets = [s for size in indices for s in itertools.combinations(indices, size + 1)]
    of_subset = {s: min(1.0, len(s) * min(p_values[i] for i in s)) for s in subsets}
    return [max(of_subset[s] for s in subsets if i in s) for i in indices]


def test_holm_equals_the_closed_test_and_fdr_its_definition():
    generator = np.random.default_rng(12)
    for _ in range(20):
        p_values = generator.random(6) ** 3
        np.testing.assert_allclose(holm(p_values), holm_by_closure(p_values))
        order = np.argsort(p_values)
        ascending = p_values[order] * 6 / np.arange(1, 7)
        expected = [min(ascending[rank:]) for rank in range(6)]
        np.testing.assert_allclose(benjamini_hochberg(p_values)[order], expected)
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])
    with pytest.raises(InvalidParameterError, match="between 0 and 1"):
        holm(np.array([0.5, 1.5]))


def test_holm_keeps_the_family_wise_error_under_the_null():
    generator = np.random.default_rng(13)
    false_positive = [(holm(generator.random(18)) < 0.05).any() for _ in range(4000)]
    assert np.mean(false_positive) == pytest.approx(0.05, abs=0.012)


def test_random_effects_mean():
    # Borenstein et al. 2009, chapter 14, from its rounded table: mean .3582, SE .1054, tau^2 .0373.
    values = [0.095, 0.277, 0.367, 0.664, 0.462, 0.185]
    variances = [0.033, 0.031, 0.050, 0.011, 0.043, 0.023]
    found = random_effects_mean(np.array(values), np.sqrt(variances))
    assert found.mean == pytest.approx(0.3582, abs=1.5e-3)
    assert found.standard_error == pytest.approx(0.1054, abs=1.5e-3)
    assert found.between_sd**2 == pytest.approx(0.0373, abs=1.5e-3)
    alike = random_effects_mean(np.full(4, 0.2), np.full(4, 0.1))
    assert (alike.mean, alike.between_sd, alike.heterogeneity) == (pytest.approx(0.2), 0, 0)
    assert alike.standard_error == pytest.approx(0.05)
    with pytest.raises(InvalidParameterError, match="two or more"):
        random_effects_mean(np.array([0.1]), np.array([0.1]))


def test_random_effects_recover_the_spread_between_areas():
    generator = np.random.default_rng(14)
    found = [
        random_effects_mean(0.1 + 0.3 * generator.normal(size=30) + 0.1 * generator.normal(size=30), np.full(30, 0.1))
        for _ in range(200)
    ]
    assert np.mean([one.mean for one in found]) == pytest.approx(0.1, abs=0.02)
    assert np.mean([one.between_sd for one in found]) == pytest.approx(0.3, abs=0.02)


def test_wrong_neuroid_scores_are_refused():
    generator, scores = np.random.default_rng(15), np.zeros(5)
    with pytest.raises(InvalidParameterError, match="one value per neuroid"):
        compare_neuroid_scores(scores, scores[:4], np.zeros(5), generator)
    with pytest.raises(InvalidParameterError, match="no neuroid"):
        compare_neuroid_scores(scores * np.nan, scores, np.zeros(5), generator)
    with pytest.raises(InvalidParameterError, match="use one of"):
        compare_neuroid_scores(scores, scores, np.zeros(5), generator, "mode")


@pytest.fixture(scope="module")
def recordings():
    """Six mice, and features that tell ever less of their responses."""
    generator = np.random.default_rng(16)
    trials, features = simulated_trials(generator, n_stimuli=60, n_neuroids=60)
    subjects = np.repeat([f"m{number}" for number in range(6)], 10)
    grams = [FeatureGram.of_features(features + scale * generator.normal(size=features.shape)) for scale in (6, 9, 12)]
    return trials, subjects, grams


@pytest.mark.parametrize("name", ["rsa", "ridge", "pls"])
def test_scores_without_each_mouse_and_stimulus_are_paired(recordings, name):
    """With nothing left out they are the scores; models are paired."""
    trials, subjects, grams = recordings
    folds = selection_folds(60, subjects, seed=0)
    target = load_metric(name).prepare(trials, subjects, folds)
    chosen = np.arange(len(folds)) % 2
    models = [ChosenLayers(grams[:2], chosen), ChosenLayers(grams[1:], chosen), ChosenLayers(grams[:2], chosen)]
    evaluation = target.evaluate(grams)
    found = leave_one_out_scores(target.resampled(models, leave_one_out(60, subjects)), 60, subjects)
    per_fold = np.arange(len(folds))
    expected = [evaluation.ceiled[per_fold, chosen + shift].mean() for shift in (0, 1, 0)]
    np.testing.assert_allclose(found.values[:, 0, 0], expected, atol=1e-9)
    assert found.values.shape == (3, 7, 61) and found.mice == tuple(f"m{number}" for number in range(6))
    np.testing.assert_array_equal(found.values[0], found.values[2])  # the same model
    assert np.isfinite(found.values).all()
    difference = jackknife(found.values[0] - found.values[1])
    assert difference.error < np.hypot(*(jackknife(found.values[row]).error for row in (0, 1)))  # paired


def test_compare_gives_the_scores_their_difference_and_corrected_p_values():
    benchmarks = ["simulated-mouse-VISp-rsa", "simulated-mouse-VISl-rsa"]
    found = compare("neurn-pixels", "pixels", benchmarks)
    table = found.table
    for row in table.itertuples():
        assert row.first == pytest.approx(float(score_model("neurn-pixels", row.benchmark)), abs=1e-9)
        assert row.second == pytest.approx(float(score_model("pixels", row.benchmark)), abs=1e-9)
        assert row.difference == pytest.approx(row.first - row.second, abs=1e-12)
        assert row.low < row.difference < row.high
    np.testing.assert_allclose(table["p_holm"], holm(table["p"].to_numpy()))
    assert found.mean.value == pytest.approx(table["difference"].mean())
    alone = compare("neurn-pixels", "pixels", benchmarks[1:])
    shared = ["benchmark", "first", "second", "difference", "low", "high", "p"]
    assert alone.table.loc[0, shared].to_list() == table.loc[1, shared].to_list()  # the others do not matter
    assert alone.mean is None
    mirrored = compare("pixels", "neurn-pixels", benchmarks[1:]).table.loc[0]
    assert (mirrored.low, mirrored.high) == pytest.approx((-table.loc[1, "high"], -table.loc[1, "low"]))


@pytest.mark.parametrize("metric", ["map-rmse", "activation-overlap"])
def test_compare_by_metrics_of_single_channels(metric):
    benchmark = f"simulated-mouse-VISp-{metric}"
    row = compare("neurn-pixels", "pixels", [benchmark]).table.loc[0]
    assert row["first"] == pytest.approx(float(score_model("neurn-pixels", benchmark)), abs=1e-9)
    assert row["second"] == pytest.approx(float(score_model("pixels", benchmark)), abs=1e-9)
    assert row["low"] < row["difference"] < row["high"]


def test_a_model_does_not_differ_from_itself():
    found = compare("pixels", "pixels", ["simulated-mouse-VISp-rsa", "simulated-mouse-VISl-ridge"])
    assert found.table[["difference", "low", "high"]].abs().max().max() == 0
    assert (found.table["p"] == 1).all() and found.random_effects is None


def test_compare_refuses_what_it_cannot_score_without_some_stimuli():
    with pytest.raises(InvalidParameterError, match="single areas"):
        compare("pixels", "neurn-pixels", ["dg-minidigits-readout"])
    benchmark = load_benchmark("simulated-mouse-VISp-rsa")
    benchmark.__dict__["_target"] = object()  # of a metric that offers no more than scores
    with pytest.raises(InvalidParameterError, match="cannot leave out stimuli or mice"):
        compare("pixels", "neurn-pixels", [benchmark])
    with pytest.raises(InvalidParameterError, match="no benchmark"):
        compare("pixels", "neurn-pixels", [])


def test_compare_command():
    arguments = ["compare", "neurn-pixels", "pixels", "--benchmarks", "simulated-mouse-VISp-rsa"]
    printed = CliRunner().invoke(app, arguments)
    assert printed.exit_code == 0
    assert "neurn-pixels minus pixels: 95% intervals over stimuli and mice" in printed.stdout
    content = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert content["table"][0]["degrees_of_freedom"] >= 5 and content["mean"] is None
