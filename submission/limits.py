"""How much a submitted model may use."""

import os
import resource
from dataclasses import dataclass

_THREADS_AND_PROCESSES = 64
_OPEN_FILES = 1024

SET_UP_FAILED = 70
"""Exit status of a run whose isolation could not be set up."""


@dataclass(frozen=True)
class Limits:
    """What a run of a submitted model may use.

    Attributes
    ----------
    seconds : float
        Wall time, from the start of the model's code to the end of its last layer.
    memory_bytes : int
        Memory beyond that of the libraries, of each process (address space) and of all together (resident).
    scratch_bytes : int
        Files, each and all together.
    output_bytes : int
        What it may print.
    processes : int
        Processes at a time.
    """

    seconds: float = 1800
    memory_bytes: int = 8 * 2**30
    scratch_bytes: int = 512 * 2**20
    output_bytes: int = 2**20
    processes: int = 32


def limit_this_process(limits: Limits) -> None:
    """Set the kernel's limits for this process and those it will start."""
    n_cores = os.cpu_count() or 1
    cpu_seconds = int(limits.seconds * n_cores) + 1  # of all threads together
    _limit(resource.RLIMIT_CPU, cpu_seconds)
    _limit(resource.RLIMIT_AS, _address_space() + limits.memory_bytes)
    _limit(resource.RLIMIT_FSIZE, limits.scratch_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _limit(resource.RLIMIT_NPROC, _tasks_of_this_user() + _THREADS_AND_PROCESSES + limits.processes + n_cores)


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def _address_space() -> int:
    import psutil

    return psutil.Process().memory_info().vms


def _tasks_of_this_user() -> int:
    """Count threads: older kernels count those outside of the namespace, too."""
    import psutil

    uid = os.getuid()
    processes = psutil.process_iter(["uids", "num_threads"])
    mine = [process.info for process in processes if process.info["uids"] and process.info["uids"].real == uid]
    return sum(info["num_threads"] or 1 for info in mine)
