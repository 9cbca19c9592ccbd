"""What is printed survives every terminal."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from brainscore_mouse.command_line.output.terminal_encoding import print_whatever_the_terminal

# Runs the command line on a score that is stored, and so needs no recordings.
SCRIPT = """
import sys
from brainscore_mouse.command_line import main
from stored_scores import store_made_up
store_made_up("netz-été", "toy-mouse-VISp-rsa", 0.25, raw=0.2, ceiling=0.9)
question = "SELECT model || ' ± ' || score || ' → µ\u2212∆ 鼠' AS told FROM results"
sys.argv = ["brainscore-mouse", "results", "query", question]
main()
"""


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"PYTHONIOENCODING": "ascii"}, "netz-ete +/- 0.25 -> u-? ?"),
        ({"PYTHONIOENCODING": "ascii:strict"}, "netz-ete +/- 0.25 -> u-? ?"),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "netz-ete +/- 0.25 -> u-? ?"),
        ({"PYTHONIOENCODING": "latin-1"}, "netz-été ± 0.25 -> µ-? ?"),
        ({"PYTHONIOENCODING": "utf-8"}, "netz-été ± 0.25 → µ\u2212∆ 鼠"),
    ],
    ids=["ascii", "strict", "C", "latin-1", "utf-8"],
)
@pytest.mark.slow
def test_characters_that_a_terminal_lacks_are_replaced(environment, told, tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(tmp_path / "script.py")],
        capture_output=True,
        env=os.environ | {"PYTHONPATH": path} | environment,
    )
    assert done.returncode == 0, done.stderr
    encoding = environment.get("PYTHONIOENCODING", "ascii").partition(":")[0]
    assert done.stdout.decode(encoding).split("\n")[1].strip() == told


@pytest.mark.parametrize(
    ("encoding", "errors", "expected"),
    [("ascii", "strict", b"0.5 +/- 0.1"), ("ascii", "ignore", b"0.5  0.1"), ("cp1252", "strict", b"0.5 \xb1 0.1")],
)
def test_what_a_user_chose_stays(encoding, errors, expected, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors=errors)
    monkeypatch.setattr(sys, "stdout", stream)
    print_whatever_the_terminal()
    stream.write("0.5 ± 0.1")
    stream.flush()
    assert stream.buffer.getvalue() == expected


def test_other_streams_are_left_alone(monkeypatch):
    for stream in (io.StringIO(), None):
        monkeypatch.setattr(sys, "stdout", stream)
        print_whatever_the_terminal()
