"""All that the metrics need of a layer: the inner products of its features between stimuli."""

from dataclasses import dataclass

import numpy as np

# Columns cast to float64 at a time, so that a wide layer is never held twice.
_COLUMNS_PER_BLOCK = 65_536
# Activations are float32: relative differences below its precision, squared, are rounding.
_ROUNDING = 1e-13


@dataclass(frozen=True)
class FeatureGram:
    """Inner products between the stimuli of one layer's features, after each stimulus' own mean is removed.

    RSA needs correlations between stimuli, ridge and PLS need inner products centred over stimuli. Both follow
    exactly from these three numbers, however many features the layer has.

    Attributes
    ----------
    row_centred : array of shape (n_stimuli, n_stimuli)
        ``Z @ Z.T`` in float64, where Z is the feature matrix minus each row's mean.
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
        """Compute the Gram matrix of a feature matrix, accumulated in float64.

        Parameters
        ----------
        features : array of shape (n_stimuli, n_features)
            Activations, of any floating type.
        """
        n_stimuli, n_features = features.shape
        row_means = features.mean(axis=1, dtype=np.float64)
        row_centred = np.zeros((n_stimuli, n_stimuli))
        for start in range(0, n_features, _COLUMNS_PER_BLOCK):
            block = features[:, start : start + _COLUMNS_PER_BLOCK] - row_means[:, None]
            row_centred += block @ block.T
        return cls(row_centred, row_means, n_features)

    def linear(self) -> np.ndarray:
        """Return inner products of features up to a shift common to all stimuli, shape (n_stimuli, n_stimuli).

        Ridge and PLS centre features over their training stimuli, so that such a shift cannot matter; leaving it
        out keeps the numbers small.
        """
        # X = Z + m 1^T, and Z 1 = 0, so X X^T = Z Z^T + n_features m m^T.
        shifted_means = self.row_means - self.row_means.mean()
        return self.row_centred + self.n_features * np.outer(shifted_means, shifted_means)

    def varies_over_stimuli(self) -> bool:
        """Tell whether features differ between stimuli by more than rounding."""
        linear = self.linear()
        total = np.trace(self.row_centred) + self.n_features * (self.row_means**2).sum()
        return bool(np.trace(linear) - linear.mean() * len(linear) > _ROUNDING * total)
