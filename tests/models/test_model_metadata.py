"""What is said of a model's weights, and what is not known."""

import pytest
import timm
from brainscore_mouse.models.model_metadata import UNTRAINED, ModelMetadata, model_metadata


def test_torchvision_networks_have_what_torchvision_says():
    found = model_metadata("resnet50")
    assert (found.input, found.training_data, found.licence) == ("224 x 224 px", "ImageNet-1k", None)
    assert "pytorch/vision" in found.paper
    assert model_metadata("resnet50-neurn") == found == model_metadata("resnet50+neurn")


def test_timm_networks_have_what_timm_says():
    settings = timm.get_pretrained_cfg("vit_base_patch16_224.augreg_in21k_ft_in1k")
    found = model_metadata("timm:vit_base_patch16_224.augreg_in21k_ft_in1k")
    assert found.input == "224 x 224 px" and found.training_data == "ImageNet-21k, then ImageNet-1k"
    assert found.licence == settings.license


@pytest.mark.parametrize("name", ["resnet50-random", "resnet50-random.3", "resnet50-random+neurn"])
def test_random_weights_were_trained_on_nothing(name):
    assert model_metadata(name).training_data == UNTRAINED and model_metadata(name).licence is None


def test_the_licence_of_a_package_that_states_none_is_unknown():
    found = model_metadata("efficientnet-lite0")
    assert (found.input, found.training_data) == ("224 x 224 px", "ImageNet-1k")
    assert found.licence != "UNKNOWN"


def test_models_that_nobody_knows_have_nothing():
    assert model_metadata("my-own-net") == ModelMetadata()
    assert model_metadata("mouse-model:allen-mouse-npx-VISp") == ModelMetadata()  # whose recordings are not here
    assert model_metadata("pixels").training_data == "none: not a trained network"
