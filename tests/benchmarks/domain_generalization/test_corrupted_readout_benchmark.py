"""Readouts of corrupted images: known truth, the baseline, no leakage, and the stored score."""

import numpy as np
import pytest
from brainscore_core.supported_data_standards.brainio.assemblies import BehavioralAssembly
from brainscore_mouse import load_benchmark, score_model
from brainscore_mouse.activations.image_model import ImageModel
from brainscore_mouse.benchmarks.domain_generalization import domain_benchmark
from brainscore_mouse.benchmarks.domain_generalization.corrupted_readout_benchmark import (
    CorruptedReadoutBenchmark,
    CorruptionSettings,
)
from brainscore_mouse.command_line import app
from brainscore_mouse.domain_generalization.corruptions.corrupt import KINDS
from brainscore_mouse.domain_generalization.corruptions.error_rates import ErrorRates
from brainscore_mouse.domain_generalization.domains.domain_sets import domains_of
from brainscore_mouse.domain_generalization.domains.image_folders import DOMAINS
from brainscore_mouse.models.loading import load_model
from brainscore_mouse.plugins.discovery import list_benchmarks
from brainscore_mouse.scoring.score_model import stored_as
from torch import nn
from toy_domains import N_CLASSES, toy_domains
from typer.testing import CliRunner

N_TESTED = 8
HALF_WRONG = ErrorRates(0.25, dict.fromkeys(KINDS, [0.5] * 5), ["snow", "fog"])
N_SEEDS = 1


@pytest.fixture(autouse=True)
def domains(monkeypatch):
    """The domains of `toy_domains`, loaded in place of any others, with random labels of a third: all make errors."""
    made = toy_domains(60)
    for stimuli in made.values():
        labels = stimuli["image_label"].to_numpy(copy=True)
        labels[::3] = np.random.default_rng(0).permutation(labels[::3])
        stimuli["image_label"] = labels
    monkeypatch.setattr(domain_benchmark, "load_domain", lambda domain_set, name: made[name])
    return made


def benchmark(*sources, seed=0, **changes):
    settings = {"n_seeds": N_SEEDS, "image_size": 32, "n_tested": N_TESTED} | changes
    return CorruptedReadoutBenchmark(
        "dg-toy-corrupted-readout", "toy", sources or ("source",), CorruptionSettings(**settings), seed
    )


def small_model():
    return ImageModel("small", nn.Sequential(nn.AvgPool2d(4), nn.Flatten()), ["1"], image_size=16)


class Oracle:
    """A Brain-Score model that is right but for some corruptions: it reads label and corruption, not the image."""

    identifier = "oracle"

    def __init__(self, wrong):
        self._wrong = wrong
        self.fitted, self.shown, self.sizes = [], [], set()

    def start_task(self, task, fitting_stimuli=None):
        if fitting_stimuli is not None:
            self.fitted.append(set(fitting_stimuli["stimulus_id"]))

    def look_at(self, stimuli, number_of_trials=1):
        originals, kinds, severities = [], [], []
        for key in stimuli["stimulus_id"]:
            original, kind, severity, _ = key.split("-")
            originals.append(original), kinds.append(kind), severities.append(int(severity))
        self.shown.append((set(originals), kinds[0], severities[0]))
        classes = [f"class{number}" for number in range(N_CLASSES)]
        right = np.array([[name == label for name in classes] for label in stimuli["image_label"]], float)
        answers = np.roll(right, 1, axis=1) if self._wrong(kinds[0], severities[0]) else right
        coords = {"stimulus_id": ("presentation", stimuli["stimulus_id"]), "choice": ("choice", classes)}
        coords["stimulus_num"] = ("presentation", np.arange(len(stimuli)))
        return BehavioralAssembly(answers, coords=coords, dims=["presentation", "choice"])


@pytest.mark.slow
def test_errors_of_a_known_classifier_are_found():
    """Wrong in fog from severity 3 on, and in the strongest contrast; right otherwise."""
    toy = benchmark(n_tested=12)
    baseline = score_model("pixels", toy).attrs["baseline"]
    attrs = score_model(
        Oracle(lambda kind, severity: (kind == "fog" and severity >= 3) or (kind, severity) == ("contrast", 5)), toy
    ).attrs
    expected = dict.fromkeys(KINDS, [1.0] * 5) | {"fog": [1, 1, 0, 0, 0], "contrast": [1, 1, 1, 1, 0]}
    assert attrs["accuracies"] == expected
    assert attrs["raw"] == pytest.approx(71 / 75) and attrs["source_accuracy"] == 1
    assert attrs["gap"] == pytest.approx(4 / 75)
    assert (attrs["gap_error"], attrs["error"]) == (pytest.approx(0, abs=1e-12), pytest.approx(0, abs=1e-12))
    wrong = dict.fromkeys(KINDS, 0) | {"fog": 3, "contrast": 1}
    for kind in KINDS:
        of_baseline = sum(baseline["errors"][kind])
        assert attrs["corruption_errors"][kind] == pytest.approx(wrong[kind] / of_baseline)
    for kind, value in attrs["relative_corruption_errors"].items():
        assert value == pytest.approx(
            wrong[kind] / sum(error - baseline["uncorrupted_error"] for error in baseline["errors"][kind])
        )
    assert list(attrs["relative_corruption_errors"]) == baseline["harmful_kinds"] != []
    assert attrs["baseline"] == baseline and baseline["model_identifier"] == "pixels"


@pytest.mark.slow
def test_the_baseline_itself_has_errors_of_one():
    toy = benchmark(n_tested=12)
    attrs = score_model("pixels", toy).attrs
    assert set(attrs["corruption_errors"].values()) == {1.0} and attrs["mce"] == 1
    assert set(attrs["relative_corruption_errors"].values()) == {1.0} and attrs["relative_mce"] == 1
    own = {kind: [1 - accuracy for accuracy in row] for kind, row in attrs["accuracies"].items()}
    assert attrs["baseline"]["errors"] == own


@pytest.mark.slow
def test_a_baseline_that_was_changed_is_not_the_baseline():
    """By a hook, which its content does not cover: its errors are relative to those of the network as it is loaded."""
    pixels = load_model("pixels")
    pixels.network.register_forward_pre_hook(lambda module, inputs: (inputs[0] * 0 + 0.5,))
    changed = pixels.with_network(pixels.network, "changed-pixels")
    toy = benchmark(n_tested=12)
    attrs = score_model(changed, toy).attrs
    assert attrs["baseline"] == score_model("pixels", toy).attrs["baseline"]
    assert attrs["mce"] > 1


def test_mce_is_the_mean_of_the_corruption_errors(monkeypatch):
    """With a baseline that is wrong half of the time in everything."""
    monkeypatch.setattr(CorruptedReadoutBenchmark, "_baseline_rates", lambda self: HALF_WRONG)
    attrs = score_model(Oracle(lambda kind, severity: kind == "snow" or severity == 5), benchmark()).attrs
    # Snow: 5 errors of 2.5; 14 other kinds: 1 of 2.5.
    assert attrs["mce"] == pytest.approx((5 / 2.5 + 14 / 2.5) / 15)
    assert attrs["relative_mce"] == pytest.approx((5 / 1.25 + 1 / 1.25) / 2)
    assert attrs["mce_error"] == pytest.approx(0, abs=1e-12)


@pytest.mark.slow
def test_the_baseline_is_scored_once_and_stored(monkeypatch, home):
    tested = []
    original = CorruptedReadoutBenchmark._tested_corruptions

    def counted(self, readout):
        tested.append(readout)
        return original(self, readout)

    monkeypatch.setattr(CorruptedReadoutBenchmark, "_tested_corruptions", counted)
    first = score_model(small_model(), benchmark())
    assert len(tested) == 2 and not first.attrs["from_cache"]
    assert [path.parts[-3] for path in sorted(home.glob("results/*/*/*.json"))] == ["pixels", "small"]
    again = score_model(small_model(), benchmark())
    assert again.attrs["from_cache"] and float(again) == float(first)
    assert score_model("pixels", benchmark()).attrs["from_cache"] and len(tested) == 2
    assert first.attrs["baseline"] == score_model("pixels", benchmark()).attrs["baseline"]


@pytest.mark.slow
def test_the_same_score_is_computed_again_elsewhere(monkeypatch, tmp_path):
    found = []
    for number, seed in enumerate((0, 0, 1)):
        monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(tmp_path / str(number)))
        attrs = score_model("pixels", benchmark(seed=seed)).attrs
        found.append((attrs["accuracies"], attrs["error"], attrs["baseline"]))
    assert found[0] == found[1] != found[2]


def test_what_was_fitted_is_never_tested_and_every_split_tests_other_stimuli(domains, monkeypatch):
    oracle = Oracle(lambda kind, severity: False)
    monkeypatch.setattr(CorruptedReadoutBenchmark, "_baseline_rates", lambda self: HALF_WRONG)
    score_model(oracle, benchmark("source", "same", n_seeds=2))
    assert len(oracle.fitted) == 2 and len(oracle.shown) == 2 * 76
    for number, (shown, _, _) in enumerate(oracle.shown):
        assert len(shown) == N_TESTED
        assert not shown & oracle.fitted[number // 76]
        assert shown == oracle.shown[number // 76 * 76][0]  # the same in all corruptions
        assert [len(shown & set(domains[name]["stimulus_id"])) for name in ("source", "same")] == [4, 4]
    assert oracle.shown[0][0] != oracle.shown[76][0]
    assert {shown[1:] for shown in oracle.shown} == {
        ("uncorrupted", 0),
        *((kind, severity) for kind in KINDS for severity in range(1, 6)),
    }


def test_settings_and_baseline_enter_the_key():
    model = small_model()
    keys = {
        stored_as(model, other).key
        for other in (
            benchmark(),
            benchmark(n_tested=6),
            benchmark(image_size=48),
            benchmark(baseline="neurn-pixels"),
            benchmark(seed=1),
            benchmark(sd_floor=0),
        )
    }
    assert len(keys) == 6 and stored_as(model, benchmark()).key in keys


@pytest.mark.slow
def test_another_baseline_can_be_chosen():
    attrs = score_model("pixels", benchmark(baseline="neurn-pixels")).attrs
    own = score_model("neurn-pixels", benchmark(baseline="neurn-pixels")).attrs
    assert own["from_cache"] and own["mce"] == 1
    accuracies = own["accuracies"]
    assert attrs["baseline"]["model_identifier"] == "neurn-pixels"
    assert attrs["baseline"]["errors"] == {kind: [1 - value for value in row] for kind, row in accuracies.items()}


@pytest.mark.slow
def test_command_line_prints_the_mean_corruption_error(monkeypatch):
    monkeypatch.setattr("brainscore_mouse.scoring.score_model.load_benchmark", lambda name: benchmark(n_tested=12))
    done = CliRunner().invoke(app, ["score", "pixels", "dg-toy-corrupted-readout"])
    assert done.exit_code == 0, done.output
    assert "mCE" in done.stdout and "pixels" in done.stdout and "unseen" not in done.stdout


@pytest.mark.slow
def test_what_ships_is_registered():
    names = [name for name in list_benchmarks() if "corrupted" in name]
    folders = {name: domains for name, domains in DOMAINS.items() if name != "imagenet"}
    single = {f"{name}-{domain}".replace(" ", "-") for name, domains in folders.items() for domain in domains}
    assert {name.removeprefix("dg-").removesuffix("-corrupted-readout") for name in names} == {
        *("corrupted-minidigits-readout", "imagenet-val", *folders, *single)
    }
    for name in names:
        made = load_benchmark(name)
        assert made.identifier == name and made.protocol.n_seeds == 5 and made.protocol.baseline == "pixels"
    assert set(load_benchmark("dg-pacs-corrupted-readout").folds[0].sources) == set(domains_of("pacs"))
    assert load_benchmark("dg-office-home-Real-World-corrupted-readout").folds[0].sources == ("Real World",)
    assert load_benchmark("dg-corrupted-minidigits-readout").folds[0].sources == ("handwritten",)
    assert load_model("pixels").fingerprint  # the baseline needs no download
