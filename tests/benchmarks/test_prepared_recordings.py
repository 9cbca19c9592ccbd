"""What metrics prepare of recordings, on disk: computed once, found by content, believed only as it was written."""

import os
import shutil

import numpy as np
import pytest
from brainscore_mouse import load_benchmark
from brainscore_mouse.benchmarks import prepared_recordings as module
from brainscore_mouse.benchmarks.prepared_recordings import PreparedRecordings
from brainscore_mouse.core.cache import cache_info
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.metrics.regression import regression_target
from brainscore_mouse.metrics.rsa.fold_halves import FoldHalves
from brainscore_mouse.metrics.rsa.metric import RSA

METRICS = ("rsa", "ridge")
SUBJECTS = np.repeat(["a", "b", "c", "d"], 5)


@pytest.fixture
def prepared(simulated_home):
    return simulated_home / "cache" / "prepared"


@pytest.fixture
def computations(monkeypatch):
    """Note what is computed of single trials."""
    noted = []

    def noting(name, function):
        def noted_function(*args, **kwargs):
            noted.append(name)
            return function(*args, **kwargs)

        return noted_function

    monkeypatch.setattr(FoldHalves, "of_recordings", noting("rsa", FoldHalves.of_recordings))
    monkeypatch.setattr(regression_target, "summarized_trials", noting("ridge", regression_target.summarized_trials))
    return noted


def numbers(metric):
    """Score a layer that has to do with the recordings by a new benchmark; return the ceiling and all numbers."""
    benchmark = load_benchmark(f"simulated-mouse-VISp-{metric}")
    target, responses = benchmark._target, np.nanmean(benchmark.recordings.trials, axis=0)
    noise = np.random.default_rng(0).normal(size=responses.shape)
    layers = [FeatureGram.of_features(responses + 3 * noise), FeatureGram.of_features(noise)]
    chosen = [0] * len(benchmark._folds)
    return [
        target.ceiling,
        target.ceiling_error,
        target.selection_scores(layers).tolist(),
        target.evaluate(layers, chosen).raw[:, 0].tolist(),
        target.left_out([ChosenLayers(layers, chosen)]).values.tolist(),
    ]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.slow
def test_a_second_benchmark_computes_nothing_and_scores_the_same_to_the_last_bit(prepared, computations, metric):
    first = numbers(metric)
    assert set(computations) == {metric}
    assert len(list(prepared.iterdir())) == 2  # what scores need, and what errors need
    computations.clear()
    assert numbers(metric) == first
    assert computations == []


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.slow
def test_scores_are_those_of_a_metric_that_keeps_nothing(prepared, metric):
    benchmark = load_benchmark(f"simulated-mouse-VISp-{metric}")
    recordings = benchmark.recordings
    target = benchmark.metric.prepare(recordings.trials, recordings.subjects, benchmark._folds)
    assert not prepared.exists()
    ceiling, ceiling_error, *_ = numbers(metric)
    assert (target.ceiling, target.ceiling_error) == (ceiling, ceiling_error)


@pytest.mark.slow
def test_metrics_whose_ceilings_differ_do_not_take_those_of_the_other(simulated_home):
    alone = load_benchmark("simulated-mouse-VISp-unique-variance-over-pixels")
    target = alone.metric.prepare_with_stimuli(
        alone.recordings.trials, alone.recordings.subjects, alone._folds, alone.recordings.stimulus_paths
    )
    for metric in ("ridge", "unique-variance-over-pixels"):
        ceiling = load_benchmark(f"simulated-mouse-VISp-{metric}").ceiling
    assert (float(ceiling), ceiling.attrs["error"]) == (target.ceiling, target.ceiling_error)


class OfOtherTrials(RSA):
    """What a plugin may be: it leaves the rest to RSA."""

    def prepare(self, trials, subjects, folds):
        return RSA().prepare(np.abs(trials) ** 1.1, subjects, folds)


@pytest.mark.parametrize("metrics", [(RSA(), OfOtherTrials()), (OfOtherTrials(), RSA())])
@pytest.mark.slow
def test_a_metric_that_prepares_other_trials_by_ours_shares_nothing_with_it(prepared, metrics):
    for metric in metrics:
        benchmark = load_benchmark("simulated-mouse-VISp-rsa")
        recordings = benchmark.recordings
        benchmark.metric = metric
        alone = metric.prepare(recordings.trials, recordings.subjects, benchmark._folds)
        assert benchmark._target.ceiling == alone.ceiling
        assert benchmark._target.ceiling_error == alone.ceiling_error


@pytest.mark.slow
def test_variants_of_the_stimuli_share_what_is_prepared(prepared, computations):
    load_benchmark("simulated-mouse-VISp-rsa").ceiling  # noqa: B018
    computations.clear()
    load_benchmark("simulated-mouse-VISp-rsa@64px").ceiling  # noqa: B018
    assert computations == []
    load_benchmark("simulated-mouse-VISl-rsa").ceiling  # noqa: B018
    assert set(computations) == {"rsa"}


def test_some_of_the_neuroids_are_other_recordings(prepared, computations):
    whole = load_benchmark("simulated-mouse-VISp-rsa")
    whole.ceiling  # noqa: B018
    computations.clear()
    whole.with_neuroids(np.arange(len(whole.subjects) - 1)).ceiling  # noqa: B018
    assert set(computations) == {"rsa"}


def changed_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        changed_byte,
        lambda path: path.write_bytes(path.read_bytes()[:1000]),
        lambda path: path.write_text("{}"),
        lambda path: np.savez(path, values=np.zeros(3)),
    ],
)
def test_a_damaged_file_is_computed_again(prepared, damage):
    keep = keep_of()
    keep("x", {}, lambda: {"values": np.arange(1000.0)})
    (path,) = prepared.iterdir()
    damage(path)
    with pytest.warns(UserWarning, match=path.stem):
        found = keep("x", {}, lambda: {"values": np.arange(1000.0)})
    np.testing.assert_array_equal(found["values"], np.arange(1000.0))
    np.testing.assert_array_equal(keep("x", {}, pytest.fail)["values"], np.arange(1000.0))


def test_a_file_of_other_recordings_under_this_name_is_computed_again(prepared):
    keep = keep_of()
    keep("x", {}, lambda: {"values": np.ones(2)})
    (path,) = prepared.iterdir()
    other = keep_of(seed=1)
    other("x", {}, lambda: {"values": np.zeros(2)})
    (foreign,) = set(prepared.iterdir()) - {path}
    shutil.copyfile(foreign, path)
    with pytest.warns(UserWarning, match=path.stem):
        np.testing.assert_array_equal(keep("x", {}, lambda: {"values": np.ones(2)})["values"], np.ones(2))


def trials_of(change=0.0):
    trials = np.arange(4 * 12 * 20, dtype=np.float32).reshape(4, 12, 20)
    trials[0, 0, 0] += change
    return trials


def keep_of(seed=0, version=6, trials=None, subjects=SUBJECTS):
    folds = selection_folds(12, SUBJECTS, seed)
    return PreparedRecordings(trials_of() if trials is None else trials, subjects, folds, version)


@pytest.mark.parametrize(
    "other",
    [
        lambda: keep_of(seed=1),
        lambda: keep_of(version=7),
        lambda: keep_of(trials=trials_of(1.0)),
        lambda: keep_of(trials=trials_of().astype(np.float64)),
        lambda: keep_of(subjects=np.repeat(["a", "b", "c", "e"], 5)),
    ],
    ids=["seed", "version", "trial", "precision", "mouse"],
)
def test_other_recordings_folds_and_definitions_are_computed(prepared, other):
    keep_of()("x", {}, lambda: {"values": np.ones(1)})
    assert other()("x", {}, lambda: {"values": np.zeros(1)})["values"] == 0


def test_other_settings_and_formats_are_computed(prepared, monkeypatch):
    keep = keep_of()
    keep("x", {"n": 1}, lambda: {"values": np.ones(1)})
    assert keep("x", {"n": 1}, pytest.fail)["values"] == 1
    assert keep("x", {"n": 2}, lambda: {"values": np.zeros(1)})["values"] == 0
    assert keep("y", {"n": 1}, lambda: {"values": np.zeros(1)})["values"] == 0
    monkeypatch.setattr(module, "_FORMAT_VERSION", 1000)
    assert keep("x", {"n": 1}, lambda: {"values": np.zeros(1)})["values"] == 0


def test_what_is_kept_stays_within_the_limit_of_the_cache(prepared, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_CACHE_MB", "1")
    keep = keep_of()
    for number in range(4):
        keep(f"{number}", {}, lambda: {"values": np.zeros(50_000)})
        for age, path in enumerate(sorted(prepared.iterdir(), key=os.path.getmtime, reverse=True)):
            os.utime(path, (1e9 - age, 1e9 - age))
    (content,) = (content for content in cache_info() if content.kind == "prepared")
    assert (content.n_files, content.is_download) == (2, False)
    assert content.n_bytes <= 1e6


def test_nothing_is_kept_where_the_recordings_are_refused(prepared):
    keep = keep_of()
    with pytest.raises(ZeroDivisionError):
        keep("x", {}, lambda: {"values": np.array(1 // 0)})
    assert not prepared.exists()
