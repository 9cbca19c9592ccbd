"""Fetching by name: one command for all datasets, and the registry of their sources."""

import pytest
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import DatasetNotFoundError, InvalidParameterError, UnknownIdentifierError
from brainscore_mouse.data_packaging.fetch_dataset import fetch_dataset
from brainscore_mouse.data_packaging.known_datasets import KNOWN_DATASETS
from brainscore_mouse.data_packaging.published_datasets import PUBLISHED_DATASETS
from brainscore_mouse.plugins.registries import dataset_sources
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
