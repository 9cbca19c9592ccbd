"""One experiment's trials on disk, so that interrupted fetching resumes."""

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import CorruptDatasetError
from ...core.files import written_whole
from ...core.json_files.kind import ANYTHING, COUNT, TEXT, list_of, object_with
from ...core.json_files.read_json import json_of
from .experiment_trials import FORMAT_VERSION, ExperimentTrials

_COLUMN = "neuroid."
_HOW_TO_REPAIR = "Remove it and fetch the dataset again."
_REPORT = object_with(
    {"format_version": COUNT, "experiment": ANYTHING, "deviations": list_of(TEXT)}, {"regions": list_of(TEXT)}
)


def store_experiment(experiment: ExperimentTrials, path: Path) -> None:
    """Write an experiment as .npz, whole or not at all."""
    columns = {
        f"{_COLUMN}{name}": column.to_numpy().astype(str) if column.dtype == object else column.to_numpy()
        for name, column in experiment.neuroids.items()
    }
    with written_whole(path) as temporary:
        np.savez(
            temporary,
            trials=experiment.trials,
            running_speed=experiment.running_speed,
            report=np.array(json.dumps(experiment.report)),
            **columns,
        )


def stored_report(path: Path) -> dict[str, Any] | None:
    """Return the report of an experiment on disk; None if there is none, or it is of another version."""
    if not path.is_file():
        return None
    text = str(_arrays(path, ["report"])["report"])
    report: dict[str, Any] = json_of(text, _REPORT, CorruptDatasetError, f"The report in {path}", _HOW_TO_REPAIR)
    return report if report["format_version"] == FORMAT_VERSION else None


def stored_neuroids(path: Path) -> pd.DataFrame:
    """Return the table of neuroids of an experiment on disk."""
    arrays = _arrays(path, None, _COLUMN)
    table = pd.DataFrame({name.removeprefix(_COLUMN): values for name, values in arrays.items()})
    return table.astype({name: object for name in table.columns if table[name].dtype.kind == "U"})


def stored_trials(path: Path) -> np.ndarray:
    """Return the trials of an experiment on disk."""
    return _arrays(path, ["trials"])["trials"]


def stored_running_speed(path: Path) -> np.ndarray:
    """Return the running speed of an experiment on disk, shape (n_repetitions, 118)."""
    return _arrays(path, ["running_speed"])["running_speed"]


def _arrays(path: Path, names: list[str] | None, prefix: str = "") -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in (names or archive.files) if name.startswith(prefix)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise CorruptDatasetError(f"{path} is damaged ({error}). {_HOW_TO_REPAIR}") from error
