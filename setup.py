"""The repository root is the package ``brainscore_mouse`` (the shape of Brain-Score's own domain libraries)."""

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

NOT_IN_THE_PACKAGE = ["tests*", "docs*", "examples*", "performance*", "build*", "dist*"]
TOOLS = ("setup", "noxfile")


class BuildWithoutTools(build_py):
    """Keep this file and the other tools in the package's root folder out of the package."""

    def find_package_modules(self, package, package_dir):
        """Return (package, module, file) of a package's modules."""
        modules = super().find_package_modules(package, package_dir)
        return [entry for entry in modules if entry[0] != "brainscore_mouse" or entry[1] not in TOOLS]


setup(
    packages=["brainscore_mouse"]
    + [f"brainscore_mouse.{name}" for name in find_packages(".", exclude=NOT_IN_THE_PACKAGE)],
    package_dir={"brainscore_mouse": "."},
    package_data={
        "brainscore_mouse": ["py.typed"],
        "brainscore_mouse.leaderboard": ["assets/*", "templates/*"],
    },
    include_package_data=False,
    cmdclass={"build_py": BuildWithoutTools},
)
