"""The parts of an odd number of stimuli have different sizes: every metric that compares Gram matrices takes them."""

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import choose_layers, selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.uncertainty.leave_one_out import jackknife
from synthetic_recordings import simulated_trials


@pytest.mark.parametrize("n_stimuli", [43, 61, 119])
@pytest.mark.parametrize("metric", ["rsa", "ridge", "pls"])
def test_the_generator_beats_unrelated_features(metric, n_stimuli):
    generator = np.random.default_rng(n_stimuli)
    trials, signal = simulated_trials(generator, n_repetitions=10, n_stimuli=n_stimuli, n_neuroids=60, noise=0.3)
    subjects = np.repeat(["first", "second", "third"], 20)
    folds = selection_folds(n_stimuli, subjects, seed=0)
    target = load_metric(metric).prepare(trials, subjects, folds)
    unrelated = generator.normal(size=(n_stimuli, 200))
    layers = [FeatureGram.of_features(features.astype(np.float32)) for features in (unrelated, signal)]
    assert choose_layers(target, layers, len(folds)) == [1] * len(folds)
    evaluation = target.evaluate(layers)
    null, generators = evaluation.ceiled.mean(axis=0)
    assert abs(null) < 0.2 < 0.7 < generators
    assert jackknife(target.left_out([ChosenLayers(layers, [1] * len(folds))])).error > 0
