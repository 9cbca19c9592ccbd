"""The arrays that the numerical functions take."""

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

Array = TypeVar("Array", "NDArray[Any]", "torch.Tensor")
"""A numpy array or a torch tensor on any device; functions return the kind that they are given."""
