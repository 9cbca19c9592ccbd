"""Leading eigenvectors against LAPACK."""

import numpy as np
import pytest
from brainscore_mouse.metrics.regression.pls import leading_eigenvectors as leading_module


@pytest.mark.parametrize("rank", [1, 4, 40])
def test_leading_eigenvectors_equal_lapack(rank):
    factors = np.random.default_rng(5).normal(size=(7, 40, rank))
    matrices = factors @ factors.swapaxes(1, 2)
    values, vectors, _ = leading_module.leading_eigenvectors(matrices, np.full(7, 1e-10), expected_steps=3)
    expected_values, expected_vectors = np.linalg.eigh(matrices)
    np.testing.assert_allclose(values, expected_values[:, -1], rtol=1e-12)
    alignment = np.abs((vectors * expected_vectors[:, :, -1]).sum(axis=1))
    np.testing.assert_allclose(alignment, 1, atol=1e-12)


def test_leading_eigenvectors_of_a_narrow_spectrum_equal_lapack():
    """As white features have it: what one orthogonalization leaves grows twentyfold at every step."""
    generator = np.random.default_rng(6)
    rotations, _ = np.linalg.qr(generator.normal(size=(3, 106, 106)))
    eigenvalues = np.linspace(0.9, 1.1, 106)
    eigenvalues[0] = 0
    matrices = (rotations * eigenvalues) @ rotations.swapaxes(1, 2)
    values, vectors, _ = leading_module.leading_eigenvectors(matrices, np.full(3, 1e-11), expected_steps=12)
    np.testing.assert_allclose(values, 1.1, rtol=1e-12)
    np.testing.assert_allclose(np.abs((vectors * rotations[:, :, -1]).sum(axis=1)), 1, atol=1e-9)
