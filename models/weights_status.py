"""Which pretrained weights are on this machine, and which would be downloaded: model folders say so, `doctor` asks."""

from dataclasses import dataclass
from pathlib import Path

from ..plugins.discovery import import_plugins
from ..plugins.registries import weights_sources


@dataclass(frozen=True)
class WeightsStatus:
    """Where the pretrained weights of a model are.

    Attributes
    ----------
    path : Path or None
        The file on this machine; None if it is not there.
    remedy : str
        Where it is not there: what brings it, such as 'downloaded on first use' or a command.
    """

    path: Path | None
    remedy: str = ""


def weights_status() -> dict[str, WeightsStatus]:
    """Return the status of every pretrained model of this package, by its identifier; loads and downloads nothing."""
    import_plugins()
    return {identifier: status for source in weights_sources.values() for identifier, status in source().items()}
