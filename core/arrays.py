"""The arrays that the numerical functions take."""

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import torch

Array = TypeVar("Array", "np.ndarray", "torch.Tensor")
"""A numpy array or a torch tensor on any device; functions return the kind that they are given."""
