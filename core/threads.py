"""How many threads compute: one where results may not depend on their number, else as many as torch has."""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Have torch and the matrix libraries compute on one thread inside the block.

    Sums over several threads round otherwise: a result would depend on the number of cores and of processes.
    """
    import torch  # here, so that commands that only package recordings need not wait for it

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(threads)


def in_threads(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Call a function with each item, in as many threads as torch has: one in a job of a table.

    It is for work that releases Python's lock, such as decoding images.

    Parameters
    ----------
    function : callable
        What it returns may depend on nothing but its item.
    items : iterable
        Its arguments.

    Returns
    -------
    list
        What it returned, in the order of the items. What it raises for the first item, in this order, for which it
        raises anything is raised, and the items that no thread has begun are left out.
    """
    # A process that has not loaded torch only looks at data: one thread is enough.
    torch = sys.modules.get("torch")
    n_threads = 1 if torch is None else torch.get_num_threads()
    if n_threads == 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(n_threads) as threads:
        return list(threads.map(function, items))
