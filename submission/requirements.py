"""Whether what a submission needs is installed. Nothing is ever installed for it."""

import ast
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from .handover import printable


@dataclass(frozen=True)
class Missing:
    """What is to be installed before a submission can run.

    Attributes
    ----------
    problems : tuple of str
        What is wrong, for people.
    to_install : tuple of str
        What pip would have to be given.
    """

    problems: tuple[str, ...]
    to_install: tuple[str, ...]


def missing_requirements(folder: Path) -> Missing:
    """Compare ``requirements.txt`` with what is installed.

    Parameters
    ----------
    folder : Path
        The plugin's folder.
    """
    path = folder / "requirements.txt"
    problems, to_install = [], []
    for line in _lines(path.read_text(encoding="utf-8")) if path.is_file() else ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            problems.append(
                f"requirements.txt: {printable(line)!r} cannot be checked; write 'name', 'name>=1.0' or 'name @ URL'"
            )
            continue
        if requirement.marker is None or requirement.marker.evaluate():
            problem = _problem_with(requirement)
            if problem is not None:
                problems.append(f"requirements.txt: {problem}")
                to_install.append(f"'{printable(str(requirement))}'")
    return Missing(tuple(problems), tuple(to_install))


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        requirement = line.partition(" #")[0].strip()
        if requirement and not requirement.startswith("#"):
            yield requirement


def _problem_with(requirement: Requirement) -> str | None:
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{requirement.name} is not installed"
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement} is required, {version} is installed"
    return None


def modules_not_found(trees: Iterable[ast.Module]) -> list[str]:
    """Return the packages that these modules import first thing and that are not there, sorted.

    Imports inside of functions and ``try`` are left out: they may never happen.

    Parameters
    ----------
    trees : iterable of ast.Module
        Parsed source files.
    """
    names: set[str] = set()
    for tree in trees:
        for statement in tree.body:
            if isinstance(statement, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in statement.names)
            elif isinstance(statement, ast.ImportFrom) and statement.level == 0 and statement.module:
                names.add(statement.module.partition(".")[0])
    return sorted(name for name in names if not _is_there(name))


def _is_there(module: str) -> bool:
    # Of a top-level name this looks for the file only, and imports nothing.
    return module in sys.modules or importlib.util.find_spec(module) is not None
