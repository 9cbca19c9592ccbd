"""Ctrl-C says what is kept; nothing waits in silence."""

import importlib
import logging
import os
import re
import signal
import subprocess
import sys
import time

import pytest
import typer
from brainscore_mouse.command_line import app
from brainscore_mouse.command_line.output import sign_of_life
from brainscore_mouse.command_line.output.interruption import on_interruption
from brainscore_mouse.command_line.output.sign_of_life import sign_of_life as sign
from brainscore_mouse.scoring import score_table as module
from typer.testing import CliRunner


def test_the_message_and_the_exit_code_of_an_interruption(capsys):
    with pytest.raises(typer.Exit) as exit_, on_interruption(lambda: "3 of 5 are kept."):
        raise KeyboardInterrupt
    assert exit_.value.exit_code == 130 and "3 of 5 are kept." in capsys.readouterr().err


@pytest.mark.slow
def test_run_counts_what_is_stored_when_it_is_interrupted(simulated_home, monkeypatch):
    done = module.do_job

    def interrupted(table, job):
        if job.benchmark.endswith("VISl-rsa"):
            raise KeyboardInterrupt
        return done(table, job)

    monkeypatch.setattr(module, "do_job", interrupted)
    arguments = ["run", "--models", "pixels"]
    arguments += ["--benchmarks", "simulated-mouse-VISp-rsa", "--benchmarks", "simulated-mouse-VISl-rsa"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 130
    assert "1 of 2 scores are stored" in result.stderr and "Traceback" not in result.output


def test_a_line_comes_only_after_some_seconds(capsys, monkeypatch):
    monkeypatch.setattr(sign_of_life, "_FIRST_AFTER", 0.05)
    with sign("Loading"):
        pass
    assert capsys.readouterr().err == ""
    with sign("Loading"):
        time.sleep(0.3)
    assert capsys.readouterr().err.startswith("Loading (")


def test_quiet_and_verbose_set_what_is_reported(home, monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "")  # so that it is restored
    logger = logging.getLogger("brainscore_mouse")
    try:
        CliRunner().invoke(app, ["--verbose", "list", "datasets"])
        assert logger.level == logging.INFO and not os.environ["TQDM_DISABLE"]
        CliRunner().invoke(app, ["-q", "list", "datasets"])
        assert logger.level == logging.ERROR and os.environ["TQDM_DISABLE"] == "1"
    finally:
        logger.setLevel(logging.NOTSET)


SCORE = ["score", "resnet18-random", "simulated-mouse-VISp-ridge"]
RUN = ["run", "--models", SCORE[1], "--benchmarks", SCORE[2]]
# Waits where a score does most of its work, and says so. What runs in a shell's background ignores Ctrl-C: not this.
WAITING = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from brainscore_mouse.activations import recorded_network
from brainscore_mouse.command_line import main
def wait(*arguments, **options):
    print("recording", file=sys.stderr, flush=True)
    time.sleep(120)
setattr(recorded_network, {name!r}, wait)
sys.argv = ["brainscore-mouse", *{arguments!r}]
main()
"""


@pytest.mark.parametrize(
    ("arguments", "name"),
    [(SCORE, "lockstep_grams"), (SCORE, "write_gram"), (RUN, "lockstep_grams")],
    ids=["score, at the network", "score, at the cache", "run"],
)
@pytest.mark.slow
def test_ctrl_c_ends_a_score_without_a_traceback_or_half_a_file(arguments, name, simulated_home):
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", WAITING.format(name=name, arguments=arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TQDM_DISABLE": "1"},
    )
    try:
        line = process.stderr.readline()
        while line and "recording" not in line:
            line = process.stderr.readline()
        assert line  # it came so far
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=100)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in errors and not re.search(r"\d\.\d", output)
    # Nothing but locks is left of files that were being written.
    assert [path for path in simulated_home.rglob(".*") if path.is_file() and "lock" not in path.name] == []
    assert not list((simulated_home / "results").rglob("*.json"))


@pytest.mark.parametrize(
    ("path", "name", "arguments", "kept"),
    [
        ("analyses.robustness.readout_comparison", "compare_readouts", ["dg-readout", "FILE", "pixels"], "scores"),
        ("domain_generalization.training.compare_methods", "compare_methods", ["dg-train", "FILE"], "trainings"),
        ("analyses.neurn_comparison.compare_with_neurn", "compare_with_neurn", ["neurn-comparison", "FILE"], "scores"),
        ("domain_generalization.domains.download", "fetch_digits", ["dg-fetch"], "downloaded"),
        ("analyses.simulated_power", "simulated_power", ["power"], "Nothing was stored"),
    ],
)
def test_every_command_that_takes_long_says_what_is_kept(path, name, arguments, kept, home, tmp_path, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib.import_module(f"brainscore_mouse.{path}"), name, interrupted)
    arguments = [str(tmp_path / "report") if argument == "FILE" else argument for argument in arguments]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 130 and kept in result.stderr
