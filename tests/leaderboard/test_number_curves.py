"""Scores at several numbers of neuroids: kept by the command, drawn on the page of the benchmark."""

import json

import pytest
from brainscore_mouse.core.home import results_folder
from brainscore_mouse.leaderboard.number_curves import number_curves
from brainscore_mouse.leaderboard.page_name import page_name
from brainscore_mouse.leaderboard.site import write_leaderboard
from brainscore_mouse.results.neuroid_numbers.stored_numbers import store_numbers, stored_numbers
from brainscore_mouse.results.view import results_frame
from stored_scores import store_made_up

BENCHMARK = "toy-mouse-VISp-rsa"


def row(model, number, score, problem="", n_neuroids=40):
    shown = {"score": score, "error": None if score is None else 0.01, "low": None, "high": None}
    return {
        "model": model,
        "n_neuroids_compared": number,
        "n_neuroids": n_neuroids,
        "n_draws": 2,
        "problem": problem,
    } | shown


def test_what_is_kept_is_read_back_and_other_models_stay(home):
    assert stored_numbers(BENCHMARK) == []
    store_numbers(BENCHMARK, [row("b", 40, 0.3), row("b", 10, 0.1)])
    store_numbers(BENCHMARK, [row("a", 40, 0.2)])
    assert stored_numbers(BENCHMARK) == [row("a", 40, 0.2), row("b", 10, 0.1), row("b", 40, 0.3)]
    store_numbers(BENCHMARK, [row("b", 40, 0.5)])  # another network by now: its earlier points are not of it
    assert stored_numbers(BENCHMARK) == [row("a", 40, 0.2), row("b", 40, 0.5)]
    assert stored_numbers("toy-mouse-VISl-rsa") == []
    assert len(results_frame()) == 0  # they are no scores of models


@pytest.mark.parametrize("value", ["text", [], {"rows": 1}, {"rows": [{"model": "a"}]}, float("nan")])
def test_a_damaged_file_is_left_out_and_named(home, value, caplog):
    path = store_numbers(BENCHMARK, [row("a", 40, 0.2)])
    path.write_text(json.dumps(value))
    assert stored_numbers(BENCHMARK) == []
    assert str(path) in caplog.text


def test_curves_that_do_not_end_in_the_score_are_left_out():
    rows = [
        row("now", 10, 0.1),
        row("now", 40, 0.3),
        row("before", 10, 0.2),
        row("before", 40, 0.4),
        row("gone", 40, 0.9),
    ]
    found = number_curves(rows, {"now": 0.3, "before": 0.5, "other": 0.1})
    assert [model["name"] for model in found["models"]] == ["now"]
    assert found["n_stale"] == 1 and found["numbers"] == [10, 40]
    (line,) = found["chart"]["series"]
    (x_10, y_10), (x_40, y_40) = (map(float, point.split(",")) for point in line["line"].split())
    assert x_10 < x_40 and y_10 > y_40  # upwards on the page is less
    assert number_curves(rows, {"other": 0.1}) is None


def test_the_page_draws_what_is_kept_and_says_how_to_compute_it_otherwise(home, tmp_path):
    for area in ("VISp", "VISl"):
        store_made_up("<net>", f"toy-mouse-{area}-rsa", 0.3, n_neuroids=40, n_mice=3)
    store_numbers(BENCHMARK, [row("<net>", 10, None, "too <noisy>"), row("<net>", 20, 0.2), row("<net>", 40, 0.3)])
    write_leaderboard(tmp_path / "board")
    drawn, other = (
        (tmp_path / "board" / "benchmarks" / page_name(f"toy-mouse-{area}-rsa")).read_text()
        for area in ("VISp", "VISl")
    )
    assert "<polyline" in drawn and "&lt;net&gt;, 20: 0.200" in drawn and "not compared" in drawn
    assert "too &lt;noisy&gt;" in drawn and "Small area: 40 neuroids" in drawn
    assert "<polyline" not in other
    for page in (drawn, other):
        assert "brainscore-mouse neuroid-numbers MODEL" in page
    assert (results_folder() / "neuroid-numbers").is_dir()
