"""What `compare` prints: a table of 80 columns, and words."""

import importlib

import pandas as pd
from brainscore_mouse.scoring.compare import PairedComparison
from brainscore_mouse.uncertainty.leave_one_out import Estimate

module = importlib.import_module("brainscore_mouse.command_line.compare")


def comparison(rows, mean_of=None):
    columns = ["benchmark", "first", "second", "difference", "low", "high", "p", "p_holm"]
    mean = None if mean_of is None else Estimate(mean_of, 0.01, mean_of - 0.02, mean_of + 0.02, 0.001, 5.0)
    return PairedComparison(pd.DataFrame(rows, columns=columns), mean, None, "both", 0.95)


AHEAD = ("allen-mouse-npx-VISmmp-activation-overlap", 0.5, 0.2, 0.3, 0.2, 0.4, 0.001, 0.0005)
BEHIND = ("toy-VISl-rsa", 0.2, 0.5, -0.3, -0.4, -0.2, 0.001, 0.002)
CHANCE = ("toy-VISal-rsa", 0.2, 0.21, -0.01, -0.1, 0.08, 0.8, 0.8)


def words_of(found):
    return list(module._in_words("one", "two", found))


def test_it_says_which_model_is_ahead_where_and_what_could_be_chance():
    words = words_of(comparison([AHEAD, BEHIND, CHANCE]))
    assert words[0].startswith("one is ahead of two") and AHEAD[0] in words[0] and BEHIND[0] not in words[0]
    assert words[1].startswith("two is ahead of one") and BEHIND[0] in words[1]
    assert "chance" in words[2] and CHANCE[0] in words[2]


def test_many_benchmarks_are_counted_and_not_listed():
    many = [(f"toy-A{number}-rsa", *BEHIND[1:]) for number in range(9)]
    words = words_of(comparison([AHEAD, *many]))
    assert AHEAD[0] in words[0] and "9 of 10 benchmarks" in words[1] and "toy-A" not in words[1]


def test_the_table_fits_eighty_columns_and_shows_corrected_p_values():
    lines = list(module._table(comparison([BEHIND, CHANCE])))
    assert all(len(line) <= 80 for line in lines)
    assert "0.002" in lines[1] and "-0.30 [-0.40, -0.20]" in lines[1] and "0.800" in lines[2]
    assert all(len(line) <= 80 for line in module._table(comparison([AHEAD, BEHIND])))


def test_a_mean_is_given_within_a_metric_only():
    same = " ".join(words_of(comparison([BEHIND, CHANCE], mean_of=-0.155)))
    assert "Mean difference over the 2 benchmarks: -0.15" in same and "more than chance" in same
    mixed = " ".join(words_of(comparison([AHEAD, BEHIND], mean_of=0.0)))
    assert "Mean difference" not in mixed and "not averaged" in mixed
