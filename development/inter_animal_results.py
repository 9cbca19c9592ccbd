"""Make docs/results/inter_animal.md again, on the recordings of this machine.

    python development/inter_animal_results.py FOLDER [--models pixels,resnet50] [--metrics rsa,cka] [--only-write]

What is done is kept in FOLDER, one JSON file for each area and metric; run it again to resume.
"""

import argparse
import itertools
import json
from pathlib import Path
from typing import Any

from brainscore_mouse.benchmarks.inter_animal_consistency import inter_animal_consistency
from brainscore_mouse.core.errors import UnreliableDataError
from brainscore_mouse.core.visual_areas import VISUAL_AREAS

_DATASET = "allen-mouse-npx"
_BEGIN, _END = "<!-- begin of the tables -->", "<!-- end of the tables -->"
_PAGE = Path(__file__).parents[1] / "docs" / "results" / "inter_animal.md"


def main() -> None:
    """Compute what is missing, and write tables between the marks of the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", default="pixels,efficientnet-lite0")
    parser.add_argument("--metrics", default="rsa,ridge,cka,pls")
    parser.add_argument("--only-write", action="store_true", help="write the tables of what is done")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    metrics, models = chosen.metrics.split(","), chosen.models.split(",")
    records: dict[tuple[str, str], dict[str, Any]] = {}
    for metric, area in itertools.product(metrics, VISUAL_AREAS):
        path = chosen.folder / f"{area}-{metric}.json"
        if not path.exists():
            if chosen.only_write:
                continue
            try:
                found = inter_animal_consistency(f"{_DATASET}-{area}-{metric}", models).as_record()
            except UnreliableDataError as error:
                found = {"refused": str(error)}
            path.write_text(json.dumps(found, indent=1))
        records[metric, area] = json.loads(path.read_text())
        write_tables(records)


def write_tables(records: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Write a table for each metric, a column for each area that is done."""
    lines = []
    for metric in dict.fromkeys(metric for metric, _ in records):
        columns = {area: _cells(record) for (name, area), record in records.items() if name == metric}
        rows = dict.fromkeys(row for cells in columns.values() for row in cells)
        lines += [f"### {metric}", "", f"| | {' | '.join(columns)} |", "|---|" + "---|" * len(columns)]
        lines += [f"| {row} | {' | '.join(cells.get(row, '-') for cells in columns.values())} |" for row in rows]
        lines.append("")
    before, _, rest = _PAGE.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    _PAGE.write_text(f"{before}{_BEGIN}\n\n" + "\n".join(lines) + f"\n{_END}{after}")


def _cells(record: dict[str, Any]) -> dict[str, str]:
    """Return the rows of a table for one area, in order."""
    if "refused" in record:
        return {"one mouse on another": "refused"}
    cells = {
        "mice (left out)": f"{len(record['n_neuroids'])} ({len(record['left_out_mice'])})",
        "neuroids of a mouse": f"{min(record['n_neuroids'].values())} to {max(record['n_neuroids'].values())}",
        "**one mouse on another**": _with_error(record["pairwise"]),
        "**all others on a mouse**": _with_error(record["pooled"]),
    }
    for point in record["curve"][:-1]:
        cells[f"{point['n_neuroids']} neuroids of the others"] = _number(point["value"])
    for name, model in record["models"].items():
        cells[f"{name} on a mouse"] = _with_error(model["score"])
        cells[f"{name} minus one mouse"] = _interval(model["minus_pairwise"])
        cells[f"{name} minus all others"] = _interval(model["minus_pooled"])
    return cells


def _with_error(estimate: dict[str, float]) -> str:
    return f"{estimate['value']:.3f} ± {estimate['error']:.3f}"


def _interval(difference: dict[str, float]) -> str:
    return f"{difference['value']:+.2f} [{difference['low']:+.2f}, {difference['high']:+.2f}]"


def _number(value: float | None) -> str:
    return "too noisy" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
