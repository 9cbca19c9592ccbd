"""How well a perfect model could do, from single trials."""

import numpy as np

from ..core.errors import InvalidArraysError, InvalidParameterError, UnreliableDataError
from ..metrics.feature_gram import FeatureGram
from ..metrics.layerwise import Fold, NeuralTarget, Part
from ..metrics.rsa.compare_pairs import Correlation
from ..metrics.rsa.metric import RSA
from ..uncertainty import split_half
from .array_checks import Numbers, checked_matrix, checked_trials


def split_half_reliability(trials: Numbers, *, n_splits: int = 50, seed: int = 0) -> np.ndarray:
    """Estimate how reliable each neuroid's trial-averaged tuning over stimuli is.

    Parameters
    ----------
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
        Single-trial responses, at least two of each stimulus; NaN where a neuroid has no such trial.
    n_splits : int
        Random halves of the repetitions.
    seed : int
        Seed of the halves.

    Returns
    -------
    array of shape (n_neuroids,)
        Correlation between halves, corrected to all repetitions by Spearman-Brown: an estimate of the share of the
        variance of the trial averages that is signal. It may be negative. NaN for a neuroid that does not vary.

    Raises
    ------
    InvalidArraysError
        If `trials` is not such an array, or a neuroid has fewer than two trials of a stimulus.
    InvalidParameterError
        If there is no split.

    Notes
    -----
    See :func:`brainscore_mouse.uncertainty.split_half.split_half_reliability`.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> signal = generator.normal(size=(200, 3))
    >>> trials = signal + 2 * generator.normal(size=(12, 200, 3))  # true reliability: 1 / (1 + 4 / 12) = 0.75
    >>> np.abs(split_half_reliability(trials) - 0.75) < 0.1
    array([ True,  True,  True])
    """
    if n_splits < 1:
        raise InvalidParameterError(f"n_splits is {n_splits}; it must be at least 1.")
    return split_half.split_half_reliability(checked_trials(trials), n_splits, np.random.default_rng(seed))


def neuroid_ceilings(trials: Numbers, *, n_splits: int = 50, seed: int = 0) -> np.ndarray:
    """Estimate how well a perfect prediction could correlate with each neuroid's trial-averaged responses.

    Parameters
    ----------
    trials, n_splits, seed
        As of :func:`split_half_reliability`.

    Returns
    -------
    array of shape (n_neuroids,)
        The square root of the reliability: unlike a second recording, a perfect prediction carries no noise. NaN where
        the reliability is not positive.

    Raises
    ------
    InvalidArraysError, InvalidParameterError
        As :func:`split_half_reliability`.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> signal = generator.normal(size=(200, 3))
    >>> trials = signal + 2 * generator.normal(size=(12, 200, 3))
    >>> perfect = [np.corrcoef(*pair)[0, 1] for pair in zip(signal.T, trials.mean(axis=0).T)]
    >>> np.abs(neuroid_ceilings(trials) - perfect) < 0.05
    array([ True,  True,  True])
    """
    reliability = split_half_reliability(trials, n_splits=n_splits, seed=seed)
    return np.sqrt(np.where(reliability > 0, reliability, np.nan))


def rdm_ceiling(
    trials: Numbers, *, correlation: Correlation = "spearman", subjects: Numbers | None = None, seed: int = 0
) -> float:
    """Estimate how well the RDM of a perfect model could correlate with the measured RDM.

    Parameters
    ----------
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
        Single-trial responses, at least two of each stimulus; NaN where a neuroid has no such trial.
    correlation : {'spearman', 'pearson'}
        How the RDMs are compared; Kendall's tau cannot be corrected for noise.
    subjects : array of shape (n_neuroids,), optional
        Which mouse each neuroid is from. Default: all are from one.
    seed : int
        Seed of the halves of the repetitions.

    Returns
    -------
    float
        The ceiling of the benchmarks by RSA, where all stimuli and neuroids are scored; :func:`ceiled_rsa` divides by
        it.

    Raises
    ------
    InvalidArraysError
        If `trials` is not such an array, or the numbers of subjects and neuroids differ.
    UnreliableDataError
        If there are too few stimuli, or the RDMs of halves of the repetitions hardly agree.
    InvalidParameterError
        If RDMs cannot be compared by this correlation.

    Notes
    -----
    See :class:`brainscore_mouse.metrics.rsa.metric.RSA`.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> signal = generator.normal(size=(40, 4)) @ generator.normal(size=(4, 60))
    >>> trials = signal + generator.normal(size=(10, 40, 60))
    >>> 0.9 < rdm_ceiling(trials) < 1
    True
    """
    return float(_rsa_target(checked_trials(trials), correlation, subjects, seed).ceiling)


def ceiled_rsa(
    features: Numbers,
    trials: Numbers,
    *,
    correlation: Correlation = "spearman",
    subjects: Numbers | None = None,
    seed: int = 0,
) -> float:
    """Compare features with recordings by RSA, relative to what a perfect model would reach.

    Parameters
    ----------
    features : array of shape (n_stimuli, n_features)
        Such as a layer's activations.
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
        Single-trial responses to the same stimuli in the same order.
    correlation, subjects, seed
        As of :func:`rdm_ceiling`.

    Returns
    -------
    float
        1: as similar as the noise lets any model be; 0: unrelated. It is how the benchmarks score a layer, where all
        stimuli and neuroids are scored.

    Raises
    ------
    InvalidArraysError
        If an array is not as described, or the numbers of stimuli differ.
    UnreliableDataError
        As :func:`rdm_ceiling`; also if the RDM of the features is undefined.
    InvalidParameterError
        If RDMs cannot be compared by this correlation.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> signal = generator.normal(size=(40, 4)) @ generator.normal(size=(4, 60))
    >>> trials = signal + generator.normal(size=(10, 40, 60))
    >>> abs(ceiled_rsa(signal, trials) - 1) < 0.05
    True
    """
    array = checked_trials(trials)
    layer = checked_matrix(features, "features", 1)
    if len(layer) != array.shape[1]:
        raise InvalidArraysError(
            f"features has {len(layer)} stimuli (rows) and trials has {array.shape[1]}; both must be of the same."
        )
    evaluation = _rsa_target(array, correlation, subjects, seed).evaluate([FeatureGram.of_features(layer)])
    value = float(evaluation.ceiled[0, 0])
    if np.isnan(value):
        raise UnreliableDataError("The RDM of the features is undefined or does not vary: there is no score.")
    return value


def _rsa_target(
    trials: np.ndarray, correlation: Correlation, subjects: Numbers | None, seed: int
) -> NeuralTarget[FeatureGram]:
    _, n_stimuli, n_neuroids = trials.shape
    mice = np.zeros(n_neuroids, dtype=int) if subjects is None else np.asarray(subjects)
    if mice.shape != (n_neuroids,):
        raise InvalidArraysError(
            f"subjects has the shape {mice.shape}; it must name the mouse of each of {n_neuroids} neuroids."
        )
    stimuli = np.arange(n_stimuli)
    everything = Part(stimuli, stimuli, np.arange(n_neuroids), groups=stimuli)
    return RSA(correlation, seed=seed).prepare(trials, mice, [Fold(everything, everything)])
