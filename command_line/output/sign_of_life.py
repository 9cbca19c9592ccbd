"""A line now and then while nothing else is printed, so that nobody waits in front of a silent terminal."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator

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
