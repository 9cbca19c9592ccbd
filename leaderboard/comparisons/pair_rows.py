"""What the page that compares two models shows, for all pairs."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...uncertainty.multiple_tests import benjamini_hochberg, holm
from ..board_table import BoardTable

# [benchmark, difference, half of the interval, p, p by Holm, p by Benjamini and Hochberg, whether it is paired]
Row = list[Any]


def pair_rows(table: BoardTable) -> dict[int, dict[int, list[Row]]]:
    """Return the differences between all pairs of models, the first minus the second.

    Parameters
    ----------
    table : BoardTable
        With its columns.

    Returns
    -------
    dict
        By number of the first model, by number of the second (which is the larger), a row for each benchmark that both
        have: its number in `table.benchmarks` (or "g" and the number of a group), the difference, half of its 95 %
        interval, the p-value of zero, the same adjusted for the benchmarks that the two models share (means over areas
        are none of them) by Holm and by Benjamini and Hochberg, and whether the difference is paired. None where no
        error is known.
    """
    number = {model: place for place, model in enumerate(table.models)}
    keys: Mapping[str, int | str] = {
        **{group.name: f"g{place}" for place, group in enumerate(table.groups)},
        **{name: place for place, name in enumerate(table.benchmarks)},
    }
    found: dict[int, dict[int, list[Row]]] = {}
    for name, key in keys.items():
        column = table.columns.get(name)
        if column is None:
            continue
        arrays = (column.found.difference, column.found.half_width, column.found.p)
        values = [np.round(array, 6).tolist() for array in arrays]
        for one, first in enumerate(column.models):
            for other, second in enumerate(column.models):
                if number[first] < number[second]:
                    of_pair = [_number(array[one][other]) for array in values]
                    rows = found.setdefault(number[first], {}).setdefault(number[second], [])
                    rows.append([key, *of_pair, None, None, int(column.found.is_paired[one, other])])
    for of_first in found.values():
        for rows in of_first.values():
            _adjust(rows)
    return found


def _adjust(rows: list[Row]) -> None:
    tested = [row for row in rows if isinstance(row[0], int) and row[3] is not None]
    if tested:
        p_values = np.array([row[3] for row in tested])
        for row, by_holm, by_rate in zip(tested, holm(p_values), benjamini_hochberg(p_values), strict=True):
            row[4], row[5] = round(float(by_holm), 6), round(float(by_rate), 6)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
