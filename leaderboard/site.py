"""Writing the leaderboard's folder."""

import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from tqdm import tqdm

from ..core.errors import DataError, InvalidParameterError
from ..core.files import folder_written_whole
from ..core.home import results_folder
from ..results.store import read_record
from ..results.view import results_frame
from .model_page import model_page
from .score_data import page_name, score_data

MARKER = "brainscore-mouse-leaderboard.txt"


def write_leaderboard(folder: Path, outdated: bool = False) -> Path:
    """Write the leaderboard of the stored scores: the newest of each model and benchmark, of those that compare.

    See :func:`brainscore_mouse.results.view.results_frame` for which do.

    Parameters
    ----------
    folder : Path
        A new or empty folder, or an older leaderboard, which is replaced. It appears whole or not at all.
    outdated : bool
        Whether models' pages list outdated scores too, apart from the others and marked. No table has them.

    Returns
    -------
    Path
        The page to open.

    Raises
    ------
    DataError
        If no scores are stored.
    InvalidParameterError
        If the folder holds something else.
    """
    folder = folder.absolute()
    _check_replaceable(folder)
    frame = results_frame(outdated)
    newest = frame[frame["is_newest"]]
    if newest.empty:
        raise DataError(f"No scores are stored in {results_folder()}: score a model first (brainscore-mouse score).")
    data = score_data(newest)
    with folder_written_whole(folder) as temporary:
        _write(temporary, data, newest, frame[~frame["is_current"]], frame.attrs["n_outdated"])
    return folder / "index.html"


def _check_replaceable(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARKER).is_file()):
        raise InvalidParameterError(f"{folder} is there already and is no leaderboard; choose a new or empty folder.")


def _write(folder: Path, data: dict[str, Any], newest: pd.DataFrame, outdated: pd.DataFrame, n_outdated: int) -> None:
    environment = Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,  # names are chosen by those who submit
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    about = {"newest": max(newest["created"])[:10], "n_outdated": n_outdated}
    for name in ("models", "rdms"):
        (folder / name).mkdir()
    shutil.copytree(str(files(__package__) / "assets"), folder / "assets")
    (folder / "scores.js").write_text(f"window.SCORES = {htmlsafe_json_dumps(data)};\n", encoding="utf-8")
    for name in ("index.html", "robustness.html"):
        text = environment.get_template(name).render(data=data, about=about, root="")
        (folder / name).write_text(text, encoding="utf-8")
    template = environment.get_template("model.html")
    by_label = newest.groupby("label")
    for label, rows in tqdm(by_label, desc="pages", unit="model", disable=None):
        records = [record for path in rows["file"] if (record := read_record(results_folder() / path)) is not None]
        page = model_page(label, rows["model"].iloc[0], records, folder / "rdms")
        page["outdated"] = outdated[outdated["label"] == label].to_dict("records")
        text = template.render(page=page, about=about, root="../")
        (folder / "models" / page_name(label)).write_text(text, encoding="utf-8")
    (folder / MARKER).write_text("Written by brainscore-mouse leaderboard, which may replace this folder.\n")
