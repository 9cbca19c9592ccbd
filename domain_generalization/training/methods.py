"""What is compared: the plain network, NeuRN, and what a user would pick instead."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from ...models.neurn.normalization import GainedNeuRN, NeuRN
from ...models.neurn.relatives import (
    DivisiveNormalization,
    InstanceNormalization,
    LocalContrastNormalization,
    LocalResponseNormalization,
)
from .augmentation import random_convolution, style_jitter

Augmentation = Callable[[torch.Tensor, torch.Generator], torch.Tensor]

_IMAGES_PER_STEP = 250


@dataclass(frozen=True)
class Method:
    """One way to prepare images.

    Attributes
    ----------
    input_stage : callable
        Makes the module in front of the network, in training and in testing.
    augmentation : callable, optional
        Changes prepared images, in training only.
    trained_stage : callable, optional
        Makes a module in front of the network whose parameters are trained with it.
    """

    input_stage: Callable[[], nn.Module]
    augmentation: Augmentation | None = None
    trained_stage: Callable[[], nn.Module] | None = None


METHODS = {
    "plain": Method(nn.Identity),
    "neurn": Method(NeuRN),
    "neurn-gain": Method(nn.Identity, trained_stage=GainedNeuRN),
    "instance-norm": Method(InstanceNormalization),
    "lrn": Method(LocalResponseNormalization),
    "divnorm": Method(DivisiveNormalization),
    "lcn": Method(LocalContrastNormalization),
    "randconv": Method(nn.Identity, random_convolution),
    "style-jitter": Method(nn.Identity, style_jitter),
}


def prepared(images: torch.Tensor, method: str) -> torch.Tensor:
    """Pass images through a method's input stage, once for all: the stages that `prepared` runs have no parameters.

    Parameters
    ----------
    images : torch.Tensor of shape (n_images, 3, height, width)
        In [0, 1].
    method : str
        A key of `METHODS`.
    """
    stage = METHODS[method].input_stage()
    with torch.inference_mode():
        return torch.cat([stage(part) for part in images.split(_IMAGES_PER_STEP)])
