"""Centred kernel alignment as a Brain-Score metric."""

from brainscore_core.metrics import Metric, Score
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly

from ...core.errors import UnreliableDataError
from ..assemblies import aligned_matrices
from ..feature_gram import FeatureGram
from ..layerwise import Claim
from .linear_cka import linear_cka

MIN_STIMULI = 4


class CKA(Metric):
    """Linear CKA of two assemblies of the same stimuli; 0 on average where they share nothing.

    It compares assemblies only: there is no benchmark by it, because no ceiling of it is established.
    """

    claims: frozenset[Claim] = frozenset({"scale-invariant", "null-scores-zero", "generator-scores-one"})

    def __call__(self, source: NeuroidAssembly, target: NeuroidAssembly) -> Score:
        """Compare two assemblies.

        Parameters
        ----------
        source, target : NeuroidAssembly
            presentation x neuroid; repeated presentations are averaged.

        Returns
        -------
        Score
            Not ceiled, without an error; see :func:`brainscore_mouse.metrics.cka.linear_cka.linear_cka`.

        Raises
        ------
        UnreliableDataError
            If there are fewer than 4 stimuli, or one side does not vary over them.
        """
        grams = [FeatureGram.of_features(matrix) for matrix in aligned_matrices(source, target)]
        n_stimuli = len(grams[0].row_means)
        if n_stimuli < MIN_STIMULI:
            raise UnreliableDataError(f"CKA needs at least {MIN_STIMULI} stimuli; there are {n_stimuli}.")
        for gram, name in zip(grams, ("source", "target"), strict=True):
            if not gram.varies_over_stimuli():
                raise UnreliableDataError(f"The {name} does not vary over stimuli: it cannot be compared.")
        return Score(float(linear_cka(*(gram.linear() for gram in grams))))
