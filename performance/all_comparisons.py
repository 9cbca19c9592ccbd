"""Run all comparisons of this folder in turn, on this machine, and write the table of README.md.

Usage: ``python performance/all_comparisons.py [NAME ...] [--recordings FOLDER]``

NAME is a script without ``.py``, or a pattern such as ``'pls*'``; by default all. What cannot run here is shown with
the reason. Each comparison is written to ``measured.json``, from which the table is made, as soon as it is done: Ctrl-C
keeps those before, and other names keep what they had. Each script times both sides in turn, in one run.
``--at-most 10`` leaves out what takes longer than ten minutes.
"""

import argparse
import fnmatch
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from brainscore_mouse.core.files import written_whole
from brainscore_mouse.core.home import datasets_folder
from own_process import THIS_CHECKOUT, checked_out, commit_of, has_commit, importing
from report import ROWS_VARIABLE, ratios_of

FOLDER = Path(__file__).resolve().parent
BEGIN, END = "<!-- written by all_comparisons.py -->", "<!-- end of what all_comparisons.py writes -->"
HEADER = """\
| comparison | ours | peer | peer / ours | limit | memory | runs, load |
|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Comparison:
    """One script, and how it is called.

    Attributes
    ----------
    script : str
        Its name without ``.py``.
    minutes : int
        What it takes about, on two quiet cores.
    arguments : tuple of str
        With ``{old_checkout}``, ``{recordings}`` and ``{folder}`` (an empty one) where it takes them.
    old_commit : str, optional
        What is checked out as ``{old_checkout}`` while it runs.
    modules, programs : tuple of str
        What must be installed beside this package.
    dataset : str, optional
        What must be packaged.
    device : {'cpu', 'cuda'}
        What it runs on.
    threads : int
        Threads of each process.
    """

    script: str
    minutes: int
    arguments: tuple[str, ...] = ()
    old_commit: str | None = None
    modules: tuple[str, ...] = ()
    programs: tuple[Path, ...] = ()
    dataset: str | None = None
    device: str = "cpu"
    threads: int = 1


_BROWSER = (Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver"))
_ALLEN = "allen-mouse-npx"
COMPARISONS = (
    Comparison("split_half_ceiling_against_brain_score", 3, modules=("brainscore_vision",)),
    Comparison("ridge_against_brain_score_and_himalaya", 4, modules=("brainscore_vision", "himalaya")),
    Comparison("pls_against_brain_score", 4, modules=("brainscore_vision",)),
    Comparison("rsa_bootstrap_against_rsatoolbox", 4, modules=("rsatoolbox",)),
    Comparison("corruptions_against_imagecorruptions", 3, ("{imagecorruptions}",), modules=("imagecorruptions",)),
    Comparison("features_against_pytorch_wrapper", 9, modules=("brainscore_vision",), threads=2),
    # The last commit whose PLS is fitted without compiled code; the estimators are those of today.
    Comparison("pls_against_commit", 4, ("{old_checkout}",), "313c030"),
    # The commit from which the goals of speed are counted.
    Comparison("images_to_scores_against_commit", 15, ("{old_checkout}", "{recordings}"), "59cad45", threads=2),
    Comparison("table_against_commit", 35, ("{old_checkout}", "{recordings}"), "59cad45"),
    Comparison(
        "images_to_scores_against_brain_score",
        110,
        ("{recordings}", "--runs", "1"),
        modules=("brainscore_vision",),
        threads=2,
    ),
    Comparison("stored_score", 4),
    Comparison("confirmation_cost", 3, dataset=_ALLEN),
    Comparison("image_reading", 3, dataset=_ALLEN),
    Comparison("metric_scale", 4),
    Comparison("time_of_tables", 20, ("--dataset", _ALLEN), dataset=_ALLEN),
    Comparison("fixed_split", 8),
    Comparison("many_stimuli", 9),
    Comparison("leaderboard_of_many_models", 5, modules=("selenium",), programs=_BROWSER),
    Comparison("allen_packaging", 15),
    Comparison("published_packaging", 2, ("{folder}", "sensorium2022")),
    Comparison("cuda_against_cpu", 3, (_ALLEN,), dataset=_ALLEN, device="cuda", threads=2),
)


def reason_not_to_run(comparison: Comparison, recordings: Path | None, at_most: float) -> str | None:
    """Say why a comparison cannot run here; None if it can."""
    if missing := [name for name in comparison.modules if find_spec(name) is None]:
        return f"{' and '.join(missing)} not installed"
    if missing := [path.name for path in comparison.programs if not path.exists()]:
        return f"{' and '.join(missing)} not installed"
    if comparison.device == "cuda" and not torch.cuda.is_available():
        return "no CUDA device"
    if comparison.dataset is not None and not (datasets_folder() / comparison.dataset).is_dir():
        return f"{comparison.dataset} not packaged in {datasets_folder().parent}"
    if comparison.old_commit is not None and not has_commit(THIS_CHECKOUT, comparison.old_commit):
        return f"commit {comparison.old_commit} is not in this clone"
    if "{recordings}" in comparison.arguments and (recordings is None or not recordings.is_dir()):
        return "no recordings (--recordings)"
    if comparison.minutes > at_most:
        return f"takes about {comparison.minutes} min, more than --at-most {at_most:g}"
    return None


def run(comparison: Comparison, recordings: Path | None) -> list[dict[str, Any]]:
    """Run a script and return its rows; what it prints is shown.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails.
    """
    with ExitStack() as stack:
        temporary = stack.enter_context(tempfile.TemporaryDirectory())
        rows = Path(temporary, "rows")
        values = {"recordings": recordings, "folder": Path(temporary, "folder")}
        if comparison.old_commit is not None:
            values["old_checkout"] = stack.enter_context(checked_out(THIS_CHECKOUT, comparison.old_commit))
        if "imagecorruptions" in comparison.modules:
            spec = find_spec("imagecorruptions")
            assert spec is not None and spec.origin is not None
            values["imagecorruptions"] = Path(spec.origin).parents[1]
        script = FOLDER / f"{comparison.script}.py"
        arguments = [argument.format(**values) for argument in comparison.arguments]
        command = [sys.executable, "-W", "ignore", str(script), *arguments]
        variables = {
            ROWS_VARIABLE: str(rows),
            "OMP_NUM_THREADS": str(comparison.threads),
            "PYTHONPATH": stack.enter_context(importing(THIS_CHECKOUT)),
        }
        subprocess.run(command, check=True, env=os.environ | variables)  # noqa: S603
        return [json.loads(line) for line in rows.read_text().splitlines()] if rows.exists() else []


def read_measured(path: Path) -> dict[str, Any]:
    """Return what is known of each script: ``rows`` with ``when``, ``not_run``, or both."""
    return json.loads(path.read_text()) if path.exists() else {}


def write_measured(path: Path, readme: Path, measured: dict[str, Any]) -> None:
    """Write what was measured, and the table; each file whole or not at all."""
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(measured, indent=1) + "\n")
    before, _, rest = readme.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    with written_whole(readme) as temporary:
        temporary.write_text(f"{before}{BEGIN}\n{table(measured)}\n{END}{after}")


def table(measured: dict[str, Any]) -> str:
    """Return the table of all comparisons, those that did not run with the reason."""
    lines = [HEADER]
    for comparison in COMPARISONS:
        known = measured.get(comparison.script, {"not_run": "not chosen so far"})
        rows, not_run = known.get("rows", []), known.get("not_run")
        when = f", {known['when']}" if rows else ""
        if not_run is not None:
            again = " this time" if rows else ""
            lines.append(f"| **`{comparison.script}`** | not run{again}: {not_run} | | | | | {when.strip(', ')} |")
        else:
            lines.append(f"| **`{comparison.script}`** | | | | | | {when.strip(', ')} |")
        lines.extend(map(_line, rows))
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    ours, peer = row["ours"], row["peer"]
    sides = [side for side in (ours, peer) if side is not None]
    named = "" if ours["name"] == "ours" else f"{ours['name']}: "
    ratio = "" if peer is None else _ratio(ratios_of(ours["seconds"], peer["seconds"]))
    memory = " / ".join("" if side["peak_mb"] is None else f"{side['peak_mb']:.0f}" for side in sides)
    limit = "" if row["times_limit"] is None else f"{row['times_limit']:.1f}x"
    cells = [
        row["what"],
        named + _seconds(ours, row["clock"]),
        "" if peer is None else f"{peer['name']}: {_seconds(peer, row['clock'])}",
        ratio,
        limit,
        f"{memory} MB" if memory.strip(" /") else "",
        f"{len(ours['seconds'])}, {row['load']}",
    ]
    return f"| {' | '.join(cells)} |"


def _seconds(side: dict[str, Any], clock: str) -> str:
    """Write the median and the range of the runs; times by the wall clock are marked."""
    values = side["seconds"]
    spread = f" ({min(values):.3g} to {max(values):.3g})" if len(values) > 1 else ""
    return f"{np.median(values):.3g} s{' wall' if clock == 'wall' else ''}{spread}"


def _ratio(ratios: np.ndarray) -> str:
    spread = f" ({ratios.min():.3g} to {ratios.max():.3g})" if len(ratios) > 1 else ""
    return f"{np.median(ratios):.3g}{spread}"


def _chosen(patterns: Sequence[str]) -> list[Comparison]:
    """Return the comparisons of some names.

    Raises
    ------
    SystemExit
        If a name or pattern fits none.
    """
    if unknown := [
        pattern
        for pattern in patterns
        if not any(fnmatch.fnmatchcase(comparison.script, pattern) for comparison in COMPARISONS)
    ]:
        names = ", ".join(comparison.script for comparison in COMPARISONS)
        raise SystemExit(f"No comparison is called {unknown[0]!r}. There are: {names}.")
    return [
        comparison
        for comparison in COMPARISONS
        if not patterns or any(fnmatch.fnmatchcase(comparison.script, pattern) for pattern in patterns)
    ]


def _when() -> str:
    """Return the day, the commit and the machine."""
    return f"{date.today()}, {commit_of(THIS_CHECKOUT)}, {platform.machine()}, {os.cpu_count()} cores"


def main() -> None:
    """Run what is chosen and can run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--recordings", type=Path, help="folder for `brainscore-mouse data package-arrays`")
    parser.add_argument("--at-most", type=float, default=np.inf, metavar="MINUTES", help="leave out what takes longer")
    parser.add_argument("--measured", type=Path, default=FOLDER / "measured.json", help="where to keep the results")
    parser.add_argument("--readme", type=Path, default=FOLDER / "README.md", help="where to write the table")
    arguments = parser.parse_args()
    chosen = _chosen(arguments.names)
    measured = read_measured(arguments.measured)
    failed = []
    for comparison in chosen:
        reason = reason_not_to_run(comparison, arguments.recordings, arguments.at_most)
        if reason is None:
            print(f"\n{comparison.script} (about {comparison.minutes} min)", flush=True)
            when = _when()
            try:
                rows = run(comparison, arguments.recordings)
            except subprocess.CalledProcessError as error:
                failed.append(comparison.script)
                reason = f"failed with exit code {error.returncode}"
            except KeyboardInterrupt:
                kept = f"what was done before is in {arguments.measured}" if measured else "nothing was done before"
                raise SystemExit(f"\nInterrupted; {kept}.") from None
        if reason is None:
            measured[comparison.script] = {"when": when, "rows": rows}
        else:
            print(f"{comparison.script}: not run: {reason}", flush=True)
            kept = measured.get(comparison.script, {})
            measured[comparison.script] = kept | {"not_run": reason}
        write_measured(arguments.measured, arguments.readme, measured)
    if failed:
        raise SystemExit(f"Failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
