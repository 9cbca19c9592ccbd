"""What an unknown way from image files to a network's input does, found out by showing it images."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ..core.errors import ModelError

ReadStimuli = Callable[[Sequence[Path]], torch.Tensor]

_SIDE = 256
# Resizing a constant image leaves rounding errors of float32, and of 8 bits where it is done on bytes.
_TOLERANCE = 0.01
_WHITE, _GRAY, _BLACK = (255, 255, 255), (128, 128, 128), (0, 0, 0)
_PRIMARIES = ((255, 0, 0), (0, 255, 0), (0, 0, 255))


def input_digests(read_stimuli: ReadStimuli) -> list[str]:
    """Describe a way of reading images by what it makes of three: SHA-256 of the input's type, shape and bytes.

    Whatever it depends on (code, settings, versions of libraries) shows here, unless it treats other images otherwise
    than these: colour and grayscale, upright and lying, larger and smaller than most networks' input. A way of reading
    that fails for one of them is described by the error's type.

    Parameters
    ----------
    read_stimuli : callable
        From paths of stimuli to a tensor.
    """
    generator = np.random.default_rng(0)
    shapes = ((137, 211, 3), (300, 260), (640, 480, 3))
    with _as_files([generator.integers(0, 256, shape, dtype=np.uint8) for shape in shapes]) as paths:
        return [_digest(read_stimuli, path) for path in paths]


def channel_scale(read_stimuli: ReadStimuli, model_identifier: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Find the offset and the scale of each channel: input = offset + scale * value, for image values in [0, 1].

    Parameters
    ----------
    read_stimuli : callable
        From paths of stimuli to a tensor of shape (n_images, 3, height, width).
    model_identifier : str
        For the error message.

    Returns
    -------
    offset, scale : torch.Tensor of shape (3, 1, 1)
        float32.

    Raises
    ------
    ModelError
        If images of one colour do not become channels of one value each, or these do not follow the rule above.
    """
    colours = [_BLACK, _WHITE, _GRAY, *_PRIMARIES]
    with _as_files([np.full((_SIDE, _SIDE, 3), colour, np.uint8) for colour in colours]) as paths:
        try:
            inputs = [read_stimuli([path]).to(torch.float32) for path in paths]
        except Exception as error:
            raise _unknown_scale(model_identifier, f"it fails for an image of one colour: {error!r}") from error
    if any(shown.ndim != 4 or shown.shape[:2] != (1, 3) for shown in inputs):
        raise _unknown_scale(
            model_identifier, f"it gives the shape {tuple(inputs[0].shape)}, not (1, 3, height, width)"
        )
    values = torch.stack([shown.mean(dim=(0, 2, 3)) for shown in inputs])  # (n_colours, 3)
    spread = torch.stack([shown.amax(dim=(0, 2, 3)) - shown.amin(dim=(0, 2, 3)) for shown in inputs])
    offset, scale = values[0], values[1] - values[0]
    tolerance = _TOLERANCE * scale.abs()
    if not torch.isfinite(values).all() or (scale == 0).any() or (spread > tolerance).any():
        raise _unknown_scale(model_identifier, "an image of one colour does not become channels of one value each")
    if ((values[2] - (offset + scale * _GRAY[0] / 255)).abs() > tolerance).any():
        raise _unknown_scale(model_identifier, "its channels do not grow in proportion to image values")
    # Each primary lights one channel, whatever the order of the channels.
    lit = (values[3:] - offset) / scale
    if ((lit - lit.round()).abs() > _TOLERANCE).any() or (lit.round().sum(dim=0) != 1).any():
        raise _unknown_scale(model_identifier, "it mixes the colours of an image")
    return offset.view(3, 1, 1), scale.view(3, 1, 1)


@contextmanager
def _as_files(images: Sequence[np.ndarray]) -> Iterator[list[Path]]:
    with tempfile.TemporaryDirectory(prefix="brainscore-mouse-probe-") as folder:
        paths = [Path(folder) / f"{number}.png" for number in range(len(images))]
        for path, image in zip(paths, images, strict=True):
            Image.fromarray(image).save(path)
        yield paths


def _digest(read_stimuli: ReadStimuli, path: Path) -> str:
    try:
        shown = read_stimuli([path])
    except Exception as error:
        return type(error).__name__
    description = f"{shown.dtype} {tuple(shown.shape)} "
    values = shown.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
    return hashlib.sha256(description.encode() + values.tobytes()).hexdigest()


def _unknown_scale(model_identifier: str, reason: str) -> ModelError:
    return ModelError(
        f"NeuRN cannot be put in front of {model_identifier}: it must see image values in [0, 1], and how the model's "
        f"preprocessing could not be inverted ({reason})."
    )
