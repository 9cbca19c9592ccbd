"""``brainscore-mouse doctor``: what is on this machine."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer


def doctor(
    model: Annotated[
        str | None, typer.Option(help="Say only whether this model could be scored now, and if not, why.")
    ] = None,
) -> None:
    """Show versions, device, folders, and available data and weights."""
    if model is not None:
        _print_readiness(model)
        return
    import torch

    from ..core.errors import BrainscoreMouseError
    from ..core.home import HOME_VARIABLE, cache_folder, downloads_folder, home, results_folder
    from ..core.host import default_device
    from ..core.versions import package_versions
    from ..data_packaging.datasets import datasets_on_disk, read_manifest
    from ..models.downloads import weights_status
    from ..plugins.discovery import import_plugins
    from ..plugins.plugin_files import VARIABLE, loaded_plugin_files
    from ..results.store import result_files

    _print_section("Versions", package_versions())
    import_plugins()
    files = {str(file.path): f"SHA-256 {file.sha256[:12]}" for file in loaded_plugin_files()}
    _print_section("Plugin files", files or {"none": f"choose them with --plugin or ${VARIABLE}"})
    device = default_device()
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"
    _print_section("Device", {"used": f"{device} ({name})"})
    _print_section(
        "Folders",
        {
            f"home (${HOME_VARIABLE})": f"{home()}, {_writability(home())}",
            "cache": f"{cache_folder()}, {_megabytes(False)} MB, {_writability(cache_folder())}",
            "downloads": f"{downloads_folder()}, {_megabytes(True)} MB",
            "results": f"{results_folder()}, {len(result_files(results_folder()))} scores, "
            f"{_writability(results_folder())}",
            "torch hub": torch.hub.get_dir(),
        },
    )
    datasets: dict[str, object] = {}
    for dataset in datasets_on_disk():
        try:
            datasets[dataset] = ", ".join(read_manifest(dataset)["regions"])
        except BrainscoreMouseError as error:
            datasets[dataset] = f"BROKEN: {error}"
    _print_section("Data", datasets or {"none yet": "simulated-mouse is made on first use"})
    statuses = weights_status()
    here = {identifier: status.path for identifier, status in statuses.items() if status.path is not None}
    _print_section("Pretrained weights on this machine", here)
    absent = {identifier: status.remedy for identifier, status in statuses.items() if status.path is None}
    _print_section("Pretrained weights that are not", absent)


def _print_readiness(identifier: str) -> None:
    """Tell where a model's file is; exit status 1 where it is missing."""
    from ..models.loading import ModelName, needed_file
    from ..models.registered_names import BRAIN_SCORE

    name = ModelName.parse(identifier)
    needed = needed_file(name)
    if needed is not None and needed.path is None:
        print(f"{name.canonical} cannot be scored now: {needed.remedy}.")
        raise typer.Exit(1)
    if name.prefix == BRAIN_SCORE:
        print(f"{name.canonical} is a model of Brain-Score, which does not say what it needs: score it to find out.")
    else:
        print(f"{name.canonical} can be scored now: {needed.path if needed else 'it needs no file'}.")


def _print_section(title: str, entries: Mapping[str, object]) -> None:
    print(title)
    for key, value in entries.items():
        print(f"  {key}: {value}")


def _writability(folder: Path) -> str:
    """Write, read and delete a file; folders that were missing before are missing afterwards."""
    from ..core.errors import NotWritableError
    from ..core.home import check_writable

    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        check_writable(folder)
    except NotWritableError as error:
        return f"NOT WRITABLE: {error}"
    finally:
        for made in missing:
            with contextlib.suppress(OSError):
                made.rmdir()
    return "writable"


def _megabytes(is_download: bool) -> str:
    from ..core.cache import cache_info

    return f"{sum(content.n_bytes for content in cache_info() if content.is_download == is_download) / 1e6:.1f}"
