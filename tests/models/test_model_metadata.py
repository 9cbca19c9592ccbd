"""What is said of a model's weights, and what is not known."""

import pytest
import timm
import torchvision
from brainscore_mouse.models.model_metadata import NOT_LICENSED, TORCHVISION_RECIPES, UNTRAINED, model_metadata
from brainscore_mouse.models.model_name import ModelName, known_model_names
from brainscore_mouse.models.torchvision_networks.architectures import ARCHITECTURES


def metadata_of(name):
    return model_metadata(ModelName.parse(name))


def test_torchvision_networks_have_what_torchvision_says():
    assert set(TORCHVISION_RECIPES) == set(ARCHITECTURES)
    for name, architecture in ARCHITECTURES.items():
        weights = getattr(torchvision.models, architecture.weights).IMAGENET1K_V1
        size = weights.transforms.keywords["crop_size"]
        found = metadata_of(name)
        assert (found.input, found.training_data, found.licence) == (f"{size} x {size} px", "ImageNet-1k", None)
        assert found.paper == weights.meta["recipe"]
    assert metadata_of("resnet50-neurn") == metadata_of("resnet50") == metadata_of("resnet50+neurn")


def test_timm_networks_have_what_timm_says():
    settings = timm.get_pretrained_cfg("vit_base_patch16_224.augreg_in21k_ft_in1k")
    found = metadata_of("timm:vit_base_patch16_224.augreg_in21k_ft_in1k")
    assert found.input == "224 x 224 px" and found.training_data == "ImageNet-21k, then ImageNet-1k"
    assert found.licence == settings.license


@pytest.mark.parametrize("name", ["resnet50-random", "resnet50-random.3", "resnet50-random+neurn"])
def test_random_weights_were_trained_on_nothing(name):
    assert metadata_of(name).training_data == UNTRAINED and metadata_of(name).licence == NOT_LICENSED


def test_the_licence_of_a_package_that_states_none_is_unknown():
    found = metadata_of("efficientnet-lite0")
    assert (found.input, found.training_data) == ("224 x 224 px", "ImageNet-1k")
    assert found.licence != "UNKNOWN"


def test_models_that_are_not_on_this_machine_are_left_out():
    names = ["my-own-net", "mouse-model:allen-mouse-npx-VISp", "pixels"]  # the recordings are not here
    assert list(known_model_names(names)) == ["pixels"]
    assert metadata_of("pixels").training_data == "none: not a trained network"
    assert metadata_of("pixels").licence == NOT_LICENSED
