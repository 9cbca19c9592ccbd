"""Centred kernel alignment (CKA) as a metric whose ceiling accounts for noise and for the number of neuroids."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from ..feature_gram import FeatureGram
from ..layerwise import Claim
from ..similarity_metric import HalvedResponses, NeuralSide, SimilarityMetric, gram_of_responses
from .linear_cka import linear_cka
from .u_products import u_products, u_products_of_same_neuroids


class CKA(SimilarityMetric):
    """Linear CKA without the bias of few stimuli; 0 on average where two representations share nothing.

    A benchmark's score estimates the CKA that the layer would have with the responses, free of noise, of infinitely
    many neuroids of the same kind. Its ceiling is sqrt(c / m). Here m is the inner product with itself of the
    population's Gram matrix as measured, and c the same without what noise and the number of neuroids add: the inner
    product of the Gram matrices of two disjoint halves of the repetitions, without the products of a neuroid with
    itself. So a score can be above 1: as a model, the recorded neuroids themselves are closer to the recordings than an
    infinite population is.

    Notes
    -----
    The numerator needs no correction: noise is independent between stimuli, and the diagonal of the Gram matrices plays
    no part. Chun et al. 2025, https://arxiv.org/abs/2502.15104, correct for stimuli and neuroids.
    """

    identifier = "cka"
    ceiling = "split-half"

    min_stimuli = 5  # without one of them four are left, the fewest that centring does not make zero

    claims: ClassVar[frozenset[Claim]] = frozenset({"scale-invariant", "null-scores-zero"})

    def similarity(self, model_gram: FeatureGram, neural_gram: FeatureGram) -> float:
        """See :func:`brainscore_mouse.metrics.cka.linear_cka.linear_cka`."""
        return float(linear_cka(model_gram.linear(), neural_gram.linear()))

    def neural_side(self, responses: HalvedResponses) -> NeuralSide:
        """Return the Gram matrix of all repetitions, and the ceiling above."""
        measured = gram_of_responses(responses.means)
        return NeuralSide([measured], float(_ceilings(measured, responses)[0]))

    def source_grams(self, responses: HalvedResponses) -> Sequence[FeatureGram]:
        """Return the Gram matrix of all repetitions, to which the ceiling belongs."""
        return [gram_of_responses(responses.means)]

    def compared_without_each(self, layers: Sequence[FeatureGram], responses: HalvedResponses) -> np.ndarray:
        """See :meth:`SimilarityMetric.compared_without_each`; here without a loop over stimuli."""
        measured = gram_of_responses(responses.means)
        linear = measured.linear()
        of_itself = u_products(linear, linear)
        rows = []
        for layer in layers:
            of_layer = layer.linear()
            product = of_itself * u_products(of_layer, of_layer)
            with np.errstate(invalid="ignore", divide="ignore"):
                rows.append(u_products(of_layer, linear) / np.sqrt(np.where(product > 0, product, np.nan)))
        return np.array([*rows, _ceilings(measured, responses)])


def _ceilings(measured: FeatureGram, responses: HalvedResponses) -> np.ndarray:
    """Return the ceiling with all stimuli and without each, shape (1 + n_stimuli,); NaN where there is none."""
    n_neuroids = responses.means.shape[1]
    products = [
        u_products(gram_of_responses(first).linear(), gram_of_responses(second).linear())
        - u_products_of_same_neuroids(first, second)
        for first, second in zip(responses.first, responses.second, strict=True)
    ]
    # There are n^2 pairs of neuroids, of which n are a neuroid with itself.
    corrected = np.mean(products, axis=0) * n_neuroids / (n_neuroids - 1) if n_neuroids > 1 else np.full(1, np.nan)
    linear = measured.linear()
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = corrected / u_products(linear, linear)
        return np.asarray(np.sqrt(np.where(shares > 0, shares, np.nan)))
