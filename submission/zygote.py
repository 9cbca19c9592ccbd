"""A process that has the libraries loaded, and forks one isolated child for each submitted model it is told to run.

It never runs a model itself, and its children cannot reach it. Run as a program, with the number of the socket by
which it is told what to do: a line of JSON and two descriptors, for results and for what is printed.
"""

import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import torch  # noqa: F401  # so that its children need not

from ..activations.image_model import ImageModel  # noqa: F401
from .isolation import arrange_file_system, die_with_parent, drop_privileges, enter_namespaces
from .limits import SET_UP_FAILED, Limits, limit_this_process
from .plugin_run import hand_over_copies_of_tensors, run_plugin, write_all


def main(control: socket.socket) -> None:
    """Serve until the other end is closed."""
    while True:
        line, descriptors, _, _ = socket.recv_fds(control, 2**16, 2)
        if not line:
            return
        result, output = descriptors
        pid = os.fork()
        if pid == 0:
            control.close()
            _guarded(_run, json.loads(line), result, output)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(pid, pid)  # as the child does itself: whoever comes first
        os.close(result)
        os.close(output)
        control.sendall(json.dumps({"pid": pid}).encode() + b"\n")
        control.sendall(json.dumps({"status": _status(os.waitpid(pid, 0)[1])}).encode() + b"\n")


def _run(job: dict[str, Any], result: int, output: int) -> NoReturn:
    """Lead the run's process group, outside of the process namespace that the run takes place in."""
    os.setpgid(0, 0)
    die_with_parent()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, standard in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(descriptor, standard)
    os.environ.clear()
    os.environ.update(job["environment"])
    tempfile.tempdir = None
    if job["isolated"]:
        enter_namespaces()
    pid = os.fork()
    if pid == 0:
        _guarded(_arrange, job, result)
    os.close(result)
    os._exit(_status(os.waitpid(pid, 0)[1]))


def _arrange(job: dict[str, Any], result: int) -> NoReturn:
    """Be the first process of the namespace, whose end is the end of all others: prepare it, wait for the run."""
    die_with_parent()
    limits = Limits(**job["limits"])
    scratch = Path(job["scratch"])
    if job["isolated"]:
        arrange_file_system(scratch, limits.scratch_bytes, [Path(folder) for folder in job["hidden"]])
        drop_privileges()
        hand_over_copies_of_tensors()
    os.closerange(3, result)
    os.closerange(result + 1, os.sysconf("SC_OPEN_MAX"))
    limit_this_process(limits)
    pid = os.fork()
    if pid == 0:
        os.chdir(scratch)
        sys.argv = ["submitted-plugin"]
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        handover = run_plugin(Path(job["plugin"]), job["identifier"], Path(job["stimuli"]), job["region_layer_map"])
        for stream in (sys.stdout, sys.stderr):  # the end below flushes nothing
            with contextlib.suppress(Exception):
                stream.flush()
        write_all(result, handover)
        os._exit(0)  # threads that never end must not keep the process
    os.close(result)
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == pid:
            os._exit(_status(status))


def _guarded(step: Callable[..., NoReturn], *arguments: Any) -> NoReturn:
    """Never let a forked child return into the loop above."""
    try:
        step(*arguments)
    except BaseException:
        traceback.print_exc()
    os._exit(SET_UP_FAILED)


def _status(status: int) -> int:
    """Return an exit status as a shell tells it: 128 + the signal's number for a killed process."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    die_with_parent()
    main(socket.socket(fileno=int(sys.argv[1])))
