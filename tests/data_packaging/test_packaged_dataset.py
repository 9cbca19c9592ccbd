"""Packaged datasets: what is written is what is loaded, and nothing else is ever loaded."""

import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from brainscore_core.supported_data_standards.brainio.assemblies import NeuronRecordingAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from brainscore_mouse.core import errors
from brainscore_mouse.data_packaging import packaged_dataset
from brainscore_mouse.data_packaging.datasets import load_dataset, load_stimulus_set, read_manifest
from brainscore_mouse.data_packaging.on_disk.datasets_here import list_datasets
from brainscore_mouse.data_packaging.packaged_dataset import Recipe, write_dataset
from brainscore_mouse.data_packaging.recordings import Recordings, trials_from_assembly
from PIL import Image

RECIPE = Recipe("spikes/s", (50.0, 250.0), "none", "a test", "nobody 2025", "MIT")
IDS = ("scene_b", "scene_a", "scene_c")  # not sorted: the order must be kept


@pytest.fixture
def stimuli(tmp_path):
    paths = {}
    for seed, stimulus_id in enumerate(IDS):
        paths[stimulus_id] = tmp_path / f"original-{seed}.png"
        pixels = np.random.default_rng(seed).integers(256, size=(6, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(paths[stimulus_id])
    return paths


def recordings(region, n_repetitions, n_neuroids):
    responses = np.random.default_rng(n_repetitions).normal(size=(n_repetitions, len(IDS), n_neuroids))
    responses[-1, 1, 0] = np.nan
    neuroids = pd.DataFrame(
        {
            "neuroid_id": [f"{region}-{number}" for number in range(n_neuroids)],
            "region": region,
            "subject": ["1001"] + ["1002"] * (n_neuroids - 1),
            "cre_line": "Cux2-CreERT2",
            "depth_um": np.r_[np.nan, np.arange(1.0, n_neuroids)],
        }
    )
    return Recordings(responses.astype(np.float32), neuroids, IDS)


REGIONS = {"VISp": recordings("VISp", 3, 4), "VISl": recordings("VISl", 5, 2)}


@pytest.fixture
def folder(home, stimuli):
    return write_dataset("toy", list(REGIONS.values()), stimuli, RECIPE)


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def stored(folder, name):
    """Return a file of a dataset by its name without hash."""
    stem, suffix = name.split(".")
    pattern = f"{stem}-*.{suffix}" if suffix == "nc" else f"stimuli-*/{name}"
    (path,) = folder.glob(pattern)
    return path


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_is_loaded_exactly(folder, region):
    assembly = load_dataset("toy", region)
    assert isinstance(assembly, NeuronRecordingAssembly)
    assert isinstance(assembly.data, np.ndarray)  # not dask
    assert assembly.dtype == np.float32
    np.testing.assert_array_equal(trials_from_assembly(assembly), REGIONS[region].responses)
    pd.testing.assert_frame_equal(assembly.indexes["neuroid"].to_frame(index=False), REGIONS[region].neuroids)
    assert (assembly["time_bin_start"].item(), assembly["time_bin_end"].item()) == (50, 250)
    assert assembly.attrs["identifier"] == f"toy-{region}"


def test_all_regions_are_loaded_side_by_side(folder):
    trials = trials_from_assembly(load_dataset("toy"))
    np.testing.assert_array_equal(trials[:3, :, :4], REGIONS["VISp"].responses)
    assert np.isnan(trials[3:, :, :4]).all()
    np.testing.assert_array_equal(trials[:, :, 4:], REGIONS["VISl"].responses)


def test_stimuli_are_copied_as_they_are_in_their_order(folder, stimuli):
    loaded = load_stimulus_set("toy")
    assert loaded["stimulus_id"].tolist() == list(IDS)
    for stimulus_id, original in stimuli.items():
        assert loaded.get_stimulus(stimulus_id).read_bytes() == original.read_bytes()
    assert loaded.identifier == load_dataset("toy", "VISp").attrs["stimulus_set_identifier"]
    assert loaded.identifier.startswith("toy-stimuli-")


def test_manifest_says_what_there_is(folder):
    manifest = read_manifest("toy")
    assert manifest["simulated"] is False
    assert manifest["recipe"]["window_ms"] == [50.0, 250.0]
    assert manifest["recipe"]["citation"] == "nobody 2025"
    visp = manifest["regions"]["VISp"]
    assert (visp["n_neuroids"], visp["n_subjects"], visp["n_repetitions"]) == (4, 2, {"min": 2, "max": 3})
    assert visp["sha256"] == sha256(stored(folder, "VISp.nc"))
    assert manifest["stimulus_set"]["sha256"] == sha256(stored(folder, "stimuli.csv"))
    images = manifest["stimulus_set"]["images"]
    assert images == {f"stimuli/{name}.png": sha256(stored(folder, f"stimuli/{name}.png")) for name in IDS}


def test_the_same_input_gives_the_same_bytes(folder, stimuli):
    first = {path.name: sha256(path) for path in folder.rglob("*.*") if path.is_file()}
    identity = load_dataset("toy", "VISp").attrs["data_sha256"]
    write_dataset("toy", list(REGIONS.values()), stimuli, RECIPE, replace=True)
    assert {path.name: sha256(path) for path in folder.rglob("*.*") if path.is_file()} == first
    assert load_dataset("toy", "VISp").attrs["data_sha256"] == identity


def test_bytes_do_not_depend_on_the_order_of_sets(folder):
    """Which is another one in each process."""
    with h5py.File(stored(folder, "VISp.nc")) as file:
        names = file["data"].attrs["coordinates"].decode().split()
    assert len(names) > 5 and names == sorted(names)


def test_data_sha256_tells_responses_and_images_apart(folder, stimuli):
    identities = {load_dataset("toy", region).attrs["data_sha256"] for region in ["VISp", "VISl", None]}
    assert len(identities) == 3
    Image.fromarray(np.zeros((6, 8), np.uint8)).save(stimuli["scene_a"])
    write_dataset("toy", list(REGIONS.values()), stimuli, RECIPE, replace=True)
    assert load_dataset("toy", "VISp").attrs["data_sha256"] not in identities


def test_a_rewritten_dataset_is_loaded_anew(folder, stimuli):
    set_before = load_dataset("toy", "VISp").attrs["stimulus_set_identifier"]
    changed = Recordings(REGIONS["VISp"].responses + 1, REGIONS["VISp"].neuroids, IDS)
    write_dataset("toy", [changed], stimuli, RECIPE, replace=True)
    assembly = load_dataset("toy", "VISp")
    np.testing.assert_array_equal(trials_from_assembly(assembly), changed.responses)
    assert assembly.attrs["stimulus_set_identifier"] == set_before


def check_loads_with(assembly_class, stimulus_set_class, folder):
    stimuli_csv = stored(folder, "stimuli.csv")
    stimulus_set = stimulus_set_class.from_files(stimuli_csv, stimuli_csv.parent / "stimuli")
    assembly = assembly_class.from_files(
        stored(folder, "VISp.nc"), stimulus_set_identifier="toy-stimuli", stimulus_set=stimulus_set
    ).load()
    np.testing.assert_array_equal(assembly.values, load_dataset("toy", "VISp").values)
    assert assembly["stimulus_id"].values.tolist() == list(IDS) * 3
    np.testing.assert_array_equal(assembly["depth_um"].values, REGIONS["VISp"].neuroids["depth_um"])
    assert all(path.is_file() for path in stimulus_set.stimulus_paths.values())


# xarray 2022.3, which Brain-Score pins, calls EntryPoints.get, gone in Python 3.12, when it looks for an engine.
others_can_load = pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="Brain-Score's own loaders cannot open NetCDF on Python 3.12"
)


@others_can_load
def test_files_load_with_brainscore_core(folder):
    check_loads_with(NeuronRecordingAssembly, StimulusSet, folder)


@others_can_load
def test_files_load_with_brainio(folder):
    assemblies = pytest.importorskip("brainio.assemblies", reason="brainscore-brainio is not installed")
    stimuli = pytest.importorskip("brainio.stimuli")
    check_loads_with(assemblies.NeuronRecordingAssembly, stimuli.StimulusSet, folder)


@pytest.mark.parametrize("name", ["VISp.nc", "stimuli.csv", "stimuli/scene_c.png"])
@pytest.mark.parametrize("first_loaded", [False, True])
def test_a_changed_file_is_named(folder, name, first_loaded):
    if first_loaded:  # what was verified once must be verified again when it changes
        load_dataset("toy", "VISp")
    path = stored(folder, name)
    contents = bytearray(path.read_bytes())
    contents[len(contents) // 2] ^= 1
    path.write_bytes(contents)
    with pytest.raises(errors.CorruptDatasetError, match=path.name):
        load_dataset("toy", "VISp")


@pytest.mark.parametrize("name", ["VISp.nc", "stimuli.csv", "stimuli/scene_c.png"])
def test_a_missing_file_is_named(folder, name):
    path = stored(folder, name)
    path.unlink()
    with pytest.raises(errors.CorruptDatasetError, match=path.name):
        load_dataset("toy", "VISp")


@pytest.mark.parametrize("text", ["{", "[]", '{"format_version": 1}'])
def test_a_broken_manifest_is_named(folder, text):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(errors.CorruptDatasetError, match=r"manifest\.json"):
        load_dataset("toy")


def test_a_manifest_of_another_format_is_refused(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format_version": 99}))
    with pytest.raises(errors.CorruptDatasetError, match="99"):
        read_manifest("toy")


def test_other_regions_load_although_one_is_changed(folder):
    stored(folder, "VISl.nc").write_bytes(b"not what was packaged")
    assert load_dataset("toy", "VISp").sizes["neuroid"] == 4


def test_an_error_while_writing_leaves_nothing(home, stimuli, monkeypatch):
    write_assembly = packaged_dataset._write_assembly

    def fail_at_second_region(assembly, path):
        write_assembly(assembly, path)
        if path.name == "VISl.nc":
            raise OSError("disk full")

    monkeypatch.setattr(packaged_dataset, "_write_assembly", fail_at_second_region)
    with pytest.raises(OSError, match="disk full"):
        write_dataset("toy", list(REGIONS.values()), stimuli, RECIPE)
    assert list((home / "datasets").iterdir()) == []


def test_an_error_while_rewriting_leaves_what_was_there(folder, stimuli, monkeypatch):
    def fail(assembly, path):
        raise OSError("disk full")

    monkeypatch.setattr(packaged_dataset, "_write_assembly", fail)
    with pytest.raises(OSError, match="disk full"):
        write_dataset("toy", list(REGIONS.values()), stimuli, RECIPE, replace=True)
    np.testing.assert_array_equal(trials_from_assembly(load_dataset("toy", "VISp")), REGIONS["VISp"].responses)


@pytest.mark.parametrize("identifier", ["../toy", "", ".toy", "a/b", "a b", "toy\n"])
def test_identifiers_that_are_no_plain_name_are_refused(home, stimuli, identifier):
    with pytest.raises(errors.InvalidArraysError, match=re.escape(repr(identifier))):
        write_dataset(identifier, [REGIONS["VISp"]], stimuli, RECIPE)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("ids", [("1", "2", "3"), ("NA", "tree", "wall")])
def test_stimulus_ids_that_a_csv_changes_are_refused(home, stimuli, ids):
    renamed = dict(zip(ids, stimuli.values(), strict=True))
    changed = Recordings(REGIONS["VISp"].responses, REGIONS["VISp"].neuroids, ids)
    with pytest.raises(errors.InvalidArraysError, match=f"scene_{ids[0]}"):
        write_dataset("toy", [changed], renamed, RECIPE)
    assert list((home / "datasets").iterdir()) == []


def test_unknown_datasets_give_the_closest(folder):
    with pytest.raises(errors.UnknownIdentifierError, match="allen-mouse-npx"):
        load_dataset("allen-mouse-npy", "VISp")


def test_unknown_regions_give_those_there_are(folder):
    with pytest.raises(errors.UnknownIdentifierError, match=r"V1.*VISp, VISl"):
        load_dataset("toy", "V1")


def test_a_known_dataset_that_is_absent_tells_how_to_get_it(home):
    with pytest.raises(errors.DatasetNotFoundError, match="package-arrays FOLDER --dataset allen-mouse-npx --official"):
        load_stimulus_set("allen-mouse-npx")


def test_datasets_on_disk_and_the_simulated_one_are_listed(folder):
    assert list_datasets() == ["simulated-mouse", "toy"]
    assert not (folder.parent / "simulated-mouse").exists()  # listing does not make it


def write_as_older_version(folder):
    """Turn a dataset into what was written before files were named by their content."""
    manifest = json.loads((folder / "manifest.json").read_text())
    stimuli = manifest["stimulus_set"]
    for name in (stimuli["file"], "stimuli"):
        (folder / stimuli["folder"] / name).rename(folder / name)
    del stimuli["folder"], stimuli["twins"]
    for region, entry in manifest["regions"].items():
        (folder / entry["file"]).rename(folder / f"{region}.nc")
        entry["file"] = f"{region}.nc"
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_datasets_of_the_older_layout_are_read_with_the_same_identity_and_replaced_whole(folder, stimuli):
    identities = {region: load_dataset("toy", region).attrs["data_sha256"] for region in ("VISp", "VISl", None)}
    write_as_older_version(folder)
    assert {region: load_dataset("toy", region).attrs["data_sha256"] for region in identities} == identities
    np.testing.assert_array_equal(trials_from_assembly(load_dataset("toy", "VISp")), REGIONS["VISp"].responses)
    write_dataset("toy", [REGIONS["VISl"]], stimuli, RECIPE, replace=True)
    assert load_dataset("toy", "VISl").attrs["data_sha256"] == identities["VISl"]
    names = sorted(path.name.split("-")[0] for path in folder.iterdir())
    assert names == [".lock", "VISl", "manifest.json", "stimuli"]


WRITER = """
import sys
from pathlib import Path
import numpy as np
from brainscore_mouse.data_packaging.packaged_dataset import Recipe, write_dataset
from brainscore_mouse.data_packaging.recordings import Recordings
import pandas as pd
from PIL import Image

folder = Path(sys.argv[1])
recipe = Recipe("spikes/s", (50.0, 250.0), "none", "a test", "nobody 2025", "MIT")
print("ready", flush=True)
for round in range(int(sys.argv[2])):
    version = round % 2
    stimuli = {}
    for name in ("scene_a", "scene_b", "scene_c"):
        stimuli[name] = folder / f"{name}.png"
        Image.new("L", (4, 4), 100 * (version + 1)).save(stimuli[name])
    neuroids = pd.DataFrame({"neuroid_id": ["a", "b"], "region": "VISp", "subject": ["1", "2"]})
    responses = np.random.default_rng(0).normal(size=(3, 3, 2)).astype(np.float32) + 1000 * version
    write_dataset("busy", [Recordings(responses, neuroids, tuple(stimuli))], stimuli, recipe, replace=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("older_layout", [False, True])
def test_readers_find_the_old_dataset_or_the_new_one_while_it_is_replaced(home, tmp_path, older_layout):
    def run_writer(rounds):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(rounds)]
        environment = {**os.environ, "BRAINSCORE_MOUSE_HOME": str(home)}
        return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)  # noqa: S603

    assert run_writer(1).wait() == 0
    if older_layout:
        write_as_older_version(home / "datasets" / "busy")
    writer = run_writer(20)
    assert writer.stdout.readline() == b"ready\n"
    seen = []
    while writer.poll() is None:
        assert "busy" in list_datasets()
        assembly = load_dataset("busy", "VISp")
        version = int(assembly.values.mean() > 500)
        images = [Path(assembly.attrs["stimulus_set"].get_stimulus(key)) for key in ("scene_a", "scene_c")]
        for image in images:
            with contextlib.suppress(FileNotFoundError):  # gone with its dataset, but never another's
                assert np.asarray(Image.open(image))[0, 0] == 100 * (version + 1)
        seen.append(version)
    assert writer.returncode == 0
    assert {0, 1} <= set(seen) and len(seen) > 10


def test_what_is_lost_is_not_waited_for(folder):
    stored(folder, "VISp.nc").unlink()
    with pytest.raises(errors.CorruptDatasetError, match="missing"):
        load_dataset("toy", "VISp")


@pytest.mark.slow
def test_two_writers_at_once_leave_one_whole_dataset(home, tmp_path):
    command = [sys.executable, "-c", WRITER]
    environment = {**os.environ, "BRAINSCORE_MOUSE_HOME": str(home)}
    writers = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        writers.append(subprocess.Popen([*command, str(tmp_path / name), "4"], env=environment))  # noqa: S603
    assert [writer.wait() for writer in writers] == [0, 0]
    load_dataset("busy")
    assert len(list((home / "datasets" / "busy").iterdir())) == 4
    assert [path.name for path in (home / "datasets").iterdir()] == ["busy"]


def test_a_new_dataset_is_whole_at_every_moment(home, stimuli, monkeypatch):
    """A process that is killed after any step leaves all files of a new dataset or none."""
    seen = set()

    def watched(step):
        def taken(*arguments, **options):
            result = step(*arguments, **options)
            place = home / "datasets" / "toy"
            seen.add(frozenset(str(path.relative_to(place)) for path in place.rglob("*")))
            return result

        return taken

    for name in ("mkdir", "rename", "replace", "unlink"):
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    folder = write_dataset("toy", list(REGIONS.values()), stimuli, RECIPE)
    assert seen == {frozenset(), frozenset(str(path.relative_to(folder)) for path in folder.rglob("*"))}
