"""The joint report of mouse and robustness scores, the comparison of readouts, and the fetching of digit files."""

import functools
import hashlib
import http.server
import json
import re
import threading

import numpy as np
import pytest
from brainscore_core.metrics import Score
from brainscore_mouse.analyses.robustness import readout_comparison
from brainscore_mouse.analyses.robustness.mouse_and_robustness import joint_scores, stored_scores
from brainscore_mouse.command_line import app
from brainscore_mouse.core.behaviour import Behaviour
from brainscore_mouse.core.errors import DataError, RemoteReadError, UnknownIdentifierError
from brainscore_mouse.domain_generalization.domains import download
from brainscore_mouse.results.store import result_path, store_result
from brainscore_mouse.uncertainty.rank_correlation import rank_correlation
from PIL import Image
from scipy import stats
from typer.testing import CliRunner

MOUSE, ROBUSTNESS = "simulated-mouse-VISp-rsa", "dg-minidigits-readout"


def store(model, benchmark, value, created="2026-01-01T00:00:00+00:00", key="k" * 64):
    score = Score(value)
    score.attrs.update(model_identifier=model, benchmark_identifier=benchmark, error=0.01, created=created)
    behaviour = Behaviour(np.ones((2, 2, 6)), 1e-4)
    store_result(score, result_path(model, benchmark, key, behaviour), key, behaviour)


def store_models(n):
    for index in range(n):
        store(f"model/{index}", MOUSE, index / 10)
        store(f"model/{index}", ROBUSTNESS, [0.1, 0.3, 0.2, 0.4, 0.5, 0.7, 0.6][index])


def test_newest_stored_score_of_each_model():
    store("a", MOUSE, 0.2)
    store("a", MOUSE, 0.3, created="2026-02-01T00:00:00+00:00", key="l" * 64)
    store("b", "simulated-mouse-VISl-rsa", 0.9)
    assert stored_scores(MOUSE)["score"].to_dict() == {"a": 0.3}


def test_joint_report(tmp_path):
    store_models(7)
    store("only-mouse", MOUSE, 0.9)
    table = joint_scores(MOUSE, ROBUSTNESS)
    assert len(table) == 7 and "only-mouse" not in table.index
    expected = stats.spearmanr(table["mouse"], table["robustness"]).statistic
    done = CliRunner().invoke(app, ["dg-joint", MOUSE, ROBUSTNESS, "--figure", str(tmp_path / "joint.png")])
    assert re.search(rf"\b7\b.*{expected:.2f}", done.output)
    with Image.open(tmp_path / "joint.png") as figure:
        assert min(figure.size) > 500


def test_too_few_models_are_refused():
    store_models(4)
    with pytest.raises(DataError, match=r"\b4\b.*\b5\b"):
        joint_scores(MOUSE, ROBUSTNESS)


@pytest.mark.slow
def test_bootstrap_interval_covers_the_correlation():
    """Of bivariate normal scores, whose rank correlation is known."""
    covered, n_repeats, rho = 0, 120, 0.6
    known = 6 / np.pi * np.arcsin(rho / 2)
    generator = np.random.default_rng(0)
    for repeat in range(n_repeats):
        first = generator.normal(size=40)
        second = rho * first + np.sqrt(1 - rho**2) * generator.normal(size=40)
        result = rank_correlation(first, second, seed=repeat)
        covered += result.low < known < result.high
    assert 0.88 < covered / n_repeats <= 1
    assert rank_correlation(np.arange(6.0), np.arange(6.0)) == rank_correlation(np.arange(6.0), np.arange(6.0) ** 3)


def dg_score(value, target):
    score = Score(value)
    domains = {
        "a": {"a": {"accuracy": 0.9, "error": 0.01, "ece": 0.1}, target: {"accuracy": 0.6, "error": 0.02, "ece": 0.3}}
    }
    score.attrs.update(
        benchmark_identifier="dg-toy-readout", metric_settings={"inverse_penalty": 0.001, "n_seeds": 5}, chance=0.25
    )
    score.attrs.update(
        domains=domains, sources=[["a"]], source_accuracy=0.9, raw=0.6, gap=0.3, gap_error=0.02, error=0.03
    )
    return score


def test_comparison_of_readouts_writes_tables(monkeypatch, tmp_path):
    monkeypatch.setattr(readout_comparison, "list_benchmarks", lambda: ["dg-toy-readout", "dg-other-readout"])
    monkeypatch.setattr(readout_comparison, "load_benchmark", lambda name: name)
    monkeypatch.setattr(readout_comparison, "score_model", lambda model, benchmark: dg_score(0.47, "b"))
    command = ["dg-readout", str(tmp_path / "table"), "pixels", "--domain-set", "toy", "--neurn"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    text = (tmp_path / "table.md").read_text()
    assert "| pixels+neurn | 0.470 ± 0.059 |" in text
    assert "| pixels | 90.0 | 60.0 ± 3.9 | 60.0 | 30.0 ± 3.9 | 0.30 |" in text
    assert set(json.loads((tmp_path / "table.json").read_text())) == {"pixels", "pixels+neurn"}
    unknown = CliRunner().invoke(app, ["dg-readout", str(tmp_path / "t"), "pixls"])
    assert isinstance(unknown.exception, UnknownIdentifierError)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def published(tmp_path, monkeypatch):
    """The published files, on this machine instead of the internet."""
    server = tmp_path / "server"
    server.mkdir()
    contents = {name: name.encode() for name in ("t10k-x.gz", "usps.bz2", "test_32x32.mat", "train_32x32.mat")}
    for name, content in contents.items():
        (server / name).write_bytes(content)
    md5 = {name: hashlib.md5(content, usedforsecurity=False).hexdigest() for name, content in contents.items()}
    handler = functools.partial(QuietHandler, directory=str(server))
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{httpd.server_port}"
    monkeypatch.setattr(download.MNIST, "mirrors", [f"{address}/absent/", f"{address}/"])
    monkeypatch.setattr(download.MNIST, "resources", [("t10k-x.gz", md5["t10k-x.gz"])])
    monkeypatch.setattr(download.USPS, "split_list", {"train": (f"{address}/usps.bz2", "usps.bz2", md5["usps.bz2"])})
    svhn = {
        part: [f"{address}/{part}_32x32.mat", f"{part}_32x32.mat", md5[f"{part}_32x32.mat"]]
        for part in ("train", "test")
    }
    monkeypatch.setattr(download.SVHN, "split_list", svhn)
    monkeypatch.setenv("BRAINSCORE_MOUSE_DG_DATA", str(tmp_path / "data"))
    yield server
    httpd.shutdown()
    httpd.server_close()


def test_digit_files_are_fetched_once_and_checked(published, tmp_path):
    folder = tmp_path / "data" / "digits"
    assert CliRunner().invoke(app, ["dg-fetch"]).exit_code == 0
    assert {path.name for path in folder.iterdir()} == {"t10k-x.gz", "usps.bz2", "train_32x32.mat", "test_32x32.mat"}
    (published / "usps.bz2").write_bytes(b"something else")
    assert download.fetch_digits() == folder  # what is there is not fetched again
    (folder / "usps.bz2").unlink()
    with pytest.raises(RemoteReadError, match=r"usps\.bz2"):
        download.fetch_digits()
    assert not (folder / "usps.bz2").exists() and not list(folder.glob(".fetching-*"))
