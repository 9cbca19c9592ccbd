"""Run a function in a forked process: whatever it does to the process, or the process to it, costs one result only."""

import contextlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


def outcome_in_fork(function: Callable[[], dict[str, Any]], seconds: int, gigabytes: int, log: Path) -> dict[str, Any]:
    """Call a function in a fork of this process, and return what it returned.

    Parameters
    ----------
    function : callable
        Returns what JSON can hold.
    seconds : int
        Of processor time, so that it does not matter what else the machine does; the process is killed after it, or
        after ten times as long by the clock.
    gigabytes : int
        Memory that it may map beyond what this process has mapped.
    log : Path
        Where its output goes.

    Returns
    -------
    dict
        Of the function; or `status` 'broken', with the `error`, if the process ended in another way.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    read_end, write_end = os.pipe()
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    child = os.fork()
    if child == 0:
        os.close(read_end)
        _run_child(function, write_end, seconds, gigabytes, log)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        content = pipe.read()
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what it started and left behind
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = {
        "seconds": round(time.monotonic() - started, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, 1),
    }
    if content:
        return json.loads(content) | took
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGALRM, signal.SIGXCPU):
        return {"status": "timeout", "error": f"not done after {seconds} s of processor time"} | took
    return {"status": "broken", "error": f"the process ended without a result (wait status {status})"} | took


def sweep(
    names: Iterable[str], outcome_of: Callable[[str], dict[str, Any]], file: Path, minutes: float
) -> dict[str, dict[str, Any]]:
    """Collect the outcome of each name, one JSON line each; those that the file has already are not run again.

    Parameters
    ----------
    names : iterable of str
        What to run.
    outcome_of : callable
        From a name to what became of it.
    file : Path
        The JSON lines; need not exist.
    minutes : float
        Afterwards no further one is begun.
    """
    known = {}
    ends = time.monotonic() + 60 * minutes
    if file.exists():
        known = {row["name"]: row for row in map(json.loads, file.read_text(encoding="utf-8").splitlines())}
    names = list(names)
    for number, name in enumerate(names):
        if name in known or time.monotonic() > ends:
            continue
        known[name] = {"name": name, **outcome_of(name)}
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(known[name]) + "\n")
        told = known[name].get("error", "")
        print(f"{number + 1}/{len(names)} {name}: {known[name]['status']} {told[:150]}", flush=True)
    return {name: known[name] for name in names if name in known}


def _run_child(function: Callable[[], dict[str, Any]], write_end: int, seconds: int, gigabytes: int, log: Path) -> None:
    """Run in the child; never returns."""
    os.setpgid(0, 0)
    signal.alarm(10 * seconds)  # its default action ends the process
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))  # the fork's own; it starts at 0
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + gigabytes * 2**30,) * 2)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    try:
        result = function()
    except BaseException as error:
        result = {
            "status": "broken",
            "error": f"{type(error).__name__}: {error}"[:500],
            "traceback": traceback.format_exception(error)[-6:],
        }
    sys.stdout.flush()
    os.write(write_end, json.dumps(result).encode())
    os._exit(0)
