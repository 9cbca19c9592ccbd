"""Croissant metadata: what it says is what the dataset's files say."""

import csv

import pytest
from brainscore_mouse.core.files import sha256_of_file
from brainscore_mouse.data_packaging.datasets import dataset_folder, read_manifest
from brainscore_mouse.leaderboard.croissant import croissant


@pytest.mark.usefixtures("simulated_home")
def test_all_files_are_named_with_their_checksums_and_fields_are_columns_that_exist():
    manifest, folder = read_manifest("simulated-mouse"), dataset_folder("simulated-mouse")
    found = croissant(manifest)
    assert found["@type"] == "sc:Dataset" and found["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert len(found["distribution"]) == len(manifest["regions"]) + 1
    for file in found["distribution"]:
        assert sha256_of_file(folder / file["@id"]) == file["sha256"]
    (records,) = found["recordSet"]
    for field in records["field"]:
        with open(folder / field["source"]["fileObject"]["@id"], newline="") as file:
            assert field["source"]["extract"]["column"] in next(csv.reader(file))
    assert found["citeAs"] == manifest["recipe"]["citation"]
    assert found["usageInfo"] == manifest["recipe"]["licence"] and "Simulated" in found["description"]


@pytest.mark.usefixtures("simulated_home")
def test_recordings_are_not_called_simulated_and_their_licence_is_an_address_where_there_is_one():
    manifest = read_manifest("simulated-mouse") | {"simulated": False, "identifier": "my-lab"}
    manifest["recipe"] = manifest["recipe"] | {"licence": "(c) Me; see https://example.org/terms, please"}
    found = croissant(manifest)
    assert found["license"] == "https://example.org/terms" and "Simulated" not in found["description"]
    assert "data fetch my-lab" in found["description"]
