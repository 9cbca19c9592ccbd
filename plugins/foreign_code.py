"""Which code of others something is made by: part of what is stored, so that an edited plugin is another one."""

import functools
import hashlib
import inspect
import sys
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

SHA256_OF_MODULE = "__brainscore_mouse_sha256__"
"""What a module of a plugin file has of the content that was executed; the file may have been edited since."""

_OUR_PACKAGE = __package__.partition(".")[0]


def foreign_code(maker: "type | Callable[..., Any]") -> dict[str, str]:
    """Return the hash of the code of others that a class or function consists of.

    Parameters
    ----------
    maker : class or function
        For a class, what it inherits from counts, too.

    Returns
    -------
    dict
        ``code_sha256``, of the content of the plugin file, or of all files of the package, never of their places; empty
        where all of the code is this package's or Brain-Score's.
    """
    makers: Iterable[Any] = inspect.getmro(maker) if inspect.isclass(maker) else (maker,)
    digests = {_digest(one.__module__, one) for one in makers if _is_foreign(one.__module__)}
    if not digests:
        return {}
    return {"code_sha256": hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()}


def _is_foreign(module: str) -> bool:
    return module.partition(".")[0] not in {
        _OUR_PACKAGE,
        "brainscore_core",
        "brainscore_vision",
        "builtins",
        "abc",
        "typing",
    }


def _digest(module_name: str, maker: Any) -> str:
    module = sys.modules.get(module_name)
    executed = getattr(module, SHA256_OF_MODULE, None)
    if executed is not None:
        return str(executed)
    package = getattr(sys.modules.get(module_name.partition(".")[0]), "__file__", None)
    if package is not None and Path(package).name == "__init__.py":
        return _digest_of_package(Path(package).parent)
    file = getattr(module, "__file__", None)
    return _digest_of_source(maker) if file is None else _digest_of_file(Path(file))


# Cached: files as they were when they were first asked for, shortly after they were imported.
@functools.cache
def _digest_of_package(folder: Path) -> str:
    files = {str(path.relative_to(folder)): _digest_of_file(path) for path in folder.rglob("*.py")}
    return hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()


@functools.cache
def _digest_of_file(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@functools.cache
def _digest_of_source(maker: Any) -> str:
    """Of a class or function that was typed in; one whose text is not known is another one in each process."""
    try:
        return hashlib.sha256(inspect.getsource(maker).encode()).hexdigest()
    except (OSError, TypeError):
        return uuid.uuid4().hex
