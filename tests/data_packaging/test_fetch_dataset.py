"""Fetching by name: one command for all datasets, and the registry of their sources."""

import pytest
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import (
    DataError,
    DatasetNotFoundError,
    InvalidParameterError,
    UnknownIdentifierError,
    WrongChecksumError,
)
from brainscore_mouse.data_packaging.datasets import read_manifest
from brainscore_mouse.data_packaging.fetch_dataset import fetch_dataset, package_dataset
from brainscore_mouse.data_packaging.known_datasets import KNOWN_DATASETS
from brainscore_mouse.data_packaging.published_datasets import PUBLISHED_DATASETS
from brainscore_mouse.data_packaging.sensorium.sensorium2022 import MICE
from brainscore_mouse.plugins.registries import dataset_sources
from misbehaving_server import serving
from published_files import N_NEURONS, write_du, write_sensorium
from typer.testing import CliRunner


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None:
        raise result.exception
    return result.stdout


@pytest.mark.parametrize(("dataset", "write"), [("sensorium2022", write_sensorium), ("du2025", write_du)])
def test_the_command_packages_published_files_and_shows_terms(tmp_path, dataset, write):
    write(tmp_path)
    shown = run("data", "fetch", dataset, "--source", str(tmp_path), "--max-experiments", "2", "--area", "VISp")
    licence = PUBLISHED_DATASETS[dataset].recipe.licence
    assert f"licence: {licence}" in shown
    assert f"VISp: {2 * N_NEURONS + (dataset == 'du2025')} neuroids of 2 mice, not all experiments" in shown


@pytest.mark.parametrize("dataset", sorted(PUBLISHED_DATASETS))
def test_without_files_each_dataset_says_where_they_are(dataset):
    """The source of the Allen Institute's recordings, which the tests set, is not taken for theirs."""
    with pytest.raises(DatasetNotFoundError, match=rf"https://.*data fetch {dataset} --source FOLDER"):
        run("data", "fetch", dataset)
    assert f"data fetch {dataset} --source FOLDER" in KNOWN_DATASETS[dataset].how_to_get


@pytest.mark.parametrize("dataset", ["sensorium2023", "stringer2019-other", "mouse", "allen-mouse-other"])
def test_other_names_are_unknown(dataset):
    with pytest.raises(UnknownIdentifierError, match=dataset):
        fetch_dataset(dataset)


def test_areas_and_numbers_that_make_no_sense(tmp_path):
    with pytest.raises(UnknownIdentifierError, match="VISl"):
        fetch_dataset("du2025", areas=["VISl"], source=str(tmp_path))
    with pytest.raises(InvalidParameterError, match="max_experiments is 0"):
        fetch_dataset("du2025", max_experiments=0, source=str(tmp_path))


def test_a_lab_can_register_a_source(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setitem(dataset_sources, "our-lab-.*", lambda *arguments: calls.append(arguments) or tmp_path)
    assert fetch_dataset("our-lab-2026", ["VISp"], 3, 2, "somewhere", True) == tmp_path
    assert calls == [("our-lab-2026", ["VISp"], 3, 2, "somewhere", True)]


def test_packaging_takes_what_was_downloaded_and_needs_no_server(tmp_path):
    write_du(tmp_path / "files")
    with serving(tmp_path / "files") as server:
        url = server.url
        fetch_dataset("du2025", source=url, max_experiments=2)
    run("data", "package", "du2025")  # the server is gone
    run("data", "package", "du2025-columns-0-130", "--source", url)  # of the same files
    for name in ("du2025", "du2025-columns-0-130"):
        details = read_manifest(name)["details"]
        assert len(details["recordings"]) == 2 and details["fetched_from"] == url
        assert details["complete"] == {"VISp": False}


@pytest.mark.parametrize("dataset", ["sensorium2022", "du2025", "stringer2019", "allen-mouse", "allen-mouse-gratings"])
def test_packaging_before_anything_was_fetched_says_how_to_fetch(dataset):
    with pytest.raises(DatasetNotFoundError if "allen" not in dataset else DataError, match=f"data fetch {dataset}"):
        package_dataset(dataset)


def test_packaging_other_names():
    with pytest.raises(UnknownIdentifierError, match="mouse2026"):
        package_dataset("mouse2026")


def test_a_file_that_is_not_the_first_one_is_refused(tmp_path, home):
    """What was packaged before stays; another source is another matter."""
    write_sensorium(tmp_path / "files", mice=MICE[:2])
    fetch_dataset("sensorium2022", source=str(tmp_path / "files"), max_experiments=2)
    before = read_manifest("sensorium2022")

    def change(mouse, files):
        files["data/behavior/0.npy"] = files["data/behavior/0.npy"] + 1

    write_sensorium(tmp_path / "files", mice=MICE[:2], change=change)
    with pytest.raises(WrongChecksumError, match=r"static21067.*SHA256S\.json"):
        fetch_dataset("sensorium2022", source=str(tmp_path / "files"), max_experiments=2, replace=True)
    assert read_manifest("sensorium2022") == before
    next(home.rglob("SHA256S.json")).unlink()
    fetch_dataset("sensorium2022", source=str(tmp_path / "files"), max_experiments=2, replace=True)
    assert read_manifest("sensorium2022")["details"]["sha256_of_files"] != before["details"]["sha256_of_files"]
