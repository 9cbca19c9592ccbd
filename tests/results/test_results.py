"""The store of results: its view, merging and export. JSON files are the truth."""

import json
import logging
import pkgutil
import re
import sqlite3

import numpy as np
import pandas as pd
import pytest
from brainscore_core.metrics import Score
from brainscore_mouse import failures_frame, load_benchmark, load_model, result_records, results_frame, score_model
from brainscore_mouse.command_line import app
from brainscore_mouse.core.behaviour import Behaviour
from brainscore_mouse.core.content_key import content_key
from brainscore_mouse.core.errors import DataError, InvalidParameterError
from brainscore_mouse.core.home import results_folder
from brainscore_mouse.results.export import export_csv, export_parquet
from brainscore_mouse.results.merge import differing_fields, merge_results
from brainscore_mouse.results.open_view import view_path
from brainscore_mouse.results.query import query
from brainscore_mouse.results.store import result_files, result_path, store_failure, store_result
from brainscore_mouse.results.view import results_and_failures
from typer.testing import CliRunner

BEHAVIOUR = Behaviour(np.ones((2, 2, 6)), 1e-4)


def stored(model="alexnet", benchmark="simulated-mouse-VISp-rsa", value=0.5, seed=0, **attrs):
    """Store a score as `score_model` would; the key follows from model, benchmark and seed."""
    score = Score(value)
    score.attrs.update(model_identifier=model, benchmark_identifier=benchmark, error=0.01, seed=seed, layer="a")
    score.attrs.update(created="2026-11-24T10:00:00+00:00", duration_s=2.0, layer_scores={"a": value, "b": 0.1})
    score.attrs.update(attrs)
    key = content_key(model=model, benchmark=benchmark, seed=seed)
    path = result_path(model, benchmark, key, BEHAVIOUR)
    store_result(score, path, key, BEHAVIOUR)
    return path


@pytest.fixture
def other_home(tmp_path, monkeypatch):
    """Make another machine's store with `in_other_home`."""
    return tmp_path / "other"


def in_home(monkeypatch, folder, make, *args, **options):
    with monkeypatch.context() as patch:
        patch.setenv("BRAINSCORE_MOUSE_HOME", str(folder))
        return make(*args, **options)


def test_a_real_score_tells_where_it_comes_from(simulated_home):
    score = score_model("pixels", "simulated-mouse-VISp-rsa")
    (record,) = result_records()
    assert record["score"] == float(score)
    assert record["data_sha256"] == load_benchmark("simulated-mouse-VISp-rsa").content()["data_sha256"]
    assert len(record["model_fingerprint"]) == 64
    assert record["n_parameters"] == 0
    assert record["image_size"] == [load_model("pixels").image_size] * 2
    assert record["host"]["system"].startswith(("Linux", "Darwin"))
    assert record["host"]["n_cores"] >= 1
    assert record["duration_s"] > record["lookup_s"] > 0 and record["peak_memory_bytes"] > 50e6
    (row,) = results_frame().to_dict("records")
    assert row["score"] == float(score)
    assert row["layer_scores"] == score.attrs["layer_scores"]
    assert row["n_neuroids"] == score.attrs["n_neuroids"]
    assert row["versions"]["torch"] == score.attrs["versions"]["torch"]


def test_frame_marks_the_newest_by_instant_not_by_text():
    stored(seed=0, value=0.1, created="2026-11-24T10:00:00+09:00")
    stored(seed=1, value=0.2, created="2026-11-24T09:00:00+00:00")  # eight hours later
    stored(model="pixels", benchmark="dg-minidigits-readout", value=0.3, chance=0.1, layer_scores=None)
    frame = results_frame()
    assert frame["model"].tolist() == ["alexnet", "alexnet", "pixels"]
    assert frame[frame["is_newest"]]["score"].tolist() == [0.2, 0.3]
    assert frame["layer_scores"].tolist()[2] is None
    assert np.isnan(frame["ceiling"]).all() and frame["n_mice"].isna().all()


def test_empty_store_is_an_empty_frame():
    assert len(results_frame()) == 0 and len(failures_frame()) == 0
    assert {"model", "benchmark", "score", "error", "is_newest"} <= set(results_frame().columns)


def test_view_follows_the_files(caplog):
    path = stored(value=0.1)
    assert results_frame()["score"].tolist() == [0.1]
    before = view_path().stat().st_mtime_ns
    results_frame()
    assert view_path().stat().st_mtime_ns == before  # nothing to do
    stored(value=0.25)
    stored(model="b", value=0.5)
    assert results_frame()["score"].tolist() == [0.25, 0.5]
    path.write_text('{"score":')
    with caplog.at_level(logging.WARNING):
        assert results_frame()["model"].tolist() == ["b"]
    assert str(path) in caplog.text
    path.unlink()
    # What is left of a process that was killed while it wrote.
    (path.parent / ".tmp-x.json").write_text("{")
    view_path().write_bytes(b"no database")
    assert results_frame()["model"].tolist() == ["b"]


@pytest.mark.parametrize("failing", ["shutil.copyfile", "brainscore_mouse.results.open_view._update"])
def test_where_the_view_cannot_be_written_the_answer_is_that_of_the_files(failing, monkeypatch):
    stored(value=0.1)
    assert query("SELECT score FROM results").rows == [(0.1,)]
    stored(model="b", value=0.5)
    real, calls = pkgutil.resolve_name(failing), []

    def fail_once(*arguments):
        calls.append(arguments)
        if len(calls) == 1:  # what a full disk looks like to Python, and to SQLite
            raise OSError("full") if failing == "shutil.copyfile" else sqlite3.OperationalError("full")
        return real(*arguments)

    monkeypatch.setattr(failing, fail_once)
    with pytest.warns(UserWarning, match="full"):
        assert query("SELECT score FROM results").rows == [(0.1,), (0.5,)]
    assert query("SELECT score FROM results").rows == [(0.1,), (0.5,)]


def test_query_answers_sql_and_cannot_write():
    stored(value=0.1)
    stored(model="b", value=0.5)
    best = query("SELECT model, json_extract(layer_scores, '$.b') AS b FROM results ORDER BY score DESC")
    assert best.columns == ["model", "b"] and best.rows == [("b", 0.1), ("alexnet", 0.1)]
    for wrong in ("SELECT nothing FROM results", "DELETE FROM results", "no sql"):
        with pytest.raises(InvalidParameterError, match=re.escape(repr(wrong))):
            query(wrong)
    assert len(results_frame()) == 2
    result = CliRunner().invoke(app, ["results", "query", "SELECT score FROM results WHERE model = 'b'"])
    assert result.output.split() == ["score", "0.5"]
    result = CliRunner().invoke(app, ["results", "query", "SELECT 'a' || char(10) || 'b' AS message"])
    assert result.output.splitlines() == ["message", r"   a\nb"]


def test_columns_of_the_same_name_are_rows_of_a_table_but_not_records():
    stored(value=0.1)
    stored(model="b", value=0.5)
    of_two = query("SELECT one.score, other.score FROM results one JOIN results other ON one.model < other.model")
    assert of_two.rows == [(0.1, 0.5)]
    with pytest.raises(InvalidParameterError, match="'score'"):
        of_two.records()


def test_results_and_failures_at_once_are_those_of_each():
    stored("alexnet")
    stored("pixels", benchmark_version=1)
    stored("resnet", benchmark_version=2)  # the others are outdated
    store_failure("vgg", "simulated-mouse-VISp-rsa", {"error": "DataError", "message": "no weights", "created": "2026"})
    for outdated in (False, True):
        results, failures = results_and_failures(outdated)
        pd.testing.assert_frame_equal(results, results_frame(outdated))
        pd.testing.assert_frame_equal(failures, failures_frame())
        assert len(results) == (3 if outdated else 1)
        assert failures["model"].tolist() == ["vgg"]


def test_failures_are_kept_apart_until_there_is_a_score():
    store_failure("vgg11", "simulated-mouse-VISp-rsa", {"error": "E", "message": "no weights", "created": "2026"})
    assert failures_frame()[["model", "message"]].values.tolist() == [["vgg11", "no weights"]]
    assert len(results_frame()) == 0 and list(result_records()) == []
    stored(model="vgg11")
    assert len(failures_frame()) == 0 and len(results_frame()) == 1


def test_merge_takes_over_and_overwrites_nothing(other_home, monkeypatch):
    stored("same", value=0.3)
    stored("conflict", value=0.3)
    in_home(monkeypatch, other_home, stored, "same", value=0.3 + 1e-9, created="2027-01-01T00:00:00+00:00")
    theirs = in_home(monkeypatch, other_home, stored, "conflict", value=0.31)
    in_home(monkeypatch, other_home, stored, "../new", value=0.7, error=None)
    failure = {"error": "E", "message": "m", "created": "2026-11-24T10:00:00+00:00"}
    for model in ("same", "failed"):
        in_home(monkeypatch, other_home, store_failure, model, "simulated-mouse-VISp-ridge", failure)
    damaged = other_home / "results" / "x" / "y" / "0123.json"
    damaged.parent.mkdir(parents=True)
    damaged.write_text('{"model_identifier": "x", "benchmark_identifier": "y", "created": ""}')
    before = {path: path.read_bytes() for path in result_files(results_folder())}
    report = merge_results([other_home])
    assert (report.n_added, report.n_same, report.n_failures, report.damaged) == (1, 1, 2, [damaged])
    (conflict,) = report.conflicts
    assert (conflict.model, conflict.ours, conflict.theirs, conflict.other) == ("conflict", 0.3, 0.31, theirs)
    assert conflict.fields == ("layer_scores", "score")
    assert {path: path.read_bytes() for path in before} == before
    (copied,) = set(result_files(results_folder())) - set(before)
    assert copied.relative_to(results_folder()).parts[0] == "..%2Fnew"
    origin = other_home / "results" / copied.relative_to(results_folder())
    assert copied.read_bytes() == origin.read_bytes()
    assert failures_frame()["model"].tolist() == ["failed", "same"]
    again = merge_results([other_home / "results"])
    assert (again.n_added, again.n_same, again.n_failures, len(again.conflicts)) == (0, 2, 0, 1)
    result = CliRunner().invoke(app, ["results", "merge", str(other_home)])
    assert result.exit_code == 1
    assert re.search(r"conflict.*simulated-mouse-VISp-rsa.*0\.3\b.*0\.31\b", result.output)


NAMES_WITH_PREFIXES = (
    "timm:a/b",
    "timm:a_b",
    "timm:a%2Fb",
    "timm:a/b+neurn",
    "timm-a-b",
    "hf:org/net",
    "hf-hub:org/net",
    "torch-file:/lab/my net.pt",
    "torch-file:/lab/" + 60 * "long/" + "a.pt",
    "torch-file:/lab/" + 60 * "long/" + "b.pt",
)


def test_names_with_prefixes_have_files_of_their_own_and_are_found_by_patterns(tmp_path):
    paths = [stored(name, value=number / 10) for number, name in enumerate(NAMES_WITH_PREFIXES)]
    folders = [path.relative_to(results_folder()).parts[0] for path in paths]
    assert len({folder.lower() for folder in folders}) == len(folders)
    assert all(len(folder) < 255 and not set('/\\:*?"<>|') & set(folder) for folder in folders)
    assert {record["model_identifier"]: record["score"] for record in result_records()} == {
        name: number / 10 for number, name in enumerate(NAMES_WITH_PREFIXES)
    }
    shown = CliRunner().invoke(app, ["results", "show", "--models", "timm:*", "--json"])
    assert {row["model"] for row in json.loads(shown.stdout)} == {
        name for name in NAMES_WITH_PREFIXES if name.startswith("timm:")
    }
    export_csv(tmp_path / "all.csv")
    assert sorted(pd.read_csv(tmp_path / "all.csv")["model"]) == sorted(NAMES_WITH_PREFIXES)
    removed = CliRunner().invoke(app, ["results", "remove", "torch-file:*", "--yes"])
    assert removed.exit_code == 0
    assert not any(record["model_identifier"].startswith("torch-file:") for record in result_records())


def test_merge_refuses_what_is_no_store(tmp_path):
    with pytest.raises(DataError, match="absent"):
        merge_results([tmp_path / "absent"])
    with pytest.raises(DataError, match=re.escape(str(tmp_path))):
        merge_results([tmp_path])
    stored()
    with pytest.raises(DataError, match=re.escape(str(results_folder().parent))):
        merge_results([results_folder().parent])


def test_times_and_host_are_no_difference():
    ours = {"score": 1.0, "created": "a", "duration_s": 1.0, "host": {"n_cores": 2}, "layer": "x"}
    assert differing_fields(ours, ours | {"created": "b", "duration_s": 2.0, "lookup_s": 1.0, "host": {}}) == ()
    assert differing_fields(ours, ours | {"layer": "y", "score": 1.1, "more": 1}) == ("layer", "more", "score")
    assert differing_fields(ours, ours | {"score": 1.0 + 1e-12}, tolerance=0) == ("score",)


def test_export_to_csv_and_parquet(tmp_path):
    stored("=1+1,\n'x'", value=0.125)
    stored("b", value=-0.5, error=None)
    result = CliRunner().invoke(app, ["results", "export", "--csv", str(tmp_path / "s.csv")])
    assert result.exit_code == 0
    assert export_parquet(tmp_path / "s.parquet") == 2
    csv = pd.read_csv(tmp_path / "s.csv")
    parquet = pd.read_parquet(tmp_path / "s.parquet")
    for table in (csv, parquet):
        assert table["model"].tolist() == ["=1+1,\n'x'", "b"]
        assert table["score"].tolist() == [0.125, -0.5]
        assert np.isnan(table["error"][1])
        assert json.loads(table["layer_scores"][0]) == {"a": 0.125, "b": 0.1}
    with pytest.raises(InvalidParameterError, match="--csv"):
        CliRunner().invoke(app, ["results", "export"], catch_exceptions=False)


def test_view_is_of_the_declared_types():
    stored(n_mice=6)
    results_frame()
    with sqlite3.connect(view_path()) as connection:
        assert connection.execute("SELECT typeof(score), typeof(n_mice), typeof(host) FROM results").fetchone() == (
            "real",
            "integer",
            "null",
        )
    assert export_csv(results_folder() / "all.csv") == 1
