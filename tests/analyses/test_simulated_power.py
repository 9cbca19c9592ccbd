"""Power by simulation: equal models, models that differ, and refusals."""

import dataclasses
import json

import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.analyses.simulated_power import simulated_power
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import InvalidParameterError, UnreliableDataError
from brainscore_mouse.data_packaging.simulate_recordings import RecordingDesign
from typer.testing import CliRunner

DESIGN = RecordingDesign(n_mice=4, n_stimuli=40, n_neuroids=20, n_repetitions=8, reliability=0.95)


@pytest.mark.slow
def test_models_that_differ_much_are_told_apart_and_equal_ones_are_not():
    far = simulated_power(DESIGN, load_metric("ridge"), (0.9, 0.1), n_recordings=6)
    assert far.power == 1 and far.power_error == 0 and far.difference > 0.3 and far.n_refused == 0
    mirrored = simulated_power(DESIGN, load_metric("ridge"), (0.1, 0.9), n_recordings=6)
    assert mirrored.power == 1 and mirrored.difference < -0.3
    equal = simulated_power(DESIGN, load_metric("ridge"), (0.5, 0.5), n_recordings=6)
    assert equal.power < 0.5 and abs(equal.difference) < 0.1
    assert simulated_power(DESIGN, load_metric("ridge"), (0.5, 0.5), n_recordings=6) == equal  # seeded


def test_recordings_that_are_too_noisy_count_as_no_difference():
    noisy = dataclasses.replace(DESIGN, reliability=0.05)
    with pytest.raises(UnreliableDataError, match=r"\b3\b"):
        simulated_power(noisy, load_metric("rsa"), (0.9, 0.1), n_recordings=3)


@pytest.mark.parametrize(
    "options", [{"similarities": (0.5, 1.5)}, {"n_recordings": 1}, {"over": "typo"}, {"similarities": (-0.1, 0.5)}]
)
def test_what_makes_no_sense_is_refused(options):
    arguments = {"similarities": (0.9, 0.1), "n_recordings": 3} | options
    with pytest.raises(InvalidParameterError):
        simulated_power(DESIGN, load_metric("ridge"), **arguments)


def test_the_command_prints_power_and_refuses_impossible_designs():
    arguments = ["power", "--metric", "ridge", "--mice", "4", "--stimuli", "40", "--neuroids", "20"]
    arguments += ["--repetitions", "8", "--reliability", "0.95", "--first", "0.9", "--second", "0.1"]
    printed = CliRunner().invoke(app, [*arguments, "--recordings", "3", "--json"])
    assert printed.exit_code == 0
    found = json.loads(printed.stdout[printed.stdout.index("{") :])
    assert found["power"] == 1 and found["n_recordings"] == 3
    assert CliRunner().invoke(app, ["power", "--reliability", "2"]).exit_code != 0
