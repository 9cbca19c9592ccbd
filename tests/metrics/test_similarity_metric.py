"""The base class of metrics of two Gram matrices: ceilings, errors, draws and options of any similarity."""

import numpy as np
import pytest
from brainscore_mouse import SimilarityMetric, check_metric
from brainscore_mouse.core.errors import InvalidParameterError, UnreliableDataError
from brainscore_mouse.data_packaging.simulate_recordings import (
    RecordingDesign,
    simulate_recordings,
    simulated_features,
)
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.metrics.similarity_metric import gram_of_responses
from brainscore_mouse.uncertainty.leave_one_out import jackknife


class PairCorrelation(SimilarityMetric):
    """Pearson correlation of inner products between different stimuli."""

    identifier = "pair-correlation"
    ceiling = "split-half"

    power: float = 1.0

    def similarity(self, model_gram, neural_gram):
        pairs = np.triu_indices(len(neural_gram.row_means), 1)
        model, neural = model_gram.centred()[pairs], neural_gram.centred()[pairs]
        return np.corrcoef(np.sign(model) * np.abs(model) ** self.power, neural)[0, 1]


class Unceiled(PairCorrelation):
    identifier = "unceiled"
    ceiling = "none"


def recorded(generator, **changes):
    design = RecordingDesign(**{"n_stimuli": 80, "n_mice": 4, "n_neuroids": 30, "n_repetitions": 10} | changes)
    simulated = simulate_recordings(design, generator)
    return simulated, selection_folds(design.n_stimuli, simulated.subjects, seed=0)


@pytest.mark.parametrize("metric", [PairCorrelation, Unceiled])
@pytest.mark.slow
def test_a_dozen_lines_pass_all_checks(metric):
    check_metric(metric())
    check_metric(metric(power=0.5))


def test_options_are_part_of_the_settings_and_so_is_the_code():
    settings = PairCorrelation(power=2.0, seed=3).settings
    assert (settings["metric"], settings["power"], settings["seed"]) == ("pair-correlation", 2.0, 3)
    assert len(settings["code_sha256"]) == 64
    with pytest.raises(TypeError, match="exponent"):
        PairCorrelation(exponent=2)
    with pytest.raises(InvalidParameterError, match="n_half_splits is 0"):
        PairCorrelation(n_half_splits=0)


def test_a_metric_without_a_name_is_told_how_to_get_one():
    class Nameless(SimilarityMetric):
        def similarity(self, model_gram, neural_gram):
            return 1.0

    with pytest.raises(InvalidParameterError, match="identifier = "):
        _ = Nameless().settings


@pytest.mark.parametrize("choice", ["inter-animal", "spearman-brown"])
def test_a_ceiling_that_there_is_not_is_refused_where_the_class_is_written(choice):
    with pytest.raises(InvalidParameterError, match=f"Wished.*{choice}.*split-half"):
        type("Wished", (PairCorrelation,), {"ceiling": choice})


@pytest.mark.parametrize("reliability", [0.5, 0.95])
@pytest.mark.slow
def test_the_generator_scores_one_at_any_noise(reliability):
    """With Spearman-Brown in place of the halves on both sides it would be above."""
    scores = []
    for seed in range(2):
        simulated, folds = recorded(np.random.default_rng(seed), reliability=reliability, n_neuroids=60)
        target = PairCorrelation().prepare(simulated.trials, simulated.subjects, folds)
        for number, fold in enumerate(folds):
            gram = FeatureGram.of_features(simulated.noise_free[:, fold.scoring.neuroids])
            scores.append(target.evaluate([gram]).ceiled[number, 0])
    assert np.mean(scores) == pytest.approx(1, abs=0.03)


def test_without_a_ceiling_the_score_is_the_similarity_of_the_means():
    simulated, folds = recorded(np.random.default_rng(1))
    target = Unceiled().prepare(simulated.trials, simulated.subjects, folds)
    gram = FeatureGram.of_features(simulated.latents)
    part = folds[0].scoring
    model = simulated.latents[part.stimuli] - simulated.latents[part.stimuli].mean(axis=0)
    neural = simulated.trials.mean(axis=0)[np.ix_(part.stimuli, part.neuroids)]
    neural = neural - neural.mean(axis=0)
    pairs = np.triu_indices(len(part.stimuli), 1)
    expected = np.corrcoef((model @ model.T)[pairs], (neural @ neural.T)[pairs])[0, 1]
    evaluation = target.evaluate([gram])
    assert evaluation.ceiled[0, 0] == evaluation.raw[0, 0] == pytest.approx(expected, abs=1e-9)
    assert evaluation.details["ceiling_kind"] == "none"


@pytest.mark.slow
def test_with_nothing_left_out_they_are_the_scores_and_models_are_paired():
    simulated, folds = recorded(np.random.default_rng(2))
    generator = np.random.default_rng(3)
    grams = [FeatureGram.of_features(simulated_features(simulated, share, 50, generator)) for share in (0.9, 0.5)]
    target = PairCorrelation().prepare(simulated.trials, simulated.subjects, folds)
    chosen = [0] * len(folds)
    models = [ChosenLayers(grams[:1], chosen), ChosenLayers(grams[1:], chosen), ChosenLayers(grams[:1], chosen)]
    found = target.left_out(models)
    np.testing.assert_allclose(found.values[:2, 0, 0], target.evaluate(grams).ceiled.mean(axis=0), atol=1e-9)
    np.testing.assert_array_equal(found.values[0], found.values[2])
    assert np.isfinite(found.values).all() and found.values.shape == (3, 5, 81)
    difference = jackknife(found.of_difference(0, 1))
    assert 0 < difference.error < np.hypot(*(jackknife(found.of_model(row)).error for row in (0, 1)))


def test_left_out_stimuli_and_mice_equal_comparing_without_them():
    """Of an unceiled metric and one fold, whose mice are two of four."""
    simulated, folds = recorded(np.random.default_rng(2))
    target = Unceiled().prepare(simulated.trials, simulated.subjects, folds[:1])
    gram = FeatureGram.of_features(simulated.latents)
    found = target.left_out([ChosenLayers([gram], [0])])
    part, means = folds[0].scoring, simulated.trials.mean(axis=0)
    others = np.setdiff1d(np.arange(80), part.stimuli)
    for row, mouse in enumerate((None, *found.mice)):
        neuroids = part.neuroids[simulated.subjects[part.neuroids] != mouse]
        for stimulus in (None, part.stimuli[0], part.stimuli[7], others[0]):
            stimuli = part.stimuli[part.stimuli != stimulus] if stimulus is not None else part.stimuli
            expected = Unceiled().similarity(
                gram.of_stimuli(stimuli), gram_of_responses(means[np.ix_(stimuli, neuroids)])
            )
            value = found.values[0, row, 0 if stimulus is None else 1 + stimulus]
            assert value == pytest.approx(expected, abs=1e-9)


@pytest.mark.slow
def test_the_error_over_stimuli_and_mice_is_the_spread_over_new_ones():
    """The stated error is compared with scores of fresh stimuli and fresh mice, of the same population and model."""
    scores, errors = [], []
    for seed in range(24):
        simulated, folds = recorded(np.random.default_rng(seed), n_mice=6, n_neuroids=15, reliability=0.95)
        features = simulated_features(simulated, 0.7, 60, np.random.default_rng(99))
        target = PairCorrelation().prepare(simulated.trials, simulated.subjects, folds)
        found = jackknife(target.left_out([ChosenLayers([FeatureGram.of_features(features)], [0] * len(folds))]))
        scores.append(found.value)
        errors.append(found.error)
    assert 0.7 < np.mean(errors) / np.std(scores, ddof=1) < 1.8


def test_noise_and_few_stimuli_are_refused():
    generator = np.random.default_rng(4)
    simulated, folds = recorded(generator)
    noise = generator.normal(size=simulated.trials.shape)
    with pytest.raises(UnreliableDataError, match="120 neuroids of 4 mice"):
        PairCorrelation().prepare(noise, simulated.subjects, folds)
    few = selection_folds(6, simulated.subjects, seed=0)
    with pytest.raises(UnreliableDataError, match="at least 4 stimuli at a time; there are 3"):
        PairCorrelation().prepare(simulated.trials[:, :6], simulated.subjects, few)


def test_a_layer_that_does_not_vary_has_no_score():
    simulated, folds = recorded(np.random.default_rng(5))
    target = PairCorrelation().prepare(simulated.trials, simulated.subjects, folds)
    grams = [FeatureGram.of_features(features) for features in (np.ones((80, 5)), simulated.latents)]
    assert np.isnan(target.selection_scores(grams)).all(axis=0).tolist() == [True, False]
    assert np.isnan(target.evaluate(grams).raw).all(axis=0).tolist() == [True, False]
