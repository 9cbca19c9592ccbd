"""Removing stored scores and failures."""

from collections.abc import Sequence
from pathlib import Path

from ..core.errors import NotWritableError, UnknownIdentifierError
from ..core.home import results_folder
from .matches import matches
from .store import failure_files, read_record, result_files


def stored_files(models: Sequence[str], benchmarks: Sequence[str] = ("*",)) -> list[Path]:
    """Return the files of scores and failures of some models on some benchmarks.

    Parameters
    ----------
    models, benchmarks : sequence of str
        Identifiers, or patterns with ``*``, ``?`` and ``[...]`` as in a shell.

    Raises
    ------
    UnknownIdentifierError
        If nothing is stored that matches.
    """
    found = []
    for path in (*result_files(results_folder()), *failure_files(results_folder())):
        record = read_record(path)
        if (
            record is not None
            and matches(record["model_identifier"], models)
            and matches(record["benchmark_identifier"], benchmarks)
        ):
            found.append(path)
    if not found:
        raise UnknownIdentifierError(
            f"Nothing is stored of {', '.join(models)} on {', '.join(benchmarks)}; see `brainscore-mouse results show`."
        )
    return found


def remove_files(paths: Sequence[Path]) -> None:
    """Remove files of the store, and folders that are empty then.

    Raises
    ------
    NotWritableError
        If one cannot be removed.
    """
    for path in paths:
        try:
            path.unlink(missing_ok=True)
            for folder in (path.parent, path.parent.parent):
                if not any(folder.iterdir()):
                    folder.rmdir()
        except OSError as error:
            raise NotWritableError(path, error) from error
