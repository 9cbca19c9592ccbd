"""What is shipped: the package, and nothing beside it."""

import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest
from places import REPOSITORY


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """Build from a copy: setuptools leaves folders in the source tree."""
    source = tmp_path_factory.mktemp("source") / "repository"
    ignored = shutil.ignore_patterns(".git", ".venv*", "*.egg-info", "build", "dist", "__pycache__", ".*_cache")
    shutil.copytree(REPOSITORY, source, ignore=ignored)
    target = tmp_path_factory.mktemp("distributions")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(source)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    return target


@pytest.mark.slow
def test_wheel_holds_the_package_only(distributions):
    (wheel,) = distributions.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    expected = ["__init__.py", "py.typed", "scoring/score_model.py", "models/torchvision_networks/__init__.py"]
    for folder in ("assets", "templates"):  # of the leaderboard's pages
        found = sorted((REPOSITORY / "leaderboard" / folder).iterdir())
        assert found
        expected += [str(path.relative_to(REPOSITORY)) for path in found]
    assert {f"brainscore_mouse/{name}" for name in expected} <= set(names)
    assert not {"brainscore_mouse/setup.py", "brainscore_mouse/noxfile.py"} & set(names)
    unwanted = ("tests/", "docs/", "development/", "examples/", "performance/", "shared/")
    assert not [name for name in names if any(part in name for part in unwanted)]
    modules = {str(path.relative_to(REPOSITORY)) for path in REPOSITORY.glob("*/**/*.py") if ".venv" not in str(path)}
    shipped = {name.removeprefix("brainscore_mouse/") for name in names if name.endswith(".py")}
    kept_out = ("tests/", "performance/", "docs/", "development/", "examples/", "build/")
    assert {name for name in modules if not name.startswith(kept_out)} <= shipped


@pytest.mark.slow
def test_source_distribution_can_be_built_again(distributions):
    (sdist,) = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    assert {"setup.py", "pyproject.toml", "README.md", "LICENSE", "scoring/score_model.py"} <= set(names)
    assert not [name for name in names if name.startswith("shared")]
