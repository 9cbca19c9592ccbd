"""A reduced grid of docs/calibration.md."""

import dataclasses

import pytest
from brainscore_mouse.analyses.calibration.__main__ import bias_designs, coverage_designs
from brainscore_mouse.analyses.calibration.calibrate import bias_table, coverage_table


@pytest.mark.slow
def test_scores_are_unbiased_where_recordings_are_accepted():
    designs = {name: design for name, design in bias_designs().items() if "10 repetitions" in name and "60" in name}
    table = bias_table(designs, 6)
    accepted = table[(table["accepted"] > 0.5) & (table["estimator"].isin(["rsa generator", "perfect readout"]))]
    assert len(accepted) >= 4
    assert (accepted["bias"].abs() < 0.025 + 2 * accepted["bias_error"]).all()
    nothing = table[table["estimator"] == "rsa null"].dropna()
    assert (nothing["bias"].abs() < 0.025 + 2 * nothing["bias_error"]).all()
    low = table[table["design"].str.contains("reliability 0.2")]
    assert (low[low["estimator"].isin(["rsa generator", "perfect readout"])]["accepted"] == 0).all()


@pytest.mark.slow
def test_intervals_over_stimuli_and_mice_cover():
    name, design = list(coverage_designs().items())[2]
    table = coverage_table({name: dataclasses.replace(design, reliability=0.95)}, 20).set_index(["metric", "quantity"])
    assert (table["coverage"] >= 0.8).all()
    assert (table.loc[(slice(None), "difference"), "positive"] <= 0.15).all()
