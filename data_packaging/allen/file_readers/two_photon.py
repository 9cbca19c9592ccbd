"""Reading the files of a 2-photon experiment: NWB 1.x, analysis HDF5, and events.

All readers take a remote file and return what they found; the analysis file and the NWB file give the same sweeps.
"""

import zipfile
from dataclasses import dataclass

import h5py
import numpy as np
from numpy.lib import format as npy_format

from ....core.errors import UnexpectedFormatError
from ...remote_objects.bucket import RemoteFile
from ..responses.protocol import BLANK, Protocol
from ..responses.scenes import N_SCENES, SCENES
from ..responses.sweeps import (
    EventWindow,
    align_running_speed,
    event_responses,
    mean_running_speeds,
    mean_sweep_responses,
    spontaneous_p_values,
)
from .hdf5 import dataset, dataset_names, opened, read, row_groups

_PIPELINE = "processing/brain_observatory_pipeline"
_FLUORESCENCE = f"{_PIPELINE}/Fluorescence/imaging_plane_1"
_VERSION_WITHOUT_ENTRY = "0.9"
_FIRST_DEMIXING_VERSION = (2, 0)
# response_<suffix> holds the means of the sweeps; both are float64 written by the same program.
_RELATIVE_TOLERANCE_OF_MEANS = 1e-6


@dataclass(frozen=True)
class SweepTable:
    """When which stimulus was shown, one row per sweep, sorted by onset.

    Attributes
    ----------
    images : int64 array of shape (n_sweeps,)
        Index of the stimulus, -1 for a blank.
    starts, ends : int64 array of shape (n_sweeps,)
        2-photon frame of the onset, and of the end.
    """

    images: np.ndarray
    starts: np.ndarray
    ends: np.ndarray

    @property
    def sweep_length(self) -> int:
        """Frames for which a stimulus is shown; as in the AllenSDK, those of the second sweep."""
        return int(self.ends[1] - self.starts[1])


@dataclass(frozen=True)
class SweepResponses:
    """Responses of all cells of an experiment to all sweeps.

    Attributes
    ----------
    table : SweepTable
        The sweeps.
    responses : float64 array of shape (n_sweeps, n_cells)
        In the order of the NWB file's cells.
    running_speed : float64 array of shape (n_sweeps,)
        In cm/s, NaN where not recorded.
    """

    table: SweepTable
    responses: np.ndarray
    running_speed: np.ndarray


@dataclass(frozen=True)
class ExperimentContext:
    """What an NWB file holds besides its traces.

    Attributes
    ----------
    cell_ids : int64 array of shape (n_cells,)
        In the order of the traces.
    table : SweepTable
        The sweeps.
    spontaneous : (int, int) or None
        First frame and end of the last gray screen.
    running_speed : float64 array of shape (n_frames,)
        In cm/s, NaN where not recorded.
    """

    cell_ids: np.ndarray
    table: SweepTable
    spontaneous: tuple[int, int] | None
    running_speed: np.ndarray


def read_cell_ids(file: RemoteFile) -> np.ndarray:
    """Read the cells' specimen ids from an NWB file, in the order of its traces."""
    with opened(file) as nwb:
        return _cell_ids(nwb)


def read_context(file: RemoteFile, protocol: Protocol = SCENES) -> ExperimentContext:
    """Read cells, sweeps of a kind of stimulus, and running from an NWB file, without its traces."""
    with opened(file) as nwb:
        return ExperimentContext(
            _cell_ids(nwb), _nwb_table(nwb, protocol), _spontaneous(nwb), _running_speed(file, nwb)
        )


def read_nwb_sweeps(file: RemoteFile, protocol: Protocol = SCENES) -> SweepResponses:
    """Compute mean sweep responses to a kind of stimulus from the traces in an NWB file.

    Raises
    ------
    UnexpectedFormatError
        If the file lacks something that its version of the pipeline should have written.
    """
    with opened(file) as nwb:
        table = _nwb_table(nwb, protocol)
        n_cells = len(_cell_ids(nwb))
        traces, neuropil, ratio = _corrected_fluorescence_parts(nwb)
        for source in (traces, neuropil):
            if source.shape[0] != n_cells:
                raise UnexpectedFormatError(f"{source.name} has {source.shape[0]} cells of {n_cells}.")
        responses = np.empty((len(table.starts), n_cells))
        for cells, (signal, surround) in row_groups(file, traces, neuropil):
            corrected = signal - surround * ratio[cells, np.newaxis]
            responses[:, cells] = mean_sweep_responses(corrected, table.starts, table.sweep_length)
        speed = mean_running_speeds(_running_speed(file, nwb), table.starts, table.sweep_length)
        return SweepResponses(table, responses, speed)


def read_analysis_sweeps(file: RemoteFile, protocol: Protocol = SCENES) -> SweepResponses:
    """Read mean sweep responses to a kind of stimulus from an analysis file: some 10 MB of the hundreds it has.

    The stimuli's mean responses, which the file holds as well, must be those of the sweeps: so neither a damaged
    block nor a shift of the image index goes unnoticed.

    Raises
    ------
    UnexpectedFormatError
        If the file lacks something, or contradicts itself.
    """
    sweeps, trial_table = f"mean_sweep_response_{protocol.suffix}", f"stim_table_{protocol.suffix}"
    with opened(file) as analysis:
        table, sweep_labels = _analysis_table(analysis, protocol)
        values = read(file, dataset(analysis, f"analysis/{sweeps}/block0_values"))
        names = _column_names(analysis, f"analysis/{sweeps}/block0_items")
        labels = dataset(analysis, f"analysis/{sweeps}/axis1")[()]
        means = protocol.means_by_index(read(file, dataset(analysis, f"analysis/response_{protocol.suffix}")))
    column_of_name = {name: column for column, name in enumerate(names)}
    n_cells = len(names) - 1
    expected_names = {*(str(cell) for cell in range(n_cells)), "dx"}
    if set(names) != expected_names or values.shape != (len(labels), n_cells + 1):
        raise UnexpectedFormatError(
            f"{sweeps} has values of shape {values.shape} and the columns {names[:3]} ... {names[-1:]}; "
            "expected are the cells' numbers and 'dx'."
        )
    row_of_label = {label: row for row, label in enumerate(labels.tolist())}
    if row_of_label.keys() != set(sweep_labels.tolist()):
        raise UnexpectedFormatError(f"{sweeps} and {trial_table} are not of the same sweeps.")
    rows = np.array([row_of_label[label] for label in sweep_labels.tolist()])
    by_sweep = values[rows]
    responses = by_sweep[:, [column_of_name[str(cell)] for cell in range(n_cells)]]
    _check_means(responses, table.images, means, protocol)
    return SweepResponses(table, responses, by_sweep[:, column_of_name["dx"]])


def read_event_responses(
    file: RemoteFile, context: ExperimentContext, window: EventWindow
) -> tuple[np.ndarray, np.ndarray | None]:
    """Combine the L0 events of all cells after each onset.

    Parameters
    ----------
    file : RemoteFile
        The events file.
    context : ExperimentContext
        Of the same experiment's NWB file.
    window : EventWindow
        What to combine, and how.

    Returns
    -------
    responses : float64 array of shape (n_sweeps, n_cells)
        NaN where the recording does not hold all frames.
    p_values : array of shape (n_sweeps, n_cells) or None
        Against spontaneous activity; None for sums, and where none was recorded.

    Raises
    ------
    UnexpectedFormatError
        If the file is not of the cells of the context.
    """
    table, n_cells = context.table, len(context.cell_ids)
    tested = context.spontaneous is not None and window.combine == "mean" and window.stop is not None
    responses = np.empty((len(table.starts), n_cells))
    p_values = np.empty_like(responses) if tested else None
    with zipfile.ZipFile(file) as archive, archive.open("ev.npy") as member:
        version = npy_format.read_magic(member)
        if version != (1, 0):
            raise UnexpectedFormatError(f"ev.npy is of numpy's file format {version}, not (1, 0).")
        shape, by_column, dtype = npy_format.read_array_header_1_0(member)
        if len(shape) != 2 or shape[0] != n_cells or by_column or dtype.kind != "f":
            raise UnexpectedFormatError(
                f"ev.npy has shape {shape} and type {dtype}, not one row of numbers for each of {n_cells} cells."
            )
        for cell in range(n_cells):  # one by one: all events of all cells would be large
            events = np.frombuffer(member.read(shape[1] * dtype.itemsize), dtype)
            responses[:, cell] = event_responses(events, table.starts, table.ends, window)
            if p_values is not None and context.spontaneous is not None and window.stop is not None:
                n_frames = window.stop - window.start
                if context.spontaneous[1] > len(events):
                    raise UnexpectedFormatError(
                        f"ev.npy has {len(events)} frames, and the NWB file spontaneous activity until "
                        f"frame {context.spontaneous[1]}."
                    )
                p_values[:, cell] = spontaneous_p_values(
                    responses[:, cell], events, context.spontaneous, n_frames, seed=int(context.cell_ids[cell])
                )
        if member.read(1):  # also makes zipfile compare the checksum
            raise UnexpectedFormatError("ev.npy is longer than its header says.")
    return responses, p_values


def read_scene_templates(file: RemoteFile) -> np.ndarray:
    """Read the scenes from an NWB file: uint8 array of shape (118, height, width)."""
    with opened(file) as nwb:
        stack = dataset(
            nwb,
            "stimulus/templates/natural_scenes_image_stack/data",
            "stimulus/templates/natural_scenes/data",
        )
        if stack.ndim != 3 or stack.shape[0] != N_SCENES:
            raise UnexpectedFormatError(f"{stack.name} has shape {stack.shape}, not ({N_SCENES}, height, width).")
        scenes = np.empty(stack.shape, dtype=np.uint8)
        for number in range(N_SCENES):
            scene = stack[number]
            scenes[number] = scene
            if not np.array_equal(scenes[number], scene):
                raise UnexpectedFormatError(f"{stack.name}[{number}] has gray levels that are not 0, 1, ..., 255.")
    return scenes


def _cell_ids(nwb: h5py.File) -> np.ndarray:
    return dataset(nwb, f"{_PIPELINE}/ImageSegmentation/cell_specimen_ids")[()]


def _pipeline_version(nwb: h5py.File) -> tuple[int, ...]:
    if "general/generated_by" not in nwb:
        text = _VERSION_WITHOUT_ENTRY
    else:
        last = nwb["general/generated_by"][-1]
        text = last.decode() if isinstance(last, bytes) else str(last)
    try:
        return tuple(int(part) for part in text.split("."))
    except ValueError as error:
        raise UnexpectedFormatError(f"general/generated_by ends with {text!r}, which is not a version.") from error


def _corrected_fluorescence_parts(nwb: h5py.File) -> tuple[h5py.Dataset, h5py.Dataset, np.ndarray]:
    """Return the traces, the neuropil's traces, and the share of it to subtract from each cell."""
    # What a version should have and has not is never replaced by another's: responses would differ without a sign.
    if _pipeline_version(nwb) < _FIRST_DEMIXING_VERSION:
        names = ("/data", "/neuropil_traces", "/r")
    else:
        names = ("_demixed_signal/data", "_neuropil_response/data", "_neuropil_response/r")
    traces, neuropil, ratio = (dataset(nwb, f"{_FLUORESCENCE}{name}") for name in names)
    return traces, neuropil, ratio[()]


def _presentation(nwb: h5py.File, stimulus: str, name: str) -> h5py.Dataset:
    return dataset(nwb, f"stimulus/presentation/{stimulus}_stimulus/{name}", f"stimulus/presentation/{stimulus}/{name}")


def _nwb_table(nwb: h5py.File, protocol: Protocol) -> SweepTable:
    where = "The NWB file"
    shown = _presentation(nwb, protocol.group, "data")[()]
    names = protocol.columns
    if len(names) > 1:  # then the file names the columns
        names = tuple(_texts(_presentation(nwb, protocol.group, "features")))
        if set(names) != set(protocol.columns) or shown.shape[1:] != (len(names),):
            raise UnexpectedFormatError(
                f"{where} describes {protocol.name} by {', '.join(names)}, in an array of shape {shown.shape}; "
                f"expected are {', '.join(protocol.columns)}."
            )
    columns = dict(zip(names, shown.reshape(len(shown), len(names)).T, strict=True))
    frames = _presentation(nwb, protocol.group, "frame_duration")[()]
    return _sorted_table(protocol.indices(columns, where), frames[:, 0], frames[:, 1], where, protocol)[0]


def _analysis_table(analysis: h5py.File, protocol: Protocol) -> tuple[SweepTable, np.ndarray]:
    """Return the sweeps of an analysis file, and the label of each."""
    where, path = "The analysis file", f"analysis/stim_table_{protocol.suffix}"
    columns: dict[str, np.ndarray] = {}
    # pandas keeps columns of one type together: the numbers of frames are in another block than gratings' angles.
    for block in sorted(name for name in dataset_names(analysis, path) if name.endswith("_items")):
        values = dataset(analysis, f"{path}/{block.removesuffix('_items')}_values")[()]
        columns |= dict(zip(_column_names(analysis, f"{path}/{block}"), values.T, strict=True))
    if columns.keys() != {*protocol.columns, "start", "end"}:
        raise UnexpectedFormatError(
            f"{path} has the columns {', '.join(columns) or '(none)'}; expected are {', '.join(protocol.columns)}, "
            "start and end."
        )
    images = protocol.indices(columns, where)
    table, order = _sorted_table(images, columns["start"], columns["end"], where, protocol)
    return table, dataset(analysis, f"{path}/axis1")[()][order]


def _column_names(analysis: h5py.File, path: str) -> list[str]:
    names = dataset(analysis, path)
    if names.dtype.kind != "S":  # pandas pickles what it cannot store as bytes
        raise UnexpectedFormatError(f"{path} is of type {names.dtype}, not of texts.")
    return _texts(names)


def _texts(source: h5py.Dataset) -> list[str]:
    return [value.decode() if isinstance(value, bytes) else str(value) for value in source[()]]


def _sorted_table(
    images: np.ndarray, starts: np.ndarray, ends: np.ndarray, where: str, protocol: Protocol
) -> tuple[SweepTable, np.ndarray]:
    """Sort sweeps by onset; return them, and the order."""
    if len(images) < 2:
        raise UnexpectedFormatError(f"{where} has {len(images)} presentations of {protocol.name}.")
    if any(not np.array_equal(column, column.astype(np.int64)) for column in (starts, ends)):
        raise UnexpectedFormatError(f"{where} has presentations whose frames are not whole numbers.")
    order = np.lexsort((ends, starts))
    table = SweepTable(*(column[order].astype(np.int64) for column in (images, starts, ends)))
    if table.starts[0] < 0 or (table.ends <= table.starts).any():
        raise UnexpectedFormatError(f"{where} has presentations of {protocol.name} that end before they begin.")
    return table, order


def _check_means(responses: np.ndarray, images: np.ndarray, means: np.ndarray, protocol: Protocol) -> None:
    """Compare with the mean responses to a blank and to each stimulus that the file holds."""
    n_cells = responses.shape[1]
    if means.shape[1:] != (n_cells + 1, 3):
        raise UnexpectedFormatError(
            f"response_{protocol.suffix} is of {means.shape[1] - 1} cells and {means.shape[2]} statistics; there are "
            f"{n_cells} and 3."
        )
    for image in np.unique(images):
        mean = responses[images == image].mean(axis=0)
        expected = means[image - BLANK, :n_cells, 0]
        scale = np.abs(responses[images == image]).max(axis=0)
        differs = ~(np.abs(mean - expected) <= _RELATIVE_TOLERANCE_OF_MEANS * scale)
        if (differs & ~(np.isnan(mean) & np.isnan(expected))).any():
            raise UnexpectedFormatError(
                f"The mean responses to stimulus {image} in response_{protocol.suffix} are not those of the sweeps in "
                f"mean_sweep_response_{protocol.suffix}: the index of the stimulus is shifted, or the file damaged."
            )


def _spontaneous(nwb: h5py.File) -> tuple[int, int] | None:
    group = "stimulus/presentation/spontaneous"
    if group not in nwb and f"{group}_stimulus" not in nwb:
        return None
    # Of each gray screen two rows: 1 on its first frame, -1 at its end.
    events = _presentation(nwb, "spontaneous", "data")[()].reshape(-1)
    frames = _presentation(nwb, "spontaneous", "frame_duration")[:, 0]
    starts, ends = frames[events == 1], frames[events == -1]
    if len(starts) != len(ends) or (ends <= starts).any():
        raise UnexpectedFormatError("The NWB file has spontaneous activity that does not end after it begins.")
    return (int(starts[-1]), int(ends[-1])) if len(starts) else None


def _running_speed(file: RemoteFile, nwb: h5py.File) -> np.ndarray:
    times = read(file, dataset(nwb, f"{_FLUORESCENCE}/timestamps"))
    running = f"{_PIPELINE}/BehavioralTimeSeries/running_speed"
    if running not in nwb:
        return np.full(len(times), np.nan)
    speed = read(file, dataset(nwb, f"{running}/data")).reshape(-1)  # one column in version 0.9
    try:
        return align_running_speed(speed, read(file, dataset(nwb, f"{running}/timestamps")), times)
    except ValueError as error:
        raise UnexpectedFormatError(f"The running speed does not fit the imaging: {error}.") from error
