"""Ten numbers to watch, in processor seconds: run before and after a change, as README.md says.

All input is made up, the same in each run, and written below a temporary folder; nothing is downloaded. PLS is measured
with its code loaded.
"""

import os
import resource

import numpy as np
import pytest
from brainscore_mouse import load_metric, score_model
from brainscore_mouse.data_packaging.datasets import load_dataset
from brainscore_mouse.leaderboard.site import write_leaderboard
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import choose_layers, selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.results.query import query
from made_up_scores import AREAS, store_made_up_scores
from own_process import run_python

N_STIMULI, N_NEUROIDS, N_REPETITIONS, N_MICE = 118, 300, 50, 6
MODEL, BENCHMARK = "pixels", "simulated-mouse-VISp-rsa"


def processor_time() -> float:
    """Return the processor seconds of this process and of those that it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


pytestmark = pytest.mark.benchmark(timer=processor_time)


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    """Give all numbers one home, with the simulated recordings and a score."""
    if os.environ.get("OMP_NUM_THREADS") != "1":
        pytest.exit("Set OMP_NUM_THREADS=1: the processor time of one thread is measured.")
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("BRAINSCORE_MOUSE_HOME", str(folder))
        score_model(MODEL, BENCHMARK)
        yield folder


@pytest.fixture(scope="module")
def recordings():
    """Make trials of one area, its mice, and the folds."""
    generator = np.random.default_rng(0)
    signal = latents() @ generator.normal(size=(400, N_NEUROIDS))
    trials = signal + 5 * signal.std() * generator.normal(size=(N_REPETITIONS, N_STIMULI, N_NEUROIDS))
    subjects = np.repeat([f"mouse {number}" for number in range(N_MICE)], N_NEUROIDS // N_MICE)
    return trials, subjects, selection_folds(N_STIMULI, subjects, seed=0)


def latents() -> np.ndarray:
    """Make what stimuli have in common: squared singular values fall with their number, as in networks."""
    return np.random.default_rng(1).normal(size=(N_STIMULI, 400)) * np.arange(1, 401.0) ** -0.5


def layers(n_layers: int) -> list[FeatureGram]:
    """Make layers that share ever less with the recordings."""
    generator = np.random.default_rng(2)
    shared = latents() @ generator.normal(size=(400, 400)) / 20
    return [
        FeatureGram.of_features(shared + depth / 8 * generator.normal(size=shared.shape)) for depth in range(n_layers)
    ]


def scored(target, grams, n_folds):
    """Choose layers and score them, with errors."""
    chosen = choose_layers(target, grams, n_folds)
    target.evaluate(grams, chosen)
    target.left_out([ChosenLayers(grams, chosen)])


@pytest.mark.parametrize("metric,n_layers", [("rsa", 17), ("ridge", 17), ("pls", 5)])
def test_score(benchmark, recordings, metric, n_layers):
    """Numbers 1 to 3: one score by each metric of recordings that are prepared."""
    trials, subjects, folds = recordings

    def prepared():
        return (load_metric(metric).prepare(trials, subjects, folds), layers(n_layers), len(folds)), {}

    benchmark.pedantic(scored, setup=prepared, rounds=5, warmup_rounds=1)


def test_preparation_for_rsa(benchmark, recordings):
    """Number 4."""
    benchmark.pedantic(lambda: load_metric("rsa").prepare(*recordings), rounds=5, warmup_rounds=1)


def test_gram_matrix_of_a_layer(benchmark):
    """Number 5: 118 stimuli x 200,704 units, as of ResNet-50's first block at a quarter of its width."""
    features = np.random.default_rng(0).normal(size=(N_STIMULI, 64 * 56 * 56)).astype(np.float32)
    benchmark.pedantic(lambda: FeatureGram.of_features(features), rounds=5, warmup_rounds=1)


def test_stored_score(benchmark):
    """Number 6: its network confirmed, in a process that has its libraries."""
    score = benchmark.pedantic(lambda: score_model(MODEL, BENCHMARK), rounds=5, warmup_rounds=1)
    assert score.attrs["from_cache"]


def test_start_up_of_list(benchmark):
    """Number 7: a process of its own."""
    benchmark.pedantic(lambda: run_python("-m", "brainscore_mouse", "list", "benchmarks"), rounds=5, warmup_rounds=1)


@pytest.fixture(scope="module")
def made_up_scores(home):
    """Store 1,200 scores in a home of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINSCORE_MOUSE_HOME", str(home / "many"))
        store_made_up_scores(66, [f"made-up-{area}-{metric}" for metric in ("rsa", "ridge", "pls") for area in AREAS])
        yield


def test_query_of_the_store(benchmark, made_up_scores):
    """Number 8: of 1,188 scores, with a view that is up to date."""
    sql = "SELECT model, AVG(score) AS mean FROM results GROUP BY model ORDER BY mean DESC"
    answer = benchmark.pedantic(lambda: query(sql), rounds=5, warmup_rounds=1)
    assert len(answer.rows) == 66


def test_leaderboard(benchmark, made_up_scores, tmp_path):
    """Number 9: 66 models x 18 benchmarks, with all pages."""
    benchmark.pedantic(lambda: write_leaderboard(tmp_path / "board"), rounds=5, warmup_rounds=1)


def test_packaged_recordings(benchmark):
    """Number 10: one area, read and verified."""
    benchmark.pedantic(lambda: load_dataset("simulated-mouse", "VISp"), rounds=5, warmup_rounds=1)
