"""A state dict beside a description of its network, or an exported program."""

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import timm
import torch
import torchvision
from torch import nn

from ...activations.candidate_layers import candidate_layers
from ...activations.image_model import ImageModel
from ...activations.network_input import ChannelNormalization, WithInputStage
from ...core.errors import ModelError, UnknownIdentifierError, WeightsUnavailableError
from ...core.files import sha256_of_file
from ...core.json_files.kind import ANYTHING, COUNT, NUMBER, TEXT, any_of, list_of, mapping_of, object_with, or_null
from ...core.json_files.read_json import read_json
from ..sources import ListedModel
from ..weights_status import WeightsStatus

TRUST_VARIABLE = "BRAINSCORE_MOUSE_TRUSTED_FOLDERS"
EXPORTED = ".pt2"
_SIZE = any_of("a number of pixels, or a list of height and width", COUNT, list_of(COUNT, length=2))
_KINDS = {
    "network": TEXT,
    "options": mapping_of(ANYTHING),
    "image_size": _SIZE,
    "resized_size": or_null(_SIZE),
    "interpolation": TEXT,
    "mean": list_of(NUMBER, length=3),
    "std": list_of(NUMBER, length=3),
    "layers": or_null(list_of(TEXT)),
}
_DESCRIPTION = object_with({}, _KINDS)
_LIBRARIES = {"timm": timm.create_model, "torchvision": torchvision.models.get_model}


class FileSource:
    """``torch-file:<path>``; see :class:`~brainscore_mouse.models.sources.ModelSource`.

    - ``net.pt`` with a state dict (read with ``weights_only=True``), and beside it ``net.json``: ``network``
      ('torchvision:resnet18' or 'timm:resnet18', made by the library's factory with ``options``; or 'net.py:make', a
      function in a file beside it), ``image_size``, and if need be ``resized_size``, ``interpolation``, ``mean``,
      ``std`` and ``layers``.
    - ``net.pt2``, an exported program (``torch.export.save``) whose batch size is dynamic. ``net.json`` may say the
      same, but for ``network``; else the network takes values in [0, 1], of the size that it was exported with.

    A function in a file, and an exported program, are code: they are run only if their folder is in the environment
    variable BRAINSCORE_MOUSE_TRUSTED_FOLDERS.
    """

    description = "networks in files, such as torch-file:my-network.pt beside my-network.json"
    has_untrained = False

    def canonical(self, name: str) -> str:
        """Return the absolute path; see `ModelSource`."""
        path = Path(name).expanduser()
        if not path.is_file():
            raise UnknownIdentifierError(f"torch-file:{name}: there is no file {path.absolute()}.")
        return str(path.resolve())

    def canonical_untrained(self, name: str) -> str:
        """Raise UnknownIdentifierError: a file has its weights."""
        raise UnknownIdentifierError(f"torch-file:{name} has its weights, and no untrained control.")

    def pretrained(self, name: str) -> ImageModel:
        """Make the network of a file; see `ModelSource`.

        Raises
        ------
        WeightsUnavailableError
            If the file is damaged, or holds something else.
        ModelError
            If the description is wrong, or code would have to be run in a folder that is not trusted.
        """
        path = Path(name)
        description = _description(path)
        network = _exported(path, description) if path.suffix == EXPORTED else _with_state(path, description)
        normalization = ChannelNormalization(description.get("mean", [0.0] * 3), description.get("std", [1.0] * 3))
        model = WithInputStage(normalization, network)
        image_size = description["image_size"]
        return ImageModel(
            f"torch-file:{name}",
            model,
            description.get("layers") or candidate_layers(model, image_size),
            image_size,
            interpolation=description.get("interpolation", "bilinear"),
            resized_size=description.get("resized_size"),
        )

    def untrained(self, name: str, seed: int) -> ImageModel:
        """Raise UnknownIdentifierError: a file has its weights."""
        raise UnknownIdentifierError(f"torch-file:{name} has its weights, and no untrained control.")

    def weights(self, name: str) -> WeightsStatus:
        """Return the file; see `ModelSource`."""
        return WeightsStatus(Path(name)) if Path(name).is_file() else WeightsStatus(None, f"there is no file {name}")

    def untrained_needs(self, name: str) -> None:
        """Return None: there are no untrained ones."""

    def listed(self) -> Sequence[ListedModel]:
        """Return nothing: files are not searched for."""
        return []


def _description(path: Path) -> dict[str, Any]:
    beside = path.with_suffix(".json")
    if not beside.is_file():
        if path.suffix == EXPORTED:
            return {}
        raise ModelError(
            f"{path} has no description beside it: write {beside} with "
            '{"network": "torchvision:resnet18", "image_size": 224}.'
        )
    content = read_json(beside, _DESCRIPTION, ModelError, "See docs/models.md for what it may say.")
    unknown = sorted(set(content) - set(_KINDS))
    if unknown:
        raise ModelError(f"{beside} has the unknown keys {', '.join(unknown)}; known are {', '.join(_KINDS)}.")
    needed = () if path.suffix == EXPORTED else ("network", "image_size")
    if missing := [key for key in needed if key not in content]:
        raise ModelError(f"{beside} lacks {', '.join(missing)}.")
    return dict(content)


def _with_state(path: Path, description: dict[str, Any]) -> nn.Module:
    network = _made(path, description["network"], description.get("options", {}))
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        network.load_state_dict(state)
    except Exception as error:
        told = str(error).splitlines()[0]
        raise WeightsUnavailableError(
            f"{path} is no state dict of {description['network']} ({type(error).__name__}: {told}). Save it with "
            "torch.save(network.state_dict(), path)."
        ) from error
    return network


def _made(path: Path, factory: str, options: dict[str, Any]) -> nn.Module:
    place, _, name = factory.partition(":")
    if place in _LIBRARIES:
        make = _LIBRARIES[place]
        arguments: tuple[str, ...] = (name,)
    else:
        make, arguments = _function_in(path.parent / place, name), ()
    try:
        network = make(*arguments, **options)
    except Exception as error:
        raise ModelError(f"{factory} makes no network with {options} ({type(error).__name__}: {error}).") from error
    if not isinstance(network, nn.Module):
        raise ModelError(f"{factory} returns a {type(network).__name__}, not a network.")
    return network


def _function_in(file: Path, name: str) -> Any:
    if not file.is_file() or file.suffix != ".py":
        raise ModelError(
            f"'{file.name}:{name}' names no factory: write 'timm:<network>', 'torchvision:<network>' or "
            f"'<file>.py:<function>' with a file in {file.parent}."
        )
    _check_trusted(file)
    # By content: other functions of the same file's name are other modules.
    spec = importlib.util.spec_from_file_location(f"brainscore_mouse_file_{sha256_of_file(file)[:16]}", file)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    if not hasattr(module, name):
        raise ModelError(f"{file} has no function {name!r}.")
    return getattr(module, name)


def _exported(path: Path, description: dict[str, Any]) -> nn.Module:
    _check_trusted(path)
    try:
        program = torch.export.load(path)
        network = torch.export.unflatten(program)
    except Exception as error:
        told = str(error).splitlines()[0]
        raise WeightsUnavailableError(f"{path} is no exported program ({type(error).__name__}: {told}).") from error
    shapes = [
        node.meta["val"].shape for node in program.graph.nodes if node.name in program.graph_signature.user_inputs
    ]
    if len(shapes) != 1 or len(shapes[0]) != 4 or not isinstance(shapes[0][0], torch.SymInt):
        raise ModelError(
            f"{path} takes inputs of the shapes {[tuple(map(str, shape)) for shape in shapes]}, not any number of "
            "images. Export it with dynamic_shapes=({0: torch.export.Dim('n_images')},)."
        )
    description.setdefault("image_size", int(shapes[0][-1]))
    return network


def _check_trusted(file: Path) -> None:
    """Raise ModelError unless the user has said that code in this file's folder may be run."""
    folders = [Path(folder).resolve() for folder in os.environ.get(TRUST_VARIABLE, "").split(os.pathsep) if folder]
    if not any(file.resolve().is_relative_to(folder) for folder in folders):
        raise ModelError(
            f"{file} is code, and would be run with all your rights. If you trust it: export "
            f"{TRUST_VARIABLE}={file.resolve().parent}"
        )
