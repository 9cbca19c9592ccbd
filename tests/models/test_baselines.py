"""The baselines gabor, spatial-frequency and luminance-contrast, on images whose answer is known."""

import math

import numpy as np
import pytest
import torch
from brainscore_mouse import load_model, score_model
from brainscore_mouse.models.gabor.gabor_bank import (
    FREQUENCIES,
    HEIGHT_DEGREES,
    N_ORIENTATIONS,
    WIDTH_DEGREES,
)
from brainscore_mouse.models.spatial_frequency.steerable_pyramid import SteerablePyramid

SIZE = 128
PLACE = 8  # of the Gabor grid, near the centre, where no filter reaches beyond much of the image


def grating(frequency, orientation, phase=0.0, contrast=1.0):
    """A grating of a frequency in cycles per degree; bars at an orientation from the vertical, in radians."""
    x = (torch.arange(SIZE, dtype=torch.float64) + 0.5) * WIDTH_DEGREES / SIZE
    y = (torch.arange(SIZE, dtype=torch.float64) + 0.5) * HEIGHT_DEGREES / SIZE
    along = x[None, :] * math.cos(orientation) + y[:, None] * math.sin(orientation)
    values = 0.5 + contrast / 2 * torch.cos(2 * math.pi * frequency * along + phase)
    return values.expand(1, 3, SIZE, SIZE).to(torch.float32)


def of_layer(identifier, layer, images):
    network = load_model(identifier).network
    outputs = []
    handle = dict(network.named_modules())[layer].register_forward_hook(lambda *given: outputs.append(given[2]))
    with torch.no_grad():
        network(images)
    handle.remove()
    return outputs[0]


@pytest.mark.parametrize("frequency", FREQUENCIES[1:4])
@pytest.mark.parametrize("orientation", [0, 3, 6])
def test_a_grating_drives_the_gabor_energies_of_its_own_frequency_and_orientation_most(frequency, orientation):
    energies = of_layer("gabor", "energy", grating(frequency, math.pi * orientation / N_ORIENTATIONS))
    at_centre = energies[0, :, PLACE, PLACE].view(len(FREQUENCIES), N_ORIENTATIONS)
    assert np.unravel_index(int(at_centre.argmax()), at_centre.shape) == (FREQUENCIES.index(frequency), orientation)
    assert at_centre.max() == pytest.approx(0.5, rel=0.05)


def test_gabor_energies_do_not_depend_on_phase_and_grow_with_contrast():
    at_phase = [
        of_layer("gabor", "energy", grating(0.08, 0.0, phase))[0, 2 * N_ORIENTATIONS, PLACE, PLACE].item()
        for phase in np.linspace(0, 2 * math.pi, 7)
    ]
    np.testing.assert_allclose(at_phase, 0.5, rtol=0.03)
    half = of_layer("gabor", "energy", grating(0.08, 0.0, contrast=0.5))[0, 2 * N_ORIENTATIONS, PLACE, PLACE].item()
    assert half == pytest.approx(at_phase[0] / 2, rel=1e-3)


def test_gabor_phases_are_a_quarter_of_a_cycle_apart_and_a_uniform_image_gives_nothing():
    phases = of_layer("gabor", "phases", grating(0.08, 0.0))
    four = phases[0, 2 * N_ORIENTATIONS * 4 :][:4, PLACE]  # along a row of the grid
    assert (
        (four >= 0).all() and torch.minimum(four[0], four[2]).max() == 0 and torch.minimum(four[1], four[3]).max() == 0
    )
    assert of_layer("gabor", "energy", torch.full((1, 3, SIZE, SIZE), 0.7)).abs().max() < 1e-5


def test_bands_and_residuals_of_the_steerable_pyramid_keep_the_energy_of_the_image():
    """Without corners of the spectrum, which are the high-pass residual's, nothing is lost."""
    generator = torch.Generator().manual_seed(0)
    image = torch.rand((SIZE, SIZE), generator=generator, dtype=torch.float64)
    frequencies = torch.fft.fftfreq(SIZE, dtype=torch.float64)
    below = torch.hypot(frequencies[:, None], frequencies[None, :]) < 0.25  # half the Nyquist frequency: no residual
    image = torch.fft.ifft2(torch.fft.fft2(image) * below).real
    pyramid = SteerablePyramid(SIZE, 4, 4)
    energies = []
    hooks = [
        module.register_forward_hook(lambda *given: energies.append(given[2].double().square().sum().item()))
        for module in [*pyramid.bands, pyramid.lowpass]
    ]
    pyramid(image.expand(1, 3, SIZE, SIZE).to(torch.float32))
    assert len(hooks) == 5
    assert sum(energies) == pytest.approx(image.square().sum().item(), rel=1e-4)


@pytest.mark.parametrize("level", range(4))
def test_a_grating_in_the_middle_of_an_octave_is_in_that_band_and_orientation(level):
    cycles = 32 / 2**level
    x = torch.arange(SIZE) / SIZE
    image = (0.5 + 0.5 * torch.cos(2 * math.pi * cycles * x)).expand(1, 3, SIZE, SIZE)
    energies = [of_layer("spatial-frequency", f"bands.{one}", image).square().sum(dim=(2, 3))[0] for one in range(4)]
    of_level = torch.stack([energy.sum() for energy in energies])
    assert of_level.argmax() == level and of_level[level] > 0.99 * of_level.sum()
    assert energies[level].argmax() == 0  # vertical bars


def test_luminance_and_contrast_of_known_patterns():
    image = torch.full((1, 3, SIZE, SIZE), 0.25)
    image[:, :, :8, :8] = (torch.arange(64).view(8, 8) % 2).float()  # stripes of black and white in the first patch
    image[:, :, :8, 8:16] = torch.tensor([1.0, 0.0, 0.0]).view(3, 1, 1)  # pure red in the second
    luminance, contrast = (of_layer("luminance-contrast", layer, image)[0, 0] for layer in ("luminance", "contrast"))
    assert luminance[0, 0] == pytest.approx(0.5) and contrast[0, 0] == pytest.approx(0.5)
    assert luminance[0, 1] == pytest.approx(0.299) and contrast[0, 1] == pytest.approx(0, abs=1e-6)
    assert luminance[5, 5] == pytest.approx(0.25) and contrast.flatten()[2:].abs().max() < 1e-6
    both = of_layer("luminance-contrast", "both", image)[0]
    assert torch.equal(both, torch.stack([luminance, contrast]))


@pytest.mark.usefixtures("simulated_home")
@pytest.mark.slow
def test_gabor_energies_predict_simulated_mice_that_are_made_of_gabor_energies():
    """The simulated neuroids are mixtures of normalized Gabor energies."""
    gabor, pixels = (score_model(name, "simulated-mouse-VISp-ridge") for name in ("gabor", "pixels"))
    assert float(gabor) > float(pixels) + 3 * gabor.attrs["error"]
