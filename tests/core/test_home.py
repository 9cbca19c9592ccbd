"""Paths that users give: expanded and absolute once, whatever happens to the working directory."""

import errno
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import InvalidParameterError, NotWritableError
from brainscore_mouse.core.home import absolute_path, check_writable, results_folder
from brainscore_mouse.core.home import home as package_home
from brainscore_mouse.data_packaging.allen.fetch import source_location
from brainscore_mouse.domain_generalization.domains.location import domain_set_folder
from typer.testing import CliRunner

SOURCE, DOMAINS = "BRAINSCORE_MOUSE_ALLEN_SOURCE", "BRAINSCORE_MOUSE_DG_DATA"


@pytest.fixture(autouse=True)
def user(tmp_path, monkeypatch):
    """A home of the user, and another folder to work in."""
    (tmp_path / "user").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


WRITTEN = {"~/x": "user/x", "x": "work/x", "./x/../y": "work/x/../y", "~": "user", "/x": "/x"}


@pytest.mark.parametrize(("written", "meant"), WRITTEN.items())
def test_variables_are_expanded_and_absolute(written, meant, user, monkeypatch):
    for variable in ("BRAINSCORE_MOUSE_HOME", SOURCE, DOMAINS):
        monkeypatch.setenv(variable, written)
    assert package_home() == user / meant
    assert source_location() == str(user / meant)
    assert domain_set_folder("digits") == user / meant / "digits"
    assert source_location(written) == str(user / meant)
    assert not (user / "work" / "~").exists()


@pytest.mark.parametrize("variable", ["BRAINSCORE_MOUSE_HOME", SOURCE, DOMAINS])
def test_a_relative_path_stays_the_same_folder(variable, user, monkeypatch):
    monkeypatch.setenv(variable, "mine")
    look_up = {
        "BRAINSCORE_MOUSE_HOME": lambda: str(package_home()),
        SOURCE: source_location,
        DOMAINS: lambda: str(domain_set_folder("x").parent),
    }[variable]
    before = look_up()
    monkeypatch.chdir(user)
    assert look_up() == before == str(user / "work" / "mine")
    # Processes that are started now, too.
    script = f"import os; print(os.environ[{variable!r}])"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    assert told.stdout.strip() == before


@pytest.mark.parametrize("location", ["https://example.org/~x", "http://localhost:1/x", "s3://bucket/x"])
def test_addresses_are_no_paths(location, monkeypatch):
    assert source_location(location) == location
    monkeypatch.setenv(SOURCE, location)
    assert source_location() == location


def test_the_home_of_nobody_is_an_error():
    with pytest.raises(InvalidParameterError, match="~no-such-user-here/x"):
        absolute_path("~no-such-user-here/x")


@pytest.mark.parametrize("written", ["$HOME/x", "${HOME}/x", "~/$PART", "$HOME/${PART}"])
def test_variables_that_no_shell_expanded_are_expanded(written, user, monkeypatch):
    monkeypatch.setenv("PART", "x")
    for variable in ("BRAINSCORE_MOUSE_HOME", DOMAINS):
        monkeypatch.setenv(variable, written)
    assert package_home() == user / "user" / "x"
    assert domain_set_folder("digits") == user / "user" / "x" / "digits"


@pytest.mark.parametrize(
    "written", ["$NO_SUCH_VARIABLE/x", "${NO_SUCH}", "file:///tmp/x", "s3://b/x", " /tmp/x", "x\n", " "]
)
def test_what_is_no_path_is_refused_and_nothing_is_made(written, user, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", written)
    with pytest.raises(InvalidParameterError, match="BRAINSCORE_MOUSE_HOME"):
        package_home()
    result = CliRunner().invoke(app, ["list", "datasets"])
    assert result.exit_code != 0
    assert list((user / "work").iterdir()) == []


@pytest.mark.parametrize("option", ["--csv=~/out/s.csv", "--csv=s.csv"])
def test_options_are_expanded_too(option, user):
    result = CliRunner().invoke(app, ["results", "export", option])
    assert result.exit_code == 0
    assert (user / ("user/out/s.csv" if "~" in option else "work/s.csv")).is_file()
    assert not (user / "work" / "~").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_doctor_really_writes(home, monkeypatch, number):
    assert CliRunner().invoke(app, ["doctor"]).output.count("writable") == 3
    assert not (home / "cache").exists() and not (home / "results").exists()  # looked at, and left as it was

    def fail(_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    output = CliRunner().invoke(app, ["doctor"]).output
    assert output.count("NOT WRITABLE") == 3 and os.strerror(number) in output


def test_a_folder_that_lies_about_what_it_holds_is_not_writable(home, monkeypatch):
    monkeypatch.setattr(Path, "read_bytes", lambda _: b"")
    with pytest.raises(NotWritableError, match=str(home)):
        check_writable(home)
    assert list(home.iterdir()) == []


def test_what_cannot_be_made_is_named(home):
    (home / "results").write_text("a file")
    with pytest.raises(NotWritableError, match="results"):
        check_writable(results_folder())


@pytest.mark.parametrize("below", ["", "deeper/still"])
@pytest.mark.parametrize(
    "command",
    [
        *("results show", "results failures", "results query 'SELECT 1'", "results export --csv -", "status", "doctor"),
        *("list benchmarks", "list datasets", "data list", "cache info", "cache clear", "leaderboard --output board"),
        "score pixels simulated-mouse-VISp-rsa",
        "run --models pixels --benchmarks simulated-mouse-VISp-rsa",
    ],
)
def test_a_home_that_is_a_file_is_refused_by_every_command_that_uses_it(command, below, tmp_path, monkeypatch):
    (tmp_path / "scores.csv").write_text("a file")
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(tmp_path / "scores.csv" / below))
    result = CliRunner().invoke(app, shlex.split(command))
    assert result.exit_code == 1 and isinstance(result.exception, InvalidParameterError)
    said = str(result.exception)
    assert "BRAINSCORE_MOUSE_HOME" in said and f"{tmp_path / 'scores.csv'} is a file" in said
    assert (tmp_path / "scores.csv").read_text() == "a file"
