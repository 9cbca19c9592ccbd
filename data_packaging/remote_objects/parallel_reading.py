"""Reading many objects at the same time, with progress in bytes."""

import time
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TypeVar

from ...core.terminal.progress import progress
from .sources import Source

K = TypeVar("K", bound=Hashable)

_PROGRESS_INTERVAL_S = 0.5


def read_in_parallel(
    tasks: Mapping[K, Callable[[], None]],
    jobs: int,
    source: Source,
    unit: str,
    accepted: tuple[type[Exception], ...] = (),
) -> dict[K, Exception]:
    """Do all tasks; show how many are done, the bytes read, and the time left.

    Parameters
    ----------
    tasks : mapping
        Name of each -> what to do.
    jobs : int
        How many are done at the same time.
    source : Source
        What they read from, for the bytes.
    unit : str
        What the progress calls a task, such as 'experiment'.
    accepted : tuple of exception types
        A task may fail with these; any other error ends the whole, once the tasks that have begun are over.

    Returns
    -------
    dict
        Name of each task that failed -> its error, in the order of the tasks.
    """
    failed: dict[K, Exception] = {}
    bytes_before = source.bytes_read
    executor = ThreadPoolExecutor(jobs)
    try:
        name_of = {executor.submit(task): name for name, task in tasks.items()}
        pending = set(name_of)
        started = time.monotonic()
        with progress(total=len(tasks), desc=f"Reading {unit}s", unit=unit) as bar:
            while pending:
                done, pending = wait(pending, timeout=_PROGRESS_INTERVAL_S, return_when=FIRST_COMPLETED)
                n_bytes = source.bytes_read - bytes_before
                rate = n_bytes / max(time.monotonic() - started, 1e-3)
                bar.set_postfix_str(f"{n_bytes / 1e6:.1f} MB, {rate / 1e6:.1f} MB/s")
                bar.update(len(done))
                for future in done:
                    try:
                        future.result()
                    except accepted as error:
                        failed[name_of[future]] = error
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
    return {name: failed[name] for name in tasks if name in failed}
