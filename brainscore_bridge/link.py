"""Stub plugins in the installed brainscore_vision, for its own command line; written, removed and looked at."""

import hashlib
import importlib.metadata
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..core.errors import BrainscoreMouseError
from ..core.files import folder_written_whole, sha256_of_file
from ..core.json_files.kind import TEXT, mapping_of, object_with
from ..core.json_files.read_json import read_json
from .internals import plugins_folder, vision_folder
from .offer import STUB_FOLDER, offered

State = Literal["absent", "as written", "outdated", "edited", "not ours"]

_STUB = "__init__.py"
_MANIFEST = "brainscore_mouse_link.json"
_MANIFEST_KIND = object_with({"written_by": TEXT, "files": mapping_of(TEXT)})
_WRITTEN_BY = "brainscore-mouse link"
_FORMAT_VERSION = 1
# The folders of brainscore_vision that get a stub, and the registries filled there.
_KINDS_OF_STUBS = (("benchmark",), ("metric",), ("data", "stimulus_set"))


@dataclass(frozen=True)
class Stub:
    """One stub plugin.

    Attributes
    ----------
    folder : Path
        Where it is, or would be.
    state : str
        'absent'; 'as written', and what would be written now; 'outdated', ours and unedited, but not what would be
        written now; 'edited' since we wrote it; 'not ours', something else of this name.
    names : dict of str to str
        What it registers, or would: the name in brainscore_vision, and our identifier.
    problem : str or None
        What is wrong with the file that says what we wrote; None if nothing is, or there is none.
    """

    folder: Path
    state: State
    names: dict[str, str]
    problem: str | None = None


def link() -> list[Stub]:
    """Write the stubs, so that ``python -m brainscore_vision score`` takes our identifiers; all of them or none.

    What is linked already is brought up to date, for instance with datasets packaged since.

    Returns
    -------
    list of Stub
        As they are now.

    Raises
    ------
    BrainscoreMouseError
        If brainscore_vision is not installed or not a tested version; if its folder cannot be written to; if a stub
        was edited, or something else has its name. Then nothing is changed.
    """
    before = status()
    _refuse(before, ("edited", "not ours"))
    _check_writable(before)
    written: list[Stub] = []
    try:
        for stub, kinds in zip(before, _KINDS_OF_STUBS, strict=True):
            if stub.state != "as written":
                with folder_written_whole(stub.folder) as unfinished:
                    _write(unfinished, _stub_text(kinds))
                written.append(stub)
    except BaseException as error:
        for stub in written:
            if stub.state == "absent":
                _remove(stub.folder)
        if isinstance(error, OSError):
            raise _not_writable(vision_folder(), error) from error
        raise
    return status()


def unlink() -> list[Stub]:
    """Remove what `link` wrote, and nothing else.

    Returns
    -------
    list of Stub
        What was removed, as it was before.

    Raises
    ------
    BrainscoreMouseError
        If a stub was edited, or brainscore_vision's folder cannot be written to. Then nothing is changed.
    """
    present = [stub for stub in status() if stub.state not in ("absent", "not ours")]
    _refuse(present, ("edited",))
    _check_writable(present)
    for stub in present:
        try:
            _remove(stub.folder)
        except OSError as error:
            raise _not_writable(vision_folder(), error) from error
    for leftover in _leftovers():
        shutil.rmtree(leftover)
    return present


def status() -> list[Stub]:
    """Look at the stubs: for benchmarks, metrics and data."""
    stubs = []
    for kinds in _KINDS_OF_STUBS:
        folder = plugins_folder(kinds[0]) / STUB_FOLDER
        names = {name: identifier for kind in kinds for name, identifier in offered(kind).items()}
        state, problem = _state(folder, _stub_text(kinds))
        stubs.append(Stub(folder, state, names, problem))
    return stubs


def _stub_text(kinds: tuple[str, ...]) -> str:
    """Return the stub's code: brainscore_vision searches it for literal lines."""
    lines = [
        f'"""Plugins of brainscore-mouse, written by `{_WRITTEN_BY}`; `brainscore-mouse unlink` removes them.',
        "",
        "Where brainscore-mouse is gone already, this folder can be deleted by hand.",
        '"""',
        "",
        f"from brainscore_vision import {', '.join(f'{kind}_registry' for kind in kinds)}",
        "",
        # Stable names of the root package: a stub outlives moves within it.
        "from brainscore_mouse import plugin_for_brain_score, spare_site_packages",
        "",
        "spare_site_packages()",
    ]
    for kind in kinds:
        for name, identifier in sorted(offered(kind).items()):
            lines.append(f"{kind}_registry[{name!r}] = plugin_for_brain_score({kind!r}, {identifier!r})")
    return "\n".join(lines) + "\n"


def _write(folder: Path, text: str) -> None:
    (folder / _STUB).write_text(text, encoding="utf-8")
    manifest = {
        "written_by": _WRITTEN_BY,
        "format_version": _FORMAT_VERSION,
        "version": importlib.metadata.version("brainscore-mouse"),
        "files": {_STUB: sha256_of_file(folder / _STUB)},
    }
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _state(folder: Path, text: str) -> tuple[State, str | None]:
    """Return the state of a stub, and what is wrong with its manifest."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        return "not ours", None
    if not folder.exists():
        return "absent", None
    if not os.path.lexists(folder / _MANIFEST):
        return "not ours", None
    try:
        manifest = read_json(folder / _MANIFEST, _MANIFEST_KIND, BrainscoreMouseError, "")
    except BrainscoreMouseError as error:
        return "edited", str(error).rstrip(" .")
    return _state_by_manifest(folder, text, manifest), None


def _state_by_manifest(folder: Path, text: str, manifest: Mapping[str, Any]) -> State:
    if manifest["written_by"] != _WRITTEN_BY:
        return "not ours"
    files = manifest["files"]
    unlisted = [path for path in folder.iterdir() if path.name not in {*files, _MANIFEST} and not _is_compiled(path)]
    # A listed file may be missing: `unlink` was interrupted.
    there = [name for name in files if os.path.lexists(folder / name)]
    changed = [name for name in there if not _is_file_of(folder / name, files[name])]
    if unlisted or changed:
        return "edited"
    current = hashlib.sha256(text.encode()).hexdigest()
    return "as written" if len(there) == len(files) and files.get(_STUB) == current else "outdated"


def _is_file_of(path: Path, sha256: str) -> bool:
    return path.is_file() and not path.is_symlink() and sha256_of_file(path) == sha256


def _is_compiled(path: Path) -> bool:
    """Tell whether this is the folder in which Python keeps the compiled stub, and nothing but that."""
    return (
        path.name == "__pycache__"
        and path.is_dir()
        and not path.is_symlink()
        and all(file.name.startswith("__init__.") and file.suffix == ".pyc" for file in path.iterdir())
    )


def _remove(folder: Path) -> None:
    """Remove a stub that was found unedited; interrupted anywhere, it can be done again."""
    (folder / _STUB).unlink(missing_ok=True)
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)
    (folder / _MANIFEST).unlink()
    folder.rmdir()


def _leftovers() -> list[Path]:
    """Return what a killed `link` left behind, under temporary names that brainscore_vision does not look at."""
    return [
        path
        for kinds in _KINDS_OF_STUBS
        for path in plugins_folder(kinds[0]).glob(f".{STUB_FOLDER}-*")
        if path.is_dir() and not path.is_symlink()
    ]


def _refuse(stubs: list[Stub], states: tuple[State, ...]) -> None:
    refused = [stub for stub in stubs if stub.state in states]
    if refused:
        listed = "; ".join(
            f"{stub.folder} is {stub.state}" + ("" if stub.problem is None else f" ({stub.problem})")
            for stub in refused
        )
        raise BrainscoreMouseError(
            f"{listed}. Nothing was changed: what this package did not write, it neither replaces nor deletes. "
            "Move or delete it yourself, and run the command again."
        )


def _check_writable(stubs: list[Stub]) -> None:
    for stub in stubs:
        if not os.access(stub.folder.parent, os.W_OK):
            raise _not_writable(stub.folder.parent, "permission denied")


def _not_writable(folder: Path, reason: object) -> BrainscoreMouseError:
    return BrainscoreMouseError(
        f"{folder} cannot be written to ({reason}). Without write access, use brainscore_mouse.register() in Python: "
        "it needs none."
    )
