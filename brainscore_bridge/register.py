"""Making our benchmarks, metrics and datasets known to brainscore_vision in this process, and undoing it."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..plugins.discovery import VARIANT_SIGN
from .internals import (
    LIBRARY,
    current_import_plugin,
    current_save_score,
    kind_of_import,
    registered_identifiers,
    registry,
    scores_are_read_back,
    set_import_plugin,
    set_save_score,
)
from .offer import KINDS, STUB_FOLDER, offered, plugin_for_brain_score

_logger = logging.getLogger(__name__)


class _Search:
    """Stands in for brainscore_vision's ``import_plugin``: finds what we offer, and leaves all else to the original."""

    def __init__(self, original: Callable[..., None]):
        self.original = original
        self.active = True
        self.put: dict[tuple[str, str], Callable[..., Any]] = {}  # what we put into which registry under which name

    def __call__(
        self, library_root: str, plugin_type: str, identifier: str, registry_prefix: str | None = None
    ) -> None:
        kind = kind_of_import(plugin_type, registry_prefix)
        if not (self.active and library_root == LIBRARY and kind in KINDS and self._put(kind, identifier)):
            self.original(library_root, plugin_type, identifier, registry_prefix)

    def _put(self, kind: str, identifier: str) -> bool:
        """Put our plugin into the registry; return whether there is one, and the name is not another's."""
        if identifier in registered_identifiers(kind):  # brainscore_vision's own, or linked
            return False
        present = registry(kind).get(identifier)
        if present is not None:
            return present is self.put.get((kind, identifier))
        name, at, variant = identifier.partition(VARIANT_SIGN)
        ours = offered(kind).get(name)
        if ours is None or (at and kind != "benchmark"):
            return False
        self.put[kind, identifier] = registry(kind)[identifier] = plugin_for_brain_score(kind, f"{ours}{at}{variant}")
        return True

    def undo(self) -> None:
        """Take our plugins out of the registries, and put the original back where nothing else has come before us."""
        self.active = False
        for (kind, identifier), put in self.put.items():
            if registry(kind).get(identifier) is put:
                del registry(kind)[identifier]
        self.put.clear()
        if current_import_plugin() is self:
            set_import_plugin(self.original)


class _SparingSitePackages:
    """Stands in for Brain-Score's writing of each score as a pickle into site-packages, where nothing reads it.

    The pickle comes after all the work, and where site-packages is read-only, or the model's name has a slash, the
    score is lost. Scores on others' benchmarks are written as ever, and so are all where Brain-Score reads them back.
    """

    def __init__(self, original: Callable[..., None]):
        self.original = original
        self.active = True

    def __call__(self, score: Any, library_path: Path, env_name: str) -> None:
        benchmark = str(score.attrs.get("benchmark_identifier", "")).partition(VARIANT_SIGN)[0]
        if self.active and benchmark in offered("benchmark") and not scores_are_read_back():
            _logger.debug("%s is not written to site-packages", env_name)
            return
        self.original(score, library_path, env_name)

    def undo(self) -> None:
        """Put the original back where nothing else has come before us."""
        self.active = False
        if current_save_score() is self:
            set_save_score(self.original)


_search: _Search | None = None
_sparing: _SparingSitePackages | None = None


def register() -> None:
    """Let brainscore_vision find our benchmarks, metrics and datasets, until the process ends or `unregister`.

    ``brainscore_vision.load_benchmark``, ``load_metric``, ``load_dataset``, ``load_stimulus_set`` and ``score`` then
    take our identifiers. An identifier that brainscore_vision has already stays its own; ours is then called
    ``mouse-<identifier>`` there. Doing it twice is the same as once. Nothing is written to disk.

    Raises
    ------
    BrainscoreMouseError
        If brainscore_vision is not installed, or of a version that this package was not tested with.
    """
    global _search
    if _search is None:
        _search = _Search(current_import_plugin())
        set_import_plugin(_search)
    spare_site_packages()


def unregister() -> None:
    """Undo `register`: brainscore_vision is as it was before. Without effect where nothing is registered."""
    global _search, _sparing
    if _search is not None:
        _search.undo()
        _search = None
    # A linked stub that was imported keeps registering our benchmarks.
    if _sparing is not None and f"{LIBRARY}.benchmarks.{STUB_FOLDER}" not in sys.modules:
        _sparing.undo()
        _sparing = None


def spare_site_packages() -> None:
    """Keep ``brainscore_vision.score`` from writing scores on our benchmarks into site-packages."""
    global _sparing
    if _sparing is None:
        _sparing = _SparingSitePackages(current_save_score())
        set_save_score(_sparing)
