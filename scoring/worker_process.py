"""What a process that does jobs for another is like. It imports little: it is loaded before all else."""

import multiprocessing
import os
import signal
import threading


def prepare_worker_process() -> None:
    """Leave Ctrl-C to the parent, end with it, and be silent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["TQDM_DISABLE"] = "1"


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
