"""Recordings as labs have them: lost trials, other orders, repeats, number formats; constant layers, silent units."""

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse import Recipe, SubjectArrays, load_benchmark, package_arrays
from brainscore_mouse.core.errors import InvalidArraysError
from brainscore_mouse.data_packaging.packaged_dataset import write_dataset
from brainscore_mouse.data_packaging.recordings import Recordings
from PIL import Image
from small_models import FeatureModel

N_STIMULI, N_NEUROIDS, N_REPETITIONS = 48, 10, 8
RECIPE = Recipe("spikes/s", (0.0, 250.0), "none", "a test", "nobody 2025", "MIT")
METRICS = ("rsa", "ridge")


@pytest.fixture
def images(tmp_path):
    paths = [tmp_path / f"s{number:02d}.png" for number in range(N_STIMULI)]
    for number, path in enumerate(paths):
        pixels = np.random.default_rng(number).integers(256, size=(8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return paths


@pytest.fixture(scope="module")
def lab():
    """What two mice respond to the stimuli without noise, and trials, as whole numbers."""
    generator = np.random.default_rng(1)
    latents = generator.normal(size=(N_STIMULI, 4))
    signals = [100 + 20 * latents @ generator.normal(size=(4, N_NEUROIDS)) for _ in range(2)]
    trials = [np.rint(s + 6 * generator.normal(size=(N_REPETITIONS, *s.shape))) for s in signals]
    return np.hstack(signals), trials


def scores(features, trials, images, layers=None):
    """Package trials of each mouse; score the generator."""
    arrays = []
    for mouse, responses in enumerate(trials):
        neuroids = pd.DataFrame({"neuroid_id": [f"m{mouse}-{number}" for number in range(responses.shape[2])]})
        arrays.append(SubjectArrays("VISp", f"m{mouse}", responses, neuroids))
    package_arrays(arrays, images, "lab", RECIPE, replace=True)
    model = FeatureModel("generator", layers or {"x": features})
    return {metric: load_benchmark(f"lab-VISp-{metric}")(model) for metric in METRICS}


def assert_close(found, expected, tolerance):
    for metric in METRICS:
        assert float(expected[metric]) > 0.8, metric  # of the generator
        assert float(found[metric]) == pytest.approx(float(expected[metric]), abs=tolerance), metric


SAME_NUMBERS = {
    "float32": lambda r: r.astype(np.float32),
    "float16": lambda r: r.astype(np.float16),
    "big-endian": lambda r: r.astype(">f8"),
    "integers": lambda r: r.astype(np.int16),
    "big-endian integers": lambda r: r.astype(">i4"),
    "unsigned": lambda r: r.clip(0).astype(np.uint64) if r.min() >= 0 else r,
    "Fortran's order": np.asfortranarray,
    "a view with steps": lambda r: np.repeat(r, 2, axis=0)[::2],
    "backwards in memory": lambda r: r[::-1].copy()[::-1],
    "read-only": lambda r: np.frombuffer(r.tobytes()).reshape(r.shape),
}


@pytest.mark.parametrize("name", SAME_NUMBERS)
@pytest.mark.slow
def test_the_format_of_numbers_makes_no_other_score(name, lab, images):
    features, trials = lab
    given = [SAME_NUMBERS[name](responses) for responses in trials]
    assert_close(scores(features, given, images), scores(features, trials, images), 1e-6)


def lost(share, seed=0):
    def change(responses):
        generator = np.random.default_rng(seed)
        changed = responses.astype(float)
        # Two trials of each stimulus stay: with fewer there is no reliability.
        changed[2:][generator.random(changed[2:].shape) < share] = np.nan
        return changed

    return change


def lost_together(responses):
    changed = responses.astype(float)
    changed[3, ::2] = np.nan
    changed[4:6, 5:20] = np.nan
    return changed


def fewer_repetitions(responses):
    return responses[: N_REPETITIONS // 2] if responses.mean() < 1e9 else responses


LOST = {
    "a few trials": lost(0.05),
    "half of the trials": lost(0.5),
    "whole trials of all neuroids": lost_together,
    "half of the repetitions": fewer_repetitions,
    "a repetition of NaN only": lambda r: np.concatenate([r, np.full_like(r[:1], np.nan)]),
}


@pytest.mark.parametrize("name", LOST)
@pytest.mark.slow
def test_lost_trials_cost_little(name, lab, images):
    features, trials = lab
    assert_close(scores(features, [LOST[name](r) for r in trials], images), scores(features, trials, images), 0.06)


@pytest.mark.slow
def test_lost_trials_of_one_mouse_only(lab, images):
    features, (first, second) = lab
    assert_close(scores(features, [first, lost(0.4)(second)], images), scores(features, [first, second], images), 0.05)
    assert_close(scores(features, [first, second[:3]], images), scores(features, [first, second], images), 0.06)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.slow
def test_the_order_of_repetitions_and_stimuli_is_nothing_if_images_go_with_them(seed, lab, images):
    features, trials = lab
    generator = np.random.default_rng(seed)
    stimuli = generator.permutation(N_STIMULI)
    mixed = [responses[generator.permutation(N_REPETITIONS)][:, stimuli] for responses in trials]
    found = scores(features[stimuli], mixed, [images[row] for row in stimuli])
    # Which stimuli are held out follows from their places: other splits, other noise.
    assert_close(found, scores(features, trials, images), 0.06)
    wrong = scores(features, mixed, [images[row] for row in stimuli])
    assert all(float(wrong[metric]) < 0.4 for metric in METRICS)


def test_a_repeat_of_every_trial_is_no_reason_to_fail(lab, images):
    """It makes recordings look more reliable than they are, which the ceiling shows: scores fall, none is undefined."""
    features, trials = lab
    twice = scores(features, [np.concatenate([r, r]) for r in trials], images)
    once = scores(features, trials, images)
    for metric in METRICS:
        assert 0.5 < float(twice[metric]) <= float(once[metric]) + 0.02
        assert twice[metric].attrs["ceiling"] >= once[metric].attrs["ceiling"] - 0.01


LAYERS = {
    "zero": lambda features: np.zeros((N_STIMULI, 5)),
    "one value": lambda features: np.full((N_STIMULI, 5), 3.25),
    "the same pattern": lambda features: np.tile(np.arange(7.0), (N_STIMULI, 1)),
    "a huge pattern": lambda features: np.tile(np.arange(7.0) * 1e30, (N_STIMULI, 1)),
    "one unit of zero": lambda features: np.zeros((N_STIMULI, 1)),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.slow
def test_a_constant_layer_is_never_chosen_and_says_nothing_of_the_others(name, place, lab, images):
    features, trials = lab
    expected = scores(features, trials, images)
    layers = [("dead", LAYERS[name](features)), ("x", features)]
    found = scores(features, trials, images, dict(layers if place == 0 else layers[::-1]))
    for metric in METRICS:
        assert float(found[metric]) == pytest.approx(float(expected[metric]), abs=1e-9)
        assert found[metric].attrs["layer"] == "x"
        assert found[metric].attrs["layer_scores"]["dead"] is None or np.isnan(
            found[metric].attrs["layer_scores"]["dead"]
        )


@pytest.mark.parametrize("n_dead", [1, 4, 40])
@pytest.mark.slow
def test_silent_units_of_a_layer_change_nothing_for_regression(n_dead, lab, images):
    features, trials = lab
    found = scores(np.hstack([features, np.zeros((N_STIMULI, n_dead))]), trials, images)
    assert float(found["ridge"]) == pytest.approx(float(scores(features, trials, images)["ridge"]), abs=1e-9)


def with_neuroid(trials, responses_of):
    """Add a neuroid to each mouse."""
    shape = (N_REPETITIONS, N_STIMULI, 1)
    return [np.concatenate([responses, responses_of(np.zeros(shape))], axis=2) for responses in trials]


def fires_once(responses):
    responses[0, 7] = 1
    return responses


def fires_in_one_repetition(responses):
    responses[3] = np.arange(N_STIMULI)[:, None] % 5
    return responses


def fires_at_random(responses):
    return np.random.default_rng(5).poisson(0.05, size=responses.shape)


@pytest.mark.parametrize("responses_of", [fires_once, fires_in_one_repetition, fires_at_random])
@pytest.mark.slow
def test_neuroids_that_hardly_fire_are_counted_and_not_scored(responses_of, lab, images):
    features, trials = lab
    expected = scores(features, trials, images)
    found = scores(features, with_neuroid(trials, responses_of), images)
    ridge = found["ridge"]
    assert ridge.attrs["n_neuroids"] + ridge.attrs["n_neuroids_below_reliability"] == 2 * (N_NEUROIDS + 1)
    assert ridge.attrs["n_neuroids_below_reliability"] == 2
    assert float(ridge) == pytest.approx(float(expected["ridge"]), abs=1e-6)
    # Of a population, all neuroids are part.
    assert found["rsa"].attrs["n_neuroids"] == 2 * (N_NEUROIDS + 1)


def test_neuroids_that_never_fire_cannot_be_packaged_by_a_lab(lab, images):
    features, trials = lab
    with pytest.raises(InvalidArraysError, match=r"the same on all trials.*m0-10"):
        scores(features, with_neuroid(trials, lambda responses: responses), images)


@pytest.mark.parametrize("value", [0.0, 3.0])
@pytest.mark.slow
def test_neuroids_that_never_fire_are_counted_and_not_scored_where_they_were_fetched(value, lab, images):
    """Published recordings are stored as they are."""
    features, trials = lab
    expected = scores(features, trials, images)
    responses = np.concatenate(with_neuroid(trials, lambda responses: responses + value), axis=2).astype(np.float32)
    neuroids = pd.DataFrame({"neuroid_id": [f"n{number}" for number in range(responses.shape[2])]})
    neuroids["region"] = "VISp"
    neuroids["subject"] = np.repeat(["m0", "m1"], N_NEUROIDS + 1)
    stimuli = {path.stem: path for path in images}
    write_dataset("lab", [Recordings(responses, neuroids, tuple(stimuli))], stimuli, RECIPE, replace=True)
    ridge = load_benchmark("lab-VISp-ridge")(FeatureModel("generator", {"x": features}))
    assert (ridge.attrs["n_neuroids"], ridge.attrs["n_neuroids_below_reliability"]) == (2 * N_NEUROIDS, 2)
    assert float(ridge) == pytest.approx(float(expected["ridge"]), abs=1e-6)
