"""Showing, querying, exporting and removing stored scores, and removing datasets."""

import csv
import io
import json

import pytest
from brainscore_mouse.command_line import app
from brainscore_mouse.command_line.output.json_output import print_json
from brainscore_mouse.core.errors import DatasetNotFoundError, UnknownIdentifierError
from brainscore_mouse.results.store import store_failure
from brainscore_mouse.results.view import results_frame
from stored_scores import AREAS, store_table
from typer.testing import CliRunner

MODELS = ["resnet18", "resnet18-neurn", "alexnet"]


def run(*arguments, **options):
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, list(arguments), **options)


@pytest.fixture
def scores(home):
    return store_table(MODELS)


def test_show_prints_the_stored_numbers_by_area(scores):
    shown = run("results", "show", "--metric", "rsa").stdout
    assert "toy-mouse, rsa" in shown and "ridge" not in shown and "dg-toy" not in shown
    line = next(line for line in shown.splitlines() if line.startswith("alexnet"))
    for area in AREAS:
        assert f"{scores['alexnet', f'toy-mouse-{area}-rsa']:.2f} ± 0.02" in line


def test_show_filters_and_prints_json(scores):
    shown = json.loads(run("results", "show", "--models", "resnet*", "--benchmarks", "*-VISp-*", "--json").stdout)
    assert {(row["model"], row["benchmark"]) for row in shown} == {
        (model, f"toy-mouse-VISp-{metric}") for model in MODELS[:2] for metric in ("rsa", "ridge")
    }
    assert all(row["score"] == scores[row["model"], row["benchmark"]] for row in shown)
    assert isinstance(run("results", "show", "--metric", "no-such").exception, UnknownIdentifierError)


def test_an_empty_store_says_how_to_make_a_score(home):
    assert "brainscore-mouse score" in str(run("results", "show").exception)


def test_csv_goes_to_standard_output(scores):
    rows = list(csv.DictReader(io.StringIO(run("results", "export", "--csv", "-").stdout)))
    assert len(rows) == len(scores)
    assert {(row["model"], row["benchmark"]): float(row["score"]) for row in rows} == scores
    query = "SELECT model, COUNT(*) AS n FROM results GROUP BY model ORDER BY model"
    assert run("results", "query", query, "--csv", "-").stdout.splitlines() == [
        "model,n", "alexnet,7", "resnet18,7", "resnet18-neurn,7",
    ]  # fmt: skip
    assert json.loads(run("results", "query", query, "--json").stdout)[0] == {"model": "alexnet", "n": 7}


def test_remove_takes_only_what_was_named(scores, home):
    store_failure(
        "alexnet", "toy-mouse-VISp-pls", {"error": "DataError", "message": "too few", "created": "2026-01-01"}
    )
    asked = run("results", "remove", "alexnet", input="n\n")
    assert asked.exit_code == 1 and len(results_frame()) == len(scores)
    removed = run("results", "remove", "alexnet", "--benchmarks", "*-VISp-*", "--yes")
    assert removed.exit_code == 0 and "3 files" in removed.stdout
    left = results_frame()
    assert len(left) == len(scores) - 2
    assert not ((left["model"] == "alexnet") & left["benchmark"].str.contains("-VISp-")).any()
    assert not list((home / "results" / "alexnet").glob("*VISp*"))
    assert isinstance(
        run("results", "remove", "alexnet", "--benchmarks", "*-VISp-*", "--yes").exception, UnknownIdentifierError
    )


def test_datasets_are_listed_and_removed(simulated_home):
    (listed,) = json.loads(run("data", "list", "--json").stdout)
    assert listed["dataset"] == "simulated-mouse" and "VISp" in listed["areas"] and listed["megabytes"] > 1
    run("data", "remove", "simulated-mouse", input="n\n")
    assert (simulated_home / "datasets" / "simulated-mouse").is_dir()
    assert run("data", "remove", "simulated-mouse", "--yes").exit_code == 0
    assert not (simulated_home / "datasets" / "simulated-mouse").exists()
    assert isinstance(run("data", "remove", "simulated-mouse", "--yes").exception, DatasetNotFoundError)
    assert isinstance(run("data", "remove", "../results", "--yes").exception, DatasetNotFoundError)


def test_answers_can_be_parsed_as_json(simulated_home):
    manifest = json.loads(run("data", "info", "--json").stdout)[0]
    assert manifest["identifier"] == "simulated-mouse" and manifest["simulated"]
    assert json.loads(run("cache", "info", "--json").stdout)["limit_bytes_of_each_kind"] > 0
    assert {stub["state"] for stub in json.loads(run("status", "--json").stdout)} <= {
        "absent",
        "as written",
        "outdated",
    }
    assert json.loads(run("results", "failures", "--json").stdout) == []
    assert json.loads(run("list", "datasets", "--json").stdout) == ["simulated-mouse"]
    arguments = ["run", "--models", "pixels", "--benchmarks", "simulated-mouse-VISp-rsa", "--dry-run", "--json"]
    plan = json.loads(run(*arguments).stdout)
    assert plan["to_do"] == [{"model": "pixels", "benchmark": "simulated-mouse-VISp-rsa"}] and plan["seconds"] is None


def test_what_json_does_not_have_becomes_null(capsys):
    print_json({"a": [float("nan"), 1.5], "b": ("x", None)})
    assert json.loads(capsys.readouterr().out) == {"a": [None, 1.5], "b": ["x", None]}


def test_failures_are_listed_with_their_whole_message_and_how_to_forget_them(home):
    told = {"error": "RemoteReadError", "message": "not read.\nFrom a mirror: data fetch", "created": "2026-01-01"}
    store_failure("alexnet", "toy-mouse-VISp-rsa", told)
    head, *message, hint = run("results", "failures").stdout.splitlines()
    assert head.startswith("alexnet on toy-mouse-VISp-rsa")
    assert message == ["  RemoteReadError: not read.", "  From a mirror: data fetch"]
    command = hint[hint.index("brainscore-mouse") :].split()[1:]
    assert command == ["results", "remove", "MODEL"]
    assert run("results", "remove", "alexnet", "--yes").exit_code == 0
    assert run("results", "failures").stdout.splitlines() == ["Nothing has failed."]
