"""Scores of prepared targets without some of the stimuli and mice."""

import itertools

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.core.errors import UnreliableDataError
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import choose_layers, selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.metrics.regression.pooled import (
    mean_of_standard_deviation,
    pooled_correlation_without,
    pooled_reliability_without,
)
from brainscore_mouse.metrics.rsa.noise_corrected import (
    HalfStatistics,
    between_halves_without,
    half_correlations_without,
    standardized,
)
from brainscore_mouse.uncertainty.leave_one_out import jackknife
from scipy.stats import pearsonr
from synthetic_recordings import simulated_trials

N_STIMULI = 60


@pytest.fixture(scope="module")
def recordings():
    """Six mice, and features of which each is less related to their responses than the one before."""
    generator = np.random.default_rng(16)
    trials, features = simulated_trials(generator, n_stimuli=N_STIMULI, n_neuroids=60)
    subjects = np.repeat([f"m{number}" for number in range(6)], 10)
    grams = [FeatureGram.of_features(features + scale * generator.normal(size=features.shape)) for scale in (6, 9, 12)]
    return trials, subjects, grams


@pytest.mark.parametrize("name", ["rsa", "ridge", "pls", "rsa-encoding"])
def test_with_nothing_left_out_they_are_the_scores_and_models_are_paired(recordings, name):
    trials, subjects, grams = recordings
    folds = selection_folds(N_STIMULI, subjects, seed=0)
    target = load_metric(name).prepare(trials, subjects, folds)
    chosen = np.arange(len(folds)) % 2
    models = [ChosenLayers(grams[:2], chosen), ChosenLayers(grams[1:], chosen), ChosenLayers(grams[:2], chosen)]
    evaluation = target.evaluate(grams)
    found = target.left_out(models)
    per_fold = np.arange(len(folds))
    expected = [evaluation.ceiled[per_fold, chosen + shift].mean() for shift in (0, 1, 0)]
    np.testing.assert_allclose(found.values[:, 0, 0], expected, atol=1e-9)
    assert found.values.shape == (3, 7, 1 + N_STIMULI) and found.mice == tuple(f"m{number}" for number in range(6))
    np.testing.assert_array_equal(found.values[0], found.values[2])  # the same model
    assert np.isfinite(found.values).all()
    difference = jackknife(found.of_difference(0, 1))
    assert difference.error < np.hypot(*(jackknife(found.of_model(row)).error for row in (0, 1)))


@pytest.mark.parametrize("name", ["rsa", "ridge", "pls", "rsa-encoding"])
def test_without_a_mouse_scores_are_those_of_the_other_mice(recordings, name):
    """Of one fold that scores three mice; what readouts are fitted to does not change."""
    trials, subjects, grams = recordings
    folds = selection_folds(N_STIMULI, subjects, seed=0)[:1]
    target = load_metric(name).prepare(trials, subjects, folds)
    found = target.left_out([ChosenLayers(grams, [1])]).values[0, :, 0]
    scored = sorted(set(subjects[folds[0].scoring.neuroids]))
    for row, mouse in enumerate(sorted(set(subjects)), 1):
        if mouse in scored:
            assert found[row] != found[0]
        else:
            assert found[row] == found[0]


def test_rsa_without_two_stimuli_is_the_mean_over_folds_of_what_leaving_them_out_changes_in_each(recordings):
    """A fold that scores one of the two is what it is without this one; a fold that scores none stays as it is."""
    trials, subjects, grams = recordings
    folds = selection_folds(N_STIMULI, subjects, seed=0)[:3]
    target = load_metric("rsa").prepare(trials, subjects, folds)
    ceilings, models = [], []
    pairs = list(itertools.combinations(range(N_STIMULI), 2))
    for part in target.parts:
        scored = list(part.stimuli)
        of_models = half_correlations_without(part.standardized_layers(grams[:1]), part.statistics)
        of_ceiling = between_halves_without(part.statistics)
        for found, kept in ((models, of_models), (ceilings, of_ceiling)):
            of_fold = []
            for pair in pairs:
                left = [scored.index(stimulus) for stimulus in pair if stimulus in scored]
                two = list(itertools.combinations(range(len(scored)), 2))
                of_fold.append(
                    kept.none[0]
                    if not left
                    else kept.one[0, left[0]]
                    if len(left) == 1
                    else kept.two[0, two.index(tuple(left))]
                )
            found.append(of_fold)
    expected = np.mean(models, axis=0) / np.sqrt(ceilings).mean(axis=0)
    found = target.left_out([ChosenLayers(grams, [0] * len(folds))])
    np.testing.assert_allclose(found.pairs[0, 0], expected, atol=1e-12)


def test_correlations_of_half_rdms_without_stimuli_equal_deleting_their_pairs():
    generator = np.random.default_rng(3)
    n_stimuli, n_splits = 7, 2
    first, second = np.triu_indices(n_stimuli, 1)
    rdms = generator.normal(size=(n_splits, 2, len(first)))
    models = standardized(generator.normal(size=(3, len(first))), "spearman")
    halves = standardized(rdms, "spearman")
    statistics = HalfStatistics.of_rdms(rdms, "spearman")
    with_models, between = half_correlations_without(models, statistics), between_halves_without(statistics)

    def expected(kept):
        # One variance for all half RDMs, the mean over splits and halves.
        values, model = halves[..., kept], models[1, kept]
        mean = values.mean(axis=(0, 1))
        spread = (values**2).mean(axis=(0, 1)).sum() - mean.sum() ** 2 / kept.sum()
        covariance = ((model - model.mean()) * mean).sum()
        of_halves = (values[:, 0] * values[:, 1]).mean(axis=0).sum() - mean.sum() ** 2 / kept.sum()
        return covariance / np.sqrt(((model - model.mean()) ** 2).sum() * spread), of_halves / spread

    everything = np.ones(len(first), dtype=bool)
    assert (with_models.none[1], between.none[0]) == pytest.approx(expected(everything))
    assert with_models.none[1] == pytest.approx(
        np.mean([pearsonr(models[1], half).statistic for half in halves.reshape(-1, len(first))])
    )
    for stimulus in range(n_stimuli):
        kept = (first != stimulus) & (second != stimulus)
        assert (with_models.one[1, stimulus], between.one[0, stimulus]) == pytest.approx(expected(kept))
    for pair in range(len(first)):
        left_out = {first[pair], second[pair]}
        kept = np.array([not {a, b} & left_out for a, b in zip(first, second, strict=True)])
        assert (with_models.two[1, pair], between.two[0, pair]) == pytest.approx(expected(kept))


def test_pooled_correlation_and_reliability_without_a_stimulus_equal_deleting_it():
    generator = np.random.default_rng(4)
    predicted, measured = generator.normal(size=(2, 2, 9, 4)) + 5
    noise = generator.random(size=(2, 9, 4))
    correlations = pooled_correlation_without(predicted, measured)
    reliabilities = pooled_reliability_without(measured, noise)
    for of_set, stimulus in ((0, 0), (0, 8), (1, 3)):
        sets = [np.delete(np.arange(9), stimulus) if number == of_set else np.arange(9) for number in range(2)]
        scores, squares = [], 0.0
        for number, kept in enumerate(sets):
            p, y = predicted[number, kept, 2], measured[number, kept, 2]
            scores.append(np.cov(p, y)[0, 1] / p.std(ddof=1) / mean_of_standard_deviation(len(kept)))
            squares += ((y - y.mean()) ** 2).sum()
        assert correlations[of_set, stimulus, 2] == pytest.approx(np.mean(scores) / np.sqrt(squares / 15))
        of_kept = np.concatenate([noise[number, kept, 2] for number, kept in enumerate(sets)]).mean()
        assert reliabilities[of_set, stimulus, 2] == pytest.approx(1 - of_kept * 13 / squares)


def unequal_mice(numbers, noise, n_repetitions=10, seed=0):
    """Mice with these numbers of neuroids; the responses of the last one are as noisy as said."""
    generator = np.random.default_rng(seed)
    trials, features = simulated_trials(
        generator, n_repetitions=n_repetitions, n_stimuli=N_STIMULI, n_neuroids=sum(numbers), noise=0.5
    )
    last = np.arange(sum(numbers)) >= sum(numbers[:-1])
    trials[:, :, last] += noise * generator.normal(size=trials[:, :, last].shape)
    return trials, np.repeat([f"m{number}" for number in range(len(numbers))], numbers), features


@pytest.mark.parametrize("name", ["ridge", "pls"])
def test_intervals_are_about_the_score_where_few_neuroids_are_reliable_in_one_half_only(name):
    centred, refused = 0, 0
    for seed in range(6):
        trials, subjects, features = unequal_mice([30, 2], noise=5.0, seed=seed)
        folds = selection_folds(N_STIMULI, subjects, seed=0)
        try:
            target = load_metric(name).prepare(trials, subjects, folds)
        except UnreliableDataError:
            refused += 1
            continue
        gram = FeatureGram.of_features(features)
        chosen = [0] * len(folds)
        expected = target.evaluate([gram], chosen).ceiled.mean()
        assert target.left_out([ChosenLayers([gram], chosen)]).values[0, 0, 0] == pytest.approx(expected, abs=1e-9)
        centred += 1
    assert centred > 0


def test_a_mouse_of_a_single_neuroid_does_not_keep_rsa_from_an_error():
    trials, subjects, features = unequal_mice([30, 30, 1], noise=0.1)
    folds = selection_folds(N_STIMULI, subjects, seed=0)
    target = load_metric("rsa").prepare(trials, subjects, folds)
    found = jackknife(target.left_out([ChosenLayers([FeatureGram.of_features(features)], [0] * len(folds))]))
    assert 0 < found.error < 0.5 and found.low < found.value < found.high


def test_a_layer_that_is_silent_for_a_stimulus_is_not_chosen_where_that_is_scored(recordings):
    trials, subjects, grams = recordings
    _, features = simulated_trials(np.random.default_rng(16), n_stimuli=N_STIMULI, n_neuroids=60)
    features = features.copy()
    features[7] = 0.0  # the best layer, but for one stimulus
    folds = selection_folds(N_STIMULI, subjects, seed=0)
    target = load_metric("rsa").prepare(trials, subjects, folds)
    layers = [FeatureGram.of_features(features), grams[0]]
    for fold, layer in enumerate(choose_layers(target, layers, len(folds))):
        assert layer == 1 or 7 not in folds[fold].scoring.stimuli
    assert np.isfinite(target.evaluate(layers).ceiled[:, 1]).all()
