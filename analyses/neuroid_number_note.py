"""What to say where scores of areas with different numbers of neuroids stand side by side."""

from collections.abc import Iterable
from typing import Any

from ..plugins.identifiers import GROWING_WITH_NEUROIDS, benchmark_parts


def neuroid_number_note(numbers_of_benchmarks: Iterable[tuple[str, Any]]) -> str | None:
    """Return a sentence where areas do not compare, because the metric's scores grow with the number of neuroids.

    Parameters
    ----------
    numbers_of_benchmarks : iterable of (str, int)
        Of each score its benchmark and its number of neuroids; None or NaN where that is not known.

    Returns
    -------
    str or None
        None where no metric is such a one, or all areas of a dataset have as many neuroids.

    Examples
    --------
    >>> print(neuroid_number_note([("lab-VISp-rsa", 569), ("lab-VISl-rsa", 311)]))
    Areas of lab have 311 to 569 neuroids, and scores by rsa grow with the number: compare areas by `brainscore-mouse neuroid-numbers`.
    """  # noqa: E501 - one line of output
    numbers: dict[tuple[str, str], set[int]] = {}
    for identifier, number in numbers_of_benchmarks:
        parts = benchmark_parts(identifier)
        if parts.is_whole_area and parts.metric in GROWING_WITH_NEUROIDS and _is_known(number):
            numbers.setdefault((parts.dataset, parts.metric), set()).add(int(number))
    several = {key: found for key, found in numbers.items() if len(found) > 1}
    if not several:
        return None
    datasets = ", ".join(dict.fromkeys(dataset for dataset, _ in several))
    metrics = ", ".join(dict.fromkeys(metric for _, metric in several))
    least, most = (extreme(number for found in several.values() for number in found) for extreme in (min, max))
    return (
        f"Areas of {datasets} have {least} to {most} neuroids, and scores by {metrics} grow with the number: compare "
        "areas by `brainscore-mouse neuroid-numbers`."
    )


def _is_known(number: Any) -> bool:
    try:
        int(number)
    except (TypeError, ValueError):  # None, or one of the kinds of NaN
        return False
    return True
