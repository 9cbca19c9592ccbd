"""Run checks one after the other, and report all violations together."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from ..core.errors import ConformanceError

Check = Callable[[], Iterable[str]]
"""Yields what is wrong, with the values; nothing if all is well."""


def run_checks(subject: str, checks: Mapping[str, Check]) -> None:
    """Run checks, also after one of them failed.

    Parameters
    ----------
    subject : str
        What is checked, for the error's message.
    checks : mapping of str to callable
        By name. An exception that one of them raises is a violation, too.

    Raises
    ------
    ConformanceError
        If there is any violation.
    """
    violations: dict[str, list[str]] = {}
    for name, check in checks.items():
        found: list[str] = []
        try:
            found.extend(check())
        except Exception as error:  # whatever a plugin's code raises
            found.append(f"{type(error).__name__}: {error}")
        if found:
            violations[name] = found
    if violations:
        raise ConformanceError(subject, violations)


def differences(what: str, found: Any, expected: Any, tolerance: float) -> Iterable[str]:
    """Yield one sentence if arrays differ by more than a tolerance.

    Parameters
    ----------
    what : str
        What was compared, as the subject of the sentence.
    found, expected : array
        NaN equals NaN.
    tolerance : float
        Absolute.
    """
    found, expected = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if found.shape != expected.shape:
        yield f"{what} have the shape {found.shape}, not {expected.shape}"
    elif not np.array_equal(np.isnan(found), np.isnan(expected)):
        yield f"{what} are undefined (NaN) in {np.isnan(found).sum()} places, not in {np.isnan(expected).sum()}"
    else:
        distance = np.abs(found - expected)
        if np.nanmax(distance, initial=0.0) > tolerance:
            place = np.unravel_index(np.nanargmax(distance), distance.shape)
            yield f"{what} differ by up to {distance[place]:.3g}: {found[place]:.6g}, not {expected[place]:.6g}"


def violations_of_null(scores: Any) -> Iterable[str]:
    """Yield one sentence if the mean score of unrelated features is not 0 within its error.

    Parameters
    ----------
    scores : array of shape (n_nulls,)
        Of features that are independent of each other and of the stimuli.
    """
    scores = np.asarray(scores, dtype=np.float64)
    mean, error = scores.mean(), scores.std(ddof=1) / np.sqrt(len(scores))
    if not abs(mean) <= 4 * error + NULL_TOLERANCE:
        yield f"features that have nothing to do with the stimuli score {mean:z.3f} ± {error:z.3f}, not 0"


def violations_of_generator(score: float) -> Iterable[str]:
    """Yield one sentence if the score of the noise-free recordings is not 1 within a tolerance."""
    if not abs(score - 1) <= GENERATOR_TOLERANCE:
        yield f"the recorded neuroids' own responses without noise score {score:z.3f}, not 1 ± {GENERATOR_TOLERANCE}"


def violations_of_ceiling(ceiling: float, error: float) -> Iterable[str]:
    """Yield one sentence if a ceiling is not above 0 and at most 1, within its error."""
    if not 0 < ceiling <= 1 + error:
        yield f"the ceiling is {ceiling:z.3f} ± {error:z.3f}; it must be above 0 and at most 1 within its error"


NULL_TOLERANCE = 0.02
# A readout is fitted to noisy responses to few stimuli, so a little of the generator's score is lost.
GENERATOR_TOLERANCE = 0.1
