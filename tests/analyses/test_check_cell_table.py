"""Packaged responses against the Allen Institute's table of cells, with what AllenSDK 2.16.2 computes in it."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from brainscore_mouse import load_dataset
from brainscore_mouse.analyses.check_cell_table import CELL_TABLE, can_be_checked, check_cell_table
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import DataError, UnexpectedFormatError
from brainscore_mouse.data_packaging.allen.fetch import fetch
from brainscore_mouse.data_packaging.datasets import read_manifest
from places import ALLEN_FORMAT
from typer.testing import CliRunner


@pytest.fixture
def bucket_with_table(tmp_path):
    """Return a function that writes a bucket whose table has the AllenSDK's numbers, changed by a function."""

    def make(change=lambda row: None):
        folder = Path(shutil.copytree(ALLEN_FORMAT, tmp_path / "bucket"))
        with np.load(ALLEN_FORMAT / "bucket_2p_allensdk_2.16.2.npz") as golden:
            scenes, reliabilities = golden["peak_scene_ns"].tolist(), golden["peak_reliability_ns"].tolist()
            numbers = dict(
                zip(golden["cell_specimen_ids"].tolist(), zip(scenes, reliabilities, strict=True), strict=True)
            )
        rows = json.loads((folder / CELL_TABLE).read_text())
        for row in rows:
            if row["cell_specimen_id"] in numbers:
                row["pref_image_ns"], row["reliability_ns"] = numbers[row["cell_specimen_id"]]
                change(row)
        (folder / CELL_TABLE).write_text(json.dumps(rows))
        return folder, numbers

    return make


def test_preferred_images_are_those_of_the_allensdk(bucket_with_table):
    folder, numbers = bucket_with_table()
    fetch("allen-mouse", source=str(folder))
    found = check_cell_table("allen-mouse")
    assert found.n_cells == found.n_same_preferred == 4
    assembly = load_dataset("allen-mouse")
    of_table = [numbers[int(neuroid)][1] for neuroid in assembly["neuroid_id"].values]
    expected = np.corrcoef(assembly["reliability"].values, of_table)[0, 1]
    assert found.reliability_correlation == pytest.approx(expected)


def test_the_command_reports_the_table_and_says_when_there_is_none(bucket_with_table, monkeypatch):
    found = SimpleNamespace(explained_shuffled=np.zeros(2), n_stimuli=118, n_neuroids=4, explained=0.5, p_value=0.01)
    monkeypatch.setattr("brainscore_mouse.analyses.check_pairing.check_pairing", lambda *_: found)  # draws long
    folder, _ = bucket_with_table()
    fetch("allen-mouse", source=str(folder))
    shown = CliRunner().invoke(app, ["data", "check", "allen-mouse"]).stdout
    assert "for 4 of 4 cells" in shown
    (folder / CELL_TABLE).unlink()
    for path in folder.parent.rglob("cell_specimens*"):
        path.unlink()
    shown = CliRunner().invoke(app, ["data", "check", "allen-mouse"])
    assert shown.exit_code == 0 and "cell_specimens.json" in shown.stdout and "4 of 4" not in shown.stdout


def test_images_shifted_by_one_are_found(bucket_with_table):
    def shift(row):
        row["pref_image_ns"] += 1

    folder, _ = bucket_with_table(shift)
    fetch("allen-mouse", source=str(folder))
    found = check_cell_table("allen-mouse")
    assert (found.n_cells, found.n_same_preferred) == (4, 0)


def test_a_table_without_a_column_or_without_the_cells_is_named(bucket_with_table):
    folder, _ = bucket_with_table(lambda row: row.pop("reliability_ns"))
    fetch("allen-mouse", source=str(folder))
    with pytest.raises(UnexpectedFormatError, match="no reliability_ns"):
        check_cell_table("allen-mouse")
    path = folder / CELL_TABLE
    rows = [{**row, "pref_image_ns": None, "reliability_ns": None} for row in json.loads(path.read_text())]
    path.write_text(json.dumps(rows))
    with pytest.raises(DataError, match="allen-mouse"):
        check_cell_table("allen-mouse")


def test_other_responses_cannot_be_compared():
    fetch("allen-mouse-events", source=str(ALLEN_FORMAT))
    assert not can_be_checked(read_manifest("allen-mouse-events"))
    with pytest.raises(DataError, match="allen-mouse-events"):
        check_cell_table("allen-mouse-events")
