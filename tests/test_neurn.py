"""Neural response normalization: against a float64 loop, its symmetries, its edge cases."""

import numpy as np
import pytest
import torch
from brainscore_mouse.core.errors import InvalidParameterError
from brainscore_mouse.models.neurn.normalization import NeuRN, neural_response_normalization

OPTIONS = [(k, padding, scope) for k in (3, 5) for padding in ("reflect", "replicate", "valid")
           for scope in ("image", "channel")]  # fmt: skip


def random_images(shape=(2, 3, 9, 11), seed=0, dtype=torch.float32):
    return torch.from_numpy(np.random.default_rng(seed).random(shape)).to(dtype)


def loop_oracle(image, kernel_size, padding, scope):
    """NeuRN of one image (channel, height, width), patch by patch in float64."""
    border = kernel_size // 2
    widths = ((0, 0), (border, border), (border, border))
    if padding != "valid":
        image = np.pad(image, widths, mode={"reflect": "reflect", "replicate": "edge"}[padding])
    channels, height, width = image.shape
    result = np.zeros((channels, height - kernel_size + 1, width - kernel_size + 1))
    for c, y, x in np.ndindex(*result.shape):
        patch = image[c, y : y + kernel_size, x : x + kernel_size].astype(np.float64)
        result[c, y, x] = np.sqrt(np.sum((patch - np.mean(patch)) ** 2) / kernel_size**2)
    maximum = result.max() if scope == "image" else result.max(axis=(1, 2), keepdims=True)
    return result / maximum


@pytest.mark.parametrize(("kernel_size", "padding", "scope"), OPTIONS)
@pytest.mark.parametrize("n_channels", [1, 3])
def test_equals_float64_loop(kernel_size, padding, scope, n_channels):
    images = random_images((2, n_channels, 9, 11))
    result = neural_response_normalization(images, kernel_size, padding, scope)
    expected = np.stack([loop_oracle(image, kernel_size, padding, scope) for image in images.numpy()])
    assert result.dtype == torch.float32
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-6)


def test_float32_is_exact_where_patches_vary_little_around_a_large_value():
    images = 0.9 + 1e-5 * random_images((1, 1, 8, 8))
    result = neural_response_normalization(images)
    np.testing.assert_allclose(result[0], loop_oracle(images[0].numpy(), 3, "reflect", "image"), rtol=1e-6)


def test_float64_equals_loop():
    images = random_images(dtype=torch.float64)
    expected = np.stack([loop_oracle(image, 3, "reflect", "image") for image in images.numpy()])
    np.testing.assert_allclose(neural_response_normalization(images), expected, rtol=1e-12)


def test_image_scope_keeps_the_ratio_of_channels_and_channel_scope_does_not():
    images = random_images((1, 2, 8, 8))
    images[:, 1] *= 0.25
    assert neural_response_normalization(images, scope="image")[:, 1].max() < 0.5
    assert neural_response_normalization(images, scope="channel").amax(dim=(2, 3)).tolist() == [[1, 1]]


@pytest.mark.parametrize(("kernel_size", "padding", "scope"), OPTIONS)
def test_scale_and_offset_do_not_matter(kernel_size, padding, scope):
    images = random_images(dtype=torch.float64)
    expected = neural_response_normalization(images, kernel_size, padding, scope)
    changed = neural_response_normalization(0.3 * images + 0.2, kernel_size, padding, scope)
    torch.testing.assert_close(changed, expected, rtol=1e-10, atol=0)


@pytest.mark.parametrize(("kernel_size", "padding", "scope"), OPTIONS)
def test_bounds(kernel_size, padding, scope):
    result = neural_response_normalization(random_images(), kernel_size, padding, scope)
    assert result.min() >= 0
    assert result.amax(dim=(1, 2, 3)).tolist() == [1, 1]


@pytest.mark.parametrize(("kernel_size", "padding", "scope"), OPTIONS)
@pytest.mark.parametrize("axis", [2, 3])
def test_flipping_before_and_after_is_the_same(kernel_size, padding, scope, axis):
    images = random_images()
    flipped = neural_response_normalization(images.flip(axis), kernel_size, padding, scope).flip(axis)
    torch.testing.assert_close(flipped, neural_response_normalization(images, kernel_size, padding, scope))


def test_a_moved_object_gives_a_moved_response():
    object_ = random_images((1, 1, 4, 4))
    image, moved = torch.zeros(1, 1, 16, 16), torch.zeros(1, 1, 16, 16)
    image[..., 4:8, 4:8] = object_
    moved[..., 7:11, 6:10] = object_
    response = neural_response_normalization(image)
    assert response.max() == 1
    torch.testing.assert_close(neural_response_normalization(moved), response.roll((3, 2), dims=(2, 3)), rtol=0, atol=0)


def test_images_of_a_batch_do_not_influence_each_other():
    images = random_images((3, 3, 8, 8)) * torch.tensor([1.0, 10.0, 0.1]).view(-1, 1, 1, 1)
    alone = torch.cat([neural_response_normalization(image[None]) for image in images])
    torch.testing.assert_close(neural_response_normalization(images), alone, rtol=0, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("value", [0.0, 0.1, 1.0])
def test_constant_image_gives_zeros_and_zero_gradient(dtype, value):
    images = torch.full((1, 3, 6, 6), value, dtype=dtype, requires_grad=True)
    result = neural_response_normalization(images)
    result.sum().backward()
    assert (result == 0).all()
    assert (images.grad == 0).all()


def test_gradient_is_finite_where_part_of_an_image_is_constant():
    images = random_images((1, 1, 12, 12))
    images[..., :6, :] = 0.5
    images.requires_grad_()
    neural_response_normalization(images).square().sum().backward()
    assert images.grad.isfinite().all()
    assert images.grad.abs().max() > 0


@pytest.mark.parametrize(("kernel_size", "padding", "scope"), OPTIONS)
def test_gradient_equals_finite_differences(kernel_size, padding, scope):
    images = random_images((1, 2, 6, 6), dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda images: neural_response_normalization(images, kernel_size, padding, scope), [images], eps=1e-7
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kernel_size": 4}, "odd"),
        ({"kernel_size": -1}, "odd"),
        ({"kernel_size": 9}, "larger than the image"),
        ({"padding": "zeros"}, "rule zero padding out"),
        ({"padding": "wrap"}, "padding must be one of"),
        ({"scope": "batch"}, "scope must be one of"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(InvalidParameterError, match=message):
        neural_response_normalization(random_images((1, 3, 8, 8)), **options)


@pytest.mark.parametrize(
    "images", [torch.zeros(3, 8, 8), torch.zeros(1, 3, 8, 8, dtype=torch.uint8)], ids=["shape", "type"]
)
def test_wrong_images_are_refused(images):
    with pytest.raises(InvalidParameterError, match="floating-point tensor of shape"):
        neural_response_normalization(images)


def test_layer_applies_its_options_has_no_parameter_and_prints_them():
    layer = NeuRN(5, "valid", "channel")
    images = random_images()
    assert torch.equal(layer(images), neural_response_normalization(images, 5, "valid", "channel"))
    assert list(layer.parameters()) == []
    assert repr(layer) == "NeuRN(kernel_size=5, padding='valid', scope='channel')"
    with pytest.raises(InvalidParameterError, match="odd"):
        NeuRN(2)
