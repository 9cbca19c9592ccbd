"""Small networks that train in seconds on a CPU."""

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

from ...activations.network_input import ChannelNormalization

IMAGE_SIZE = 32


def untrained_network(architecture: str, n_classes: int, seed: int) -> nn.Module:
    """Return a network with random weights; the caller's random numbers are not disturbed.

    Parameters
    ----------
    architecture : str
        A key of `ARCHITECTURES`.
    n_classes : int
        Number of outputs.
    seed : int
        Of the weights.

    Returns
    -------
    nn.Module
        From images of shape (n_images, 3, 32, 32) to logits (n_images, n_classes). Its first layer takes values
        from [0, 1] to [-1, 1]; `readout` names the features before the last linear layer.
    """
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(seed)
        features, n_features = ARCHITECTURES[architecture]()
        return nn.Sequential(
            OrderedDict(
                normalization=ChannelNormalization((0.5,) * 3, (0.5,) * 3),
                readout=features,
                classifier=nn.Linear(n_features, n_classes),
            )
        )


def _cnn() -> tuple[nn.Module, int]:
    """Two convolutions with pooling and a hidden layer, as LeNet-5, with ReLU."""
    layers = [
        *(nn.Conv2d(3, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(32 * 8 * 8, 128), nn.ReLU()),
    ]
    return nn.Sequential(*layers), 128


def _resnet() -> tuple[nn.Module, int]:
    """Three residual blocks after a strided convolution, batch normalization, global average pooling."""
    layers = [
        *(nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()),
        *(_ResidualBlock(16, 16, 1), _ResidualBlock(16, 32, 2), _ResidualBlock(32, 64, 2)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    ]
    return nn.Sequential(*layers), 64


def _mlp() -> tuple[nn.Module, int]:
    """Two hidden layers of 256 units."""
    n_values = 3 * IMAGE_SIZE**2
    return nn.Sequential(nn.Flatten(), nn.Linear(n_values, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU()), 256


def _vit() -> tuple[nn.Module, int]:
    """Three transformer layers on patches of 8 x 8 px, averaged over patches."""
    return _VisionTransformer(patch_size=8, width=64, depth=3, n_heads=4), 64


ARCHITECTURES: dict[str, Callable[[], tuple[nn.Module, int]]] = {
    "cnn": _cnn,
    "resnet": _resnet,
    "mlp": _mlp,
    "vit": _vit,
}


class _ResidualBlock(nn.Module):
    def __init__(self, n_in: int, n_out: int, stride: int):
        super().__init__()
        self.convolution1 = nn.Conv2d(n_in, n_out, 3, stride, padding=1, bias=False)
        self.normalization1 = nn.BatchNorm2d(n_out)
        self.convolution2 = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.normalization2 = nn.BatchNorm2d(n_out)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or n_in != n_out:
            self.shortcut = nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        inner = functional.relu(self.normalization1(self.convolution1(maps)))
        return functional.relu(self.normalization2(self.convolution2(inner)) + self.shortcut(maps))


class _VisionTransformer(nn.Module):
    def __init__(self, patch_size: int, width: int, depth: int, n_heads: int):
        super().__init__()
        self.embedding = nn.Conv2d(3, width, patch_size, stride=patch_size)
        self.positions = nn.Parameter(0.02 * torch.randn(1, (IMAGE_SIZE // patch_size) ** 2, width))
        self.blocks = nn.Sequential(
            *(
                nn.TransformerEncoderLayer(width, n_heads, 2 * width, dropout=0.0, batch_first=True, norm_first=True)
                for _ in range(depth)
            )
        )
        self.normalization = nn.LayerNorm(width)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        tokens = self.embedding(images).flatten(2).transpose(1, 2) + self.positions
        return self.normalization(self.blocks(tokens)).mean(dim=1)
