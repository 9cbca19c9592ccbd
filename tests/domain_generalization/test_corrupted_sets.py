"""Corrupted stimulus sets, the statistics of predictions for them, and error rates relative to a baseline."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from brainscore_mouse.domain_generalization.corruptions.corrupt import KINDS, SEVERITIES, corrupt
from brainscore_mouse.domain_generalization.corruptions.corrupted_sets import (
    CORRUPTIONS,
    UNCORRUPTED,
    Corruption,
    corrupted_sets,
)
from brainscore_mouse.domain_generalization.corruptions.corruption_tally import CorruptionTally
from brainscore_mouse.domain_generalization.corruptions.error_rates import ErrorRates
from brainscore_mouse.domain_generalization.domains.stimuli import part_of, stimuli_of_arrays
from PIL import Image

SIZE = 32
FIRST, SECOND = Corruption("fog", 1), Corruption("snow", 2)


@pytest.fixture
def stimuli():
    images = np.random.default_rng(0).integers(0, 256, size=(4, SIZE, SIZE, 3), dtype=np.uint8)
    return stimuli_of_arrays("noise", images, list("abab"))


def pixels_of(stimuli):
    paths = [stimuli.get_stimulus(key) for key in stimuli["stimulus_id"]]
    return np.stack([np.asarray(Image.open(path)) for path in paths])


def made(stimuli, seed=0, image_size=SIZE):
    return {corruption: pixels_of(corrupted) for corruption, corrupted in corrupted_sets(stimuli, image_size, seed)}


def test_there_are_fifteen_kinds_in_five_severities_and_the_images_themselves(stimuli):
    images = made(stimuli)
    assert tuple(images) == CORRUPTIONS and len(CORRUPTIONS) == 76
    np.testing.assert_array_equal(images[Corruption(UNCORRUPTED, 0)], pixels_of(stimuli))
    itself = images.pop(CORRUPTIONS[0])
    assert not any(np.array_equal(corrupted, itself) for corrupted in images.values())


@pytest.mark.slow
def test_an_image_is_corrupted_alike_in_any_set(stimuli):
    """In another set and order, by the same seed; and differently with another."""
    whole, part = made(stimuli), made(part_of(stimuli, np.array([2, 1])))
    for corruption in CORRUPTIONS:
        np.testing.assert_allclose(part[corruption].astype(int), whole[corruption][[2, 1]], atol=1)
    other = made(stimuli, seed=1)
    assert not np.array_equal(other[Corruption("gaussian_noise", 1)], whole[Corruption("gaussian_noise", 1)])
    np.testing.assert_array_equal(other[Corruption("contrast", 3)], whole[Corruption("contrast", 3)])


def test_images_and_severities_draw_different_noise():
    """By the same seed of the benchmark."""
    flat = np.stack([np.full((SIZE, SIZE, 3), value, np.uint8) for value in (127, 128)])
    images = made(stimuli_of_arrays("gray", flat, list("ab")))
    signs = [np.sign(images[Corruption("gaussian_noise", severity)].astype(float) - 127.5) for severity in (1, 2)]
    draws = [signs[0][0], signs[0][1], signs[1][0]]
    correlations = np.corrcoef([draw.ravel() for draw in draws])[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(3 * SIZE**2)


def test_a_set_keeps_labels_and_order_and_its_files_only_while_it_is_used(stimuli):
    paths = []
    for corruption, corrupted in corrupted_sets(stimuli, SIZE, 0):
        assert not any(path.exists() for path in paths)
        paths = [Path(corrupted.get_stimulus(key)) for key in corrupted["stimulus_id"]]
        assert all(path.is_file() for path in paths)
        assert corrupted["image_label"].tolist() == stimuli["image_label"].tolist()
        assert not set(corrupted["stimulus_id"]) & set(stimuli["stimulus_id"])
        assert corruption.kind in corrupted.identifier
    assert not any(path.exists() for path in paths)


def test_images_are_squashed_before_they_are_corrupted():
    wide = np.random.default_rng(0).integers(0, 256, size=(1, 40, 80, 3), dtype=np.uint8)
    stimuli = stimuli_of_arrays("wide", wide, ["a"])
    images = made(stimuli, image_size=48)
    squashed = np.asarray(Image.fromarray(wide[0]).resize((48, 48), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(images[CORRUPTIONS[0]][0], squashed)
    values = torch.from_numpy(squashed).permute(2, 0, 1)[None].float() / 255
    expected = corrupt(values, "contrast", 2, [0])[0].permute(1, 2, 0).numpy() * 255
    np.testing.assert_array_equal(images[Corruption("contrast", 2)][0], np.rint(expected))


def test_a_stimulus_counts_once_in_the_error_over_stimuli():
    """However many corruptions it was shown in: against sums by hand."""
    generator = np.random.default_rng(0)
    hits = generator.random((2, 3, 10)) < 0.6  # corruption, split, stimulus
    ids = [[f"{split}-{number}" if number else "in all" for number in range(10)] for split in range(3)]
    tally = CorruptionTally()
    for split in range(3):
        tally.add(ids[split], {FIRST: hits[0, split], SECOND: hits[1, split]})
    sums = 0.25 * hits[0] - 0.5 * hits[1]
    weights = {FIRST: 0.25, SECOND: -0.5}
    assert tally.n_stimuli == 28
    assert tally.mean(weights) == pytest.approx(sums.mean())
    of_split = sums.mean(axis=1)
    assert tally.error_over_seeds(weights) == pytest.approx(of_split.std(ddof=1) / np.sqrt(3))
    of_stimulus = np.array([sums[:, 0].mean(), *sums[:, 1:].ravel()])
    assert tally.error_over_stimuli(weights) == pytest.approx(of_stimulus.std(ddof=1) / np.sqrt(28))
    assert tally.error(weights) == max(tally.error_over_seeds(weights), tally.error_over_stimuli(weights))
    one = CorruptionTally()
    one.add(ids[0], {FIRST: hits[0, 0]})
    assert math.isnan(one.error_over_seeds({FIRST: 1})) and one.error({FIRST: 1}) == one.error_over_stimuli({FIRST: 1})


def test_the_stated_error_is_that_of_repetitions():
    """Splits that test other stimuli, of a readout whose accuracy differs between splits."""
    generator = np.random.default_rng(0)
    means, errors = [], []
    for _ in range(400):
        tally = CorruptionTally()
        for split in range(5):
            accuracy = np.clip(generator.normal(0.7, 0.1), 0, 1)
            tally.add([f"{split} {number}" for number in range(40)], {FIRST: generator.random(40) < accuracy})
        means.append(tally.mean({FIRST: 1}))
        errors.append(tally.error({FIRST: 1}))
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(means), rel=0.12)


def test_corruption_errors_are_those_of_imagenet_c():
    """Hendrycks and Dietterich's formulas, by hand."""
    model = ErrorRates(0.1, {"fog": [0.1, 0.2, 0.3, 0.4, 0.5], "snow": [0.1] * 5}, [])
    baseline = ErrorRates(0.2, {"fog": [0.3, 0.4, 0.5, 0.6, 0.7], "snow": [0.2] * 5}, ["fog"])
    assert model.relative_to(baseline) == {"fog": pytest.approx(1.5 / 2.5), "snow": pytest.approx(0.5)}
    assert model.increase_relative_to(baseline) == {"fog": pytest.approx((1.5 - 0.5) / (2.5 - 1.0))}
    assert baseline.relative_to(baseline) == {"fog": 1, "snow": 1}
    assert math.isnan(model.relative_to(ErrorRates(0, {"fog": [0] * 5, "snow": [0.2] * 5}, []))["fog"])
    assert set(KINDS) > {"fog", "snow"} and SEVERITIES == (1, 2, 3, 4, 5)
