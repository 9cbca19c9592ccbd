"""Every name of Brain-Score that is not part of its documented interface and that this package touches.

tests/brainscore_bridge/test_internals.py holds each of them to what is expected here.
"""

import contextlib
import copy
import functools
import importlib
import importlib.metadata
import importlib.util
import inspect
import os
import re
import ssl
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import BrainscoreMouseError

if TYPE_CHECKING:
    from torch import nn

# What is expected of the names below was tested with these versions only.
TESTED_VERSIONS = {"brainscore-vision": "2.4.2", "brainscore-core": "2.5.0", "result-caching": "0.5"}

LIBRARY = "brainscore_vision"
INSTALL_VARIABLE = "BS_INSTALL_DEPENDENCIES"
CACHING_VARIABLE = "RESULTCACHING_DISABLE"

_REGISTRATION = re.compile(r"(\w+)_registry\['([^']*)'\]")
# brainscore_vision keeps data and stimulus sets in the same folder.
_FOLDER_OF_KIND = {
    "benchmark": "benchmarks",
    "metric": "metrics",
    "data": "data",
    "stimulus_set": "data",
    "model": "models",
}


def brain_score_is_installed() -> bool:
    """Tell whether there is a brainscore_vision, without importing it."""
    spec = importlib.util.find_spec(LIBRARY)
    return spec is not None and spec.origin is not None


def vision_folder() -> Path:
    """Return the folder of the installed brainscore_vision, without importing it.

    Raises
    ------
    BrainscoreMouseError
        If it is not installed, or of a version that this package was not tested with.
    """
    spec = importlib.util.find_spec(LIBRARY)
    if spec is None or spec.origin is None:
        raise BrainscoreMouseError(
            "brainscore_vision is not installed; install it with: pip install 'brainscore-mouse[vision]'"
        )
    for package, tested in TESTED_VERSIONS.items():
        installed = importlib.metadata.version(package)
        if installed != tested:
            raise BrainscoreMouseError(
                f"{package} {installed} is installed. This package relies on internals of Brain-Score that were "
                f"tested with {package} {tested}: pip install '{package}=={tested}'"
            )
    return Path(spec.origin).parent


def vision() -> Any:
    """Import brainscore_vision; the errors are those of `vision_folder`."""
    vision_folder()
    return importlib.import_module(LIBRARY)


def plugins_folder(kind: str) -> Path:
    """Return the folder that holds the plugin folders of a kind.

    Parameters
    ----------
    kind : {'benchmark', 'metric', 'data', 'stimulus_set', 'model'}
        The beginning of the registry's name.
    """
    return vision_folder() / _FOLDER_OF_KIND[kind]


def registered_identifiers(kind: str) -> dict[str, str]:
    """Read what is registered in brainscore_vision, as its own search does: as text, importing nothing.

    Parameters
    ----------
    kind : str
        As of `plugins_folder`.

    Returns
    -------
    dict of str to str
        The plugin's folder by identifier.
    """
    found = {}
    for init_file in sorted(plugins_folder(kind).glob("*/__init__.py")):
        if init_file.parent.name.startswith((".", "_")):
            continue
        status = init_file.stat()
        for registry, identifier in _registrations_in(init_file, status.st_mtime_ns, status.st_size):
            if registry == kind:
                found[identifier] = init_file.parent.name
    return found


@functools.lru_cache(maxsize=10_000)
def _registrations_in(init_file: Path, modified_ns: int, n_bytes: int) -> tuple[tuple[str, str], ...]:
    """Read the registries and identifiers of a file once, however often they are asked for while it stays the same."""
    return tuple(_REGISTRATION.findall(init_file.read_text(encoding="utf-8").replace('"', "'")))


def registry(kind: str) -> dict[str, Callable[..., Any]]:
    """Return brainscore_vision's own registry of a kind."""
    return getattr(vision(), f"{kind}_registry")


def kind_of_import(plugin_type: str, registry_prefix: str | None) -> str:
    """Return the kind that ``import_plugin(..., plugin_type, ..., registry_prefix)`` looks for."""
    return registry_prefix or plugin_type.strip("s")


def load_registered_model(identifier: str) -> Any:
    """Load a model by brainscore_vision's own loader, with what its plugin does to the process undone.

    Plugins print, and some turn off the verification of TLS certificates for the whole process.
    """
    loader = vision().load_model
    make_https_context = ssl._create_default_https_context
    try:
        with installs_nothing(), contextlib.redirect_stdout(sys.stderr):
            return loader(identifier)
    finally:
        ssl._create_default_https_context = make_https_context


def requirements(kind: str, folder: str) -> list[Path]:
    """Return the files that list a plugin's requirements."""
    plugin = plugins_folder(kind) / folder
    return [path for path in (plugin / "requirements.txt", plugin / "setup.py") if path.is_file()]


def current_import_plugin() -> Callable[..., None]:
    """Return the function by which brainscore_vision's loaders look for a plugin."""
    return vision().import_plugin


def set_import_plugin(function: Callable[..., None]) -> None:
    """Make brainscore_vision's loaders look for plugins by this function."""
    vision().import_plugin = function


def current_save_score() -> Callable[..., None]:
    """Return the function by which ``brainscore_vision.score`` pickles a score into site-packages."""
    return _conda_score().save_score


def set_save_score(function: Callable[..., None]) -> None:
    """Make ``brainscore_vision.score`` hand its scores to this function: score, library_path, env_name."""
    _conda_score().save_score = staticmethod(function)


def scores_are_read_back() -> bool:
    """Tell whether Brain-Score runs each score in an environment of its own and reads it back from its pickle."""
    from brainscore_core.plugin_management.import_plugin import installation_preference

    return installation_preference() == "newenv"


def _conda_score() -> Any:
    vision_folder()
    from brainscore_core.plugin_management.conda_score import CondaScore

    return CondaScore


@contextlib.contextmanager
def activation_caching_disabled() -> Iterator[None]:
    """Let nothing be read from or written to Brain-Score's caches on disk, which are keyed by names."""
    with _environment(CACHING_VARIABLE, "1"):
        yield


@contextlib.contextmanager
def installs_nothing() -> Iterator[None]:
    """Keep Brain-Score from running pip when it loads a plugin, unless the user has asked for it."""
    with _environment(INSTALL_VARIABLE, os.environ.get(INSTALL_VARIABLE, "no")):
        yield


def committed_layers(brain_model: Any) -> dict[str, Any]:
    """Return a copy of a ModelCommitment's commitments, layer or layers by region; empty for any other model.

    Regions that Brain-Score would commit on demand, by its own mapping, are not among them.
    """
    layer_map = getattr(getattr(brain_model, "layer_model", None), "region_layer_map", None)
    return dict(layer_map) if isinstance(layer_map, dict) else {}


def torch_network(activations_model: Any) -> "nn.Module | None":
    """Return the network of a PytorchWrapper, None where there is none."""
    from torch import nn

    network = getattr(_unwrapped(activations_model), "_model", None)
    return network if isinstance(network, nn.Module) else None


def is_plain_wrapper(activations_model: Any) -> bool:
    """Tell whether the activations of a model are just the outputs of its network's modules.

    So it is with PytorchWrapper, unless a subclass or a plugin has changed how it records, or hooks change what it
    records.
    """
    if LIBRARY not in sys.modules:
        return False
    vision_folder()
    from brainscore_vision.model_helpers.activations.core import ActivationsExtractorHelper
    from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper

    wrapper = _unwrapped(activations_model)
    if not isinstance(wrapper, PytorchWrapper):
        return False
    extractor = wrapper._extractor
    names = ("get_activations", "get_layer", "register_hook", "_tensor_to_numpy", "__call__")
    return (
        type(extractor) is ActivationsExtractorHelper
        and all(name not in vars(wrapper) and _same(type(wrapper), PytorchWrapper, name) for name in names)
        and getattr(extractor.get_activations, "__func__", None) is PytorchWrapper.get_activations
        and not (extractor._batch_activations_hooks or extractor._stimulus_set_hooks or wrapper._forward_kwargs)
    )


def preprocessing(activations_model: Any) -> Callable[[Sequence[str]], Any] | None:
    """Return the function from paths to a network's input, None where there is none."""
    extractor = getattr(_unwrapped(activations_model), "_extractor", None)
    function = getattr(extractor, "preprocess", None)
    return function if callable(function) else None


def with_preprocessing(activations_model: Any, function: Callable[[Sequence[str]], Any]) -> Any:
    """Return a copy of an activations model that prepares its input by this function; the original stays as it is."""
    wrapper = copy.copy(_unwrapped(activations_model))
    wrapper._extractor = copy.copy(wrapper._extractor)
    wrapper._extractor.preprocess = function
    wrapper._extractor._microsaccade_helper = copy.deepcopy(wrapper._extractor._microsaccade_helper)
    # It put its methods into the wrapper's attributes, bound to the original.
    wrapper._extractor.insert_attrs(wrapper)
    return wrapper


def _unwrapped(activations_model: Any) -> Any:
    if LIBRARY not in sys.modules:
        return activations_model
    from brainscore_vision.model_helpers.activations.pytorch import _CacheDisabledExtractorCall

    while isinstance(activations_model, _CacheDisabledExtractorCall):
        activations_model = activations_model._wrapper
    return activations_model


def _same(subclass: type, base: type, name: str) -> bool:
    return inspect.getattr_static(subclass, name) is inspect.getattr_static(base, name)


@contextlib.contextmanager
def _environment(variable: str, value: str) -> Iterator[None]:
    before = os.environ.get(variable)
    os.environ[variable] = value
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(variable, None)
        else:
            os.environ[variable] = before
