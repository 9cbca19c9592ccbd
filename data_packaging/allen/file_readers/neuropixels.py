"""Reading the NWB 2.x file of a Neuropixels session: units of good quality, and their spikes around scenes."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import h5py
import numpy as np
import pandas as pd

from ....core.errors import UnexpectedFormatError
from ...remote_objects.bucket import RemoteFile
from ..gratings.conditions import CONTRAST, GRATINGS
from ..responses.protocol import BLANK, Protocol
from ..responses.running import mean_speeds_between
from ..responses.scenes import SCENES
from ..responses.spikes import overlaps_any, spike_counts
from .hdf5 import dataset, opened, read

# The Allen Institute's default quality control: all limits inclusive, NaN fails.
MAX_AMPLITUDE_CUTOFF = 0.1
MIN_PRESENCE_RATIO = 0.95
MAX_ISI_VIOLATIONS = 0.5
QUALITY = "good"

_ELECTRODES = "general/extracellular_ephys/electrodes"
_NO_NUMBER = ("", "nan", "null", "none", "n/a")
_INVALID_TIMES = "intervals/invalid_times"
_TAG_OF_INVALID_STIMULI = "stimulus"
_NO_STRUCTURE = ("", "None")
_RUNNING = "processing/running/running_speed"


@dataclass(frozen=True)
class SessionSpikes:
    """Spike counts of the good units of a session.

    Attributes
    ----------
    units : DataFrame with n_units rows
        ``unit_id``, ``region``, ``cluster`` (position in the file).
    counts : uint16 array of shape (n_presentations, n_units, n_bins)
        Spikes in half-open bins after each onset.
    images : int64 array of shape (n_presentations,)
        Index of the stimulus, -1 for a blank.
    onsets : float64 array of shape (n_presentations,)
        In seconds.
    running_speed : float64 array of shape (n_presentations,)
        Mean speed while the stimulus was shown, in cm/s; NaN where not recorded.
    n_invalid : int
        How many presentations were dropped because they were invalid.
    """

    units: pd.DataFrame
    counts: np.ndarray
    images: np.ndarray
    onsets: np.ndarray
    running_speed: np.ndarray
    n_invalid: int


def passes_quality_control(units: pd.DataFrame) -> np.ndarray:
    """Tell which units pass the Allen Institute's default quality control.

    Parameters
    ----------
    units : DataFrame
        ``quality``, ``amplitude_cutoff``, ``presence_ratio``, ``isi_violations``, ``region`` and ``valid_channel``
        of each unit.

    Returns
    -------
    bool array of shape (n_units,)
        A NaN fails.
    """
    return (
        (units["quality"] == QUALITY)
        & (units["amplitude_cutoff"] <= MAX_AMPLITUDE_CUTOFF)
        & (units["presence_ratio"] >= MIN_PRESENCE_RATIO)
        & (units["isi_violations"] <= MAX_ISI_VIOLATIONS)
        & units["valid_channel"]
        & ~units["region"].isin(_NO_STRUCTURE)
    ).to_numpy()


def read_session_spikes(
    file: RemoteFile, bin_edges: np.ndarray, regions: Collection[str] | None, protocol: Protocol = SCENES
) -> SessionSpikes:
    """Count the spikes of a session's good units around the valid presentations of a kind of stimulus.

    Only the spikes of these units are read.

    Parameters
    ----------
    file : RemoteFile
        The session's NWB file.
    bin_edges : array of shape (n_bins + 1,)
        In seconds after the onset.
    regions : collection of str or None
        The units' regions; None: all.
    protocol : Protocol
        Which stimuli.

    Raises
    ------
    UnexpectedFormatError
        If the file lacks something, or contradicts itself.
    """
    with opened(file) as nwb:
        presentations, n_invalid = _valid_presentations(nwb, protocol)
        units = _units(nwb)
        good = units[passes_quality_control(units) & (True if regions is None else units["region"].isin(regions))]
        onsets = presentations["start_time"].to_numpy()
        counts = np.empty((len(onsets), len(good), len(bin_edges) - 1), dtype=np.uint16)
        for index, spike_times in enumerate(_spike_times(file, nwb, good["cluster"].to_numpy())):
            counts[:, index] = spike_counts(spike_times, onsets, bin_edges)
        speed = _mean_running_speed(file, nwb, presentations)
        return SessionSpikes(
            units=good[["unit_id", "region", "cluster"]].reset_index(drop=True),
            counts=counts,
            images=presentations["image"].to_numpy(),
            onsets=onsets,
            running_speed=speed,
            n_invalid=n_invalid,
        )


def _units(nwb: h5py.File) -> pd.DataFrame:
    columns = ("amplitude_cutoff", "presence_ratio", "isi_violations", "peak_channel_id")
    units = pd.DataFrame({name: dataset(nwb, f"units/{name}")[()] for name in columns})
    units.insert(0, "unit_id", dataset(nwb, "units/id")[()])
    units["quality"] = _texts(dataset(nwb, "units/quality"))
    units["cluster"] = np.arange(len(units))
    electrodes = pd.DataFrame(
        {
            "region": _texts(dataset(nwb, f"{_ELECTRODES}/location")),
            "valid_channel": dataset(nwb, f"{_ELECTRODES}/valid_data")[()].astype(bool),
        },
        index=dataset(nwb, f"{_ELECTRODES}/id")[()],
    )
    if not electrodes.index.is_unique or not units["unit_id"].is_unique:
        raise UnexpectedFormatError("The ids of the electrodes, or of the units, occur more than once.")
    unknown = set(units["peak_channel_id"]) - set(electrodes.index)
    if unknown:
        raise UnexpectedFormatError(f"Units have the peak channel {unknown.pop()}, which no electrode has.")
    return units.join(electrodes, on="peak_channel_id")


def _valid_presentations(nwb: h5py.File, protocol: Protocol) -> tuple[pd.DataFrame, int]:
    """Return image, start and stop time of the valid presentations, and the number of others."""
    table = f"intervals/{protocol.group}_presentations"
    times = {name: dataset(nwb, f"{table}/{name}")[()] for name in ("start_time", "stop_time")}
    columns = {name: _numbers(dataset(nwb, f"{table}/{name}")) for name in protocol.columns}
    presentations = pd.DataFrame({"image": protocol.indices(columns, "The session"), **times})
    if protocol is GRATINGS:
        _check_contrast(nwb, f"{table}/contrast", presentations["image"].to_numpy() != BLANK)
    invalid = overlaps_any(times["start_time"], times["stop_time"], _invalid_stimulus_times(nwb))
    return presentations[~invalid], int(invalid.sum())


def _check_contrast(nwb: h5py.File, path: str, is_grating: np.ndarray) -> None:
    """Compare with the contrast of the images that models see."""
    contrasts = np.unique(_numbers(dataset(nwb, path))[is_grating])
    if len(contrasts) and not np.allclose(contrasts, CONTRAST):
        raise UnexpectedFormatError(f"The session has gratings of the contrasts {contrasts.tolist()}, not {CONTRAST}.")


def _numbers(source: h5py.Dataset) -> np.ndarray:
    """Read a column of numbers, which may be written as texts; NaN where there is none."""
    if source.dtype.kind in "fiu":
        return source[()]
    texts = _texts(source)
    try:
        return np.array([np.nan if text.strip().lower() in _NO_NUMBER else float(text) for text in texts])
    except ValueError as error:
        raise UnexpectedFormatError(f"{source.name} holds other texts than numbers: {error}.") from None


def _invalid_stimulus_times(nwb: h5py.File) -> np.ndarray:
    """Return start and stop of the intervals in which stimuli were invalid, shape (n_intervals, 2)."""
    if _INVALID_TIMES not in nwb:
        return np.empty((0, 2))
    tags = _texts(dataset(nwb, f"{_INVALID_TIMES}/tags"))
    stops = dataset(nwb, f"{_INVALID_TIMES}/tags_index")[()].astype(np.int64)
    starts = np.concatenate([[0], stops[:-1]])
    concerns_stimuli = [_TAG_OF_INVALID_STIMULI in tags[start:stop] for start, stop in zip(starts, stops, strict=True)]
    intervals = np.column_stack([dataset(nwb, f"{_INVALID_TIMES}/{name}")[()] for name in ("start_time", "stop_time")])
    return intervals[np.array(concerns_stimuli, dtype=bool)]


def _spike_times(file: RemoteFile, nwb: h5py.File, positions: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the spike times of units, given by their position in the file."""
    spike_times = dataset(nwb, "units/spike_times")
    stops = dataset(nwb, "units/spike_times_index")[()].astype(np.int64)
    starts = np.concatenate([[0], stops[:-1]])
    offset = spike_times.id.get_offset() if spike_times.chunks is None else None
    for position in positions:
        start, stop = starts[position], stops[position]
        if offset is not None:
            itemsize = spike_times.dtype.itemsize
            file.prefetch(offset + int(start) * itemsize, offset + int(stop) * itemsize)
        yield spike_times[start:stop]


def _mean_running_speed(file: RemoteFile, nwb: h5py.File, presentations: pd.DataFrame) -> np.ndarray:
    if _RUNNING not in nwb:
        return np.full(len(presentations), np.nan)
    speed = read(file, dataset(nwb, f"{_RUNNING}/data")).reshape(-1)
    times = read(file, dataset(nwb, f"{_RUNNING}/timestamps")).reshape(-1)[: len(speed)]
    if len(times) != len(speed):
        raise UnexpectedFormatError(f"{_RUNNING} has {len(speed)} samples, and times of {len(times)}.")
    starts, stops = (presentations[name].to_numpy() for name in ("start_time", "stop_time"))
    return mean_speeds_between(speed, times, starts, stops)


def _texts(source: h5py.Dataset) -> list[str]:
    return [value.decode() if isinstance(value, bytes) else str(value) for value in source[()]]
