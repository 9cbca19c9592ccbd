"""Linear centred kernel alignment (CKA) without the bias of few stimuli, from inner products between stimuli."""

from typing import Any

from array_api_compat import array_namespace

from ...core.arrays import Array


def linear_cka(a: Array, b: Array) -> Array:
    """Compare representations by their inner products.

    Parameters
    ----------
    a, b : array of shape (..., n_stimuli, n_stimuli)
        Inner products of features, up to a shift of the features; leading axes broadcast.

    Returns
    -------
    array of shape (...)
        1 for equal representations up to rotation and scale; 0 on average for unrelated ones, where the plain
        estimate grows with the number of features. NaN where one side does not vary over stimuli.

    Notes
    -----
    Kornblith et al. 2019, https://arxiv.org/abs/1905.00414, with the unbiased estimate of HSIC (Song et al. 2012,
    https://www.jmlr.org/papers/v13/song12a.html), as Brain-Score's ``cka``. That estimate is the inner product of the
    matrices whose rows, columns and diagonal sum to zero (Székely & Rizzo 2014).

    Examples
    --------
    >>> import numpy as np
    >>> features, unrelated = np.random.default_rng(0).normal(size=(2, 100, 500))
    >>> rotated = 3 * features[:, ::-1]
    >>> gram = features @ features.T
    >>> round(float(linear_cka(gram, rotated @ rotated.T)), 6)
    1.0
    >>> abs(float(linear_cka(gram, unrelated @ unrelated.T))) < 0.05
    True
    """
    xp = array_namespace(a, b)
    a, b = u_centred(a), u_centred(b)
    product = xp.sum(a * a, axis=(-2, -1)) * xp.sum(b * b, axis=(-2, -1))
    return xp.sum(a * b, axis=(-2, -1)) / xp.where(product > 0, product, xp.nan) ** 0.5


def u_centred(gram: Any) -> Any:
    """Return hollow matrices whose rows and columns sum to zero, of inner products (..., n_stimuli, n_stimuli)."""
    xp = array_namespace(gram)
    n = gram.shape[-1]
    off_diagonal = 1 - xp.eye(n, dtype=gram.dtype, device=getattr(gram, "device", None))
    # The diagonal plays no part, and a shift of all entries neither; both would only cost digits.
    gram = gram * off_diagonal
    sums = xp.sum(gram, axis=-1, keepdims=True) / (n - 2)
    total = xp.sum(gram, axis=(-2, -1), keepdims=True) / ((n - 1) * (n - 2))
    return (gram - sums - xp.matrix_transpose(sums) + total) * off_diagonal
