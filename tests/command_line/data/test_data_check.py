"""``data check`` on recordings in which its test sees nothing."""

import re

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse import Recipe, SubjectArrays, load_benchmark, package_arrays
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import UnreliableDataError
from PIL import Image
from synthetic_recordings import simulated_trials
from typer.testing import CliRunner


@pytest.fixture
def unrelated(tmp_path):
    """Package a dataset whose responses have nothing to do with the images, with more or less noise."""

    def package(noise, n_stimuli=40):
        generator = np.random.default_rng(0)
        stimuli = [tmp_path / f"s{number:02d}.png" for number in range(n_stimuli)]
        for path in stimuli:
            Image.fromarray(generator.integers(0, 256, (16, 16), dtype=np.uint8)).save(path)
        trials, _ = simulated_trials(generator, n_repetitions=6, n_stimuli=n_stimuli, n_neuroids=40, noise=noise)
        subjects = [
            SubjectArrays("VISp", mouse, part, pd.DataFrame({"neuroid_id": [f"{mouse}-{n}" for n in range(20)]}))
            for mouse, part in zip("ab", np.split(trials, 2, axis=2), strict=True)
        ]
        package_arrays(subjects, stimuli, "check-lab", Recipe("made up", (0, 250), "none", "none", "none", "none"))
        return CliRunner().invoke(app, ["data", "check", "check-lab"]).stdout

    return package


def test_without_a_sign_the_reliability_is_printed_and_commands_that_test_the_pairing(unrelated):
    shown = " ".join(unrelated(noise=0.5).split())
    assert "NO SIGN" in shown
    rsa, ridge = (load_benchmark(f"check-lab-VISp-{metric}").ceiling for metric in ("rsa", "ridge"))
    assert f"correlate by {rsa.attrs['half_correlation']:.2f}" in shown
    assert f"VISp by ridge: the ceiling is {ridge:.2f} ± {ridge.attrs['error']:.2f}" in shown
    commands = re.findall(r"brainscore-mouse (score pixels \S+)", shown)
    assert [command.rpartition(" ")[2] for command in commands] == [
        "check-lab-VISp-ridge", "check-lab-VISp-ridge@shuffled",
    ]  # fmt: skip
    for command in commands:
        scored = CliRunner().invoke(app, command.split())
        assert scored.exit_code == 0 and "only two mice" in scored.stdout


def test_fewer_images_than_ridge_needs_are_compared_by_rsa(unrelated):
    shown = unrelated(noise=0.5, n_stimuli=20)
    assert re.findall(r"brainscore-mouse score pixels (\S+)", shown) == [
        "check-lab-VISp-rsa", "check-lab-VISp-rsa@shuffled",
    ]  # fmt: skip


def test_no_score_is_suggested_where_none_can_be_made(unrelated):
    shown = unrelated(noise=9, n_stimuli=20)
    assert "NO SIGN" in shown and "brainscore-mouse score" not in shown
    with pytest.raises(UnreliableDataError) as refusal:
        load_benchmark("check-lab-VISp-rsa").ceiling  # noqa: B018
    assert "ridge" not in str(refusal.value)


def test_where_recordings_are_too_noisy_for_rsa_the_benchmark_that_needs_less_is_named(unrelated):
    shown = unrelated(noise=4)
    assert "too noisy for RSA" in shown and "check-lab-VISp-ridge" in shown
    with pytest.raises(UnreliableDataError, match=r"or check-lab-VISp-ridge\b"):
        load_benchmark("check-lab-VISp-rsa").ceiling  # noqa: B018
    with pytest.raises(UnreliableDataError, match=r"or check-lab-VISp-ridge@64px,"):
        load_benchmark("check-lab-VISp-rsa@64px").ceiling  # noqa: B018
