"""All that the metrics need of a layer: the inner products of its features between stimuli."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

# Columns multiplied at a time: a block of a few hundred stimuli stays in the processor's cache.
_COLUMNS_PER_BLOCK = 16_384
# Activations are float32: relative differences below its precision, squared, are rounding.
_ROUNDING = 1e-13
# Where the largest feature lies between these, sums of squares in float32 keep their digits.
_SMALLEST, _LARGEST = 2.0**-40, 2.0**50
# Features of a stimulus that lie this close together are all the same.
_ROUNDING_STEPS = 8


@dataclass(frozen=True)
class FeatureGram:
    """Inner products between the stimuli of one layer's features, after each stimulus' own mean is removed.

    RSA needs correlations between stimuli, ridge and PLS need inner products centred over stimuli. Both follow
    exactly from these three numbers, however many features the layer has.

    Attributes
    ----------
    row_centred : array of shape (n_stimuli, n_stimuli)
        ``Z @ Z.T`` in float64, where Z is the feature matrix minus each row's mean. Zero for a stimulus whose
        features are all the same but for rounding.
    row_means : array of shape (n_stimuli,)
        The mean feature value of each stimulus.
    n_features : int
        The number of features.
    """

    row_centred: np.ndarray
    row_means: np.ndarray
    n_features: int

    @classmethod
    def of_features(cls, features: np.ndarray) -> "FeatureGram":
        """Compute the Gram matrix of a feature matrix.

        Parameters
        ----------
        features : array of shape (n_stimuli, n_features)
            Activations, of any floating type.
        """
        return cls.of_rows([torch.from_numpy(np.require(features, requirements=["C", "W"]))])

    @classmethod
    def of_rows(cls, parts: Sequence[torch.Tensor]) -> "FeatureGram":
        """Compute the Gram matrix of a feature matrix whose rows lie in several tensors.

        Products are taken in the features' own precision (at least float32) of small blocks of features, after
        offsets near the means of stimuli and features were subtracted, and summed in float64. So neither large means
        nor many features cost accuracy; nor do very small or large features, which are scaled before.

        Parameters
        ----------
        parts : sequence of torch.Tensor, each of shape (n_stimuli_of_part, n_features)
            The rows, in order, on one device.
        """
        with np.errstate(invalid="ignore"):  # infinite squares, see below
            gram, largest = cls._of_scaled_rows(parts, 1.0)
        in_range = _SMALLEST < largest < _LARGEST
        if in_range or largest == 0 or not np.isfinite(largest) or parts[0].dtype == torch.float64:
            return gram
        # Squares have lost digits, or all of them. A power of two costs none: scores are those of any other scale.
        scale = float(np.ldexp(1.0, -np.clip(np.frexp(largest)[1], -126, 126)))
        scaled, _ = cls._of_scaled_rows(parts, scale)
        return cls(scaled.row_centred / scale / scale, scaled.row_means / scale, scaled.n_features)

    @classmethod
    def _of_scaled_rows(cls, parts: Sequence[torch.Tensor], scale: float) -> "tuple[FeatureGram, float]":
        """Compute the Gram matrix of scaled features, and their largest absolute value."""
        n_features = parts[0].shape[1]
        dtype = torch.promote_types(parts[0].dtype, torch.float32)
        first_block = _columns(parts, 0, dtype, scale)
        # X = D + 1 r^T + o 1^T with any r (one number per feature) and o (one per stimulus).
        offsets = first_block.mean(dim=1, keepdim=True)
        products = torch.zeros((len(offsets), len(offsets)), dtype=torch.float64, device=offsets.device)
        with_reference, sums = torch.zeros_like(products[0]), torch.zeros_like(products[0])
        lowest, highest = first_block[:, 0].clone(), first_block[:, 0].clone()
        reference_sum = reference_squares = 0.0
        for start in range(0, n_features, _COLUMNS_PER_BLOCK):
            block = _columns(parts, start, dtype, scale)
            lowest, highest = torch.minimum(lowest, block.amin(dim=1)), torch.maximum(highest, block.amax(dim=1))
            block -= offsets
            reference = block.mean(dim=0)
            block -= reference
            products += (block @ block.T).double()
            with_reference += (block @ reference).double()
            sums += block.sum(dim=1).double()
            reference_sum += float(reference.double().sum())
            reference_squares += float(reference.double().square().sum())
        deviations = (sums / n_features).cpu().numpy()
        reference_mean = reference_sum / n_features
        # Z = (D - d 1^T) + 1 (r - mean r)^T with d = row means of D.
        crossed = with_reference.cpu().numpy() - deviations * reference_sum
        row_centred = products.cpu().numpy() - n_features * np.outer(deviations, deviations)
        row_centred += crossed[:, None] + crossed[None, :]
        row_centred += reference_squares - n_features * reference_mean**2
        row_means = deviations + reference_mean + offsets[:, 0].double().cpu().numpy()
        # Without this, the rounding of a stimulus without any pattern would be taken for one.
        size = torch.maximum(lowest.abs(), highest.abs())
        flat = (highest - lowest <= _ROUNDING_STEPS * torch.finfo(dtype).eps * size).cpu().numpy()
        row_centred[flat] = row_centred[:, flat] = 0
        return cls(row_centred, row_means, n_features), float(size.max())

    def linear(self) -> np.ndarray:
        """Return inner products of features up to a shift common to all stimuli, shape (n_stimuli, n_stimuli).

        Ridge and PLS centre features over their training stimuli, so that such a shift cannot matter; leaving it
        out keeps the numbers small.
        """
        # X = Z + m 1^T, and Z 1 = 0, so X X^T = Z Z^T + n_features m m^T.
        shifted_means = self.row_means - self.row_means.mean()
        return self.row_centred + self.n_features * np.outer(shifted_means, shifted_means)

    def centred(self) -> np.ndarray:
        """Return inner products of features after their mean over stimuli is removed, shape (n_stimuli, n_stimuli)."""
        linear = self.linear()
        of_rows = linear.mean(axis=0)
        return linear - of_rows - of_rows[:, None] + of_rows.mean()

    def of_stimuli(self, stimuli: np.ndarray) -> "FeatureGram":
        """Return the Gram matrix of some of the stimuli, given by their indices."""
        return FeatureGram(self.row_centred[np.ix_(stimuli, stimuli)], self.row_means[stimuli], self.n_features)

    def varies_over_stimuli(self) -> bool:
        """Tell whether features differ between stimuli by more than rounding."""
        linear = self.linear()
        total = np.trace(self.row_centred) + self.n_features * (self.row_means**2).sum()
        return bool(np.trace(linear) - linear.mean() * len(linear) > _ROUNDING * total)


def _columns(parts: Sequence[torch.Tensor], start: int, dtype: torch.dtype, scale: float) -> torch.Tensor:
    """Return a block of columns of all rows, as a tensor of its own."""
    block = torch.cat([part[:, start : start + _COLUMNS_PER_BLOCK] for part in parts]).to(dtype)
    return block if scale == 1 else block.mul_(scale)
