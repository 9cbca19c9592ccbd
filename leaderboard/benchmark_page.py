"""What a benchmark's page shows: its recordings, its ceiling, and who scores how much on it."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from ..core.errors import BrainscoreMouseError
from ..core.home import datasets_folder
from ..core.image_file import read_image
from ..data_packaging.on_disk.datasets_here import datasets_on_disk
from ..data_packaging.on_disk.manifest import read_manifest_of
from ..plugins.identifiers import BenchmarkParts, benchmark_parts
from ..results.neuroid_numbers.stored_numbers import stored_numbers
from ..uncertainty.neuroid_sample import SMALL_AREA
from .board_table import BoardTable
from .number_curves import number_curves
from .page_name import page_name

# Fewer than these are flagged: the ceiling is uncertain then, and a single mouse weighs much.
FEW_MICE = 3
_N_THUMBNAILS, _THUMBNAIL_SIZE = 24, 96


def benchmark_page(
    identifier: str, record: Mapping[str, Any], table: BoardTable, thumbnail_folder: Path
) -> dict[str, Any]:
    """Collect what a benchmark's page shows.

    Parameters
    ----------
    identifier : str
        The benchmark.
    record : mapping
        The score on it that was made last, see :func:`brainscore_mouse.results.store.read_record`; what all scores on
        it share is taken from it. Empty where it cannot be read.
    table : BoardTable
        All scores, for ranks.
    thumbnail_folder : Path
        Where small stimuli are written, if their terms allow to show them.
    """
    parts = benchmark_parts(identifier)
    manifest = manifest_on_disk(parts.dataset)
    stimuli = None if manifest is None or parts.is_robustness else manifest["stimulus_set"]
    return {
        "name": identifier,
        "parts": parts,
        "record": record,
        "recipe": {} if manifest is None or parts.is_robustness else manifest["recipe"],
        "n_stimuli": record.get("n_stimuli") or (None if stimuli is None else stimuli["n_stimuli"]),
        "few": few(record),
        "limits": {"neuroids": SMALL_AREA, "mice": FEW_MICE},
        "may_show_stimuli": manifest is not None and may_show_stimuli(manifest),
        "thumbnails": [] if manifest is None else thumbnails(manifest, thumbnail_folder),
        "croissant": None if manifest is None else f"croissant/{parts.dataset}.json",
        "settings": json.dumps(record.get("metric_settings"), sort_keys=True),
        "ranking": table.rankings[identifier],
        "models": _models(identifier, table),
        "commands": _commands(identifier, parts, manifest),
        "curves": _curves(identifier, parts, table),
        "command_of_curves": shlex.join(
            ["brainscore-mouse", "neuroid-numbers", "MODEL", "--benchmarks", identifier, "--numbers", str(SMALL_AREA)]
        ),
        "in_python": f"score_model(model, {json.dumps(identifier)})",
    }


def manifest_on_disk(dataset: str) -> dict[str, Any] | None:
    """Return the manifest of a dataset whose files are here and whole; None where they are not."""
    if dataset not in datasets_on_disk():
        return None
    try:
        return read_manifest_of(datasets_folder() / dataset)
    except BrainscoreMouseError:  # the page then says that nothing is known of it here
        return None


def few(record: Mapping[str, Any]) -> list[str]:
    """Return what a benchmark has few of, in words."""
    counted = (("n_neuroids", SMALL_AREA, "neuroid"), ("n_mice", FEW_MICE, "mouse"))
    found = []
    for name, limit, one in counted:
        number = record.get(name)
        if number is not None and number < limit:
            many = {"neuroid": "neuroids", "mouse": "mice"}[one]
            found.append(f"{number} {one if number == 1 else many}")
    return found


def may_show_stimuli(manifest: Mapping[str, Any]) -> bool:
    """Return whether a dataset's stimuli may be shown to anybody: those of recordings belong to others."""
    return bool(manifest["simulated"])


def thumbnails(manifest: Mapping[str, Any], folder: Path) -> list[dict[str, str]]:
    """Write small copies of a dataset's first stimuli, if they may be shown; return their names and files."""
    if not may_show_stimuli(manifest):
        return []
    stimuli = manifest["stimulus_set"]
    source = datasets_folder() / manifest["identifier"] / stimuli.get("folder", "")
    shown = []
    for name, sha256 in list(stimuli["images"].items())[:_N_THUMBNAILS]:
        file = f"{sha256[:16]}.png"
        if not (folder / file).exists():
            small = Image.fromarray(read_image(source / name))
            small.thumbnail((_THUMBNAIL_SIZE, _THUMBNAIL_SIZE))
            small.save(folder / file)
        shown.append({"name": Path(name).stem, "file": file})
    return shown


def _models(identifier: str, table: BoardTable) -> list[dict[str, Any]]:
    """Return all models with a score, the highest first."""
    cells = [(model, cell) for model in table.models if (cell := table.scores.get((model, identifier))) is not None]
    cells.sort(key=lambda one: -one[1].score)
    return [{"name": model, "page": page_name(model), "cell": cell} for model, cell in cells]


def _curves(identifier: str, parts: BenchmarkParts, table: BoardTable) -> dict[str, Any] | None:
    """Return what is stored of models' scores at several numbers of neuroids."""
    if not parts.is_single_area:
        return None
    scores = {
        model: cell.score for model in table.models if (cell := table.scores.get((model, identifier))) is not None
    }
    return number_curves(stored_numbers(identifier), scores)


def _commands(identifier: str, parts: BenchmarkParts, manifest: Mapping[str, Any] | None) -> list[str]:
    """Return what to run on another machine: get the data, then score a model."""
    score = shlex.join(["brainscore-mouse", "score", "efficientnet-lite0", identifier])
    if parts.is_robustness or (manifest is not None and manifest["simulated"]):
        return [score]
    fetch = ["brainscore-mouse", "data", "fetch", parts.dataset, "--area", parts.area]
    is_fetched = manifest is not None and "fetched_from" in manifest["details"]
    return [shlex.join(fetch), score] if is_fetched else [score]
