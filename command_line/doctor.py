"""``brainscore-mouse doctor``: what is on this machine."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .output.json_output import JsonOption, print_json

if TYPE_CHECKING:
    from ..models.weights_status import WeightsStatus


def doctor(
    model: Annotated[
        str | None, typer.Option(help="Say only whether this model could be scored now, and if not, why.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show versions, device, folders, and available data and weights."""
    if model is not None:
        _print_readiness(model, as_json)
    elif as_json:
        print_json(_found())
    else:
        _print_found(_found())


def _found() -> dict[str, Any]:
    """Return what is on this machine; docs/models.md documents the entries."""
    import torch

    from ..core.errors import BrainscoreMouseError
    from ..core.home import cache_folder, downloads_folder, home, results_folder
    from ..core.host import default_device
    from ..core.versions import package_versions
    from ..data_packaging.datasets import read_manifest
    from ..data_packaging.on_disk.datasets_here import datasets_on_disk
    from ..models.weights_status import weights_status
    from ..plugins.discovery import import_plugins
    from ..plugins.plugin_files import loaded_plugin_files
    from ..results.store import result_files

    import_plugins()
    device = default_device()
    datasets = []
    for dataset in datasets_on_disk():
        try:
            datasets.append({"dataset": dataset, "areas": list(read_manifest(dataset)["regions"]), "problem": None})
        except BrainscoreMouseError as error:
            datasets.append({"dataset": dataset, "areas": [], "problem": str(error)})
    return {
        "versions": package_versions(),
        "plugin_files": [{"path": str(file.path), "sha256": file.sha256} for file in loaded_plugin_files()],
        "device": {
            "device": str(device),
            "gpu": torch.cuda.get_device_name(device) if device.type == "cuda" else None,
            "threads": torch.get_num_threads(),
        },
        "folders": {
            "home": _folder(home()),
            "cache": _folder(cache_folder()) | {"megabytes": _megabytes(False)},
            "downloads": {"path": str(downloads_folder()), "megabytes": _megabytes(True)},
            "results": _folder(results_folder()) | {"n_scores": len(result_files(results_folder()))},
            "torch_hub": {"path": torch.hub.get_dir()},
        },
        "datasets": datasets,
        "weights": [_needed_file(identifier, status) for identifier, status in weights_status().items()],
    }


def _print_found(found: Mapping[str, Any]) -> None:
    from ..core.home import HOME_VARIABLE
    from ..plugins.plugin_files import VARIABLE

    _print_section("Versions", found["versions"])
    files = {file["path"]: f"SHA-256 {file['sha256'][:12]}" for file in found["plugin_files"]}
    _print_section("Plugin files", files or {"none": f"choose them with --plugin or ${VARIABLE}"})
    device = found["device"]
    _print_section("Device", {"used": f"{device['device']} ({device['gpu'] or str(device['threads']) + ' threads'})"})
    folders = found["folders"]
    cache, results = folders["cache"], folders["results"]
    _print_section(
        "Folders",
        {
            f"home (${HOME_VARIABLE})": f"{folders['home']['path']}, {_writability(folders['home'])}",
            "cache": f"{cache['path']}, {cache['megabytes']} MB, {_writability(cache)}",
            "downloads": f"{folders['downloads']['path']}, {folders['downloads']['megabytes']} MB",
            "results": f"{results['path']}, {results['n_scores']} scores, {_writability(results)}",
            "torch hub": folders["torch_hub"]["path"],
        },
    )
    datasets = {
        row["dataset"]: f"BROKEN: {row['problem']}" if row["problem"] else ", ".join(row["areas"])
        for row in found["datasets"]
    }
    _print_section("Data", datasets or {"none yet": "simulated-mouse is made on first use"})
    here = {row["model"]: row["file"] for row in found["weights"] if row["file"] is not None}
    _print_section("Pretrained weights on this machine", here)
    absent = {row["model"]: row["remedy"] for row in found["weights"] if row["file"] is None}
    _print_section("Pretrained weights that are not", absent)


def _print_readiness(identifier: str, as_json: bool) -> None:
    """Tell where a model's file is; exit status 1 where it is missing."""
    from ..models.loading import needed_file
    from ..models.model_name import BRAIN_SCORE, ModelName

    name = ModelName.parse(identifier)
    needed = needed_file(name)
    is_missing = needed is not None and needed.path is None
    is_of_brain_score = name.prefix == BRAIN_SCORE
    if as_json:
        ready = None if is_of_brain_score else not is_missing
        print_json({**_needed_file(name.canonical, needed), "ready": ready})
    elif needed is not None and is_missing:
        print(f"{name.canonical} cannot be scored now: {needed.remedy}.")
    elif is_of_brain_score:
        print(f"{name.canonical} is a model of Brain-Score, which does not say what it needs: score it to find out.")
    else:
        print(f"{name.canonical} can be scored now: {needed.path if needed else 'it needs no file'}.")
    if is_missing:
        raise typer.Exit(1)


def _needed_file(model: str, status: "WeightsStatus | None") -> dict[str, str | None]:
    path, remedy = (status.path, status.remedy) if status else (None, "")
    return {"model": model, "file": None if path is None else str(path), "remedy": remedy or None}


def _folder(folder: Path) -> dict[str, Any]:
    """Write, read and delete a file; folders that were missing before are missing afterwards."""
    from ..core.errors import NotWritableError
    from ..core.home import check_writable

    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    problem = None
    try:
        check_writable(folder)
    except NotWritableError as error:
        problem = str(error)
    finally:
        for made in missing:
            with contextlib.suppress(OSError):
                made.rmdir()
    return {"path": str(folder), "writable": problem is None, "problem": problem}


def _writability(folder: Mapping[str, Any]) -> str:
    return "writable" if folder["writable"] else f"NOT WRITABLE: {folder['problem']}"


def _megabytes(is_download: bool) -> float:
    from ..core.cache import cache_info

    n_bytes = sum(content.n_bytes for content in cache_info() if content.is_download == is_download)
    return round(n_bytes / 1e6, 1)


def _print_section(title: str, entries: Mapping[str, object]) -> None:
    print(title)
    for key, value in entries.items():
        print(f"  {key}: {value}")
