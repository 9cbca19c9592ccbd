"""The command line, as a user runs it."""

import importlib
import importlib.metadata
import json
import re
import subprocess
import sys
import typing

import brainscore_mouse
import numpy as np
import pytest
from brainscore_mouse import command_line as commands
from brainscore_mouse.command_line import app
from brainscore_mouse.command_line.expanded_path import expanded_path
from brainscore_mouse.core.errors import BrainscoreMouseError, UnknownIdentifierError
from PIL import Image
from stored_scores import store_table
from typer.testing import CliRunner


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def lab_folder(folder):
    """Write the documented layout: two mice, one of them with fewer repetitions."""
    generator = np.random.default_rng(0)
    signal = generator.normal(size=(12, 6))
    (folder / "responses").mkdir(parents=True)
    (folder / "stimuli").mkdir()
    for subject, n_repetitions in (("m1", 8), ("m2", 7)):
        trials = signal + 0.3 * generator.normal(size=(n_repetitions, 12, 6))
        np.save(folder / "responses" / f"VISp_{subject}.npy", trials)
        content = {
            "area": "VISp",
            "subject": subject,
            "window_s": [0.05, 0.25],
            "neuroid_ids": [f"{subject}{number}" for number in range(6)],
        }
        (folder / "responses" / f"VISp_{subject}.json").write_text(json.dumps(content))
    for number in range(12):
        pixels = generator.integers(0, 256, size=(20, 24), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "stimuli" / f"scene_{number:02d}.png")
    return folder


def test_package_list_and_score(tmp_path):
    packaged = run("data", "package-arrays", str(lab_folder(tmp_path / "lab")), "--dataset", "my-lab")
    assert packaged.exit_code == 0
    assert re.search(r"my-lab-VISp.*\b12\b.*\b2\b", packaged.stdout)
    assert "my-lab" in run("list", "datasets").stdout.split()
    assert {"my-lab-VISp-rsa", "my-lab-VISp-ridge", "my-lab-VISp-pls"} <= set(
        run("list", "benchmarks", "my-lab-*").stdout.split()
    )
    scored = run("score", "pixels", "my-lab-VISp-rsa", "--json")
    content = json.loads(scored.stdout)  # nothing else on stdout
    assert content["n_neuroids"] == 12 and not content["from_cache"]
    again = run("score", "pixels", "my-lab-VISp-rsa")
    assert f"{content['score']:.3f}" in again.stdout
    assert content["created"] in again.stdout


@pytest.mark.slow
def test_errors_are_for_people(capsys, monkeypatch):
    assert isinstance(run("score", "pixls", "simulated-mouse-VISp-rsa").exception, UnknownIdentifierError)
    monkeypatch.setattr("sys.argv", ["brainscore-mouse", "score", "pixels", "no-such-benchmark"])
    with pytest.raises(SystemExit) as exit_:
        commands.main()
    assert exit_.value.code == 1
    captured = capsys.readouterr()
    assert "'no-such-benchmark'" in captured.err and "Traceback" not in captured.err
    assert captured.out == ""


def test_doctor_tells_what_is_there(home):
    output = run("doctor").stdout
    assert str(home) in output and "writable" in output
    for file_name in ("lite0-57934424.pth", "lite1-77cc7160.pth", "lite2-9656183e.pth"):
        assert f"efficientnet-{file_name}" in output
    assert "simulated-mouse is made on first use" in output


@pytest.mark.slow
def test_demo_prints_a_table_and_draws_a_figure(home, monkeypatch):
    """With fewer models, areas and metrics than the real one, which .ci and the README run."""
    demo_module = importlib.import_module("brainscore_mouse.command_line.demo")
    for name, value in (("MODELS", ("pixels", "neurn-pixels")), ("VISUAL_AREAS", ("VISp",)), ("METRICS", ("rsa",))):
        monkeypatch.setattr(demo_module, name, value)
    output = run("demo").stdout
    assert "SIMULATED" in output and "neurn-pixels" in output and "±" in output
    with Image.open(home / "figures" / "demo.png") as figure:
        assert min(figure.size) > 300


def test_the_version_is_the_packages_everywhere():
    version = importlib.metadata.version("brainscore-mouse")
    assert run("--version").stdout.split() == ["brainscore-mouse", version]
    assert brainscore_mouse.__version__ == version
    module = subprocess.run(
        [sys.executable, "-m", "brainscore_mouse", "--version"], capture_output=True, text=True, check=True
    )
    assert module.stdout.split() == ["brainscore-mouse", version]


def functions_of(app):
    yield from (command.callback for command in app.registered_commands)
    for group in app.registered_groups:
        yield from functions_of(group.typer_instance)


def test_every_path_on_the_command_line_is_expanded():
    parsers = {}
    for function in functions_of(commands.app):
        for name, hint in typing.get_type_hints(function, include_extras=True).items():
            if "pathlib" in str(hint):
                parsers[function.__name__, name] = hint.__metadata__[0].parser
    assert [name for name, parser in parsers.items() if parser is not expanded_path] == []
    assert {("package_arrays", "folder"), ("check", "figure"), ("submit", "path"), ("merge", "others")} <= set(parsers)


@pytest.mark.parametrize("written", ["~/here", "~"])
def test_package_arrays_expands_the_home_folder(monkeypatch, tmp_path, written):
    monkeypatch.setenv("HOME", str(tmp_path))
    error = run("data", "package-arrays", written, "--dataset", "lab").exception
    assert isinstance(error, BrainscoreMouseError)
    assert str(tmp_path) in str(error) and "~" not in str(error)


@pytest.mark.parametrize(
    "arguments",
    [
        ["results", "export", "--csv", "{folder}"],
        ["results", "export", "--csv", "{file}/x.csv"],
        ["results", "query", "SELECT 1", "--csv", "{file}/x.csv"],
        ["figures", "--output", "{file}"],
        ["leaderboard", "--output", "{file}/board"],
    ],
)
def test_a_path_that_cannot_be_used_is_named_without_a_traceback(arguments, home, tmp_path, monkeypatch, capsys):
    store_table(["pixels", "alexnet"], ["rsa"])
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine")
    places = {name: str(tmp_path / name) for name in ("folder", "file")}
    monkeypatch.setattr(sys, "argv", ["brainscore-mouse", *(part.format(**places) for part in arguments)])
    with pytest.raises(SystemExit) as ended:
        commands.main()
    assert ended.value.code == 1
    assert str(tmp_path) in capsys.readouterr().err.splitlines()[-1]
    assert (tmp_path / "file").read_text() == "mine" and not list((tmp_path / "folder").iterdir())
