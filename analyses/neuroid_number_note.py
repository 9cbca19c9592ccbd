"""What to say where scores of areas with different numbers of neuroids stand side by side."""

import pandas as pd

from ..plugins.identifiers import GROWING_WITH_NEUROIDS, benchmark_parts


def neuroid_number_note(frame: pd.DataFrame) -> str | None:
    """Return a sentence where areas do not compare, because the metric's scores grow with the number of neuroids.

    Parameters
    ----------
    frame : pandas.DataFrame
        Scores, with `benchmark`; without `n_neuroids` nothing is known of the numbers.

    Returns
    -------
    str or None
        None where no metric is such a one, or all areas of a dataset have as many neuroids.

    Examples
    --------
    >>> scores = pd.DataFrame({"benchmark": ["lab-VISp-rsa", "lab-VISl-rsa"], "n_neuroids": [569, 311]})
    >>> print(neuroid_number_note(scores))
    Areas of lab have 311 to 569 neuroids, and scores by rsa grow with the number: compare areas by `brainscore-mouse neuroid-numbers`.
    """  # noqa: E501 - one line of output
    if "n_neuroids" not in frame.columns:
        return None
    numbers: dict[tuple[str, str], set[int]] = {}
    for identifier, number in zip(frame["benchmark"], frame["n_neuroids"], strict=True):
        parts = benchmark_parts(identifier)
        if parts.is_whole_area and parts.metric in GROWING_WITH_NEUROIDS and pd.notna(number):
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
