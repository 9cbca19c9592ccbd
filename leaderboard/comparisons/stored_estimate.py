"""A stored score with what is known of its error."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.home import results_folder
from ...models.mouse_models.each_mouse_alone import EACH_MOUSE_ALONE
from ...results.store import read_record
from ...uncertainty.left_out_effects import LeftOutEffects, mean_effects


@dataclass(frozen=True)
class StoredEstimate:
    """A score, or a mean of scores, as it can be compared with another model's.

    Attributes
    ----------
    value : float
        The score.
    error : float or None
        Its standard error; None where none is known.
    half_width : float or None
        Half of its 95 % interval; None where none is known.
    effects : LeftOutEffects or None
        What leaving out stimuli and mice changes; None for scores of earlier versions, and where the metric cannot
        leave out any.
    seeds : array of shape (n_seeds,) or None
        The scores of networks with other random weights, of which it is the mean.
    is_comparable : bool
        Whether it is on the scale of models. All mice of an area as a model of each other are not: each is compared
        alone, and models with all mice together.
    """

    value: float
    error: float | None
    half_width: float | None = None
    effects: LeftOutEffects | None = None
    seeds: NDArray[Any] | None = None
    is_comparable: bool = True


def stored_estimate(record: Mapping[str, Any]) -> StoredEstimate | None:
    """Read the estimate in a stored record; None where the score is not a number.

    Parameters
    ----------
    record : mapping
        From :func:`brainscore_mouse.results.store.read_record`.
    """
    value = _number(record.get("score"))
    if value is None:
        return None
    interval, seeds = record.get("interval"), record.get("seed_scores")
    content = record.get("left_out_effects")
    try:
        effects = None if content is None else LeftOutEffects.of_json(content)
    except (ValueError, KeyError, TypeError):  # damaged: then its own error is used, and the page says so
        effects = None
    return StoredEstimate(
        value,
        _number(record.get("error")),
        (interval[1] - interval[0]) / 2 if interval and None not in interval else None,
        effects,
        np.array([one["score"] for one in seeds], dtype=float) if seeds else None,
        record.get("target") != EACH_MOUSE_ALONE,
    )


def stored_estimates(files: Sequence[str]) -> dict[str, StoredEstimate]:
    """Read scores of the store, by file; those that are damaged are left out.

    Parameters
    ----------
    files : sequence of str
        As :func:`brainscore_mouse.results.view.results_frame` lists them.
    """
    found = {}
    folder = results_folder()
    for file in files:
        record = read_record(folder / file)
        estimate = None if record is None else stored_estimate(record)
        if estimate is not None:
            found[file] = estimate
    return found


def mean_estimate(estimates: Sequence[StoredEstimate]) -> StoredEstimate:
    """Average a model's scores on several areas that share stimuli and partly mice.

    Parameters
    ----------
    estimates : sequence of StoredEstimate
        At least one.

    Returns
    -------
    StoredEstimate
        Without effects, its error is the mean of the errors: the most that it can be, as if the areas' errors went
        together.
    """
    value = float(np.mean([one.value for one in estimates]))
    errors = [one.error for one in estimates if one.error is not None]
    widths = [one.half_width for one in estimates if one.half_width is not None]
    effects = [one.effects for one in estimates if one.effects is not None]
    seeds = [one.seeds for one in estimates if one.seeds is not None]
    n = len(estimates)
    return StoredEstimate(
        value,
        float(np.mean(errors)) if len(errors) == n else None,
        float(np.mean(widths)) if len(widths) == n else None,
        mean_effects(effects) if len(effects) == n else None,
        np.mean(seeds, axis=0) if len(seeds) == n and len({len(one) for one in seeds}) == 1 else None,
        all(one.is_comparable for one in estimates),
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
