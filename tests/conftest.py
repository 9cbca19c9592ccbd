"""Fixtures shared by all tests."""

import os
import shutil
import sys

import pytest


def hide_cuda(patch):
    """Hide CUDA devices from this process, and from those that it starts."""
    patch.setenv("CUDA_VISIBLE_DEVICES", "")
    # If torch has counted the devices already, the variable is too late for this process.
    if "torch" in sys.modules:
        patch.setattr("torch.cuda.is_available", lambda: False)


@pytest.fixture(scope="session", autouse=True)
def on_the_cpu():
    """Run networks on the CPU, whose results tests expect, unless a test asks for `cuda`."""
    with pytest.MonkeyPatch.context() as patch:
        hide_cuda(patch)
        yield patch


@pytest.fixture
def cuda(on_the_cpu):
    """Let a test see the CUDA devices."""
    on_the_cpu.undo()
    yield
    hide_cuda(on_the_cpu)


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """Give each test a folder of its own for whatever the package writes."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(folder))
    # No test may reach the public bucket.
    monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", str(tmp_path_factory.mktemp("no_bucket")))
    return folder


@pytest.fixture
def four_threads():
    """Give torch four threads during a test; a score outside a table may use several."""
    import torch

    n_threads = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(n_threads)


@pytest.fixture(scope="session")
def truth():
    """The simulated mice, with their noise-free responses."""
    from brainscore_mouse.data_packaging.simulated_mouse import simulate

    return simulate()


@pytest.fixture(scope="session")
def make_simulated_home(tmp_path_factory):
    """Return a function that makes a home with the simulated recordings at a path.

    The recordings are written once and linked into each home: replace its files, do not write into them.
    """
    from brainscore_mouse.data_packaging.datasets import load_dataset

    original = tmp_path_factory.mktemp("simulated_recordings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINSCORE_MOUSE_HOME", str(original))
        load_dataset("simulated-mouse", "VISp")  # made on first use

    def make(folder):
        shutil.copytree(original / "datasets", folder / "datasets", copy_function=os.link)
        return folder

    return make


@pytest.fixture
def simulated_home(home, make_simulated_home):
    """The test's own home, in which the simulated recordings are packaged already."""
    return make_simulated_home(home)
