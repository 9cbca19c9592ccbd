"""What is registered in an installed brainscore_vision, read as text, as its own search does; nothing is imported."""

import importlib.util
import re
from pathlib import Path

_FOLDERS = {"model": "models", "benchmark": "benchmarks", "metric": "metrics", "data": "data", "stimulus_set": "data"}
_REGISTRY_LINE = re.compile(r"""(\w+)_registry\[['"]([^'"]+)['"]\]""")


def brain_score_folder() -> Path | None:
    """Return the folder of the installed brainscore_vision, None where there is none."""
    spec = importlib.util.find_spec("brainscore_vision")
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


def registered_in_brain_score(kind: str) -> set[str]:
    """Return the identifiers of a kind; none where brainscore_vision is not installed.

    Parameters
    ----------
    kind : {'model', 'benchmark', 'metric', 'data', 'stimulus_set'}
        The beginning of the registry's name.
    """
    folder = brain_score_folder()
    found: set[str] = set()
    for init_file in sorted((folder / _FOLDERS[kind]).glob("*/__init__.py")) if folder else ():
        lines = _REGISTRY_LINE.findall(init_file.read_text(encoding="utf-8"))
        found.update(identifier for registry, identifier in lines if registry == kind)
    return found
