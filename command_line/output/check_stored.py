"""The end of commands that print scores: what could not be stored is an error, after the scores are printed."""

from collections.abc import Sequence


def check_stored(reasons: Sequence[str]) -> None:
    """Raise BrainscoreMouseError if scores were not stored.

    Parameters
    ----------
    reasons : sequence of str
        What `not_stored` says of each score that was not stored.
    """
    from ...core.errors import BrainscoreMouseError

    if reasons:
        what = "The score was" if len(reasons) == 1 else f"{len(reasons)} scores were"
        raise BrainscoreMouseError(f"{what} not stored: {reasons[0]}")
