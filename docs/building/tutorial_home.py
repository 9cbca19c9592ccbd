"""A hook of mkdocs: the tutorials run in a home and a folder of their own, which are removed afterwards."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

_folder = Path(tempfile.mkdtemp(prefix="brainscore-mouse-docs-"))


def on_pre_build(config: Any) -> None:
    """Set what the tutorials' code and commands see."""
    os.environ.update(
        BRAINSCORE_MOUSE_HOME=str(_folder / "home"),
        BRAINSCORE_MOUSE_TUTORIAL=str(_folder),
        BS_INSTALL_DEPENDENCIES="no",
        OMP_NUM_THREADS="1",
        PYTHONWARNINGS="ignore::FutureWarning",
        COLUMNS="110",
    )


def on_shutdown() -> None:
    """Remove the folder."""
    shutil.rmtree(_folder, ignore_errors=True)
