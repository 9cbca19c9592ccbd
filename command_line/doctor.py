"""``brainscore-mouse doctor``: what is on this machine."""

import os
from pathlib import Path


def doctor() -> None:
    """Tell versions, device, folders, and which data and weights are there."""
    import torch

    from ..core.errors import BrainscoreMouseError
    from ..core.home import HOME_VARIABLE, cache_folder, home, results_folder
    from ..core.host import default_device
    from ..core.versions import package_versions
    from ..data_packaging.datasets import datasets_on_disk, read_manifest
    from ..models.efficientnet_lite.architectures import ARCHITECTURES as EFFICIENTNET_LITE
    from ..models.efficientnet_lite.weights import weights_file
    from ..models.torchvision_networks.image_models import weights_on_this_machine
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
    weights: dict[str, object] = {identifier: path for identifier, path in weights_on_this_machine().items()}
    for identifier in EFFICIENTNET_LITE:
        try:
            weights[identifier] = weights_file(identifier)
        except BrainscoreMouseError as error:
            weights[identifier] = str(error)
    _print_section("ImageNet weights on this machine", weights)


def _print_section(title: str, entries: dict[str, object] | dict[str, str]) -> None:
    print(title)
    for key, value in entries.items():
        print(f"  {key}: {value}")


def _writable(folder: Path) -> bool:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    return os.access(existing, os.W_OK)


def _size_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
