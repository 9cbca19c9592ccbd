"""Random splits of stimuli that keep those together that show the same picture."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnreliableDataError


def grouped_halves(groups: NDArray[Any], generator: np.random.Generator) -> tuple[NDArray[Any], NDArray[Any]]:
    """Share items out at random between two halves; items of one group are always in the same half.

    Parameters
    ----------
    groups : array of shape (n_items,)
        The group of each item.
    generator : numpy.random.Generator
        Source of the order in which items are shared out.

    Returns
    -------
    first, second : array of int
        Indices of items, ascending. Where all groups are of one item, the first half has n_items // 2; else as close to
        that as whole groups, taken in a random order, come.

    Raises
    ------
    UnreliableDataError
        If there are fewer than two groups.
    """
    n_items = len(groups)
    order = generator.permutation(n_items)
    taken: list[int] = []
    for group in dict.fromkeys(groups[order].tolist()):
        members = np.flatnonzero(groups == group).tolist()
        if abs(len(taken) + len(members) - n_items // 2) < abs(len(taken) - n_items // 2):
            taken += members
    first = np.sort(np.array(taken, dtype=np.int64))
    second = np.setdiff1d(np.arange(n_items), first)
    if len(first) == 0 or len(second) == 0:
        raise UnreliableDataError(
            f"{n_items} stimuli with {len(np.unique(groups))} different pictures cannot be split in halves."
        )
    return first, second


def grouped_tests(
    groups: NDArray[Any], n_test: int, n_splits: int, generator: np.random.Generator | np.random.RandomState
) -> NDArray[Any]:
    """Draw items to hold out, several times; items of one group are always held out together.

    Parameters
    ----------
    groups : array of shape (n_items,)
        The group of each item.
    n_test : int
        How many items to hold out, at most.
    n_splits : int
        How often.
    generator : numpy.random.Generator or numpy.random.RandomState
        Source of the draws.

    Returns
    -------
    array of int, shape (n_splits, n_held_out)
        Indices of items in the order drawn; `n_held_out` is `n_test`, or, where whole groups cannot add up to it, the
        largest number below that they can. With groups of one item each, the first items of a permutation.

    Raises
    ------
    UnreliableDataError
        If every group is larger than `n_test`.
    """
    members: dict[int, list[int]] = {}
    for item, group in enumerate(groups.tolist()):
        members.setdefault(group, []).append(item)
    n_held_out = max(_reachable(Counter(map(len, members.values())), n_test))
    if n_held_out == 0:
        raise UnreliableDataError(
            f"{n_test} of {len(groups)} stimuli cannot be held out: each picture occurs at least "
            f"{min(map(len, members.values()))} times."
        )
    draws = [_exactly(groups, members, generator.permutation(len(groups)), n_held_out) for _ in range(n_splits)]
    return np.array(draws, dtype=np.int64)


def _exactly(groups: NDArray[Any], members: Mapping[int, list[int]], order: NDArray[Any], n_wanted: int) -> list[int]:
    """Take whole groups in an order of items until they add up to a number that can be reached."""
    remaining = Counter(map(len, members.values()))
    taken: list[int] = []
    for group in dict.fromkeys(groups[order].tolist()):
        missing, size = n_wanted - len(taken), len(members[group])
        if missing == 0:
            break
        remaining[size] -= 1
        # Only where what is then missing can still be reached with the groups that come later.
        if size <= missing and missing - size in _reachable(remaining, missing - size):
            taken += members[group]
    return taken


def _reachable(counts: Mapping[int, int], limit: int) -> set[int]:
    """Return the numbers up to a limit that groups, given how many there are of each size, can add up to."""
    sums = {0}
    for size, count in counts.items():
        steps = range(0, min(count, limit // size) * size + 1, size)
        sums = {total + step for total in sums for step in steps if total + step <= limit}
    return sums
