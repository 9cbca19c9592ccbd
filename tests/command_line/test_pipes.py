"""Pipes that nobody reads to the end."""

import os
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


@pytest.mark.parametrize("arguments", ["list models", "list benchmarks"])
def test_a_pipe_that_nobody_reads_to_the_end_is_no_traceback(arguments):
    done = run_shell(f"brainscore-mouse {arguments} | head -c 5")
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    assert len(done.stdout) == 5
