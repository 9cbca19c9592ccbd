"""Packages of others, found by their entry points."""

import os
import subprocess
import sys

import pytest
from brainscore_mouse import list_benchmarks, list_models, load_benchmark, load_metric, load_model
from brainscore_mouse.core.errors import UnknownIdentifierError
from brainscore_mouse.plugins import packages as plugin_packages
from brainscore_mouse.plugins.registries import benchmark_registry, metric_registry, model_registry
from places import REPOSITORY

EXAMPLE = REPOSITORY / "examples" / "brainscore_mouse_example"


def run_python(program, *folders, **environment):
    path = os.pathsep.join([*map(str, folders), *filter(None, sys.path)])
    command = [sys.executable, "-c", program]
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def installed_example(tmp_path_factory):
    """Install it as a user would, offline and to a folder of its own."""
    copy = tmp_path_factory.mktemp("source") / "example"  # setuptools leaves folders in the source tree
    subprocess.run(["cp", "-r", EXAMPLE, copy], check=True)  # noqa: S603, S607
    target = tmp_path_factory.mktemp("target")
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--target", str(target)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(copy)], check=True)  # noqa: S603
    return target


@pytest.mark.slow
def test_a_package_adds_a_model_a_metric_and_an_area(installed_example):
    program = """
from brainscore_mouse import list_datasets, list_metrics, list_models, score_model
assert "example-edges" in list_models() and "example-rsa-pearson" in list_metrics()
score = score_model("example-edges", "example-mouse-LGd-example-rsa-pearson")
print(float(score), score.attrs["n_mice"], score.attrs["metric_settings"]["metric"], list_datasets())
"""
    score, n_mice, metric, *datasets = run_python(program, installed_example).stdout.split(maxsplit=3)
    assert 0.3 < float(score) < 0.6 and (n_mice, metric) == ("3", "example-rsa-pearson")
    assert "example-mouse" in datasets[0]


@pytest.mark.slow
def test_the_examples_own_tests(installed_example):
    program = f"import pytest, sys; sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', {str(EXAMPLE / 'tests')!r}]))"
    assert "3 passed" in run_python(program, installed_example).stdout


def fake_package(folder, name, source):
    """Lay out an installed distribution of one module."""
    (folder / f"{name}.py").write_text(source)
    info = folder / f"{name}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[brainscore_mouse.plugins]\n{name} = {name}\n")


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """A folder of installed packages; what they registered is forgotten after the test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(plugin_packages, "_loaded", {})
    registries = (benchmark_registry, metric_registry, model_registry)
    list_benchmarks()  # forgets the data sets of other tests
    before = [dict(registry) for registry in registries]
    yield tmp_path
    for registry, entries in zip(registries, before, strict=True):
        registry.clear()
        registry.update(entries)


HEAD = "from brainscore_mouse import model_registry, metric_registry, benchmark_registry\n"
BROKEN = {
    "import error": ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    "syntax error": ("def f(:", "SyntaxError"),
    "raises": ("raise RuntimeError('out of order')", "RuntimeError: out of order"),
    "exits": ("import sys; sys.exit(3)", "SystemExit: 3"),
    "replaces a model": ("model_registry['pixels'] = lambda: 1", "'pixels' exists already"),
    "removes a model": ("del model_registry['pixels']", "'pixels' exists already and must not be replaced or removed"),
    "lists, then raises": ("import brainscore_mouse as b; b.list_benchmarks(); raise OSError('late')", "OSError: late"),
    "name of a source": ("model_registry['timm:lab-net'] = lambda: 1", "'timm:lab-net' begins with 'timm:'"),
    "replaces a metric": ("metric_registry['rsa'] = lambda: 1", "'rsa' exists already"),
}


@pytest.mark.parametrize(("source", "cause"), BROKEN.values(), ids=BROKEN)
@pytest.mark.slow
def test_a_broken_package_is_left_out_and_named(source, cause, packages, caplog):
    fake_package(packages, "broken_lab", f"{HEAD}model_registry['lab-net'] = lambda: 1\n{source}\n")
    fake_package(packages, "other_lab", f"{HEAD}metric_registry['other-metric'] = lambda: 42\n")
    listed = list_models()
    assert "pixels" in listed and "lab-net" not in listed
    assert load_metric("other-metric") == 42
    assert load_model("pixels").identifier == "pixels"
    (warning,) = [record.getMessage() for record in caplog.records]
    assert "broken_lab 1.2" in warning and cause in warning
    for load in (load_model, load_benchmark):
        with pytest.raises(UnknownIdentifierError, match=r"broken_lab 1.2") as error:
            load("lab-net")
        assert cause in str(error.value)
    list_models(), list_benchmarks()
    assert len(caplog.records) == 1  # warned once
    for name in ("broken_lab", "other_lab"):
        sys.modules.pop(name, None)


def test_a_plugin_may_ask_what_there_is(packages):
    fake_package(
        packages,
        "asking_lab",
        f"{HEAD}import brainscore_mouse\nassert 'pixels' in brainscore_mouse.list_models()\n"
        "model_registry['asking-net'] = lambda: 1\n",
    )
    assert "asking-net" in list_models()
    assert not plugin_packages.broken_packages()
    sys.modules.pop("asking_lab", None)
