"""The table of scores to read."""

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse.analyses.score_grid import clear_best
from brainscore_mouse.analyses.score_grid import score_grid as grid_of_rows


def frame_of(*rows):
    return pd.DataFrame(rows, columns=["model", "benchmark", "score", "error"])


def score_grid(frame, **options):
    return grid_of_rows(frame.to_dict("records"), **options)


def test_models_are_rows_and_areas_are_columns():
    text = score_grid(
        frame_of(
            ("small", "toy-VISp-rsa", 0.1, 0.02),
            ("large-net", "toy-VISp-rsa", 0.4, 0.02),
            ("small", "toy-VISl-rsa", 0.2, 0.02),
            ("small", "toy-VISp-ridge", -0.25, float("nan")),
        )
    )
    rsa, ridge, footnote = text.split("\n\n")
    heading, areas, small, large = rsa.splitlines()
    assert "toy" in heading and "rsa" in heading and areas.split() == ["VISp", "VISl"]
    assert small.split() == ["small", "0.10", "±", "0.02", "0.20", "±", "0.02"]
    assert large.split() == ["large-net", "0.40", "±", "0.02*"]  # none in VISl
    assert ridge.splitlines()[2].split() == ["small", "-0.25"]
    assert footnote.startswith("*")


@pytest.mark.parametrize(("metric", "can_be_compared"), [("rsa", True), ("preferred-orientation", False)])
def test_a_paired_comparison_is_named_only_where_there_is_one(metric, can_be_compared):
    text = score_grid(frame_of(("a", f"toy-VISp-{metric}", 0.1, 0.02), ("b", f"toy-VISp-{metric}", 0.4, 0.02)))
    footnote = text.split("\n\n")[1]
    assert footnote.startswith("*") and ("brainscore-mouse compare" in footnote) == can_be_compared


def test_no_line_is_wider_than_the_terminal():
    areas = ("VISp", "VISl", "VISal", "VISpm", "VISam", "VISrl")
    frame = frame_of(*((name, f"toy-{area}-rsa", 0.1, 0.1) for name in ("one", "another") for area in areas))
    narrow, wide = score_grid(frame, width=40), score_grid(frame, width=200)
    assert all(len(line) <= 40 for line in narrow.splitlines()[1:])
    assert narrow.count("0.10 ± 0.10") == wide.count("0.10 ± 0.10") == 12
    assert len(wide.splitlines()) == 4


def test_failures_variants_parts_and_robustness_have_their_place():
    frame = frame_of(
        ("net", "toy-VISp-rsa@64px", 0.1, 0.1),
        ("net", "toy-VISp.Sst-rsa", 0.2, 0.1),
        ("net", "dg-toy-readout", 0.3, 0.1),
    ).assign(failure=["no weights", None, None])
    text = score_grid(frame)
    assert "toy@64px, rsa" in text and "failed" in text
    assert "VISp.Sst" in text and "dg-toy, readout (0: chance, 1: perfect" in text


@pytest.mark.parametrize(
    ("scores", "errors", "best"),
    [
        ([0.1, 0.5], [0.05, 0.05], 1),
        ([0.1, 0.2], [0.05, 0.05], None),  # 1.4 standard errors
        ([0.1, np.nan, 0.5], [0.05, np.nan, 0.05], 2),
        ([0.5], [0.01], None),
        ([0.5, 0.5], [0.0, 0.0], None),
        ([0.5, 0.1], [0.05, np.nan], None),  # an error that is not known
    ],
)
def test_the_best_is_told_apart_by_the_errors_of_both(scores, errors, best):
    assert clear_best(scores, errors, [np.nan] * len(scores)) == best


def test_many_competitors_need_a_larger_lead():
    """2.26 standard errors: p = 0.024 against one other model, too much against thirty."""
    lead = 0.16
    assert clear_best([lead, 0.0], [0.05, 0.05], [np.nan] * 2) == 0
    assert clear_best([lead, 0.0], [0.05, 0.05], [118, 118]) == 0
    assert clear_best([lead, 0.0], [0.05, 0.05], [6, 6]) is None  # p = 0.07 by Student's t of five degrees of freedom
    assert clear_best([lead, *[0.0] * 30], [0.05] * 31, [np.nan] * 31) is None


def test_chance_rarely_makes_a_star():
    """Ten equal models: without a correction the best is often ahead of some; ahead of all, by chance, hardly ever."""
    generator = np.random.default_rng(0)
    stars = [clear_best(generator.normal(0.3, 0.05, 10), [0.05] * 10, [np.nan] * 10) is not None for _ in range(400)]
    assert np.mean(stars) <= 0.05


def test_areas_with_other_numbers_of_neuroids_are_said_not_to_compare_by_rsa_only():
    rows = ("net", "toy-VISp-rsa", 0.1, 0.1), ("net", "toy-VISl-rsa", 0.2, 0.1)
    text = score_grid(frame_of(*rows).assign(n_neuroids=[569, 311]))
    assert "311 to 569" in text and "neuroid-numbers" in text and max(map(len, text.splitlines())) <= 80
    for other in (
        frame_of(*rows).assign(n_neuroids=[311, 311]),
        frame_of(*rows),
        frame_of(*((model, name.replace("rsa", "ridge"), *rest) for model, name, *rest in rows)).assign(
            n_neuroids=[569, 311]
        ),
    ):
        assert "neuroid-numbers" not in score_grid(other)


def test_the_highest_mean_comes_first_then_models_that_lack_areas_then_mice():
    rows = [
        ("low", "toy-VISp-rsa", 0.1, 0.02),
        ("low", "toy-VISl-rsa", 0.1, 0.02),
        ("mouse-model:toy-VISp", "toy-VISp-rsa", 0.9, 0.02),
        ("one-area", "toy-VISp-rsa", 0.8, 0.02),
        ("high", "toy-VISp-rsa", 0.3, 0.02),
        ("high", "toy-VISl-rsa", 0.2, 0.02),
        ("failed", "toy-VISp-rsa", float("nan"), float("nan")),
    ]
    orders = [score_grid(frame_of(*of_rows)) for of_rows in (rows, rows[::-1])]
    assert orders[0] == orders[1]  # `run` and `results show` have them in other orders
    block, *footnotes = orders[0].split("\n\n")
    names = [line.split()[0] for line in block.splitlines()[2:]]
    assert names == ["high", "low", "one-area", "failed", "mouse-model:toy-VISp"]
    assert "0.90 ± 0.02*" not in block and "0.80 ± 0.02*" in block  # the best model; mice are on another scale
    assert any("mouse-model:" in text and "inter-animal" in text for text in footnotes)
    assert "inter-animal" not in score_grid(frame_of(*rows[:2]))
