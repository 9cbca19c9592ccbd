"""Tables to download: the same numbers in CSV, JSON, the page and the store, and what `results verify` notices."""

import csv
import hashlib
import json

import pytest
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import DataError
from brainscore_mouse.leaderboard.published_table import COLUMNS, verify_table
from brainscore_mouse.leaderboard.site import write_leaderboard
from stored_scores import store_made_up, store_table
from typer.testing import CliRunner

MODELS = ["resnet18", "alexnet", 'with "quotes", a comma\nand a line']


@pytest.fixture
def board(tmp_path):
    """A leaderboard and its scores."""
    scores = store_table(MODELS)
    write_leaderboard(tmp_path / "board")
    return tmp_path / "board", scores


def run(*arguments):
    return CliRunner().invoke(app, ["results", "verify", *map(str, arguments)])


def test_both_files_hold_the_stored_numbers_in_full(board):
    folder, scores = board
    with open(folder / "table.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["model"], row["benchmark"]): float(row["score"]) for row in rows} == scores
    content = json.loads((folder / "table.json").read_text())
    assert {(row["model"], row["benchmark"]): row["score"] for row in content["rows"]} == scores
    assert rows[0]["rank"] == str(content["rows"][0]["rank"]) and content["rows"][0]["error"] == 0.02
    sha256 = hashlib.sha256((folder / "table.csv").read_bytes()).hexdigest()
    assert content["sha256"] == sha256 and sha256 in (folder / "index.html").read_text()


def test_the_ends_of_the_interval_are_in_every_table(tmp_path):
    store_made_up("with", "toy-mouse-VISp-rsa", 0.3, interval=[0.25, 0.375], data_sha256="d" * 64)
    store_made_up("without", "toy-mouse-VISp-rsa", 0.3, data_sha256="d" * 64)
    write_leaderboard(tmp_path / "board")
    (tmp_path / "exported.csv").write_text(CliRunner().invoke(app, ["results", "export", "--csv", "-"]).stdout)
    for path in (tmp_path / "board" / "table.csv", tmp_path / "exported.csv"):
        with open(path, encoding="utf-8", newline="") as file:
            found = {row["model"]: (row["interval_low"], row["interval_high"]) for row in csv.DictReader(file)}
        assert found == {"with": ("0.25", "0.375"), "without": ("", "")}
    query = "SELECT model FROM results WHERE interval_low > 0.2 AND interval_high < 0.4"
    answer = CliRunner().invoke(app, ["results", "query", query, "--json"]).stdout
    assert json.loads(answer) == [{"model": "with"}]


def test_an_untouched_table_is_what_the_store_gives(board):
    sha256 = json.loads((board[0] / "table.json").read_text())["sha256"]
    for given in (board[0] / "table.csv", board[0] / "table.json", sha256, sha256.upper()):
        done = run(given)
        assert done.exit_code == 0 and sha256 in done.stdout, done.output


@pytest.mark.parametrize("name", ["table.csv", "table.json"])
def test_a_changed_digit_is_found(board, name):
    text = (board[0] / name).read_text()
    value = str(board[1]["alexnet", "toy-mouse-VISp-rsa"])
    (board[0] / name).write_text(text.replace(value, "0.999", 1))
    done = run(board[0] / name)
    assert done.exit_code == 1
    assert "alexnet on toy-mouse-VISp-rsa: score is '0.999'" in done.stdout and value in done.stdout


def test_missing_and_added_rows_are_found(board, tmp_path):
    content = json.loads((board[0] / "table.json").read_text())
    removed, *rest = content["rows"]
    (tmp_path / "less.json").write_text(json.dumps({"rows": rest}))
    assert verify_table(str(tmp_path / "less.json")).differences[0].endswith("not in the file")
    (tmp_path / "more.json").write_text(json.dumps({"rows": [*content["rows"], {**removed, "model": "invented"}]}))
    assert "invented on" in verify_table(str(tmp_path / "more.json")).differences[0]


def test_a_newer_score_makes_an_older_table_another_one(board):
    sha256 = json.loads((board[0] / "table.json").read_text())["sha256"]
    store_made_up("later", "toy-mouse-VISp-rsa", 0.3, data_sha256="d" * 64)
    assert run(sha256).exit_code == 1
    found = verify_table(str(board[0] / "table.csv"))  # of the models that it lists nothing has changed
    assert found.is_same and found.n_others == 1


def test_a_selection_is_verified_by_its_file_or_with_its_options(tmp_path):
    store_table(MODELS)
    write_leaderboard(tmp_path / "board", models=["resnet*", "alexnet"], benchmarks=["*-VISp-*"])
    assert verify_table(str(tmp_path / "board" / "table.csv")).n_scores == 4
    sha256 = json.loads((tmp_path / "board" / "table.json").read_text())["sha256"]
    chosen = ["--models", "resnet*", "--models", "alexnet", "--benchmarks", "*-VISp-*"]
    assert run(sha256).exit_code == 1 and run(sha256, *chosen).exit_code == 0


def test_a_spreadsheet_that_rewrites_numbers_changes_nothing(board):
    text = (board[0] / "table.csv").read_text().replace(",0.02,", ",2.0E-2,")
    (board[0] / "table.csv").write_text("\ufeff" + text)
    assert verify_table(str(board[0] / "table.csv")).is_same


@pytest.mark.parametrize(
    "text",
    [
        *("", "no table", "{}", '{"rows": [1]}', '{"rows": []}', "model,benchmark\na,b\n"),
        ",".join(COLUMNS),
        f"{','.join(COLUMNS)}\nresnet18,toy-mouse-VISp-rsa,0.2",
        f"{','.join(COLUMNS)}\n{'a' * 200_000}",
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_is_no_table_is_refused(tmp_path, text):
    store_table(MODELS[:1])
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(DataError, match=r"x\.csv"):
        verify_table(str(tmp_path / "x.csv"))
    with pytest.raises(DataError, match=r"nowhere\.csv"):
        verify_table(str(tmp_path / "nowhere.csv"))
