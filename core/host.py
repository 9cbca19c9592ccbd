"""Host, duration and memory recorded with each score. They do not affect the score and are not part of its key."""

import platform
import resource
import sys
from typing import Any

import psutil
import torch


def host_kind() -> dict[str, Any]:
    """Return the kind of machine: system, processor, number of cores, device and torch's threads; no names of hosts."""
    device = default_device()
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "n_cores": psutil.cpu_count(logical=False) or psutil.cpu_count() or 1,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "n_threads": torch.get_num_threads(),
    }


def peak_memory_bytes() -> int:
    """Return the most memory that this process has held at any time so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts in KiB


def _processor() -> str:
    """Return the processor's name; where the system does not report it, its architecture."""
    try:
        with open("/proc/cpuinfo") as lines:
            names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def default_device() -> torch.device:
    """Return the device that networks run on: the first CUDA device where there is one, the CPU elsewhere."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
