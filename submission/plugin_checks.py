"""What can be known of a submitted plugin without running any of its code."""

import ast
import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from ..core.errors import SubmissionError
from ..core.files import sha256_of_file
from ..models.registered_names import looks_of
from .handover import printable
from .requirements import missing_requirements, modules_not_found

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_OTHER_KINDS = ("benchmarks", "metrics", "data")
_REGISTRY = "model_registry"
_OTHER_REGISTRIES = {"benchmark_registry", "metric_registry", "data_registry", "stimulus_set_registry"}
_TEXT_SUFFIXES = {".py", ".json", ".yaml", ".yml", ".txt", ".md", ".toml", ".cfg"}
_MAX_TEXT_BYTES = 2**20
_BINARY_CODE = {".so", ".pyd", ".dll", ".dylib", ".exe"}


@dataclass(frozen=True)
class CheckedPlugin:
    """A plugin that passed the checks.

    Attributes
    ----------
    folder : Path
        Where it lies.
    identifiers : tuple of str
        The models it registers.
    region_layer_maps : dict of str to dict of str to str
        Of each model, the layers committed to areas by ``region_layer_map/<identifier>.json``.
    n_files, n_bytes : int
        Its size.
    sha256 : str
        Of all its files, names and contents.
    notes : tuple of str
        What its reader should know.
    """

    folder: Path
    identifiers: tuple[str, ...]
    region_layer_maps: dict[str, dict[str, str]]
    n_files: int
    n_bytes: int
    sha256: str
    notes: tuple[str, ...]


def check_plugin(submission: Path, taken: Collection[str]) -> CheckedPlugin:
    """Check a submission; none of its code runs.

    Parameters
    ----------
    submission : Path
        A folder written by `copy_submission`: the plugin, or ``models/<name>/`` with the plugin, at most one folder
        deep.
    taken : collection of str
        Identifiers of the models that there are.

    Raises
    ------
    SubmissionError
        With all that is wrong.
    """
    folder = _plugin_folder(submission)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    problems = _problems_with_texts(files, folder)
    if problems:  # the other checks read these files
        raise SubmissionError(_refusal(problems))
    trees, problems = _parsed([path for path in files if path.suffix == ".py"], folder)
    init = trees.get(folder / "__init__.py")
    identifiers: list[str] = []
    if init is not None:
        identifiers, registry_problems = _registered(init, (folder / "__init__.py").read_text(encoding="utf-8"))
        problems += registry_problems + _problems_with_identifiers(identifiers, taken)
    missing = missing_requirements(folder)
    problems += missing.problems
    if missing.to_install:
        problems.append(
            f"install what is missing yourself, after a look at it: pip install {' '.join(missing.to_install)}"
        )
    imported = [tree for path, tree in trees.items() if not path.name.startswith("test")]
    problems += [f"it imports {name}, which is not installed" for name in modules_not_found(imported)]
    maps, map_problems = _region_layer_maps(folder, identifiers)
    problems += map_problems + _problems_with_metadata(folder)
    if problems:
        raise SubmissionError(_refusal(problems))
    n_bytes = sum(path.stat().st_size for path in files)
    notes = tuple(_notes(files, folder))
    return CheckedPlugin(folder, tuple(identifiers), maps, len(files), n_bytes, _sha256(files, folder), notes)


def _refusal(problems: list[str]) -> str:
    return "\n- ".join(["The submission is refused:", *(printable(problem) for problem in problems)])


def _plugin_folder(submission: Path) -> Path:
    """Find the one plugin: the folder itself, ``models/<name>``, or either of them one folder deeper."""
    folders = [path for path in submission.iterdir() if path.is_dir()]
    roots = [submission, *folders] if len(folders) == 1 else [submission]
    for root in roots:
        others = [kind for kind in _OTHER_KINDS if (root / kind).is_dir()]
        if others:
            raise SubmissionError(
                f"The submission has the folder {others[0]}; only models can be submitted. For benchmarks and metrics "
                "see 'Plugin packages' in docs/submission.md."
            )
        if (root / "__init__.py").is_file():
            return root
        if (root / "models").is_dir():
            plugins = [path for path in (root / "models").iterdir() if path.is_dir()]
            if len(plugins) != 1:
                raise SubmissionError(f"The folder models holds {len(plugins)} folders; submit one plugin at a time.")
            (plugin,) = plugins
            if not _FOLDER_NAME.fullmatch(plugin.name):
                raise SubmissionError(
                    f"A plugin's folder cannot be called {printable(plugin.name)!r}: use letters, digits, '_' and '-', "
                    "beginning with a letter or digit."
                )
            if not (plugin / "__init__.py").is_file():
                raise SubmissionError(f"models/{plugin.name} has no __init__.py with a line model_registry['id'] = ...")
            return plugin
    raise SubmissionError(
        "The submission has no __init__.py with a line model_registry['id'] = ..., neither in its folder nor in "
        "models/<name>/. `brainscore-mouse new-submission` writes one to start from."
    )


def _problems_with_texts(files: list[Path], folder: Path) -> list[str]:
    problems = []
    for path in files:
        if path.suffix not in _TEXT_SUFFIXES:
            continue
        name = path.relative_to(folder)
        if path.stat().st_size > _MAX_TEXT_BYTES:
            problems.append(f"{name} is larger than {_MAX_TEXT_BYTES} bytes, too large for a text")
            continue
        try:
            if "\0" in path.read_bytes().decode("utf-8"):
                problems.append(f"{name} contains a NUL character")
        except UnicodeDecodeError as error:
            problems.append(f"{name} is not UTF-8 (byte {error.start})")
    return problems


def _parsed(sources: list[Path], folder: Path) -> tuple[dict[Path, ast.Module], list[str]]:
    trees, problems = {}, []
    for path in sources:
        try:
            trees[path] = ast.parse(path.read_text(encoding="utf-8"))
        except SyntaxError as error:
            problems.append(f"{path.relative_to(folder)}, line {error.lineno}: {error.msg}")
        except (ValueError, RecursionError, MemoryError) as error:
            problems.append(f"{path.relative_to(folder)} cannot be parsed: {error}")
    return trees, problems


def _registered(tree: ast.Module, source: str) -> tuple[list[str], list[str]]:
    """Return the identifiers of the literal registry lines, and what is wrong with others."""
    identifiers, problems = [], []
    plain_uses = set()
    lines = source.splitlines()
    for statement in tree.body:
        subscript = _registry_subscript(statement)
        if subscript is None:
            continue
        plain_uses.add(subscript.value)
        key = subscript.slice
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            problems.append(f"__init__.py, line {statement.lineno}: the identifier must be written out, not computed")
            continue
        identifiers.append(key.value)
        if f"{_REGISTRY}['{key.value}']" not in lines[statement.lineno - 1].replace('"', "'"):
            problems.append(
                f"__init__.py, line {statement.lineno}: write {_REGISTRY}['{key.value}'] in one piece: Brain-Score "
                "searches for this text"
            )
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == _REGISTRY and node not in plain_uses:
            problems.append(
                f"__init__.py, line {node.lineno}: {_REGISTRY} may only be used in lines {_REGISTRY}['id'] = ... "
                "outside of loops, conditions and functions"
            )
        names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
        problems += [
            f"__init__.py fills {name}; only models can be submitted" for name in names if name in _OTHER_REGISTRIES
        ]
    if not identifiers and not problems:
        problems.append(f"__init__.py has no line {_REGISTRY}['id'] = ...")
    return identifiers, problems


def _registry_subscript(statement: ast.stmt) -> ast.Subscript | None:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == _REGISTRY:
        return target
    return None


def _problems_with_identifiers(identifiers: list[str], taken: Collection[str]) -> list[str]:
    problems = []
    known = {looks_of(identifier): identifier for identifier in taken}
    for identifier in dict.fromkeys(identifiers):
        if not _IDENTIFIER.fullmatch(identifier):
            problems.append(
                f"a model cannot be called {identifier!r}: use at most 100 letters, digits, '.', '_' and '-', "
                "beginning with a letter or digit"
            )
        if identifiers.count(identifier) > 1:
            problems.append(f"{identifier!r} is registered {identifiers.count(identifier)} times")
        if looks_of(identifier) in known:
            problems.append(f"there is a model {known[looks_of(identifier)]!r} already; choose another identifier")
    return problems


def _region_layer_maps(folder: Path, identifiers: list[str]) -> tuple[dict[str, dict[str, str]], list[str]]:
    maps: dict[str, dict[str, str]] = {}
    problems = []
    for identifier in identifiers:
        path = folder / "region_layer_map" / f"{identifier}.json"
        maps[identifier] = {}
        if not _IDENTIFIER.fullmatch(identifier) or not path.is_file():
            continue
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            problems.append(f"region_layer_map/{path.name} is no JSON: {error}")
            continue
        if isinstance(content, dict) and all(isinstance(layer, str) for layer in content.values()):
            maps[identifier] = content
        else:
            problems.append(f"region_layer_map/{path.name} is not a mapping of areas to layers")
    return maps, problems


def _problems_with_metadata(folder: Path) -> list[str]:
    path = folder / "metadata.yaml"
    if not path.is_file():
        return []
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return [f"metadata.yaml is no YAML: {error}"]
    if not isinstance(content, dict) or not isinstance(content.get("models"), dict):
        return ["metadata.yaml has no mapping 'models'"]
    return []


def _notes(files: list[Path], folder: Path) -> Iterator[str]:
    if not (folder / "test.py").is_file():
        yield "it has no test.py, which Brain-Score itself requires"
    for path in files:
        if path.suffix in _BINARY_CODE:
            yield f"{path.relative_to(folder)} is compiled code, which cannot be read"
        if path.name == "setup.py":
            yield f"{path.relative_to(folder)} is not run"


def _sha256(files: list[Path], folder: Path) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(folder).as_posix()}\0{sha256_of_file(path)}\0".encode())
    return digest.hexdigest()
