"""What a model's preprocessing does to image values is found by probing it."""

import numpy as np
import pytest
import torch
from brainscore_mouse.brainscore_bridge.input_probe import channel_scale, input_digests
from brainscore_mouse.core.errors import ModelError
from torch import nn

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def _reader(function):
    def read_stimuli(paths):
        from PIL import Image

        return torch.stack([function(torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1) / 255)
                            for path in paths])  # fmt: skip

    return read_stimuli


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
def test_the_scale_of_a_normalization_is_found(order):
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (IMAGENET_MEAN, IMAGENET_STD))
    offset, scale = channel_scale(_reader(lambda image: (image[order] - mean) / std), "x")
    torch.testing.assert_close(offset, -mean / std, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(scale, 1 / std, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda image: image.mean(dim=0, keepdim=True).expand(3, -1, -1), "mixes the colours"),
        (lambda image: image**2, "not grow in proportion"),
        (lambda image: (image - image.mean()) / (image.std() + 1e-6), "does not become channels of one value"),
        (lambda image: nn.functional.pad(image, (9, 9, 9, 9)), "does not become channels of one value"),
        (lambda image: image[:1], "gives the shape"),
        (lambda image: image.nope, "fails for an image"),
    ],
)
def test_neurn_is_refused_by_name_where_the_scale_cannot_be_told(function, reason):
    with pytest.raises(ModelError, match="strange"):
        channel_scale(_reader(function), "strange")


def test_whatever_reading_depends_on_shows_in_its_digests():
    plain = input_digests(_reader(lambda image: image[:, :100, :100]))
    assert plain == input_digests(_reader(lambda image: image[:, :100, :100])) and len(set(plain)) == 3
    for other in (lambda image: image[:, :100, 1:101], lambda image: image[:, :100, :100] * 1.0001):
        assert not set(plain) & set(input_digests(_reader(other)))
    assert input_digests(_reader(lambda image: image.nope)) == ["AttributeError"] * 3
