"""Fixtures shared by all tests."""

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """Give each test a folder of its own for whatever the package writes."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(folder))
    # No test may reach the public bucket.
    monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", str(tmp_path_factory.mktemp("no_bucket")))
    return folder
