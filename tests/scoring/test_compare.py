"""Paired comparison of models on benchmarks."""

import json

import numpy as np
import pytest
from brainscore_mouse import compare, score_model
from brainscore_mouse.benchmarks.neural_benchmark import MouseNeuralBenchmark
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import InvalidParameterError, UnreliableDataError
from brainscore_mouse.metrics.rsa.metric import RSA
from brainscore_mouse.uncertainty.multiple_tests import holm
from typer.testing import CliRunner

pytestmark = pytest.mark.usefixtures("simulated_home")


@pytest.mark.slow
def test_compare_gives_the_scores_their_difference_and_corrected_p_values():
    benchmarks = ["simulated-mouse-VISp-rsa", "simulated-mouse-VISl-rsa"]
    found = compare("neurn-pixels", "pixels", benchmarks)
    table = found.table
    for row in table.itertuples():
        assert row.first == pytest.approx(float(score_model("neurn-pixels", row.benchmark)), abs=1e-9)
        assert row.second == pytest.approx(float(score_model("pixels", row.benchmark)), abs=1e-9)
        assert row.difference == pytest.approx(row.first - row.second, abs=1e-12)
        assert row.low < row.difference < row.high
    np.testing.assert_allclose(table["p_holm"], holm(table["p"].to_numpy()))
    assert found.mean.value == pytest.approx(table["difference"].mean())
    alone = compare("neurn-pixels", "pixels", benchmarks[1:])
    shared = ["benchmark", "first", "second", "difference", "low", "high", "p"]
    assert alone.table.loc[0, shared].to_list() == table.loc[1, shared].to_list()  # the others do not matter
    assert alone.mean is None
    mirrored = compare("pixels", "neurn-pixels", benchmarks[1:]).table.loc[0]
    assert (mirrored.low, mirrored.high) == pytest.approx((-table.loc[1, "high"], -table.loc[1, "low"]))


@pytest.mark.parametrize("metric", ["map-rmse", "activation-overlap"])
@pytest.mark.slow
def test_compare_by_metrics_of_single_channels(metric):
    benchmark = f"simulated-mouse-VISp-{metric}"
    row = compare("neurn-pixels", "pixels", [benchmark]).table.loc[0]
    assert row["first"] == pytest.approx(float(score_model("neurn-pixels", benchmark)), abs=1e-9)
    assert row["second"] == pytest.approx(float(score_model("pixels", benchmark)), abs=1e-9)
    assert row["low"] < row["difference"] < row["high"]


@pytest.mark.slow
def test_a_model_does_not_differ_from_itself():
    found = compare("pixels", "pixels", ["simulated-mouse-VISp-rsa", "simulated-mouse-VISl-ridge"])
    assert found.table[["difference", "low", "high"]].abs().max().max() == 0
    assert (found.table["p"] == 1).all() and found.random_effects is None


def test_compare_refuses_what_it_cannot_score_without_some_stimuli():
    with pytest.raises(InvalidParameterError, match=r"dg-minidigits-readout.*simulated-mouse-VISp-rsa"):
        compare("pixels", "neurn-pixels", ["dg-minidigits-readout"])

    class NeverResampled(RSA):
        identifier = "never-resampled"

        def prepare(self, *arguments):
            return object()

    benchmark = MouseNeuralBenchmark("own", "simulated-mouse", "VISp", NeverResampled())
    with pytest.raises(InvalidParameterError, match="own"):
        compare("pixels", "neurn-pixels", [benchmark])
    with pytest.raises(InvalidParameterError):
        compare("pixels", "neurn-pixels", [])


@pytest.mark.slow
def test_the_command_prints_what_compare_returns():
    arguments = ["compare", "neurn-pixels", "pixels", "--benchmarks", "simulated-mouse-VISp-rsa"]
    printed = CliRunner().invoke(app, arguments)
    assert printed.exit_code == 0
    assert all(text in printed.stdout for text in ("neurn-pixels", "simulated-mouse-VISp-rsa", "95%"))
    content = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert content["table"][0]["degrees_of_freedom"] > 1 and content["mean"] is None


def test_a_benchmark_that_is_too_noisy_is_left_out_and_named(monkeypatch):
    too_noisy, fine = "simulated-mouse-VISl-rsa", "simulated-mouse-VISp-rsa"
    load = MouseNeuralBenchmark.load

    def refusing(benchmark):
        if too_noisy in benchmark.identifier:
            raise UnreliableDataError("as noise")
        return load(benchmark)

    monkeypatch.setattr(MouseNeuralBenchmark, "load", refusing)
    found = compare("pixels", "gabor", [too_noisy, fine])
    assert found.table["benchmark"].tolist() == [fine] and found.left_out == {too_noisy: "as noise"}
    with pytest.raises(UnreliableDataError, match="as noise"):
        compare("pixels", "gabor", [too_noisy])
    with pytest.raises(UnreliableDataError, match=f"{too_noisy}: as noise; {too_noisy}@64px: as noise"):
        compare("pixels", "gabor", [too_noisy, f"{too_noisy}@64px"])
