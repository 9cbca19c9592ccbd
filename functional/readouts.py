"""Predicting each neuroid from features: cross-validated ridge and partial least squares regression."""

import numpy as np

from ..core.errors import InvalidParameterError, UnreliableDataError
from ..metrics.assemblies import assembly_of
from ..metrics.regression.metric import PLS, Regression, Ridge
from .array_checks import Numbers, checked_pair
from .representations import varying_gram

# A tenth of the stimuli is predicted. Two responses always correlate by 1 or -1; of 21 stimuli three are predicted.
_LEAST_STIMULI = 21


def ridge_r(
    features: Numbers, responses: Numbers, *, alpha: float | None = None, n_splits: int = 10, seed: int = 0
) -> float:
    """Correlate responses with their cross-validated prediction from features by ridge regression.

    Parameters
    ----------
    features : array of shape (n_stimuli, n_features)
        What is predicted from, such as a layer's activations. At least 21 stimuli.
    responses : array of shape (n_stimuli, n_neuroids)
        What is predicted, such as trial averages; the same stimuli in the same order.
    alpha : float, optional
        A fixed penalty, as scikit-learn's. Default: chosen per neuroid by leave-one-out on the training stimuli.
    n_splits : int
        Random 90/10 splits of the stimuli.
    seed : int
        Seed of the splits.

    Returns
    -------
    float
        Per split the median over neuroids, then the mean over splits. It is as measured: not divided by a ceiling.

    Raises
    ------
    InvalidArraysError
        If an array is not a matrix of finite numbers, or the numbers of stimuli differ.
    UnreliableDataError
        If there are fewer than 21 stimuli, the features do not vary, or no neuroid does in some split.
    InvalidParameterError
        If alpha is not positive, or there are fewer than 2 splits.

    Notes
    -----
    This calls :class:`brainscore_mouse.metrics.regression.metric.Ridge`.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> features = generator.normal(size=(80, 10))
    >>> responses = features @ generator.normal(size=(10, 6)) + generator.normal(size=(80, 6))
    >>> 0.8 < ridge_r(features, responses) < 1
    True
    """
    return _median_r(ridge_correlations(features, responses, alpha=alpha, n_splits=n_splits, seed=seed))


def ridge_correlations(
    features: Numbers, responses: Numbers, *, alpha: float | None = None, n_splits: int = 10, seed: int = 0
) -> np.ndarray:
    """Do as :func:`ridge_r`, for each neuroid.

    Parameters
    ----------
    features, responses, alpha, n_splits, seed
        As of :func:`ridge_r`.

    Returns
    -------
    array of shape (n_splits, n_neuroids)
        Correlation of predicted with measured responses to the held-out stimuli of each split; 0 where the prediction
        is constant, NaN where the measured responses are. A perfect model would reach :func:`neuroid_ceilings`.

    Raises
    ------
    InvalidArraysError, UnreliableDataError, InvalidParameterError
        As :func:`ridge_r`.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> features = generator.normal(size=(80, 10))
    >>> responses = np.stack([features[:, 0], generator.normal(size=80)], axis=1)
    >>> predicted, unrelated = ridge_correlations(features, responses).mean(axis=0)
    >>> round(predicted, 2), abs(unrelated) < 0.5
    (1.0, True)
    """
    return _correlations(Ridge(alpha=alpha, n_splits=n_splits, seed=seed), features, responses)


def pls_r(features: Numbers, responses: Numbers, *, n_components: int = 25, n_splits: int = 10, seed: int = 0) -> float:
    """Correlate responses with their cross-validated prediction from features by partial least squares.

    Parameters
    ----------
    features, responses
        As of :func:`ridge_r`.
    n_components : int
        Components; 25 as in Brain-Score. Fewer if features or responses are exhausted before.
    n_splits, seed
        As of :func:`ridge_r`.

    Returns
    -------
    float
        Per split the median over neuroids, then the mean over splits. It is as measured: not divided by a ceiling.

    Raises
    ------
    InvalidArraysError, UnreliableDataError
        As :func:`ridge_r`.
    InvalidParameterError
        If there is no component, or there are fewer than 2 splits.

    Notes
    -----
    This calls :class:`brainscore_mouse.metrics.regression.metric.PLS`.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> features = generator.normal(size=(80, 10))
    >>> responses = features @ generator.normal(size=(10, 6)) + generator.normal(size=(80, 6))
    >>> 0.8 < pls_r(features, responses, n_components=5) < 1
    True
    """
    return _median_r(pls_correlations(features, responses, n_components=n_components, n_splits=n_splits, seed=seed))


def pls_correlations(
    features: Numbers, responses: Numbers, *, n_components: int = 25, n_splits: int = 10, seed: int = 0
) -> np.ndarray:
    """Do as :func:`pls_r`, for each neuroid.

    Parameters
    ----------
    features, responses, n_components, n_splits, seed
        As of :func:`pls_r`.

    Returns
    -------
    array of shape (n_splits, n_neuroids)
        See :func:`ridge_correlations`.

    Raises
    ------
    InvalidArraysError, UnreliableDataError, InvalidParameterError
        As :func:`pls_r`.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> features = generator.normal(size=(80, 10))
    >>> pls_correlations(features, features[:, :4] ** 3, n_splits=3).shape
    (3, 4)
    """
    return _correlations(PLS(n_components=n_components, n_splits=n_splits, seed=seed), features, responses)


def _correlations(metric: Regression, features: Numbers, responses: Numbers) -> np.ndarray:
    if metric.n_splits < 2:
        raise InvalidParameterError(f"n_splits is {metric.n_splits}; it must be at least 2.")
    source, target = checked_pair(features, responses, ("features", "responses"), _LEAST_STIMULI)
    varying_gram(source, "features")
    if (target == target[0]).all():
        raise UnreliableDataError("responses does not vary over stimuli: there is nothing to predict.")
    return np.asarray(metric(assembly_of(source), assembly_of(target)).attrs["raw"].values)


def _median_r(correlations: np.ndarray) -> float:
    constant = np.isnan(correlations).all(axis=1)
    if constant.any():
        raise UnreliableDataError(
            f"No neuroid varies over the held-out stimuli of {constant.sum()} of {len(constant)} splits. Use more "
            "stimuli, or leave out neuroids that hardly respond."
        )
    return float(np.nanmedian(correlations, axis=1).mean())
