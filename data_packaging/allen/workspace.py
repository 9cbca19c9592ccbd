"""Where fetching keeps what it has so far: per source, in the package's folder of downloads."""

import hashlib
import re
import shutil
from pathlib import Path

from ...core.cache import download_folder
from ...core.errors import DiskSpaceError
from ...core.home import datasets_folder
from .allen_dataset import ResponseRecipe

# As made by tempfile behind a dot: what a killed process leaves behind.
_RANDOM_NAME = r"[a-z0-9_]{8}"


class Workspace:
    """The folder of one source: locks of remote objects, images, and one file for each experiment.

    Parameters
    ----------
    location : str
        The source's URL or folder. Another source has another workspace: nothing is mixed.
    """

    def __init__(self, location: str):
        name = re.sub(r"[^A-Za-z0-9]+", "-", location).strip("-")[-60:]
        self.folder = download_folder("allen") / f"{name}-{hashlib.sha256(location.encode()).hexdigest()[:8]}"

    @property
    def locks(self) -> Path:
        """The folder of the lock files."""
        return self.folder / "locks"

    @property
    def scenes(self) -> Path:
        """The folder of the images."""
        return self.folder / "scenes"

    @property
    def gratings(self) -> Path:
        """The folder of the images of gratings, which are the same whatever the source."""
        return self.folder.parent / "gratings"

    @property
    def process_lock(self) -> Path:
        """Held by the process that fetches."""
        return self.folder.parent / "fetching.lock"

    @property
    def terms(self) -> Path:
        """The terms of use, there once they were shown."""
        return self.folder.parent / "TERMS.txt"

    def experiment(self, recipe: ResponseRecipe, identifier: int) -> Path:
        """Return the file of an experiment or session."""
        return self.folder / recipe.name / f"{identifier}.npz"

    def experiments(self, recipe: ResponseRecipe) -> list[Path]:
        """Return the files of all experiments on disk, by id."""
        return sorted((self.folder / recipe.name).glob("[0-9]*.npz"), key=lambda path: int(path.stem))

    def remove_leftovers(self, dataset: str) -> None:
        """Remove what killed processes left half-written. Only the holder of the process lock may."""
        for path in self.folder.rglob(".*"):
            if re.fullmatch(rf"\..+-{_RANDOM_NAME}\.\w+", path.name):
                path.unlink()
        leftover = re.compile(rf"\.{re.escape(dataset)}-(replaced-)?{_RANDOM_NAME}")
        for path in datasets_folder().glob(f".{dataset}-*"):
            if leftover.fullmatch(path.name):
                shutil.rmtree(path)


def check_disk_space(folder: Path, n_bytes: int) -> None:
    """Raise DiskSpaceError unless the disk of a folder, which may not exist yet, has room for this many bytes."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < n_bytes:
        raise DiskSpaceError(
            f"Fetching needs about {n_bytes / 1e9:.1f} GB below {existing}, where {free / 1e9:.1f} GB are free. "
            "Free some, set BRAINSCORE_MOUSE_HOME to another disk, or fetch less (--area, --max-experiments)."
        )
