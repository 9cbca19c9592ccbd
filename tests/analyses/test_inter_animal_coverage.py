"""A reduced grid of the coverage of inter-animal intervals in docs/calibration.md."""

import dataclasses

import numpy as np
import pytest
from brainscore_mouse.analyses.calibration.__main__ import inter_animal_designs
from brainscore_mouse.analyses.calibration.inter_animal_coverage import inter_animal_coverage


def reduced(metric, n_mice):
    """Return the first design of a metric and a number of mice, with fewer stimuli and neuroids."""
    name, (design, of_design) = next(
        item for item in inter_animal_designs().items() if item[0].startswith(f"{metric}, {n_mice} mice")
    )
    return {name: (dataclasses.replace(design, n_stimuli=30, n_neuroids=min(design.n_neuroids, 60)), of_design)}


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "n_mice"), [("rsa", 2), ("rsa", 4), ("ridge", 3)])
def test_intervals_of_the_consistency_of_mice_cover(metric, n_mice):
    """Binomially, 24 recordings of an interval that covers in 95 % have 19 or fewer that do once in 400 times."""
    table = inter_animal_coverage(reduced(metric, n_mice), 30, 2).set_index("sources")
    assert list(table.index) == ["one other mouse", "all others"] and (table["n"] >= 20).all()
    assert (table["coverage"] >= 0.8).all()
    assert (table["error_ratio"] > 0.6).all()


@pytest.mark.slow
def test_with_two_mice_the_interval_is_of_these_two():
    """The same mice with other stimuli: without noise between pairs of mice, whose consistencies differ by more."""
    table = inter_animal_coverage(reduced("ridge", 2), 20, 0).set_index("sources")
    one, all_others = table.loc["one other mouse"], table.loc["all others"]
    assert one["mean"] == pytest.approx(all_others["mean"]) and np.isnan(one["truth_coverage"])
    assert one["n"] == 20
