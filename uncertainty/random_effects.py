"""Mean of differences that may truly differ, such as those of several areas."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InvalidParameterError


@dataclass(frozen=True)
class RandomEffects:
    """A mean over estimates whose true values differ.

    Attributes
    ----------
    mean, standard_error : float
        The mean of the true values, estimated.
    between_sd : float
        Standard deviation of the true values, estimated.
    heterogeneity : float
        I^2: the share of the spread of the estimates that is not error, 0 to 1.
    """

    mean: float
    standard_error: float
    between_sd: float
    heterogeneity: float


def random_effects_mean(values: NDArray[Any], standard_errors: NDArray[Any]) -> RandomEffects:
    """Estimate the mean of effects that differ between areas (DerSimonian & Laird 1986).

    Parameters
    ----------
    values : array of shape (n,)
        One estimate per area.
    standard_errors : array of shape (n,)
        Their errors, taken to be independent. Areas recorded with the same stimuli or in the same mice are not: then
        the standard error of the mean is too small.

    Raises
    ------
    InvalidParameterError
        If there are fewer than two estimates, or an error is not positive.

    Examples
    --------
    >>> areas = random_effects_mean(np.array([0.1, 0.3]), np.array([0.1, 0.1]))  # half of their spread is error
    >>> round(areas.mean, 6), round(areas.between_sd, 6), round(areas.heterogeneity, 6)
    (0.2, 0.1, 0.5)
    """
    values, standard_errors = (np.asarray(array, dtype=np.float64) for array in (values, standard_errors))
    if values.shape != standard_errors.shape or values.ndim != 1 or len(values) < 2 or not (standard_errors > 0).all():
        raise InvalidParameterError(
            f"two or more estimates with positive standard errors are needed, got {values} and {standard_errors}"
        )
    weights = standard_errors**-2.0
    fixed = np.average(values, weights=weights)
    q = float(weights @ (values - fixed) ** 2)
    excess = max(0.0, q - (len(values) - 1))
    between_variance = excess / (weights.sum() - (weights**2).sum() / weights.sum())
    weights = 1 / (standard_errors**2 + between_variance)
    return RandomEffects(
        mean=float(np.average(values, weights=weights)),
        standard_error=float(weights.sum() ** -0.5),
        between_sd=float(between_variance**0.5),
        heterogeneity=excess / q if q > 0 else 0.0,
    )
