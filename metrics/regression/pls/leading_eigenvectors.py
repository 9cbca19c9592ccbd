"""The leading eigenvector of each of many small symmetric matrices, of all of them at once."""

from typing import Any

from array_api_compat import array_namespace

from ....core.arrays import Array

# Up to here, the few matrix products of squaring take less time than the many short steps of Lanczos' method.
_SMALL = 40
# Steps between looks at convergence, which cost as much as many steps.
_STEPS_PER_CHECK = 3
# Parts of the spectrum that this many do not separate are as good as equal.
_MAX_SQUARINGS = 40
# In single precision, too, its square and its inverse's can be represented.
_TINY = 1e-18


def leading_eigenvectors(matrices: Array, negligible: Array, expected_steps: int) -> tuple[Array, Array, int]:
    """Find the largest eigenvalue and its eigenvector.

    Parameters
    ----------
    matrices : array of shape (n_matrices, n, n)
        Symmetric, without negative eigenvalues but for rounding.
    negligible : array of shape (n_matrices,)
        Smaller eigenvalues need not be found exactly.
    expected_steps : int
        When to look first whether all have converged. It changes the time taken, not the precision.

    Returns
    -------
    values : array of shape (n_matrices,)
    vectors : array of shape (n_matrices, n)
        Of norm 1, such that ``A v - value v`` is smaller than the value by the root of the type's precision, where the
        value is not negligible.
    n_steps : int
        Steps that were needed: what to expect of similar matrices.

    Notes
    -----
    Small matrices by squaring them. Others by Lanczos 1950, with each vector orthogonalized twice against all before; a
    full eigendecomposition takes ten times as long, and matrices one by one in LAPACK four times.
    """
    if matrices.shape[1] <= _SMALL:
        return *_leading_by_squaring(matrices, negligible), expected_steps
    xp = array_namespace(matrices)
    device = getattr(matrices, "device", None)
    n_matrices, n, _ = matrices.shape
    tolerance = xp.finfo(matrices.dtype).eps ** 0.5
    basis = xp.zeros((n_matrices, n, n), dtype=matrices.dtype, device=device)
    largest_diagonal = xp.argmax(xp.linalg.diagonal(matrices), axis=1)
    vector = matrices[xp.arange(n_matrices, device=device), largest_diagonal]
    vector = vector / _not_zero(xp.sum(vector * vector, axis=1) ** 0.5)[:, None]
    diagonal, off_diagonal = [], []
    for step in range(n):
        basis[:, step] = vector
        image = (matrices @ vector[..., None])[..., 0]
        diagonal.append(xp.sum(vector * image, axis=1))
        known = basis[:, : step + 1]
        # Twice: where the eigenvalues are near to each other, little is left of the image, and what one pass leaves of
        # the basis in it grows from step to step.
        for _ in range(2):
            image -= (xp.matrix_transpose(known @ image[..., None]) @ known)[:, 0]
        length = xp.sum(image * image, axis=1) ** 0.5
        off_diagonal.append(length)
        # Rounding errors, where the matrix has no further dimension.
        vector = xp.where((length > negligible)[:, None], image / _not_zero(length)[:, None], 0.0)
        is_last = step == n - 1
        steps_late = step + 1 - expected_steps
        if is_last or (steps_late >= 0 and steps_late % _STEPS_PER_CHECK == 0):
            values, weights = _leading_by_squaring(_tridiagonal(diagonal, off_diagonal[:-1]), negligible)
            residuals = length * abs(weights[:, -1])
            if is_last or bool(xp.all(residuals <= tolerance * values + negligible)):
                break
    vectors = (weights[:, None] @ basis[:, : weights.shape[1]])[:, 0]
    return values, vectors / _not_zero(xp.sum(vectors * vectors, axis=1) ** 0.5)[:, None], step + 1


def _tridiagonal(diagonal: list[Any], off_diagonal: list[Any]) -> Any:
    """Return symmetric tridiagonal matrices."""
    xp = array_namespace(diagonal[0])
    size = len(diagonal)
    tridiagonal = xp.zeros(
        (diagonal[0].shape[0], size, size), dtype=diagonal[0].dtype, device=getattr(diagonal[0], "device", None)
    )
    for row in range(size):
        tridiagonal[:, row, row] = diagonal[row]
        if row:
            tridiagonal[:, row, row - 1] = tridiagonal[:, row - 1, row] = off_diagonal[row - 1]
    return tridiagonal


def _leading_by_squaring(matrices: Any, negligible: Any) -> tuple[Any, Any]:
    """Return the largest eigenvalue of each symmetric matrix, and its eigenvector; zero of negligible matrices."""
    xp = array_namespace(matrices)
    # Repeated squaring leaves only the leading part; at trace 1, the trace of the square says how much else is left.
    traces = xp.linalg.trace(matrices)
    power = matrices * xp.where(traces > negligible, 1 / _not_zero(traces), 0.0)[:, None, None]
    # What is left of the other parts is the fourth power of a quarter of this.
    tolerance = xp.finfo(power.dtype).eps ** 0.25
    for _ in range(_MAX_SQUARINGS // 2):
        power = power @ power
        power = power @ power
        trace = xp.linalg.trace(power)
        power *= (1 / _not_zero(trace))[:, None, None]
        if bool(xp.all((trace > 1 - tolerance) | (trace == 0))):
            break
    largest = xp.argmax(xp.linalg.diagonal(power), axis=1)
    vectors = power[xp.arange(power.shape[0], device=getattr(power, "device", None)), largest]
    vectors = vectors / _not_zero(xp.sum(vectors * vectors, axis=1) ** 0.5)[:, None]
    return xp.sum((matrices @ vectors[..., None])[..., 0] * vectors, axis=1), vectors


def _not_zero(values: Any) -> Any:
    """Add to numbers, none of them negative, what makes a divisor of zero and is lost in rounding elsewhere."""
    return values + _TINY
