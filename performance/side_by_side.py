"""Timing of two functions on the same input, in turn, in one run; their memory; and the machine's matrix products."""

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

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


def time_once(function: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return seconds, rise of memory in MB, and the result."""
    with PeakMemory() as memory:
        start = time.perf_counter()
        result = function()
        seconds = time.perf_counter() - start
    return seconds, memory.rise, result


def compare(
    name: str, ours: Callable[[], Any], peer: Callable[[], Any], peer_name: str, n_runs: int = N_RUNS
) -> tuple[float, float]:
    """Run both in turn; print medians of their times, the ratio, memory, and the largest difference of the results.

    Returns
    -------
    ours, peer : float
        Median seconds.
    """
    ours()  # both are measured warm; the first run of the peer is kept, as it can take minutes
    runs = [[time_once(function) for function in (ours, peer)] for _ in range(n_runs)]
    our_seconds, peer_seconds = (float(np.median([run[side][0] for run in runs])) for side in (0, 1))
    our_mb, peer_mb = (max(run[side][1] for run in runs) for side in (0, 1))
    difference = np.nanmax(np.abs(np.asarray(runs[-1][0][2]) - np.asarray(runs[-1][1][2])))
    print(
        f"{name}\n  ours {our_seconds:.4f} s, {our_mb:.0f} MB   {peer_name} {peer_seconds:.4f} s, {peer_mb:.0f} MB   "
        f"ratio {peer_seconds / our_seconds:.1f}   largest difference {difference:.1e}   ({n_runs} runs each)",
        flush=True,
    )
    return our_seconds, peer_seconds


def gigaflops(dtype: Any = np.float64, size: int = 1000) -> float:
    """Measure the machine's large matrix products, in 1e9 multiplications and additions per second."""
    matrix = np.random.default_rng(0).normal(size=(size, size)).astype(dtype)
    times = [time_once(lambda: matrix @ matrix)[0] for _ in range(9)]
    return 2 * size**3 / float(np.median(times)) / 1e9


def print_limit(seconds: float, gflop: float) -> None:
    """Tell how far a time is from that of its matrix products alone, at the speed measured now."""
    speed = gigaflops()
    limit = gflop / speed
    print(
        f"  matrix products: {gflop:.2f} GFLOP at {speed:.0f} GFLOP/s = {limit:.4f} s; ours {seconds / limit:.1f} times",
        flush=True,
    )


def print_machine() -> None:
    """Tell what else the machine was doing."""
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, OMP_NUM_THREADS {threads}", flush=True)
