"""Prepared targets of metrics in resampled recordings."""

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.benchmarks.layer_choice import selection_folds
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.metrics.rsa.rdm import rdm_from_gram, rdm_of_patterns
from brainscore_mouse.uncertainty.resampling import Resamples, draw
from scipy.stats import spearmanr
from synthetic_recordings import simulated_trials


@pytest.fixture(scope="module")
def recordings():
    """Six mice, and features that tell ever less of their responses."""
    generator = np.random.default_rng(16)
    trials, features = simulated_trials(generator, n_stimuli=60, n_neuroids=60)
    subjects = np.repeat([f"m{number}" for number in range(6)], 10)
    grams = [FeatureGram.of_features(features + scale * generator.normal(size=features.shape)) for scale in (6, 9, 12)]
    return trials, subjects, grams


@pytest.mark.parametrize("name", ["rsa", "ridge", "pls"])
def test_targets_resample_both_models_alike(recordings, name):
    trials, subjects, grams = recordings
    folds = selection_folds(60, subjects, seed=0)
    target = load_metric(name).prepare(trials, subjects, folds)
    chosen = np.arange(len(folds)) % 2
    models = [ChosenLayers(grams[:2], chosen), ChosenLayers(grams[1:], chosen), ChosenLayers(grams[:2], chosen)]
    evaluation = target.evaluate(grams)
    once = target.resampled(models, Resamples.as_recorded(60, 60))[:, 0]
    per_fold = np.arange(len(folds))
    expected = [evaluation.ceiled[per_fold, chosen + shift].mean() for shift in (0, 1, 0)]
    np.testing.assert_allclose(once, expected, atol=1e-9)
    for over in ("stimuli", "mice", "both"):
        draws = target.resampled(models, draw(60, subjects, 40, over, seed=1))
        np.testing.assert_array_equal(draws[0], draws[2])  # the same model in the same draws
        assert np.nanstd(draws[0]) > 0.005
        assert np.nanmean(draws[0] - draws[1]) == pytest.approx(once[0] - once[1], abs=0.1)


def test_rsa_draws_equal_repeating_stimuli_and_neuroids(recordings):
    trials, subjects, grams = recordings
    folds = selection_folds(60, subjects, seed=0)[:1]
    target = load_metric("rsa").prepare(trials, subjects, folds)
    resamples = draw(60, subjects, 3, "both", seed=2)
    (found,) = target.resampled([ChosenLayers(grams, [1])], resamples)
    part = folds[0].scoring
    for value, of_stimuli, of_neuroids in zip(found, resamples.stimuli, resamples.neuroids, strict=True):
        stimuli = np.repeat(part.stimuli, of_stimuli[part.stimuli])
        neuroids = np.repeat(part.neuroids, of_neuroids[part.neuroids])
        rows, columns = np.triu_indices(len(stimuli), 1)
        different = stimuli[rows] != stimuli[columns]
        neural = rdm_of_patterns(trials.mean(axis=0)[np.ix_(stimuli, neuroids)])[rows, columns][different]
        model = rdm_from_gram(grams[1].row_centred[np.ix_(stimuli, stimuli)])[rows, columns][different]
        assert value * target.ceiling == pytest.approx(spearmanr(neural, model).statistic, abs=1e-9)
