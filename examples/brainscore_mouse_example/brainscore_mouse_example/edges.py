"""A model without weights: horizontal and vertical edges."""

from collections import OrderedDict

import torch
from brainscore_mouse import ImageModel
from torch import nn


def edges() -> ImageModel:
    """Return the model; its layers are the filtered image and its rectified, pooled form."""
    convolution = nn.Conv2d(3, 4, kernel_size=3, bias=False)
    sobel = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]) / 8
    directions = torch.stack([sobel, -sobel, sobel.T, -sobel.T])
    convolution.weight.data = directions[:, None].repeat(1, 3, 1, 1) / 3
    layers = OrderedDict(edges=convolution, rectified=nn.ReLU(), pooled=nn.AvgPool2d(4))
    return ImageModel("example-edges", nn.Sequential(layers), ["edges", "pooled"], image_size=64)
