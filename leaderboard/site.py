"""Writing the leaderboard's folder."""

import json
import shutil
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2.utils import htmlsafe_json_dumps
from tqdm import tqdm

from ..core.errors import DataError, InvalidParameterError
from ..core.files import folder_written_whole
from ..core.home import results_folder
from ..core.quick_imports.without_garbage_collection import without_garbage_collection
from ..models.model_name import known_model_names
from ..plugins.identifiers import benchmark_parts
from ..results.marked_rows import instant_of
from ..results.matches import matching_rows
from ..results.other_stores import stored_in
from ..results.store import read_record
from ..results.view import results_and_failures
from .benchmark_page import benchmark_page, manifest_on_disk
from .board_table import LARGEST_N_DIFFERENCES, BoardTable, board_table
from .comparisons.metric_agreement import metric_agreement
from .comparisons.pair_rows import pair_rows
from .croissant import croissant
from .model_page import model_page
from .overview_chart import overview_chart
from .page_name import page_name
from .published_table import csv_of, json_of, published_rows, table_sha256
from .rendering.page_environment import page_environment
from .score_data import score_data

MARKER = "brainscore-mouse-leaderboard.txt"


def write_leaderboard(
    folder: Path,
    outdated: bool = False,
    models: Sequence[str] | None = None,
    benchmarks: Sequence[str] | None = None,
    stores: Sequence[Path] = (),
) -> Path:
    """Write the leaderboard of the stored scores: the newest of each model and benchmark, of those that compare.

    See :func:`brainscore_mouse.results.view.results_frame` for which do.

    Parameters
    ----------
    folder : Path
        A new or empty folder, or an older leaderboard, which is replaced. It appears whole or not at all.
    outdated : bool
        Whether models' pages list outdated scores too, apart from the others and marked. No table has them.
    models, benchmarks : sequence of str, optional
        Names or patterns of what to show. Default: all.
    stores : sequence of Path
        Homes of this package, or their folders ``results``, to show instead of this machine's scores.

    Returns
    -------
    Path
        The page to open.

    Raises
    ------
    DataError
        If no scores are stored, or none match.
    InvalidParameterError
        If the folder holds something else.
    """
    folder = folder.absolute()
    _check_replaceable(folder)
    # A search takes an eighth of the time and finds next to nothing: what a page is made of goes without it.
    with stored_in(stores), without_garbage_collection():
        everything, all_failures = results_and_failures(outdated)
        frame = matching_rows(everything, models, benchmarks)
        newest = frame[frame["is_newest"]]
        if newest.empty:
            raise DataError(_why_nothing(everything, stores))
        failures = matching_rows(all_failures, models, benchmarks)
        about = {"newest": max(newest["created"])[:10], "n_outdated": everything.attrs["n_outdated"]}
        with folder_written_whole(folder) as temporary:
            _write(temporary, newest, frame[~frame["is_current"]], failures, about)
    return folder / "index.html"


def _check_replaceable(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARKER).is_file()):
        raise InvalidParameterError(f"{folder} is there already and is no leaderboard; choose a new or empty folder.")


def _why_nothing(everything: pd.DataFrame, stores: Sequence[Path]) -> str:
    if len(everything):
        return (
            f"None of the {len(everything)} stored scores matches the models and benchmarks that are chosen; "
            "`brainscore-mouse results show` lists them."
        )
    where = ", ".join(map(str, stores)) if stores else str(results_folder())
    return f"No scores are stored in {where}: score a model first (brainscore-mouse score)."


def _write(
    folder: Path, newest: pd.DataFrame, outdated: pd.DataFrame, failures: pd.DataFrame, about: dict[str, Any]
) -> None:
    environment = page_environment(__package__)
    table = board_table(newest, sorted(set(failures["model"]) - set(newest["label"])))
    data = score_data(table, newest, failures)
    for name in ("models", "rdms", "benchmarks", "stimuli"):
        (folder / name).mkdir()
    shutil.copytree(str(files(__package__) / "assets"), folder / "assets")
    (folder / "scores.js").write_text(f"window.SCORES = {htmlsafe_json_dumps(data)};\n", encoding="utf-8")

    def render(template: str, path: Path, **content: Any) -> None:
        root = "../" * (len(path.parts) - 1)
        text = environment.get_template(template).render(about=about, root=root, **content)
        (folder / path).write_text(text, encoding="utf-8")

    published = published_rows(newest, table)
    as_csv = csv_of(published)
    about["sha256"] = table_sha256(as_csv)
    (folder / "table.csv").write_text(as_csv, encoding="utf-8", newline="\n")
    (folder / "table.json").write_text(json_of(published, about["sha256"]), encoding="utf-8", newline="\n")
    for name in ("index.html", "robustness.html"):
        render(name, Path(name), data=data, overview=overview_chart(table))
    render("metrics.html", Path("metrics.html"), agreements=metric_agreement(table))
    _write_comparisons(folder, table, render)
    _write_datasets(folder, table)
    _write_benchmark_pages(folder, newest, table, data, render)
    _write_model_pages(folder, newest, outdated, failures, table, render)
    (folder / MARKER).write_text("Written by brainscore-mouse leaderboard, which may replace this folder.\n")


def _write_comparisons(folder: Path, table: BoardTable, render: Any) -> None:
    """Write the page that compares two models, and one script per model with its differences to all later ones."""
    (folder / "pairs").mkdir()
    for number, of_first in pair_rows(table).items():
        text = f"window.PAIRS[{number}] = {htmlsafe_json_dumps(of_first)};\n"
        (folder / "pairs" / f"{number}.js").write_text(text, encoding="utf-8")
    sizes = {"n_differences": table.n_differences, "limit": LARGEST_N_DIFFERENCES}
    render("compare.html", Path("compare.html"), has_pairs=bool(table.columns), **sizes)


def _write_datasets(folder: Path, table: BoardTable) -> None:
    """Write Croissant metadata of all recordings that are here."""
    (folder / "croissant").mkdir()
    for dataset in dict.fromkeys(benchmark_parts(name).dataset for name in table.benchmarks):
        manifest = manifest_on_disk(dataset)
        if manifest is not None:
            text = json.dumps(croissant(manifest), indent=1) + "\n"
            (folder / "croissant" / f"{dataset}.json").write_text(text, encoding="utf-8")


def _write_benchmark_pages(
    folder: Path, newest: pd.DataFrame, table: BoardTable, data: Mapping[str, Any], render: Any
) -> None:
    last = newest.loc[pd.to_datetime(newest["created"].map(instant_of), utc=True).groupby(newest["benchmark"]).idxmax()]
    file_of = dict(zip(last["benchmark"], last["file"], strict=True))
    n_models = newest.groupby("benchmark")["label"].nunique()
    rows = []
    results = results_folder()
    for one in tqdm(data["benchmarks"], desc="pages", unit="benchmark", disable=None):
        # Damaged meanwhile: what the view has of it is enough for a page.
        record = _known_of(results / file_of[one["name"]]) or {}
        page = benchmark_page(one["name"], record, table, folder / "stimuli")
        render("benchmark.html", Path(one["page"]), page=page)
        rows.append({**one, "few": page["few"], "n_models": int(n_models[one["name"]])})
    mouse, robustness = ([row for row in rows if row["robustness"] is kind] for kind in (False, True))
    render("benchmarks.html", Path("benchmarks.html"), mouse=mouse, robustness=robustness)


def _known_of(path: Path) -> dict[str, Any] | None:
    """Read a record of the store without what is null in it; None where it is damaged."""
    record = read_record(path)
    return None if record is None else {name: value for name, value in record.items() if value is not None}


def _write_model_pages(
    folder: Path,
    newest: pd.DataFrame,
    outdated: pd.DataFrame,
    failures: pd.DataFrame,
    table: BoardTable,
    render: Any,
) -> None:
    of_files = newest[["label", "benchmark", "file"]]  # alone: all columns take as long as reading the files
    by_label = dict(iter(of_files.groupby("label")))
    model_of = dict(zip(newest["label"], newest["model"], strict=True))
    outdated_of = dict(iter(outdated.groupby("label")))
    failures_of = dict(iter(failures.groupby("model")))
    names = known_model_names({model_of.get(label, label) for label in table.models})
    results = results_folder()
    for label in tqdm(table.models, desc="pages", unit="model", disable=None):
        rows = by_label.get(label, of_files[:0])
        records = [record for path in rows["file"] if (record := _known_of(results / path)) is not None]
        model = model_of.get(label, label)
        page = model_page(label, model, names.get(model), records, folder / "rdms", table)
        page["outdated"] = outdated_of[label].to_dict("records") if label in outdated_of else []
        failed = failures_of[label].to_dict("records") if label in failures_of else []
        scored = set(rows["benchmark"])
        page["failures"] = [row for row in failed if row["benchmark"] not in scored]
        render("model.html", Path("models") / page_name(label), page=page)
