"""Pausing Python's garbage collection."""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Pause the search for unused circles of objects, while many objects are made that stay.

    While libraries are imported it takes a tenth of the time, and finds nothing. Afterwards all objects count as old:
    else the next three collections would look through each of them.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if not gc.get_freeze_count():  # what others have set aside stays so
                gc.freeze()
                gc.unfreeze()
            gc.enable()
