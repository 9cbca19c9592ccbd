"""``brainscore-mouse doctor``: what is on this machine."""

import os
from collections.abc import Mapping
from pathlib import Path


def doctor() -> None:
    """Tell versions, device, folders, and which data and weights are there."""
    import torch

    from ..core.errors import BrainscoreMouseError
    from ..core.home import HOME_VARIABLE, cache_folder, home, results_folder
    from ..core.host import default_device
    from ..core.versions import package_versions
    from ..data_packaging.datasets import datasets_on_disk, read_manifest
    from ..models.downloads import weights_status
    from ..results.store import result_files

    _print_section("Versions", package_versions())
    device = default_device()
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"
    _print_section("Device", {"used": f"{device} ({name})"})
    _print_section(
        "Folders",
        {
            f"home (${HOME_VARIABLE})": f"{home()}, {'writable' if _writable(home()) else 'NOT WRITABLE'}",
            "cache": f"{cache_folder()}, {_size_mb(cache_folder()):.1f} MB",
            "results": f"{results_folder()}, {len(result_files(results_folder()))} scores",
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


def _print_section(title: str, entries: Mapping[str, object]) -> None:
    print(title)
    for key, value in entries.items():
        print(f"  {key}: {value}")


def _writable(folder: Path) -> bool:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    return os.access(existing, os.W_OK)


def _size_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
