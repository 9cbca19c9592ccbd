"""A network, a metric, an area and recordings of a user's own, a file each, up to the leaderboard."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from brainscore_mouse import load_plugin, score_table
from brainscore_mouse.plugins.new_plugin import write_new_plugin
from brainscore_mouse.plugins.plugin_files import VARIABLE, load_plugin_files
from simulated_bucket import Site, write_bucket

AREA = """
from brainscore_mouse import register_area

register_area("allen-mouse", "VISpor", min_neuroids=15)
"""


@pytest.fixture
def command(home, tmp_path):
    """Return a function that runs the command line in a process of its own, in the user's folder."""
    folder = tmp_path / "mine"
    folder.mkdir()
    bucket = tmp_path / "bucket"
    write_bucket(bucket, [Site("VISpor", mouse=f"mouse-{number}") for number in range(3)])

    def run(*arguments, **environment):
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "brainscore_mouse", *arguments],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "BRAINSCORE_MOUSE_HOME": str(home),
                "BRAINSCORE_MOUSE_ALLEN_SOURCE": str(bucket),
                **environment,
            },
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run.folder = folder
    return run


def records(home):
    return {
        (record["model_identifier"], record["benchmark_identifier"]): record
        for record in (json.loads(path.read_text()) for path in (home / "results").rglob("[!.]*.json"))
    }


@pytest.mark.slow
def test_a_network_a_metric_an_area_and_recordings_each_in_one_file_up_to_the_leaderboard(command, home):
    command("new-model", "my-net")
    command("new-metric", "my-metric")
    command("new-dataset", "my-lab")
    (command.folder / "my_area.py").write_text(AREA)
    names = ("my_net.py", "my_metric.py", "my_lab.py", "my_area.py")
    files = [argument for name in names for argument in ("--plugin", name)]

    # Each is visible in a list.
    assert "my-net" in command("list", "models", *files).split()
    assert "my-metric" in command("list", "metrics", *files).split()
    assert "my-lab" in command("list", "datasets", *files).split()
    benchmarks = ["my-lab-VISp-my-metric", "allen-mouse-VISpor-my-metric"]
    assert set(benchmarks) <= set(command("list", "benchmarks", "--all", *files).split())

    # Scored in processes of their own.
    chosen = [argument for name in benchmarks for argument in ("--benchmarks", name)]
    run = ("run", "--models", "my-net", "--models", "pixels", *chosen, "--processes", "2", *files)
    assert "4 scored, 0 stored before, 0 failed" in command(*run)
    found = records(home)
    assert found.keys() == {(model, benchmark) for model in ("my-net", "pixels") for benchmark in benchmarks}
    score = found["pixels", "my-lab-VISp-my-metric"]
    assert score["metric_settings"]["metric"] == "my-metric" and len(score["metric_settings"]["code_sha256"]) == 64
    # The mice follow the brightness of patches: pixels are close to them, and the error says how sure that is.
    assert 0.3 < score["score"] < 1.1 and 0 < score["error"] < 0.3 and 0.5 < score["ceiling"] <= 1
    assert found["my-net", "allen-mouse-VISpor-my-metric"]["n_neuroids"] == 36

    # The same files elsewhere are the same; an edited metric is another one.
    elsewhere = command.folder / "elsewhere"
    elsewhere.mkdir()
    for name in names:
        (command.folder / name).rename(elsewhere / name)
    moved = os.pathsep.join(str(elsewhere / name) for name in names)
    assert "0 scored, 4 stored before, 0 failed" in command(*run[:-8], BRAINSCORE_MOUSE_PLUGINS=moved)
    metric = elsewhere / "my_metric.py"
    metric.write_text(metric.read_text().replace("exponent: float = 1.0", "exponent: float = 0.5"))
    again = ("score", "pixels", benchmarks[0], "--json")
    edited = json.loads(command(*again, BRAINSCORE_MOUSE_PLUGINS=moved))
    assert not edited["from_cache"] and edited["score"] != score["score"]

    # On the leaderboard.
    command("leaderboard", "--output", "board", BRAINSCORE_MOUSE_PLUGINS=moved)
    data = "".join(path.read_text() for path in Path(command.folder / "board").rglob("*.js"))
    assert all(name in data for name in ("my-net", *benchmarks))


@pytest.mark.slow
def test_workers_of_a_cluster_are_sent_the_files(tmp_path, home, monkeypatch, simulated_home):
    """They were started without them, and could not find them: what is at the path is another file by then."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv(VARIABLE, "")
    plugin, _, _ = write_new_plugin("model", "cluster-net", tmp_path)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, local_directory=str(home / "dask")
    ) as cluster:
        load_plugin(plugin)
        plugin.write_text("raise RuntimeError('not this')")
        table = score_table(["cluster-net"], ["simulated-mouse-VISp-rsa"], scheduler=cluster.scheduler_address)
    assert table["failure"].isna().all() and table["score"].notna().all()
    os.environ[VARIABLE] = ""
    load_plugin_files()
