"""A hook of mkdocs: each tutorial runs in a home and a folder of its own, which are removed afterwards."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

_folder = Path(tempfile.mkdtemp(prefix="brainscore-mouse-docs-"))


def on_pre_build(config: Any) -> None:
    """Set what the code and commands of all tutorials see; what they packaged in an earlier build is removed."""
    for dataset in (_folder / "datasets").glob("tutorial-*"):
        shutil.rmtree(dataset)
    os.environ.update(
        BS_INSTALL_DEPENDENCIES="no",
        OMP_NUM_THREADS="1",
        PYTHONWARNINGS="ignore::FutureWarning",
        COLUMNS="110",
    )


def on_page_markdown(markdown: str, page: Any, **others: Any) -> None:
    """Give a page an empty home; the simulated recordings, which take a while to make, are shared."""
    folder = _folder / page.file.name
    (folder / "home").mkdir(parents=True, exist_ok=True)
    (_folder / "datasets").mkdir(exist_ok=True)
    if not (folder / "home" / "datasets").exists():
        (folder / "home" / "datasets").symlink_to(_folder / "datasets")
    os.environ.update(BRAINSCORE_MOUSE_HOME=str(folder / "home"), BRAINSCORE_MOUSE_TUTORIAL=str(folder))


def on_shutdown() -> None:
    """Remove the folder."""
    shutil.rmtree(_folder, ignore_errors=True)
