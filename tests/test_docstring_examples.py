"""The examples in the package's docstrings, run as they stand."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import brainscore_mouse
import pytest


def modules_with_examples():
    for module in pkgutil.walk_packages(brainscore_mouse.__path__, "brainscore_mouse."):
        source = Path(module.module_finder.find_spec(module.name).origin)
        if ">>> " in source.read_text(encoding="utf-8"):
            yield module.name


@pytest.mark.parametrize("name", list(modules_with_examples()))
def test_examples_print_what_they_say(name):
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0
    assert results.failed == 0
