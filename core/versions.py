"""The versions a score was made with."""

import importlib.metadata
import platform

_PACKAGES = (
    "brainscore-mouse",
    "brainscore-core",
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "torchvision",
    "timm",
)


def package_versions() -> dict[str, str]:
    """Return the version of Python and of each package that numbers depend on."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        versions[package] = importlib.metadata.version(package)
    return versions
