"""Plugins of one file: loaded by name and content, refused clearly, the same in every process."""

import json
import os
import shutil
import subprocess
import sys

import brainscore_mouse.plugins.registries
import numpy as np
import pytest
from brainscore_mouse import (
    list_benchmarks,
    list_datasets,
    list_metrics,
    list_models,
    load_benchmark,
    load_dataset,
    load_metric,
    load_model,
    load_plugin,
    register_area,
    register_metric,
    register_model,
    result_records,
)
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import BrainscoreMouseError, DatasetExistsError, PluginError, UnknownIdentifierError
from brainscore_mouse.data_packaging.array_folder import package_array_folder
from brainscore_mouse.data_packaging.datasets import read_manifest
from brainscore_mouse.data_packaging.fetch_dataset import fetch_dataset
from brainscore_mouse.plugins.new_plugin import write_new_plugin
from brainscore_mouse.plugins.plugin_files import VARIABLE, adopt_plugin_files, load_plugin_files, loaded_plugin_files
from brainscore_mouse.plugins.registries import all_entries, restore_entries
from PIL import Image
from typer.testing import CliRunner


@pytest.fixture(autouse=True)
def chosen(monkeypatch):
    """Forget plugin files after each test."""
    monkeypatch.setenv(VARIABLE, "")
    yield
    os.environ[VARIABLE] = ""
    load_plugin_files()


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a plugin file."""

    def written(source, name="plugin.py"):
        path = tmp_path / name
        path.write_text(f"from brainscore_mouse import *\nimport brainscore_mouse\n{source}\n")
        return path

    return written


NET = "@register_model('file-net')\ndef net(): return load_model('pixels')\n"


def test_a_file_adds_a_model_until_it_is_chosen_no_more(write, monkeypatch):
    assert "file-net" not in list_models()
    load_plugin(write(NET))
    assert "file-net" in list_models()
    monkeypatch.setenv(VARIABLE, "")
    assert "file-net" not in list_models()
    with pytest.raises(UnknownIdentifierError, match="file-net"):
        load_model("file-net")


def test_the_environment_variable_names_several_files(write, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    write(NET)
    write(NET.replace("file-net", "other-net"), "other.py")
    monkeypatch.setenv(VARIABLE, os.pathsep.join(["plugin.py", str(tmp_path / "other.py")]))
    assert {"file-net", "other-net"} <= set(list_models())
    assert [file.path.name for file in loaded_plugin_files()] == ["plugin.py", "other.py"]


METRIC = """
@register_metric('file-metric')
class FileMetric(SimilarityMetric):
    factor: float = 1.0
    def similarity(self, model_gram, neural_gram):
        return self.factor * (model_gram.centred() * neural_gram.centred()).sum()
"""


def test_a_metric_has_benchmarks_on_every_dataset_and_area(write):
    load_plugin(write(METRIC))
    assert "file-metric" in list_metrics()
    places = ("simulated-mouse-VISp", "allen-mouse-VISl", "allen-mouse-npx-LGd", "allen-mouse-VISp.Sst", "allen-mouse")
    assert {f"{place}-file-metric" for place in places} <= set(list_benchmarks())
    assert load_benchmark("simulated-mouse-VISp-file-metric").metric.settings["factor"] == 1.0


def test_the_hash_of_the_code_is_that_of_its_content_and_not_of_its_place(write, tmp_path, monkeypatch):
    path = write(METRIC)

    def code_of(file):
        monkeypatch.setenv(VARIABLE, str(file))
        return load_metric("file-metric").settings["code_sha256"]

    first = code_of(path)
    (tmp_path / "elsewhere").mkdir()
    assert code_of(shutil.copy(path, tmp_path / "elsewhere" / "renamed.py")) == first
    assert code_of(write(METRIC.replace("1.0", "2.0"), "edited.py")) != first
    assert "code_sha256" not in load_metric("rsa").settings


def test_what_was_executed_counts_and_not_what_the_file_is_now(write):
    path = write(METRIC)
    load_plugin(path)
    before = load_metric("file-metric").settings["code_sha256"]
    path.write_text("raise RuntimeError('edited')")
    assert load_metric("file-metric").settings["code_sha256"] == before


BROKEN = {
    "raises": ("\nraise RuntimeError('out of order')", r"RuntimeError: out of order \(line 4\)"),
    "syntax": ("def f(:", r"SyntaxError: .*\(line 3\)"),
    "import": ("import no_such_module", r"ModuleNotFoundError: No module named 'no_such_module' \(line 3\)"),
    "exits": ("import sys; sys.exit(3)", r"SystemExit: 3 \(line 3\)"),
    "model that exists": ("@register_model('pixels')\ndef f(): pass", "The model 'pixels' exists already"),
    "metric that exists": ("@register_metric('rsa')\ndef f(): pass", "The metric 'rsa' exists already"),
    "benchmark that exists": (
        "@register_benchmark('allen-mouse-VISp.Sst-rsa')\ndef f(): pass",
        "The benchmark 'allen-mouse-VISp.Sst-rsa' exists already",
    ),
    "area that exists": ("register_area('allen-mouse-npx', 'LGd')", "'LGd' already"),
    "area of no dataset": ("register_area('my-lab', 'LGd')", "'my-lab'; use one of allen-mouse"),
    "twice": (f"{NET}{NET}", "The model 'file-net' exists already"),
    "replaces by hand": ("model_registry['pixels'] = len", "'pixels' exists already"),
    "removes by hand": ("del model_registry['pixels']", "must not be replaced or removed"),
    "name of a source": ("model_registry['Torchvision:net'] = len", "'Torchvision:net' begins with 'Torchvision:'"),
    "name of a mouse": ("model_registry['mouse-model:net'] = len", "'mouse-model:net' begins"),
    "name of Brain-Score": ("model_registry['brainscore:net'] = len", "'brainscore:net' begins"),
    "name of a source, decorated": ("@register_model('timm:net')\ndef f(): pass", "cannot be called 'timm:net'"),
    "reserved prefix": ("brainscore_mouse.plugins.registries.model_sources['brainscore'] = len", "'brainscore:' is"),
    "bad name": ("@register_model('a b')\ndef f(): pass", "cannot be called 'a b'"),
    "two names": ("@register_metric('x')\nclass X:\n  identifier = 'y'", "'x' calls itself 'y'"),
    "bad area": ("@register_dataset('lab', areas=['visp'])\ndef f(): pass", r"has the areas \['visp'\]"),
}


@pytest.mark.parametrize(("source", "message"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_fails_gives_one_error_each_time_and_leaves_nothing(source, message, write, monkeypatch):
    before = list_models()
    path = write(f"{source}")
    for _ in range(2):
        with pytest.raises(PluginError, match=message) as error:
            load_plugin(path)
        assert str(path) in str(error.value)
    result = CliRunner().invoke(app, ["list", "models", "--plugin", str(path)])
    assert isinstance(result.exception, PluginError)
    monkeypatch.setenv(VARIABLE, "")
    assert list_models() == before


def test_every_registry_is_as_before_when_a_file_is_chosen_no_more(write, monkeypatch):
    found = vars(brainscore_mouse.plugins.registries).items()
    registries = {name: one for name, one in found if type(one) is dict and not name.startswith("_")}
    assert len(registries) > 8 and "model_sources" in registries
    list_models()  # all that ships here is there
    before = {name: dict(registry) for name, registry in registries.items()}
    lines = [f"registries.{name}['of-a-file'] = len" for name in registries]
    load_plugin(write("\n".join(["from brainscore_mouse.plugins import registries", *lines])))
    assert all("of-a-file" in registry for registry in registries.values())
    monkeypatch.setenv(VARIABLE, "")
    list_models()
    assert registries == before


def test_an_absent_file_is_named(tmp_path, monkeypatch):
    for call in (
        lambda: load_plugin(tmp_path / "absent.py"),
        lambda: CliRunner().invoke(app, ["doctor", "--plugin", str(tmp_path / "absent.py")], catch_exceptions=False),
    ):
        with pytest.raises(PluginError, match=r"absent\.py"):
            call()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "gone.py"))
    with pytest.raises(PluginError, match=rf"gone\.py.*{VARIABLE}"):
        list_models()


def test_a_file_may_ask_what_there_is(write):
    load_plugin(write(f"assert 'pixels' in list_models() and 'rsa' in list_metrics()\n{NET}"))
    assert "file-net" in list_models()


def test_decorators_work_in_a_notebook_too():
    before = all_entries()
    try:

        @register_model("notebook-net")
        def net():
            return load_model("pixels")

        register_metric("notebook-metric")(lambda **options: load_metric("rsa", **options))
        assert "notebook-net" in list_models()
        assert "simulated-mouse-VISp-notebook-metric" in list_benchmarks()
        with pytest.raises(PluginError, match="notebook-net"):
            register_model("notebook-net")(net)
        net.__module__ = "__main__"  # a cell of a notebook may be run again
        register_model("notebook-net")(net)
    finally:
        restore_entries(before)


def test_an_area_is_a_row():
    before = all_entries()
    try:
        register_area("allen-mouse-npx", "VISpor", min_neuroids=30)
        assert {"allen-mouse-npx-VISpor-rsa", "allen-mouse-npx-VISpor-cka"} <= set(list_benchmarks())
        assert load_benchmark("allen-mouse-npx-VISpor-rsa").area == "VISpor"
    finally:
        restore_entries(before)
    with pytest.raises(UnknownIdentifierError, match="VISpor"):
        load_benchmark("allen-mouse-npx-VISpor-rsa")


def test_a_dataset_is_packaged_when_needed_and_again_when_the_plugin_has_changed(tmp_path, home, monkeypatch):
    plugin, _, _ = write_new_plugin("dataset", "file-lab", tmp_path)
    load_plugin(plugin)
    assert "file-lab" in list_datasets() and "file-lab-VISp-rsa" in list_benchmarks()
    assert not (home / "datasets" / "file-lab").exists()
    first = load_dataset("file-lab", "VISp")
    assert first.sizes["neuroid"] == 60
    packaged = read_manifest("file-lab")
    assert load_dataset("file-lab", "VISp").attrs["data_sha256"] == first.attrs["data_sha256"]
    assert read_manifest("file-lab") == packaged
    plugin.write_text(plugin.read_text().replace("default_rng(0)", "default_rng(1)"))
    monkeypatch.setenv(VARIABLE, "")
    load_plugin_files()
    load_plugin(plugin)
    assert load_dataset("file-lab", "VISp").attrs["data_sha256"] != first.attrs["data_sha256"]
    assert not np.array_equal(load_dataset("file-lab", "VISp").values, first.values)


def written_folder(folder):
    """A folder of arrays of one area."""
    generator = np.random.default_rng(0)
    (folder / "responses").mkdir(parents=True)
    (folder / "stimuli").mkdir()
    for mouse in ("m1", "m2"):
        np.save(folder / "responses" / f"RSPd_{mouse}.npy", generator.normal(size=(4, 20, 15)))
        ids = [f"{mouse}{number}" for number in range(15)]
        about = {"area": "RSPd", "subject": mouse, "window_s": [0, 0.2], "neuroid_ids": ids}
        (folder / "responses" / f"RSPd_{mouse}.json").write_text(json.dumps(about))
    for number in range(20):
        image = generator.integers(0, 256, size=(20, 30), dtype=np.uint8)
        Image.fromarray(image).save(folder / "stimuli" / f"image_{number:02d}.png")
    return folder


def test_a_dataset_may_be_a_folder_of_arrays(write, tmp_path):
    folder = written_folder(tmp_path / "arrays")
    load_plugin(write(f"@register_dataset('folder-lab', areas=['RSPd'])\ndef lab(): return {str(folder)!r}"))
    assert load_dataset("folder-lab", "RSPd").sizes["neuroid"] == 30
    assert "folder-lab-RSPd-ridge" in list_benchmarks()


@pytest.mark.parametrize(
    ("body", "areas", "message"),
    [
        ("raise OSError('the disk is away')", ["VISp"], "OSError: the disk is away"),
        ("return 3", ["VISp"], "returned int"),
        ("return FOLDER", ["VISp", "RSPd"], "areas RSPd, VISp.*are of RSPd"),
    ],
)
def test_recordings_that_are_not_as_said_are_refused(body, areas, message, write, tmp_path):
    folder = written_folder(tmp_path / "arrays")
    body = body.replace("FOLDER", repr(str(folder)))
    load_plugin(write(f"@register_dataset('bad-lab', areas={areas})\ndef lab(): {body}"))
    with pytest.raises(PluginError, match=message):
        load_dataset("bad-lab", "VISp")
    assert "bad-lab-VISp-rsa" in list_benchmarks()


def test_a_dataset_of_ones_own_is_not_replaced_unless_asked_for(write, tmp_path):
    folder = written_folder(tmp_path / "arrays")
    package_array_folder(folder, "my-lab")
    load_plugin(write(f"@register_dataset('my-lab', areas=['RSPd'])\ndef lab(): return {str(folder)!r}"))
    with pytest.raises(DatasetExistsError, match="data fetch my-lab --replace"):
        load_dataset("my-lab", "RSPd")
    fetch_dataset("my-lab", replace=True)
    assert load_dataset("my-lab", "RSPd").sizes["neuroid"] == 30


@pytest.mark.parametrize("name", ["allen-mouse-npx", "simulated-mouse", "sensorium2022"])
def test_official_names_are_refused_for_datasets(name, write):
    load_plugin(write(f"@register_dataset({name!r}, areas=['VISp'])\ndef lab(): pass"))
    with pytest.raises(PluginError, match=name):
        list_datasets()


def test_another_machine_gets_the_content_where_its_file_is_another(write, home, monkeypatch):
    path = write(NET)
    load_plugin(path)
    files = loaded_plugin_files()
    path.write_text("raise RuntimeError('this machine has another file there')")
    adopt_plugin_files(files)
    assert "file-net" in list_models()
    (adopted,) = loaded_plugin_files()
    assert adopted.content == files[0].content
    assert adopted.path.is_relative_to(home)


def test_every_command_has_the_option():
    program = """
import typer
from brainscore_mouse.command_line import app
def leaves(command, path):
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, [name for parameter in command.params for name in parameter.opts]
    else:
        for name, one in inner.items():
            yield from leaves(one, [*path, name])
found = list(leaves(typer.main.get_command(app), []))
print(len(found), [path for path, options in found if "--plugin" not in options])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    count, _, without = done.stdout.partition(" ")
    assert int(count) > 30 and without.strip() == "[]"


def test_the_errors_are_of_the_family():
    assert issubclass(PluginError, BrainscoreMouseError)


def test_a_score_without_a_ceiling_says_so_up_to_the_leaderboard(write, tmp_path):
    write_new_plugin("dataset", "file-lab", tmp_path)
    metric = write(METRIC.replace("float = 1.0", "float = 1e-12"))
    plugins = ["--plugin", str(metric), "--plugin", str(tmp_path / "file_lab.py")]
    run = CliRunner().invoke(app, ["score", "pixels", "file-lab-VISp-file-metric", *plugins])
    assert run.exit_code == 0, run.output
    assert "no ceiling" in run.stdout
    (record,) = result_records()
    assert record["ceiling"] is record["ceiling_error"] is None and record["ceiling_kind"] == "none"
    assert record["score"] == record["raw"] > 0
    board = CliRunner().invoke(app, ["leaderboard", "--output", str(tmp_path / "board")])
    assert board.exit_code == 0, board.output
    assert '"ceiling": null' in (tmp_path / "board" / "scores.js").read_text().replace('":null', '": null')
