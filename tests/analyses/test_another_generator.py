"""Scores of recordings by a generator that shares nothing with our simulator: figures in docs/calibration.md.

Poisson counts, log-normal rates, heavy-tailed tuning, a gain that wanders from presentation to presentation, odd
numbers of repetitions, mice with different numbers of neuroids.
"""

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.analyses.calibration.calibrate import PerfectReadout
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.uncertainty.leave_one_out import jackknife
from scipy.stats import spearmanr

N_UNITS = 200


def stimuli(generator, n_stimuli, n_dimensions=12):
    """Return latent variables whose tails are heavy."""
    return generator.standard_t(6, size=(n_stimuli, n_dimensions)) * np.arange(1, n_dimensions + 1) ** -0.4


def poisson_recordings(generator, latents, n_repetitions, n_neuroids, count):
    """Simulate mice.

    Parameters
    ----------
    latents : array of shape (n_stimuli, n_dimensions)
    n_repetitions : int
    n_neuroids : sequence of int
        Of each mouse.
    count : float
        Median spikes in a presentation.

    Returns
    -------
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
    subjects : array of shape (n_neuroids,)
    rates : array of shape (n_stimuli, n_neuroids)
        The expected counts.
    """
    n_stimuli, n_dimensions = latents.shape
    trials, rates = [], []
    for n in n_neuroids:
        emphasis = np.exp(0.6 * generator.normal(size=(n_dimensions, 1)))
        weights = generator.standard_t(4, size=(n_dimensions, n)) * emphasis
        drive = latents @ weights / np.linalg.norm(weights, axis=0) / np.sqrt(latents.var(axis=0).mean())
        rate = count * np.exp(0.8 * generator.normal(size=n)) * np.log1p(np.exp(1.5 * drive)) ** 1.3
        # The gain is autocorrelated in the order of presentation, which is another one in each repetition.
        state, course = generator.normal(), np.empty((n_repetitions, n_stimuli))
        for repetition in range(n_repetitions):
            for stimulus in generator.permutation(n_stimuli):
                state = 0.95 * state + np.sqrt(1 - 0.95**2) * generator.normal()
                course[repetition, stimulus] = state
        trend = 0.15 * generator.normal() * np.linspace(-1, 1, n_repetitions)[:, None]
        gain = np.maximum(np.exp(0.25 * course - 0.25**2 / 2) + trend, 0.05)
        trials.append(generator.poisson(gain[:, :, None] * rate).astype(float))
        rates.append(rate)
    subjects = np.repeat([f"mouse-{number}" for number in range(len(n_neuroids))], n_neuroids)
    return np.concatenate(trials, axis=2), subjects, np.concatenate(rates, axis=1)


def rdm(patterns):
    """Return 1 - Pearson of each pair of stimuli."""
    return (1 - np.corrcoef(patterns))[np.triu_indices(len(patterns), 1)]


def score(target, features, n_folds):
    """Return the score of a single layer."""
    return float(target.evaluate([FeatureGram.of_features(features)], [0] * n_folds).ceiled.mean())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_stimuli", "n_repetitions", "n_neuroids", "count"),
    [(60, 5, (25, 60, 140), 6), (120, 3, (25, 60, 140), 10), (120, 7, (30, 90), 3)],
)
def test_noise_is_corrected_within_two_hundredths(n_stimuli, n_repetitions, n_neuroids, count):
    errors, nothing = [], []
    for number in range(5):
        generator = np.random.default_rng([77, n_stimuli, n_repetitions, number])
        latents = stimuli(generator, n_stimuli)
        trials, subjects, rates = poisson_recordings(generator, latents, n_repetitions, n_neuroids, count)
        folds = selection_folds(n_stimuli, subjects, seed=number)
        mixture = rates + 0.5 * rates.std() * generator.normal(size=rates.shape)
        unrelated = 1 + stimuli(generator, n_stimuli) @ generator.normal(size=(12, N_UNITS))
        rsa = load_metric("rsa").prepare(trials, subjects, folds)
        of_recording = []
        for features in (rates, mixture, unrelated):
            truth = [
                spearmanr(rdm(features[part.stimuli]), rdm(rates[part.stimuli][:, part.neuroids])).statistic
                for part in (fold.scoring for fold in folds)
            ]
            of_recording.append(score(rsa, features, len(folds)) - np.mean(truth))
        perfect = PerfectReadout(rates).prepare(trials, subjects, folds)
        errors.append([*of_recording, score(perfect, rates, len(folds)) - 1])
        nothing.append(
            [
                score(load_metric(name).prepare(trials, subjects, folds), unrelated, len(folds))
                for name in ("ridge", "pls")
            ]
        )
    for values, tolerance in ((np.array(errors), 0.02), (np.array(nothing), 0.03)):
        bias, of_bias = values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values))
        assert (np.abs(bias) < tolerance + 2 * of_bias).all(), (bias, of_bias)


@pytest.mark.slow
def test_equally_good_models_differ_as_rarely_as_they_should():
    """One model sees latent variables, the other the same with stimuli exchanged in pairs; mice weight all at random.

    Which of the two is which makes no difference to anything but the order of stimuli, so the truth is exactly 0, for
    any stimuli.
    """
    n_stimuli = 60
    seen = np.random.default_rng(6).normal(size=(6, N_UNITS))
    found = {"both": [], "mice": []}
    for number in range(40):
        generator = np.random.default_rng([99, number])
        half = stimuli(generator, n_stimuli, 6)
        exchanged = half[np.arange(n_stimuli) ^ 1]
        trials, subjects, _ = poisson_recordings(
            generator, np.concatenate([half, exchanged], axis=1), 5, (15, 40, 25, 30, 20), 2
        )
        folds = selection_folds(n_stimuli, subjects, seed=number)
        target = load_metric("ridge").prepare(trials, subjects, folds)
        models = [
            ChosenLayers([FeatureGram.of_features(1 + features @ seen)], [0] * len(folds))
            for features in (half, exchanged)
        ]
        difference = target.left_out(models).of_difference(0, 1)
        for over, values in found.items():
            values.append(jackknife(difference, over).p < 0.05)
    for values in found.values():  # binomially, 9 or more of 40 at 0.07 happen once in 600 times
        assert sum(values) <= 8


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ridge", "pls"])
def test_errors_over_stimuli_are_as_large_as_scores_vary(name):
    """Two models see the same with noise of their own, one mouse: the truth of their difference is 0."""
    n_stimuli, differences, errors, found = 60, [], [], 0
    for number in range(40):
        generator = np.random.default_rng([55, number])
        latents = stimuli(generator, n_stimuli)
        trials, subjects, _ = poisson_recordings(generator, latents, 5, (60,), 4)
        seen = latents @ generator.normal(size=(12, 100))
        noise = 3 * np.linalg.norm(latents, axis=1).mean()
        folds = selection_folds(n_stimuli, subjects, seed=number)
        target = load_metric(name).prepare(trials, subjects, folds)
        models = [
            ChosenLayers([FeatureGram.of_features(seen + noise * generator.normal(size=seen.shape))], [0] * len(folds))
            for _ in range(2)
        ]
        estimate = jackknife(target.left_out(models).of_difference(0, 1), "stimuli")
        differences.append(estimate.value)
        errors.append(estimate.error)
        found += estimate.p < 0.05
    # A standard deviation of 40 values is right to 11 %. With readouts as they were fitted: 0.75 and 0.63, found in 6
    # and 11 of 40; now 1.08 and 1.01, in 2 and 3.
    assert 0.77 < np.sqrt(np.mean(np.square(errors))) / np.std(differences, ddof=1) < 1.3
    assert found <= 7  # binomially, 8 or more of 40 at 0.07 happen once in 200 times
