"""The manifest of a packaged dataset."""

import json
import re
from pathlib import Path
from typing import Any

from ...core.errors import CorruptDatasetError

FORMAT_VERSION = 1

MANIFEST_FILE = "manifest.json"
PACKAGED_FROM_ARRAYS = "packaged from arrays"
"""What manifests, scores and pages say of recordings that came as arrays."""
_MANIFEST_KEYS = {"format_version", "identifier", "simulated", "recipe", "regions", "stimulus_set", "details"}
HOW_TO_REPAIR = "Remove the dataset's folder and package it again (simulated-mouse is made again by itself)."
DATASET_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
SIMULATED_MOUSE = "simulated-mouse"
"""The identifier of the dataset that is simulated on first use."""


def read_manifest_of(folder: Path) -> dict[str, Any]:
    """Return the manifest in a dataset's folder; raise CorruptDatasetError where it cannot be read."""
    path = folder / MANIFEST_FILE
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CorruptDatasetError(f"{path} cannot be read as JSON ({error}). {HOW_TO_REPAIR}") from error
    missing = _MANIFEST_KEYS - set(manifest if isinstance(manifest, dict) else ())
    if missing:
        raise CorruptDatasetError(f"{path} does not say {', '.join(sorted(missing))}. {HOW_TO_REPAIR}")
    if manifest["format_version"] != FORMAT_VERSION:
        raise CorruptDatasetError(
            f"{path} is of format version {manifest['format_version']!r}, and this package reads "
            f"{FORMAT_VERSION}. {HOW_TO_REPAIR}"
        )
    return manifest
