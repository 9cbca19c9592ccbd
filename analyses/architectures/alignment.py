"""Global alignment of two sequences."""

from collections.abc import Sequence

import numpy as np

from ...core.errors import InvalidParameterError

MATCH, MISMATCH, GAP = 1, -1, -1
"""Points of the alignment; the paper does not state its own."""


def needleman_wunsch(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the score of the best global alignment (Needleman & Wunsch 1970).

    Parameters
    ----------
    first, second : sequence of str
        Compared element by element. A match gives 1 point; a mismatch, and each gap, takes 1.
    """
    numbers = {element: number for number, element in enumerate(dict.fromkeys([*first, *second]))}
    columns = np.array([numbers[element] for element in second], dtype=np.int64)
    gaps = GAP * np.arange(len(second) + 1)
    row = gaps.copy()
    for position, element in enumerate(first, start=1):
        candidates = np.empty_like(row)
        candidates[0] = GAP * position
        diagonal = row[:-1] + np.where(columns == numbers[element], MATCH, MISMATCH)
        candidates[1:] = np.maximum(diagonal, row[1:] + GAP)
        # Gaps in `first`: the best earlier column, less a gap for each step from there.
        row = np.maximum.accumulate(candidates - gaps) + gaps
    return int(row[-1])


def similarity(first: Sequence[str], second: Sequence[str]) -> float:
    """Return the alignment's score over the length of the longer sequence: 1 if equal, -1 if nothing matches.

    Raises
    ------
    InvalidParameterError
        If both sequences are empty.
    """
    longest = max(len(first), len(second))
    if longest == 0:
        raise InvalidParameterError("two sequences without elements cannot be compared")
    return needleman_wunsch(first, second) / longest


def similarity_matrix(sequences: Sequence[Sequence[str]]) -> np.ndarray:
    """Compare all sequences, shape (n, n), with ones on the diagonal."""
    matrix = np.ones((len(sequences), len(sequences)))
    for row, first in enumerate(sequences):
        for column in range(row):
            matrix[row, column] = matrix[column, row] = similarity(first, sequences[column])
    return matrix
