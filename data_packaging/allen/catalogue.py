"""Which experiments and sessions a bucket has, and what its tables say about them."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...core.errors import UnexpectedFormatError
from ..remote_objects.bucket import Bucket, RemoteFile

PUBLIC_BUCKET = "https://allen-brain-observatory.s3.us-west-2.amazonaws.com"
SOURCE_VARIABLE = "BRAINSCORE_MOUSE_ALLEN_SOURCE"

_TWO_PHOTON = "visual-coding-2p"
CELL_TABLE = f"{_TWO_PHOTON}/cell_specimens.json"
"""The object with what the AllenSDK computed of each cell of the 2-photon recordings."""

_NEUROPIXELS = "visual-coding-neuropixels/ecephys-cache"
_TYPE_WITH_SCENES_2P = "three_session_B"
_TYPE_WITH_SCENES_NPX = "brain_observatory_1.1"

UNIT_METRICS_TABLE = f"{_NEUROPIXELS}/{_TYPE_WITH_SCENES_NPX}_analysis_metrics.csv"
"""The object with what the AllenSDK computed of each unit of the Neuropixels sessions with natural scenes."""

UNIT_TABLE, CHANNEL_TABLE, PROBE_TABLE = (f"{_NEUROPIXELS}/{name}.csv" for name in ("units", "channels", "probes"))
"""The objects that say where each unit is, and how well it was recorded."""

_TABLE_REQUEST_BYTES = 4 * 2**20


@dataclass(frozen=True)
class TwoPhotonExperiment:
    """A session of 2-photon imaging in which natural scenes were shown.

    Attributes
    ----------
    id : int
        The Allen Institute's id of the experiment.
    region : str
        Where the microscope was aimed at.
    subject : str
        The mouse.
    cre_line, reporter_line : str
        Which cells are labelled, and with what.
    depth_um : float
        Below the pia.
    sex : str
        Of the mouse, '' where unknown.
    """

    id: int
    region: str
    subject: str
    cre_line: str
    reporter_line: str
    depth_um: float
    sex: str

    def may_have(self, region: str) -> bool:
        """Tell whether it can have neuroids in a region."""
        return region == self.region

    @property
    def nwb_key(self) -> str:
        """The object with traces and cells."""
        return f"{_TWO_PHOTON}/ophys_experiment_data/{self.id}.nwb"

    @property
    def analysis_key(self) -> str:
        """The object with the AllenSDK's results."""
        return f"{_TWO_PHOTON}/ophys_experiment_analysis/{self.id}_{_TYPE_WITH_SCENES_2P}_analysis.h5"

    @property
    def events_key(self) -> str:
        """The object with the L0 events."""
        return f"{_TWO_PHOTON}/ophys_experiment_events/{self.id}_events.npz"


@dataclass(frozen=True)
class NeuropixelsSession:
    """A session of Neuropixels recordings in which natural scenes were shown.

    Attributes
    ----------
    id : int
        The Allen Institute's id of the session.
    subject : str
        The mouse.
    genotype, sex : str
        Of the mouse, '' where unknown.
    """

    id: int
    subject: str
    genotype: str
    sex: str

    def may_have(self, region: str) -> bool:
        """Return True: it has units in several regions, which only its file lists."""
        return True

    @property
    def nwb_key(self) -> str:
        """The object with units and spikes."""
        return f"{_NEUROPIXELS}/session_{self.id}/session_{self.id}.nwb"


def scene_key(number: int) -> str:
    """Return the object with the image of a scene."""
    return f"{_NEUROPIXELS}/natural_scene_templates/natural_scene_{number}.tiff"


def read_experiments(bucket: Bucket) -> list[TwoPhotonExperiment]:
    """List the 2-photon experiments with natural scenes whose containers passed quality control, by id.

    Raises
    ------
    UnexpectedFormatError
        If the tables are not what they should be.
    RemoteReadError
        If they cannot be read.
    """
    has_failed = bucket.read(f"{_TWO_PHOTON}/experiment_containers.json", _failed_containers, _TABLE_REQUEST_BYTES)
    # Wholly understood within the reading: what is damaged is asked for again, and not locked.
    return bucket.read(
        f"{_TWO_PHOTON}/ophys_experiments.json",
        lambda file: _passing_experiments(file, has_failed),
        _TABLE_REQUEST_BYTES,
    )


def read_sessions(bucket: Bucket) -> list[NeuropixelsSession]:
    """List the Neuropixels sessions with natural scenes, by id.

    Raises
    ------
    UnexpectedFormatError
        If the table is not what it should be.
    RemoteReadError
        If it cannot be read.
    """
    return bucket.read(f"{_NEUROPIXELS}/sessions.csv", _sessions_with_scenes, _TABLE_REQUEST_BYTES)


def _sessions_with_scenes(file: RemoteFile) -> list[NeuropixelsSession]:
    rows = list(csv.DictReader(io.StringIO(file.read().decode("utf-8"))))
    try:
        sessions = [
            NeuropixelsSession(
                id=int(row["id"]),
                subject=row["specimen_id"],
                genotype=row.get("genotype") or row.get("full_genotype") or "",
                sex=row.get("sex") or "",
            )
            for row in rows
            if row["session_type"] == _TYPE_WITH_SCENES_NPX
        ]
    except (KeyError, ValueError) as error:
        raise UnexpectedFormatError(f"It must have id, specimen_id and session_type: {error!r}.") from error
    return sorted(sessions, key=lambda session: session.id)


def _failed_containers(file: RemoteFile) -> dict[int, bool]:
    has_failed = {}
    for row in _json_rows(file):
        if not isinstance(row["failed"], bool):
            raise UnexpectedFormatError(f"Whether container {row['id']} failed is given as {row['failed']!r}.")
        has_failed[int(row["id"])] = row["failed"]
    return has_failed


def _passing_experiments(file: RemoteFile, has_failed: Mapping[int, bool]) -> list[TwoPhotonExperiment]:
    experiments = []
    for row in _json_rows(file):
        try:
            if row["stimulus_name"] == _TYPE_WITH_SCENES_2P and not has_failed[row["experiment_container_id"]]:
                experiments.append(_experiment(row))
        except (KeyError, TypeError) as error:
            raise UnexpectedFormatError(f"Experiment {row.get('id')} has no, or an unknown, {error}.") from error
    return sorted(experiments, key=lambda experiment: experiment.id)


def _experiment(row: dict[str, Any]) -> TwoPhotonExperiment:
    donor = row["specimen"]["donor"]
    lines = donor["transgenic_lines"]
    drivers = [line["name"] for line in lines if line["transgenic_line_type_name"] == "driver"]
    reporters = [line["name"] for line in lines if line["transgenic_line_type_name"] == "reporter"]
    # The tTA lines are drivers as well.
    cre_lines = [name for name in drivers if "Cre" in name]
    if not cre_lines:
        raise UnexpectedFormatError(f"Experiment {row['id']} has no Cre line among its drivers {drivers}.")
    return TwoPhotonExperiment(
        id=int(row["id"]),
        region=row["targeted_structure"]["acronym"],
        subject=str(donor.get("external_donor_name") or donor["id"]),
        cre_line=cre_lines[0],
        reporter_line=reporters[0] if reporters else "",
        depth_um=float(row["imaging_depth"]),
        sex=str(donor.get("sex") or ""),
    )


def _json_rows(file: RemoteFile) -> list[dict[str, Any]]:
    rows = json.loads(file.read())
    if not isinstance(rows, list):
        raise UnexpectedFormatError("It is not a list of rows.")
    return rows
