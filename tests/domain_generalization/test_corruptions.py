"""Corruptions: deterministic per seed and image, and what each kind does."""

import io

import numpy as np
import pytest
import torch
from brainscore_mouse.core.errors import InvalidParameterError, UnknownIdentifierError
from brainscore_mouse.domain_generalization.corruptions.corrupt import KINDS, SEVERITIES, corrupt
from brainscore_mouse.domain_generalization.corruptions.draws import (
    generator_from,
    levels,
    standard_normal,
    symmetric_uniform,
)
from brainscore_mouse.domain_generalization.corruptions.filters import (
    disk_blurred,
    enlarged,
    gaussian_blurred,
    motion_blurred,
)
from brainscore_mouse.domain_generalization.corruptions.textures import clouds, smooth_noise_factors
from PIL import Image
from scipy import ndimage
from skimage import color, data

RANDOM = {
    *("gaussian_noise", "shot_noise", "impulse_noise", "glass_blur", "motion_blur"),
    *("snow", "frost", "fog", "elastic_transform"),
}


@pytest.fixture(scope="module")
def images():
    crops = [data.astronaut()[top : top + 64, 150 : 150 + 64] for top in (10, 60, 110)]
    return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 255


def flat(value, size=96):
    return torch.full((1, 3, size, size), value)


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_image_and_its_seed_tell_the_result(kind, images):
    before = images.clone()
    together = corrupt(images, kind, 3, [5, 6, 7])
    assert torch.equal(images, before)
    assert together.shape == images.shape and together.dtype == torch.float32
    assert 0 <= together.min() and together.max() <= 1 and not torch.equal(together, images)
    alone = corrupt(images[1:2], kind, 3, [6])  # in another batch
    np.testing.assert_allclose(alone[0], together[1], atol=1e-6)
    other = corrupt(images[1:2], kind, 3, [8])
    assert torch.equal(other, alone) == (kind not in RANDOM)


@pytest.mark.parametrize("kind", list(KINDS))
def test_higher_severity_is_farther_from_the_image(kind, images):
    """From the first to the last; between them, ImageNet-C's own numbers are not always in order."""
    distances = [float((corrupt(images, kind, severity, [0, 1, 2]) - images).abs().mean()) for severity in SEVERITIES]
    # Elastic: large and smooth at first, small and sharp in the end. Frost: bright at first, in the place of the image
    # in the end.
    if kind in ("elastic_transform", "frost"):
        assert min(distances) > 0.005
    else:
        assert distances[4] > 1.1 * distances[0] > 0.001


@pytest.mark.parametrize(("severity", "sd"), zip(SEVERITIES, (0.08, 0.12, 0.18, 0.26, 0.38), strict=True))
def test_gaussian_noise_has_the_published_strength(severity, sd):
    noise = corrupt(flat(0.5), "gaussian_noise", severity, [0]) - 0.5
    inside = noise[(noise > -0.49) & (noise < 0.49)]
    expected = np.clip(np.random.default_rng(0).normal(scale=sd, size=1_000_000), -0.5, 0.5)
    assert noise.std() == pytest.approx(expected.std(), rel=0.02)
    assert abs(noise.mean()) < 0.01 and len(inside) > 1000


@pytest.mark.parametrize(("severity", "photons"), zip(SEVERITIES, (60, 25, 12, 5, 3), strict=True))
@pytest.mark.parametrize("value", [0.0, 51 / 255, 153 / 255])
def test_shot_noise_is_poisson(severity, photons, value):
    noisy = corrupt(flat(value, 128), "shot_noise", severity, [0]).numpy()
    expected = np.minimum(np.random.default_rng(0).poisson(value * photons, size=1_000_000) / photons, 1)
    assert noisy.mean() == pytest.approx(expected.mean(), abs=0.006)
    assert noisy.std() == pytest.approx(expected.std(), rel=0.03, abs=1e-9)
    np.testing.assert_allclose(noisy * photons, np.rint(noisy * photons), atol=1e-4)


def test_impulse_noise_is_salt_and_pepper():
    noisy = corrupt(flat(0.4, 128), "impulse_noise", 5, [0])
    for value in (0, 1):
        assert (noisy == value).float().mean() == pytest.approx(0.135, abs=0.005)


def test_brightness_is_that_of_hsv(images):
    expected = images[0].permute(1, 2, 0).numpy().copy()
    expected[:2] = 0  # black has no hue
    image = torch.from_numpy(expected).permute(2, 0, 1)[None]
    for severity, added in zip(SEVERITIES, (0.1, 0.2, 0.3, 0.4, 0.5), strict=True):
        hsv = color.rgb2hsv(expected)
        hsv[..., 2] = np.clip(hsv[..., 2] + added, 0, 1)
        actual = corrupt(image, "brightness", severity, [0])[0].permute(1, 2, 0)
        np.testing.assert_allclose(actual, color.hsv2rgb(hsv), atol=1e-5)


def test_contrast(images):
    mean = images.mean(dim=(2, 3), keepdim=True)
    np.testing.assert_allclose(corrupt(images, "contrast", 4, [0] * 3), mean + 0.1 * (images - mean), atol=1e-6)


def test_jpeg_is_that_of_pillow(images):
    buffer = io.BytesIO()
    as_bytes = (images[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    Image.fromarray(as_bytes).save(buffer, "JPEG", quality=15)
    expected = np.asarray(Image.open(buffer)).astype(float)
    actual = corrupt(images[:1], "jpeg_compression", 3, [0])[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(actual - expected).mean() < 1  # two builds of the same library


@pytest.mark.parametrize(("severity", "share"), zip(SEVERITIES, (0.6, 0.5, 0.4, 0.3, 0.25), strict=True))
def test_pixelation_is_that_of_pillow(severity, share, images):
    as_bytes = (images[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    small = Image.fromarray(as_bytes).resize((int(64 * share),) * 2, Image.Resampling.BOX)
    expected = np.asarray(small.resize((64, 64), Image.Resampling.BOX)).astype(float)
    actual = corrupt(images[:1], "pixelate", severity, [0])[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(actual - expected).max() < 2  # Pillow rounds twice


@pytest.mark.parametrize(("sd", "truncate"), [(0.7, 4.0), (6.0, 4.0), (170.8, 3.0)])
def test_gaussian_blur_is_scipys(sd, truncate, images):
    expected = ndimage.gaussian_filter(images[0, 0].double().numpy(), sd, mode="reflect", truncate=truncate)
    np.testing.assert_allclose(gaussian_blurred(images[:1], sd, truncate)[0, 0], expected, atol=1e-5)


@pytest.mark.parametrize(("radius", "edge_sd"), [(3, 0.1), (4, 0.5), (10, 0.5)])
def test_defocus_is_the_disk_of_the_published_code(radius, edge_sd, images):
    line = np.arange(-radius - 1, radius + 2)
    disk = (line[:, None] ** 2 + line**2 <= radius**2) / 1.0
    edge = np.exp(-0.5 * (np.arange(-1, 2) / edge_sd) ** 2)
    kernel = ndimage.convolve(disk / disk.sum(), np.outer(edge, edge) / edge.sum() ** 2, mode="constant")
    assert kernel.sum() == pytest.approx(1)
    expected = ndimage.correlate(images[1].double().numpy(), kernel[None], mode="mirror")
    np.testing.assert_allclose(disk_blurred(images[1], radius, edge_sd), expected, atol=1e-5)


@pytest.mark.parametrize("angle", [0, 13, -40, 45, -90, 200])
def test_motion_is_that_of_imagemagick(angle, images):
    radius, sd = 6, 4
    weights = np.exp(-0.5 * (np.arange(2 * radius + 1) / sd) ** 2)
    padded = np.pad(images[0].double().numpy(), [(0, 0), (13, 13), (13, 13)], mode="edge")
    expected = np.zeros((3, 64, 64))
    for step, weight in enumerate(weights / weights.sum()):
        row = 13 + np.ceil(step * np.sin(np.deg2rad(angle)) - 0.5).astype(int)
        column = 13 + np.ceil(step * np.cos(np.deg2rad(angle)) - 0.5).astype(int)
        expected += weight * padded[:, row : row + 64, column : column + 64]
    np.testing.assert_allclose(motion_blurred(images[0], radius, sd, angle), expected, atol=1e-6)


def test_a_point_becomes_a_line_on_one_side():
    point = torch.zeros(1, 40, 40)
    point[0, 25, 20] = 1
    line = motion_blurred(point, 3, 1e9, 90)[0]  # what is below each pixel
    np.testing.assert_allclose(line[19:26, 20], 1 / 7, atol=1e-6)
    assert line.sum() == pytest.approx(1)


def test_draws_have_the_moments_of_their_distributions():
    generator = generator_from(0)
    whole, uniform, normal = (draw((1000, 1000), generator) for draw in (levels, symmetric_uniform, standard_normal))
    assert whole.min() == 0 and whole.max() == 65535 and whole.float().mean() == pytest.approx(32767.5, rel=0.003)
    assert -1 < uniform.min() and uniform.max() < 1
    assert uniform.mean() == pytest.approx(0, abs=0.003) and uniform.var() == pytest.approx(1 / 3, rel=0.003)
    assert normal.mean() == pytest.approx(0, abs=0.004) and normal.std() == pytest.approx(1, rel=0.003)
    assert (normal.abs() > 3).float().mean() == pytest.approx(0.0027, rel=0.1)
    assert (normal**4).mean() == pytest.approx(3, rel=0.02)
    neighbours = torch.corrcoef(torch.stack([normal.flatten()[shift : shift - 4] for shift in range(4)]))
    assert (neighbours - torch.eye(4)).abs().max() < 0.004


def test_zoom_keeps_the_centre(images):
    assert torch.equal(enlarged(images, 1.0), images)
    ramp = torch.linspace(-1, 1, 64).expand(1, 1, 64, 64)
    np.testing.assert_allclose(enlarged(ramp, 2.0), ramp * 31 / 63, atol=1e-6)


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("size", [64, 225])
def test_zoom_blur_is_the_published_one(severity, size):
    """ImageNet-C's `zoom_blur`, with scipy's zoom and its middle kept."""
    image = data.astronaut()[:size, 100 : 100 + size].astype(np.float32) / 255
    factors = np.arange(1, *((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03))[severity - 1])
    total = image.copy()
    for factor in factors:
        crop_size = int(np.ceil(size / factor))
        start = (size - crop_size) // 2
        crop = image[start : start + crop_size, start : start + crop_size]
        zoomed = ndimage.zoom(crop, (factor, factor, 1), order=1)
        start = (len(zoomed) - size) // 2
        total += zoomed[start : start + size, start : start + size]
    actual = corrupt(torch.from_numpy(image).permute(2, 0, 1)[None], "zoom_blur", severity, [0])
    np.testing.assert_allclose(actual[0].permute(1, 2, 0), total / (len(factors) + 1), atol=1e-5)


def test_clouds_span_the_range_and_are_rough_in_all_scales():
    made = torch.stack([clouds(128, 2.0, generator_from(seed)) for seed in range(8)])
    assert made.amin() == 0 and made.amax() == 1 and made.shape == (8, 128, 128)
    coarse, fine = ((made - made.roll(shift, dims=2)).std() for shift in (32, 1))
    assert coarse > 3 * fine > 0
    rough = torch.stack([clouds(128, 1.4, generator_from(seed)) for seed in range(8)])
    assert (rough - rough.roll(1, dims=2)).std() > fine


@pytest.mark.parametrize("sd", [2.44, 19.52])
def test_smooth_noise_is_filtered_uniform_noise(sd):
    numbers, generator = np.random.default_rng(0), generator_from(0)
    modes, coefficients = smooth_noise_factors(400, 64, sd, generator)
    made = (modes @ coefficients @ modes.T).numpy()
    filtered = np.stack(
        [ndimage.gaussian_filter(numbers.uniform(-1, 1, (64, 64)), sd, mode="reflect", truncate=3) for _ in range(400)]
    )
    for lag in (3, 10, 30):
        distances = [(fields[..., lag:] - fields[..., :-lag]).std() for fields in (made, filtered)]
        assert distances[0] == pytest.approx(distances[1], rel=0.08)
    corners = [fields[:, 0, 0].std() for fields in (made, filtered)]
    assert made.std() == pytest.approx(filtered.std(), rel=0.08) and corners[0] == pytest.approx(corners[1], rel=0.15)
    assert abs(made.mean()) < 0.1 * made.std()


def test_the_order_of_the_pixels_in_memory_does_not_matter(images):
    last = images.contiguous(memory_format=torch.channels_last)
    for kind in ("shot_noise", "zoom_blur"):
        assert torch.equal(corrupt(last, kind, 2, [0, 1, 2]), corrupt(images.contiguous(), kind, 2, [0, 1, 2]))


def test_bad_input_is_refused(images):
    for arguments, error, message in (
        ((images, "gausian_noise", 1, [0] * 3), UnknownIdentifierError, "gaussian_noise"),
        ((images, "fog", 6, [0] * 3), InvalidParameterError, "severity"),
        ((images, "fog", 1, [0]), InvalidParameterError, "seeds"),
        ((images, "fog", 1, [0, -1, 2]), InvalidParameterError, "-1"),
        ((images.double(), "fog", 1, [0] * 3), InvalidParameterError, "float32"),
        ((images, "fog", 2.5, [0] * 3), InvalidParameterError, "severity"),
        ((images, "fog", "3", [0] * 3), InvalidParameterError, "severity"),
        ((images[..., :20, :20], "fog", 1, [0] * 3), InvalidParameterError, "32 px"),
        ((images * 255, "fog", 1, [0] * 3), InvalidParameterError, r"\[0, 1\].*255"),
        (((images * 255).to(torch.uint8), "fog", 1, [0] * 3), InvalidParameterError, r"\[0, 1\].*uint8"),
        ((images * 2 - 1, "fog", 1, [0] * 3), InvalidParameterError, r"\[0, 1\]"),
        ((images * torch.nan, "fog", 1, [0] * 3), InvalidParameterError, "nan"),
    ):
        with pytest.raises(error, match=message):
            corrupt(*arguments)


def test_a_whole_number_is_a_severity_whatever_its_type(images):
    expected = corrupt(images, "gaussian_noise", 3, [0, 1, 2])
    for severity in (3.0, np.int64(3), np.float32(3)):
        assert torch.equal(corrupt(images, "gaussian_noise", severity, [0, 1, 2]), expected)
    assert corrupt(images[:0], "fog", 1, []).shape == (0, 3, 64, 64)
