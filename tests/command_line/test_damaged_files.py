"""Stored JSON that is damaged, or was edited by hand, never ends a command with an error of Python's own.

Each value of each kind of file is taken away, and replaced by each wrong type.
"""

import copy
import json

import numpy as np
import pytest
import torch
import torchvision
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import BrainscoreMouseError, CorruptDatasetError
from brainscore_mouse.data_packaging.array_folder import package_array_folder
from brainscore_mouse.data_packaging.on_disk.manifest import read_manifest_of
from brainscore_mouse.data_packaging.remote_objects.locks import LockFolder, ObjectLock
from brainscore_mouse.models.torch_files.file_source import FileSource
from brainscore_mouse.results.store import FAILURE_FILE, read_record, result_files, store_failure
from PIL import Image
from stored_scores import store_table
from typer.testing import CliRunner

WRONG = [None, True, "text", [1], {"a": []}, 10**400, float("nan"), 0.5, -3]


def damages(content, path=()):
    """Yield copies of a structure, each with one value, at any depth, removed or replaced; and what was done."""
    if isinstance(content, dict | list):
        for key in content if isinstance(content, dict) else range(min(len(content), 1)):
            yield from damages(content[key], (*path, key))
    if path:
        yield (*path, "removed"), ("remove", path)
    for number in range(len(WRONG)):
        yield (*path, number), ("replace", path, WRONG[number])


def damaged(content, change):
    what, path, *value = change
    if not path:
        return value[0]
    changed = copy.deepcopy(content)
    place = changed
    for key in path[:-1]:
        place = place[key]
    if what == "remove":
        del place[path[-1]]
    else:
        place[path[-1]] = value[0]
    return changed


def run(*arguments):
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, list(arguments))


def assert_ours(outcome):
    """The command ended well, or with an error of this package."""
    error = outcome.exception
    assert error is None or isinstance(error, SystemExit | BrainscoreMouseError), (outcome.output, repr(error))


@pytest.fixture
def damaged_store(home):
    """A store of records each of which is damaged in one way, as the only score of a model of its own."""
    store_table(["alexnet"], ["rsa"])
    records = [json.loads(path.read_text()) for path in result_files(home / "results")]
    by_benchmark = {record["benchmark_identifier"]: record for record in records}
    more = {
        "interval": [0.1, 0.2],
        "seed_scores": [{"seed": 0, "score": 0.5, "error": 0.1, "raw": 0.4, "layer": "middle"}],
        "host": {"system": "Linux", "n_cores": 2},
        "metric_settings": {"metric": "rsa"},
        "neuroid_scores": [0.1, None],
        "left_out_effects": {
            "mice": ["a"],
            **{name: {"largest": 1.0, "relative": "AAA="} for name in ("of_stimuli", "of_mice", "of_both")},
        },
        "n_parameters": 5,
        "duration_s": 1.0,
        "peak_memory_bytes": 10,
        "benchmark_version": 6,
        "model_fingerprint": "f" * 64,
        "is_registered": True,
        "reference_behaviour": {
            "layers": ["a"],
            "shape": [1, 1, 2],
            "rounding": 0.1,
            "numbers": "AAAAAAAA8D8AAAAAAADwPw==",
        },
    }
    written = {}
    for benchmark in ("toy-mouse-VISp-rsa", "dg-toy-readout"):
        record = by_benchmark[benchmark] | more
        for place, change in damages(record):
            name = f"{benchmark[:3]}-{'-'.join(map(str, place))}"
            folder = home / "results" / name / benchmark
            folder.mkdir(parents=True)
            content = damaged(record, change)
            if isinstance(content, dict) and content.get("model_identifier") == "alexnet":
                content["model_identifier"] = name
            (folder / "0123-abcd.json").write_text(json.dumps(content))
            written[name] = folder / "0123-abcd.json"
    store_failure("vgg11", "toy-mouse-VISp-rsa", {"error": "E", "message": "m", "created": "2026", "host": {"a": 1}})
    failure = json.loads((home / "results" / "vgg11" / "toy-mouse-VISp-rsa" / FAILURE_FILE).read_text())
    for place, change in damages(failure):
        folder = home / "results" / f"failed-{'-'.join(map(str, place))}" / "toy-mouse-VISp-rsa"
        folder.mkdir(parents=True)
        (folder / FAILURE_FILE).write_text(json.dumps(damaged(failure, change)))
    return written


@pytest.mark.slow
def test_no_damage_of_a_record_ends_a_command(damaged_store, home, tmp_path, caplog):
    for arguments in (
        ["results", "show"],
        ["results", "show", "--json"],
        ["results", "failures"],
        ["results", "failures", "--json"],
        ["results", "query", "SELECT * FROM all_results", "--json"],
        ["results", "export", "--csv", str(tmp_path / "all.csv")],
        ["run", "--dry-run", "--models", "pixels", "--benchmarks", "simulated-mouse-VISp-rsa"],
        ["figures", "--output", str(tmp_path / "figures")],
        ["leaderboard", "--output", str(tmp_path / "board")],
        ["leaderboard", "--output", str(tmp_path / "merged"), "--store", str(home)],
    ):
        outcome = run(*arguments)
        assert outcome.exception is None, (arguments, repr(outcome.exception))
    shown = {row["model"] for row in json.loads(run("results", "show", "--json").stdout)}
    assert "alexnet" in shown and "toy-layer_scores-removed" in shown and "toy-error-0" in shown
    for name in ("toy-score-3", "toy-layer_scores-2", "toy-error-6", "toy-n_mice-7", "dg--domains-photo-2"):
        assert name not in shown
        assert str(damaged_store[name]) in caplog.text


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("replace", ("score",), [1]), "score is [1]"),
        (("replace", ("layer_scores", "early"), "high"), "layer_scores['early'] is \"high\""),
        (("remove", ("key",)), "'key'"),
        (("replace", ("error",), float("nan")), "NaN"),
        (("replace", ("neuroid_scores", 0), {}), "neuroid_scores[0] is {}"),
        (("replace", ("rdm", "n_stimuli"), 13), "rdm['ranks'] has 66 pairs"),
    ],
)
def test_a_damaged_record_is_left_out_and_the_warning_names_file_key_and_value(home, change, named, caplog):
    store_table(["alexnet"], ["rsa"])
    path = next(path for path in result_files(home / "results") if "VISp-rsa" in str(path))
    content = json.loads(path.read_text()) | {"neuroid_scores": [0.1]}
    path.write_text(json.dumps(content))
    assert read_record(path) == content and not caplog.text
    path.write_text(json.dumps(damaged(content, change)))
    assert read_record(path) is None
    assert str(path) in caplog.text and named in caplog.text and "score again" in caplog.text


def write_lab(folder):
    (folder / "responses").mkdir(parents=True)
    (folder / "stimuli").mkdir()
    generator = np.random.default_rng(0)
    for number in range(4):
        Image.fromarray(generator.integers(256, size=(5, 7, 3), dtype=np.uint8)).save(
            folder / f"stimuli/s_{number}.png"
        )
    np.save(folder / "responses" / "VISp_m1.npy", generator.normal(size=(3, 4, 2)).astype(np.float32))
    description = {
        "area": "VISp",
        "subject": "m1",
        "window_s": [0.05, 0.25],
        "neuroid_ids": ["a", "b"],
        "stimulus_ids": [f"s_{number}.png" for number in range(4)],
        "depth_um": [100.0, float("nan")],
        "layer": "2/3",
    }
    (folder / "responses" / "VISp_m1.json").write_text(json.dumps(description))
    (folder / "recipe.json").write_text(json.dumps({"citation": "somebody 2024"}))
    return folder


@pytest.mark.slow
def test_no_damage_of_a_manifest_ends_a_command(home, tmp_path):
    folder = home / "datasets" / "lab"
    package_array_folder(write_lab(tmp_path / "lab"), "lab")
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    details = {
        "complete": {"VISp": True},
        "display": {"width_degrees": 60.0, "height_degrees": 40.0},
        "experiments": [{"experiment": 1, "deviations": ["few"]}],
        "left_out": {"7": "damaged"},
    }
    manifest["details"] |= details
    path.write_text(json.dumps(manifest))
    assert read_manifest_of(folder) == manifest
    assert run("data", "info", "lab").exception is None
    refused = set()
    for place, change in damages(manifest):
        path.write_text(json.dumps(damaged(manifest, change)))
        try:
            read_manifest_of(folder)
        except CorruptDatasetError as error:
            assert str(path) in str(error)
            refused.add(place)
        else:
            assert_ours(run("data", "info", "lab"))
    assert run("data", "list").exception is None
    assert {("regions", "VISp", "n_neuroids", "removed"), ("regions", 3), ("details", 2), ("simulated", 0)} <= refused
    assert {("recipe", "window_ms", 0, 2), ("stimulus_set", "twins", 1), ("details", "left_out", "7", 3)} <= refused
    assert ("details", "display", "removed") not in refused


@pytest.mark.slow
def test_no_damage_of_what_stands_beside_an_array_ends_its_packaging(home, tmp_path):
    folder = write_lab(tmp_path / "lab")
    for path in (folder / "responses" / "VISp_m1.json", folder / "recipe.json"):
        content = json.loads(path.read_text())
        for _, change in damages(content):
            path.write_text(json.dumps(damaged(content, change)))
            assert_ours(run("data", "package-arrays", str(folder), "--dataset", "lab", "--replace"))
        path.write_text(json.dumps(content))
    for wrong in ("neuroid_ids", "window_s"):  # texts are sequences too: they were taken for lists of letters
        path = folder / "responses" / "VISp_m1.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {wrong: "12"}))
        with pytest.raises(BrainscoreMouseError, match=wrong):
            package_array_folder(folder, "lab", replace=True)


def test_no_damage_of_a_lock_is_taken_for_a_lock(tmp_path):
    locks = LockFolder(tmp_path)
    locks.write("some/object", ObjectLock(10, {0: "a" * 64}))
    path = locks.path("some/object")
    content = json.loads(path.read_text())
    assert locks.read("some/object") == ObjectLock(10, {0: "a" * 64})
    for _, change in damages({name: value for name, value in content.items() if name != "key"}):
        path.write_text(json.dumps(damaged(content, change)))
        try:
            lock = locks.read("some/object")
        except CorruptDatasetError as error:
            assert str(path) in str(error)
        else:
            assert isinstance(lock.size, int) and all(isinstance(one, str) for one in lock.sha256_of_block.values())


def test_no_damage_of_a_networks_description_ends_in_pythons_own_error(tmp_path):
    path = tmp_path / "net.pt"
    torch.save(torchvision.models.squeezenet1_1().state_dict(), path)
    description = {
        "network": "torchvision:squeezenet1_1",
        "options": {},
        "image_size": 64,
        "resized_size": [70, 70],
        "interpolation": "bilinear",
        "mean": [0.5, 0.5, 0.5],
        "std": [0.2, 0.2, 0.2],
        "layers": ["features.3"],
    }
    path.with_suffix(".json").write_text(json.dumps(description))
    FileSource().pretrained(str(path))
    for _, change in damages(description):
        path.with_suffix(".json").write_text(json.dumps(damaged(description, change)))
        try:
            FileSource().pretrained(str(path))
        except BrainscoreMouseError as error:
            assert "net" in str(error)
