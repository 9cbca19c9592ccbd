"""A linear readout of class probabilities from features."""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from ...core.errors import InvalidParameterError

# Brain-Score's ProbabilitiesMapping: the inverse strength of the penalty.
INVERSE_PENALTY = 1e-3
SD_FLOOR = 0.06
"""Smallest standard deviation that a feature is divided by, as a share of that of widely varying features."""

_WIDELY_VARYING = 0.9  # quantile of the standard deviations
_TOLERANCE = 1e-6
_MAXIMAL_N_ITERATIONS = 1000


class LogisticReadout:
    """Standardized features, then multinomial logistic regression with an L2 penalty (C = 1e-3).

    A feature that hardly varies among the fitting stimuli, such as a pixel at the border, is not blown up to unit
    variance: the standard deviation that features are divided by is at least `sd_floor` times the 90th percentile of
    the standard deviations of all features that vary. So the predictions do not depend on the unit of the features. (Of
    pixels in [0, 1] that percentile is about 1/3, and the floor .02.) With a floor of 0 the readout is Brain-Score's.

    The solution lies in the span of the fitting stimuli, so where there are more features than stimuli it is computed
    on as many coordinates as there are stimuli: the same readout, only faster.

    Parameters
    ----------
    features : np.ndarray of shape (n_stimuli, n_features)
        Of the fitting stimuli.
    labels : sequence of str
        One class per stimulus, at least two different ones.
    sd_floor : float
        See above; not negative.

    Attributes
    ----------
    classes : list of str
        Sorted; the order of the probabilities.

    Notes
    -----
    ``brainscore_vision.model_helpers.brain_transformation.behavior.ProbabilitiesMapping``.
    """

    def __init__(self, features: np.ndarray, labels: Sequence[str], sd_floor: float = SD_FLOOR):
        if len(features) != len(labels) or len(set(labels)) < 2:
            raise InvalidParameterError(
                f"a readout needs one label per stimulus and two classes, got {len(features)} stimuli, {len(labels)} "
                f"labels and {len(set(labels))} classes"
            )
        if not sd_floor >= 0:
            raise InvalidParameterError(f"sd_floor must not be negative, got {sd_floor}")
        self._scaler = _fitted_scaler(np.asarray(features, np.float64), sd_floor)
        scaled = self._scaler.transform(features)
        # Features that are all constant span nothing.
        self._basis = _span(scaled) if scaled.shape[1] > len(scaled) and scaled.any() else None
        self._regression = LogisticRegression(
            C=INVERSE_PENALTY, solver="newton-cg", tol=_TOLERANCE, max_iter=_MAXIMAL_N_ITERATIONS
        )
        self._regression.fit(self._coordinates(scaled), np.asarray(labels))
        self.classes = [str(name) for name in self._regression.classes_]

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return class probabilities: float64, (n_stimuli, n_classes)."""
        return self._regression.predict_proba(self._coordinates(self._scaler.transform(features)))

    @property
    def coefficients(self) -> np.ndarray:
        """Weights of the standardized features: float64, (n_classes, n_features); one row for two classes."""
        weights = self._regression.coef_
        return weights if self._basis is None else weights @ self._basis.T

    def _coordinates(self, scaled: np.ndarray) -> np.ndarray:
        return scaled if self._basis is None else scaled @ self._basis


def _fitted_scaler(features: np.ndarray, sd_floor: float) -> StandardScaler:
    scaler = StandardScaler().fit(features)
    deviations = np.sqrt(scaler.var_)
    varying = deviations[deviations > 0]
    if sd_floor > 0 and len(varying) > 0:
        scaler.scale_ = np.maximum(deviations, sd_floor * np.quantile(varying, _WIDELY_VARYING))
    return scaler


def _span(scaled: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of the rows: (n_features, rank)."""
    values, vectors = np.linalg.eigh(scaled @ scaled.T)
    kept = values > values[-1] * len(values) * np.finfo(np.float64).eps
    return scaled.T @ (vectors[:, kept] / np.sqrt(values[kept]))
