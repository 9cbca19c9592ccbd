"""Run Python in a process of its own, and measure it: for all scripts that start processes."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

THIS_TREE = Path(__file__).resolve().parents[2]
"""The folder that holds this checkout, by the name ``brainscore_mouse``."""


@dataclass(frozen=True)
class OwnProcess:
    """A process that has ended.

    Attributes
    ----------
    output : str
        What it wrote to its standard output.
    processor_seconds, clock_seconds : float
        Of the whole process, imports included.
    """

    output: str
    processor_seconds: float
    clock_seconds: float

    @property
    def answer(self) -> Any:
        """The last line of its output, read as JSON."""
        return json.loads(self.output.splitlines()[-1])


def run_python(*arguments: str, tree: Path = THIS_TREE, **variables: str) -> OwnProcess:
    """Run Python with some arguments, and wait for its end.

    Parameters
    ----------
    *arguments : str
        A script or ``-c``/``-m``, and what follows.
    tree : Path
        The folder from which `brainscore_mouse` is imported.
    **variables : str
        Environment variables beside those of this process.

    Raises
    ------
    RuntimeError
        If it fails; with the end of what it wrote to standard error.
    """
    paths = [str(tree), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, **variables, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-W", "ignore", *arguments]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=errors)  # noqa: S603
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"{' '.join(command)} failed ({process.returncode}): {errors.read()[-2000:]}")
        return OwnProcess(output.read(), usage.ru_utime + usage.ru_stime, seconds)


def commit_of(tree: Path) -> str:
    """Return the commit that is checked out in a tree, with a plus if tracked files were changed since."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tree / "brainscore_mouse"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603

    changed = git("status", "--porcelain", "--untracked-files=no")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def peak_mb() -> float:
    """Return the most memory that this process has held, without what its parent held before it started (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmHWM")
