"""Vision models of the library transformers, from huggingface.co or its cache."""

import importlib
from collections.abc import Sequence
from typing import Any, get_args

import torch
from PIL import Image
from torch import nn

from ...activations.candidate_layers import candidate_layers
from ...activations.extraction import Extraction, ready_network
from ...activations.image_model import ImageModel
from ...activations.layer_outputs import LayerLayout, hooked
from ...activations.network_input import ChannelNormalization, WithInputStage
from ...core.errors import ModelError
from ...core.image_loading import Interpolation
from ..downloads import from_hub
from ..hub_repositories import HubRepositories
from ..sources import RANDOM
from ..untrained_networks import seeded

_WEIGHT_FILES = (
    *("model.safetensors", "model.safetensors.index.json"),
    *("pytorch_model.bin", "pytorch_model.bin.index.json"),
)
# The parts that see images, of models that also read text.
_VISION_PARTS = ("vision_model", "vision_tower", "visual", "image_encoder")
_POOLER = "pooler"
_N_IMAGES = 2
_MOST_PREFIX_TOKENS = 16


class HfSource(HubRepositories):
    """``hf:<organization>/<name>``; see :class:`~brainscore_mouse.models.sources.ModelSource`.

    The model is what ``AutoModel`` makes, of those that also read text the part that sees images; its input is what the
    repository's image processor says. No code of the repository is run.
    """

    description = "vision models of transformers from huggingface.co, such as hf:facebook/dinov2-base"
    prefix = "hf"
    weight_files = _WEIGHT_FILES

    def pretrained(self, name: str) -> ImageModel:
        """Make a model with its weights; see `ModelSource`."""
        library, identifier = _library(), f"hf:{name}"
        with from_hub(identifier, self.weights(name)):
            network, loaded = library.AutoModel.from_pretrained(
                name, trust_remote_code=False, dtype=torch.float32, output_loading_info=True
            )
            settings = _image_settings(library, name)
        missing = sorted(loaded["missing_keys"])
        if needed := [key for key in missing if _POOLER not in key]:
            raise ModelError(f"{identifier} has no weights for {', '.join(needed[:3])}, which its class needs.")
        # Many repositories leave the pooler out: it would be random.
        return _image_model(identifier, network, settings, without=_POOLER if missing else None)

    def untrained(self, name: str, seed: int) -> ImageModel:
        """Make a model as transformers initializes it, from its configuration; see `ModelSource`."""
        library, identifier = _library(), f"hf:{name}{RANDOM}.{seed}"
        with from_hub(identifier, self.untrained_needs(name)):
            configuration = library.AutoConfig.from_pretrained(name, trust_remote_code=False)
            settings = _image_settings(library, name)
            network = seeded(lambda: library.AutoModel.from_config(configuration, trust_remote_code=False), seed)
        return _image_model(identifier, network, settings)


def _library() -> Any:
    try:
        return importlib.import_module("transformers")
    except ImportError as error:
        raise ModelError(
            f"Names with 'hf:' need transformers ({error}): pip install 'brainscore-mouse[transformers]'"
        ) from error


def _image_settings(library: Any, name: str) -> dict[str, Any]:
    """Read how images become input, as the repository's file says: the classes differ only in how they compute it."""
    content, _ = library.image_processing_utils.ImageProcessingMixin.get_image_processor_dict(name)
    return dict(content)


def _image_model(
    identifier: str, network: nn.Module, settings: dict[str, Any], without: str | None = None
) -> ImageModel:
    network = next((getattr(network, part) for part in _VISION_PARTS if hasattr(network, part)), network)
    image_size, resized_size = _sizes(identifier, settings)
    model = WithInputStage(_normalization(settings), network)
    layers = [layer for layer in candidate_layers(model, image_size) if without is None or without not in layer]
    return ImageModel(
        identifier,
        model,
        layers,
        image_size,
        interpolation=_interpolation(identifier, settings),
        resized_size=resized_size,
        layouts=_layouts(model, layers, image_size),
    )


def _sizes(identifier: str, settings: dict[str, Any]) -> tuple[int, int]:
    """Return the size that the network sees, and the size that images are resized to before their centre is taken."""
    size = _side(settings.get("size"))
    cropped = _side(settings.get("crop_size")) if settings.get("do_center_crop") else None
    resized = size if settings.get("do_resize", True) else None
    share = settings.get("crop_pct")
    if resized and share and not cropped:  # of ConvNeXt: the size is that of the crop
        return resized, int(resized / share) if resized < 384 else resized
    if not (cropped or resized):
        raise ModelError(
            f"The image processor of {identifier} states no square size of images: {settings.get('size')!r}."
        )
    return cropped or resized or 0, max(resized or 0, cropped or 0)


def _side(size: Any) -> int | None:
    if isinstance(size, int) or size is None:
        return size
    sides = {size[name] for name in ("height", "width", "shortest_edge") if size.get(name)}
    return int(sides.pop()) if len(sides) == 1 else None


def _normalization(settings: dict[str, Any]) -> ChannelNormalization:
    """Return (x * 255 * rescale_factor - offset - mean) / std as a normalization of values x in [0, 1]."""
    gain = 255 * settings.get("rescale_factor", 1 / 255) if settings.get("do_rescale", True) else 255.0
    offset = 1.0 if settings.get("rescale_offset") else 0.0
    mean, std = ([0.0] * 3, [1.0] * 3)
    if settings.get("do_normalize", True):
        mean, std = settings.get("image_mean", [0.5] * 3), settings.get("image_std", [0.5] * 3)
    return ChannelNormalization([(one + offset) / gain for one in mean], [one / gain for one in std])


def _interpolation(identifier: str, settings: dict[str, Any]) -> Interpolation:
    name = Image.Resampling(settings.get("resample", Image.Resampling.BILINEAR)).name.lower()
    known: dict[str, Interpolation] = {one: one for one in get_args(Interpolation)}
    if name not in known:
        raise ModelError(f"{identifier} resizes by {name!r}, which is none of {', '.join(known)}.")
    return known[name]


def _layouts(model: WithInputStage, layers: Sequence[str], image_size: int) -> dict[str, LayerLayout]:
    """Count the tokens beyond a square of patches: class, register and distillation tokens come before the patches."""
    patch = getattr(getattr(model.network, "config", None), "patch_size", None)
    if not isinstance(patch, int):
        return {}
    n_patches = (image_size // patch) ** 2
    n_tokens: dict[str, int] = {}

    def receive(layer: str, output: torch.Tensor | None) -> None:
        if output is not None and output.ndim == 3:
            n_tokens[layer] = output.shape[1]

    images = torch.rand((_N_IMAGES, 3, image_size, image_size), generator=torch.Generator().manual_seed(0))
    with ready_network(model, Extraction()) as ready, hooked(ready.network, layers, receive), ready.mode():
        ready.see(images)
    return {
        layer: LayerLayout(n_prefix_tokens=n - n_patches)
        for layer, n in n_tokens.items()
        if 0 <= n - n_patches <= _MOST_PREFIX_TOKENS
    }
