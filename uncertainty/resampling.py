"""Bootstrap draws of stimuli."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def bootstrap_counts(n_stimuli: int, n_draws: int, generator: np.random.Generator) -> NDArray[Any]:
    """Draw stimuli with replacement and count how often each was drawn.

    Parameters
    ----------
    n_stimuli : int
        How many there are, and are drawn.
    n_draws : int
        How many draws to make.
    generator : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    array of int, shape (n_draws, n_stimuli)
    """
    return generator.multinomial(n_stimuli, np.full(n_stimuli, 1 / n_stimuli), size=n_draws)
