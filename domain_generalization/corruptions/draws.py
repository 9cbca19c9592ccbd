"""Random numbers of one image: 16 bits each, from a generator of its own.

Images have 8 bits, so 16 are enough, and four numbers come from one step of the generator.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from scipy import special

N_LEVELS = 1 << 16


def generator_from(seed: int) -> np.random.Generator:
    """Return a generator whose raw stream is the same in every version of numpy."""
    return np.random.Generator(np.random.SFC64(seed))


def levels(
    shape: Sequence[int], generator: np.random.Generator, dtype: type[np.int32 | np.float32] = np.int32
) -> torch.Tensor:
    """Draw integers from 0 to `N_LEVELS` - 1, each as likely."""
    n_values = math.prod(shape)
    words = generator.bit_generator.random_raw(-(-n_values // 4))  # type: ignore[attr-defined]
    return torch.from_numpy(words.view(np.uint16)[:n_values].astype(dtype)).view(*shape)


def symmetric_uniform(shape: Sequence[int], generator: np.random.Generator) -> torch.Tensor:
    """Draw numbers between -1 and 1, each as likely: float32."""
    return levels(shape, generator, np.float32).mul_(2 / N_LEVELS).add_(1 / N_LEVELS - 1)


def standard_normal(shape: Sequence[int], generator: np.random.Generator) -> torch.Tensor:
    """Draw from a standard normal distribution, by 65536 quantiles: float32, from -4.3 to 4.3."""
    return _normal_quantiles().index_select(0, levels(shape, generator).flatten()).view(*shape)


@lru_cache(maxsize=1)
def _normal_quantiles() -> torch.Tensor:
    return torch.from_numpy(special.ndtri((np.arange(N_LEVELS) + 0.5) / N_LEVELS).astype(np.float32))
