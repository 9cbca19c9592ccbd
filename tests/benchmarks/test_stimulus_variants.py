"""Variants of stimuli: their pixels, their identifiers, and benchmarks that show them."""

import numpy as np
import pytest
from brainscore_mouse import load_benchmark, load_model, score_model
from brainscore_mouse.benchmarks.stimulus_variants import central, low_passed, phase_scrambled, stimulus_variant
from brainscore_mouse.core.errors import DataError, UnknownIdentifierError
from brainscore_mouse.data_packaging.datasets import display_of, load_stimulus_set
from PIL import Image

pytestmark = pytest.mark.usefixtures("simulated_home")

PER_DEGREE = (10.0, 10.0)


def grating(cycles_per_degree, size=600):
    phase = 2 * np.pi * cycles_per_degree * np.arange(size) / PER_DEGREE[1]
    return np.broadcast_to(np.rint(127 + 100 * np.sin(phase)).astype(np.uint8)[:, None], (size, size, 3))


@pytest.mark.parametrize(("frequency", "contrast"), [(0.05, 0.993), (0.25, 0.841), (0.5, 0.5), (1.0, 0.0625)])
def test_acuity_passes_gratings_as_a_gaussian_does(frequency, contrast):
    """exp(-ln 2 (f / 0.5)^2): half at 0.5 cycles per degree."""
    inner = low_passed(np.ascontiguousarray(grating(frequency)), PER_DEGREE)[200:400, 200:400].astype(float)
    assert (inner.max() - inner.min()) / 200 == pytest.approx(contrast, abs=0.012)


def test_center_is_cut_in_degrees_and_never_beyond_the_image():
    image = np.arange(950 * 1200 * 3).reshape(950, 1200, 3) % 251
    cut = central(image.astype(np.uint8), PER_DEGREE, 60)
    np.testing.assert_array_equal(cut, image[175:775, 300:900])
    assert central(image.astype(np.uint8), PER_DEGREE, 100).shape == (950, 1000, 3)


def test_variants_are_files_of_their_own_and_come_from_the_cache():
    stimuli = load_stimulus_set("simulated-mouse")
    display = display_of("simulated-mouse")
    small = stimulus_variant(stimuli, "64px", None)
    assert small.identifier == f"{stimuli.identifier}@64px"
    assert small["stimulus_id"].tolist() == stimuli["stimulus_id"].tolist()
    key = stimuli["stimulus_id"].iloc[5]
    with Image.open(stimuli.get_stimulus(key)) as original, Image.open(small.get_stimulus(key)) as variant:
        expected = original.convert("RGB").resize((64, 64), Image.Resampling.BILINEAR)
        np.testing.assert_array_equal(np.asarray(variant), np.asarray(expected))
    assert stimulus_variant(stimuli, "64px", None).get_stimulus(key) == small.get_stimulus(key)
    center = stimulus_variant(stimuli, "center-60deg", display)
    with Image.open(center.get_stimulus(key)) as variant:
        assert variant.size == (100, 100)  # 60 of 120 degrees of 200 pixels; 60 of 93.6 degrees of 156 pixels


def test_a_size_that_is_not_known_is_an_error():
    with pytest.raises(DataError, match="'acuity'"):
        stimulus_variant(load_stimulus_set("simulated-mouse"), "acuity", None)
    with pytest.raises(UnknownIdentifierError, match=r"'65px'.*64px"):
        load_benchmark("simulated-mouse-VISp-rsa@65px")


@pytest.mark.slow
def test_a_benchmark_with_a_variant_scores_under_its_own_name_and_data():
    plain, small = load_benchmark("simulated-mouse-VISp-rsa"), load_benchmark("simulated-mouse-VISp-rsa@64px")
    assert small.identifier == "simulated-mouse-VISp-rsa@64px"
    assert plain.content()["data_sha256"] != small.content()["data_sha256"]
    pixels = load_model("pixels")  # sees 64 x 64 pixels anyway
    scores = [score_model(pixels, benchmark) for benchmark in (plain, small)]
    assert float(scores[0]) == pytest.approx(float(scores[1]), abs=1e-3)
    assert not scores[1].attrs["from_cache"]
    assert scores[1].attrs["benchmark_identifier"] == "simulated-mouse-VISp-rsa@64px"
    center = score_model(pixels, "simulated-mouse-VISp-rsa@center-30deg")
    assert abs(float(center) - float(scores[0])) > 0.01


def test_phase_scrambling_keeps_mean_and_spectrum_and_takes_the_edges():
    generator = np.random.default_rng(0)
    image = np.full((60, 80, 3), 120, dtype=np.uint8)
    image[20:40, 30:50] = 140  # far from 0 and 255, so that nothing is clipped
    image[..., 1] += generator.integers(0, 3, image.shape[:2], dtype=np.uint8)
    scrambled = phase_scrambled(image, PER_DEGREE)
    assert scrambled.shape == image.shape
    np.testing.assert_allclose(scrambled.mean(axis=(0, 1)), image.mean(axis=(0, 1)), atol=0.1)
    for colour in range(3):
        before, after = (np.abs(np.fft.fft2(picture[..., colour].astype(float))) for picture in (image, scrambled))
        np.testing.assert_allclose(after, before, atol=6 * np.sqrt(image[..., 0].size / 12))  # rounding to integers
        steepest = [np.abs(np.diff(picture[..., colour].astype(int))).max() for picture in (image, scrambled)]
        assert steepest[1] < 0.6 * steepest[0]
    np.testing.assert_array_equal(phase_scrambled(image, PER_DEGREE), scrambled)
    other = image.copy()
    other[0, 0] += 1
    assert np.abs(phase_scrambled(other, PER_DEGREE).astype(int) - scrambled).mean() > 2  # phases of its own


def test_shuffled_shows_each_scene_once_and_none_in_its_place():
    stimuli = load_stimulus_set("simulated-mouse")
    shuffled = stimulus_variant(stimuli, "shuffled", None)
    ids = stimuli["stimulus_id"].tolist()
    before, after = ([str(shown.get_stimulus(key)) for key in ids] for shown in (stimuli, shuffled))
    assert sorted(before) == sorted(after)
    assert all(one != other for one, other in zip(before, after, strict=True))
