"""A complex steerable pyramid, computed in the Fourier domain.

Simoncelli & Freeman 1995 (Proc ICIP, 444), in the complex form of Portilla & Simoncelli 2000 (Int J Comput Vis 40:49).
Transfer functions are smooth in log frequency and cos^(K - 1) in orientation; together their squares are 1 at each
frequency, so that the bands keep the energy of the image.
"""

import math

import torch
from torch import nn

_LUMINANCE = (0.299, 0.587, 0.114)


class SteerablePyramid(nn.Module):
    """Magnitudes of the oriented bands of each octave, and the low-pass residual; the high-pass residual is left out.

    Parameters
    ----------
    image_size : int
        Side length in pixels, divisible by 2 ** n_levels.
    n_levels : int
        Octaves.
    n_orientations : int
        Bands of each octave.
    """

    def __init__(self, image_size: int, n_levels: int, n_orientations: int):
        super().__init__()
        self.luminance = Luminance()
        self.bands = nn.ModuleList(Band(image_size, level, n_orientations) for level in range(n_levels))
        self.lowpass = LowPass(image_size, n_levels)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the low-pass residual of images in [0, 1] of shape (n_images, 3, image_size, image_size)."""
        spectrum = self.luminance(images)
        for band in self.bands:
            band(spectrum)
        residual: torch.Tensor = self.lowpass(spectrum)
        return residual


class Luminance(nn.Module):
    """The centred Fourier transform of the luminance, of unitary normalization, as real and imaginary part."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the spectrum of shape (n_images, height, width, 2)."""
        luminance = (images * images.new_tensor(_LUMINANCE).view(1, 3, 1, 1)).sum(dim=1)
        return torch.view_as_real(torch.fft.fftshift(torch.fft.fft2(luminance, norm="ortho"), dim=(-2, -1)))


class Band(nn.Module):
    """Magnitudes of one octave: of each orientation, at the places that its frequencies need.

    A band is one-sided, so that its magnitudes are those of quadrature pairs. They are divided by the square root of 2:
    so the squares of all bands and residuals add up to the energy of the image.
    """

    transfer: torch.Tensor

    def __init__(self, image_size: int, level: int, n_orientations: int):
        super().__init__()
        self.register_buffer("transfer", _band_transfer(image_size, level, n_orientations))

    def forward(self, spectrum: torch.Tensor) -> torch.Tensor:
        """Return magnitudes of shape (n_images, n_orientations, height, width), halved with each level."""
        cut = _centre(torch.view_as_complex(spectrum), self.transfer.shape[-1])
        filtered = torch.fft.ifftshift(cut.unsqueeze(1) * self.transfer, dim=(-2, -1))
        return torch.fft.ifft2(filtered, norm="ortho").abs() / math.sqrt(2)


class LowPass(nn.Module):
    """What is coarser than all bands."""

    transfer: torch.Tensor

    def __init__(self, image_size: int, n_levels: int):
        super().__init__()
        size = image_size // 2**n_levels
        radius, _ = _polar(image_size, size)
        self.register_buffer("transfer", _low(radius, n_levels).to(torch.float32))

    def forward(self, spectrum: torch.Tensor) -> torch.Tensor:
        """Return the residual of shape (n_images, 1, height, width)."""
        cut = _centre(torch.view_as_complex(spectrum), self.transfer.shape[-1])
        filtered = torch.fft.ifftshift(cut * self.transfer, dim=(-2, -1))
        return torch.fft.ifft2(filtered, norm="ortho").real.unsqueeze(1)


def _band_transfer(image_size: int, level: int, n_orientations: int) -> torch.Tensor:
    """Return transfer functions of shape (n_orientations, size, size) on the frequencies that the level needs."""
    # Its frequencies reach up to the Nyquist frequency of the image at half the resolution for each level.
    radius, angle = _polar(image_size, image_size // 2**level)
    radial = _high(radius, level + 1) * _low(radius, level)
    order = n_orientations - 1
    norm = 2**order * math.factorial(order) / math.sqrt(n_orientations * math.factorial(2 * order))
    turned = [angle - math.pi * number / n_orientations for number in range(n_orientations)]
    # One-sided, so twice the real filter's.
    oriented = [2 * norm * torch.cos(one).clamp_min(0) ** order for one in turned]
    return torch.stack([radial * one for one in oriented]).to(torch.float32)


def _polar(image_size: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return radius, relative to the image's Nyquist frequency, and angle of the central frequencies."""
    line = torch.arange(-(size // 2), size - size // 2, dtype=torch.float64) / (image_size / 2)
    y, x = line[:, None].expand(size, size), line[None, :].expand(size, size)
    return torch.sqrt(x**2 + y**2), torch.atan2(y, x)


def _low(radius: torch.Tensor, level: int) -> torch.Tensor:
    """Return the low-pass function of a level: 1 below half of 2 ** -level of Nyquist, 0 above the whole of it."""
    return torch.cos(math.pi / 2 * _rise(radius, level))


def _high(radius: torch.Tensor, level: int) -> torch.Tensor:
    """Return the high-pass function whose square adds up with that of `_low` to 1."""
    return torch.sin(math.pi / 2 * _rise(radius, level))


def _rise(radius: torch.Tensor, level: int) -> torch.Tensor:
    """Return 0 to 1 over the octave below 2 ** -level of Nyquist, linear in log frequency."""
    octaves = torch.log2(radius.clamp_min(1e-12) * 2**level)  # 0 at the upper end
    return (octaves + 1).clamp(0, 1)


def _centre(spectrum: torch.Tensor, size: int) -> torch.Tensor:
    """Return the central part of a centred spectrum; with unitary transforms it keeps its energy."""
    start = spectrum.shape[-1] // 2 - size // 2
    return spectrum[..., start : start + size, start : start + size]
