"""Do metrics rank models alike: against scipy's rank correlation of the means that both have."""

import numpy as np
import pytest
from brainscore_mouse.leaderboard.board_table import BoardTable, Cell
from brainscore_mouse.leaderboard.comparisons.metric_agreement import metric_agreement
from scipy.stats import spearmanr

AREAS = ("VISp", "VISl")


def table(scores, metrics=("rsa", "ridge", "pls")):
    benchmarks = [f"toy-mouse-{area}-{metric}" for metric in metrics for area in AREAS]
    models = sorted({model for model, _ in scores})
    return BoardTable(models, benchmarks, [], {key: Cell(value, 0.1, 1) for key, value in scores.items()})


def test_correlations_are_those_of_the_means_over_common_areas_of_models_that_have_all():
    generator = np.random.default_rng(0)
    scores = {
        (f"m{number}", f"toy-mouse-{area}-{metric}"): float(generator.uniform())
        for number in range(8)
        for area in AREAS
        for metric in ("rsa", "ridge")
    }
    del scores["m7", "toy-mouse-VISl-ridge"]
    scores["m0", "toy-mouse-VISp-pls"] = 0.1
    (found,) = metric_agreement(table(scores))
    assert (found.dataset, found.metrics) == ("toy-mouse", ["rsa", "ridge", "pls"])
    means = [
        [np.mean([scores[f"m{number}", f"toy-mouse-{area}-{metric}"] for area in AREAS]) for number in range(7)]
        for metric in ("rsa", "ridge")
    ]
    one = found.correlations["rsa", "ridge"]
    assert one == found.correlations["ridge", "rsa"]
    assert one.value == pytest.approx(spearmanr(*means).statistic) and one.n_models == 7
    assert found.correlations["rsa", "pls"] is None and found.n_models["rsa", "pls"] == 0


def test_a_dataset_with_a_single_metric_has_no_agreement():
    assert metric_agreement(table({("m0", "toy-mouse-VISp-rsa"): 0.1}, ["rsa"])) == []
