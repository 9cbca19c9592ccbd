"""What runs beside a submitted model, in its process: load the plugin, show the stimuli, hand back Gram matrices."""

import importlib.util
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import torch
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..brainscore_bridge.as_neural_model import as_neural_model
from ..core.errors import ModelError
from ..plugins.registries import model_registry
from .handover import Handover, failure_bytes, handover_bytes

_PLUGIN_NAME = "submitted_plugin"


def run_plugin(plugin: Path, identifier: str, stimuli: Path, region_layer_map: Mapping[str, str]) -> bytes:
    """Run a submitted model; return its handover, or why there is none.

    Parameters
    ----------
    plugin : Path
        The plugin's folder.
    identifier : str
        Which of its models.
    stimuli : Path
        A folder written by `write_stimuli`.
    region_layer_map : mapping of str to str
        Layers that the submission commits to areas.
    """
    try:
        return handover_bytes(_handover(_load(plugin, identifier), stimuli, region_layer_map))
    except BaseException as error:  # also SystemExit and KeyboardInterrupt, which a plugin can raise as well
        return failure_bytes(error, plugin)


def hand_over_copies_of_tensors() -> None:
    """Have the processes that a model forks send each other copies of tensors.

    As workers of a DataLoader do: torch would share their memory, by descriptors that are sent through Unix sockets.
    """
    ForkingPickler.register(torch.UntypedStorage, _copied)


def _copied(storage: torch.UntypedStorage) -> tuple[Callable[[bytes], torch.UntypedStorage], tuple[bytes]]:
    return _storage_of, (torch.empty(0, dtype=torch.uint8).set_(storage).numpy().tobytes(),)


def _storage_of(content: bytes) -> torch.UntypedStorage:
    if not content:
        return torch.UntypedStorage(0)
    return torch.frombuffer(bytearray(content), dtype=torch.uint8).untyped_storage()


def write_stimuli(folder: Path, stimulus_sets: Sequence[StimulusSet]) -> None:
    """Copy sets of stimuli to where a run can read them: images and ids, and nothing of the recordings."""
    table = {}
    for number, stimulus_set in enumerate(stimulus_sets):
        images = {}
        for position, stimulus_id in enumerate(stimulus_set["stimulus_id"]):
            source = Path(stimulus_set.get_stimulus(stimulus_id))
            copy = folder / f"{number}-{position}{source.suffix}"
            copy.write_bytes(source.read_bytes())
            images[stimulus_id] = copy.name
        table[stimulus_set.identifier] = images
    (folder / "stimuli.json").write_text(json.dumps(table))


def _read_stimuli(folder: Path) -> list[StimulusSet]:
    stimulus_sets = []
    for identifier, images in json.loads((folder / "stimuli.json").read_text()).items():
        stimulus_set = StimulusSet({"stimulus_id": list(images), "filename": list(images.values())})
        stimulus_set.stimulus_paths = {stimulus_id: str(folder / name) for stimulus_id, name in images.items()}
        stimulus_set.identifier = identifier
        stimulus_sets.append(stimulus_set)
    return stimulus_sets


def _load(plugin: Path, identifier: str) -> Any:
    spec = importlib.util.spec_from_file_location(
        _PLUGIN_NAME, plugin / "__init__.py", submodule_search_locations=[str(plugin)]
    )
    assert spec is not None and spec.loader is not None  # noqa: S101  # true of any path that ends in .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[_PLUGIN_NAME] = module
    spec.loader.exec_module(module)
    host = sys.modules.get("brainscore_vision")
    registries: list[dict[str, Callable[[], Any]]] = [model_registry, host.model_registry if host else {}]
    for registry in registries:
        if identifier in registry:
            return registry[identifier]()
    raise ModelError(f"importing the plugin did not register {identifier!r}")


def _handover(brain_model: Any, stimuli: Path, region_layer_map: Mapping[str, str]) -> Handover:
    model = as_neural_model(brain_model)
    layers = list(model.layers)
    if not layers:
        raise ModelError(
            f"a {type(brain_model).__name__} cannot be submitted: it has neither layers and layer_grams, like an "
            "ImageModel, nor layers and an activations_model, like a ModelCommitment"
        )
    committed = {**model.region_layer_map, **region_layer_map}
    wanted = list(dict.fromkeys([*layers, *committed.values()]))
    grams = {}
    for stimulus_set in _read_stimuli(stimuli):
        grams[stimulus_set.identifier] = dict(model.layer_grams(stimulus_set, wanted))
    return Handover(tuple(layers), committed, grams)


def write_all(descriptor: int, data: bytes) -> None:
    """Write to a pipe until all is through."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
