"""``brainscore-mouse data``, and the examples of docs/data.md, as a user runs them."""

import re
from pathlib import Path

import brainscore_mouse
import pytest
from brainscore_mouse import list_benchmarks
from brainscore_mouse.command_line import app
from brainscore_mouse.data_packaging.allen.areas import AREAS
from brainscore_mouse.data_packaging.allen.neuroid_selections import CELL_SELECTIONS, FILTERS
from misbehaving_server import serving
from simulated_bucket import Site, write_bucket
from typer.testing import CliRunner

DOCUMENT = (Path(brainscore_mouse.__file__).parent / "docs" / "data.md").read_text()


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None:
        raise result.exception
    return result.stdout


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, flags=re.DOTALL)


@pytest.fixture
def mirror(tmp_path):
    sites = [
        Site("VISp", "Cux2-CreERT2", 175, "mouse-1"),
        Site("VISp", "Sst-IRES-Cre", 275, "mouse-2"),
        Site("VISl", "Rbp4-Cre_KL100", 375, "mouse-1"),
    ]
    write_bucket(tmp_path / "mirror", sites)
    return tmp_path / "mirror"


def test_commands_of_the_document(mirror):
    """Each of them, with the mirror of the test instead of the public bucket or the document's own."""
    commands = [
        line for block in blocks("bash") for line in block.splitlines() if line.startswith("brainscore-mouse data")
    ]
    assert len(commands) == 7
    outputs = {}
    for command in commands:
        if command.endswith("made-up-lab"):
            continue  # see the next test
        arguments = command.replace("/path/to/mirror", str(mirror)).split()[1:]
        if "fetch" in arguments and "--source" not in arguments:
            arguments += ["--source", str(mirror)]
        outputs[command] = run(*arguments)
    told = outputs["brainscore-mouse data info allen-mouse"]
    for part in (
        "VISp: 24 neuroids of 2 mice",
        "cre_line: Cux2-CreERT2 12, Sst-IRES-Cre 12",
        "layer: L2/3 12, L4 12",
        "cell_class: exc 12, inh 12",
        "VISl: 12 neuroids of 1 mouse",
        "de Vries",
        "non-commercial",
        " MB in ",
    ):
        assert part in told
    assert "allen-mouse-VISp: as packaged" in outputs["brainscore-mouse data verify allen-mouse"]


def test_example_of_another_lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (example,) = (block for block in blocks("python") if "package_array_folder" in block)
    exec(compile(example, "docs/data.md", "exec"), {})  # noqa: S102
    told = run("data", "info", "made-up-lab")
    assert "VISp: 30 neuroids of 2 mice" in told and "our paper" in told and "layer: L4 30" in told
    assert "packaged from arrays" in told
    assert "NO SIGN" in run("data", "check", "made-up-lab")  # they are random numbers
    assert "made-up-lab-VISp-rsa" in run("score", "pixels", "made-up-lab-VISp-rsa")


@pytest.mark.slow
def test_options_of_fetch(mirror, monkeypatch):
    told = run("data", "fetch", "allen-mouse", "--area", "VISp", "--max-experiments", "1", "--source", str(mirror))
    assert "VISp: 12 neuroids of 1 mouse, not all experiments" in told and "VISl" not in told
    with serving(mirror) as server:
        monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", server.url)
        told = run("data", "fetch", "allen-mouse", "--area", "VISp", "--area", "VISl", "--jobs", "2", "--replace")
        assert "VISp: 24 neuroids" in told and "VISl: 12 neuroids" in told
        n_requests = len(server.requests)
        run("data", "package", "allen-mouse")
        run("data", "fetch", "allen-mouse", "--area", "VISl")
        assert len(server.requests) == n_requests


def test_the_document_names_what_there_is():
    for name in (*CELL_SELECTIONS, *FILTERS, *(area.name for area in AREAS), *(area.dataset for area in AREAS)):
        assert re.search(rf"\b{name}\b", DOCUMENT), name
    benchmarks = set(list_benchmarks())
    examples = set(re.findall(r"`(allen-mouse-[^`]*-(?:rsa|ridge|pls))`", DOCUMENT))
    assert "allen-mouse-VISp.Sst-rsa" in examples
    assert examples <= benchmarks
