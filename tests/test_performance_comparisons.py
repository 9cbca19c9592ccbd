"""The command that runs all comparisons of `performance/`; scripts are replaced by short ones."""

import json
import subprocess
import sys

import all_comparisons
import pytest
from all_comparisons import BEGIN, COMPARISONS, END, Comparison, main, table
from own_process import checked_out, commit_of, has_commit, run_python
from places import REPOSITORY

WITHOUT_A_TABLE = {"all_comparisons"}
SCRIPT = """
from report import Side, report
report("some work", Side("ours", [1.0, 2.0, 4.0], 100.0), Side("theirs", [10.0, 20.0, 80.0]), times_limit=3.0)
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs the command on scripts of a temporary folder: what was measured, and the README."""
    for name, text in (("good", SCRIPT), ("broken", "raise SystemExit(3)"), ("interrupted", "")):
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setattr(all_comparisons, "FOLDER", tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY / "performance"))
    monkeypatch.setattr(all_comparisons, "commit_of", lambda checkout: "abc1234")
    readme, measured = tmp_path / "README.md", tmp_path / "measured.json"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    def run(comparisons, *arguments):
        monkeypatch.setattr(all_comparisons, "COMPARISONS", comparisons)
        monkeypatch.setattr(
            sys, "argv", ["all_comparisons.py", *arguments, "--measured", str(measured), "--readme", str(readme)]
        )
        try:
            main()
        except SystemExit as error:
            assert error.code, "an error says what failed"
        return json.loads(measured.read_text()), readme.read_text()

    return run


def test_every_script_of_the_folder_is_a_comparison():
    scripts = {path.stem for path in (REPOSITORY / "performance").glob("*.py") if "__main__" in path.read_text()}
    assert {comparison.script for comparison in COMPARISONS} == scripts - WITHOUT_A_TABLE


def test_the_table_has_medians_ranges_ratios_run_by_run_and_who_did_not_run(run):
    measured, readme = run((Comparison("good", 1), Comparison("absent", 1, modules=("no_such_module",))))
    assert measured["good"]["rows"][0]["ours"]["seconds"] == [1.0, 2.0, 4.0]
    row = next(line for line in readme.splitlines() if "some work" in line)
    assert "2 s (1 to 4)" in row and "theirs: 20 s (10 to 80)" in row and "| 10 (10 to 20) |" in row and "3.0x" in row
    assert "`absent`** | not run: no_such_module not installed" in readme
    assert readme.startswith("before\n") and readme.endswith("after\n") and "old" not in readme


def test_names_choose_and_what_is_not_chosen_keeps_its_rows(run):
    both = (Comparison("good", 1), Comparison("broken", 1))
    _, readme = run(both, "go*")
    assert "`broken`** | not run: not chosen so far" in readme and "some work" in readme
    measured, readme = run(both, "broken")
    assert "not run: failed with exit code 3" in readme and measured["good"]["rows"]


def test_what_cannot_run_any_more_keeps_its_rows_and_says_so(run):
    run((Comparison("good", 1),))
    measured, readme = run((Comparison("good", 99),), "--at-most", "10")
    assert measured["good"]["rows"] and "not run this time: takes about 99 min" in readme and "some work" in readme


def test_after_an_interruption_what_was_done_before_is_kept(run, monkeypatch):
    really_run = all_comparisons.run

    def interrupted(comparison, *given):
        if comparison.script == "interrupted":
            raise KeyboardInterrupt
        return really_run(comparison, *given)

    monkeypatch.setattr(all_comparisons, "run", interrupted)
    measured, readme = run((Comparison("good", 1), Comparison("interrupted", 1), Comparison("broken", 1)))
    assert list(measured) == ["good"] and "`interrupted`** | not run: not chosen so far" in readme


def test_interrupted_before_anything_is_done_no_file_is_named(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(all_comparisons, "run", interrupted)
    monkeypatch.setattr(all_comparisons, "commit_of", lambda checkout: "abc1234")
    measured = tmp_path / "measured.json"
    monkeypatch.setattr(all_comparisons, "COMPARISONS", (Comparison("good", 1),))
    monkeypatch.setattr(sys, "argv", ["all_comparisons.py", "--measured", str(measured)])
    with pytest.raises(SystemExit, match="Interrupted; nothing was done before") as stopped:
        main()
    assert not measured.exists() and str(measured) not in str(stopped.value)


@pytest.mark.parametrize(
    ("comparison", "reason"),
    [
        (Comparison("good", 1, ("{old_checkout}",), "0000000"), "0000000"),
        (Comparison("good", 1, ("{recordings}",)), "--recordings"),
        (Comparison("good", 1, dataset="no-such-dataset"), "no-such-dataset"),
        (Comparison("good", 1, programs=(REPOSITORY / "no-such-program",)), "no-such-program"),
    ],
)
def test_each_need_that_is_not_met_is_the_reason(run, comparison, reason):
    _, readme = run((comparison,))
    assert "`good`** | not run: " in readme and reason in readme


def test_the_committed_table_is_made_from_the_committed_measurements():
    folder = REPOSITORY / "performance"
    readme = (folder / "README.md").read_text()
    assert readme.partition(BEGIN)[2].partition(END)[0].strip() == table(
        json.loads((folder / "measured.json").read_text())
    )


def test_a_checkout_is_imported_whatever_its_folder_is_called(tmp_path, monkeypatch):
    """Also where another folder beside it has the package's name, and where another is installed."""
    for name in ("other-name", "brainscore_mouse"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"where = {name!r}")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    program = "import brainscore_mouse, json; print(json.dumps(brainscore_mouse.where))"
    assert run_python("-c", program, checkout=tmp_path / "other-name").answer == "other-name"
    assert run_python("-c", program, checkout=tmp_path / "brainscore_mouse").answer == "brainscore_mouse"


def test_an_older_commit_is_checked_out_for_a_while(tmp_path):
    def git(*arguments):
        identity = ("-c", "user.name=tester", "-c", "user.email=tester@example.org")
        subprocess.run(["git", "-C", tmp_path, *identity, *arguments], check=True, capture_output=True)  # noqa: S603, S607

    git("init")
    for text in ("old", "new"):
        (tmp_path / "text").write_text(text)
        git("add", "text")
        git("commit", "-m", text)
    old = subprocess.check_output(["git", "-C", tmp_path, "rev-parse", "HEAD~"], text=True).strip()  # noqa: S603, S607
    assert has_commit(tmp_path, old) and not has_commit(tmp_path, "0000000")
    with checked_out(tmp_path, old) as folder:
        assert (folder / "text").read_text() == "old" and old.startswith(commit_of(folder))
        (folder / "text").write_text("changed")
        assert commit_of(folder).endswith("+")
    assert not folder.exists() and (tmp_path / "text").read_text() == "new"
