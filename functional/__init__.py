"""The numbers behind the benchmarks, of plain numpy arrays: RDMs, RSA, ridge, PLS, CKA, ceilings, intervals.

For two matrices and no dataset. Rows are always stimuli, columns are units (of a network) or neuroids (recorded). Each
function calls those that the benchmarks call. It only checks the arrays first, and raises an error of the package's
family that says what is wrong with them.

Examples
--------
>>> import numpy as np
>>> from brainscore_mouse import functional
>>> generator = np.random.default_rng(0)
>>> features = generator.normal(size=(60, 100))
>>> responses = features[:, :20] + generator.normal(size=(60, 20))
>>> round(functional.rsa(features, responses), 2)
0.15
>>> round(functional.ridge_r(features, responses), 2)
0.25
"""

from .array_checks import Numbers
from .ceilings import ceiled_rsa, neuroid_ceilings, rdm_ceiling, split_half_reliability
from .consistency import population_consistency
from .eigenspectrum import Eigenspectrum, eigenspectrum
from .interval import Interval, bootstrap
from .readouts import pls_correlations, pls_r, ridge_correlations, ridge_r
from .representations import compare_rdms, linear_cka, rdm, rsa

__all__ = [
    "Eigenspectrum",
    "Interval",
    "Numbers",
    "bootstrap",
    "ceiled_rsa",
    "compare_rdms",
    "eigenspectrum",
    "linear_cka",
    "neuroid_ceilings",
    "pls_correlations",
    "pls_r",
    "population_consistency",
    "rdm",
    "rdm_ceiling",
    "ridge_correlations",
    "ridge_r",
    "rsa",
    "split_half_reliability",
]
