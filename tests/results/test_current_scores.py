"""Which scores stand in one column, and which networks in one row: decided by the view, followed by all pages."""

import itertools
import json
import logging

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse import results_frame
from brainscore_mouse.analyses.paper_figures import area_by_model, ceilings, whole_area_scores
from brainscore_mouse.analyses.robustness.mouse_and_robustness import joint_scores, stored_scores
from brainscore_mouse.command_line import app
from brainscore_mouse.core.behaviour import Behaviour, LayerBehaviour
from brainscore_mouse.core.errors import DataError
from brainscore_mouse.leaderboard.site import write_leaderboard
from brainscore_mouse.results.export import export_csv
from brainscore_mouse.results.query import query
from brainscore_mouse.results.view import current_scores
from stored_scores import store_made_up
from typer.testing import CliRunner

BENCHMARK = "toy-mouse-VISp-rsa"
OLD, NEW = "a" * 64, "b" * 64

# What the older score of another model was made with, and what the newer one: not comparable, in three ways and more.
DIFFERENT = {
    "other recordings": ({"data_sha256": OLD}, {"data_sha256": NEW}),
    "recordings that were not known": ({}, {"data_sha256": NEW}),
    "an older version": ({"benchmark_version": 3}, {"benchmark_version": 4}),
    "the first version that was told": ({}, {"benchmark_version": 1}),
    "other settings": ({"metric_settings": {"n": 2, "k": [1]}}, {"metric_settings": {"k": [1], "n": 3}}),
}


def store(model, value, created, benchmark=BENCHMARK, number=0, **attrs):
    told = {"raw": value, "ceiling": 0.9, "ceiling_error": 0.01, "n_neuroids": 40, "n_mice": 3, "number": number}
    store_made_up(model, benchmark, value, created=f"2026-{created:02d}-01T00:00:00+00:00", **told | attrs)


@pytest.fixture(params=DIFFERENT.values(), ids=DIFFERENT)
def two_kinds(request):
    """Two models' old scores, and one model's new one."""
    old, new = request.param
    store("first", 0.1, 1, **old)
    store("second", 0.2, 2, number=1, **old)
    store("first", 0.7, 3, number=2, **new)


def test_only_scores_that_can_be_compared_stand_in_a_column(two_kinds, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        frame = results_frame()
    assert frame[["model", "score"]].values.tolist() == [["first", 0.7]]
    assert frame.attrs["n_outdated"] == 2 and "2 of 3 stored scores" in caplog.text
    assert query("SELECT model, score FROM results").rows == [("first", 0.7)]
    assert stored_scores(BENCHMARK)["score"].to_dict() == {"first": 0.7}
    assert whole_area_scores()["score"].tolist() == [0.7]
    assert export_csv(tmp_path / "scores.csv") == 1
    page = write_leaderboard(tmp_path / "leaderboard")
    data = json.loads((page.parent / "scores.js").read_text().removeprefix("window.SCORES = ").rstrip(";\n"))
    assert [model["name"] for model in data["models"]] == ["first"] and data["scores"] == [[[0.7, 0.02, 1]]]
    assert "2 stored scores" in page.read_text()


def test_outdated_scores_are_marked_where_they_are_asked_for(two_kinds, tmp_path):
    frame = results_frame(outdated=True).sort_values("created")
    assert frame["score"].tolist() == [0.1, 0.2, 0.7]
    assert frame["is_current"].tolist() == frame["is_newest"].tolist() == [False, False, True]
    assert query("SELECT score FROM all_results WHERE NOT is_current ORDER BY score").rows == [(0.1,), (0.2,)]
    CliRunner().invoke(app, ["results", "export", "--outdated", "--csv", str(tmp_path / "x.csv")])
    assert pd.read_csv(tmp_path / "x.csv").sort_values("score")["is_current"].tolist() == [False, False, True]
    page = write_leaderboard(tmp_path / "leaderboard", outdated=True)
    (of_first,) = (page.parent / "models").glob("first-*")
    assert ">0.100<" in of_first.read_text().partition("Outdated scores")[2]
    assert not list((page.parent / "models").glob("second-*"))


def test_the_highest_version_wins_though_an_older_one_was_scored_later():
    store("early", 0.3, 1, benchmark_version=10, data_sha256=NEW)
    store("late", 0.5, 2, number=1, benchmark_version=9, data_sha256=NEW)
    assert results_frame()["model"].tolist() == ["early"]


def test_going_back_to_earlier_recordings_brings_their_scores_back():
    store("first", 0.1, 1, data_sha256=OLD)
    store("first", 0.7, 2, number=1, data_sha256=NEW)
    store("second", 0.2, 3, number=2, data_sha256=OLD)
    assert results_frame()["score"].tolist() == [0.1, 0.2]


def test_benchmarks_are_judged_apart_and_the_order_of_settings_is_nothing():
    store("first", 0.1, 1, data_sha256=OLD, metric_settings={"a": 1, "b": {"c": 2, "d": 3}})
    store("second", 0.2, 2, number=1, data_sha256=OLD, metric_settings={"b": {"d": 3, "c": 2}, "a": 1})
    store("first", 0.3, 3, "toy-mouse-VISl-rsa", number=2, data_sha256=NEW)
    frame = results_frame()
    assert len(frame) == 3 and frame.attrs["n_outdated"] == 0


def test_a_joint_report_does_not_mix_recordings():
    for number in range(6):
        store(f"m{number}", 0.1 * number, 1, number=number, data_sha256=OLD if number < 3 else NEW)
        store(f"m{number}", 0.5, 1, "dg-toy-readout", number=number, chance=0.1)
    store("m5", 0.5, 2, number=9, data_sha256=NEW)
    with pytest.raises(DataError, match=r"^3 models .*\(3 models\).*\(6\)"):
        joint_scores(BENCHMARK, "dg-toy-readout")


def test_one_rule_for_tables_in_memory():
    table = pd.DataFrame(
        {
            "benchmark": ["x", "x", "y"],
            "benchmark_version": [1, 1, None],
            "data_sha256": [OLD, NEW, None],
            "metric_settings": [{"a": 1}, {"a": 1}, None],
            "created": ["2026-01-01T10:00:00+09:00", "2026-01-01T09:00:00+00:00", "nonsense"],
        },
        index=[5, 3, 4],
    )
    assert current_scores(table).to_dict() == {5: False, 3: True, 4: True}


# Names of networks, each with what is told of it, and the labels that tell them apart.
NETWORKS = {
    "two of a user's": (
        [("net", "1" * 64, False), ("net", "2" * 64, False)],
        ["net [11111111]", "net [22222222]"],
    ),
    "of an older store": ([("net", "1" * 64, None), ("net", "2" * 64, None)], ["net [11111111]", "net [22222222]"]),
    "one beside the registered one": (
        [("pixels", "1" * 64, True), ("pixels", "2" * 64, None)],
        ["pixels", "pixels [22222222]"],
    ),
    "without a fingerprint": ([("net", "1" * 64, False), ("net", None, False)], ["net [11111111]", "net [unknown]"]),
    "different names": ([("a", "1" * 64, False), ("b", "2" * 64, False)], ["a", "b"]),
    "the same network under two benchmarks": ([("net", "1" * 64, False), ("net", "1" * 64, False)], ["net", "net"]),
    "two versions of a registered one": ([("alexnet", "1" * 64, True), ("alexnet", "2" * 64, True)], ["alexnet"] * 2),
}


@pytest.mark.parametrize(("networks", "labels"), NETWORKS.values(), ids=NETWORKS)
def test_networks_of_one_name_are_told_apart(networks, labels):
    for number, (name, fingerprint, is_registered) in enumerate(networks):
        area = ("VISp", "VISl")[number]
        store(
            name, 0.1, 1 + number, f"toy-mouse-{area}-rsa", number=number, model_fingerprint=fingerprint,
            is_registered=is_registered,
        )  # fmt: skip
    assert results_frame().sort_values("created")["label"].tolist() == labels


def test_networks_of_one_name_have_rows_and_pages_of_their_own(tmp_path):
    for number, digit in enumerate("12"):
        store("net", 0.1 + 0.5 * number, 1 + number, number=number, model_fingerprint=digit * 64)
    assert results_frame()["is_newest"].all()
    assert stored_scores(BENCHMARK)["score"].to_dict() == {"net [11111111]": 0.1, "net [22222222]": 0.6}
    page = write_leaderboard(tmp_path / "leaderboard")
    assert {path.name.partition("-")[2][:8] for path in (page.parent / "models").iterdir()} == {"11111111", "22222222"}
    scores = whole_area_scores()
    names = [label.get_text() for label in area_by_model(scores).axes[0].get_yticklabels()]
    assert names == ["net [22222222]", "net [11111111]"]  # the best on top
    assert len(ceilings(scores).axes[0].patches) == 1


def told_apart_by(seed, noise=0.0, layers=("early", "late")):
    """What the layers of a network do with the reference image."""
    numbers = (1 + noise) * (1 + np.random.default_rng(seed).uniform(size=(2, 1, 6)))
    numbers[..., 0] = 50  # units
    return LayerBehaviour(layers, Behaviour(numbers, 1e-4)).as_json()


# Of one name and fingerprint: what each of three scores, on three benchmarks, says of the network; which are one row.
NETWORKS = {
    "the same": ((1, 1, 1), 1),
    "one does something else": ((1, 2, 1), 2),
    "all do something else": ((1, 2, 3), 3),
    "not known": ((None, None, None), 1),
    "known once": ((None, 1, 1), 1),
    "known to be two, and one not known": ((1, None, 2), 3),
}


@pytest.mark.parametrize(("seeds", "n_rows"), NETWORKS.values(), ids=NETWORKS)
def test_networks_of_one_name_and_fingerprint_that_do_something_else_are_other_rows(seeds, n_rows, tmp_path):
    for number, (seed, area) in enumerate(zip(seeds, ("VISp", "VISl", "VISal"), strict=True)):
        # Rounding, as on another machine, is no difference.
        told = {} if seed is None else {"reference_behaviour": told_apart_by(seed, noise=1e-6 * number)}
        store(
            "net", 0.1 * number, 1 + number, f"toy-mouse-{area}-rsa", number=number, model_fingerprint="1" * 64,
            is_registered=False, **told,
        )  # fmt: skip
    labels = results_frame().sort_values("created")["label"].tolist()
    assert len(set(labels)) == n_rows
    assert all(label == "net" if n_rows == 1 else label.startswith("net [11111111-") for label in labels)
    for first, second in itertools.combinations(range(3), 2):
        if n_rows > 1:
            assert (labels[first] == labels[second]) == (seeds[first] == seeds[second])
    page = write_leaderboard(tmp_path / "leaderboard")
    assert len(list((page.parent / "models").iterdir())) == n_rows


@pytest.mark.parametrize(
    ("layers", "n_rows"), [(("late", "early"), 2), (("early", "late", "more"), 1), (("other", "late"), 1), (("x",), 2)]
)
def test_networks_are_compared_by_the_layers_that_both_name(layers, n_rows):
    first = LayerBehaviour(("early", "late"), Behaviour(np.arange(12.0).reshape(2, 1, 6), 1e-4))
    numbers = np.arange(6.0 * len(layers)).reshape(len(layers), 1, 6)  # of 'early' and 'late' in another order: others
    second = LayerBehaviour(layers, Behaviour(numbers, 1e-4))
    for number, behaviour in enumerate((first, second)):
        told = {"reference_behaviour": behaviour.as_json(), "model_fingerprint": "1" * 64}
        store("net", 0.1, 1 + number, number=number, **told)
    assert results_frame()["label"].nunique() == n_rows


def test_a_damaged_description_of_a_network_is_as_none(tmp_path):
    for number, told in enumerate(({"layers": ["a"]}, "text", {"layers": ["a"], "shape": [1], "numbers": "?"})):
        store("net", 0.1, 1 + number, number=number, model_fingerprint="1" * 64, reference_behaviour=told)
    assert results_frame()["label"].tolist() == ["net"] * 3
