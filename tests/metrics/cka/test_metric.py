"""Centred kernel alignment against Brain-Score; unrelated data; numpy and torch."""

import numpy as np
import pytest
import torch
from brainscore_mouse import list_benchmarks, load_metric, load_model
from brainscore_mouse.benchmarks.neural_benchmark import MouseNeuralBenchmark
from brainscore_mouse.core.errors import UnreliableDataError
from brainscore_mouse.core.visual_areas import VISUAL_AREAS
from brainscore_mouse.data_packaging.simulate_recordings import (
    RecordingDesign,
    simulate_recordings,
    simulated_features,
)
from brainscore_mouse.metrics.cka.linear_cka import linear_cka, u_centred
from brainscore_mouse.metrics.cka.u_products import u_products, u_products_of_same_neuroids
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.similarity_metric import HalvedResponses, SimilarityMetric
from brainscore_mouse.uncertainty.split_half import half_means
from synthetic_recordings import assembly_of


def gram(features):
    return features @ features.T


@pytest.mark.parametrize("offset", [0.0, 50.0])
def test_cka_equals_brain_score(offset):
    from brainscore_vision.metrics.cka.metric import CKA

    generator = np.random.default_rng(0)
    source = generator.normal(size=(40, 300)) + offset
    target = source[:, :60] + generator.normal(size=(40, 60))
    ours = load_metric("cka")(assembly_of(source), assembly_of(target))
    theirs = CKA()(assembly_of(source), assembly_of(target))
    assert float(ours) == pytest.approx(float(theirs), abs=1e-9)
    assert 0.2 < float(ours) < 0.9


def test_cka_ignores_rotation_scale_and_shift():
    generator = np.random.default_rng(1)
    features = generator.normal(size=(30, 10))
    rotation, _ = np.linalg.qr(generator.normal(size=(10, 10)))
    assert linear_cka(gram(features), gram(3 * features @ rotation + 7)) == pytest.approx(1, abs=1e-12)


def test_unrelated_representations_score_zero():
    """The plain estimate would be above .9 with so many features."""
    generator = np.random.default_rng(2)
    scores = [
        linear_cka(gram(generator.normal(size=(40, 2000))), gram(generator.normal(size=(40, 500)))) for _ in range(40)
    ]
    assert abs(np.mean(scores)) < 3 * np.std(scores) / np.sqrt(40)
    assert np.std(scores) < 0.06


def test_torch_equals_numpy_for_many_layers():
    generator = np.random.default_rng(3)
    layers = np.stack([gram(generator.normal(size=(30, 20))) for _ in range(3)])
    data = gram(generator.normal(size=(30, 20)))
    of_tensors = linear_cka(torch.from_numpy(layers), torch.from_numpy(data))
    assert isinstance(of_tensors, torch.Tensor) and of_tensors.shape == (3,)
    np.testing.assert_allclose(of_tensors.numpy(), linear_cka(layers, data), atol=1e-12)
    single = linear_cka(layers.astype(np.float32), data.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, linear_cka(layers, data), atol=1e-4)


def test_what_cannot_be_compared_is_refused():
    values = np.random.default_rng(4).normal(size=(5, 4))
    with pytest.raises(UnreliableDataError, match=r"\b5\b.*\b4\b"):
        load_metric("cka")(assembly_of(values[:4]), assembly_of(values[:4]))
    with pytest.raises(UnreliableDataError, match="target"):
        load_metric("cka")(assembly_of(values), assembly_of(np.ones((5, 4))))
    assert np.isnan(linear_cka(np.zeros((5, 5)), gram(values)))


def test_products_without_a_stimulus_equal_centring_again_without_it():
    generator = np.random.default_rng(5)
    first, second = generator.normal(size=(2, 12, 12))
    first, second = first @ first.T, second @ second.T + 5
    found = u_products(first, second)
    for left_out in (None, 0, 7, 11):
        kept = np.arange(12) if left_out is None else np.delete(np.arange(12), left_out)
        expected = (u_centred(first[np.ix_(kept, kept)]) * u_centred(second[np.ix_(kept, kept)])).sum()
        assert found[0 if left_out is None else 1 + left_out] == pytest.approx(expected)


def test_products_of_single_neuroids_are_those_of_their_gram_matrices():
    generator = np.random.default_rng(5)
    first, second = generator.normal(size=(2, 12, 4)) + 3
    expected = sum(u_products(np.outer(y, y), np.outer(z, z)) for y, z in zip(first.T, second.T, strict=True))
    np.testing.assert_allclose(u_products_of_same_neuroids(first, second), expected, rtol=1e-9)


def test_layers_compared_without_each_stimulus_equal_the_loop_over_stimuli():
    generator = np.random.default_rng(6)
    shared = generator.normal(size=(14, 2)) @ generator.normal(size=(2, 9))
    halves = 0.2 * generator.normal(size=(2, 3, 14, 9)) + shared
    responses = HalvedResponses(halves.mean(axis=(0, 1)), *halves)
    layers = [FeatureGram.of_features(generator.normal(size=(14, 30))) for _ in range(2)]
    metric = load_metric("cka")
    found = metric.compared_without_each(layers, responses)
    assert found.shape == (3, 15) and np.isfinite(found).all()
    np.testing.assert_allclose(found, SimilarityMetric.compared_without_each(metric, layers, responses), rtol=1e-9)


def population(n_repetitions=50, n_neuroids=2000):
    """One large population, a model of it, and the CKA of the model with infinitely many noise-free neuroids."""
    design = RecordingDesign(
        n_stimuli=118,
        n_mice=1,
        n_neuroids=n_neuroids,
        n_repetitions=n_repetitions,
        n_dimensions=12,
        rate_spread=0.4,
        reliability=0.96,
    )
    generator = np.random.default_rng(6)
    simulated = simulate_recordings(design, generator)
    features = FeatureGram.of_features(simulated_features(simulated, 0.5, 300, generator))
    # By hand: sums over all pairs of different neuroids.
    centred = simulated.noise_free - simulated.noise_free.mean(axis=0)
    neural = centred @ centred.T
    single = sum((u_centred(np.outer(column, column)) ** 2).sum() for column in centred.T)
    norm = ((u_centred(neural) ** 2).sum() - single) * n_neuroids / (n_neuroids - 1)
    model = u_centred(features.linear())
    return simulated, features, (model * u_centred(neural)).sum() / np.sqrt((model**2).sum() * norm)


@pytest.mark.slow
def test_scores_are_the_same_from_20_to_2000_neuroids_and_from_4_to_50_repetitions():
    simulated, gram, truth = population()
    generator = np.random.default_rng(7)
    metric = load_metric("cka")
    for n_neuroids, n_draws in ((20, 60), (60, 40), (200, 20), (2000, 3)):
        for n_repetitions in (4, 10, 50):
            corrected, plain = [], []
            for _ in range(n_draws):
                columns, rows = generator.permutation(2000)[:n_neuroids], generator.permutation(50)[:n_repetitions]
                trials = simulated.trials[np.ix_(rows, np.arange(118), columns)]
                halves = half_means(trials, 10, generator)
                side = metric.neural_side(HalvedResponses(trials.mean(axis=0), *halves))
                plain.append(metric.similarity(gram, side.grams[0]))
                corrected.append(plain[-1] / side.ceiling)
            error = np.std(corrected) / np.sqrt(n_draws)
            assert np.mean(corrected) == pytest.approx(truth, abs=0.03 + 2 * error), (n_neuroids, n_repetitions)
            if n_neuroids == 20:  # what is corrected is not small
                assert np.mean(plain) < truth - 0.05


def test_a_score_is_one_for_the_population_behind_the_sample():
    """The model is a noise-free sample of other neuroids of the same kind."""
    simulated, _, _ = population(n_repetitions=10, n_neuroids=600)
    trials, subjects = simulated.trials[:, :, :200], np.repeat(["m1", "m2"], 100)
    target = load_metric("cka").prepare(trials, subjects, selection_folds(118, subjects, seed=0))
    model = FeatureGram.of_features(simulated.noise_free[:, 200:])
    assert target.evaluate([model]).ceiled.mean() == pytest.approx(1, abs=0.03)
    assert target.ceiling < 0.97


def test_every_area_has_a_benchmark_by_cka(simulated_home):
    assert {f"allen-mouse-npx-{area}-cka" for area in (*VISUAL_AREAS, "LGd")} <= set(list_benchmarks())
    quick = load_metric("cka")
    score = MouseNeuralBenchmark("cka-of-VISp", "simulated-mouse", "VISp", quick)(load_model("pixels"))
    assert 0 < score.attrs["error"] < 0.2 and 0.5 < score.attrs["ceiling"] <= 1
    assert score.attrs["raw"] / score.attrs["ceiling"] == pytest.approx(float(score), abs=1e-9)
