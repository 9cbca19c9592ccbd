"""Real plugins of brainscore_vision, with seeded random weights instead of downloads."""

import numpy as np
import pytest
from brainscore_mouse import load_model, load_stimulus_set, score_model
from brainscore_mouse.brainscore_bridge.committed_model import ActivationsModel, CommittedNetwork
from brainscore_mouse.data_packaging.array_folder import package_array_folder
from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper
from places import RECORDINGS
from random_weights import random_weights

FAST = {
    "brainscore:alexnet": "convolutional",
    "CORnet-S": "recurrent, no ModelCommitment",
}
# With `pytest -m plugins`: about half an hour on two cores.
ALL = FAST | {
    "resnet18_random": "convolutional",
    "resnet50_tutorial": "convolutional",
    "densenet-121": "convolutional",
    "shufflenet_v2_x1_0": "convolutional",
    "efficientnet_b0": "convolutional",
    "inception_v3": "convolutional, timm",
    "regnety_032": "convolutional, timm",
    "convnext_femto_ols:d1_in1k": "convolutional, timm",
    "vit_tiny_r_s16_p8_384:augreg_in21k_ft_in1k": "transformer, timm",
    "vitb14_dinov2_imagenet1k": "transformer",
    "grcnn": "recurrent",
    "persistence_mem": "with a memory",
    "predictive_coding_pc": "predictive coding",
    "brainscore:pixels": "no torch network",
    "gabor_filter_entropy_4x4": "no torch network",
}


def assert_scores(identifier, benchmark):
    with random_weights():
        model = load_model(identifier)
    with random_weights():  # the same ones
        score = score_model(identifier, benchmark)
    assert -1 < float(score) < 1 and 0 < score.attrs["error"] < 1
    assert list(score.attrs["layer_scores"]) == list(model.layers)
    assert score.attrs["layer"] in model.layers
    assert score.attrs["model_identifier"] == identifier
    return model


def assert_activations_are_brain_scores_own(model, stimulus_set):
    paths = [str(stimulus_set.get_stimulus(stimulus_id)) for stimulus_id in stimulus_set["stimulus_id"]]
    wrapper = model.activations_model
    with pytest.MonkeyPatch.context() as patch:
        # It shares memory with the network, so that in-place operations after a layer change what was recorded.
        copied = staticmethod(lambda output: output.detach().cpu().numpy().copy())
        patch.setattr(PytorchWrapper, "_tensor_to_numpy", copied)
        theirs = wrapper.get_activations(wrapper._extractor.preprocess(paths), list(model.layers))
    for layer, ours in model.features(stimulus_set).items():
        expected = theirs[layer].reshape(len(paths), -1)
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max(), err_msg=layer)


@pytest.fixture
def simulated(simulated_home):
    return load_stimulus_set("simulated-mouse")


@pytest.mark.parametrize("identifier", FAST)
@pytest.mark.slow
def test_plugin_scores(identifier, simulated):
    model = assert_scores(identifier, "simulated-mouse-VISp-ridge")
    if isinstance(model, CommittedNetwork):
        assert_activations_are_brain_scores_own(model, simulated.iloc[:3])


def test_a_plugin_that_is_no_commitment_gives_brain_scores_own_activations(simulated):
    """CORnet's time steps are layers of their own: what its wrapper records, by name."""
    with random_weights():
        model = load_model("CORnet-S")
    assert isinstance(model, ActivationsModel)
    few = simulated.iloc[:3]
    features = model.features(few, ["V4.output-t0", "V4.output-t3"])
    wrapper = model.activations_model
    paths = [str(few.get_stimulus(stimulus_id)) for stimulus_id in few["stimulus_id"]]
    theirs = wrapper.get_activations(wrapper._extractor.preprocess(paths), ["V4.output-t0"])
    for layer, ours in features.items():
        np.testing.assert_allclose(ours, theirs[layer].reshape(3, -1), rtol=1e-5, atol=1e-6)
    assert np.abs(features["V4.output-t0"] - features["V4.output-t3"]).max() > 1e-3


@pytest.mark.plugins
@pytest.mark.parametrize("identifier", ALL)
def test_plugin_scores_on_simulated_recordings(identifier, simulated):
    model = assert_scores(identifier, "simulated-mouse-VISp-rsa")
    if isinstance(model, CommittedNetwork):
        assert_activations_are_brain_scores_own(model, simulated.iloc[:3])


@pytest.fixture(scope="module")
def packaged_home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("packaged_home")
        patch.setenv("BRAINSCORE_MOUSE_HOME", str(folder))
        package_array_folder(RECORDINGS, "allen-mouse-npx", official=True)
        return folder


@pytest.mark.plugins
@pytest.mark.real_data
@pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"the real recordings are not in {RECORDINGS}")
@pytest.mark.parametrize("identifier", ALL)
def test_plugin_scores_on_real_recordings(identifier, packaged_home, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(packaged_home))
    assert_scores(identifier, "allen-mouse-npx-VISp-rsa")
