"""``python -m brainscore_mouse.analyses.calibration OUTPUT``: simulate, score and write the tables as markdown."""

import dataclasses
import sys
from pathlib import Path

import pandas as pd

from ...data_packaging.simulate_recordings import RecordingDesign
from ...metrics.layerwise import LayerwiseMetric
from ...metrics.regression.metric import Ridge
from ...metrics.rsa.metric import RSA
from .calibrate import bias_table, coverage_table
from .inter_animal_coverage import inter_animal_coverage

_LINEAR = RecordingDesign(n_mice=1, n_stimuli=60)
_LIFELIKE = dataclasses.replace(
    _LINEAR, sparseness=0.7, rate_noise=1.0, gain_sd=0.3, shared_noise=0.05, reliability_spread=1.0
)


def bias_designs() -> dict[str, RecordingDesign]:
    """Return designs over neuroids, reliability, repetitions and kinds of signal and noise."""
    designs = {}
    for kind, base in (("linear", _LINEAR), ("lifelike", _LIFELIKE)):
        for n_neuroids, n_repetitions, reliability in (
            (20, 10, 0.95),
            (60, 2, 0.95),
            (60, 3, 0.9),
            (60, 5, 0.8),
            (60, 10, 0.2),
            (60, 10, 0.5),
            (60, 10, 0.8),
            (60, 50, 0.9),
            (300, 5, 0.5),
            (300, 10, 0.9),
        ):
            designs[f"{kind}, {n_neuroids} neuroids, {n_repetitions} repetitions, reliability {reliability}"] = (
                dataclasses.replace(base, n_neuroids=n_neuroids, n_repetitions=n_repetitions, reliability=reliability)
            )
    return designs


def coverage_designs() -> dict[str, RecordingDesign]:
    """Return designs over mice, their differences, and stimuli."""
    base = dataclasses.replace(_LIFELIKE, n_repetitions=10, reliability=0.92, n_neuroids=40)
    return {
        f"{n_mice} mice, spread {spread}, {n_stimuli} stimuli": dataclasses.replace(
            base, n_mice=n_mice, mouse_spread=spread, n_stimuli=n_stimuli
        )
        for n_mice, spread, n_stimuli in ((2, 0.5, 60), (4, 0.5, 60), (6, 0.5, 60), (6, 1.5, 60))
    }


def inter_animal_designs() -> dict[str, tuple[RecordingDesign, LayerwiseMetric]]:
    """Return designs over mice, their differences, neuroids, repetitions and reliability, with a metric for each."""
    designs: dict[str, tuple[RecordingDesign, LayerwiseMetric]] = {}
    rsa, ridge = RSA(), Ridge()
    for metric, n_mice, n_neuroids, n_repetitions, reliability, spread in (
        (rsa, 2, 100, 10, 0.95, 0.5),
        (rsa, 3, 100, 10, 0.95, 0.5),
        (rsa, 4, 100, 10, 0.95, 0.5),
        (rsa, 6, 100, 10, 0.95, 0.5),
        (rsa, 4, 100, 10, 0.95, 1.5),
        (rsa, 4, 20, 10, 0.98, 0.5),
        (ridge, 2, 40, 10, 0.8, 0.5),
        (ridge, 3, 40, 10, 0.8, 0.5),
        (ridge, 4, 40, 10, 0.8, 0.5),
        (ridge, 6, 40, 10, 0.8, 0.5),
        (ridge, 4, 40, 10, 0.8, 1.5),
        (ridge, 4, 20, 10, 0.5, 0.5),
        (ridge, 4, 20, 50, 0.9, 0.5),
    ):
        of_mice = f"{metric.identifier}, {n_mice} mice, spread {spread}"
        of_each = f"{n_neuroids} neuroids, {n_repetitions} repetitions, reliability {reliability}"
        design = dataclasses.replace(
            _LIFELIKE,
            n_mice=n_mice,
            n_neuroids=n_neuroids,
            n_repetitions=n_repetitions,
            reliability=reliability,
            mouse_spread=spread,
        )
        designs[f"{of_mice}, {of_each}"] = design, metric
    return designs


def main(output: Path, n_bias: int = 12, n_coverage: int = 60, n_inter_animal: int = 200) -> None:
    """Write the tables."""
    tables = {
        "Bias": bias_table(bias_designs(), n_bias),
        "Coverage": coverage_table(coverage_designs(), n_coverage),
        "Coverage of the consistency of mice": inter_animal_coverage(inter_animal_designs(), n_inter_animal),
    }
    output.write_text("\n\n".join(f"### {title}\n\n{_markdown(table)}" for title, table in tables.items()) + "\n")


def _markdown(table: pd.DataFrame) -> str:
    def shown(value: object) -> str:
        return f"{value:z.3f}" if isinstance(value, float) else str(value)

    rows = [
        list(table.columns),
        ["---"] * len(table.columns),
        *(map(shown, row) for row in table.itertuples(index=False)),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
