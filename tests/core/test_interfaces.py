"""What may be asked of an object by isinstance, without reading anything of it; of other protocols mypy forbids it."""

import inspect

import pytest
from brainscore_mouse import load_benchmark
from brainscore_mouse.core import interfaces
from brainscore_mouse.core.errors import DatasetNotFoundError
from brainscore_mouse.core.interfaces import LeftOutScoring, NeuroidSampling
from brainscore_mouse.metrics import layerwise

ASKED_FOR = [
    protocol
    for room in (interfaces, layerwise)
    for protocol in vars(room).values()
    if inspect.isclass(protocol) and protocol.__module__ == room.__name__ and "_is_runtime_protocol" in vars(protocol)
]


@pytest.mark.parametrize("protocol", ASKED_FOR, ids=lambda protocol: protocol.__name__)
def test_protocols_that_isinstance_may_ask_for_have_methods_only(protocol):
    members = {name: value for base in protocol.__mro__ for name, value in vars(base).items() if name[0] != "_"}
    assert members and all(inspect.isfunction(value) for value in members.values())


def test_there_are_such_protocols():
    assert {LeftOutScoring, NeuroidSampling} <= set(ASKED_FOR)


@pytest.mark.parametrize("name", ["allen-mouse-npx-VISp-rsa", "allen-mouse-npx-VISl-ridge"])
def test_recordings_that_are_not_here_are_not_asked_for(name):
    benchmark = load_benchmark(name)
    assert isinstance(benchmark, LeftOutScoring) and isinstance(benchmark, NeuroidSampling)
    with pytest.raises(DatasetNotFoundError):
        _ = benchmark.subjects


def test_the_mean_over_areas_is_neither():
    benchmark = load_benchmark("allen-mouse-npx-rsa")
    assert not isinstance(benchmark, LeftOutScoring) and not isinstance(benchmark, NeuroidSampling)


def test_recordings_that_are_here_are_not_loaded(simulated_home, monkeypatch):
    def load(*_):
        raise AssertionError("recordings were loaded")

    monkeypatch.setattr("brainscore_mouse.benchmarks.area_recordings.load_dataset", load)
    benchmark = load_benchmark("simulated-mouse-VISp-rsa")
    assert isinstance(benchmark, NeuroidSampling)
    with pytest.raises(AssertionError, match="recordings were loaded"):
        _ = benchmark.subjects
