"""Where the package keeps everything it writes: one folder, with datasets, caches and results below it."""

import os
from pathlib import Path

import platformdirs

HOME_VARIABLE = "BRAINSCORE_MOUSE_HOME"


def home() -> Path:
    """Return the folder below which the package writes: ``$BRAINSCORE_MOUSE_HOME`` or the user-data folder."""
    return Path(os.environ.get(HOME_VARIABLE) or platformdirs.user_data_dir("brainscore-mouse"))


def datasets_folder() -> Path:
    """Return the folder of the packaged datasets."""
    return home() / "datasets"


def cache_folder() -> Path:
    """Return the folder of what can be computed again."""
    return home() / "cache"


def results_folder() -> Path:
    """Return the folder of the stored scores."""
    return home() / "results"
