"""Which files of results there are, as they are on the disk now: names, times of change and sizes."""

import os
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..core.quick_imports.without_garbage_collection import without_garbage_collection

# A folder that changed shortly before it was listed may have changed once more with the same time: clocks of file
# systems tick every few milliseconds, those of some disks every two seconds.
_TICK_NS = 2_000_000_000

FileTree = dict[str, Any]
"""What JSON can hold: `scanned_ns`, when the scan began, and `root`, [time of change, content] of the folder.

The content of a folder is a dict by name: of folders the same again, two levels deep, of files [time of change, size].
"""
_EMPTY: list[Any] = [0, {}]


def file_tree(folder: Path, known: FileTree | None = None) -> FileTree:
    """Look at all files ``<model>/<benchmark>/<name>.json`` below a folder.

    Every file and folder is asked for its time of change, and folders are listed only where that is not the known one:
    the answer is that of listing everything.

    Parameters
    ----------
    folder : Path
        Such as `results_folder()`.
    known : FileTree, optional
        What was found earlier.
    """
    started = time.time_ns()
    known_root, trusted = (_EMPTY, 0) if known is None else (known["root"], known["scanned_ns"] - _TICK_NS)
    with without_garbage_collection():  # some thousand lists are made, and no circles
        root_modified, models = _listed(str(folder), known_root, trusted)
        found_models = {}
        for model in models:
            of_model = f"{folder}/{model}"
            known_model = known_root[1].get(model, _EMPTY)
            model_modified, pairs = _listed(of_model, known_model, trusted)
            found_pairs = {}
            for pair in pairs:
                of_pair = f"{of_model}/{pair}"
                modified, names = _listed(of_pair, known_model[1].get(pair, _EMPTY), trusted)
                if modified:
                    found_pairs[pair] = [modified, _times_and_sizes(of_pair, names)]
            if model_modified:
                found_models[model] = [model_modified, found_pairs]
    return {"scanned_ns": started, "root": [root_modified, found_models]}


def files_in(tree: FileTree) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield each file's path, relative to the folder, with its time of change in ns and its size in bytes."""
    for model, (_, pairs) in tree["root"][1].items():
        for pair, (_, files) in pairs.items():
            for name, (modified, n_bytes) in files.items():
                yield f"{model}/{pair}/{name}", (modified, n_bytes)


def _listed(path: str, known: list[Any], trusted: int) -> tuple[int, Iterable[str]]:
    """Return the time of a folder's last change and the names in it; 0 and no names unless it is a folder."""
    try:
        status = os.stat(path)
        if not stat.S_ISDIR(status.st_mode):
            return 0, ()
        modified = status.st_mtime_ns
        return modified, known[1] if known[0] == modified < trusted else os.listdir(path)
    except OSError:  # removed meanwhile, or not to be read
        return 0, ()


def _times_and_sizes(folder: str, names: Iterable[str]) -> dict[str, list[int]]:
    found = {}
    for name in names:
        if name.endswith(".json") and not name.startswith("."):
            try:
                status = os.stat(f"{folder}/{name}")
            except OSError:  # removed meanwhile
                continue
            found[name] = [status.st_mtime_ns, status.st_size]
    return found
