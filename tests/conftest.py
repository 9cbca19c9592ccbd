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


@pytest.fixture(scope="session")
def home_with_simulated_mouse(tmp_path_factory):
    """One home with the simulated recordings, for tests that share it."""
    from brainscore_mouse import load_benchmark

    folder = tmp_path_factory.mktemp("home_with_simulated_mouse")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINSCORE_MOUSE_HOME", str(folder))
        load_benchmark("simulated-mouse-VISp-rsa").load()  # made on first use
    return folder
