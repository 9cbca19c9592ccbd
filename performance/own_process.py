"""Run Python in a process of its own, and measure it: for all scripts that start processes."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

THIS_CHECKOUT = Path(__file__).resolve().parents[1]
"""The checkout that these scripts belong to, whatever its folder is called."""


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


@contextmanager
def importing(checkout: Path) -> Iterator[str]:
    """Give the value of ``PYTHONPATH`` by which a checkout is imported as `brainscore_mouse`, whatever it is called.

    Without it a folder of that name beside the checkout, or what is installed, would be measured in its place.
    """
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "brainscore_mouse").symlink_to(checkout.resolve())
        yield os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])])


def run_python(*arguments: str, checkout: Path = THIS_CHECKOUT, **variables: str) -> OwnProcess:
    """Run Python with some arguments, and wait for its end.

    Parameters
    ----------
    *arguments : str
        A script or ``-c``/``-m``, and what follows.
    checkout : Path
        What is imported as `brainscore_mouse`.
    **variables : str
        Environment variables beside those of this process.

    Raises
    ------
    RuntimeError
        If it fails; with the end of what it wrote to standard error.
    """
    command = [sys.executable, "-W", "ignore", *arguments]
    with (
        tempfile.TemporaryFile("w+") as output,
        tempfile.TemporaryFile("w+") as errors,
        importing(checkout) as path,
    ):
        environment = {**os.environ, **variables, "PYTHONPATH": path}
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


def commit_of(checkout: Path) -> str:
    """Return the commit that is checked out, with a plus if tracked files were changed since."""
    changed = _git(checkout, "status", "--porcelain", "--untracked-files=no")
    return _git(checkout, "rev-parse", "--short", "HEAD") + ("+" if changed else "")


def has_commit(checkout: Path, commit: str) -> bool:
    """Say whether a commit is there; a shallow clone has only the newest, and a download none."""
    try:
        return _git(checkout, "cat-file", "-t", commit) == "commit"
    except (FileNotFoundError, subprocess.CalledProcessError):
        return False


@contextmanager
def checked_out(checkout: Path, commit: str) -> Iterator[Path]:
    """Give a folder with another commit of the same repository; it is removed at the end."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, commit)
        _git(checkout, "worktree", "add", "--detach", str(folder), commit)
        try:
            yield folder
        finally:
            _git(checkout, "worktree", "remove", "--force", str(folder))


def _git(checkout: Path, *arguments: str) -> str:
    command = ["git", "-C", str(checkout), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603


def peak_mb() -> float:
    """Return the most memory that this process has held, without what its parent held before it started (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmHWM")
