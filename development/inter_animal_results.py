"""Make docs/results/inter_animal.md again, on the recordings of this machine.

    python development/inter_animal_results.py FOLDER [--models pixels,efficientnet-lite0] [--metrics rsa,cka]

What is done is kept in FOLDER, one JSON file for each area and metric; run it again to resume.
"""

import argparse
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
    """Compute what is missing, and write the tables between the marks of the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", default="pixels,efficientnet-lite0")
    parser.add_argument("--metrics", default="rsa,ridge,cka,pls")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    metrics, models = chosen.metrics.split(","), chosen.models.split(",")
    records: dict[tuple[str, str], dict[str, Any]] = {}
    for metric in metrics:
        for area in VISUAL_AREAS:
            path = chosen.folder / f"{area}-{metric}.json"
            if not path.exists():
                try:
                    found = inter_animal_consistency(f"{_DATASET}-{area}-{metric}", models).as_record()
                except UnreliableDataError as error:
                    found = {"refused": str(error)}
                path.write_text(json.dumps(found, indent=1))
            records[metric, area] = json.loads(path.read_text())
        write_tables(records)


def write_tables(records: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Write one table of consistencies and one of models for each metric."""
    lines = []
    for metric in dict.fromkeys(metric for metric, _ in records):
        of_metric = {area: record for (name, area), record in records.items() if name == metric}
        lines += [f"### {metric}", "", f"| | {' | '.join(of_metric)} |", "|---|" + "---|" * len(of_metric)]
        rows: dict[str, list[str]] = {}
        for record in of_metric.values():
            for name, text in _cells(record).items():
                rows.setdefault(name, []).append(text)
        lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()] + [""]
    before, _, rest = _PAGE.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    _PAGE.write_text(f"{before}{_BEGIN}\n\n" + "\n".join(lines) + f"\n{_END}{after}")


def _cells(record: dict[str, Any]) -> dict[str, str]:
    cells = {
        "mice (left out)": f"{len(record['n_neuroids'])} ({len(record['left_out_mice'])})",
        "neuroids of a mouse": f"{min(record['n_neuroids'].values())} to {max(record['n_neuroids'].values())}",
        "one mouse on another": _with_error(record["pairwise"]),
        "all others on a mouse": _with_error(record["pooled"]),
    }
    for point in record["curve"][:-1]:
        cells[f"{point['n_neuroids']} neuroids of the others"] = _number(point["value"])
    for name, model in record["models"].items():
        cells[f"{name} on a mouse"] = _with_error(model["score"])
        difference = model["minus_pairwise"]
        cells[f"{name} minus one mouse"] = (
            f"{difference['value']:+.2f} [{difference['low']:+.2f}, {difference['high']:+.2f}]"
        )
    return cells


def _with_error(estimate: dict[str, float]) -> str:
    return f"{estimate['value']:.3f} ± {estimate['error']:.3f}"


def _number(value: float | None) -> str:
    return "too noisy" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
