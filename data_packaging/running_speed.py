"""How fast the mice ran while the stimuli were shown: one file beside the recordings of a dataset."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from xarray.backends.netCDF4_ import NetCDF4BackendEntrypoint

FILE_NAME = "running-speed.nc"
"""No region's file can be called this."""


@dataclass(frozen=True)
class RunningSpeed:
    """The running speed in each trial of several experiments.

    Attributes
    ----------
    speeds : array of shape (n_repetitions, n_stimuli, n_experiments)
        In cm/s; NaN where there is no such trial, or running was not recorded.
    experiments : tuple of str
        What the neuroids' column ``experiment`` calls them.
    stimulus_ids : tuple of str
        The stimulus of each entry of the second axis.
    """

    speeds: np.ndarray
    experiments: tuple[str, ...]
    stimulus_ids: tuple[str, ...]


def write_running_speed(running_speed: RunningSpeed, path: Path) -> None:
    """Write running speeds as NetCDF."""
    n_repetitions, n_stimuli, n_experiments = running_speed.speeds.shape
    array = xr.DataArray(
        running_speed.speeds.astype(np.float32).reshape(-1, n_experiments),
        dims=("presentation", "experiment"),
        coords={
            "stimulus_id": ("presentation", np.tile(np.array(running_speed.stimulus_ids, dtype=object), n_repetitions)),
            "repetition": ("presentation", np.repeat(np.arange(n_repetitions), n_stimuli)),
            "experiment": np.array(running_speed.experiments, dtype=object),
        },
        name="running_speed",
        attrs={"unit": "cm/s"},
    )
    array.to_netcdf(path, encoding={"running_speed": {"zlib": True, "complevel": 4, "shuffle": False}})


def read_running_speed(path: Path) -> xr.DataArray:
    """Read what `write_running_speed` wrote: presentation x experiment."""
    # Neither left open nor found by name: see packaged_dataset.
    return xr.load_dataarray(path, engine=NetCDF4BackendEntrypoint)
