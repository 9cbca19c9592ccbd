"""The scores that tables show: of each model and benchmark the newest, of those that compare."""

import logging
from typing import Any

from .query import query

_logger = logging.getLogger(__name__)


def newest_scores(*columns: str) -> list[dict[str, Any]]:
    """Return the rows of :func:`~brainscore_mouse.results.view.results_frame` that are newest, without pandas.

    Scores that are outdated are left out, and a warning reports how many.

    Parameters
    ----------
    *columns : str
        Of `RESULT_COLUMNS`. Structures are JSON text.

    Returns
    -------
    list of dict
        Sorted by model and benchmark; None where a score has no such attribute.
    """
    names = ", ".join(columns)
    found = query(f"SELECT {names} FROM results WHERE is_newest ORDER BY model, benchmark, created, file")  # noqa: S608
    ((n_scores, n_current),) = query("SELECT COUNT(*), TOTAL(is_current) FROM all_results").rows
    if n_current < n_scores:
        warn_of_outdated(int(n_scores - n_current), n_scores)
    return found.records()


def warn_of_outdated(n_outdated: int, n_scores: int) -> None:
    """Report how many scores are left out because they do not compare with the others."""
    _logger.warning(
        "%d of %d stored scores are left out: they were made on other data, or with an older version or other settings "
        "of their benchmark, than its last score.",
        *(n_outdated, n_scores),
    )
