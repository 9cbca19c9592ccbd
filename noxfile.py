"""The project's checks: ``nox --list`` shows them, ``nox -s NAME`` runs one, ``nox`` those to run before each commit.

Sessions run in the environment that nox itself is installed in (``pip install -e '.[test,docs]'``), so that nothing is
installed twice. Arguments after ``--`` go to the tool: ``nox -s tests -- tests/metrics -k rsa``.
"""

import os
import sys
import tempfile
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "tests"]

REPOSITORY = Path(__file__).resolve().parent
# One thread in each of several processes is faster than the reverse; each process needs about 1 GB for torch.
IN_PARALLEL = ("-n", "logical", "--maxprocesses", "4", "--dist", "loadfile")
# The default in pyproject.toml leaves these out, too, and with them the slow tests and those in a browser.
ALL_BUT_DOWNLOADS = ("-m", "not network and not plugins")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting (ruff)."""
    _python(session, "ruff", "check", ".")
    _python(session, "ruff", "format", "--check", ".")


@nox.session
def registry(session: nox.Session) -> None:
    """Write the literal registry lines that Brain-Score's search reads; with ``-- --check``, only check them."""
    _python_file(session, "development/registry_lines.py", *session.posargs)


@nox.session
def types(session: nox.Session) -> None:
    """Check types (mypy)."""
    with tempfile.TemporaryDirectory() as folder:
        # mypy follows the package by its name; the repository's folder may be called anything.
        Path(folder, "brainscore_mouse").symlink_to(REPOSITORY)
        cache = REPOSITORY / ".mypy_cache"
        with session.chdir(folder):
            _python(session, "mypy", "--config-file", f"{REPOSITORY}/pyproject.toml", "--cache-dir", f"{cache}")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the quick tests."""
    _pytest(session)


@nox.session
def tests_all(session: nox.Session) -> None:
    """Run all tests but those that download: also the slow ones and those in a browser."""
    _pytest(session, *ALL_BUT_DOWNLOADS)


@nox.session
def doctests(session: nox.Session) -> None:
    """Run the examples in docstrings; they are part of the quick tests, too."""
    _python(session, "pytest", "tests/test_docstring_examples.py", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the tests of tests_all and print which lines they do not reach."""
    _pytest(session, *ALL_BUT_DOWNLOADS, "--cov", "--cov-report=term-missing")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation and run its tutorials; warnings are errors."""
    with tempfile.TemporaryDirectory() as folder:
        _python(session, "mkdocs", "build", "--strict", "--site-dir", f"{folder}/site", NO_MKDOCS_2_WARNING="1")


def _pytest(session: nox.Session, *options: str) -> None:
    _python(session, "pytest", *IN_PARALLEL, *options, *session.posargs, OMP_NUM_THREADS="1")


def _python_file(session: nox.Session, path: str, *arguments: str) -> None:
    session.run(sys.executable, path, *arguments, external=True)


def _python(session: nox.Session, module: str, *arguments: str, **variables: str) -> None:
    """Run a module with nox's own interpreter, whose programs come first: its environment need not be activated."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    session.run(sys.executable, "-m", module, *arguments, env={"PATH": path, **variables}, external=True)
