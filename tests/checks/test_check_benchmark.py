"""Shipped benchmarks pass, and each way to be wrong is found by the check that is named after it."""

import copy
import itertools
from functools import cached_property

import numpy as np
import pytest
from brainscore_core.metrics import Score
from brainscore_mouse import check_benchmark, load_benchmark
from brainscore_mouse.benchmarks.neural_benchmark import MouseNeuralBenchmark
from brainscore_mouse.checks.simulated_generator import SimulatedGenerator
from brainscore_mouse.core.errors import ConformanceError, UnknownIdentifierError
from brainscore_mouse.metrics.rsa.metric import RSA
from brainscore_mouse.plugins.discovery import metrics_with_benchmarks


@pytest.mark.usefixtures("simulated_home")
@pytest.mark.slow
def test_a_shipped_benchmark_passes():
    check_benchmark("simulated-mouse-VISp-ridge")


@pytest.mark.slow
@pytest.mark.usefixtures("simulated_home")
@pytest.mark.parametrize("metric", metrics_with_benchmarks())
def test_benchmarks_of_all_metrics_pass(metric):
    check_benchmark(f"simulated-mouse-VISrl-{metric}")


@pytest.mark.slow
@pytest.mark.usefixtures("simulated_home")
@pytest.mark.parametrize("name", ["simulated-mouse-VISp-rsa@shuffled", "dg-minidigits-readout"])
def test_variants_and_readouts_pass(name):
    check_benchmark(name)


@pytest.mark.usefixtures("simulated_home")
@pytest.mark.slow
def test_recordings_that_the_generator_did_not_make_are_found():
    class ShiftedGenerator(SimulatedGenerator):
        def features(self, stimulus_set, layers=None):
            return {name: np.roll(rows, 1, axis=0) for name, rows in super().features(stimulus_set, layers).items()}

    benchmark = MouseNeuralBenchmark("quick", "simulated-mouse", "VISp", RSA(n_half_splits=10, n_bootstraps=20))
    with pytest.raises(ConformanceError) as found:
        check_benchmark(benchmark, generator=ShiftedGenerator())
    assert set(found.value.violations) == {"generator-scores-one"}


class Recorded:
    """The least that a benchmark of recordings is; what it compares are made-up numbers."""

    identifier = "recorded"
    version = 1
    bibtex = "none"
    compares = "channels"
    roles = ("VISp",)
    datasets = ("made-up",)
    attrs_left_out = ()

    @property
    def parts(self):
        return (self,)

    @property
    def ceiling(self):
        return Score(0.9)

    def load(self):
        return self

    def content(self):
        return {"data_sha256": "0", "seed": 0, "metric_settings": {"metric": "made-up"}}

    def with_stimulus_variant(self, name):
        raise UnknownIdentifierError(name)

    @cached_property
    def null_scores(self):
        return np.random.default_rng(0).normal(scale=0.1, size=8).tolist()

    def value(self, candidate):
        return 1.0 if candidate == "generator" else 0.0

    def __call__(self, candidate):
        score = Score(self.value(candidate))
        names = ("raw", "error", "error_kind", "layer", "n_stimuli", "ceiling", "ceiling_error", "n_neuroids", "n_mice")
        score.attrs = dict.fromkeys(names, 0.01) | {
            "layer_scores": dict(zip("abcdefgh", self.null_scores, strict=True))
        }
        score.attrs |= {"benchmark_identifier": self.identifier, "benchmark_version": 1, "citation": "none"}
        score.attrs |= {"model_identifier": getattr(candidate, "identifier", "generator"), **self.content()}
        score.attrs = {name: value for name, value in score.attrs.items() if name not in self.attrs_left_out}
        return score


def test_the_least_that_a_benchmark_is_passes():
    check_benchmark(Recorded(), generator="generator")


calls = itertools.count()


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"load": copy.copy}, {"load"}),
        ({"content": lambda self: {"data_sha256": str(next(calls)), "seed": 0, "metric_settings": {}}}, {"content"}),
        ({"content": lambda self: {"data_sha256": "0", "seed": 0}}, {"content"}),
        (
            {"content": lambda self: {"data_sha256": "0", "seed": np.int64(0), "metric_settings": {}}},
            {"content", "score"},
        ),
        ({"with_stimulus_variant": lambda self, name: self}, {"variants"}),
        ({"ceiling": Score(1.2)}, {"ceiling"}),
        ({"ceiling": Score(np.nan)}, {"ceiling"}),
        ({"attrs_left_out": ("error", "citation")}, {"score"}),
        ({"value": lambda self, candidate: float("nan")}, {"score", "generator-scores-one"}),
        ({"value": lambda self, candidate: float(next(calls))}, {"deterministic"}),
        ({"null_scores": [0.2, 0.21, 0.19, 0.2, 0.2, 0.2, 0.2, 0.2]}, {"null-scores-zero"}),
        ({"value": lambda self, candidate: 0.5}, {"generator-scores-one"}),
        ({"version": "1"}, {"identity"}),
        ({"roles": "VISp"}, {"identity"}),
        ({"compares": "voxels"}, {"identity"}),
    ],
)
def test_what_is_wrong_is_found(changes, names):
    with pytest.raises(ConformanceError) as found:
        check_benchmark(type("Altered", (Recorded,), changes)(), generator="generator")
    assert names <= found.value.violations.keys()


def test_missing_attributes_are_named():
    with pytest.raises(ConformanceError) as found:
        check_benchmark(type("Altered", (Recorded,), {"attrs_left_out": ("error_kind", "citation")})())
    assert "citation, error_kind" in found.value.violations["score"][0]


def test_an_unknown_benchmark_is_refused_as_elsewhere():
    with pytest.raises(UnknownIdentifierError):
        check_benchmark("no-such-benchmark")


@pytest.mark.usefixtures("simulated_home")
def test_the_generator_gives_the_truth(truth):
    stimuli = load_benchmark("simulated-mouse-VISl-rsa").recordings.stimulus_set
    found = SimulatedGenerator().features(stimuli, ["VISl"])["VISl"]
    np.testing.assert_allclose(found, truth.noise_free["VISl"], rtol=1e-9)
