"""Networks of timm, run with their own settings."""

import numpy as np
import pytest
import timm
import torch
from brainscore_mouse import ImageModel, load_stimulus_set
from brainscore_mouse.brainscore_bridge.as_neural_model import as_neural_model
from brainscore_mouse.core.errors import InvalidParameterError, WeightsUnavailableError

pytestmark = pytest.mark.usefixtures("simulated_home")


@pytest.fixture
def stimuli():
    return load_stimulus_set("simulated-mouse").iloc[:6]


def test_a_timm_module_is_scored_by_its_own_settings(stimuli):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = timm.create_model("resnet10t", num_classes=10)
    model = ImageModel.from_timm(module)
    settings = timm.data.resolve_model_data_config(module)
    assert model.identifier == "timm:resnet10t" and model.interpolation == settings["interpolation"] == "bicubic"
    assert (model.image_size,) * 2 == settings["input_size"][1:]
    assert "layer1.0" in model.layers
    # timm's own transform, told not to crop: the whole scene is the field of view.
    transform = timm.data.create_transform(**settings | {"crop_pct": 1.0, "crop_mode": "squash"}, is_training=False)
    from PIL import Image

    paths = [stimuli.get_stimulus(key) for key in stimuli["stimulus_id"]]
    images = torch.stack([transform(Image.open(path).convert("RGB")) for path in paths])
    with torch.no_grad():
        expected = module.eval().conv1(images).flatten(1).numpy()
    np.testing.assert_allclose(model.features(stimuli, ["conv1"])["conv1"], expected, rtol=1e-4, atol=1e-4)
    assert as_neural_model(module).fingerprint == model.fingerprint


def test_what_timm_cannot_give_is_said(monkeypatch):
    with pytest.raises(InvalidParameterError, match="'resnt18'"):
        ImageModel.from_timm("resnt18")

    def offline(*args, **options):
        raise OSError("no network")

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(WeightsUnavailableError, match=r"resnet18.*no network.*timm\.create_model\('resnet18'\)"):
        ImageModel.from_timm("resnet18")
