"""Mice compared with each other, and models on the same mice: on simulated recordings."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from brainscore_mouse import inter_animal_consistency, load_metric
from brainscore_mouse.activations.layered_model import LayeredModel
from brainscore_mouse.benchmarks.area_score import area_score
from brainscore_mouse.benchmarks.inter_animal_consistency import InterAnimalConsistency
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import InvalidParameterError, ModelOutputError, UnreliableDataError
from brainscore_mouse.data_packaging.simulate_recordings import RecordingDesign, simulate_recordings
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.mouse_populations import MousePopulations
from brainscore_mouse.metrics.regression.prediction_metric import PredictionMetric
from brainscore_mouse.uncertainty.leave_one_out import Estimate, jackknife
from typer.testing import CliRunner

N_STIMULI = 40
DESIGN = RecordingDesign(
    n_stimuli=N_STIMULI, n_mice=4, n_neuroids=25, n_repetitions=8, n_dimensions=4, reliability=0.95, rate_spread=0.3
)


def recordings_of(trials, subjects):
    """Return what `MousePopulations` uses of an area's recordings."""
    return SimpleNamespace(
        dataset="my-lab",
        area="VISp",
        trials=trials,
        subjects=subjects,
        groups=np.arange(trials.shape[1]),
        window_ms=(0, 250),
        shown_stimuli=None,
    )


class Features(LayeredModel):
    """A model with known features."""

    def __init__(self, **features):
        self.identifier = "features"
        self.layers = tuple(features)
        self.region_layer_map = {}
        self._grams = {name: FeatureGram.of_features(values) for name, values in features.items()}

    def layer_grams(self, stimulus_set, layers=None):
        return {name: self._grams[name] for name in layers or self.layers}


@pytest.fixture(scope="module")
def simulated():
    return simulate_recordings(DESIGN, np.random.default_rng(5))


@pytest.fixture(scope="module")
def mice(simulated):
    return MousePopulations(recordings_of(simulated.trials, simulated.subjects), load_metric("rsa"), seed=0)


@pytest.mark.parametrize("form", ["pairwise", "pooled"])
def test_without_a_mouse_the_numbers_are_those_of_recordings_without_it(simulated, mice, form):
    found = getattr(mice, form)()
    assert found.values.shape == (1, 5, 1 + N_STIMULI) and found.mice == mice.mice == tuple(sorted(found.mice))
    kept = simulated.subjects != "mouse-3"
    fewer = MousePopulations(
        recordings_of(simulated.trials[:, :, kept], simulated.subjects[kept]), load_metric("rsa"), seed=0
    )
    expected = getattr(fewer, form)()
    np.testing.assert_allclose(found.values[0, 3], expected.values[0, 0], rtol=1e-12)
    np.testing.assert_allclose(found.pairs[0, 3], expected.pairs[0, 0], rtol=1e-12)
    assert jackknife(found).error > 0


def test_the_pairwise_number_is_the_mean_of_both_directions(mice):
    pairs = mice.pair_scores()
    assert np.isnan(np.diag(pairs)).all() and pairs.shape == (4, 4)
    np.testing.assert_allclose(mice.pairwise().values[0, 0, 0], np.nanmean(pairs))
    np.testing.assert_allclose(pairs, pairs.T)  # RSA knows no direction
    assert 0.3 < np.nanmean(pairs) < 1


def test_a_mouse_is_never_among_its_own_sources():
    """Mice that share nothing are not consistent; one that predicted itself would be."""
    each = replace(DESIGN, n_mice=1)
    alone = [simulate_recordings(each, np.random.default_rng([6, number])).trials for number in range(3)]
    subjects = np.repeat(["a", "b", "c"], each.n_neuroids)
    for name in ("rsa", "ridge"):
        mice = MousePopulations(recordings_of(np.concatenate(alone, axis=2), subjects), load_metric(name), seed=0)
        assert abs(mice.pooled().values[0, 0, 0]) < 0.25
        assert abs(mice.with_few_neuroids(40, np.random.default_rng(0))) < 0.25


def test_a_model_is_scored_on_each_mouse_alone(simulated, mice):
    """As `area_score` scores it on recordings of a single mouse, layers chosen there."""
    model = Features(wrong=simulated.other_latents, right=simulated.latents)
    (found,) = mice.of_models([model])
    expected = []
    for mouse in mice.mice:
        of_mouse = simulated.subjects == mouse
        subjects = simulated.subjects[of_mouse]
        folds = selection_folds(N_STIMULI, subjects, seed=0)
        target = load_metric("rsa").prepare(simulated.trials[:, :, of_mouse], subjects, folds)
        score, _ = area_score(target, model.layer_grams(None), len(folds), "it")
        assert score.attrs["layer"] == "right"
        expected.append(float(score))
    assert found.values[0, 0, 0] == pytest.approx(np.mean(expected))
    assert found.values[0, 2, 0] == pytest.approx(np.mean(np.delete(expected, 1)))


def test_a_noisy_mouse_is_left_out_and_named(simulated):
    trials = simulated.trials.copy()
    noisy = simulated.subjects == "mouse-2"
    trials[:, :, noisy] += 30 * np.random.default_rng(1).normal(size=trials[:, :, noisy].shape)
    mice = MousePopulations(recordings_of(trials, simulated.subjects), load_metric("rsa"), seed=0)
    assert mice.mice == ("mouse-1", "mouse-3", "mouse-4") and set(mice.left_out_mice) == {"mouse-2"}
    two = np.isin(simulated.subjects, ["mouse-1", "mouse-2"])
    with pytest.raises(UnreliableDataError, match="mouse-2"):
        MousePopulations(recordings_of(trials[:, :, two], simulated.subjects[two]), load_metric("rsa"), seed=0)


def test_where_every_mouse_is_too_noisy_the_reason_is_given_once_with_other_metrics(simulated):
    noise = np.random.default_rng(1).normal(size=simulated.trials.shape)
    with pytest.raises(UnreliableDataError) as refused:
        MousePopulations(recordings_of(noise, simulated.subjects), load_metric("rsa"), seed=0)
    text = str(refused.value)
    assert text.startswith("Only 0 of 4 mice") and "ridge" in text
    assert all(f"mouse-{number}" in text for number in (1, 2, 3, 4)) and text.count("too noisy for RSA") == 1


def test_one_mouse_alone_is_refused_for_being_alone(simulated):
    one = simulated.subjects == "mouse-1"
    with pytest.raises(UnreliableDataError, match="only 1 mouse"):
        MousePopulations(
            recordings_of(simulated.trials[:, :, one], simulated.subjects[one]), load_metric("rsa"), seed=0
        )


def test_with_two_mice_errors_are_over_stimuli(simulated):
    two = np.isin(simulated.subjects, ["mouse-1", "mouse-2"])
    mice = MousePopulations(
        recordings_of(simulated.trials[:, :, two], simulated.subjects[two]), load_metric("rsa"), seed=0
    )
    found = mice.pairwise()
    assert found.over == "stimuli" and found.values.shape == (1, 1, 1 + N_STIMULI)


class SingularWithoutFeatures(PredictionMetric):
    """A readout that fails on features that do not vary."""

    identifier = "singular"
    fits_neuroids_together = False

    def predict(self, train_gram, train_responses, test_gram):
        penalty = np.eye(len(train_gram)) * np.trace(train_gram)
        return test_gram @ np.linalg.solve(train_gram + penalty, train_responses)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("metric", [load_metric("ridge"), SingularWithoutFeatures()], ids=repr)
def test_a_model_that_does_not_vary_is_named_before_a_readout_sees_it(simulated, metric):
    mice = MousePopulations(recordings_of(simulated.trials, simulated.subjects), metric, seed=0)
    with pytest.raises(ModelOutputError, match="features do not vary"):
        mice.of_models([Features(one=np.ones((N_STIMULI, 5)))])


def test_a_level_that_is_none_is_refused_before_anything_is_loaded():
    with pytest.raises(InvalidParameterError, match=r"level is 1\.5"):
        inter_animal_consistency("no-such-benchmark", level=1.5)


@pytest.mark.parametrize("name", ["map-rmse", "unique-variance-over-pixels", "rsa-encoding", "ridge-fixed-split"])
def test_other_metrics_compare_no_mice(simulated, name):
    with pytest.raises(InvalidParameterError, match=name):
        MousePopulations(recordings_of(simulated.trials, simulated.subjects), load_metric(name), seed=0)


def test_averages_over_areas_are_refused_by_name():
    with pytest.raises(InvalidParameterError, match="allen-mouse-npx-rsa"):
        inter_animal_consistency("allen-mouse-npx-rsa")


@pytest.mark.parametrize(("over", "names"), [("stimuli", "ab"), ("both", "abc")])
def test_the_command_says_that_intervals_of_two_mice_are_not_for_other_mice(monkeypatch, over, names):
    estimate = Estimate(0.5, 0.1, 0.3, 0.7, 0.001, 39.0)
    found = InterAnimalConsistency(
        "toy-VISp-rsa", dict.fromkeys(names, 20), {}, 40, over, estimate, estimate, np.zeros((2, 2)), (), {}
    )
    monkeypatch.setattr(
        "brainscore_mouse.benchmarks.inter_animal_consistency.inter_animal_consistency", lambda *_: found
    )
    shown = " ".join(CliRunner().invoke(app, ["inter-animal", "toy-VISp-rsa"]).stdout.split())
    assert ("over stimuli only" in shown, "these two and other stimuli" in shown) == (over == "stimuli",) * 2
    assert ("over stimuli and mice" in shown) == (over == "both")


@pytest.mark.slow
def test_the_command_says_whether_a_model_is_as_close_as_another_mouse(simulated_home):
    shown = CliRunner().invoke(app, ["inter-animal", "simulated-mouse-VISp-ridge", "--models", "pixels"])
    assert shown.exit_code == 0, shown.stderr
    assert "one mouse on another" in shown.stdout and "118 stimuli and 6 mice" in shown.stdout
    assert "as close to a mouse as another mouse is" in " ".join(shown.stdout.split())
