"""Inner products of U-centred Gram matrices, of all stimuli and without each."""

import numpy as np

from .linear_cka import u_centred


def u_products(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Multiply two Gram matrices in their U-centred forms, with all stimuli and without each.

    Parameters
    ----------
    first, second : array of shape (n_stimuli, n_stimuli)
        Inner products between stimuli.

    Returns
    -------
    array of shape (1 + n_stimuli,)
        With all stimuli, then without each of them.

    Notes
    -----
    Let A and B be U-centred. Without stimulus i their rows sum up to -A_i and -B_i, and all entries to zero; centring
    them again changes the product to ``<A, B> - 2 (n - 2) / (n - 3) A_i.B_i`` (Song et al. 2012,
    https://www.jmlr.org/papers/v13/song12a.html, equation 5, for n - 1 stimuli).
    """
    n = len(first)
    of_rows = (u_centred(first) * u_centred(second)).sum(axis=1)
    total = of_rows.sum()
    return np.concatenate([[total], total - 2 * (n - 2) / (n - 3) * of_rows])


def u_products_of_same_neuroids(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Sum up the products of the Gram matrices of each neuroid alone, with all stimuli and without each.

    Parameters
    ----------
    first, second : array of shape (n_stimuli, n_neuroids)
        Responses to the same stimuli in two halves of the repetitions.

    Returns
    -------
    array of shape (1 + n_stimuli,)
        The sum over neuroids of :func:`u_products` of their Gram matrices, in a time proportional to the number of
        responses.

    Notes
    -----
    With hollow A and B of n stimuli the product is
    ``sum(A * B) + sum(A) sum(B) / ((n - 1)(n - 2)) - 2 (A 1).(B 1) / (n - 2)`` (Song et al. 2012, equation 5). For
    A = y y^T and B = z z^T all three follow from sums of powers of y and z.
    """
    # A shift plays no part, and would cost digits.
    y, z = (half.astype(np.float64) - half.mean(axis=0, dtype=np.float64) for half in (first, second))
    n = np.concatenate([[len(y)], np.full(len(y), len(y) - 1)])[:, None]

    def sums(values: np.ndarray) -> np.ndarray:
        total = values.sum(axis=0)
        return np.concatenate([total[None], total - values])

    y1, z1, y2, z2, yz = sums(y), sums(z), sums(y * y), sums(z * z), sums(y * z)
    yyzz = sums((y * z) ** 2)
    inner = yz**2 - yyzz
    totals = (y1**2 - y2) * (z1**2 - z2)
    rows = y1 * z1 * yz - y1 * sums(y * z * z) - z1 * sums(y * y * z) + yyzz
    return np.asarray((inner + totals / ((n - 1) * (n - 2)) - 2 * rows / (n - 2)).sum(axis=1))
