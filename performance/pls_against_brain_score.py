"""PLS with 25 components, 118 stimuli x 4096 features -> 2000 neuroids, ten 90/10 splits.

Usage: ``OMP_NUM_THREADS=1 python performance/pls_against_brain_score.py``
"""

import warnings
from typing import Any

from brainscore_mouse import load_metric
from brainscore_vision import load_metric as load_brain_score_metric
from made_up_recordings import assembly_of, features_and_responses
from side_by_side import compare, print_machine


def main() -> None:
    """Compare."""
    warnings.simplefilter("ignore")
    print_machine()
    features, responses = features_and_responses()
    source, target = assembly_of(features), assembly_of(responses)
    theirs: Any = load_brain_score_metric("pls", crossvalidation_kwargs={"stratification_coord": None})
    ours = load_metric("pls", seed=1)  # Brain-Score splits with random state 1
    n_train, n_features, n_neuroids, n_splits = 106, 4096, 2000, 10
    of_grams = n_train**2 * n_features + n_splits * n_train**2 * n_neuroids
    of_covariances = n_splits * (2 * n_train**3 + 25 * 25 * n_train**2)  # about 25 steps for each component
    compare(
        "PLS, 25 components, on assemblies",
        lambda: float(ours(source, target)),
        lambda: float(theirs(source, target)),
        "Brain-Score `pls`",
        2e-9 * (of_grams + of_covariances),
    )


if __name__ == "__main__":
    main()
