"""Report what was measured: a line for people and, where `all_comparisons.py` asks for it, a row of its table."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np

ROWS_VARIABLE = "PERFORMANCE_ROWS"
"""Environment variable: path of a file to which each row is added, as one line of JSON."""


@dataclass(frozen=True)
class Side:
    """One of the two things that are compared.

    Attributes
    ----------
    name : str
        What it is.
    seconds : sequence of float
        One value for each run, in the order of the runs.
    peak_mb : float, optional
        The most memory that it held.
    """

    name: str
    seconds: Sequence[float]
    peak_mb: float | None = None


def report(
    what: str,
    ours: Side,
    peer: Side | None = None,
    clock: Literal["processor", "wall"] = "processor",
    times_limit: float | None = None,
    print_line: bool = True,
) -> None:
    """Report one comparison.

    Parameters
    ----------
    what : str
        The work that was done.
    ours, peer : Side
        Both sides, of which run `i` took turns; no peer where growth or a budget is measured.
    clock : {'processor', 'wall'}
        Which seconds were measured.
    times_limit : float, optional
        Our time in units of its own matrix products.
    print_line : bool
        Whether to print it; scripts with tables of their own need not.
    """
    row = {
        "what": what,
        "ours": asdict(ours) | {"seconds": [float(value) for value in ours.seconds]},
        "peer": None if peer is None else asdict(peer) | {"seconds": [float(value) for value in peer.seconds]},
        "clock": clock,
        "times_limit": None if times_limit is None else float(times_limit),
        "load": round(os.getloadavg()[0], 1),
    }
    if (path := os.environ.get(ROWS_VARIABLE)) is not None:
        with Path(path).open("a") as file:
            file.write(json.dumps(row) + "\n")
    if not print_line:
        return
    told = [f"{side.name} {float(np.median(side.seconds)):.4g} s" for side in (ours, peer) if side is not None]
    if peer is not None:
        told.append(f"ratio {np.median(ratios_of(ours.seconds, peer.seconds)):.3g}")
    print(f"{what} ({len(ours.seconds)} runs, {clock} time, load {row['load']}): {', '.join(told)}", flush=True)


def ratios_of(ours: Sequence[float], peer: Sequence[float]) -> np.ndarray:
    """Return how many times as long the peer took, run by run: what else the machine did is then much the same."""
    return np.asarray(peer) / np.asarray(ours)
