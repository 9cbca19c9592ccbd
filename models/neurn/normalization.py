"""NeuRN: each pixel becomes the standard deviation of its patch, divided by the largest of them."""

import itertools
from typing import Literal, get_args

import torch
from torch import nn
from torch.nn import functional

from ...core.errors import InvalidParameterError

Padding = Literal["reflect", "replicate", "valid"]
Scope = Literal["image", "channel"]


def neural_response_normalization(
    images: torch.Tensor, kernel_size: int = 3, padding: Padding = "reflect", scope: Scope = "image"
) -> torch.Tensor:
    """Normalize images by the winner-take-all rule of Qazi, Jalil and Iqbal.

    The population standard deviation (1 / k^2) of each k x k patch, stride 1, of each channel is divided by
    the largest one of the image. A constant image gives zeros, with zero gradient.

    Parameters
    ----------
    images : torch.Tensor of shape (n_images, n_channels, height, width)
        Of a floating type.
    kernel_size : int
        Side length k of a patch in pixels, odd.
    padding : {'reflect', 'replicate', 'valid'}
        How the image goes on beyond its border; 'valid' makes the result smaller by k - 1 instead.
    scope : {'image', 'channel'}
        Whether the largest standard deviation is that of the whole image over its channels or of each
        channel; it is never taken over several images.

    Returns
    -------
    torch.Tensor of shape (n_images, n_channels, height, width), smaller by k - 1 if `padding` is 'valid'
        In [0, 1], of the type of `images`. An image with a NaN or infinite pixel becomes NaN.

    Raises
    ------
    InvalidParameterError
        If `images` has the wrong shape or type, the kernel is even or larger than the image, or an option is
        unknown. Zero padding is not offered: the figures published with NeuRN rule it out.

    Notes
    -----
    Source: arXiv 2505.06886 and 2505.06881. Their text gives I_a = sigma / max(sigma). That k is 3 was found
    from the published figures. The padding and the scope are not stated there: the defaults fit the figures
    best (reflect and replicate alike).
    """
    check_normalization_options(kernel_size, padding, scope)
    if images.ndim != 4 or not images.is_floating_point():
        raise InvalidParameterError(
            "images must be a floating-point tensor of shape (n_images, n_channels, height, width), got "
            f"{images.dtype} of shape {tuple(images.shape)}"
        )
    if kernel_size > min(images.shape[-2:]):
        raise InvalidParameterError(
            f"kernel_size {kernel_size} is larger than the image of {images.shape[-2]} x {images.shape[-1]} px"
        )
    # In float64 the result is exact to float32 also where a patch varies little around a large value.
    deviations = _patch_standard_deviations(images.to(torch.float64), kernel_size, padding)
    maximum = deviations.amax(dim=(1, 2, 3) if scope == "image" else (2, 3), keepdim=True)
    normalized = deviations / torch.where(maximum == 0, 1, maximum)
    return normalized.to(images.dtype)


class NeuRN(nn.Module):
    """Neural response normalization as a layer without parameters; see `neural_response_normalization`."""

    def __init__(self, kernel_size: int = 3, padding: Padding = "reflect", scope: Scope = "image"):
        super().__init__()
        check_normalization_options(kernel_size, padding, scope)
        self.kernel_size = kernel_size
        self.padding: Padding = padding
        self.scope: Scope = scope

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Normalize images of shape (n_images, n_channels, height, width)."""
        return neural_response_normalization(images, self.kernel_size, self.padding, self.scope)

    def extra_repr(self) -> str:
        """Return the options: they show in a network's printed form and count in its fingerprint."""
        return f"kernel_size={self.kernel_size}, padding={self.padding!r}, scope={self.scope!r}"


class GainedNeuRN(nn.Module):
    """NeuRN with a learned gain: x + g (NeuRN(x) - x), of which g, a single number, is trained.

    It starts at g = 0, where images pass unchanged, and is NeuRN at g = 1. The gain is our addition; the paper's NeuRN
    has no parameter.
    """

    def __init__(self, kernel_size: int = 3):
        super().__init__()
        self.normalization = NeuRN(kernel_size)
        self.gain = nn.Parameter(torch.zeros(()))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Mix images of shape (n_images, n_channels, height, width) with their normalization."""
        return images + self.gain * (self.normalization(images) - images)


def check_normalization_options(kernel_size: int, padding: str, scope: str) -> None:
    """Raise InvalidParameterError unless these are options of `neural_response_normalization`."""
    if kernel_size < 1 or kernel_size % 2 == 0:
        raise InvalidParameterError(f"kernel_size must be odd and positive, got {kernel_size}")
    if padding in ("zero", "zeros", "constant"):
        raise InvalidParameterError(
            f"padding {padding!r} is not offered: the figures published with NeuRN rule zero padding out; "
            "use 'reflect' (the default), 'replicate' or 'valid'"
        )
    if padding not in get_args(Padding):
        raise InvalidParameterError(f"padding must be one of {get_args(Padding)}, got {padding!r}")
    if scope not in get_args(Scope):
        raise InvalidParameterError(f"scope must be one of {get_args(Scope)}, got {scope!r}")


def _patch_standard_deviations(images: torch.Tensor, kernel_size: int, padding: Padding) -> torch.Tensor:
    border = kernel_size // 2
    if padding != "valid" and border > 0:
        images = functional.pad(images, (border, border, border, border), mode=padding)
    height, width = (side - kernel_size + 1 for side in images.shape[-2:])
    centre = images[..., border : border + height, border : border + width]
    # Relative to the centre, a constant patch is exactly zero; its mean alone would leave rounding errors,
    # which the division by the maximum could blow up to 1. One shifted image at a time: all patches at once would
    # take k^2 times the memory, and twenty times the time.
    shifts = list(itertools.product(range(kernel_size), repeat=2))
    relative = [images[..., row : row + height, column : column + width] - centre for row, column in shifts]
    mean = sum(relative[1:], start=relative[0]) / len(shifts)
    squares = [(difference - mean).square() for difference in relative]
    variances = sum(squares[1:], start=squares[0]) / len(shifts)
    # The gradient of a root at 0 is infinite, also where `where` discards it: hence the inner replacement. NaN, which
    # infinite pixels make as well, is no constant patch: it stays NaN.
    varies = variances != 0
    return torch.where(varies, torch.where(varies, variances, 1).sqrt(), 0)
