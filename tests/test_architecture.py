"""The rules of ARCHITECTURE.md: imports go down only and in no circle, plugin folders register, names are free."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from itertools import pairwise

import pytest
from brainscore_mouse.plugins import registries
from places import REPOSITORY


def rooms():
    """Return the rooms from top to ground, as ARCHITECTURE.md draws them."""
    text = (REPOSITORY / "ARCHITECTURE.md").read_text()
    drawing = text.partition("```\n")[2].partition("```")[0]
    return re.findall(r"^(\w+)/", drawing, re.MULTILINE)


def modules():
    """Return every module of the package by its dotted name, relative to the package."""
    named = {}
    for room in rooms():
        for path in (REPOSITORY / room).rglob("*.py"):
            parts = list(path.relative_to(REPOSITORY).with_suffix("").parts)
            named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return named


MODULES = modules()


def imported(module):
    """Return the modules that a module imports anywhere, also within functions; not those for type checkers only."""
    path = MODULES[module]
    tree = ast.parse(path.read_text())
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", None) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.level or id(node) in for_types:
            continue
        base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
        name = ".".join(part for part in base if part)
        for alias in node.names:
            inner = f"{name}.{alias.name}"
            found.add(inner if inner in MODULES else name)
    return found - {""}


def test_every_module_is_in_a_room():
    tracked = subprocess.run(
        ["git", "ls-files", "*.py"],  # noqa: S607
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    beside = {"tests", "docs", "examples", "performance", "development"}
    assert {path.split("/")[0] for path in tracked if "/" in path} - beside == set(rooms())


def test_imports_go_down_only():
    floor = {room: number for number, room in enumerate(rooms())}
    assert not [
        f"{module} imports {name}"
        for module in MODULES
        for name in imported(module)
        if floor[name.split(".")[0]] < floor[module.split(".")[0]]
    ]


def test_there_is_no_circle_of_imports():
    arrows = {module: imported(module) & MODULES.keys() for module in MODULES}
    finished, path = set(), []

    def visit(module):
        if module in path:
            pytest.fail(" -> ".join([*path[path.index(module) :], module]))
        if module not in finished:
            path.append(module)
            for other in sorted(arrows[module]):
                visit(other)
            finished.add(path.pop())

    for module in sorted(arrows):
        visit(module)


@pytest.mark.parametrize("room", ["benchmarks", "metrics", "models"])
def test_every_folder_of_a_plugin_room_registers_something(room):
    names = [name for name in vars(registries) if name.endswith(("_registry", "_sources"))]
    for folder in (REPOSITORY / room).iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            text = (folder / "__init__.py").read_text()
            assert any(f"{name}[" in text for name in names), folder


def test_no_room_has_the_name_of_another_library():
    assert not {*rooms()} & ({*sys.stdlib_module_names} | {*packages_distributions()} - {"tests"})


def test_no_folder_holds_more_than_fifteen_files_of_code():
    folders = {path.parent for path in MODULES.values()}
    counts = {folder: sum(1 for path in folder.glob("*.py") if path.name != "__init__.py") for folder in folders}
    assert max(counts.values()) <= 15, max(counts, key=counts.get)


def test_the_order_of_rooms_is_the_order_of_the_table():
    """ARCHITECTURE.md names each room once more, with what it is for; the two must not drift apart."""
    assert len(rooms()) == len(set(rooms())) > 10
    assert all(first != second for first, second in pairwise(rooms()))


@pytest.mark.slow
def test_the_literal_registry_lines_are_up_to_date():
    script = [sys.executable, "development/registry_lines.py", "--check"]
    checked = subprocess.run(script, cwd=REPOSITORY, capture_output=True, text=True)  # noqa: S603
    assert checked.returncode == 0, checked.stderr
