"""link, unlink and status, in a private copy of brainscore_vision."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from brainscore_core.plugin_management.import_plugin import ImportPlugin
from brainscore_mouse.brainscore_bridge import internals as brainscore_private
from brainscore_mouse.brainscore_bridge import link as linking
from brainscore_mouse.brainscore_bridge.link import link, status, unlink
from brainscore_mouse.brainscore_bridge.offer import STUB_FOLDER, offered
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import BrainscoreMouseError
from private_brainscore import environment, listing, private_copy, seed_torchvision
from typer.testing import CliRunner

TYPES = ("benchmarks", "metrics", "data")


@pytest.fixture
def vision(tmp_path, monkeypatch):
    folder = private_copy(tmp_path / "site-packages")
    monkeypatch.setattr(brainscore_private, "vision_folder", lambda: folder)
    monkeypatch.setattr(linking, "vision_folder", lambda: folder)
    return folder


def states():
    return [stub.state for stub in status()]


def stub_file(vision, plugin_type):
    return vision / plugin_type / STUB_FOLDER / "__init__.py"


@pytest.mark.slow
def test_link_and_unlink_leave_no_trace_and_can_be_repeated(vision):
    before = listing(vision.parent)
    assert states() == ["absent"] * 3
    assert [stub.state for stub in link()] == ["as written"] * 3
    linked = listing(vision.parent)
    stubs = {f"brainscore_vision/{name}/{STUB_FOLDER}" for name in TYPES}
    files = {f"{stub}/{name}" for stub in stubs for name in ("__init__.py", "brainscore_mouse_link.json")}
    assert linked.keys() - before.keys() == stubs | files
    times = {path: (vision.parent / path).stat().st_mtime_ns for path in files}
    link()
    assert listing(vision.parent) == linked
    assert {path: (vision.parent / path).stat().st_mtime_ns for path in files} == times
    assert len(unlink()) == 3
    assert listing(vision.parent) == before and states() == ["absent"] * 3
    assert unlink() == []


@pytest.mark.slow
def test_every_line_is_literal_and_runs(vision):
    link()
    for kind in ("benchmark", "metric", "data", "stimulus_set"):
        folders = brainscore_private.registered_identifiers(kind)
        assert {name for name, folder in folders.items() if folder == STUB_FOLDER} == offered(kind).keys()
    for plugin_type in TYPES:
        compile(stub_file(vision, plugin_type).read_text(), "stub", "exec")


def test_brain_score_itself_finds_the_stub(vision, monkeypatch):
    link()
    search = ImportPlugin.__new__(ImportPlugin)
    search.plugins_dir, search.registry_name = vision / "benchmarks", "benchmark_registry"
    for identifier in ("simulated-mouse-VISp-rsa", "allen-mouse-VISl.Cux2-pls", "allen-mouse-npx-ridge"):
        search.identifier = identifier
        assert search.locate_plugin() == STUB_FOLDER


@pytest.mark.slow
def test_a_stub_of_an_older_version_is_recognised_and_replaced(vision):
    link()
    for plugin_type in TYPES:  # as version 0.1.0 wrote it: from a module that has moved since
        stub = stub_file(vision, plugin_type)
        old = stub.read_text().replace(
            "from brainscore_mouse import plugin_for_brain_score, spare_site_packages",
            "from brainscore_mouse.core.offered_plugins import maker\n"
            "from brainscore_mouse.core.registration import spare_site_packages",
        )
        stub.write_text(old.replace("plugin_for_brain_score(", "maker("))
        manifest = stub.with_name("brainscore_mouse_link.json")
        content = json.loads(manifest.read_text())
        content["files"]["__init__.py"] = linking.sha256_of_file(stub)
        manifest.write_text(json.dumps(content))
    assert states() == ["outdated"] * 3
    assert [stub.state for stub in link()] == ["as written"] * 3
    assert not any("offered_plugins" in stub_file(vision, plugin_type).read_text() for plugin_type in TYPES)
    assert len(unlink()) == 3


@pytest.mark.slow
def test_manifest_holds_the_hash_of_the_stub(vision):
    link()
    folder = vision / "metrics" / STUB_FOLDER
    manifest = json.loads((folder / "brainscore_mouse_link.json").read_text())
    assert manifest["files"] == {"__init__.py": linking.sha256_of_file(folder / "__init__.py")}


@pytest.mark.slow
def test_new_datasets_make_stubs_outdated_and_linking_again_updates_them(vision, simulated_home):
    link()
    datasets = simulated_home / "datasets"
    (datasets / "later").mkdir()
    shutil.copy(datasets / "simulated-mouse" / "manifest.json", datasets / "later")
    assert states() == ["outdated", "as written", "outdated"]
    assert "later-VISp-rsa" not in stub_file(vision, "benchmarks").read_text()
    assert [stub.state for stub in link()] == ["as written"] * 3
    assert "benchmark_registry['later-VISp-rsa']" in stub_file(vision, "benchmarks").read_text()


@pytest.mark.slow
def test_an_edited_stub_is_neither_replaced_nor_removed(vision):
    link()
    edited = stub_file(vision, "metrics")
    edited.write_text(edited.read_text() + "# mine\n")
    before = listing(vision.parent)
    for change in (link, unlink):
        with pytest.raises(BrainscoreMouseError, match=re.escape(str(edited.parent))):
            change()
        assert listing(vision.parent) == before
    assert states() == ["as written", "edited", "as written"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "is not JSON"),
        ('{"written_by": "brainscore-mouse link"}', "lacks 'files'"),
        ('{"written_by": "brainscore-mouse link", "files": {"__init__.py": 5}}', "files['__init__.py'] is 5"),
    ],
)
def test_a_damaged_manifest_of_a_stub_is_named_with_key_and_value(vision, text, named):
    folder = vision / "metrics" / STUB_FOLDER
    folder.mkdir()
    manifest = folder / "brainscore_mouse_link.json"
    manifest.write_text(text)
    with pytest.raises(BrainscoreMouseError) as refused:
        link()
    assert str(manifest) in str(refused.value) and named in str(refused.value)
    assert str(manifest) in CliRunner().invoke(app, ["status"]).stdout
    assert manifest.read_text() == text and states() == ["absent", "edited", "absent"]


@pytest.mark.parametrize("name", ["notes.txt", "model.py"])
@pytest.mark.slow
def test_a_file_that_was_added_keeps_the_stub(vision, name):
    link()
    (vision / "data" / STUB_FOLDER / name).write_text("mine")
    with pytest.raises(BrainscoreMouseError, match=re.escape(str(vision / "data" / STUB_FOLDER))):
        unlink()
    assert (vision / "data" / STUB_FOLDER / name).read_text() == "mine" and stub_file(vision, "data").is_file()


@pytest.mark.slow
def test_what_python_compiled_goes_with_the_stub(vision):
    before = listing(vision.parent)
    link()
    compiled = vision / "benchmarks" / STUB_FOLDER / "__pycache__"
    compiled.mkdir()
    (compiled / "__init__.cpython-311.pyc").write_bytes(b"")
    assert states() == ["as written"] * 3
    unlink()
    assert listing(vision.parent) == before and not compiled.exists()


@pytest.mark.parametrize("kind", ["folder", "file", "link", "foreign manifest"])
def test_something_else_of_the_same_name_is_left_alone(vision, kind, tmp_path):
    path = vision / "metrics" / STUB_FOLDER
    if kind == "file":
        path.write_text("mine")
    elif kind == "link":
        (tmp_path / "elsewhere").mkdir()
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.mkdir()
        (path / "__init__.py").write_text("mine")
        if kind == "foreign manifest":
            (path / "brainscore_mouse_link.json").write_text(json.dumps({"written_by": "me", "files": {}}))
    before = listing(vision.parent)
    assert states() == ["absent", "not ours", "absent"]
    with pytest.raises(BrainscoreMouseError, match=re.escape(str(path))):
        link()
    assert unlink() == []
    assert listing(vision.parent) == before


def test_an_identifier_that_another_plugin_has_is_not_registered_twice(vision):
    other = vision / "benchmarks" / "other"
    other.mkdir()
    (other / "__init__.py").write_text('benchmark_registry["simulated-mouse-VISp-rsa"] = mine\n')
    link()
    text = stub_file(vision, "benchmarks").read_text()
    assert "benchmark_registry['simulated-mouse-VISp-rsa']" not in text
    assert "benchmark_registry['mouse-simulated-mouse-VISp-rsa']" in text
    assert "benchmark_registry['simulated-mouse-VISl-rsa']" in text


def test_a_failure_half_way_leaves_nothing(vision, monkeypatch):
    before = listing(vision.parent)
    write = linking._write
    written = []

    def failing(folder, text):
        if written:
            raise OSError(30, "Read-only file system")
        written.append(folder)
        write(folder, text)

    monkeypatch.setattr(linking, "_write", failing)
    with pytest.raises(BrainscoreMouseError, match=r"brainscore_mouse\.register\(\)"):
        link()
    assert len(written) == 1 and listing(vision.parent) == before


def test_a_folder_that_cannot_be_written_to_is_said_first(vision, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(BrainscoreMouseError, match=r"brainscore_mouse\.register\(\)"):
        link()
    assert states() == ["absent"] * 3


@pytest.mark.slow
def test_an_interrupted_unlink_is_finished_by_the_next(vision):
    before = listing(vision.parent)
    link()
    stub_file(vision, "benchmarks").unlink()  # the first step
    (vision / "data" / f".{STUB_FOLDER}-killed").mkdir()  # of a link that was killed
    assert states()[0] == "outdated"
    unlink()
    assert listing(vision.parent) == before


@pytest.mark.slow
def test_commands(vision):
    assert "absent" in CliRunner().invoke(app, ["status"]).stdout
    linked = CliRunner().invoke(app, ["link"]).stdout
    assert "as written" in linked and "mouse-ridge" in linked
    assert str(vision / "metrics" / STUB_FOLDER) in CliRunner().invoke(app, ["unlink"]).stdout
    assert str(vision) not in CliRunner().invoke(app, ["unlink"]).stdout


@pytest.mark.slow
def test_the_official_command_line(vision, tmp_path, simulated_home):
    """`python -m brainscore_vision score` works after link, and not after unlink; nothing is left behind."""
    before = listing(vision.parent)
    torch_home = tmp_path / "torch"
    seed_torchvision(torch_home, "alexnet")
    variables = environment(vision, simulated_home, torch_home)

    def run(*arguments):
        command = [sys.executable, *arguments]
        return subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True)  # noqa: S603

    benchmark = "simulated-mouse-VISp-rsa"
    score = ["-m", "brainscore_vision", "score", "--model_identifier", "alexnet", "--benchmark_identifier", benchmark]
    link()
    scored = run(*score)
    assert scored.returncode == 0, scored.stderr
    number = r"0\.\d{3}"
    shown = rf"({number}) ± {number} of the ceiling \({number} ± {number}\), layer \S+, 174 neuroids of 6 mice"
    assert float(re.match(shown, scored.stdout)[1]) > 0  # our scores show themselves
    unlink()
    again = run("-c", f"import brainscore_vision; brainscore_vision.load_benchmark({benchmark!r})")
    assert again.returncode != 0 and f"No registrations found for {benchmark}" in again.stderr
    assert listing(vision.parent) == before
