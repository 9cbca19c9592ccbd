"""Tables of scores: the same results wherever they are computed, and whatever is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future

import pytest
import torch
from brainscore_mouse import failures_frame, score_model, score_table
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import (
    BrainscoreMouseError,
    InvalidParameterError,
    UnknownIdentifierError,
    WeightsUnavailableError,
)
from brainscore_mouse.scoring.jobs import Job, JobQueue
from brainscore_mouse.scoring.plan import table_plan
from brainscore_mouse.scoring.score_table import run_jobs, table_jobs
from brainscore_mouse.scoring.table_file import read_table_file
from brainscore_mouse.scoring.workers import DaskWorkers, LocalProcesses
from stored_scores import store_made_up
from typer.testing import CliRunner

pytestmark = pytest.mark.usefixtures("simulated_home")

MODELS = ("pixels", "pixels+neurn")
BENCHMARKS = ("simulated-mouse-VISp-rsa", "simulated-mouse-VISl-rsa")
OF_THE_RUN = ("created", "duration_s", "lookup_s", "peak_memory_bytes")


def stored(home):
    """Return all stored results and failures by file, without when and how fast they were made."""
    found = {}
    for path in sorted((home / "results").rglob("[!.]*.json")):  # files with a dot in front are not whole yet
        record = json.loads(path.read_text())
        found[str(path.relative_to(home))] = {key: value for key, value in record.items() if key not in OF_THE_RUN}
    return found


@pytest.fixture(scope="module")
def undisturbed(make_simulated_home, tmp_path_factory):
    """What a table made in this process stores."""
    folder = make_simulated_home(tmp_path_factory.mktemp("undisturbed"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINSCORE_MOUSE_HOME", str(folder))
        table = score_table(MODELS, BENCHMARKS)
    assert table[["model", "benchmark"]].values.tolist() == [[m, b] for m in MODELS for b in BENCHMARKS]
    assert table["failure"].isna().all() and not table["from_cache"].any()
    assert len(stored(folder)) == 4
    return folder


@pytest.mark.slow
def test_scores_are_those_of_score_model(undisturbed, home):
    records = {(r["model_identifier"], r["benchmark_identifier"]): r for r in stored(undisturbed).values()}
    alone = score_model(MODELS[1], BENCHMARKS[1])
    assert records[MODELS[1], BENCHMARKS[1]]["score"] == pytest.approx(float(alone), abs=1e-6)
    assert records[MODELS[1], BENCHMARKS[1]]["error"] == pytest.approx(alone.attrs["error"], rel=1e-6)


def test_what_is_stored_is_not_made_again(undisturbed, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(undisturbed))
    before = {path: path.stat().st_mtime_ns for path in (undisturbed / "results").rglob("*.json")}
    table = score_table(MODELS, BENCHMARKS)
    assert table["from_cache"].all()
    assert {path: path.stat().st_mtime_ns for path in (undisturbed / "results").rglob("*.json")} == before


@pytest.mark.slow
def test_a_failure_is_stored_and_does_not_stop_the_rest(home, monkeypatch):
    from brainscore_mouse.scoring import jobs as module

    attempts = []

    def load(identifier):
        if identifier == "alexnet":
            attempts.append(identifier)
            raise WeightsUnavailableError("no weights of alexnet")
        return real_load(identifier)

    real_load = module.load_model
    monkeypatch.setattr(module, "load_model", load)
    table = score_table(["alexnet", "pixels"], BENCHMARKS)
    assert table["failure"].fillna("").tolist() == ["no weights of alexnet"] * 2 + [""] * 2
    assert table["score"].isna().tolist() == [True, True, False, False]
    assert failures_frame()["message"].tolist() == ["no weights of alexnet"] * 2
    assert attempts == ["alexnet"]  # not once per benchmark
    monkeypatch.setattr(module, "load_model", lambda identifier: real_load("pixels"))
    score_table(["alexnet"], BENCHMARKS[:1])
    assert failures_frame()["benchmark"].tolist() == [BENCHMARKS[1]]


def test_names_are_looked_up_before_anything_starts(home):
    with pytest.raises(UnknownIdentifierError, match="nope"):
        score_table(["pixels", "nope"], BENCHMARKS)
    with pytest.raises(InvalidParameterError, match=r"Sequential.*score_model\(model, benchmark\)"):
        score_table(["pixels", torch.nn.Sequential()], BENCHMARKS)
    with pytest.raises(InvalidParameterError, match="scheduler"):
        score_table(["pixels"], BENCHMARKS, processes=2, scheduler="tcp://localhost:1")
    with pytest.raises(InvalidParameterError, match=r"\b0\b"):
        score_table(["pixels"], BENCHMARKS, processes=0)
    assert not (home / "results").exists()


def test_a_model_stays_at_one_place_and_others_help_once_its_features_are_there():
    jobs = [Job(model, benchmark) for model in "ab" for benchmark in "xyz"]
    queue = JobQueue(jobs)
    first, second = queue.take("1"), queue.take("2")
    assert (first, second) == (Job("a", "x"), Job("b", "x"))
    assert queue.take("3") is None  # both models' features are being made
    queue.note_done(first)
    assert queue.take("3") == Job("a", "y")
    assert [queue.take("2"), queue.take("2")] == [Job("b", "y"), Job("b", "z")]
    queue.put_back(Job("b", "x"))  # its process died
    assert queue.take("2") == Job("b", "x") and len(queue) == 1


class DyingWorkers:
    """A place whose process dies at every job of one model."""

    def places(self):
        return ["here"]

    def submit(self, place, function, *arguments):
        future = Future()
        if arguments[-1].model == "pixels":
            future.set_exception(RuntimeError("killed"))
        else:
            future.set_result(function(*arguments))
        return future

    def died(self, error):
        return True

    def close(self, at_once):
        pass


@pytest.mark.slow
def test_a_job_that_kills_its_process_again_and_again_has_failed(home):
    outcomes = {job.model: outcome for job, outcome in run_jobs(table_jobs(MODELS, BENCHMARKS[:1]), DyingWorkers())}
    assert outcomes["pixels"].status == "failed" and "3" in outcomes["pixels"].record["message"]
    assert outcomes["pixels+neurn"].status == "scored"
    assert failures_frame()["model"].tolist() == ["pixels"]


def killing_the_first(workers, pid_of):
    """Have the process that got the first job killed at once."""
    submit, killed = workers.submit, []

    def submit_and_kill(place, *arguments):
        future = submit(place, *arguments)
        if not killed:
            killed.append(pid_of(place))
            os.kill(killed[0], signal.SIGKILL)
        return future

    workers.submit = submit_and_kill
    return killed


@pytest.mark.slow
def test_local_processes_store_the_same_though_one_is_killed(undisturbed, home):
    workers = LocalProcesses(2)
    killed = killing_the_first(workers, lambda place: workers._pids[place])
    outcomes = list(run_jobs(table_jobs(MODELS, BENCHMARKS), workers))
    workers.close(at_once=False)
    assert len(killed) == 1 and {outcome.status for _, outcome in outcomes} == {"scored"}
    assert stored(home) == stored(undisturbed)


@pytest.mark.slow
def test_a_cluster_stores_the_same_though_a_worker_is_killed(undisturbed, home):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(home / "dask")
    ) as cluster:
        workers = DaskWorkers(cluster.scheduler_address)
        with distributed.Client(cluster, set_as_default=False) as client:
            client.wait_for_workers(2)
            pids = client.run(os.getpid)
        killed = killing_the_first(workers, pids.__getitem__)
        outcomes = list(run_jobs(table_jobs(MODELS, BENCHMARKS), workers))
        workers.close(at_once=False)
    assert len(killed) == 1 and {outcome.status for _, outcome in outcomes} == {"scored"}
    assert stored(home) == stored(undisturbed)


def test_no_scheduler_is_told(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("brainscore_mouse.scoring.workers._SECONDS_TO_CONNECT", 0.5)
    with pytest.raises(BrainscoreMouseError, match="localhost:1"):
        DaskWorkers("tcp://localhost:1")


@pytest.mark.slow
def test_killed_by_the_system_and_resumed_the_store_is_the_same(undisturbed, home):
    command = [sys.executable, "-c", "from brainscore_mouse.command_line import main; main()", "run"]
    for model in MODELS:
        command += ["--models", model]
    command += ["--benchmarks", "simulated-mouse-VIS[pl]-rsa"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603
    while not stored(home):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    n_before = len(stored(home))
    assert 1 <= n_before < 4
    table = score_table(MODELS, BENCHMARKS)
    assert table["from_cache"].sum() == n_before
    assert stored(home) == stored(undisturbed)


def test_a_dry_run_tells_what_is_to_do_and_writes_nothing(home):
    before = sorted(path for path in home.rglob("*"))
    arguments = ["run", "--models", "pixels*", "--benchmarks", "simulated-mouse-VIS[pl]-rsa", "--dry-run"]
    told = CliRunner().invoke(app, arguments).stdout
    assert "pixels on simulated-mouse-VISp-rsa" in told and "VISp." not in told
    summary, time, memory = told.splitlines()[-3:]
    assert summary.startswith("2 scores to compute, 0 stored before, 0 downloads")
    assert "unknown" in time and "unknown" in memory
    assert sorted(path for path in home.rglob("*")) == before


def test_a_dry_run_knows_what_is_stored(undisturbed, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(undisturbed))
    models = [part for model in MODELS for part in ("--models", model)]
    told = CliRunner().invoke(app, ["run", *models, "--benchmarks", "simulated-mouse-VIS[pla]-rsa", "--dry-run"]).stdout
    assert told.startswith("0 scores to compute, 4 stored before")


@pytest.mark.slow
def test_the_time_of_a_benchmark_that_was_never_scored_is_that_of_its_metric(home):
    for number, area in enumerate(("VISl", "VISal", "VISpm")):
        for model in ("net", "other-net"):
            created = f"2026-01-01T00:00:{10 * number + len(model):02}+00:00"
            store_made_up(model, f"simulated-mouse-{area}-rsa", 0.1, duration_s=20.0, created=created)
    store_made_up("net", "allen-mouse-npx-VISp-pls", 0.1, duration_s=7.0)
    plan = table_plan(table_jobs(["pixels"], ["simulated-mouse-VISp-rsa"]))
    assert (plan.seconds, plan.n_estimated, plan.n_without_time) == (pytest.approx(20.0), 1, 0)
    plan = table_plan(table_jobs(["pixels"], ["simulated-mouse-VISl-rsa", "simulated-mouse-VISp-pls"]))
    assert (plan.seconds, plan.n_estimated, plan.n_without_time) == (pytest.approx(27.0), 1, 0)
    plan = table_plan(table_jobs(["pixels"], ["simulated-mouse-VISp-map-rmse"]))
    assert (plan.seconds, plan.n_estimated, plan.n_without_time) == (None, 0, 1)


@pytest.mark.parametrize(
    ("models", "benchmarks"),
    [
        ("pixels", ["simulated-mouse-VISp-rsa"]),
        (["pixels"], "simulated-mouse-VISp-rsa"),
        (["pixels"], [object()]),
        (None, ["simulated-mouse-VISp-rsa"]),
    ],
)
def test_one_identifier_is_not_a_list_of_them(home, models, benchmarks):
    with pytest.raises(InvalidParameterError):
        score_table(models, benchmarks)


def test_a_list_of_benchmarks_is_for_tables(home):
    with pytest.raises(InvalidParameterError, match="score_table"):
        score_model("pixels", ["simulated-mouse-VISp-rsa"])


def test_a_submitted_model_scored_by_its_name_says_how(home):
    store_made_up("their-net", "simulated-mouse-VISp-rsa", 0.1, submission_sha256="a" * 64)
    for score in (
        lambda: score_model("their-net", "simulated-mouse-VISl-rsa"),
        lambda: score_table(["their-net"], ["simulated-mouse-VISl-rsa"]),
    ):
        with pytest.raises(UnknownIdentifierError, match="submit"):
            score()
    store_made_up("lost-net", "simulated-mouse-VISp-rsa", 0.1)
    with pytest.raises(UnknownIdentifierError, match="Closest"):
        score_table(["lost-net"], ["simulated-mouse-VISl-rsa"])


def test_force_computes_again_and_leaves_one_stored_score(simulated_home):
    first = score_model("pixels", "simulated-mouse-VISp-rsa")
    again = score_model("pixels", "simulated-mouse-VISp-rsa", force=True)
    assert not again.attrs["from_cache"] and float(again) == float(first)
    (file,) = (simulated_home / "results" / "pixels" / "simulated-mouse-VISp-rsa").glob("*.json")
    assert again.attrs["duration_s"] == json.loads(file.read_text())["duration_s"]


def test_patterns_and_tables_that_mean_nothing_are_refused(home, tmp_path):
    result = CliRunner().invoke(app, ["run", "--models", "pixels", "--benchmarks", "no-such-*"])
    assert isinstance(result.exception, UnknownIdentifierError) and "no-such-*" in str(result.exception)
    file = tmp_path / "table.toml"
    for content, message in (
        ("models = [", "table.toml"),
        ("models = ['pixels']", "benchmarks"),
        ("models = ['pixels']\nbenchmarks = ['x']\nproces = 2", "proces"),
        ("models = ['pixels']\nbenchmarks = ['x']\nprocesses = true", "processes.*True"),
        ("models = 'pixels'\nbenchmarks = ['x']", "models"),
    ):
        file.write_text(content)
        with pytest.raises(InvalidParameterError, match=message):
            read_table_file(file)
    file.write_text("models = ['pixels']\nbenchmarks = ['x']\nprocesses = 3")
    assert read_table_file(file).processes == 3


def test_a_table_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidParameterError, match=r"no file .*tabel\.toml"):
        read_table_file(tmp_path / "tabel.toml")
