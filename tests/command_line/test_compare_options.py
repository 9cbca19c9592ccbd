"""Options of `compare` that make no sense are refused before anything is loaded."""

from typing import get_args

import pytest
from brainscore_mouse import compare
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import InvalidParameterError
from brainscore_mouse.uncertainty.leave_one_out import Over
from typer.testing import CliRunner


def test_the_choices_of_over_are_shown_and_a_typo_is_refused(home):
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["compare", "--help"]).output
    assert all(choice in shown for choice in get_args(Over))
    for typo in ("stimulus", "", "Mice"):
        arguments = ["compare", "pixels", "pixels", "--benchmarks", "simulated-mouse-VISp-rsa", "--over", typo]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 2 and "--over" in result.output
    assert not (home / "datasets").exists()


@pytest.mark.parametrize("options", [{"over": "typo"}, {"over": None}, {"level": 95}, {"level": 0}, {"benchmarks": []}])
def test_in_python_too(home, options):
    arguments = {"benchmarks": ["simulated-mouse-VISp-rsa"]} | options
    with pytest.raises(InvalidParameterError):
        compare("pixels", "pixels+neurn", **arguments)
    assert not (home / "datasets").exists()
