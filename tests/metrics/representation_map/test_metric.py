"""Representation maps and their RMSE: against explicit loops, with known truth, and where the measure fails."""

import numpy as np
import pytest
from brainscore_mouse import load_metric, score_model
from brainscore_mouse.core.errors import InvalidParameterError, UnreliableDataError
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.metrics.representation_map.maps import (
    MapForm,
    flattened_scenes,
    normalized_maps,
    representation_maps,
)
from brainscore_mouse.metrics.representation_map.rmse import best_matches, pairwise_rmse
from PIL import Image

N_STIMULI, SIDE = 60, 11


@pytest.fixture
def scenes(tmp_path):
    """Smooth images with a bright middle in common, as PNG files."""
    generator = np.random.default_rng(0)
    vignette = np.exp(-(np.linspace(-1, 1, 44)[:, None] ** 2 + np.linspace(-1, 1, 44) ** 2))
    paths = []
    for number in range(N_STIMULI):
        coarse = Image.fromarray(generator.uniform(0, 255, (4, 4)).astype(np.uint8)).resize((44, 44))
        paths.append(tmp_path / f"{number:03d}.png")
        Image.fromarray((0.6 * np.asarray(coarse) + 100 * vignette).astype(np.uint8)).save(paths[-1])
    return paths


def population(paths, noise=1.0, n_neuroids=40, n_repetitions=30, seed=1):
    """Neuroids with receptive fields in the scenes: (trials, noise-free responses, subjects)."""
    generator = np.random.default_rng(seed)
    images = flattened_scenes(paths)
    fields = generator.normal(size=(images.shape[1], n_neuroids))
    drive = (images - images.mean(axis=0)) @ fields
    signal = 2 + drive / drive.std(axis=0)
    trials = signal + noise * generator.normal(size=(n_repetitions, *signal.shape))
    return trials, signal, np.repeat(["a", "b", "c", "d"], n_neuroids // 4)


def target_of(trials, subjects, paths, **options):
    folds = selection_folds(len(paths), subjects, seed=0)
    return load_metric("map-rmse", **options).prepare_with_stimuli(trials, subjects, folds, paths)


def score_of(target, channels):
    return target.evaluate([channels]).ceiled.mean()


def test_maps_are_sums_of_scenes_weighted_by_responses():
    generator = np.random.default_rng(0)
    responses, images = generator.normal(size=(5, 3)), generator.uniform(size=(5, 4))
    expected = np.zeros((3, 4))
    for neuroid in range(3):
        for pixel in range(4):
            for stimulus in range(5):
                expected[neuroid, pixel] += responses[stimulus, neuroid] * images[stimulus, pixel]
    np.testing.assert_allclose(representation_maps(responses, images), expected, rtol=1e-12)


def test_weights_are_repeated_stimuli():
    generator = np.random.default_rng(0)
    responses, images = generator.normal(size=(5, 3)), generator.uniform(size=(5, 4))
    weights = np.array([2.0, 0, 1, 1, 3])
    repeated = np.repeat(np.arange(5), weights.astype(int))
    for form in (MapForm(), MapForm("z-score")):
        np.testing.assert_allclose(
            form.maps(responses, images, weights), form.maps(responses[repeated], images[repeated]), rtol=1e-10
        )


def test_scenes_are_gray_flattened_and_of_the_wanted_size(scenes):
    images = flattened_scenes(scenes[:2], 7)
    assert images.shape == (2, 49)
    expected = np.asarray(Image.open(scenes[0]).resize((7, 7), Image.Resampling.BILINEAR)) / 255
    np.testing.assert_allclose(images[0].reshape(7, 7), expected, atol=1e-7)


def test_normalizations():
    maps = np.array([[1.0, 3, 5], [2, 2, 2], [0, 0, 0]])
    np.testing.assert_allclose(normalized_maps(maps)[0], [0, 0.5, 1])
    assert np.isnan(normalized_maps(maps)[1:]).all()
    np.testing.assert_allclose(normalized_maps(maps, "z-score")[0], [-(1.5**0.5), 0, 1.5**0.5])
    assert np.isnan(normalized_maps(maps, "none")).all(axis=1).tolist() == [False, False, True]
    with pytest.raises(InvalidParameterError, match="l2"):
        normalized_maps(maps, "l2")


def test_rmse_of_all_pairs_and_best_matches_by_loops():
    generator = np.random.default_rng(0)
    a, b = generator.uniform(size=(4, 9)), generator.uniform(size=(5, 9))
    b[0] = np.nan
    expected = [[np.sqrt(((one - other) ** 2).mean()) for other in b] for one in a]
    np.testing.assert_allclose(pairwise_rmse(a, b), expected, rtol=1e-9)
    assert best_matches(a, b).tolist() == np.nanargmin(expected, axis=1).tolist()


def test_a_noise_free_copy_reaches_the_ceiling_and_the_mean_image_the_floor(scenes):
    trials, signal, subjects = population(scenes)
    target = target_of(trials, subjects, scenes)
    assert 0.3 < target.ceiling < 0.95
    # Counterparts are among all mice's neuroids, the true ones among them.
    assert score_of(target, signal) == pytest.approx(1, abs=0.06)
    assert score_of(target, np.full((N_STIMULI, 1), 3.0)) == pytest.approx(0, abs=1e-9)


def test_units_without_relation_to_the_scenes_are_below_the_mean_image(scenes):
    trials, signal, subjects = population(scenes)
    target = target_of(trials, subjects, scenes)
    shuffled = np.random.default_rng(2).permuted(signal, axis=0)
    assert score_of(target, shuffled) < 0


def test_the_weakness_of_unmatched_rmse_the_mean_image_beats_the_neuroids_themselves(scenes):
    """A model of one map that is near to all is closer, pair by pair, than the noise-free population itself."""
    trials, signal, subjects = population(scenes)
    target = target_of(trials, subjects, scenes)
    truth, mean_image = (
        target.evaluate([channels]).measures["rmse_all_pairs"].mean() for channels in (signal, np.ones((N_STIMULI, 1)))
    )
    assert mean_image < 0.9 * truth


def test_recordings_of_noise_are_refused(scenes):
    generator = np.random.default_rng(0)
    trials = 5 + generator.normal(size=(10, N_STIMULI, 20))
    with pytest.raises(UnreliableDataError):
        target_of(trials, np.repeat(["a", "b"], 10), scenes)


def test_silent_neuroids_and_channels_are_left_out_and_counted(scenes):
    trials, signal, subjects = population(scenes)
    whole = target_of(trials, subjects, scenes)
    trials[:, :, 0] = 0
    target = target_of(trials, subjects, scenes)
    assert (whole.details["n_neuroids_without_map"], target.details["n_neuroids_without_map"]) == (0, 1)
    with_silent = np.concatenate([np.zeros((N_STIMULI, 3)), signal], axis=1)
    assert score_of(target, with_silent) == pytest.approx(score_of(target, signal), abs=1e-9)
    assert np.isnan(score_of(target, np.zeros((N_STIMULI, 3))))


@pytest.mark.parametrize("options", [{"side": 1}, {"normalization": "l2"}])
def test_options_that_make_no_sense(options):
    with pytest.raises(InvalidParameterError):
        load_metric("map-rmse", **options)


@pytest.mark.slow
def test_benchmark(simulated_home):
    score = score_model("pixels", "simulated-mouse-VISp-map-rmse")
    attrs = score.attrs
    assert attrs["raw"] == pytest.approx(1 - attrs["rmse"] / attrs["rmse_mean_image"], rel=0.05)
    assert float(score) == pytest.approx(attrs["raw"] / attrs["ceiling"])
    assert float(score) < -1  # maps of pixels are further from the neuroids' than the mean image is
    assert attrs["error"] > 0


def test_left_out_stimuli_equal_scoring_without_them(scenes):
    trials, signal, subjects = population(scenes)
    folds = selection_folds(N_STIMULI, subjects, seed=0)[:1]
    target = load_metric("map-rmse").prepare_with_stimuli(trials, subjects, folds, scenes)
    channels = signal + np.random.default_rng(3).normal(size=signal.shape)
    found = target.left_out([ChosenLayers([channels], [0])])
    assert found.values[0, 0, 0] == pytest.approx(score_of(target, channels), abs=1e-12)
    images, part, means = flattened_scenes(scenes), folds[0].scoring, trials.mean(axis=0)
    others = np.setdiff1d(part.fit_stimuli, part.stimuli)
    counterparts = best_matches(
        MapForm().maps(means[np.ix_(others, part.neuroids)], images[others]),
        MapForm().maps(channels[others], images[others]),
    )
    for left_out in (part.stimuli[0], part.stimuli[3], others[0]):
        stimuli = np.setdiff1d(part.stimuli, [left_out])
        mean_image = normalized_maps(images[stimuli].mean(axis=0))
        errors, floors = [], []
        for position, neuroid in enumerate(part.neuroids):
            neural = MapForm().maps(means[stimuli][:, [neuroid]], images[stimuli])[0]
            matched = MapForm().maps(channels[stimuli][:, [counterparts[position]]], images[stimuli])[0]
            errors.append(np.sqrt(np.mean((neural - matched) ** 2)))
            floors.append(np.sqrt(np.mean((neural - mean_image) ** 2)))
        raw = 1 - np.mean(errors) / np.mean(floors)
        assert found.values[0, 0, 1 + left_out] == pytest.approx(raw / target.ceiling, abs=1e-6)


def test_random_maps_are_further_than_the_spread_of_the_neuroids_maps(scenes):
    """Of two independent maps of the same mean and variance the mean squared difference is twice the variance."""
    trials, _, subjects = population(scenes)
    target = target_of(trials, subjects, scenes)
    folds, means, images = selection_folds(N_STIMULI, subjects, seed=0), trials.mean(axis=0), flattened_scenes(scenes)
    deviations = [
        MapForm().maps(means[np.ix_(fold.scoring.stimuli, fold.scoring.neuroids)], images[fold.scoring.stimuli]).std(1)
        for fold in folds
    ]
    assert target.details["rmse_random_maps"] == pytest.approx(2**0.5 * np.mean(np.concatenate(deviations)), rel=0.01)
