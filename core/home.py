"""Where the package keeps everything it writes: one folder, with datasets, caches and results below it."""

import os
from pathlib import Path

import platformdirs

from .errors import BrainscoreMouseError

HOME_VARIABLE = "BRAINSCORE_MOUSE_HOME"


def home() -> Path:
    """Return the folder below which the package writes: ``$BRAINSCORE_MOUSE_HOME`` or the user-data folder."""
    return Path(os.environ.get(HOME_VARIABLE) or platformdirs.user_data_dir("brainscore-mouse"))


def check_home_is_writable() -> None:
    """Raise BrainscoreMouseError unless the package can write below its home."""
    try:
        home().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BrainscoreMouseError(
            f"{home()} cannot be made ({error}); set ${HOME_VARIABLE} to another folder."
        ) from error
    if not os.access(home(), os.W_OK):
        raise BrainscoreMouseError(f"{home()} is not writable; set ${HOME_VARIABLE} to another folder.")


def datasets_folder() -> Path:
    """Return the folder of the packaged datasets."""
    return home() / "datasets"


def cache_folder() -> Path:
    """Return the folder of what can be computed again."""
    return home() / "cache"


def results_folder() -> Path:
    """Return the folder of the stored scores."""
    return home() / "results"
