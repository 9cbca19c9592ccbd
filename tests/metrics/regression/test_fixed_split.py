"""Regression on a fixed split, against scikit-learn and the definitions of the published measures."""

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.benchmarks.area_score import area_score
from brainscore_mouse.core.errors import UnreliableDataError
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import choose_layers, selection_folds
from brainscore_mouse.metrics.regression.fixed_split_ridge import FittedRidge
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict

N_FIT, N_TEST, N_REPETITIONS, N_UNITS, N_NEUROIDS = 60, 20, 8, 12, 10
ALPHAS = np.array([0.1, 10.0, 1000.0])


@pytest.fixture(scope="module")
def recordings():
    """Trials of two mice with different training stimuli, and features that explain part of the responses."""
    generator = np.random.default_rng(0)
    n_stimuli = 2 * N_FIT + N_TEST
    features = generator.normal(size=(n_stimuli, N_UNITS)) + 3
    weights = generator.normal(size=(N_UNITS, 2 * N_NEUROIDS))
    trials = features @ weights + 3 * generator.normal(size=(N_REPETITIONS, n_stimuli, 2 * N_NEUROIDS))
    trials[:, :, 1] = generator.normal(size=trials.shape[:2])  # a neuroid that does not respond
    subjects = np.repeat(["a", "b"], N_NEUROIDS)
    for mouse, start in (("a", 0), ("b", N_FIT)):
        own = np.arange(start, start + N_FIT)
        other = np.setdiff1d(np.arange(2 * N_FIT), own)
        neuroids = np.flatnonzero(subjects == mouse)
        trials[np.ix_(np.arange(1, N_REPETITIONS), own, neuroids)] = np.nan
        trials[np.ix_(np.arange(N_REPETITIONS), other, neuroids)] = np.nan
    trials[-1, -1] = np.nan  # one test stimulus was shown less often
    return trials, subjects, features


def prepared(trials, subjects, **options):
    folds = selection_folds(trials.shape[1], subjects, seed=0)
    return load_metric("ridge-fixed-split", **options).prepare(trials, subjects, folds), len(folds)


def test_penalties_and_predictions_are_those_of_scikit_learn():
    generator = np.random.default_rng(1)
    features = generator.normal(size=(40, 6)) + 2
    responses = features[:30] @ generator.normal(size=(6, 5)) + generator.normal(scale=[0.1, 1, 5, 20, 1], size=(30, 5))
    gram = features @ features.T
    fitted = FittedRidge(gram[:30, :30], responses, ALPHAS)
    predicted = fitted.predict(gram[30:, :30])
    for neuroid in range(5):
        left_out = [
            cross_val_predict(Ridge(alpha), features[:30], responses[:, neuroid], cv=LeaveOneOut()) for alpha in ALPHAS
        ]
        best = int(np.argmin([((of_alpha - responses[:, neuroid]) ** 2).sum() for of_alpha in left_out]))
        expected = Ridge(ALPHAS[best]).fit(features[:30], responses[:, neuroid]).predict(features[30:])
        np.testing.assert_allclose(predicted[:, neuroid], expected, rtol=1e-8)
        means_of_others = (responses[:, neuroid].sum() - responses[:, neuroid]) / 29
        np.testing.assert_allclose(fitted.left_out[:, neuroid], left_out[best] - means_of_others, atol=1e-8)


def test_measures_by_their_definitions(recordings):
    """Every mouse is fitted on single trials of its own stimuli; the measures are computed trial by trial."""
    trials, subjects, features = recordings
    target, n_folds = prepared(trials, subjects, alpha=5.0)
    evaluation = target.evaluate([FeatureGram.of_features(features)])
    single, average, feve = [], [], []
    test = np.arange(2 * N_FIT, 2 * N_FIT + N_TEST)
    eigenvalues, vectors = np.linalg.eigh(FeatureGram.of_features(features).linear())
    compared = vectors * np.sqrt(np.maximum(eigenvalues, 0))  # features of the same inner products
    for neuroid, mouse in enumerate(subjects):
        fit = np.arange(N_FIT) + (N_FIT if mouse == "b" else 0)
        readout = Ridge(5.0).fit(compared[fit], trials[0, fit, neuroid])
        predicted = readout.predict(compared[test])
        measured = trials[:, test, neuroid]
        present = ~np.isnan(measured)
        pairs = np.array([(predicted[i], measured[r, i]) for r, i in zip(*np.nonzero(present), strict=True)])
        single.append(np.corrcoef(pairs.T)[0, 1])
        average.append(np.corrcoef(predicted, np.nanmean(measured, axis=0))[0, 1])
        noise = np.mean([np.var(of_image[~np.isnan(of_image)], ddof=1) for of_image in measured.T])
        total = np.var(pairs[:, 1], ddof=1)
        if (total - noise) / total >= 0.15:
            feve.append(1 - (np.mean((pairs[:, 0] - pairs[:, 1]) ** 2) - noise) / (total - noise))
    assert len(feve) < len(subjects)  # the neuroid that does not respond has none
    for name, expected in (("single_trial_correlation", single), ("correlation_to_average", average), ("feve", feve)):
        assert evaluation.measures[name].shape == (n_folds, 1)
        np.testing.assert_allclose(evaluation.measures[name], np.mean(expected), rtol=1e-6)
    np.testing.assert_array_equal(evaluation.raw, evaluation.measures["single_trial_correlation"])
    assert evaluation.details["ceiling_kind"] == "none"


def test_the_layer_is_chosen_without_the_test_stimuli(recordings):
    """Also if the other layer is better on the test stimuli, which it knows by heart."""
    trials, subjects, features = recordings
    cheating = np.random.default_rng(2).normal(size=features.shape)
    cheating[2 * N_FIT :] = 10 * features[2 * N_FIT :]
    target, n_folds = prepared(trials, subjects)
    layers = [FeatureGram.of_features(cheating), FeatureGram.of_features(features)]
    assert choose_layers(target, layers, n_folds) == [1] * n_folds
    changed = trials.copy()
    changed[:, 2 * N_FIT :] = np.random.default_rng(3).normal(size=changed[:, 2 * N_FIT :].shape)
    other, _ = prepared(changed, subjects)
    np.testing.assert_array_equal(other.selection_scores(layers), target.selection_scores(layers))


def test_the_best_layer_with_hindsight_is_not_told_where_only_the_chosen_one_is_compared(recordings):
    trials, subjects, features = recordings
    target, n_folds = prepared(trials, subjects)
    chosen = FeatureGram.of_features(features)
    both = {"other": FeatureGram.of_features(np.random.default_rng(2).normal(size=features.shape)), "chosen": chosen}
    score, _ = area_score(target, both, n_folds, "it")
    assert score.attrs["layer"] == "chosen" and np.isnan(score.attrs["layer_scores"]["other"])
    assert "oracle_layer" not in score.attrs and "oracle_score" not in score.attrs
    alone, _ = area_score(target, {"chosen": chosen}, n_folds, "it")
    assert alone.attrs["oracle_layer"] == "chosen" and alone.attrs["oracle_score"] == float(alone) == float(score)


def test_features_that_explain_nothing_score_0(recordings):
    trials, subjects, features = recordings
    target, _ = prepared(trials, subjects)
    scores = [
        target.evaluate([FeatureGram.of_features(np.random.default_rng(seed).normal(size=features.shape))]).raw[0, 0]
        for seed in range(10)
    ]
    assert abs(np.mean(scores)) < 3 * np.std(scores, ddof=1) / np.sqrt(len(scores))
    assert target.evaluate([FeatureGram.of_features(features)]).raw[0, 0] > 0.4


def test_recordings_without_a_split_are_refused(recordings):
    trials, subjects, _ = recordings
    with pytest.raises(UnreliableDataError, match=r"\b0 stimuli that were shown once\b.*\b20\b"):
        prepared(trials[:, 2 * N_FIT :], subjects)
    mixed = trials.copy()
    mixed[1, 3, 0] = 1.0  # of one neuroid a training stimulus has two trials
    with pytest.raises(UnreliableDataError, match="mouse a"):
        prepared(mixed, subjects)
