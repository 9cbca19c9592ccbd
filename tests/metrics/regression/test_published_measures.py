"""Measures of other papers, against their definitions in loops."""

import numpy as np
import pytest
from brainscore_mouse.metrics.regression.published_measures import TrialSums, published_measures
from scipy.stats import pearsonr


def test_measures_equal_their_definitions_trial_by_trial():
    generator = np.random.default_rng(0)
    signal = 2 + generator.normal(size=(14, 3)) * [1.0, 0.5, 0.01]
    trials = signal + 0.6 * generator.normal(size=(6, 14, 3))
    trials[4:, 2, :2] = np.nan
    predicted = signal + 0.5 * generator.normal(size=signal.shape)
    sums = TrialSums.of_trials(trials)
    sets = np.arange(14).reshape(2, 7)
    of_sets = TrialSums(*(getattr(sums, name)[sets] for name in ("counts", "sums", "squares")))
    found = published_measures(predicted[sets], of_sets)
    for neuroid in range(3):
        single, average, feve = [], [], []
        for test in sets:
            y = [trials[:, i, neuroid][~np.isnan(trials[:, i, neuroid])] for i in test]
            repeated = np.repeat(predicted[test, neuroid], [len(of_stimulus) for of_stimulus in y])
            all_trials = np.concatenate(y)
            single.append(pearsonr(repeated, all_trials).statistic)
            average.append(pearsonr(predicted[test, neuroid], [of_stimulus.mean() for of_stimulus in y]).statistic)
            noise = np.mean([of_stimulus.var(ddof=1) for of_stimulus in y])
            total = all_trials.var(ddof=1)
            if (total - noise) / total >= 0.15:
                feve.append(1 - (((all_trials - repeated) ** 2).mean() - noise) / (total - noise))
        assert found.single_trial_correlation[neuroid] == pytest.approx(np.mean(single))
        assert found.correlation_to_average[neuroid] == pytest.approx(np.mean(average))
        expected = np.mean(feve) if feve else np.nan
        assert found.feve[neuroid] == pytest.approx(expected, nan_ok=True)
    assert np.isfinite(found.feve[0]) and np.isnan(found.feve[2])


def test_the_noise_free_responses_explain_all_and_a_constant_nothing():
    generator = np.random.default_rng(1)
    signal = generator.normal(size=(1, 400, 2))
    trials = signal[0] + generator.normal(size=(30, 400, 2))
    sums = TrialSums.of_trials(trials)
    of_set = TrialSums(*(getattr(sums, name)[None] for name in ("counts", "sums", "squares")))
    perfect = published_measures(signal, of_set)
    np.testing.assert_allclose(perfect.feve, 1, atol=0.02)
    np.testing.assert_allclose(perfect.single_trial_correlation, 0.5**0.5, atol=0.03)
    constant = published_measures(np.full_like(signal, trials.mean()), of_set)
    np.testing.assert_allclose(constant.feve, 0, atol=0.02)
    np.testing.assert_allclose(constant.single_trial_correlation, 0, atol=1e-9)
    np.testing.assert_allclose(constant.correlation_to_average, 0, atol=1e-9)
