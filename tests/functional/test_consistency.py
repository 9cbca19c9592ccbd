"""Two populations of plain arrays; the estimators themselves are tested in tests/metrics/test_populations.py."""

import numpy as np
import pytest
from brainscore_mouse import functional, load_metric
from brainscore_mouse.core.errors import InvalidArraysError, InvalidParameterError
from brainscore_mouse.metrics.layer_choice import selection_folds


@pytest.mark.parametrize("metric", ["rsa", "ridge", "cka"])
def test_it_is_what_populations_of_the_metric_give(metric):
    generator = np.random.default_rng(1)
    shared = generator.normal(size=(40, 3))
    source, target = (
        shared @ generator.normal(size=(3, n_neuroids)) + generator.normal(size=(n_repetitions, 40, n_neuroids)) / 2
        for n_repetitions, n_neuroids in ((8, 20), (6, 30))
    )
    made = []
    for trials in (source, target):
        subjects = np.repeat("m", trials.shape[2])
        made.append(load_metric(metric).population(trials, subjects, selection_folds(40, subjects, 0)))
    assert (
        functional.population_consistency(source, target, metric=metric) == made[1].left_out([made[0]]).values[0, 0, 0]
    )


def test_what_cannot_be_compared_is_named():
    trials = np.random.default_rng(0).normal(size=(6, 40, 5))
    with pytest.raises(InvalidArraysError, match="39"):
        functional.population_consistency(trials, trials[:, 1:])
    with pytest.raises(InvalidParameterError, match="cosine"):
        functional.population_consistency(trials, trials, metric="cosine")
