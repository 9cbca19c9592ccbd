"""Split-half reliability of 2000 neuroids, 118 stimuli x 20 repetitions, ten splits, against internal consistency.

The splits are other ones, so that the medians differ by chance: ours split each stimulus' trials on its own.

Usage: ``OMP_NUM_THREADS=1 python performance/split_half_ceiling_against_brain_score.py``
"""

import warnings

import numpy as np
from brainscore_mouse.uncertainty.split_half import split_half_reliability
from brainscore_vision.metrics.internal_consistency.ceiling import InternalConsistency
from made_up_recordings import features_and_responses, trials_assembly
from side_by_side import compare, print_machine

N_REPETITIONS, N_SPLITS = 20, 10


def main() -> None:
    """Compare."""
    warnings.simplefilter("ignore")
    print_machine()
    _, signal = features_and_responses(noise=0.0)
    trials = signal + 2 * np.random.default_rng(1).normal(size=(N_REPETITIONS, *signal.shape))
    recorded = trials_assembly(trials)
    compare(
        "Split-half reliability, all neuroids and splits",
        lambda: float(np.median(split_half_reliability(trials, N_SPLITS, np.random.default_rng(0)))),
        lambda: float(InternalConsistency()(recorded)),
        "Brain-Score internal consistency",
        2e-9 * trials.size * 2 * N_SPLITS,
    )


if __name__ == "__main__":
    main()
