"""Comparing representations by their geometry: RDMs, RSA and linear CKA."""

import numpy as np

from ..core.errors import InvalidParameterError, UnreliableDataError
from ..metrics.cka.linear_cka import linear_cka as linear_cka_of_grams
from ..metrics.feature_gram import FeatureGram
from ..metrics.rsa.compare_pairs import CORRELATIONS, Correlation, compare_pairs
from ..metrics.rsa.rdm import pairs_of_rdm, rdm_of_patterns
from .array_checks import Numbers, checked_matrix, checked_pair, checked_rdm

# Three stimuli have three pairs, the fewest that can be correlated; a benchmark asks for more.
_LEAST_STIMULI = 3
_LEAST_STIMULI_OF_CKA = 4


def rdm(responses: Numbers) -> np.ndarray:
    """Compute a representational dissimilarity matrix: 1 - Pearson correlation between stimuli.

    Parameters
    ----------
    responses : array of shape (n_stimuli, n_units)
        One row per stimulus, such as trial averages or a layer's activations.

    Returns
    -------
    array of shape (n_stimuli, n_stimuli)
        Symmetric, 0 on the diagonal; NaN in the rows and columns of a stimulus to which all units respond alike.

    Raises
    ------
    InvalidArraysError
        If `responses` is not a matrix of finite numbers.

    Notes
    -----
    Kriegeskorte et al. 2008, https://doi.org/10.3389/neuro.06.004.2008. The function is
    :func:`brainscore_mouse.metrics.rsa.rdm.rdm_of_patterns`.

    Examples
    --------
    >>> rdm([[1, 2, 3], [2, 4, 6], [3, 2, 1]]).round(3) + 0.0
    array([[0., 0., 2.],
           [0., 0., 2.],
           [2., 2., 0.]])
    """
    return rdm_of_patterns(checked_matrix(responses, "responses", 1))


def compare_rdms(a: Numbers, b: Numbers, *, correlation: Correlation = "spearman") -> float:
    """Correlate the upper triangles of two RDMs.

    Parameters
    ----------
    a, b : array of shape (n_stimuli, n_stimuli)
        Dissimilarities of any kind, of the same stimuli in the same order; at least 3. The diagonals play no part.
    correlation : {'spearman', 'pearson', 'kendall'}
        How they are compared; Kendall's tau is tau-b.

    Returns
    -------
    float
        From -1 to 1.

    Raises
    ------
    InvalidArraysError
        If `a` or `b` is not a symmetric matrix of finite numbers, or they are of different sizes.
    UnreliableDataError
        If there are fewer than 3 stimuli, or all dissimilarities of one are equal.
    InvalidParameterError
        If the correlation is not one of those above.

    Examples
    --------
    >>> a = rdm([[1, 0, 2], [0, 1, 0], [3, 1, 1], [0, 2, 2]])
    >>> round(compare_rdms(a, a**2), 3)
    1.0
    >>> compare_rdms(a, a**2, correlation="pearson") < 1
    True
    """
    _check_correlation(correlation)
    first, second = checked_pair(
        checked_rdm(a, "a", _LEAST_STIMULI), checked_rdm(b, "b", _LEAST_STIMULI), ("a", "b"), _LEAST_STIMULI
    )
    return _compared_pairs(pairs_of_rdm(first), pairs_of_rdm(second), correlation)


def rsa(a: Numbers, b: Numbers, *, correlation: Correlation = "spearman") -> float:
    """Compare two sets of responses by representational similarity analysis: correlate their RDMs.

    Parameters
    ----------
    a, b : array of shape (n_stimuli, n_units)
        Responses to the same stimuli in the same order, at least 3. The numbers of units may differ.
    correlation : {'spearman', 'pearson', 'kendall'}
        How the RDMs are compared.

    Returns
    -------
    float
        From -1 to 1, as measured; :func:`ceiled_rsa` is relative to what a perfect model would reach.

    Raises
    ------
    InvalidArraysError
        If `a` or `b` is not a matrix of finite numbers, or the numbers of stimuli differ.
    UnreliableDataError
        If there are fewer than 3 stimuli, or an RDM is undefined or does not vary.
    InvalidParameterError
        If the correlation is not one of those above.

    Notes
    -----
    Responses are compared here. Whoever has RDMs calls :func:`compare_rdms`.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> responses = generator.normal(size=(20, 50))
    >>> round(rsa(responses, 3 * responses + 1), 3)
    1.0
    >>> abs(rsa(responses, generator.normal(size=(20, 80)))) < 0.3
    True
    """
    _check_correlation(correlation)
    first, second = checked_pair(a, b, ("a", "b"), _LEAST_STIMULI)
    return _compared_pairs(_defined_pairs(first, "a"), _defined_pairs(second, "b"), correlation)


def _defined_pairs(responses: np.ndarray, name: str) -> np.ndarray:
    """Return the upper triangle of the RDM of responses; UnreliableDataError where it is undefined."""
    dissimilarities = rdm_of_patterns(responses)
    undefined = np.flatnonzero(np.isnan(np.diagonal(dissimilarities)))
    if len(undefined):
        raise UnreliableDataError(
            f"All units of {name} respond the same to {len(undefined)} stimuli, the first in row {undefined[0]}: "
            "their dissimilarities are undefined. Leave out these stimuli."
        )
    return pairs_of_rdm(dissimilarities)


def _compared_pairs(a: np.ndarray, b: np.ndarray, correlation: Correlation) -> float:
    """Correlate two upper triangles of shape (n_pairs,); UnreliableDataError where one of them does not vary."""
    value = float(compare_pairs(a, b, correlation))
    if np.isnan(value):
        raise UnreliableDataError("All dissimilarities of one of the RDMs are equal: there is no correlation.")
    return value


def linear_cka(a: Numbers, b: Numbers) -> float:
    """Compare two sets of responses by linear centred kernel alignment, without the bias of few stimuli.

    Parameters
    ----------
    a, b : array of shape (n_stimuli, n_units)
        Responses to the same stimuli in the same order, at least 4. The numbers of units may differ.

    Returns
    -------
    float
        1 for equal responses up to rotation, shift and scale; 0 on average for unrelated ones, so that it may be
        negative.

    Raises
    ------
    InvalidArraysError
        If `a` or `b` is not a matrix of finite numbers, or the numbers of stimuli differ.
    UnreliableDataError
        If there are fewer than 4 stimuli, or one of the two does not vary over them.

    Notes
    -----
    See :func:`brainscore_mouse.metrics.cka.linear_cka.linear_cka`.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> responses = generator.normal(size=(30, 5))
    >>> rotation, _ = np.linalg.qr(generator.normal(size=(5, 5)))
    >>> round(linear_cka(responses, responses @ rotation), 3)
    1.0
    >>> abs(linear_cka(responses, generator.normal(size=(30, 500)))) < 0.2
    True
    """
    pair = checked_pair(a, b, ("a", "b"), _LEAST_STIMULI_OF_CKA)
    grams = [varying_gram(matrix, name) for matrix, name in zip(pair, ("a", "b"), strict=True)]
    return float(linear_cka_of_grams(*(gram.linear() for gram in grams)))


def varying_gram(responses: np.ndarray, name: str) -> FeatureGram:
    """Return the inner products of responses; UnreliableDataError if they do not vary over stimuli."""
    gram = FeatureGram.of_features(responses)
    if not gram.varies_over_stimuli():
        raise UnreliableDataError(f"{name} does not vary over stimuli: there is nothing to compare.")
    return gram


def _check_correlation(correlation: str) -> None:
    if correlation not in CORRELATIONS:
        raise InvalidParameterError(f"correlation is {correlation!r}; use one of {CORRELATIONS}.")
