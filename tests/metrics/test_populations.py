"""Populations compared with each other, corrected for the noise of both: simulated mice of known similarity."""

from dataclasses import replace

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.core.errors import InvalidParameterError, UnreliableDataError
from brainscore_mouse.data_packaging.simulate_recordings import RecordingDesign, simulate_recordings
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.metrics.regression.pooled import agreement_of_predictions, agreement_of_predictions_without
from brainscore_mouse.metrics.rsa.noise_corrected import (
    HalfStatistics,
    mutual_half_correlations_without,
    standardized,
)
from brainscore_mouse.metrics.similarity_metric import SimilarityMetric
from scipy.stats import pearsonr, spearmanr

N_STIMULI = 60
METRICS = ["rsa", "ridge", "pls", "cka"]
# Two mice that weight the same few latent variables alike, in populations that are large for so few.
TWINS = RecordingDesign(
    n_stimuli=N_STIMULI, n_mice=2, n_neuroids=200, n_dimensions=4, mouse_spread=0, rate_spread=0, reliability=0.95
)


def populations(name, design, seed):
    """Return the two mice of a recording, and one that sees other latent variables."""
    recordings, others = (simulate_recordings(design, np.random.default_rng([part, seed])) for part in range(2))
    subjects = np.repeat("mouse", design.n_neuroids)
    folds = selection_folds(design.n_stimuli, subjects, seed=0)
    one, two = np.split(recordings.trials, 2, axis=2)
    stranger = others.trials[:, :, : design.n_neuroids]
    metric = load_metric(name)
    return [metric.population(trials, subjects, folds) for trials in (one, two, stranger)], recordings, folds


@pytest.mark.parametrize("name", ["rsa", "ridge", "cka", pytest.param("pls", marks=pytest.mark.slow)])
def test_mice_that_see_the_same_are_consistent_by_one_and_strangers_by_zero(name):
    same, strange = [], []
    for seed in range(2):
        (one, two, stranger), _, _ = populations(name, TWINS, seed)
        found = np.concatenate([two.left_out([one, stranger]).values, one.left_out([two, stranger]).values])[:, 0, 0]
        same.extend(found[::2])
        strange.extend(found[1::2])
    assert abs(np.mean(same) - 1) < 0.03
    assert abs(np.mean(strange)) < 0.12  # four comparisons of 60 stimuli


@pytest.mark.parametrize("name", ["rsa", "cka"])
def test_symmetric_metrics_give_one_number_for_both_directions(name):
    (one, two, _), _, _ = populations(name, replace(TWINS, n_neuroids=40), 0)
    forth, back = two.left_out([one]), one.left_out([two])
    np.testing.assert_allclose(forth.values, back.values, rtol=1e-9)
    assert forth.values.shape == (1, 1, 1 + N_STIMULI)


def test_noisy_mice_are_as_consistent_by_rsa_as_their_noise_free_rdms():
    """The oracle correlates RDMs of the responses without noise, by numpy and scipy."""
    design = RecordingDesign(n_stimuli=N_STIMULI, n_mice=2, n_neuroids=60, n_dimensions=6, reliability=0.95)
    found, truth = [], []
    for seed in range(6):
        (one, two, _), recordings, folds = populations("rsa", design, seed)
        found.append(two.left_out([one]).values[0, 0, 0])
        one_free, two_free = np.split(recordings.noise_free, 2, axis=1)
        truth.append(np.mean([_rdm_correlation(one_free, two_free, fold.scoring.stimuli) for fold in folds]))
    assert 0.4 < np.mean(truth) < 0.9
    assert abs(np.mean(np.subtract(found, truth))) < 0.02
    np.testing.assert_allclose(found, truth, atol=0.06)


def _rdm_correlation(one, two, stimuli):
    pairs = np.triu_indices(len(stimuli), 1)
    return spearmanr(*(1 - np.corrcoef(responses[stimuli])[pairs] for responses in (one, two))).statistic


@pytest.mark.parametrize("name", ["ridge", "pls"])
def test_the_correction_for_noise_leaves_readouts_from_mice_what_they_are_without_noise(name):
    """With three times the noise variance the corrected numbers hardly change; without a correction they would."""
    quiet = replace(TWINS, n_neuroids=60, reliability=0.98, reliability_spread=0.1)
    found = []
    for design in (quiet, replace(quiet, reliability=0.7)):
        (one, two, _), _, _ = populations(name, design, 0)
        found.append(two.left_out([one]).values[0, 0, 0])
    assert abs(found[1] - found[0]) < 0.04
    assert found[1] / np.sqrt(0.7) > 1.04  # such an error would be seen


@pytest.mark.parametrize("name", ["rsa", "cka"])
def test_a_model_has_its_ordinary_score_to_the_last_bit(name):
    (one, _, _), recordings, folds = populations(name, replace(TWINS, n_neuroids=40), 0)
    layers = [FeatureGram.of_features(recordings.latents), FeatureGram.of_features(recordings.other_latents)]
    model = ChosenLayers(layers, [number % 2 for number in range(len(folds))])
    np.testing.assert_array_equal(one.left_out([model]).values, one.target.left_out([model]).values)


@pytest.mark.parametrize("name", ["ridge", "pls"])
def test_a_model_of_the_truth_is_as_consistent_as_a_large_twin_and_an_unrelated_one_is_not(name):
    (one, _, _), recordings, folds = populations(name, replace(TWINS, n_neuroids=60), 0)
    models = [
        ChosenLayers([FeatureGram.of_features(features)], [0] * len(folds))
        for features in (recordings.latents, recordings.other_latents)
    ]
    found = one.left_out(models).values
    assert abs(found[0, 0, 0] - 1) < 0.03 and abs(found[1, 0, 0]) < 0.3
    assert found.shape == (2, 1, 1 + N_STIMULI) and np.isfinite(found).all()


@pytest.mark.parametrize("name", METRICS)
def test_leaving_out_a_mouse_of_the_target_changes_its_row_only_where_it_counts(name):
    design = replace(TWINS, n_mice=3, n_neuroids=30)
    recordings = simulate_recordings(design, np.random.default_rng(4))
    source = recordings.subjects == "mouse-1"
    subjects = recordings.subjects[~source]
    folds = selection_folds(N_STIMULI, subjects, seed=0)
    metric = load_metric(name)
    target = metric.population(recordings.trials[:, :, ~source], subjects, folds)
    every = np.arange(source.sum())  # the same stimuli, all neuroids
    matching = [
        replace(fold, scoring=replace(fold.scoring, neuroids=every), selection=replace(fold.selection, neuroids=every))
        for fold in folds
    ]
    mouse = metric.population(recordings.trials[:, :, source], recordings.subjects[source], matching)
    found = target.left_out([mouse])
    assert found.mice == ("mouse-2", "mouse-3") and found.values.shape == (1, 3, 1 + N_STIMULI)
    assert np.isfinite(found.values).all()
    assert found.values[0, 1, 0] != found.values[0, 0, 0] != found.values[0, 2, 0]


def test_agreement_of_predictions_without_a_stimulus_equals_deleting_it():
    first, second = np.random.default_rng(1).normal(size=(2, 2, 7, 3))
    found = agreement_of_predictions_without(first, second)
    with_all = agreement_of_predictions(first, second)
    for number in range(2):
        for stimulus in range(7):
            kept = np.delete(np.arange(7), stimulus)
            for neuroid in range(3):
                of_set = pearsonr(first[number, kept, neuroid], second[number, kept, neuroid]).statistic
                expected = (of_set + with_all[1 - number, neuroid]) / 2
                assert found[number, stimulus, neuroid] == pytest.approx(expected)
    assert with_all[0, 0] == pytest.approx(pearsonr(first[0, :, 0], second[0, :, 0]).statistic)
    assert (agreement_of_predictions(np.zeros((1, 7, 3)), second[:1]) == 0).all()


def test_mutual_correlations_without_stimuli_equal_deleting_their_pairs():
    generator = np.random.default_rng(3)
    n_stimuli = 7
    first, second = np.triu_indices(n_stimuli, 1)
    rdms = generator.normal(size=(2, 2, 2, len(first)))
    found = mutual_half_correlations_without(*(HalfStatistics.of_rdms(of_one, "spearman") for of_one in rdms))
    halves = standardized(rdms, "spearman").reshape(2, 4, -1)  # of two populations

    def expected(kept):
        left = halves[:, :, kept] - halves[:, :, kept].mean(axis=(1, 2), keepdims=True)
        # One variance for all half RDMs of a population.
        one, two = left / np.sqrt((left**2).sum(axis=2).mean(axis=1))[:, None, None]
        return np.mean([a @ b for a in one for b in two])

    assert found.none[0] == pytest.approx(expected(np.ones(len(first), dtype=bool)))
    for stimulus in range(n_stimuli):
        assert found.one[0, stimulus] == pytest.approx(expected((first != stimulus) & (second != stimulus)))
    for pair, (i, j) in enumerate(zip(first, second, strict=True)):
        kept = ~np.isin(first, (i, j)) & ~np.isin(second, (i, j))
        assert found.two[0, pair] == pytest.approx(expected(kept))


def test_a_metric_without_a_ceiling_compares_no_mice():
    class Unceiled(SimilarityMetric):
        identifier = "unceiled"

        def similarity(self, model_gram, neural_gram):
            return 0.5

    subjects = np.repeat("mouse", 4)
    with pytest.raises(InvalidParameterError, match="unceiled"):
        Unceiled().population(np.zeros((4, 12, 4)), subjects, selection_folds(12, subjects, 0))


def test_a_similarity_with_the_usual_ceiling_is_corrected_on_both_sides():
    class GramCorrelation(SimilarityMetric):
        identifier = "gram-correlation"
        ceiling = "split-half"

        def similarity(self, model_gram, neural_gram):
            pairs = np.triu_indices(len(neural_gram.row_means), 1)
            return np.corrcoef(model_gram.centred()[pairs], neural_gram.centred()[pairs])[0, 1]

    recordings = simulate_recordings(replace(TWINS, n_neuroids=60), np.random.default_rng(2))
    subjects = np.repeat("mouse", 60)
    folds = selection_folds(N_STIMULI, subjects, seed=0)
    one, two = (
        GramCorrelation(n_half_splits=2).population(trials, subjects, folds)
        for trials in np.split(recordings.trials, 2, axis=2)
    )
    found = two.left_out([one]).values[0, 0, 0]
    pairs = np.triu_indices(N_STIMULI // 2, 1)
    truth = []
    for fold in folds:
        free = [part[fold.scoring.stimuli] for part in np.split(recordings.noise_free, 2, axis=1)]
        centred = [part - part.mean(axis=0) for part in free]
        truth.append(np.corrcoef(*((part @ part.T)[pairs] for part in centred))[0, 1])
    assert found == pytest.approx(np.mean(truth), abs=0.03)


def test_readouts_between_mice_need_four_trials():
    subjects = np.repeat("mouse", 5)
    trials = np.random.default_rng(0).normal(size=(3, N_STIMULI, 5))
    with pytest.raises(UnreliableDataError, match="four trials"):
        load_metric("ridge").population(trials, subjects, selection_folds(N_STIMULI, subjects, 0))
