"""Whatever is stored is believed only if the network still does the same: nothing stale, and nothing computed twice."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from brainscore_mouse import compare, load_benchmark, load_model, results_frame, score_model
from brainscore_mouse.activations import recorded_network
from brainscore_mouse.activations.fingerprint import network_fingerprint
from brainscore_mouse.activations.image_model import ImageModel
from brainscore_mouse.brainscore_bridge.as_neural_model import as_neural_model
from brainscore_mouse.brainscore_bridge.internals import preprocessing, torch_network, with_preprocessing
from brainscore_mouse.core.behaviour import Behaviour
from brainscore_mouse.data_packaging.arrays import SubjectArrays, package_arrays
from brainscore_mouse.data_packaging.packaged_dataset import Recipe
from brainscore_mouse.domain_generalization.classifiers import readout_features
from brainscore_mouse.domain_generalization.domains.stimuli import stimuli_of_arrays
from brainscore_mouse.domain_generalization.training import fine_tuning
from brainscore_mouse.domain_generalization.training.training import Budget
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.results.merge import merge_results
from brainscore_mouse.scoring import jobs, score_table
from mutations import LAYERS, MUTATIONS, changeable_model, only_in_training
from PIL import Image
from places import REPOSITORY
from small_commitment import commitment
from torch import nn
from toy_domains import blobs

N_STIMULI = 48
BENCHMARK = "made-up-VISp-ridge"
KINDS = ("grams", "channels", "score", "readout", "training")


def package_made_up(folder):
    generator = np.random.default_rng(0)
    folder.mkdir()
    paths = [folder / f"s{number:02d}.png" for number in range(N_STIMULI)]
    for path in paths:
        Image.fromarray(generator.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(path)
    signal = generator.normal(size=(N_STIMULI, 3)) @ generator.normal(size=(3, 12))
    arrays = []
    for mouse in range(2):
        trials = signal[None, :, 6 * mouse : 6 * mouse + 6] + 0.1 * generator.normal(size=(4, N_STIMULI, 6))
        neuroids = pd.DataFrame({"neuroid_id": [f"m{mouse}-{number}" for number in range(6)]})
        arrays.append(SubjectArrays("VISp", f"m{mouse}", trials, neuroids))
    package_arrays(arrays, paths, "made-up", Recipe("made up", (0, 250), "none", "none", "none", "none"))


@pytest.fixture
def benchmark(home, tmp_path):
    package_made_up(tmp_path / "stimuli")
    return load_benchmark(BENCHMARK).load()


def results(model, benchmark):
    """Compute, or look up, one number or array of each kind that is stored."""
    stimuli = benchmark.shown_stimulus_sets()[0]
    fitting, tested = (stimuli_of_arrays(f"toy-{seed}", *blobs(12, seed)) for seed in range(2))
    training = fine_tuning.FineTuning(model, Budget(epochs=1, batch_size=4))
    classes = sorted(set(fitting["image_label"]))
    return {
        "grams": model.layer_grams(stimuli, ["out"])["out"].row_centred,
        "channels": model.layer_channels(stimuli, ["out"])["out"],
        "score": np.array(float(score_model(model, benchmark))),
        "readout": readout_features(model, "out", tested),
        "training": training.predictions(fitting, {"test": tested}, classes, seed=0)["test"],
    }


@pytest.mark.slow
def test_no_change_of_a_network_gives_a_stale_result(benchmark, home, tmp_path):
    table = pd.DataFrame("", index=list(MUTATIONS), columns=list(KINDS))
    for number, (name, mutate) in enumerate(MUTATIONS.items()):
        with pytest.MonkeyPatch.context() as patch:
            model = changeable_model()
            before = results(model, benchmark)
            mutate(model.network, patch)
            after = results(model, benchmark)
            again = results(changeable_model("another name", model.network), benchmark)
            nothing_stored = tmp_path / f"home-{number}"
            nothing_stored.mkdir()
            (nothing_stored / "datasets").symlink_to(home / "datasets")
            patch.setenv("BRAINSCORE_MOUSE_HOME", str(nothing_stored))
            expected = results(model, benchmark)
        for kind in KINDS:
            is_right = np.array_equal(after[kind], expected[kind]) and np.array_equal(again[kind], expected[kind])
            shows = np.abs(expected[kind] - before[kind]).max() > 1e-6 * np.abs(before[kind]).max()
            table.loc[name, kind] = "right" if is_right and shows else "STALE" if not is_right else "no effect"
    print(table.to_string())
    assert len(table) >= 20
    wrong = table[(table != "right").any(axis=1)]
    assert wrong.empty, wrong.to_string()


def fails(*arguments, **options):
    raise AssertionError("computed again")


def forbid_computing(monkeypatch):
    monkeypatch.setattr(recorded_network, "lockstep_grams", fails)
    monkeypatch.setattr(recorded_network, "extract_features", fails)
    monkeypatch.setattr(fine_tuning, "train", fails)


@pytest.mark.slow
def test_an_unchanged_network_is_recognised_in_another_process(benchmark, home):
    first = results(changeable_model(), benchmark)
    code = (
        f"import sys; sys.path[:0] = [{str(REPOSITORY.parent)!r}, {str(Path(__file__).parent)!r}, "
        f"{str(REPOSITORY / 'tests')!r}]\n"
        "import json, pytest, test_confirmation as this\n"
        "from mutations import changeable_model\n"
        "this.forbid_computing(pytest.MonkeyPatch())\n"
        "benchmark = this.load_benchmark(this.BENCHMARK).load()\n"
        "found = this.results(changeable_model(), benchmark)\n"
        "print(json.dumps({kind: values.tolist() for kind, values in found.items()}))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    for kind in KINDS:
        np.testing.assert_array_equal(np.array(found[kind]), first[kind])


@pytest.mark.slow
def test_networks_of_the_same_content_each_keep_their_records(benchmark, home, monkeypatch):
    plain, hooked = changeable_model(), changeable_model()
    MUTATIONS["forward hook"](hooked.network, monkeypatch)
    assert plain.fingerprint == hooked.fingerprint
    of_plain, of_hooked = results(plain, benchmark), results(hooked, benchmark)
    assert float(of_plain["score"]) != float(of_hooked["score"])
    files = list((home / "results" / "changeable" / BENCHMARK).iterdir())
    assert len({path.name.split("-")[0] for path in files}) == 1 and len(files) == 2
    forbid_computing(monkeypatch)
    for model, first in ((plain, of_plain), (hooked, of_hooked)):
        found = results(model, benchmark)
        for kind in KINDS:
            np.testing.assert_array_equal(found[kind], first[kind])


def test_a_stored_score_shows_the_network_two_stimuli_and_a_new_one_each_stimulus(benchmark):
    n_seen = []
    model = changeable_model()
    model.network.register_forward_pre_hook(lambda module, args: n_seen.append(len(args[0])))
    score_model(model, benchmark)
    assert sum(n_seen) >= N_STIMULI
    n_seen.clear()
    assert score_model(model, benchmark).attrs["from_cache"]
    assert n_seen == [2]


def told_apart_by(model, on):
    return score_model(model, on).attrs["reference_behaviour"]


def test_what_tells_networks_apart_is_measured_once_while_they_do_the_same_with_stimuli(benchmark, monkeypatch):
    shown = []
    by_rsa, by_overlap = (load_benchmark(f"made-up-VISp-{metric}") for metric in ("rsa", "activation-overlap"))
    model = changeable_model()
    model.network.register_forward_pre_hook(lambda module, args: shown.append(len(args[0])))
    of_plain = told_apart_by(model, benchmark)
    shown.clear()
    assert told_apart_by(model, by_rsa) == of_plain and shown == [2]
    MUTATIONS["forward hook"](model.network, monkeypatch)
    of_hooked = told_apart_by(model, by_rsa)
    assert of_hooked == model.reference_behaviour().as_json() != of_plain
    assert told_apart_by(changeable_model(), by_overlap) == of_plain
    assert told_apart_by(model, by_overlap) == of_hooked


def test_what_tells_networks_apart_is_measured_again_where_a_score_does_not_show_all_layers(benchmark):
    committed = {"VISp": "late", "VISl": "out"}
    model = ImageModel("changeable", changeable_model().network, ["early"], 16, region_layer_map=committed)
    of_plain = told_apart_by(model, benchmark)
    model.network.out.register_forward_hook(lambda module, args, output: output.flip(1))
    by_rsa = load_benchmark("made-up-VISp-rsa")
    assert told_apart_by(model, by_rsa) == model.reference_behaviour().as_json() != of_plain


def test_a_model_that_nobody_else_has_is_hashed_once_and_another_with_every_call(simulated_home, monkeypatch):
    hashed = []

    def counted(*arguments):
        hashed.append(None)
        return network_fingerprint(*arguments)

    monkeypatch.setattr(recorded_network, "network_fingerprint", counted)
    first = score_model("pixels", "simulated-mouse-VISp-rsa")
    assert len(hashed) == 1
    model = load_model("pixels")
    hashed.clear()
    second = score_model(model, "simulated-mouse-VISp-rsa")
    assert hashed and second.attrs["from_cache"]
    assert second.attrs["model_fingerprint"] == first.attrs["model_fingerprint"]


def test_networks_of_one_hash_are_rows_of_their_own_whatever_they_were_scored_on(benchmark, monkeypatch):
    plain, hooked = changeable_model(), changeable_model()
    MUTATIONS["forward hook"](hooked.network, monkeypatch)
    assert plain.fingerprint == hooked.fingerprint and plain.identifier == hooked.identifier
    # None on the same stimuli as another: what they did there cannot be compared.
    for model, name in ((plain, BENCHMARK), (hooked, f"{BENCHMARK}@64px"), (plain, f"{BENCHMARK}@phase-scrambled")):
        score_model(model, name)
    label_of = results_frame().set_index("benchmark")["label"].to_dict()
    assert label_of[BENCHMARK] == label_of[f"{BENCHMARK}@phase-scrambled"] != label_of[f"{BENCHMARK}@64px"]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_damaged_behaviour_is_not_believed(benchmark, home, layer):
    first = score_model(changeable_model(), benchmark, layer=layer)
    (path,) = (home / "results" / "changeable" / BENCHMARK).iterdir()
    record = json.loads(path.read_text())
    record["behaviour"]["numbers"] = record["behaviour"]["numbers"][:40]
    path.write_text(json.dumps(record))
    again = score_model(changeable_model(), benchmark, layer=layer)
    assert not again.attrs["from_cache"] and float(again) == float(first)


@pytest.mark.slow
def test_a_change_that_only_trainings_see_gives_another_training(benchmark, monkeypatch):
    model = changeable_model()
    before = results(model, benchmark)
    only_in_training(model.network, monkeypatch)
    after = results(model, benchmark)
    assert np.abs(after["training"] - before["training"]).max() > 1e-3
    np.testing.assert_array_equal(after["grams"], before["grams"])


HOOKS = {
    "output of a layer": lambda network: network.middle.register_forward_hook(lambda module, args, out: -out),
    "input of a layer": lambda network: network.late.register_forward_pre_hook(lambda module, args: (args[0].abs(),)),
    "forward": lambda network: setattr(network.relu, "forward", torch.sin),
}


@pytest.mark.parametrize("name", HOOKS)
@pytest.mark.slow
def test_a_changed_model_of_brain_score_is_another_model(benchmark, name):
    model = commitment("theirs")
    first = score_model(model, benchmark)
    assert score_model(commitment("theirs"), benchmark).attrs["from_cache"]
    HOOKS[name](torch_network(model.activations_model))
    changed = score_model(model, benchmark)
    assert not changed.attrs["from_cache"]
    assert changed.attrs["layer_scores"] != first.attrs["layer_scores"]
    assert score_model(model, benchmark).attrs["from_cache"]
    assert float(score_model(commitment("theirs"), benchmark)) == float(first)


def test_a_changed_preprocessing_of_brain_score_is_another_model(benchmark):
    gain = [1.0]
    model = commitment("theirs")
    read = preprocessing(model.activations_model)
    staged = with_preprocessing(model.activations_model, lambda paths: read(paths) * np.float32(gain[0]) ** 3)
    model.activations_model = staged
    theirs = as_neural_model(model)
    score_model(theirs, benchmark)
    assert score_model(theirs, benchmark).attrs["from_cache"]
    gain[0] = -2.0  # what its preprocessing did with three images was looked at before
    assert not score_model(theirs, benchmark).attrs["from_cache"]


@pytest.mark.parametrize("metric", ["ridge", "rsa", "pls", "activation-overlap", "map-rmse"])
@pytest.mark.parametrize("exponent", [-80, -110])
@pytest.mark.slow
def test_the_scale_of_activations_makes_no_other_score(benchmark, metric, exponent):
    on = load_benchmark(f"made-up-VISp-{metric}")
    small = changeable_model()
    small.network.out.register_forward_hook(lambda module, args, output: output * 2.0**exponent)
    assert float(score_model(small, on)) == pytest.approx(float(score_model(changeable_model(), on)))


class OwnFeatures:
    """A user's object that says by itself when it is the same."""

    identifier = "own"
    fingerprint = "always the same"
    layers = ("x",)

    def __init__(self, seed):
        self.values = np.random.default_rng(seed).normal(size=(N_STIMULI, 20))
        self.n_asked = 0

    def layer_grams(self, stimulus_set, layers=None):
        self.n_asked += 1
        return {"x": FeatureGram.of_features(self.values)}

    def layer_channels(self, stimulus_set, layers=None):
        return {"x": self.values}


@pytest.mark.parametrize("metric", ["ridge", "rsa", "activation-overlap"])
@pytest.mark.slow
def test_an_object_with_a_fingerprint_of_its_own_is_confirmed_too(benchmark, metric):
    on = load_benchmark(f"made-up-VISp-{metric}")
    first, other = OwnFeatures(0), OwnFeatures(1)
    score = score_model(first, on)
    assert first.n_asked <= 1  # not twice for one score
    assert not score_model(other, on).attrs["from_cache"]
    assert score_model(first, on).attrs["from_cache"] and float(score_model(first, on)) == float(score)
    first.values = other.values
    assert float(score_model(first, on)) == float(score_model(other, on))


SCREENS = {
    "black at both ends": lambda images: [images[0] * 0, *images[1:-1], images[-1] * 0],
    "black for a while": lambda images: [*(image * 0 for image in images[:5]), *images[5:]],
    "twins at both ends": lambda images: [*images[:-1], images[0]],
    "black but for a few": lambda images: [*(image * 0 for image in images[:4]), *images[4:6], *[images[0] * 0] * 6],
}


@pytest.mark.parametrize("name", SCREENS)
def test_stimuli_that_tell_nothing_confirm_nothing(name, tmp_path):
    """A network without biases gives zeros of a black screen, whatever its weights."""
    paths = [tmp_path / f"{number}.png" for number in range(12)]
    for path, image in zip(paths, SCREENS[name](list(blobs(12, 0)[0])), strict=True):
        Image.fromarray(image.astype(np.uint8)).save(path)
    stimuli = StimulusSet([{"stimulus_id": path.stem} for path in paths])
    stimuli.stimulus_paths = {path.stem: path for path in paths}

    def model(*stages):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            network = nn.Sequential(nn.Conv2d(3, 4, 5, bias=False), nn.Flatten())
        if stages:
            network[0].register_forward_hook(*stages)
        return ImageModel("toy", network, ["1"], 16)

    whole = model().layer_grams(stimuli)["1"].row_centred
    half = model(lambda module, args, output: output * torch.tensor([1.0, 0, 1, 0])[:, None, None])
    np.testing.assert_allclose(
        half.layer_grams(stimuli)["1"].row_centred, FeatureGram.of_features(half.features(stimuli)["1"]).row_centred
    )
    assert not np.allclose(half.layer_grams(stimuli)["1"].row_centred, whole)


@pytest.mark.slow
def test_an_object_whose_first_and_last_stimuli_are_silent_is_confirmed_by_the_others(benchmark):
    first, other = OwnFeatures(0), OwnFeatures(1)
    for model in (first, other):
        model.values[[0, -1]] = 0
    on = load_benchmark("made-up-VISp-activation-overlap")
    score_model(first, on)
    assert not score_model(other, on).attrs["from_cache"]


def test_stored_draws_of_a_comparison_are_of_the_networks_as_they_are(benchmark, monkeypatch):
    first, second = changeable_model("first"), changeable_model("second")
    same = compare(first, second, [BENCHMARK]).table
    assert same["difference"][0] == 0
    MUTATIONS["forward hook"](second.network, monkeypatch)
    other = compare(first, second, [BENCHMARK]).table
    assert other["difference"][0] != 0
    assert other["second"][0] == pytest.approx(float(score_model(second, benchmark)))


@pytest.mark.parametrize("name", ["forward hook", "closure", "written through numpy"])
@pytest.mark.slow
def test_a_table_takes_no_stored_score_of_another_network(benchmark, monkeypatch, name):
    models = {"plain": changeable_model("plain")}
    monkeypatch.setattr(jobs, "load_model", models.get)
    score_model(models["plain"], benchmark)
    stored = jobs.Job("plain", BENCHMARK)
    (known,) = score_table._known_scores(stored)
    with_known = jobs.Job("plain", BENCHMARK, (known,))
    assert jobs.JobRunner().run(with_known).status == "known"
    runner = jobs.JobRunner()
    MUTATIONS[name](models["plain"].network, monkeypatch)
    assert runner.run(with_known).status == "scored"
    assert runner.run(stored).status == "scored"
    assert len(score_table._known_scores(stored)) == 2


@pytest.mark.slow
def test_stores_are_merged_by_content_and_behaviour(benchmark, home, tmp_path, monkeypatch):
    plain, hooked = changeable_model(), changeable_model()
    MUTATIONS["forward hook"](hooked.network, monkeypatch)
    score_model(plain, benchmark)
    other = tmp_path / "other"
    other.mkdir()
    (other / "datasets").symlink_to(home / "datasets")
    with monkeypatch.context() as patch:
        patch.setenv("BRAINSCORE_MOUSE_HOME", str(other))
        score_model(hooked, benchmark)
        score_model(plain, benchmark)
    # On another processor, numbers round otherwise.
    rounding = 1 + 1e-6
    for path in (other / "results" / "changeable" / BENCHMARK).iterdir():
        record = json.loads(path.read_text())
        behaviour = Behaviour.of_json(record["behaviour"])
        numbers = behaviour.numbers.copy()
        numbers[..., 1:] *= rounding
        path.write_text(json.dumps(record | {"behaviour": Behaviour(numbers, behaviour.rounding).as_json()}))
    report = merge_results([other])
    assert (report.n_added, report.n_same, report.conflicts, report.damaged) == (1, 1, [], [])
    assert float(score_model(hooked, benchmark)) != float(score_model(plain, benchmark))
    assert score_model(hooked, benchmark).attrs["from_cache"]
