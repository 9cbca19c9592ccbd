"""The plugins that ``new-model``, ``new-metric`` and ``new-dataset`` write work, and pass the tests beside them."""

import os
import subprocess
import sys

import pytest
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import PluginError
from brainscore_mouse.plugins.new_plugin import write_new_plugin
from typer.testing import CliRunner


@pytest.mark.parametrize("kind", ["model", "metric", "dataset"])
@pytest.mark.slow
def test_a_written_plugin_passes_its_written_test(kind, tmp_path):
    written = CliRunner().invoke(app, [f"new-{kind}", "my-own", "--folder", str(tmp_path)])
    assert written.exit_code == 0, written.output
    assert {path.name for path in tmp_path.iterdir()} == {"my_own.py", "test_my_own.py"}
    assert "--plugin" in written.stdout
    # In a process of its own, from another folder.
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "test_my_own.py")],
        cwd=tmp_path.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(("name", "lines"), [("model", 20), ("metric", 20), ("dataset", 40)])
def test_a_written_plugin_is_short(name, lines, tmp_path):
    plugin, _, _ = write_new_plugin(name, "my-own", tmp_path)
    assert len(plugin.read_text().splitlines()) <= lines


def test_nothing_is_overwritten_and_names_are_checked(tmp_path):
    write_new_plugin("model", "my-net", tmp_path)
    with pytest.raises(PluginError, match=r"my_net\.py"):
        write_new_plugin("metric", "my-net", tmp_path)
    for name in ("1st", "a/b", ""):
        with pytest.raises(PluginError, match="letters, digits"):
            write_new_plugin("model", name, tmp_path)
