"""The ten facts about Brain-Score that decide this package's architecture, and that none of them bites through us.

Numbered as in the notes on Brain-Score (section 0).
"""

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import brainscore_mouse
import brainscore_vision
import numpy as np
import pandas as pd
import pytest
from brainscore_core.plugin_management.conda_score import CondaScore
from brainscore_mouse import Recipe, SubjectArrays, load_model, load_stimulus_set, package_arrays, score_model
from brainscore_mouse.brainscore_bridge.as_neural_model import as_neural_model
from brainscore_mouse.core.errors import ModelError, UnreliableDataError
from brainscore_mouse.metrics.rsa.leave_one_mouse_out import nili_upper_bound
from brainscore_mouse.metrics.rsa.rdm import pairs_of_rdm, rdm_of_patterns
from brainscore_vision.benchmark_helpers import screen
from brainscore_vision.benchmark_helpers.memory import preallocate_memory
from PIL import Image
from places import REPOSITORY
from small_commitment import commitment, wrapper
from small_models import FeatureModel, small_network

pytestmark = pytest.mark.usefixtures("simulated_home")

RSA, RIDGE = "simulated-mouse-VISp-rsa", "simulated-mouse-VISp-ridge"


@pytest.fixture
def scored_by_brain_score(monkeypatch):
    """Return a function that scores a model by brainscore_vision.score()."""

    def score(model, benchmark):
        monkeypatch.setattr(brainscore_vision, "load_model", lambda identifier: model)
        return brainscore_vision.score(model.identifier, benchmark)

    brainscore_mouse.register()
    yield score
    brainscore_mouse.unregister()


def replace_image(path, pixels):
    path.unlink()  # it is linked to the recordings of other tests
    Image.fromarray(pixels).save(path)


def packaged(folder, identifier, trials, neuroids_of_subjects):
    """Package trials (repetitions, stimuli, neuroids) of several mice as a dataset of one area."""
    folder.mkdir(exist_ok=True)
    generator = np.random.default_rng(0)
    stimuli = [folder / f"s{number:03d}.png" for number in range(trials.shape[1])]
    for path in stimuli:
        Image.fromarray(generator.integers(0, 256, (16, 16), dtype=np.uint8)).save(path)
    bounds = np.cumsum([0, *neuroids_of_subjects])
    subjects = []
    for number, (start, stop) in enumerate(itertools.pairwise(bounds)):
        neuroids = pd.DataFrame({"neuroid_id": [f"m{number}-{unit}" for unit in range(stop - start)]})
        subjects.append(SubjectArrays("VISp", f"m{number}", trials[:, :, start:stop], neuroids))
    recipe = Recipe("made up", (0, 250), "none", "none", "none", "none")
    package_arrays(subjects, stimuli, identifier, recipe, replace=True)


def test_1_there_is_no_plugin_mechanism_for_third_parties_so_register_and_link_make_one():
    # What fills brainscore_vision's registry, and no more, is not found.
    brainscore_vision.benchmark_registry["trap-1"] = object
    with pytest.raises(AssertionError, match="trap-1"):
        brainscore_vision.load_benchmark("trap-1")
    del brainscore_vision.benchmark_registry["trap-1"]
    brainscore_mouse.register()
    try:
        assert brainscore_vision.load_benchmark(RSA).identifier == RSA  # link: tests/brainscore_bridge/test_link.py
    finally:
        brainscore_mouse.unregister()


@pytest.mark.slow
def test_2_we_are_a_library_of_our_own_and_nothing_inside_brain_score_changes_unasked():
    program = f"""
import sys
import brainscore_mouse
brainscore_mouse.load_benchmark({RIDGE!r}).load()
brainscore_mouse.load_model("pixels").layer_grams(brainscore_mouse.load_stimulus_set("simulated-mouse"))
assert "brainscore_vision" not in sys.modules
import brainscore_vision
brainscore_mouse.load_model("resnet18_random")
assert brainscore_vision.import_plugin.__module__ == "brainscore_core.plugin_management.import_plugin"
assert not brainscore_vision.benchmark_registry and not brainscore_vision.metric_registry
assert list(brainscore_vision.model_registry) == ["resnet18_random"]
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_3_start_recording_of_a_mouse_area_never_fails_but_look_at_does(scored_by_brain_score):
    model = commitment()
    model.start_recording("VISp", [(0, 250)])
    with pytest.raises(KeyError):
        model.look_at(load_stimulus_set("simulated-mouse").iloc[:2])
    ours, theirs = score_model(commitment(), RIDGE), scored_by_brain_score(commitment(), RIDGE)
    assert float(ours) == pytest.approx(float(theirs), abs=1e-6)

    class Unmapped:
        identifier = "unmapped"
        start_recording, look_at = model.start_recording, model.look_at

    with pytest.raises(ModelError, match=r"unmapped.*Unmapped.*VISp.*look_at"):
        score_model(Unmapped(), RIDGE)


def test_4a_activations_are_not_cached_by_name(tmp_path, monkeypatch):
    monkeypatch.delenv("RESULTCACHING_DISABLE", raising=False)
    stimuli = load_stimulus_set("simulated-mouse").iloc[:3]
    path = Path(stimuli.get_stimulus(stimuli["stimulus_id"].iloc[0]))
    first = as_neural_model(commitment()).layer_grams(stimuli)["early"]
    other_weights = as_neural_model(commitment(activations_model=wrapper(network=small_network(seed=1))))
    assert not np.allclose(first.row_centred, other_weights.layer_grams(stimuli)["early"].row_centred)
    other_input = as_neural_model(commitment(activations_model=wrapper(normalize_std=(1, 1, 1))))
    assert not np.allclose(first.row_centred, other_input.layer_grams(stimuli)["early"].row_centred)
    assert np.array_equal(first.row_centred, as_neural_model(commitment()).layer_grams(stimuli)["early"].row_centred)
    replace_image(path, 255 - np.array(Image.open(path)))
    other_pixels = as_neural_model(commitment()).layer_grams(stimuli)["early"]
    assert not np.allclose(first.row_centred, other_pixels.row_centred)


def test_4b_ceilings_are_not_cached_by_name(tmp_path):
    """Other recordings under the same name have a ceiling of their own: there is no ceiling for noise."""
    generator = np.random.default_rng(0)
    signal, noise = generator.normal(size=(30, 60)), generator.normal(size=(10, 30, 60))
    ceilings = []
    for strength in (0.3, 1):
        packaged(tmp_path / "stimuli", "trap-4", signal + strength * noise, [30, 30])
        ceilings.append(float(brainscore_mouse.load_benchmark("trap-4-VISp-rsa").ceiling))
    assert ceilings[0] > ceilings[1] + 0.05
    packaged(tmp_path / "stimuli", "trap-4", noise, [30, 30])
    with pytest.raises(UnreliableDataError):
        brainscore_mouse.load_benchmark("trap-4-VISp-rsa").ceiling  # noqa: B018


def test_4c_nothing_is_written_to_brain_scores_caches(tmp_path, monkeypatch, scored_by_brain_score):
    monkeypatch.delenv("RESULTCACHING_DISABLE", raising=False)

    def caught(*args, **options):
        raise AssertionError("stimuli were placed on a screen")

    monkeypatch.setattr(screen, "_place_on_screen", caught)
    for storage in ("save", "load"):
        monkeypatch.setattr(f"result_caching._XarrayStorage.{storage}", caught, raising=False)
        monkeypatch.setattr(f"result_caching._DiskStorage.{storage}", caught)
    assert np.isfinite(float(scored_by_brain_score(commitment(), RIDGE)))


def test_5_a_negative_similarity_stays_negative(scored_by_brain_score, truth):
    """brainscore_vision's NeuralBenchmark squares before it divides by the ceiling."""
    rdm = rdm_of_patterns(truth.noise_free["VISp"])
    values, vectors = np.linalg.eigh(rdm + 2 * np.eye(len(rdm)) * rdm.max())
    opposite = FeatureModel("opposite", {"x": vectors * np.sqrt(np.clip(values, 0, None))})
    score = scored_by_brain_score(opposite, RSA)
    assert float(score) < -0.2 and score.attrs["raw"] < -0.2
    assert float(score) == pytest.approx(score.attrs["raw"] / score.attrs["ceiling"])


def test_6_an_rsa_ceiling_of_mice_that_share_nothing_is_not_used(tmp_path):
    trials = np.random.default_rng(1).normal(size=(10, 60, 200))
    of_mice = [pairs_of_rdm(rdm_of_patterns(part.mean(axis=0))) for part in np.split(trials, 5, axis=2)]
    assert nili_upper_bound(np.stack(of_mice), "spearman") > 0.35  # Brain-Score's kind of ceiling
    packaged(tmp_path / "stimuli", "trap-6", trials, [40] * 5)
    with pytest.raises(UnreliableDataError):
        brainscore_mouse.load_benchmark("trap-6-VISp-rsa").ceiling  # noqa: B018


@pytest.mark.parametrize("visual_degrees", [8, 120])
def test_7_the_whole_scene_is_shown_whatever_the_degrees(visual_degrees, tmp_path):
    """place_on_screen would cut a scene of 120 degrees to the middle that a model of 8 degrees sees."""
    stimuli = load_stimulus_set("simulated-mouse").iloc[:1]
    model = as_neural_model(commitment(visual_degrees=visual_degrees))
    (before,) = model.features(stimuli, ["early"]).values()
    path = Path(stimuli.get_stimulus(stimuli["stimulus_id"].iloc[0]))
    pixels = np.array(Image.open(path))
    border = max(pixels.shape[:2]) // 8
    pixels[:border, :border] = 255 - pixels[:border, :border]
    replace_image(path, pixels)
    (after,) = model.features(stimuli, ["early"]).values()
    changed = np.abs(after - before).reshape(4, 14, 14).max(axis=0) > 1e-6
    assert changed[0, 0] and not changed[7:, 7:].any()


def test_8_pip_is_never_run(monkeypatch):
    def run(*args, **options):
        raise AssertionError(f"a process was started: {args}")

    monkeypatch.delenv("BS_INSTALL_DEPENDENCIES", raising=False)
    requirements = Path(brainscore_vision.__file__).parent / "models" / "resnet18_random" / "requirements.txt"
    assert requirements.is_file()
    monkeypatch.setattr(subprocess, "run", run)
    assert load_model("resnet18_random").identifier == "resnet18_random"
    brainscore_mouse.register()
    try:
        assert brainscore_vision.load_benchmark(RSA).identifier == RSA
        assert brainscore_vision.load_metric("rsa").identifier == "rsa"
    finally:
        brainscore_mouse.unregister()
    assert "BS_INSTALL_DEPENDENCIES" not in os.environ


@pytest.mark.parametrize("identifier", ["small", "timm/small"])
@pytest.mark.slow
def test_9_the_pickle_in_site_packages_loses_no_score(identifier, scored_by_brain_score, monkeypatch):
    """It is written after all the work: where that fails, for instance for a model id with a slash, nothing is left."""
    site_packages = Path(brainscore_vision.__file__).parents[1]
    before = sorted(site_packages.iterdir())
    monkeypatch.setattr(CondaScore, "_score_path", lambda *args: Path("/proc/read-only/score.pkl"))
    score = scored_by_brain_score(commitment(identifier), RIDGE)
    assert float(score) == pytest.approx(float(score_model(commitment(identifier), RIDGE)))
    assert score.attrs["model_identifier"] == identifier
    assert sorted(site_packages.iterdir()) == before


def test_9_brain_scores_preflight_check_lets_our_benchmarks_pass():
    assert preallocate_memory(commitment(), brainscore_mouse.load_benchmark(RIDGE)) is None


def test_10_numerics_are_free_of_xarray_and_python_is_pinned_to_where_the_pins_install():
    modules = [
        "metrics.rsa.rdm",
        "metrics.rsa.compare_pairs",
        "metrics.rsa.leave_one_mouse_out",
        "metrics.regression.ridge",
        "metrics.regression.pls.held_out_pls",
        "uncertainty.split_half",
    ]
    imports = "; ".join(f"import brainscore_mouse.{module}" for module in modules)
    program = f"import sys; {imports}; print(sorted({{'xarray', 'pandas', 'brainscore_core'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
    project = (REPOSITORY / "pyproject.toml").read_text()
    assert re.search(r'requires-python = ">=3.11,<3.13"', project)
    assert all(f'"{pin}"' in project for pin in ("numpy<2", "xarray<2022.6", "scikit-learn<1.6", "pandas<3"))
