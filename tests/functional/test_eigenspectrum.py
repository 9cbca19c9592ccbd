"""Exponents of spectra that were constructed, with and without noise."""

import numpy as np
import pytest
from brainscore_mouse.core.errors import InvalidArraysError, InvalidParameterError, UnreliableDataError
from brainscore_mouse.functional import eigenspectrum

N_STIMULI, N_UNITS = 121, 100


def constructed(exponent):
    """Responses whose components have the variances ``rank ** -exponent``, exactly."""
    generator = np.random.default_rng(0)
    scores = np.linalg.qr(np.column_stack([np.ones(N_STIMULI), generator.normal(size=(N_STIMULI, N_UNITS))]))[0][:, 1:]
    axes = np.linalg.qr(generator.normal(size=(N_UNITS, N_UNITS)))[0]
    variances = np.arange(1, N_UNITS + 1.0) ** -exponent
    return (scores * np.sqrt(N_STIMULI * variances)) @ axes, variances


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_a_constructed_spectrum_is_found(exponent):
    responses, variances = constructed(exponent)
    found = eigenspectrum(7 + responses)
    np.testing.assert_allclose(found.variances, variances, rtol=1e-6)
    assert found.exponent == pytest.approx(exponent, abs=1e-6) and found.ranks == (4, 33)
    assert found.effective_dimension == pytest.approx(variances.sum() ** 2 / (variances**2).sum())


def test_noise_flattens_the_plain_spectrum_and_not_the_cross_validated_one():
    responses, variances = constructed(1.0)
    trials = responses + np.sqrt(0.05) * np.random.default_rng(1).normal(size=(20, N_STIMULI, N_UNITS))
    ranks = (1, 20)
    cross_validated = eigenspectrum(trials, ranks=ranks)
    assert cross_validated.exponent == pytest.approx(1.0, abs=0.05)
    assert cross_validated.variances.sum() == pytest.approx(variances.sum(), rel=0.03)
    single = eigenspectrum(trials[0], ranks=ranks)
    assert single.exponent < 0.8


def test_missing_trials_take_no_part():
    responses, _ = constructed(1.0)
    trials = np.broadcast_to(responses, (6, *responses.shape)).copy()
    trials[4:, ::2] = np.nan
    assert eigenspectrum(trials).exponent == pytest.approx(1.0, abs=1e-6)


def test_noise_alone_and_what_makes_no_sense_are_refused():
    generator = np.random.default_rng(2)
    with pytest.raises(UnreliableDataError, match="rank"):
        eigenspectrum(generator.normal(size=(4, N_STIMULI, 50)))
    features = generator.normal(size=(30, 20))
    for options in (*({"ranks": ranks} for ranks in [(0, 5), (5, 5), (1, 21), (1.5, 9), (1, 5, 9)]), {"n_splits": 0}):
        with pytest.raises(InvalidParameterError):
            eigenspectrum(features, **options)
    with pytest.raises(InvalidArraysError):
        eigenspectrum(features[0])
    with pytest.raises(InvalidArraysError, match="responses is not an array"):
        eigenspectrum([[1.0, 2.0], [3.0]])
