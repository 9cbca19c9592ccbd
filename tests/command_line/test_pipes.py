"""Pipes that nobody reads to the end, full disks and narrow terminals: no traceback, and nothing cut short."""

import os
import re
import subprocess
import sys

import pytest


def run_shell(line, **environment):
    command = line.replace("brainscore-mouse", f"{sys.executable} -m brainscore_mouse")
    return subprocess.run(  # noqa: S603
        ["bash", "-c", command],  # noqa: S607
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )


@pytest.mark.parametrize("arguments", ["list models", "list benchmarks", "list benchmarks --help"])
def test_a_pipe_that_nobody_reads_to_the_end_is_no_traceback(arguments):
    done = run_shell(f"brainscore-mouse {arguments} | head -c 5")
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    assert len(done.stdout) == 5


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
@pytest.mark.parametrize("arguments", ["list models", "list benchmarks --json", "--version", "score --help"])
def test_output_that_cannot_be_written_is_an_error(arguments):
    done = run_shell(f"brainscore-mouse {arguments} > /dev/full")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    assert "No space left" in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_messages_that_cannot_be_written_do_not_change_what_is_printed():
    done = run_shell("brainscore-mouse list models 2> /dev/full")
    assert done.stdout.splitlines() == run_shell("brainscore-mouse list models").stdout.splitlines()


@pytest.mark.parametrize("columns", ["20", "1"])
@pytest.mark.parametrize("arguments", ["list models", "list benchmarks --all"])
def test_a_narrow_terminal_cuts_no_name_short(columns, arguments):
    narrow, wide = (run_shell(f"brainscore-mouse {arguments}", COLUMNS=width) for width in (columns, "400"))
    assert narrow.returncode == 0 and "Traceback" not in narrow.stderr
    assert re.findall(r"[\w-]{3,}", narrow.stdout) == re.findall(r"[\w-]{3,}", wide.stdout)


@pytest.mark.parametrize("arguments", ["--help", "score --help", "list nothing"])
def test_help_and_errors_fit_into_a_narrow_terminal(arguments):
    done = run_shell(f"brainscore-mouse {arguments}", COLUMNS="20")
    assert done.returncode == (2 if "nothing" in arguments else 0)
    assert "Traceback" not in done.stderr and len(done.stdout + done.stderr) > 50
