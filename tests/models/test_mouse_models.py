"""Mice as models of other mice, by name, on small simulated recordings."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse import (
    Recipe,
    SubjectArrays,
    compare,
    inter_animal_consistency,
    load_benchmark,
    load_metric,
    load_model,
    package_arrays,
    score_model,
)
from brainscore_mouse.analyses.neuroid_numbers import neuroid_numbers
from brainscore_mouse.benchmarks.average_benchmark import AverageBenchmark
from brainscore_mouse.core.errors import (
    InvalidParameterError,
    LayerNotFoundError,
    ModelError,
    UnknownIdentifierError,
    UnreliableDataError,
)
from brainscore_mouse.core.image_file import read_image
from brainscore_mouse.data_packaging import twin_stimuli
from brainscore_mouse.data_packaging.simulate_recordings import RecordingDesign, simulate_recordings
from brainscore_mouse.leaderboard.comparisons.stored_estimate import stored_estimate
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.models.sources import names_matching
from PIL import Image

N_STIMULI = 40
RECIPE = Recipe("spikes/s", (0.0, 250.0), "none", "a test", "nobody 2026", "MIT")
BENCHMARK = "my-lab-VISp-rsa"
DESIGN = RecordingDesign(
    n_stimuli=N_STIMULI, n_mice=3, n_neuroids=25, n_repetitions=8, n_dimensions=4, reliability=0.95
)


def simulated():
    return simulate_recordings(DESIGN, np.random.default_rng(5))


@pytest.fixture
def stimuli(tmp_path):
    """Images, and a function that writes others."""

    def write(seed, prefix):
        paths = [tmp_path / f"{prefix}{number:02d}.png" for number in range(N_STIMULI)]
        for number, path in enumerate(paths):
            pixels = np.random.default_rng([seed, number]).integers(256, size=(8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(path)
        return paths

    return write


def package(dataset, paths, recordings, order=None, areas=("VISp",)):
    order = np.arange(N_STIMULI) if order is None else order
    arrays = []
    for area in areas:
        for mouse in np.unique(recordings.subjects):
            trials = recordings.trials[:, :, recordings.subjects == mouse][:, order].astype(np.float32)
            neuroids = pd.DataFrame({"neuroid_id": [f"{area}-{mouse}-{number}" for number in range(trials.shape[2])]})
            arrays.append(SubjectArrays(area, mouse, trials, neuroids))
    package_arrays(arrays, [paths[number] for number in order], dataset, RECIPE)


@pytest.fixture
def my_lab(home, stimuli):
    paths = stimuli(0, "s")
    package("my-lab", paths, simulated(), areas=("VISp", "VISl"))
    return paths


def test_a_mouse_is_scored_on_the_other_mice_only(my_lab):
    score = score_model("mouse-model:my-lab-VISp-mouse-2", BENCHMARK)
    assert score.attrs["n_mice"] == 2 and score.attrs["n_neuroids"] == 50 and score.attrs["layer"] == "population"
    assert "mouse-2" in score.attrs["target"] and score.attrs["error"] > 0
    recordings = load_benchmark(BENCHMARK).load().recordings
    trials, subjects = recordings.trials, recordings.subjects
    of_source = subjects == "mouse-2"
    folds = selection_folds(N_STIMULI, subjects[~of_source], seed=0)
    every = np.arange(of_source.sum())
    same_stimuli = [
        replace(fold, scoring=replace(fold.scoring, neuroids=every), selection=replace(fold.selection, neuroids=every))
        for fold in folds
    ]
    metric = load_metric("rsa")
    target = metric.population(trials[:, :, ~of_source], subjects[~of_source], folds)
    source = metric.population(trials[:, :, of_source], subjects[of_source], same_stimuli)
    assert float(score) == target.left_out([source]).values[0, 0, 0]
    assert score_model("mouse-model:my-lab-VISp-mouse-2", BENCHMARK).attrs["from_cache"]


def test_all_mice_of_an_area_are_each_the_target_of_the_others(my_lab):
    score = score_model("mouse-model:my-lab-VISp", BENCHMARK)
    assert float(score) == pytest.approx(inter_animal_consistency(BENCHMARK).pooled.value)
    assert score.attrs["n_mice"] == 3 and "each mouse alone" in score.attrs["target"]


def test_stimuli_are_matched_by_their_pixels_and_mice_by_their_names(my_lab):
    """The same recordings with the stimuli in another order; the mouse of the same name is left out there, too."""
    package("copied", my_lab, simulated(), order=np.random.default_rng(0).permutation(N_STIMULI))
    scores = [float(score_model(f"mouse-model:{name}-VISp-mouse-1", BENCHMARK)) for name in ("my-lab", "copied")]
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)


def test_a_mouse_has_its_pictures_decoded_once_for_all_benchmarks(my_lab, monkeypatch):
    decoded = Counter()

    def counting(path):
        decoded[path] += 1
        return read_image(path)

    monkeypatch.setattr(twin_stimuli, "read_image", counting)
    for benchmark in (BENCHMARK, "my-lab-VISl-cka"):
        score_model("mouse-model:my-lab-VISp-mouse-1", benchmark)
    assert len(decoded) == N_STIMULI and set(decoded.values()) == {1}


def test_mice_that_saw_other_stimuli_are_refused_by_name(my_lab, stimuli):
    package("elsewhere", stimuli(1, "t"), simulated())
    for benchmark in ("elsewhere-VISp-rsa", "elsewhere-VISp-ridge"):
        with pytest.raises(ModelError, match=r"mouse-model:my-lab-VISp-mouse-1.*40 of 40"):
            score_model("mouse-model:my-lab-VISp-mouse-1", benchmark)


@pytest.mark.parametrize(
    "name", ["nowhere-VISp", "my-lab-VISam", "my-lab-VISp-mouse-9", "my-lab-VISp-random", "my-lab-VISp-"]
)
def test_unknown_mice_are_named(my_lab, name):
    with pytest.raises(UnknownIdentifierError, match=f"mouse-model:{name}"):
        load_model(f"mouse-model:{name}")


def test_what_would_not_be_a_fair_comparison_is_refused(my_lab):
    with pytest.raises(InvalidParameterError, match="inter-animal my-lab-VISp-rsa"):
        compare("mouse-model:my-lab-VISp-mouse-1", "pixels", [BENCHMARK])
    for name in ("mouse-model:my-lab-VISp", "mouse-model:my-lab-VISp-mouse-1"):  # would be compared with themselves
        with pytest.raises(InvalidParameterError, match="inter-animal my-lab-VISp-rsa"):
            neuroid_numbers([name], [BENCHMARK], n_draws=1)
    with pytest.raises(LayerNotFoundError, match=r"'conv1'.*'population'"):
        score_model("mouse-model:my-lab-VISp-mouse-1", BENCHMARK, layer="conv1")
    with pytest.raises(InvalidParameterError, match="mouse-model:my-lab-VISl"):
        score_model("mouse-model:my-lab-VISl", BENCHMARK)
    with pytest.raises(InvalidParameterError, match="mouse-model:my-lab-VISp-mouse-1"):
        inter_animal_consistency(BENCHMARK, ["mouse-model:my-lab-VISp-mouse-1"])
    with pytest.raises(InvalidParameterError, match="map-rmse"):
        score_model("mouse-model:my-lab-VISp-mouse-1", "my-lab-VISp-map-rmse")


def test_a_mouse_without_others_has_no_score(home, stimuli):
    recordings = simulated()
    alone = recordings.subjects == "mouse-1"
    single = replace(recordings, trials=recordings.trials[:, :, alone], subjects=recordings.subjects[alone])
    package("single", stimuli(0, "s"), single)
    with pytest.raises(UnreliableDataError, match="mouse-1"):
        score_model("mouse-model:single-VISp-mouse-1", "single-VISp-rsa")


def test_the_mean_of_areas_says_that_it_is_of_other_mice(my_lab):
    members = [load_benchmark(name) for name in (BENCHMARK, "my-lab-VISl-rsa")]
    score = score_model("mouse-model:my-lab-VISp-mouse-1", AverageBenchmark("my-lab-rsa", members))
    assert score.attrs["target"] == "all mice but mouse-1, pooled" and score.attrs["n_mice"] == 2


def test_leaderboards_rank_a_single_mouse_and_not_all_mice_together(my_lab):
    for name, is_ranked in {"mouse-model:my-lab-VISp-mouse-1": True, "mouse-model:my-lab-VISp": False}.items():
        score = score_model(name, BENCHMARK)
        assert stored_estimate({"score": float(score), **score.attrs}).is_comparable == is_ranked


def test_areas_of_packaged_datasets_are_listed(my_lab):
    assert names_matching("mouse-model", "my-lab-*") == ["mouse-model:my-lab-VISl", "mouse-model:my-lab-VISp"]


def test_mice_that_are_kept_are_not_taken_for_those_of_a_part_or_a_variant(my_lab):
    """What was prepared for a benchmark is not found in the benchmark on some neuroids, or with other images."""
    whole = load_benchmark(BENCHMARK).load()
    assert len(whole.mouse_populations.mice) == 3
    two_mice = np.flatnonzero(whole.subjects != "mouse-3")
    assert len(whole.with_neuroids(two_mice).mouse_populations.mice) == 2
    variant = whole.with_stimulus_variant("shuffled")
    assert variant.mouse_populations is not whole.mouse_populations
    for name in ("64px", "shuffled"):
        with pytest.raises((ModelError, InvalidParameterError), match="mouse-model:my-lab-VISp"):
            score_model("mouse-model:my-lab-VISp", f"{BENCHMARK}@{name}")
    # A single mouse sees the shuffled pictures, as any model does.
    assert abs(float(score_model("mouse-model:my-lab-VISp-mouse-1", f"{BENCHMARK}@shuffled"))) < 0.3
