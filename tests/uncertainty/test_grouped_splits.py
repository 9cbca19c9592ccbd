"""Splits of stimuli that keep equal pictures together."""

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.core.errors import UnreliableDataError
from brainscore_mouse.metrics.channelwise import matching_splits
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.regression.two_test_sets import two_test_sets
from brainscore_mouse.uncertainty.grouped_splits import grouped_halves, grouped_tests
from sklearn.model_selection import ShuffleSplit

GROUPS = {
    "all pictures twice": np.repeat(np.arange(30), 2),
    "one pair": np.r_[np.arange(59), 7],
    "twins far apart": np.tile(np.arange(30), 2),
    "threes and singles": np.r_[np.repeat(np.arange(10), 3), np.arange(10, 40)],
    "one picture five times": np.r_[np.zeros(5, int), np.arange(1, 56)],
}


def are_apart(first, second):
    return not set(first) & set(second)


@pytest.mark.parametrize("name", GROUPS)
def test_halves_share_no_picture_and_are_of_about_equal_size(name):
    groups = GROUPS[name]
    for seed in range(20):
        first, second = grouped_halves(groups, np.random.default_rng(seed))
        assert sorted([*first, *second]) == list(range(60))
        assert are_apart(groups[first], groups[second])
        assert abs(len(first) - 30) <= 2


def test_halves_of_different_pictures_are_those_of_a_permutation():
    first, second = grouped_halves(np.arange(9)[::-1], np.random.default_rng(3))
    order = np.random.default_rng(3).permutation(9)
    assert first.tolist() == sorted(order[:4]) and second.tolist() == sorted(order[4:])


@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.parametrize("n_test", [5, 6])
def test_held_out_pictures_are_in_no_training_set(name, n_test):
    groups = GROUPS[name]
    tests = grouped_tests(groups, n_test, 300, np.random.default_rng(0))
    expected = 4 if n_test == 5 and np.bincount(groups).min() == 2 else n_test  # pairs do not add up to 5
    assert tests.shape == (300, expected)
    for test in tests:
        assert len(set(test)) == expected
        assert are_apart(groups[test], np.delete(groups, test))
    assert len(np.unique(tests)) == 60  # each stimulus has its turn


def test_held_out_stimuli_of_different_pictures_are_those_of_scikit_learn():
    shuffle = ShuffleSplit(n_splits=4, test_size=6, random_state=11)
    expected = [chosen.tolist() for _, chosen in shuffle.split(np.arange(59))]
    assert grouped_tests(np.arange(59), 6, 4, np.random.RandomState(11)).tolist() == expected


def test_one_picture_cannot_be_split():
    with pytest.raises(UnreliableDataError):
        grouped_halves(np.zeros(8, int), np.random.default_rng(0))
    with pytest.raises(UnreliableDataError):
        grouped_tests(np.repeat(np.arange(8), 6), 5, 2, np.random.default_rng(0))


@pytest.mark.parametrize("name", GROUPS)
def test_no_fold_or_readout_or_counterpart_sees_a_scored_picture(name):
    groups, subjects = GROUPS[name], np.repeat(["m1", "m2"], 5)
    for number, fold in enumerate(selection_folds(60, subjects, seed=0, groups=groups)):
        assert are_apart(groups[fold.selection.stimuli], groups[fold.scoring.stimuli])
        for part in (fold.selection, fold.scoring):
            tests = two_test_sets(part.stimuli, groups[part.stimuli], number)
            assert len(tests.ravel()) > len(part.stimuli) / 2 and len(set(tests.ravel())) == tests.size
            for test in tests:
                assert are_apart(groups[test], groups[np.setdiff1d(part.fit_stimuli, test)])
            for found_on, scored in matching_splits(part, np.random.default_rng(0)):
                assert are_apart(groups[found_on], groups[scored])


def test_features_that_only_know_the_picture_predict_nothing():
    """Readouts fitted to a picture's twin would predict it: ridge .96 where nothing is to be had."""
    generator = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 2)
    responses = generator.normal(size=(40, 30))[groups]
    trials = responses + 0.3 * generator.normal(size=(12, 80, 30))
    identity = np.eye(40)[groups]
    subjects = np.repeat(["m1", "m2"], 15)
    scores = {}
    for name, known in (("together", groups), ("apart", None)):
        folds = selection_folds(80, subjects, seed=0, groups=known)
        target = load_metric("ridge").prepare(trials, subjects, folds)
        gram = FeatureGram.of_features(identity)
        scores[name] = target.evaluate([gram]).raw.mean(), target.selection_scores([gram]).mean()
    assert min(scores["apart"]) > 0.3  # not every picture's twin is on the other side
    assert max(np.abs(scores["together"])) < 0.25
