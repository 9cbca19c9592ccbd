"""Ridge and PLS against scikit-learn and Brain-Score; null data; known ceilings."""

import warnings

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.core.errors import InvalidParameterError, UnreliableDataError
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.kept_arrays import KeptArrays
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.regression import ridge
from brainscore_mouse.metrics.regression.pls import held_out_pls as held_out_pls_module
from brainscore_mouse.metrics.regression.pls.held_out_pls import held_out_pls
from brainscore_mouse.metrics.regression.ridge import held_out_ridge, ridge_alphas
from brainscore_mouse.metrics.regression.two_test_sets import two_test_sets
from brainscore_mouse.uncertainty.correlation import pearson
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import LeaveOneGroupOut
from synthetic_recordings import assembly_of, simulated_trials

TRAIN, TEST = np.arange(100), np.arange(100, 118)


def data(n_features=300, n_neuroids=40, noise=2.0, offset=3.0):
    generator = np.random.default_rng(0)
    features = generator.normal(size=(118, n_features)) + offset
    responses = features @ generator.normal(size=(n_features, n_neuroids)) / np.sqrt(n_features) * 2
    return features, responses + noise * generator.normal(size=responses.shape) + 5


def gram_of(features):
    return FeatureGram.of_features(features).linear()


@pytest.mark.parametrize("n_features", [20, 300])
def test_fixed_alpha_equals_sklearn(n_features):
    features, responses = data(n_features)
    (predicted,), _ = held_out_ridge(gram_of(features), responses, TEST[None], np.array([7.0]))
    expected = Ridge(alpha=7.0).fit(features[TRAIN], responses[TRAIN]).predict(features[TEST])
    np.testing.assert_allclose(predicted, expected, atol=1e-9)


@pytest.mark.parametrize("n_features", [20, 300])
def test_alpha_per_neuroid_equals_sklearn_leave_one_out(n_features):
    features, responses = data(n_features)
    alphas = ridge_alphas(gram_of(features))
    (predicted,), (chosen,) = held_out_ridge(gram_of(features), responses, TEST[None], alphas)
    oracle = RidgeCV(alphas=alphas, alpha_per_target=True).fit(features[TRAIN], responses[TRAIN])
    np.testing.assert_array_equal(alphas[chosen], oracle.alpha_)
    np.testing.assert_allclose(predicted, oracle.predict(features[TEST]), atol=1e-9)
    assert len(set(chosen)) > 1  # the choice differs between neuroids


TWINS = {
    "all in pairs": np.arange(118) // 2,
    "some thrice": np.where(np.arange(118) % 5 == 0, np.arange(118) // 15, 200 + np.arange(118)),
    "one pair": np.array([0, 0, *range(2, 118)]),
    "half in one group": np.minimum(np.arange(118), 50),
}


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.slow
def test_twins_are_left_out_together_when_alpha_is_chosen(name):
    """Against scikit-learn's own splits by group: one penalty per neuroid, least error over whole groups left out."""
    groups = TWINS[name]
    features, responses = data(n_neuroids=12)
    features = features[np.searchsorted(np.sort(groups), groups)] + 0.01 * features  # twins are alike
    alphas = ridge_alphas(gram_of(features))
    test = np.flatnonzero(np.isin(groups, groups[TEST]))
    train = np.setdiff1d(np.arange(118), test)
    tests = np.stack([test, np.flatnonzero(np.isin(groups, groups[test]))])
    predicted, chosen = held_out_ridge(gram_of(features), responses, tests, alphas, groups)
    errors = np.zeros((len(alphas), responses.shape[1]))
    for number, alpha in enumerate(alphas):
        for fitted, left_out in LeaveOneGroupOut().split(train, groups=groups[train]):
            model = Ridge(alpha=alpha).fit(features[train[fitted]], responses[train[fitted]])
            residuals = responses[train[left_out]] - model.predict(features[train[left_out]])
            errors[number] += (residuals**2).sum(axis=0)
    for split in range(2):
        np.testing.assert_array_equal(chosen[split], errors.argmin(axis=0))
    expected = np.stack(
        [
            Ridge(alpha=alphas[best]).fit(features[train], responses[train, neuroid]).predict(features[test])
            for neuroid, best in enumerate(errors.argmin(axis=0))
        ],
        axis=1,
    )
    np.testing.assert_allclose(predicted[0], expected, atol=1e-7)


def test_twins_left_out_one_by_one_would_choose_another_alpha():
    """Features that only tell pictures apart: a twin that stays behind makes them look predictive."""
    generator = np.random.default_rng(0)
    groups = np.arange(60) // 2
    features, responses = generator.normal(size=(30, 200))[groups], generator.normal(size=(30, 20))[groups]
    alphas, tests = ridge_alphas(gram_of(features)), np.array([[56, 57, 58, 59]])
    _, grouped = held_out_ridge(gram_of(features), responses, tests, alphas, groups)
    _, alone = held_out_ridge(gram_of(features), responses, tests, alphas)
    assert np.median(alone) < 4 < np.median(grouped)


def test_groups_of_one_stimulus_each_change_nothing():
    features, responses = data(n_neuroids=12)
    alphas = ridge_alphas(gram_of(features))
    arguments = (gram_of(features), responses, TEST[None], alphas)
    for ours, plain in zip(held_out_ridge(*arguments, np.arange(118)[::-1]), held_out_ridge(*arguments), strict=True):
        np.testing.assert_array_equal(ours, plain)


@pytest.fixture(params=[True, False], ids=["compiled", "arrays"])
def pls_path(request, monkeypatch):
    """Fit PLS in compiled code, and as where numba is not installed."""
    if request.param:
        pytest.importorskip("numba")
    monkeypatch.setattr(held_out_pls_module, "_HAS_NUMBA", request.param)


@pytest.mark.parametrize("n_neuroids", [1, 40, 200])
def test_pls_equals_converged_sklearn(pls_path, n_neuroids):
    features, responses = data(n_neuroids=n_neuroids)
    predicted = held_out_pls(gram_of(features)[None], responses, TEST[None], 25)[0, 0]
    oracle = PLSRegression(25, scale=False, tol=1e-15, max_iter=50_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = oracle.fit(features[TRAIN], responses[TRAIN]).predict(features[TEST])
    np.testing.assert_allclose(predicted, expected.reshape(predicted.shape), atol=2e-4)


def test_pls_stops_where_features_are_exhausted(pls_path):
    """Three features give three components: ordinary least squares."""
    features, responses = data(n_features=3)
    predicted = held_out_pls(gram_of(features)[None], responses, TEST[None], 25)[0, 0]
    expected = Ridge(alpha=1e-10).fit(features[TRAIN], responses[TRAIN]).predict(features[TEST])
    np.testing.assert_allclose(predicted, expected, atol=1e-6)


def test_ridge_metric_equals_brain_score():
    from brainscore_vision.metrics.regression_correlation.metric import (
        CrossRegressedCorrelation,
        pearsonr_correlation,
        ridge_regression,
    )

    features, responses = data(n_neuroids=15)
    oracle = CrossRegressedCorrelation(
        ridge_regression(), pearsonr_correlation(), crossvalidation_kwargs={"stratification_coord": None}
    )
    expected = oracle(assembly_of(features), assembly_of(responses))
    # Brain-Score splits with random state 1.
    score = load_metric("ridge", alpha=1.0, seed=1)(assembly_of(features), assembly_of(responses))
    assert float(score) == pytest.approx(float(expected), abs=1e-6)
    np.testing.assert_allclose(
        np.sort(score.attrs["raw"].values.ravel()), np.sort(expected.attrs["raw"].values.ravel()), atol=1e-6
    )


def test_pls_metric_equals_sklearn_on_the_same_splits():
    from sklearn.model_selection import ShuffleSplit

    features, responses = data(n_neuroids=15)
    score = load_metric("pls")(assembly_of(features), assembly_of(responses))
    medians = []
    for train, test in ShuffleSplit(10, train_size=0.9, random_state=0).split(features):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            oracle = PLSRegression(25, scale=False).fit(features[train], responses[train])
        medians.append(np.median(pearson(oracle.predict(features[test]), responses[test], axis=0)))
    assert float(score) == pytest.approx(np.mean(medians), abs=1e-3)
    assert score.attrs["error"] == pytest.approx(np.std(medians, ddof=1) / np.sqrt(10), abs=1e-3)


@pytest.mark.parametrize("metric", ["ridge", "pls"])
def test_unrelated_features_score_zero(metric):
    generator = np.random.default_rng(1)
    trials, _ = simulated_trials(generator)
    subjects = np.repeat(["a", "b", "c"], 40)
    target = load_metric(metric).prepare(trials, subjects, selection_folds(118, subjects, seed=0))
    features = [FeatureGram.of_features(generator.normal(size=(118, 500))) for _ in range(6)]
    scores = target.evaluate(features).ceiled.mean(axis=0)
    assert abs(scores.mean()) < 4 * scores.std(ddof=1) / np.sqrt(6)
    assert np.abs(scores).max() < 0.2


@pytest.mark.parametrize("metric", ["ridge", "pls"])
def test_generator_scores_one_and_ceiling_is_known(metric):
    generator = np.random.default_rng(2)
    trials, signal = simulated_trials(generator, noise=1.0)
    subjects = np.repeat(["a", "b", "c"], 40)
    target = load_metric(metric).prepare(trials, subjects, selection_folds(118, subjects, seed=0))
    evaluation = target.evaluate([FeatureGram.of_features(signal)])
    reliability = signal.var(axis=0) / (signal.var(axis=0) + 8 / 10)  # of half of the trials
    assert evaluation.ceiling == pytest.approx(np.mean(np.sqrt(reliability)), abs=0.01)
    # The readout is fitted to noisy trials, so a little is lost.
    assert evaluation.ceiled.mean() == pytest.approx(1, abs=0.03)


def test_unreliable_neuroids_are_left_out_and_counted():
    generator = np.random.default_rng(3)
    trials, _ = simulated_trials(generator)
    trials[:, :, ::4] = generator.normal(size=trials[:, :, ::4].shape)
    subjects = np.repeat(["a", "b"], 60)
    target = load_metric("ridge").prepare(trials, subjects, selection_folds(118, subjects, seed=0))
    assert target.details["n_neuroids_below_reliability"] >= 28  # of 30: noise passes .3 now and then
    assert target.details["n_neuroids"] + target.details["n_neuroids_below_reliability"] == 120
    with pytest.raises(UnreliableDataError, match=r"\b0\b.*120.*0\.99"):
        load_metric("ridge", min_reliability=0.99).prepare(
            generator.normal(size=trials.shape), subjects, selection_folds(118, subjects, seed=0)
        )


def test_constant_features_have_no_score_and_constant_responses_are_counted():
    generator = np.random.default_rng(4)
    trials, _ = simulated_trials(generator)
    subjects = np.repeat(["a", "b"], 60)
    folds = selection_folds(118, subjects, seed=0)
    metric = load_metric("ridge")
    silent = folds[0].scoring.neuroids[0]
    trials[:, two_test_sets(folds[0].scoring.stimuli, np.arange(59), 0).ravel(), silent] = 1.0
    trials[:, folds[0].selection.stimuli, silent] += 100 * np.arange(59)  # reliable elsewhere
    evaluation = metric.prepare(trials, subjects, folds).evaluate(
        [FeatureGram.of_features(features) for features in (np.full((118, 7), 0.1), generator.normal(size=(118, 7)))]
    )
    assert np.isnan(evaluation.raw[:, 0]).all() and not np.isnan(evaluation.raw[:, 1]).any()
    assert evaluation.details["n_constant_in_test_stimuli"] >= 1


def test_scored_stimuli_and_mice_take_no_part_in_the_choice():
    subjects = np.repeat(["a", "b", "c", "d"], [5, 7, 3, 4])
    folds = selection_folds(118, subjects, seed=0)
    for fold in folds:
        assert not set(fold.selection.stimuli) & set(fold.scoring.stimuli)
        assert not set(fold.selection.fit_stimuli) & set(fold.scoring.stimuli)
        assert not set(subjects[fold.selection.neuroids]) & set(subjects[fold.scoring.neuroids])
        sets = two_test_sets(fold.scoring.stimuli, np.arange(59), seed=0)
        assert sets.shape == (2, 29) and len(set(sets.ravel())) == 58 and set(sets.ravel()) <= set(fold.scoring.stimuli)
    for fold, swapped in zip(folds[::4], folds[3::4], strict=True):
        assert set(fold.scoring.stimuli) | set(swapped.scoring.stimuli) == set(range(118))
        assert set(fold.scoring.neuroids) | set(swapped.scoring.neuroids) == set(range(19))


def test_few_stimuli_are_refused():
    trials, _ = simulated_trials(np.random.default_rng(5), n_stimuli=38)
    subjects = np.repeat(["a", "b"], 60)
    with pytest.raises(UnreliableDataError, match=r"\b40\b.*\b38\b"):
        load_metric("ridge").prepare(trials, subjects, selection_folds(38, subjects, seed=0))


def test_options_are_checked():
    for options in ({"alpha": 0.0}, {"min_reliability": 1.5}):
        with pytest.raises(InvalidParameterError):
            load_metric("ridge", **options)
    with pytest.raises(InvalidParameterError):
        load_metric("pls", n_components=0)


def test_what_is_kept_of_layers_and_splits_changes_no_bit(monkeypatch):
    """So that a score does not depend on what was scored before it in the same process."""
    features, responses = data(n_neuroids=12)
    gram, tests = gram_of(features), np.arange(60).reshape(6, 10)
    alphas = ridge_alphas(gram)
    found = []
    for before in ([], [tests[2:4]], [tests[:1], tests]):
        monkeypatch.setattr(ridge, "_kept", KeptArrays(max_bytes=1 << 30))
        for of_others in before:
            held_out_ridge(gram, responses[:, :5], of_others, alphas)
        found.append(held_out_ridge(gram, responses, tests, alphas))
    for predictions, chosen in found[1:]:
        np.testing.assert_array_equal(predictions, found[0][0])
        np.testing.assert_array_equal(chosen, found[0][1])


def test_of_one_layer_and_split_is_decomposed_once(monkeypatch):
    features, responses = data(n_neuroids=12)
    gram, tests = gram_of(features), np.arange(60).reshape(6, 10)
    decompositions = []
    centred_gram = ridge.centred_gram
    monkeypatch.setattr(ridge, "_kept", KeptArrays(max_bytes=1 << 30))
    monkeypatch.setattr(ridge, "centred_gram", lambda gram: decompositions.append(1) or centred_gram(gram))
    for of_area in (responses[:, :6], responses[:, 6:]):
        held_out_ridge(gram, of_area, tests, np.ones(1))
        ridge.leave_one_out_ridge(gram[:60, :60], of_area[:60], np.ones(1))
    assert len(decompositions) == 2


def test_splits_in_blocks_give_what_all_at_once_do(monkeypatch):
    """So that memory does not grow with the number of splits."""
    features, responses = data(n_neuroids=12)
    arguments = (gram_of(features), responses, np.arange(60).reshape(6, 10), ridge_alphas(gram_of(features)))
    at_once = held_out_ridge(*arguments)
    monkeypatch.setattr(ridge, "_NUMBERS_OF_SPLITS", 2 * 10 * 10 * 118)
    for ours, expected in zip(held_out_ridge(*arguments), at_once, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-12)
