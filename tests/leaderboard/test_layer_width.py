"""The number of units of the layer of a score."""

import numpy as np
import pytest
from brainscore_mouse.core.behaviour import Behaviour
from brainscore_mouse.leaderboard.layer_width import layer_width

LAYERS = {"conv": 0.1, "fc": 0.3}


def record(numbers, layer="fc", **more):
    behaviour = Behaviour(np.asarray(numbers, dtype=float), 1e-4).as_json()
    return {"layer": layer, "layer_scores": LAYERS, "behaviour": behaviour, **more}


def of_network(*widths):
    """Two stimuli: the number of units of each layer, then other numbers."""
    return np.stack([[[width, 7.5], [width, 8.5]] for width in widths])


def test_it_is_that_of_the_chosen_layer():
    assert layer_width(record(of_network(4608, 10))) == 10
    assert layer_width(record(of_network(4608, 10), layer="conv")) == 4608


def test_of_weight_seeds_it_is_that_of_the_layer_most_of_them_chose():
    numbers = np.concatenate([of_network(4608, 10).reshape(-1, 2)] * 3)  # joined, as of a mean over seeds
    seeds = [{"seed": seed, "score": 0.1} for seed in range(3)]
    assert layer_width(record(numbers, layer="conv, fc", seed_scores=seeds)) == 4608


@pytest.mark.parametrize(
    "changed",
    [
        {"layer": "elsewhere"},
        {"layer": None},
        {"layer_scores": {}},
        {"layer_scores": {"conv": 0.1, "fc": 0.2, "more": 0.3}},
        {"behaviour": None},
        {"behaviour": {"shape": "?"}},
    ],
)
def test_it_is_unknown_where_the_record_does_not_say_it(changed):
    assert layer_width(record(of_network(4608, 10)) | changed) is None


def test_real_numbers_of_other_programs_are_no_width():
    assert layer_width(record(of_network(4608, 0.5))) is None
