"""The image itself as a model."""

import numpy as np
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from brainscore_mouse.core.image_loading import load_image_batch
from brainscore_mouse.models.neurn.normalization import neural_response_normalization
from brainscore_mouse.plugins.registries import model_registry
from PIL import Image


def stimuli_at(paths):
    stimuli = StimulusSet({"stimulus_id": [path.stem for path in paths]})
    stimuli.stimulus_paths = {path.stem: path for path in paths}
    return stimuli


def test_pixels_are_the_image_at_64_px_and_neurn_pixels_its_normalization(tmp_path):
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{index}.png" for index in range(3)]
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (90, 120, 3), dtype=np.uint8)).save(path)
    images = load_image_batch(paths, 64)
    stimuli = stimuli_at(paths)
    np.testing.assert_array_equal(model_registry["pixels"]().features(stimuli)["pixels"], images.flatten(1))
    np.testing.assert_allclose(
        model_registry["neurn-pixels"]().features(stimuli)["pixels"],
        neural_response_normalization(images, 3, "reflect", "image").flatten(1),
        rtol=1e-6,
    )
    assert model_registry["neurn-pixels"]().identifier == "neurn-pixels"
