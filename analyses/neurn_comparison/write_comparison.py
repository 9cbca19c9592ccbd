"""The files that a comparison ends in."""

import dataclasses
from pathlib import Path

from ...results.export import write_report
from ...results.store import nan_to_none
from .compare_with_neurn import NeurnComparison
from .comparison_tables import comparison_tables
from .draw_comparison import draw_differences, draw_scores_and_controls


def write_comparison(comparison: NeurnComparison, output: Path) -> list[Path]:
    """Write ``<output>.md``, ``<output>.json``, ``<output>-scores.svg`` and ``<output>-differences.svg``.

    Parameters
    ----------
    comparison : NeurnComparison
        What was measured.
    output : Path
        Without a suffix.

    Returns
    -------
    list of Path
        The files.
    """
    files = {name: output.with_name(output.name + name) for name in (".md", ".json", "-scores.svg", "-differences.svg")}
    content = {
        "dataset": comparison.dataset,
        "over": comparison.over,
        "spread": {metric: dataclasses.asdict(found) for metric, found in comparison.spread.items()},
        **{name: getattr(comparison, name).to_dict("records") for name in ("scores", "differences", "means")},
    }
    write_report(output, comparison_tables(comparison), nan_to_none(content))
    draw_scores_and_controls(comparison, files["-scores.svg"])
    draw_differences(comparison, files["-differences.svg"])
    return list(files.values())
