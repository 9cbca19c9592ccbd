"""Leading eigenvectors against LAPACK."""

import numpy as np
import pytest
from brainscore_mouse.metrics.regression.pls import leading_eigenvectors as leading_module


@pytest.mark.parametrize("size", [30, 60], ids=["by squaring", "by Lanczos' method"])
@pytest.mark.parametrize("rank", [1, 4, 30])
def test_leading_eigenvectors_equal_lapack(rank, size):
    factors = np.random.default_rng(5).normal(size=(7, size, rank))
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


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_negligible_and_nearly_degenerate_matrices_stand_beside_others(dtype):
    generator = np.random.default_rng(7)
    rotations, _ = np.linalg.qr(generator.normal(size=(3, 20, 20)))
    eigenvalues = np.tile(np.linspace(0.1, 1, 20), (3, 1))
    eigenvalues[1] *= 1e-20
    eigenvalues[2, -2] = 1 - 1e-9
    matrices = ((rotations * eigenvalues[:, None]) @ rotations.swapaxes(1, 2)).astype(dtype)
    values, vectors, _ = leading_module.leading_eigenvectors(matrices, np.full(3, 1e-14, dtype), expected_steps=12)
    tolerance = {np.float64: 1e-9, np.float32: 1e-5}[dtype]
    np.testing.assert_allclose(values, [1, 0, 1], atol=tolerance)
    residuals = np.linalg.norm((matrices @ vectors[..., None])[..., 0] - values[:, None] * vectors, axis=1)
    np.testing.assert_allclose(residuals, 0, atol=tolerance)
    assert np.abs(vectors[0] @ rotations[0, :, -1]) == pytest.approx(1, abs=tolerance)
