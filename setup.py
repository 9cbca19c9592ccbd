"""The repository root is the package ``brainscore_mouse`` (the shape of Brain-Score's own domain libraries)."""

from setuptools import find_packages, setup

NOT_IN_THE_PACKAGE = ["tests*", "docs*", "performance*", "build*", "dist*"]
subpackages = find_packages(".", exclude=NOT_IN_THE_PACKAGE)

setup(
    packages=["brainscore_mouse"] + [f"brainscore_mouse.{name}" for name in subpackages],
    package_dir={"brainscore_mouse": "."},
    package_data={"brainscore_mouse": ["py.typed"]},
    include_package_data=False,
    exclude_package_data={"brainscore_mouse": ["setup.py"]},
)
