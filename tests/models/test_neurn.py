"""Neural response normalization: against a float64 loop, its symmetries, its edge cases."""

import itertools
import re
from collections import OrderedDict

import numpy as np
import pytest
import torch
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from brainscore_mouse import Extraction, ImageModel, load_model
from brainscore_mouse.core.errors import InvalidParameterError, ModelError, UnknownIdentifierError
from brainscore_mouse.models.neurn.normalization import GainedNeuRN, NeuRN, neural_response_normalization
from brainscore_mouse.models.neurn.relatives import DivisiveNormalization
from brainscore_mouse.models.neurn.with_neurn import with_normalization
from brainscore_mouse.plugins.discovery import registered_normalizations
from PIL import Image
from scipy.ndimage import gaussian_filter, generic_filter
from sklearn.datasets import load_digits
from torch import nn

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
    torch.testing.assert_close(
        neural_response_normalization(moved), response.roll((3, 2), dims=(2, 3)), rtol=1e-6, atol=1e-6
    )


def test_images_of_a_batch_do_not_influence_each_other():
    images = random_images((3, 3, 8, 8)) * torch.tensor([1.0, 10.0, 0.1]).view(-1, 1, 1, 1)
    alone = torch.cat([neural_response_normalization(image[None]) for image in images])
    torch.testing.assert_close(neural_response_normalization(images), alone, rtol=1e-6, atol=1e-6)


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
        ({"kernel_size": 4}, "kernel_size.*4"),
        ({"kernel_size": -1}, "kernel_size.*-1"),
        ({"kernel_size": 9}, "kernel_size.*9.*8 x 8"),
        ({"padding": "zeros"}, "padding.*'zeros'.*'reflect'"),
        ({"padding": "wrap"}, "padding.*'wrap'"),
        ({"scope": "batch"}, "scope.*'batch'"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(InvalidParameterError, match=message):
        neural_response_normalization(random_images((1, 3, 8, 8)), **options)


@pytest.mark.parametrize(
    "images", [torch.zeros(3, 8, 8), torch.zeros(1, 3, 8, 8, dtype=torch.uint8)], ids=["shape", "type"]
)
def test_wrong_images_are_refused(images):
    with pytest.raises(InvalidParameterError, match=re.escape(f"{images.dtype} of shape {tuple(images.shape)}")):
        neural_response_normalization(images)


def test_layer_applies_its_options_has_no_parameter_and_prints_them():
    layer = NeuRN(5, "valid", "channel")
    images = random_images()
    assert torch.equal(layer(images), neural_response_normalization(images, 5, "valid", "channel"))
    assert list(layer.parameters()) == []
    assert repr(layer) == "NeuRN(kernel_size=5, padding='valid', scope='channel')"
    with pytest.raises(InvalidParameterError, match=r"kernel_size.*2"):
        NeuRN(2)


def test_equals_the_published_relation_on_digits():
    """sigma_patch / max(sigma) with a 3 x 3 window and the population std, which the published tiles follow."""
    digits = np.kron(load_digits().images[:10] / 16, np.ones((3, 3)))
    for digit in digits:
        sigma = generic_filter(digit, np.std, size=3, mode="mirror")
        found = neural_response_normalization(torch.from_numpy(digit)[None, None])
        np.testing.assert_allclose(found[0, 0], sigma / sigma.max(), atol=1e-12)


@pytest.mark.parametrize("kernel_size", [3, 5, 7])
def test_a_moved_patch_of_texture_gives_a_moved_response_away_from_borders(kernel_size):
    images = random_images((1, 3, 24, 24), dtype=torch.float64)
    images[..., 10, 10] = 5.0  # the largest deviation is away from the border, before and after
    border = kernel_size
    expected = neural_response_normalization(images, kernel_size).roll((2, 1), dims=(2, 3))
    moved = neural_response_normalization(images.roll((2, 1), dims=(2, 3)), kernel_size)
    inside = (..., slice(border, -border), slice(border, -border))
    torch.testing.assert_close(moved[inside], expected[inside], rtol=1e-12, atol=0)


def test_divisive_normalization_equals_scipy():
    image = random_images((1, 3, 20, 20), dtype=torch.float64)
    pool = gaussian_filter(image[0].square().mean(0).numpy(), sigma=2, radius=4, mode="mirror")
    found = DivisiveNormalization().double()(image)
    np.testing.assert_allclose(found[0], image[0].square().numpy() / (0.01 + pool), rtol=1e-6)


def test_learned_gain_starts_as_identity_ends_at_neurn_and_has_a_gradient():
    images, stage = random_images(), GainedNeuRN()
    torch.testing.assert_close(stage(images), images, rtol=0, atol=0)
    stage(images).square().sum().backward()
    assert stage.gain.grad.abs() > 0
    with torch.no_grad():
        stage.gain.fill_(1.0)
    torch.testing.assert_close(stage(images), neural_response_normalization(images))


def staged_network():
    torch.manual_seed(0)
    stages = {
        "conv1": nn.Conv2d(3, 8, 3, padding=1),
        "stage1": nn.Sequential(nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1)),
        "pool1": nn.MaxPool2d(2),
        "conv2": nn.Conv2d(8, 4, 3, padding=1),
        "pool2": nn.MaxPool2d(2),
        "flat": nn.Flatten(),
    }
    return nn.Sequential(OrderedDict(stages))


@pytest.fixture
def model_and_stimuli(tmp_path):
    generator = np.random.default_rng(0)
    paths = {}
    for number in range(3):
        paths[str(number)] = tmp_path / f"{number}.png"
        Image.fromarray(generator.integers(0, 256, size=(16, 16, 3), dtype=np.uint8)).save(paths[str(number)])
    stimuli = StimulusSet({"stimulus_id": list(paths)})
    stimuli.stimulus_paths, stimuli.identifier = paths, "three"
    layers = ["conv1", "stage1", "pool1", "conv2", "pool2"]
    return ImageModel("small", staged_network(), layers, 16), stimuli


def test_every_variant_has_an_identifier_and_a_cache_of_its_own(model_and_stimuli):
    model, stimuli = model_and_stimuli
    plain = model.features(stimuli)
    variants = [with_normalization(model, name) for name in registered_normalizations()]
    assert [variant.identifier for variant in variants] == [f"small+{name}" for name in registered_normalizations()]
    assert len({model.fingerprint, *(variant.fingerprint for variant in variants)}) == len(variants) + 1
    last = [variant.features(stimuli)["pool2"] for variant in variants]
    assert all(not np.allclose(one, other) for one, other in itertools.combinations([*last, plain["pool2"]], 2))
    np.testing.assert_allclose(model.features(stimuli)["pool2"], plain["pool2"], rtol=1e-6, atol=1e-6)  # left as it is


@pytest.mark.parametrize(("variant", "normalized"), [("neurn-conv1", ["conv1"]), ("neurn-stages", ["stage1", "conv2"])])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_within_a_network_the_named_layers_are_normalized_and_pass_that_on(
    model_and_stimuli, variant, normalized, precision
):
    model, stimuli = model_and_stimuli
    model.extraction = Extraction(precision=precision)
    found = with_normalization(model, variant).features(stimuli)
    values = torch.from_numpy(np.stack([np.asarray(Image.open(path)) for path in stimuli.stimulus_paths.values()]))
    values = values.permute(0, 3, 1, 2) / 255
    with torch.inference_mode():
        for name, module in model.network.named_children():
            values = module(values)
            if name in normalized:
                values = neural_response_normalization(values)
            if name in found:
                np.testing.assert_allclose(found[name], values.flatten(1), rtol=1e-3, atol=1e-5)


def test_variants_that_make_no_sense_are_refused(model_and_stimuli):
    model, _ = model_and_stimuli
    with pytest.raises(UnknownIdentifierError, match="neurn-k5"):
        with_normalization(model, "neurn-k4")
    flat = ImageModel("flat", nn.Sequential(OrderedDict(flat=nn.Flatten(), last=nn.Linear(768, 2))), ["last"], 16)
    with pytest.raises(ModelError, match="Sequential"):
        with_normalization(flat, "neurn-conv1")
    with pytest.raises(ModelError, match="Sequential"):
        with_normalization(flat, "neurn-stages")


def test_variants_are_loaded_by_name():
    assert load_model("pixels+neurn-k5").identifier == "pixels+neurn-k5"
    stages = load_model("resnet18-random.0+neurn-stages").network.input_stage
    assert stages.layers == ("layer1.1", "layer2.1", "layer3.1")
    with pytest.raises(UnknownIdentifierError):
        load_model("pixels+neurn-gain")  # what is trained has no name for weights that are not


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("scope", ["image", "channel"])
def test_a_pixel_that_is_no_number_makes_its_image_nan_and_no_other(value, scope):
    images = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    expected = neural_response_normalization(images, scope=scope)
    images[0, :, 4, 4] = value
    found = neural_response_normalization(images, scope=scope)
    assert torch.isnan(found[0]).all()
    torch.testing.assert_close(found[1], expected[1])
