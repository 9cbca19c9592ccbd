"""Buckets and what is fetched from them."""

import shutil
from pathlib import Path

import pytest
from brainscore_mouse.core.home import datasets_folder
from brainscore_mouse.data_packaging.allen.fetch import fetch
from simulated_bucket import SITES, content_of, write_bucket


@pytest.fixture(scope="session")
def bucket_folder(tmp_path_factory):
    """A bucket that tests only read."""
    folder = tmp_path_factory.mktemp("bucket")
    write_bucket(folder, SITES)
    return folder


@pytest.fixture(scope="session")
def undisturbed(bucket_folder, tmp_path_factory):
    """The files of the dataset as fetched without trouble, short of the manifest, which tells the source."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINSCORE_MOUSE_HOME", str(tmp_path_factory.mktemp("undisturbed")))
        fetch("allen-mouse", source=str(bucket_folder))
        content = content_of(datasets_folder() / "allen-mouse")
    del content["manifest.json"]
    return content


@pytest.fixture
def own_bucket(bucket_folder, tmp_path):
    """A bucket that the test may edit."""
    return Path(shutil.copytree(bucket_folder, tmp_path / "bucket"))
