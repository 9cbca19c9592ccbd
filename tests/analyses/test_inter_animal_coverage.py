"""A reduced grid of the coverage of inter-animal intervals in docs/calibration.md."""

import dataclasses

import numpy as np
import pytest
from brainscore_mouse.analyses.calibration.__main__ import inter_animal_designs
from brainscore_mouse.analyses.calibration.inter_animal_coverage import inter_animal_coverage


def reduced(metric, n_mice):
    """Return the first design of a metric and a number of mice, with as few stimuli as the metric accepts."""
    name, (design, of_design) = next(
        item for item in inter_animal_designs().items() if item[0].startswith(f"{metric}, {n_mice} mice")
    )
    n_stimuli = 30 if metric == "rsa" else 48
    return {name: (dataclasses.replace(design, n_stimuli=n_stimuli, reliability=0.97), of_design)}


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "n_mice", "n"), [("rsa", 2, 30), ("rsa", 4, 20), ("ridge", 3, 20)])
def test_intervals_of_the_consistency_of_mice_cover(metric, n_mice, n):
    """Binomially, of 20 recordings of an interval that covers in 95 % four or more are not covered once in 60 times."""
    table = inter_animal_coverage(reduced(metric, n_mice), n, 1).set_index("sources")
    assert list(table.index) == ["one other mouse", "all others"] and (table["n"] >= 15).all()
    assert (table["coverage"] >= 0.75).all()
    assert (table["error_ratio"] > 0.6).all()


@pytest.mark.slow
def test_with_two_mice_the_interval_is_of_these_two():
    """The same mice with other stimuli: without noise between pairs of mice, whose consistencies differ by more."""
    table = inter_animal_coverage(reduced("ridge", 2), 10, 0).set_index("sources")
    one, all_others = table.loc["one other mouse"], table.loc["all others"]
    assert one["mean"] == pytest.approx(all_others["mean"]) and np.isnan(one["truth_coverage"])
    assert one["n"] == 10
