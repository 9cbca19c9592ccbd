"""A line now and then while nothing else is printed, so that nobody waits in front of a silent terminal."""

import contextlib
import functools
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import ParamSpec

P = ParamSpec("P")
_FIRST_AFTER = 4.0  # seconds
_THEN_EVERY = 30.0


@contextlib.contextmanager
def sign_of_life(what: str) -> Iterator[None]:
    """While the block runs, print to standard error what is being done: after 4 s, then every 30 s; not with -q."""
    ended = threading.Event()
    started = time.monotonic()

    def print_lines() -> None:
        wait = _FIRST_AFTER
        while not ended.wait(wait):
            print(f"{what} ({time.monotonic() - started:.0f} s)", file=sys.stderr, flush=True)
            wait = _THEN_EVERY

    thread = threading.Thread(target=print_lines, daemon=True)
    if not os.environ.get("TQDM_DISABLE"):
        thread.start()
    try:
        yield
    finally:
        ended.set()


def still_working(command: Callable[P, None]) -> Callable[P, None]:
    """Return a command that says every now and then that it is still working; for those without other progress."""

    @functools.wraps(command)
    def with_signs(*arguments: P.args, **options: P.kwargs) -> None:
        name = command.__name__.strip("_").replace("_", " ")
        with sign_of_life(f"{name[0].upper()}{name[1:]}: still working"):
            command(*arguments, **options)

    return with_signs
