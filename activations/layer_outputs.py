"""What a network's layers put out when it sees images: finding it, checking it, one row per stimulus."""

import contextlib
import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from ..core.errors import LayerNotFoundError, ModelOutputError
from .network_input import named_layers


@dataclass(frozen=True)
class LayerLayout:
    """Where the channels of a layer's output are, where its shape does not say so.

    Attributes
    ----------
    n_prefix_tokens : int
        Tokens that stand for no place of the image, such as class, register and distillation tokens: the first ones of
        (n_images, n_tokens, n_channels). Channels are averaged over the others.
    is_channels_last : bool
        Whether an output of four axes is (n_images, height, width, n_channels).
    """

    n_prefix_tokens: int = 0
    is_channels_last: bool = False


RowsOf = Callable[[torch.Tensor | None, int, str], torch.Tensor]
"""From a layer's output, the number of images and the layer's name to one row per image."""
MOST_UNITS = 2000
"""Units of a layer that are looked at one by one."""

LookAt = Callable[[str, int, torch.Tensor], None]
"""Is shown a layer's name, the index of a batch's first stimulus, and what the layer gave for the batch."""


def check_layers_exist(network: nn.Module, layers: Sequence[str], model_identifier: str = "the network") -> None:
    """Raise LayerNotFoundError, with the closest names, unless the network has all these layers."""
    known = named_layers(network)
    for layer in layers:
        if layer not in known:
            closest = difflib.get_close_matches(layer, known, n=3, cutoff=0.3)
            hint = f"the closest are {', '.join(closest)}" if closest else f"it has {', '.join(known)}"
            raise LayerNotFoundError(f"{model_identifier} has no layer {layer!r}; {hint}")


@contextlib.contextmanager
def hooked(
    network: nn.Module, layers: Sequence[str], receive: Callable[[str, torch.Tensor | None], None]
) -> Iterator[None]:
    """Call ``receive(layer, output)`` whenever a layer has run; hooks are removed in any case.

    Of an output that is a tuple, list or dict, the first tensor is given; None if there is none.
    """
    modules = named_layers(network)
    with contextlib.ExitStack() as hooks:
        for layer in layers:

            def hook(module: nn.Module, args: Any, output: Any, layer: str = layer) -> None:
                receive(layer, first_tensor(output))

            hooks.callback(modules[layer].register_forward_hook(hook).remove)
        yield


@contextlib.contextmanager
def errors_naming(model_identifier: str) -> Iterator[None]:
    """Put the model's name before what is wrong with the output of one of its layers."""
    try:
        yield
    except ModelOutputError as error:
        raise ModelOutputError(f"{model_identifier}: {error}") from error.__cause__


def feature_rows(output: torch.Tensor | None, n_images: int, layer: str) -> torch.Tensor:
    """Flatten channels, space and tokens of a layer's output.

    Parameters
    ----------
    output : torch.Tensor or None
        What the layer gave.
    n_images : int
        How many images the network saw.
    layer : str
        Its name, for the error message.

    Returns
    -------
    torch.Tensor of shape (n_images, n_features)
        A view where the memory layout allows it.

    Raises
    ------
    ModelOutputError
        If there is no tensor, not one row per image, or complex numbers.
    """
    if output is None:
        raise ModelOutputError(
            f"layer {layer!r} gave no tensor: it does not run when the network sees an image; choose another layer"
        )
    if output.ndim < 1 or len(output) != n_images:
        raise ModelOutputError(
            f"layer {layer!r} gave an output of shape {tuple(output.shape)} for "
            f"{n_images} stimuli; the first axis must be the stimuli; choose another layer"
        )
    if output.is_complex():
        raise ModelOutputError(
            f"layer {layer!r} gave complex numbers, which cannot be compared with responses. "
            "Put a module behind it that returns output.abs() or torch.view_as_real(output).flatten(1); record that."
        )
    if output.is_floating_point() and output.element_size() == 1:
        output = output.float()  # torch computes next to nothing in 8 bits
    return output.reshape(n_images, -1)


def channel_rows(
    output: torch.Tensor | None, n_images: int, layer: str, layout: LayerLayout | None = None
) -> torch.Tensor:
    """Average a layer's output over space or tokens, so that each channel has one response.

    Parameters and errors as of `feature_rows`.

    Returns
    -------
    torch.Tensor of shape (n_images, n_channels)
        The channels are the second axis where there are space axes behind it, as torch's convolutions have them; the
        last one of (n_images, n_tokens, n_channels), or where the layout says so; each feature where there is neither.
    """
    layout = layout or LayerLayout()
    rows = feature_rows(output, n_images, layer)
    shape = () if output is None else output.shape
    if len(shape) == 4 and layout.is_channels_last:
        return rows.reshape(shape).mean(dim=(1, 2))
    if len(shape) > 3:
        return rows.reshape(*shape[:2], -1).mean(dim=2)
    return rows.reshape(shape)[:, layout.n_prefix_tokens :].mean(dim=1) if len(shape) == 3 else rows


def unit_rows(output: torch.Tensor | None, n_images: int, layer: str) -> torch.Tensor:
    """Take a sample of a layer's units, see :func:`unit_sample`, shape (n_images, n_units).

    Parameters and errors as of `feature_rows`.
    """
    rows = feature_rows(output, n_images, layer)
    return rows[:, torch.from_numpy(unit_sample(rows.shape[1])).to(rows.device)]


def unit_sample(n_units: int) -> np.ndarray:
    """Draw units of a layer, the same ones for every layer of this size.

    Parameters
    ----------
    n_units : int
        How many the layer has.

    Returns
    -------
    array of int, ascending
        All units if there are at most `MOST_UNITS`, else `MOST_UNITS` of them at random.
    """
    if n_units <= MOST_UNITS:
        return np.arange(n_units)
    return np.sort(np.random.default_rng(0).choice(n_units, MOST_UNITS, replace=False))


def check_finite(rows: torch.Tensor, stimulus_ids: Sequence[str], layer: str) -> None:
    """Raise ModelOutputError, with the stimulus, if a row holds NaN or infinity."""
    finite = torch.isfinite(rows).all(dim=1)
    if not finite.all():
        raise ModelOutputError(
            f"layer {layer!r} gave NaN or infinite activations for the stimulus "
            f"{stimulus_ids[int(finite.int().argmin())]!r}; check the network's weights and its input normalization"
        )


def first_tensor(output: Any) -> torch.Tensor | None:
    """Return the first tensor within tuples, lists and dicts; None if there is none."""
    if isinstance(output, torch.Tensor):
        return output
    if isinstance(output, dict):
        output = list(output.values())
    if isinstance(output, list | tuple):
        return next((tensor for item in output if (tensor := first_tensor(item)) is not None), None)
    return None
