"""Which layers of a network are offered to choose from."""

import pytest
from brainscore_mouse import candidate_layers
from brainscore_mouse.activations.extraction import Extraction, ready_network
from brainscore_mouse.activations.image_model import ImageModel
from brainscore_mouse.activations.network_input import WithInputStage
from brainscore_mouse.core.errors import ModelError
from brainscore_mouse.models.neurn.normalization import NeuRN
from small_models import small_network
from torch import nn


def test_candidate_layers_are_the_steps_of_a_network_in_running_order():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(4, 4, 3, padding=1)

        def forward(self, images):
            return images + self.conv(images)

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(4 * 64, 3))
            self.stages = nn.ModuleList([Block(), nn.Sequential(Block(), Block())])
            self.stem = nn.Conv2d(3, 4, 3, padding=1)
            self.unused = nn.Linear(2, 2)

        def forward(self, images):
            images = self.stem(images)
            for stage in self.stages:
                images = stage(images)
            return self.head(images)

    network = Network()
    assert candidate_layers(network, 8) == ["stem", "stages.0", "stages.1.0", "stages.1.1", "head.2"]
    assert candidate_layers(WithInputStage(NeuRN(), network), 8)[0] == "stem"
    # Blocks are taken apart only where there would be too few steps.
    assert candidate_layers(nn.Sequential(nn.Conv2d(3, 4, 1), Block()), 8) == ["0", "1.conv"]
    with pytest.raises(ModelError, match="9 x 9"):
        candidate_layers(network, 9)
    with pytest.raises(ModelError, match="Flatten"):
        candidate_layers(nn.Flatten(), 8)


def test_layers_are_searched_with_the_extraction_that_the_model_has(monkeypatch):
    used = []

    def noted(network, extraction):
        used.append(extraction)
        return ready_network(network, extraction)

    monkeypatch.setattr("brainscore_mouse.activations.candidate_layers.ready_network", noted)
    extraction = Extraction("cpu", precision="float64")
    ImageModel("made-up", small_network(), image_size=32, extraction=extraction)
    assert set(used) == {extraction}
