"""Help is complete in every width, in groups, and ends with an example."""

import json
import re
import shlex

import pytest
import typer
from brainscore_mouse.command_line import app
from brainscore_mouse.plugins.discovery import list_benchmarks, list_metrics
from typer.testing import CliRunner


def run(*arguments, columns=80):
    return CliRunner(env={"COLUMNS": str(columns), "TERMINAL_WIDTH": str(columns)}).invoke(app, list(arguments))


def commands(command=None, path=()):
    """Yield every command with its path; groups too."""
    command = command or typer.main.get_command(app)
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*path, name))


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.slow
def test_no_option_is_ever_cut(columns):
    for path, command in commands():
        shown = run(*path, "--help", columns=columns).stdout
        assert "…" not in shown
        for parameter in command.params:
            for option in parameter.opts:
                assert not option.startswith("--") or re.search(rf"{option}\b", shown), (path, option)
        if columns == 80:
            wide = [line for line in shown.splitlines() if len(line) > 80 and "brainscore-mouse " not in line]
            assert not wide, wide


def test_every_command_ends_with_an_example_that_it_understands():
    root = typer.main.get_command(app)
    for path, command in commands():
        examples = re.findall(r"brainscore-mouse (.*)", command.epilog or "")
        assert examples, path
        for example in examples:
            words = shlex.split(example.split(" | ")[0])
            assert tuple(words[: len(path)]) == path, example
            inner = root
            while hasattr(inner, "commands") and words:
                inner = inner.commands[words.pop(0)]
            inner.make_context(None, words, resilient_parsing=True)
            known = {option for parameter in inner.params for option in parameter.opts} | {"--help"}
            assert {word for word in words if word.startswith("--")} <= known, example


def test_commands_are_in_groups():
    shown = run("--help").stdout
    headings = re.findall(r"^(\S.*):$", shown, re.MULTILINE)
    assert set(headings) == {
        "Options",
        "Scoring",
        "Results",
        "Data and this machine",
        "Robustness",
        "Adding your own",
        "Brain-Score and submissions",
        "Analyses of the paper",
    }


@pytest.mark.slow
def test_list_benchmarks_is_a_summary_unless_it_is_asked():
    summary = run("list", "benchmarks").stdout
    assert len(summary.splitlines()) < 80 < len(list_benchmarks())
    for name in ("@64px", "@shuffled", "simulated-mouse-<area>-<metric>", "VISp", "ridge"):
        assert name in summary
    assert run("list", "benchmarks", "simulated-mouse-VIS?-rsa").stdout.split() == [
        "simulated-mouse-VISl-rsa",
        "simulated-mouse-VISp-rsa",
    ]
    assert run("list", "benchmarks", "--all").stdout.split() == list_benchmarks()
    local = json.loads(run("list", "benchmarks", "--local", "--json").stdout)
    assert local and all(name.startswith("simulated-mouse-") for name in local)


def test_list_metrics_says_what_each_compares():
    shown = json.loads(run("list", "metrics", "--json").stdout)
    assert [row["metric"] for row in shown] == list_metrics()
    assert all(len(row["description"]) > 20 for row in shown)
    text = run("list", "metrics").stdout
    assert all(name in text for name in list_metrics())
