"""The example's own tests: its plugins do what all must do, and its model is scored on its area by its metric."""

import pytest
from brainscore_mouse import (
    check_benchmark,
    check_metric,
    check_model,
    list_benchmarks,
    list_metrics,
    list_models,
    load_metric,
    score_model,
)

BENCHMARK = "example-mouse-LGd-example-rsa-pearson"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(tmp_path))


def test_the_plugins_are_found():
    assert "example-edges" in list_models()
    assert "example-rsa-pearson" in list_metrics()
    assert BENCHMARK in list_benchmarks()


def test_the_plugins_pass_all_checks():
    check_model("example-edges")
    check_metric(load_metric("example-rsa-pearson"))
    check_benchmark(BENCHMARK)


def test_the_model_on_the_area_by_the_metric():
    score = score_model("example-edges", BENCHMARK)
    assert score.attrs["metric_settings"]["metric"] == "example-rsa-pearson"
    assert score.attrs["n_mice"] == 3
    assert score.attrs["ceiling"] > 0.8
    assert 0.3 < float(score) < 0.6
    # The area has the usual benchmarks, too; by Spearman correlation the score is another, but not by much.
    by_ranks = score_model("example-edges", "example-mouse-LGd-rsa")
    assert 0 < abs(float(score) - float(by_ranks)) < 0.1
