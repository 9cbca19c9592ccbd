"""Gabor filters at a grid of places, in cycles per degree of the mouse's visual field.

Neurons of mouse V1 are tuned to orientation much as those of other mammals are, but prefer spatial frequencies of about
0.02 to 0.08 cycles per degree (Niell & Stryker 2008, J Neurosci 28:7520; on the higher areas: Marshel et al. 2011,
Neuron 72:1040). The energy of a quadrature pair is the model of a complex cell of Adelson &
Bergen 1985, J Opt Soc Am A 2:284.
"""

import math

import torch
from torch import nn
from torch.nn import functional

WIDTH_DEGREES, HEIGHT_DEGREES = 120.0, 95.0
"""What the whole image is taken to span; squashing it to a square does not change degrees."""

FREQUENCIES = (0.02, 0.04, 0.08, 0.16, 0.32)
"""In cycles per degree: those of the gratings of the Allen Brain Observatory."""

N_ORIENTATIONS = 8
BANDWIDTH_OCTAVES = 1.5
"""Full width of the tuning to spatial frequency at half the height; our choice, within what is found in V1."""

GRID = 16
"""Places per side: 7.5 x 6 degrees apart, less than a receptive field of mouse V1."""

_PHASES = 4
_STANDARD_DEVIATIONS = 3.0  # at which filters are cut off
_LUMINANCE = (0.299, 0.587, 0.114)


class GaborPhases(nn.Module):
    """Half-rectified responses of Gabor filters of four phases, at a grid of places.

    A filter is a grating under a round Gaussian window (round in degrees) with mean 0; a grating of its own frequency,
    orientation and phase and of contrast 1 (values from 0 to 1) gives 0.5. Beyond the image is the image's mean.

    Parameters
    ----------
    image_size : int
        Side length of the images, in pixels.
    """

    def __init__(self, image_size: int):
        super().__init__()
        self.image_size = image_size
        for number, frequency in enumerate(FREQUENCIES):
            self.register_buffer(f"filters_{number}", gabor_filters(frequency, image_size))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return responses of shape (n_images, n_frequencies * N_ORIENTATIONS * 4, GRID, GRID).

        Channels are ordered by frequency, orientation and phase (0, 90, 180 and 270 degrees).

        Parameters
        ----------
        images : torch.Tensor of shape (n_images, 3, image_size, image_size)
            In [0, 1].
        """
        weights = images.new_tensor(_LUMINANCE).view(1, 3, 1, 1)
        luminance = (images * weights).sum(dim=1, keepdim=True)
        centred = luminance - luminance.mean(dim=(2, 3), keepdim=True)
        responses = []
        for number in range(len(FREQUENCIES)):
            filters: torch.Tensor = getattr(self, f"filters_{number}")
            height, width = filters.shape[-2:]
            padded = functional.pad(centred, (width // 2, width // 2, height // 2, height // 2))
            step = self.image_size // GRID
            # The first place is half a step from the border.
            start = step // 2
            found = functional.conv2d(padded[..., start:, start:], filters, stride=step)[..., :GRID, :GRID]
            even, odd = found[:, 0::2], found[:, 1::2]
            phases = torch.stack([even, odd, -even, -odd], dim=2).clamp_min(0)
            responses.append(phases.flatten(1, 2))
        return torch.cat(responses, dim=1)


class Energy(nn.Module):
    """The root of the summed squares of four rectified phases, which is that of the quadrature pair."""

    def forward(self, phases: torch.Tensor) -> torch.Tensor:
        """Return energies of shape (n_images, n_channels / 4, height, width)."""
        return phases.unflatten(1, (-1, _PHASES)).square().sum(dim=2).sqrt()


def gabor_filters(frequency: float, image_size: int) -> torch.Tensor:
    """Make the quadrature pairs of all orientations.

    Parameters
    ----------
    frequency : float
        In cycles per degree.
    image_size : int
        Side length of the images, in pixels.

    Returns
    -------
    torch.Tensor of shape (N_ORIENTATIONS * 2, 1, height, width)
        Even and odd filter of each orientation in turn; odd numbers of pixels. The orientation of number k is that of
        a grating whose bars are k * 180 / N_ORIENTATIONS degrees from the vertical.
    """
    octaves = 2**BANDWIDTH_OCTAVES
    # Of a Gaussian window, for the full width at half the height of its spectrum.
    deviation = math.sqrt(math.log(2) / 2) / (math.pi * frequency) * (octaves + 1) / (octaves - 1)
    per_pixel = (HEIGHT_DEGREES / image_size, WIDTH_DEGREES / image_size)
    radii = [min(round(_STANDARD_DEVIATIONS * deviation / pixel), image_size - 1) for pixel in per_pixel]
    y, x = (
        torch.arange(-radius, radius + 1, dtype=torch.float64) * pixel
        for radius, pixel in zip(radii, per_pixel, strict=True)
    )
    window = torch.exp(-(y[:, None].square() + x[None, :].square()) / (2 * deviation**2))
    window = window / window.sum()
    filters = []
    for number in range(N_ORIENTATIONS):
        angle = math.pi * number / N_ORIENTATIONS
        along = 2 * math.pi * frequency * (x[None, :] * math.cos(angle) + y[:, None] * math.sin(angle))
        for wave in (torch.cos(along), torch.sin(along)):
            without_mean = window * (wave - (window * wave).sum())
            # Its own grating, of amplitude 0.5, gives 0.5.
            filters.append(without_mean / (without_mean * wave).sum())
    return torch.stack(filters).unsqueeze(1).to(torch.float32)
