"""The exported folders, held to Brain-Score's own checks of plugins; site-packages is never written to."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import brainscore_vision
import pytest
from brainscore_core.plugin_management.handle_metadata import validate_metadata_file
from brainscore_core.plugin_management.import_plugin import ImportPlugin
from brainscore_core.plugin_management.parse_plugin_changes import get_plugin_ids, parse_plugin_changes
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import InvalidParameterError, SubmissionError, UnknownIdentifierError
from submissions import package_tiny_lab
from typer.testing import CliRunner

MODEL = "squeezenet1-1-random.0"
BENCHMARKS = [
    "simulated-mouse-VISp-rsa",
    "tiny-lab-VISp-activation-overlap",
    "tiny-lab-VISp-cka",
    "tiny-lab-VISp-map-rmse",
    "tiny-lab-VISp-pls",
    "tiny-lab-VISp-ridge",
    "tiny-lab-VISp-rsa",
    "tiny-lab-VISp-rsa-encoding",
    "tiny-lab-VISp-unique-variance-over-gabor",
    "tiny-lab-VISp-unique-variance-over-pixels",
]
PLUGINS = {
    "benchmarks/simulated_mouse": ["simulated-mouse-VISp-rsa"],
    "benchmarks/tiny_lab": BENCHMARKS[1:],
    "data/simulated_mouse": ["simulated-mouse-VISp"],
    "data/tiny_lab": ["tiny-lab-VISp"],
    "metrics/mouse_activation_overlap": ["activation-overlap"],
    "metrics/mouse_cka": ["mouse-cka"],
    "metrics/mouse_map_rmse": ["map-rmse"],
    "metrics/mouse_pls": ["mouse-pls"],
    "metrics/mouse_ridge": ["mouse-ridge"],
    "metrics/mouse_rsa": ["rsa"],
    "metrics/mouse_rsa_encoding": ["rsa-encoding"],
    "metrics/mouse_unique_variance_over_gabor": ["unique-variance-over-gabor"],
    "metrics/mouse_unique_variance_over_pixels": ["unique-variance-over-pixels"],
    "models/squeezenet1_1_random_0": [MODEL],
}


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """(the folder that stands for brainscore_vision in the pull request, the home of its data)."""
    home = tmp_path_factory.mktemp("home_of_export")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINSCORE_MOUSE_HOME", str(home))
        package_tiny_lab(tmp_path_factory.mktemp("stimuli"))
        folder = tmp_path_factory.mktemp("exported") / "pull_request"
        options = ("--models", MODEL, "--benchmarks", "tiny-lab-*")
        result = run("export-upstream", folder, *options, "--benchmarks", "simulated-mouse-VISp-rsa")
        assert result.exit_code == 0, result.exception
    return folder / "brainscore_vision", home


@pytest.mark.slow
def test_what_is_written(exported):
    folder, _ = exported
    assert sorted(str(path.relative_to(folder)) for path in folder.glob("*/*")) == sorted(PLUGINS)
    text = (folder.parent / "PULL_REQUEST.md").read_text()
    assert "mouse-VISp" in text and "brainscore_vision/models/squeezenet1_1_random_0" in text


@pytest.mark.parametrize("plugin", PLUGINS)
def test_brain_score_finds_each_identifier_once(plugin, exported, tmp_path, monkeypatch):
    """By the text search of a library that has Brain-Score's own plugins and the exported ones."""
    folder, _ = exported
    kind, name = plugin.split("/")
    library = tmp_path / "library_with_export"
    own = Path(brainscore_vision.__file__).parent / kind
    (library / kind).mkdir(parents=True)
    (library / "__init__.py").touch()
    for path in [*own.iterdir(), *(folder / kind).iterdir()]:
        (library / kind / path.name).symlink_to(path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for identifier in PLUGINS[plugin]:
        assert ImportPlugin("library_with_export", kind, identifier).plugin_dirname == name
    sys.modules.pop("library_with_export")
    assert get_plugin_ids(kind, [name], str(folder)) == PLUGINS[plugin]


def test_plugin_test_runner_accepts_the_folders(exported, tmp_path, monkeypatch):
    """All of it but what runs in an environment of conda, which is only asked where it is."""
    from brainscore_core.plugin_management.test_plugins import PluginTestRunner

    conda = tmp_path / "conda"
    conda.write_text("#!/bin/sh\necho /opt/conda\n")
    conda.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    folder, _ = exported
    for plugin in PLUGINS:
        PluginTestRunner(folder / plugin).validate_plugin()


def test_metadata_are_valid(exported):
    folder, _ = exported
    found = sorted(folder.glob("*/*/metadata.yaml"))
    assert [path.parent.parent.name for path in found] == ["benchmarks", "benchmarks", "models"]
    for path in found:
        errors, content = validate_metadata_file(path)
        assert errors == []
        kind = path.parent.parent.name
        assert list(content[kind]) == PLUGINS[f"{kind}/{path.parent.name}"]
    assert content["models"][MODEL]["total_parameter_count"] == 1_235_496  # torchvision's figure


def test_a_pull_request_of_plugins_only(exported):
    """So Brain-Score's workflow sees it: nothing but plugin files; those with metadata are reviewed by people."""
    folder, _ = exported
    changed = [str(path.relative_to(folder.parent)) for path in folder.rglob("*") if path.is_file()]
    told = parse_plugin_changes(" ".join(changed), "brainscore_vision")
    assert told["modifies_plugins"] and not told["test_all_plugins"]
    assert {kind: sorted(names) for kind, names in told["changed_plugins"].items()} == {
        kind: sorted(plugin.split("/")[1] for plugin in PLUGINS if plugin.startswith(kind))
        for kind in ("models", "benchmarks", "data", "metrics")
    }


@pytest.mark.slow
def test_the_exported_tests_pass(exported, tmp_path):
    """In a brainscore_vision of links, with the exported folders among its plugins."""
    folder, home = exported
    original = Path(brainscore_vision.__file__).parent
    copy = tmp_path / "brainscore_vision"
    copy.mkdir()
    kinds = ("benchmarks", "data", "metrics", "models")
    for path in original.iterdir():
        if path.name not in kinds:
            (copy / path.name).symlink_to(path)
    for kind in kinds:
        (copy / kind).mkdir()
        for path in [*(original / kind).iterdir(), *(folder / kind).iterdir()]:
            (copy / kind / path.name).symlink_to(path)
    tests = [str(copy / plugin / "test.py") for plugin in PLUGINS if plugin != "benchmarks/tiny_lab"]
    generic = tmp_path / "generic"  # in site-packages, pytest would import Brain-Score from there
    generic.mkdir()
    for path in original.glob("model_helpers/generic_plugin_tests*"):
        (shutil.copytree if path.is_dir() else shutil.copy)(path, generic / path.name)
    shutil.copy(original / "model_helpers" / "conftest.py", generic)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)]),
        "BRAINSCORE_MOUSE_HOME": str(home),
        "BS_INSTALL_DEPENDENCIES": "no",
        "RESULTCACHING_DISABLE": "1",
    }
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-o", "addopts=", "-o", "filterwarnings="]
    command = [sys.executable, "-m", "pytest", *options, "--rootdir", str(tmp_path), *tests]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)  # noqa: S603
    assert "16 passed" in done.stdout, done.stdout[-3000:] + done.stderr[-1000:]
    # Brain-Score's generic tests of models, but those that record V1: this model has no layer committed to it.
    plugin = f"--plugin_directory={copy / 'models' / 'squeezenet1_1_random_0'}"
    command = [
        sys.executable,
        "-m",
        "pytest",
        *options,
        "-m",
        "not memory_intense",
        str(generic / "generic_plugin_tests.py"),
        plugin,
    ]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)  # noqa: S603
    assert "4 passed" in done.stdout, done.stdout[-3000:] + done.stderr[-1000:]


def test_refusals(tmp_path):
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").touch()
    for arguments, error, message in (
        ((tmp_path / "used", "--models", MODEL), SubmissionError, str(tmp_path / "used")),
        ((tmp_path / "new",), InvalidParameterError, "--models"),
        ((tmp_path / "new", "--models", "no-such-*"), UnknownIdentifierError, "no-such-*"),
        ((tmp_path / "new", "--models", "alexnet"), SubmissionError, "alexnet"),
        ((tmp_path / "new", "--models", "neurn-pixels"), SubmissionError, "neurn-pixels"),
    ):
        result = run("export-upstream", *arguments)
        assert isinstance(result.exception, error) and message in str(result.exception)
    assert not (tmp_path / "new").exists()
