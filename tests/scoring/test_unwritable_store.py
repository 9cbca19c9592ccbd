"""Full and read-only disks: the score is told in any case, and what is missing is said."""

import errno
import importlib
import json
import os
import shutil
import subprocess
import sys
from unittest.mock import Mock

import numpy as np
import pytest
from brainscore_mouse import failures_frame, result_records, results_frame, score_model, score_table
from brainscore_mouse.analyses.robustness import readout_comparison
from brainscore_mouse.benchmarks.domain_generalization import domain_benchmark
from brainscore_mouse.benchmarks.domain_generalization.domain_benchmark import Fold
from brainscore_mouse.benchmarks.domain_generalization.readout_benchmark import ReadoutBenchmark
from brainscore_mouse.command_line import app
from brainscore_mouse.core import cache as cache_module
from brainscore_mouse.core.errors import BrainscoreMouseError, InvalidParameterError, NotWritableError
from brainscore_mouse.domain_generalization.domains.stimuli import stimuli_of_arrays
from brainscore_mouse.domain_generalization.training.fine_tuning import FineTuning
from brainscore_mouse.domain_generalization.training.training import Budget
from brainscore_mouse.results import store as store_module
from mutations import changeable_model
from toy_domains import blobs, toy_domains
from typer.testing import CliRunner

BENCHMARK = "simulated-mouse-VISp-rsa"


@pytest.fixture(autouse=True)
def _simulated(simulated_home):
    """All tests here score on the simulated recordings, and no warning was given yet."""
    cache_module._warn_of_unwritable_cache.cache_clear()


def make_full(monkeypatch, *modules, number=errno.ENOSPC):
    """Have the disk be full while files of the store, or of the cache, are written."""

    def written_whole(path):
        raise OSError(number, os.strerror(number), str(path))

    for module in modules:
        monkeypatch.setattr(module, "written_whole", written_whole)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_score_whose_cache_is_full_is_stored(monkeypatch, number):
    make_full(monkeypatch, cache_module, number=number)
    with pytest.warns(UserWarning, match=os.strerror(number)) as told:
        result = CliRunner().invoke(app, ["score", "pixels", BENCHMARK])
    assert result.exit_code == 0 and "pixels on" in result.stdout
    assert len([one for one in told if "cache" in str(one.message)]) == 1
    assert len(list(result_records())) == 1
    assert len(results_frame()) == 1  # the view's file cannot be written either


@pytest.mark.parametrize("arguments", [[], ["--json"]])
@pytest.mark.slow
def test_a_score_that_cannot_be_stored_is_printed_and_then_the_error(monkeypatch, arguments):
    make_full(monkeypatch, store_module)
    result = CliRunner().invoke(app, ["score", "pixels", BENCHMARK, *arguments])
    assert isinstance(result.exception, BrainscoreMouseError) and "No space left" in str(result.exception)
    printed = json.loads(result.stdout)["score"] if arguments else float(result.stdout.split()[3])
    monkeypatch.undo()
    assert printed == pytest.approx(float(score_model("pixels", BENCHMARK)), abs=6e-4)


def test_in_python_the_score_is_returned_with_the_reason(monkeypatch, caplog, home):
    make_full(monkeypatch, store_module)
    score = score_model("pixels", BENCHMARK)
    assert 0 < float(score) < 1 and "No space left" in score.attrs["not_stored"] and "No space left" in caplog.text
    assert not list((home / "results").rglob("*.json"))


@pytest.mark.slow
def test_a_table_keeps_rows_that_could_not_be_stored_and_ends_in_an_error(monkeypatch, home):
    make_full(monkeypatch, store_module)
    table = score_table(["pixels"], [BENCHMARK])
    assert 0 < table["score"][0] < 1 and table["failure"][0] is None and "No space" in table["not_stored"][0]
    result = CliRunner().invoke(app, ["run", "--models", "pixels", "--benchmarks", BENCHMARK])
    assert result.exit_code == 1 and f"{table['score'][0]:.3f}" in result.output and "No space" in result.output
    monkeypatch.undo()


def test_a_failure_that_cannot_be_stored_does_not_hide_the_failure(monkeypatch):
    make_full(monkeypatch, store_module)
    monkeypatch.setattr("brainscore_mouse.scoring.jobs.load_model", lambda _: 1 / 0)
    (row,) = score_table(["pixels"], [BENCHMARK]).to_dict("records")
    assert "division" in row["failure"] and "No space" in row["not_stored"]
    assert failures_frame().empty


def test_a_home_that_cannot_be_made_is_said_first(monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", "/proc/nope")
    with pytest.raises(NotWritableError, match="BRAINSCORE_MOUSE_HOME"):
        score_model("no-such-model", "no-such-benchmark")


@pytest.mark.parametrize("limit", ["much", "-1"])
def test_a_wrong_limit_of_the_cache_is_said_first(monkeypatch, limit):
    monkeypatch.setenv("BRAINSCORE_MOUSE_CACHE_MB", limit)
    with pytest.raises(InvalidParameterError, match=f"'{limit}'"):
        score_model("no-such-model", "no-such-benchmark")
    with pytest.raises(InvalidParameterError, match=f"'{limit}'"):
        score_table(["pixels"], [BENCHMARK])


@pytest.mark.parametrize("arguments", [[], ["--neurn"]])
def test_a_comparison_of_readouts_that_cannot_be_stored_is_printed_and_then_the_error(monkeypatch, tmp_path, arguments):
    make_full(monkeypatch, store_module)
    domains = toy_domains(40)
    benchmark = ReadoutBenchmark("dg-toy-readout", "toy", [Fold(("source",), ("inverted",))], n_seeds=2)
    monkeypatch.setattr(domain_benchmark, "load_domain", lambda _, name: domains[name])
    monkeypatch.setattr(readout_comparison, "list_benchmarks", lambda: ["dg-toy-readout"])
    monkeypatch.setattr(readout_comparison, "load_benchmark", lambda _: benchmark)
    command = ["dg-readout", str(tmp_path / "table"), "pixels", "--domain-set", "toy", *arguments]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1 and isinstance(result.exception, BrainscoreMouseError)
    assert "No space left" in str(result.exception)
    text = (tmp_path / "table.md").read_text()
    assert "| pixels | " in text and text in result.stdout


@pytest.mark.parametrize("module", ["core.cache", "results.export"])
@pytest.mark.slow
def test_trainings_on_a_full_disk_are_compared_and_printed(monkeypatch, tmp_path, home, module):
    """Whatever cannot be kept of a training, its outcome is printed; what was asked for is an error."""
    make_full(monkeypatch, importlib.import_module(f"brainscore_mouse.{module}"))
    monkeypatch.setattr(cache_module, "_warn_of_unwritable_cache", told := Mock())
    arguments = ["dg-train", str(tmp_path / "table"), "--domain-set", "minidigits", "--domain", "handwritten"]
    arguments += ["--domain", "noisy", "--architecture", "mlp", "--method", "plain", "--seeds", "2", "--epochs", "1"]
    result = CliRunner().invoke(app, [*arguments, "--images", "40", "20", "40"])
    assert "| mlp" in result.stdout
    kept = list((home / "trainings").rglob("*.json"))
    if module == "core.cache":
        assert result.exit_code == 0, result.output
        assert (tmp_path / "table.md").is_file() and not kept
        assert {call.args[0].name for call in told.call_args_list} >= {"trainings", "checkpoints"}
    else:
        assert result.exit_code == 1 and isinstance(result.exception, OSError)
        assert len(kept) == 2


def test_a_training_benchmark_on_a_full_disk_has_the_same_score(monkeypatch, home):
    model = changeable_model()
    fitting, tested = (stimuli_of_arrays(f"toy-{seed}", *blobs(12, seed)) for seed in range(2))

    def predictions():
        training = FineTuning(model, Budget(epochs=2, batch_size=4))
        return training.predictions(fitting, {"test": tested}, sorted(set(fitting["image_label"])), seed=0)["test"]

    make_full(monkeypatch, cache_module)
    with pytest.warns(UserWarning, match="trainings cannot be written"):
        on_full_disk = predictions()
    assert not list((home / "trainings").rglob("*.*"))
    monkeypatch.undo()
    np.testing.assert_array_equal(predictions(), on_full_disk)


# A disk of 100 kB: mounted in namespaces of the process's own, so that it needs no rights and leaves nothing behind.
SMALL_DISK = """
mount -t tmpfs -o size={size} tmpfs {folder} && exec {python} -c '
import sys
from brainscore_mouse.command_line import main
sys.argv = ["brainscore-mouse", "score", "pixels", "{benchmark}"]
try:
    main()
finally:
    import os
    print("left:", [name for _, _, names in os.walk("{folder}") for name in names], file=sys.stderr)
'
"""


def can_mount():
    command = ["unshare", "-Urm", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    return shutil.which("unshare") and subprocess.run(command, capture_output=True).returncode == 0  # noqa: S603


@pytest.mark.skipif(not can_mount(), reason="no user namespaces in which to mount a small disk")
@pytest.mark.parametrize(("part", "code"), [("cache", 0), ("results", 1)])
@pytest.mark.slow
def test_on_a_disk_that_is_really_full(part, code, home):
    (home / part).mkdir()
    script = SMALL_DISK.format(size="4k", folder=home / part, python=sys.executable, benchmark=BENCHMARK)
    done = subprocess.run(["unshare", "-Urm", "sh", "-c", script], capture_output=True, text=True)  # noqa: S603, S607
    assert done.returncode == code, done.stderr
    assert done.stdout.startswith(f"pixels on {BENCHMARK}: 0.")
    assert "No space left on device" in done.stderr and "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert "left: []" in done.stderr  # no temporary files
    assert done.stderr.count("The cache") == (part == "cache")
    assert ("Error: The score was not stored" in done.stderr) == (part == "results")
