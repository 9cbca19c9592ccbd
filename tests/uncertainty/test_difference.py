"""Intervals and p values of a difference from its draws."""

import numpy as np
import pytest
from brainscore_mouse.core.errors import InvalidParameterError, UnreliableDataError
from brainscore_mouse.metrics.rsa.bootstrap import bootstrapped_comparison
from brainscore_mouse.metrics.rsa.rdm import pairs_of_rdm, rdm_of_patterns
from brainscore_mouse.uncertainty.difference import difference_of_draws, two_sided_p
from brainscore_mouse.uncertainty.resampling import draw


def rsa_difference(generator, advantage, n_stimuli=40):
    """RSA of two models with one population; each sees its own half of the latents that neuroids code alike."""
    latents = generator.normal(size=(n_stimuli, 12))
    responses = latents @ generator.normal(size=(12, 150)) + generator.normal(size=(n_stimuli, 150))
    seen_by_first = latents[:, : 6 + advantage]
    models = np.stack([pairs_of_rdm(rdm_of_patterns(_wide(seen))) for seen in (seen_by_first, latents[:, 6:])])
    counts = draw(n_stimuli, np.zeros(150), 300, "stimuli", seed=0).stimuli
    once = np.ones((1, n_stimuli), dtype=int)
    data = pairs_of_rdm(rdm_of_patterns(responses))
    measured, draws = (bootstrapped_comparison(models, data, count, "pearson") for count in (once, counts))
    return difference_of_draws(float(measured[0, 0] - measured[1, 0]), draws[0] - draws[1])


def _wide(latents):
    """Features whose correlation over units is that of the latents' directions."""
    mixing = np.linalg.qr(np.random.default_rng(0).normal(size=(400, latents.shape[1])))[0]
    return latents @ mixing.T


def test_interval_over_stimuli_covers_zero_for_models_that_are_equal_in_distribution():
    generator = np.random.default_rng(10)
    found = [rsa_difference(generator, advantage=0) for _ in range(200)]
    assert 0.9 < np.mean([one.low <= 0 <= one.high for one in found]) <= 0.99
    assert np.mean([one.p < 0.05 for one in found]) < 0.1


def test_interval_over_stimuli_finds_the_better_model():
    generator = np.random.default_rng(11)
    found = [rsa_difference(generator, advantage=5) for _ in range(40)]
    assert np.mean([one.low > 0 and one.p < 0.05 for one in found]) > 0.9


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
    with pytest.raises(UnreliableDataError, match=r"\b80\b.*\b100\b"):
        difference_of_draws(0.15, np.array([np.nan] * 80 + [0.1] * 20))
    with pytest.raises(InvalidParameterError, match="level"):
        difference_of_draws(0.15, draws, level=95)
