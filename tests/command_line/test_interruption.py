"""Ctrl-C says what is kept; nothing waits in silence."""

import logging
import os
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
