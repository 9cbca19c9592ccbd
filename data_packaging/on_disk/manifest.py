"""The manifest of a packaged dataset."""

import re
from pathlib import Path
from typing import Any

from ...core.errors import CorruptDatasetError
from ...core.json_files.kind import ANYTHING, COUNT, FLAG, NUMBER, TEXT, list_of, mapping_of, object_with, or_null
from ...core.json_files.read_json import read_json

FORMAT_VERSION = 1

MANIFEST_FILE = "manifest.json"
PACKAGED_FROM_ARRAYS = "packaged from arrays"
"""What manifests, scores and pages say of recordings that came as arrays."""
HOW_TO_REPAIR = "Remove the dataset's folder and package it again (simulated-mouse is made again by itself)."
DATASET_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
SIMULATED_MOUSE = "simulated-mouse"
"""The identifier of the dataset that is simulated on first use."""


_FILE = {"file": TEXT, "sha256": TEXT}
_DETAILS = object_with(
    {},
    {
        "fetched_from": TEXT,
        "complete": mapping_of(FLAG),
        "display": or_null(object_with({}, {"width_degrees": NUMBER, "height_degrees": NUMBER})),
        "experiments": list_of(object_with({"experiment": ANYTHING, "deviations": list_of(TEXT)})),
        "experiments_of_region": mapping_of(list_of(ANYTHING)),
        "left_out": mapping_of(TEXT),
        "recordings": list_of(TEXT),
    },
)
_MANIFEST = object_with(
    {
        "format_version": COUNT,
        "identifier": TEXT,
        "simulated": FLAG,
        "recipe": object_with(
            {
                **dict.fromkeys(("response", "filters", "source", "citation", "licence"), TEXT),
                "window_ms": list_of(NUMBER, length=2),
            }
        ),
        "regions": mapping_of(object_with({**_FILE, "n_neuroids": COUNT, "n_subjects": COUNT})),
        "stimulus_set": object_with(
            {**_FILE, "identifier": TEXT, "n_stimuli": COUNT, "images": mapping_of(TEXT)},
            {"folder": TEXT, "twins": list_of(list_of(TEXT))},
        ),
        "details": _DETAILS,
    },
    {"running_speed": object_with(_FILE)},
)


def read_manifest_of(folder: Path) -> dict[str, Any]:
    """Return the manifest in a dataset's folder.

    Raises
    ------
    CorruptDatasetError
        If it cannot be read, lacks something, holds a value of another kind than this package writes, or is of another
        format.
    """
    path = folder / MANIFEST_FILE
    manifest: dict[str, Any] = read_json(path, _MANIFEST, CorruptDatasetError, HOW_TO_REPAIR)
    if manifest["format_version"] != FORMAT_VERSION:
        raise CorruptDatasetError(
            f"{path} is of format version {manifest['format_version']!r}, and this package reads "
            f"{FORMAT_VERSION}. {HOW_TO_REPAIR}"
        )
    return manifest
