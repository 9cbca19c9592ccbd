"""Whatever is stored is believed only if the network still does the same: nothing stale, and nothing computed twice."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse import load_benchmark, score_model
from brainscore_mouse.activations import recorded_network
from brainscore_mouse.data_packaging.arrays import SubjectArrays, package_arrays
from brainscore_mouse.data_packaging.packaged_dataset import Recipe
from brainscore_mouse.domain_generalization.classifiers import readout_features
from brainscore_mouse.domain_generalization.domains.stimuli import stimuli_of_arrays
from brainscore_mouse.domain_generalization.training import fine_tuning
from brainscore_mouse.domain_generalization.training.training import Budget
from mutations import LAYERS, MUTATIONS, changeable_model
from PIL import Image
from places import REPOSITORY
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


@pytest.mark.parametrize("layer", LAYERS)
def test_a_damaged_behaviour_is_not_believed(benchmark, home, layer):
    first = score_model(changeable_model(), benchmark, layer=layer)
    (path,) = (home / "results" / "changeable" / BENCHMARK).iterdir()
    record = json.loads(path.read_text())
    record["behaviour"]["numbers"] = record["behaviour"]["numbers"][:40]
    path.write_text(json.dumps(record))
    again = score_model(changeable_model(), benchmark, layer=layer)
    assert not again.attrs["from_cache"] and float(again) == float(first)
