"""Whether images and responses belong together: told apart from other orders."""

import numpy as np
import pytest
from brainscore_mouse.analyses.check_pairing import check_pairing, image_features, pairing_check
from brainscore_mouse.core.errors import UnreliableDataError
from brainscore_mouse.data_packaging.array_folder import package_array_folder
from PIL import Image
from places import RECORDINGS

N = 60


def standardized(responses):
    return (responses - responses.mean(axis=0)) / responses.std(axis=0)


@pytest.fixture
def images(tmp_path):
    """Gratings of random orientation and contrast: what mice respond to."""
    generator = np.random.default_rng(0)
    rows, columns = np.mgrid[:64, :64] / 64
    paths = []
    for number in range(N):
        angle, contrast, mean = generator.uniform(0, np.pi), generator.uniform(20, 60), generator.uniform(80, 170)
        wave = np.sin(2 * np.pi * 8 * (columns * np.cos(angle) + rows * np.sin(angle)))
        paths.append(tmp_path / f"image_{number:02d}.png")
        Image.fromarray((mean + contrast * wave).astype(np.uint8)).save(paths[-1])
    return paths


def responses_to(paths, seed=0):
    generator = np.random.default_rng(seed)
    features = image_features(paths)
    signal = standardized(standardized(features) @ generator.normal(size=(features.shape[1], 40)))
    return standardized(signal + 2 * generator.normal(size=signal.shape))


def test_the_right_order_is_told_from_others(images):
    responses, features = responses_to(images), image_features(images)
    given = pairing_check(features, responses)
    assert given.p_value == 1 / 1000
    assert given.explained > given.explained_shuffled.max()
    wrong = [
        pairing_check(features[np.random.default_rng(seed).permutation(N)], responses).p_value for seed in range(20)
    ]
    assert sum(p_value < 0.05 for p_value in wrong) <= 3
    as_text = np.argsort([str(number) for number in range(1, N + 1)])
    assert pairing_check(features[as_text], responses).p_value > 0.05


@pytest.mark.slow
def test_p_values_of_noise_are_uniform(images):
    features = image_features(images)
    noise = [standardized(np.random.default_rng(seed).normal(size=(N, 5))) for seed in range(100)]
    p_values = np.array([pairing_check(features, responses).p_value for responses in noise])
    assert 2 <= (p_values < 0.1).sum() <= 20 and 0.4 < p_values.mean() < 0.6


def test_explained_variance_is_that_of_a_linear_regression(images):
    features, responses = image_features(images), responses_to(images)
    design = np.column_stack([np.ones(N), features])
    predicted = design @ np.linalg.lstsq(design, responses, rcond=None)[0]
    explained = 1 - ((responses - predicted) ** 2).sum() / (responses**2).sum()
    assert pairing_check(features, responses).explained == pytest.approx(explained)


def test_images_that_are_all_alike_prove_nothing(images):
    features = np.repeat(image_features(images[:1]), N, axis=0)
    assert pairing_check(features, responses_to(images)).p_value == 1


def test_too_few_stimuli_are_refused(images):
    with pytest.raises(UnreliableDataError):
        pairing_check(image_features(images)[:7], responses_to(images)[:7])


@pytest.mark.real_data
@pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"the real recordings are not in {RECORDINGS}")
def test_the_real_recordings_are_in_order(tmp_path):
    package_array_folder(RECORDINGS, "real-lab")
    check = check_pairing("real-lab", tmp_path / "figure.png")
    assert (check.n_stimuli, check.n_neuroids) == (118, 2586)
    assert check.p_value == 1 / 1000 and check.explained > 0.18 and check.explained_shuffled.max() < 0.15
    with Image.open(tmp_path / "figure.png") as figure:
        assert min(figure.size) > 1000
