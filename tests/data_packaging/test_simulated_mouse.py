"""The embedded simulated dataset: its truth, and that the stored trials are that truth plus the stated noise."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
from brainscore_mouse.core.errors import InvalidParameterError, UnknownIdentifierError
from brainscore_mouse.core.visual_areas import VISUAL_AREAS
from brainscore_mouse.data_packaging.datasets import load_dataset, load_stimulus_set, read_manifest
from brainscore_mouse.data_packaging.recordings import trials_from_assembly
from brainscore_mouse.data_packaging.simulated_mouse import (
    N_REPETITIONS,
    N_STIMULI,
    make_stimuli,
    noise_free_responses,
    normalized_energies,
)
from PIL import Image


@pytest.fixture(scope="module")
def mouse(truth):
    return truth


def rdm(responses):
    return (1 - np.corrcoef(responses))[np.triu_indices(len(responses), 1)]


def test_stimuli_are_distinct_photographs(mouse):
    assert mouse.stimuli.shape == (N_STIMULI, 156, 200)
    assert mouse.stimuli.dtype == np.uint8
    assert len({stimulus.tobytes() for stimulus in mouse.stimuli}) == N_STIMULI
    correlations = np.corrcoef(mouse.stimuli.reshape(N_STIMULI, -1))
    assert correlations[np.triu_indices(N_STIMULI, 1)].max() < 0.95  # no crop is nearly another
    assert mouse.stimuli.std(axis=(1, 2)).min() > 5  # none is nearly uniform


@pytest.mark.parametrize("region", VISUAL_AREAS)
def test_trials_are_the_truth_plus_noise_of_the_stated_strength(mouse, region):
    residuals = mouse.recordings[region].responses - mouse.noise_free[region]
    n_trials = N_REPETITIONS * N_STIMULI
    standardized = residuals / mouse.noise_sd[region]
    # Mean and standard deviation of n normal numbers have standard errors 1/sqrt(n) and 1/sqrt(2n).
    assert np.abs(standardized.mean(axis=(0, 1))).max() < 4.5 / np.sqrt(n_trials)
    assert np.abs(standardized.std(axis=(0, 1)) - 1).max() < 4.5 / np.sqrt(2 * n_trials)


@pytest.mark.parametrize("region", VISUAL_AREAS)
def test_reliability_found_in_the_trials_is_the_true_one(mouse, region):
    """The intraclass correlation, from the analysis of variance, against the formula of the docstring."""
    trials = mouse.recordings[region].responses.astype(np.float64)
    between = N_REPETITIONS * trials.mean(axis=0).var(axis=0, ddof=1)
    within = trials.var(axis=0, ddof=1).mean(axis=0)
    found = 1 - within / between
    signal = mouse.noise_free[region].var(axis=0)
    true = signal / (signal + mouse.noise_sd[region] ** 2 / N_REPETITIONS)
    assert np.abs(np.median(found - true)) < 0.02
    assert np.corrcoef(found, true)[0, 1] > 0.9
    assert ((true > 0.5) & (true < 0.97)).mean() > 0.8
    assert (true < 0.2).any()


def test_noise_is_independent_between_neuroids_and_trials(mouse):
    residuals = mouse.recordings["VISp"].responses - mouse.noise_free["VISp"]
    between_neuroids = np.corrcoef(residuals.reshape(-1, residuals.shape[2]), rowvar=False)
    n_trials = N_REPETITIONS * N_STIMULI
    assert np.abs(between_neuroids[np.triu_indices_from(between_neuroids, 1)]).max() < 5.5 / np.sqrt(n_trials)
    between_trials = np.corrcoef(residuals.reshape(N_REPETITIONS, -1))
    assert np.abs(between_trials[np.triu_indices(N_REPETITIONS, 1)]).max() < 0.04


def test_areas_represent_the_stimuli_differently(mouse):
    between_areas = np.corrcoef([rdm(mouse.noise_free[region]) for region in VISUAL_AREAS])
    assert between_areas[np.triu_indices(len(VISUAL_AREAS), 1)].max() < 0.85


@pytest.mark.parametrize("region", VISUAL_AREAS)
def test_an_area_is_of_few_dimensions(mouse, region):
    centred = mouse.noise_free[region] - mouse.noise_free[region].mean(axis=0)
    singular_values = np.linalg.svd(centred, compute_uv=False)
    assert (singular_values > 1e-8 * singular_values[0]).sum() <= 12
    assert mouse.noise_free[region].min() > 0  # rates without noise


def test_truth_can_be_had_for_any_images(mouse):
    images = make_stimuli()[[5, 60]] / 255
    np.testing.assert_allclose(noise_free_responses(images, "VISl"), mouse.noise_free["VISl"][[5, 60]], rtol=1e-12)
    others = np.random.default_rng(0).random((3, 156, 200))
    assert noise_free_responses(others, "VISl").shape == (3, mouse.noise_free["VISl"].shape[1])


def test_images_of_another_size_and_unknown_regions_are_refused():
    with pytest.raises(InvalidParameterError, match=r"\(2, 224, 224\)"):
        noise_free_responses(np.zeros((2, 224, 224)), "VISp")
    with pytest.raises(UnknownIdentifierError, match=r"V1.*VISam"):
        noise_free_responses(np.zeros((2, 156, 200)), "V1")


def test_a_grating_drives_the_filters_of_its_frequency_and_orientation():
    """Energies peak at the filter of the grating's frequency and orientation, and do not depend on its phase."""
    x, y = np.meshgrid(np.arange(200), np.arange(156))
    for index, frequency in enumerate([0.03, 0.06, 0.12]):
        # The filters see the image at half its resolution: half as many cycles per pixel of the image itself.
        for orientation, along in [(0, x), (2, y)]:
            phases = np.array([0, 0.9, 2.1])[:, None, None]
            gratings = 0.5 + 0.4 * np.cos(2 * np.pi * frequency / 2 * along + phases)
            energies = normalized_energies(gratings).mean(axis=(3, 4))
            for of_filters in energies:
                assert np.unravel_index(of_filters.argmax(), of_filters.shape) == (index, orientation)
            np.testing.assert_allclose(energies[:, index, orientation], energies[0, index, orientation], rtol=0.03)


def test_normalization_makes_responses_nearly_independent_of_contrast():
    image = make_stimuli()[2] / 255
    high, low = normalized_energies(np.stack([image, 0.5 + 0.5 * (image - 0.5)]))
    assert 0.25 < low.sum() / high.sum() < 1  # unnormalized energy would fall to 0.25
    np.testing.assert_array_equal(normalized_energies(np.full((1, 156, 200), 0.5)), 0)


@pytest.mark.slow
def test_the_dataset_is_made_on_first_use_and_is_the_simulation(mouse, home):
    assembly = load_dataset("simulated-mouse", "VISam")
    np.testing.assert_array_equal(trials_from_assembly(assembly), mouse.recordings["VISam"].responses)
    assert len(set(assembly["subject"].values)) == 6
    assert all("simulated" in name for name in assembly["subject"].values)
    assert all("simulated" in name for name in assembly["neuroid_id"].values)
    assert "simulated" in assembly.attrs["stimulus_set_identifier"]
    manifest = read_manifest("simulated-mouse")
    assert manifest["simulated"] is True
    assert "simulated" in manifest["recipe"]["response"]
    stimulus_set = load_stimulus_set("simulated-mouse")
    for stimulus_id, pixels in zip(stimulus_set["stimulus_id"], mouse.stimuli, strict=True):
        assert "simulated" in stimulus_id
        np.testing.assert_array_equal(np.asarray(Image.open(stimulus_set.get_stimulus(stimulus_id))), pixels)


@pytest.mark.slow
def test_a_dataset_of_another_version_of_the_simulation_is_made_again(home):
    read_manifest("simulated-mouse")  # makes it
    path = home / "datasets" / "simulated-mouse" / "manifest.json"
    manifest = json.loads(path.read_text())
    made_by_now = manifest["recipe"]["source"]
    manifest["recipe"]["source"] = "an older simulation"
    path.write_text(json.dumps(manifest))
    assert read_manifest("simulated-mouse")["recipe"]["source"] == made_by_now


@pytest.mark.slow
def test_another_process_simulates_the_same(mouse):
    program = (
        "import hashlib; from brainscore_mouse.data_packaging.simulated_mouse import simulate; mouse = simulate();"
        "print(hashlib.sha256(mouse.stimuli.tobytes() + mouse.recordings['VISp'].responses.tobytes()).hexdigest())"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    here = hashlib.sha256(mouse.stimuli.tobytes() + mouse.recordings["VISp"].responses.tobytes())
    assert found.stdout.strip() == here.hexdigest()
