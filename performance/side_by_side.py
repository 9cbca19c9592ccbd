"""Timing of two functions on the same input, in turn, in one run; their memory; and the machine's matrix products.

Times are of the processor: on one thread they are what a clock shows on an idle machine, and on a busy one they leave
out what other programs took. Clock times are printed beside them.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from report import Side, report

N_RUNS = 5


class PeakMemory:
    """The rise of the process' resident memory above that at the start of a block, in MB, sampled every 2 ms."""

    def __enter__(self) -> "PeakMemory":
        self._done = threading.Event()
        self._start = self._peak = resident_mb()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._done.set()
        self._thread.join()
        self.rise = max(self._peak, resident_mb()) - self._start

    def _watch(self) -> None:
        while not self._done.wait(0.002):
            self._peak = max(self._peak, resident_mb())


def resident_mb() -> float:
    """Return the process' resident memory (Linux)."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass(frozen=True)
class Run:
    """One run: processor seconds of all its threads, clock seconds, and what it returned."""

    cpu_seconds: float
    clock_seconds: float
    result: Any


def run_once(function: Callable[[], Any]) -> Run:
    """Time a function."""
    clock, cpu = time.perf_counter(), time.process_time()
    result = function()
    return Run(time.process_time() - cpu, time.perf_counter() - clock, result)


def rise_of_memory(function: Callable[[], Any]) -> tuple[float, Any]:
    """Return by how many MB the memory rose, in a run of its own, since watching takes time; and the result."""
    with PeakMemory() as memory:
        result = function()
    return memory.rise, result


def compare(
    name: str,
    ours: Callable[[], Any],
    peer: Callable[[], Any],
    peer_name: str,
    gflop: float | None = None,
    n_runs: int = N_RUNS,
) -> float:
    """Run both in turn; print medians of their times, the ratio, memory, and the largest difference of the results.

    Parameters
    ----------
    name : str
        The work that both do.
    ours, peer : callable
        Do it, and return numbers.
    peer_name : str
        Who the peer is.
    gflop : float, optional
        Multiplications and additions of our matrix products, in 1e9: our time is also given as a multiple of theirs.
    n_runs : int
        Runs of each.

    Returns
    -------
    float
        Our median, in processor seconds.
    """
    if os.environ.get("OMP_NUM_THREADS") != "1":
        raise SystemExit("Set OMP_NUM_THREADS=1: the processor time of one thread is measured.")
    ours()
    rises = [rise_of_memory(function)[0] for function in (ours, peer)]
    runs = [[run_once(function) for function in (ours, peer)] for _ in range(n_runs)]
    print(f"{name} ({n_runs} runs each, load {os.getloadavg()[0]:.1f})")
    sides = []
    for side, who in enumerate(("ours", peer_name)):
        seconds = [run[side].cpu_seconds for run in runs]
        clock = float(np.median([run[side].clock_seconds for run in runs]))
        print(f"  {who}: {np.median(seconds):.4f} s (clock {clock:.4f} s), {rises[side]:.0f} MB")
        sides.append(Side(who, seconds, rises[side]))
    median = float(np.median(sides[0].seconds))
    difference = np.nanmax(np.abs(np.asarray(runs[-1][0].result) - np.asarray(runs[-1][1].result)))
    print(f"  largest difference of the results {difference:.1e}", flush=True)
    report(name, *sides, times_limit=None if gflop is None else times_limit(median, gflop))
    return median


def gigaflops(dtype: Any = np.float64, size: int = 1000) -> float:
    """Measure the machine's large matrix products, in 1e9 multiplications and additions per second."""
    matrix = np.random.default_rng(0).normal(size=(size, size)).astype(dtype)
    times = [run_once(lambda: matrix @ matrix).cpu_seconds for _ in range(9)]
    return 2 * size**3 / float(np.median(times)) / 1e9


def times_limit(seconds: float, gflop: float) -> float:
    """Print and return a time in units of that of its matrix products alone, at the speed measured now."""
    speed = gigaflops()
    limit = gflop / speed
    print(
        f"  matrix products: {gflop:.2f} GFLOP at {speed:.0f} GFLOP/s = {limit:.4f} s; ours {seconds / limit:.2f}x",
        flush=True,
    )
    return seconds / limit


def print_machine() -> None:
    """Tell what else the machine was doing."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; one thread is used", flush=True)
