"""Do metrics rank models alike: against scipy's rank correlation of the means that both have."""

from dataclasses import replace

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


def test_what_is_on_another_scale_is_no_model():
    generator = np.random.default_rng(0)
    names = [f"toy-mouse-{area}-{metric}" for metric in ("rsa", "ridge") for area in AREAS]
    scores = {(f"m{number}", name): float(generator.uniform()) for number in range(7) for name in names}
    (expected,) = metric_agreement(table(scores))
    with_mice = table(scores | {("mouse-model:toy-mouse-VISp", name): 2.0 for name in names})
    for key in scores.keys() ^ with_mice.scores.keys():
        with_mice.scores[key] = replace(with_mice.scores[key], is_comparable=False)
    assert metric_agreement(with_mice) == [expected]
    assert expected.n_models["rsa", "ridge"] == 7


def test_a_dataset_with_a_single_metric_has_no_agreement():
    assert metric_agreement(table({("m0", "toy-mouse-VISp-rsa"): 0.1}, ["rsa"])) == []


def test_where_all_models_have_the_same_score_there_is_no_correlation():
    scores = {(f"m{number}", "toy-mouse-VISp-rsa"): number / 10 for number in range(8)}
    scores |= {(f"m{number}", "toy-mouse-VISp-ridge"): 0.5 for number in range(8)}
    benchmarks = ["toy-mouse-VISp-rsa", "toy-mouse-VISp-ridge"]
    cells = {key: Cell(value, 0.1, 1) for key, value in scores.items()}
    (found,) = metric_agreement(BoardTable(sorted({model for model, _ in scores}), benchmarks, [], cells))
    assert found.correlations["rsa", "ridge"] is None and found.n_models["rsa", "ridge"] == 8
