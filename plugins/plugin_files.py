"""Plugins that are single files: chosen by ``--plugin`` or an environment variable, loaded once in each process."""

import hashlib
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ..core.errors import PluginError
from ..core.files import written_whole
from ..core.home import absolute_path, home
from .foreign_code import SHA256_OF_MODULE
from .registries import (
    Entries,
    all_entries,
    check_nothing_replaced,
    check_prefixes_are_free,
    entries_since,
    forget_entries,
    restore_entries,
)

VARIABLE = "BRAINSCORE_MOUSE_PLUGINS"
"""The environment variable with the paths of plugin files, separated like those of PATH: processes inherit it."""


@dataclass(frozen=True)
class PluginFile:
    """A plugin file that is loaded.

    Attributes
    ----------
    path : Path
        Where it is.
    content : bytes
        What was executed.
    """

    path: Path
    content: bytes

    @property
    def sha256(self) -> str:
        """Hash of the content."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass
class _Loaded:
    variable: str
    """The value of the environment variable whose files are loaded."""
    files: dict[PluginFile, Entries]
    """Each with what it has registered."""


_loaded = _Loaded("", {})


def choose_plugin_file(path: Path) -> None:
    """Have this process, and those that it starts, use a plugin file.

    Parameters
    ----------
    path : Path
        The file. It is loaded when something is first looked up.

    Raises
    ------
    PluginError
        If there is no such file.
    """
    path = path.absolute()
    if not path.is_file():
        raise PluginError(f"There is no plugin file {path}.")
    chosen = _paths(os.environ.get(VARIABLE, ""))
    if str(path) not in chosen:
        os.environ[VARIABLE] = os.pathsep.join([*chosen, str(path)])


def load_plugin_files() -> None:
    """Load the files that the environment variable names, each once; forget those that it names no more.

    Raises
    ------
    PluginError
        If one of them cannot be loaded; nothing that any of them registers is kept then.
    """
    variable = os.environ.get(VARIABLE, "")
    if variable == _loaded.variable:  # looked at for each identifier of long tables
        return
    _forget_all()
    _loaded.variable = variable  # before any is loaded: a plugin may itself list what there is
    try:
        for path in _paths(variable):
            file, registered = _load(Path(path))
            _loaded.files[file] = registered
    except BaseException:
        _forget_all()
        raise


def loaded_plugin_files() -> list[PluginFile]:
    """Return the files that are loaded."""
    return list(_loaded.files)


def adopt_plugin_files(files: Sequence[PluginFile]) -> None:
    """Choose the same plugin files as another process, perhaps on another machine; they are loaded at the next look-up.

    Parameters
    ----------
    files : sequence of PluginFile
        Of that process. A file that is not the same here, at its path, is written to the package's home and used there.
    """
    here = []
    for file in files:
        path = file.path
        if not path.is_file() or path.read_bytes() != file.content:
            path = home() / "plugins" / file.sha256 / file.path.name
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                with written_whole(path) as unfinished:
                    unfinished.write_bytes(file.content)
        here.append(str(path))
    os.environ[VARIABLE] = os.pathsep.join(here)


def _paths(variable: str) -> list[str]:
    """Return the absolute paths, each once."""
    named = [str(absolute_path(path)) for path in variable.split(os.pathsep) if path]
    return list(dict.fromkeys(named))


def _load(path: Path) -> tuple[PluginFile, Entries]:
    try:
        file = PluginFile(path, path.read_bytes())
    except OSError as error:
        raise PluginError(
            f"The plugin file {path} cannot be read: {error.strerror}. It is named by {VARIABLE}."
        ) from error
    # Named after the content, so that nothing depends on the place: the same in all processes, as pickles need it.
    module = ModuleType(f"brainscore_mouse_plugin_{file.sha256[:16]}")
    module.__file__ = str(path)
    setattr(module, SHA256_OF_MODULE, file.sha256)
    before = all_entries()
    sys.modules[module.__name__] = module
    try:
        exec(compile(file.content, str(path), "exec"), vars(module))  # noqa: S102 - it is what the user asked for
        check_nothing_replaced(before)
        check_prefixes_are_free(before)
    except (Exception, SystemExit) as error:
        del sys.modules[module.__name__]
        restore_entries(before)
        raise PluginError(f"The plugin {path} cannot be loaded: {_described(error, path)}") from error
    return file, entries_since(before)


def _described(error: BaseException, path: Path) -> str:
    """Return one line with the kind of error, its message, and the plugin's own line."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    line = error.lineno if isinstance(error, SyntaxError) else next(reversed(lines), None)
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    where = "" if line is None else f" (line {line})"
    kind = "" if isinstance(error, PluginError) else f"{type(error).__name__}: "
    return f"{kind}{message}{where}"


def _forget_all() -> None:
    for file, registered in _loaded.files.items():
        forget_entries(registered)
        sys.modules.pop(f"brainscore_mouse_plugin_{file.sha256[:16]}", None)
    _loaded.variable, _loaded.files = "", {}
