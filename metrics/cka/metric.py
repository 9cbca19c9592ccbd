"""Centred kernel alignment (CKA) as a metric whose ceiling accounts for noise and for the number of neuroids."""

from typing import ClassVar

import numpy as np

from ..feature_gram import FeatureGram
from ..layerwise import Claim
from ..similarity_metric import HalvedResponses, NeuralSide, SimilarityMetric, gram_of_responses
from .linear_cka import linear_cka, u_centred
from .same_neuroid import products_of_same_neuroids


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

    claims: ClassVar[frozenset[Claim]] = frozenset({"scale-invariant", "null-scores-zero"})

    def similarity(self, model_gram: FeatureGram, neural_gram: FeatureGram) -> float:
        """See :func:`brainscore_mouse.metrics.cka.linear_cka.linear_cka`."""
        return float(linear_cka(model_gram.linear(), neural_gram.linear()))

    def neural_side(self, responses: HalvedResponses) -> NeuralSide:
        """Return the Gram matrix of all repetitions, and the ceiling above."""
        measured = gram_of_responses(responses.means)
        n_neuroids = responses.means.shape[1]
        products = []
        for first, second in zip(responses.first, responses.second, strict=True):
            grams = [u_centred(gram_of_responses(half).linear()) for half in (first, second)]
            same = products_of_same_neuroids(first, second)
            products.append((grams[0] * grams[1]).sum() - same)
        # There are n^2 pairs of neuroids, of which n are a neuroid with itself.
        corrected = np.mean(products) * n_neuroids / (n_neuroids - 1) if n_neuroids > 1 else np.nan
        share = corrected / np.square(u_centred(measured.linear())).sum()
        return NeuralSide([measured], float(np.sqrt(share)) if share > 0 else float("nan"))
