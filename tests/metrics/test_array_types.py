"""The functions on arrays: torch as numpy, single as double precision, blocks as the whole, one thread as two."""

import numpy as np
import pytest
import torch
from brainscore_mouse import load_metric
from brainscore_mouse.core.errors import InvalidParameterError
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.metrics.regression import ridge as ridge_module
from brainscore_mouse.metrics.regression.pls.held_out_pls import held_out_pls
from brainscore_mouse.metrics.regression.ridge import held_out_ridge, ridge_alphas
from brainscore_mouse.metrics.rsa import bootstrap as bootstrap_module
from brainscore_mouse.metrics.rsa.bootstrap import bootstrapped_comparison
from brainscore_mouse.metrics.rsa.compare_pairs import compare_pairs
from brainscore_mouse.metrics.rsa.rdm import pairs_of_rdm, rdm_of_patterns
from brainscore_mouse.uncertainty.resampling import bootstrap_counts
from synthetic_recordings import simulated_trials
from threadpoolctl import threadpool_limits


def layers_and_responses():
    generator = np.random.default_rng(0)
    features = generator.normal(size=(3, 60, 200))
    responses = features[0] @ generator.normal(size=(200, 90)) / 10 + generator.normal(size=(60, 90))
    tests = np.stack([generator.permutation(60)[:6] for _ in range(4)])
    return features @ features.swapaxes(1, 2), responses, tests


def ridge(grams, responses, tests):
    alphas = ridge_alphas(grams[1])
    return held_out_ridge(grams[1], responses, tests, alphas)[0]


def pls(grams, responses, tests):
    return held_out_pls(grams, responses, tests, 15)


@pytest.mark.parametrize("readout", [ridge, pls])
def test_readouts_of_tensors_and_of_single_precision(readout):
    grams, responses, tests = layers_and_responses()
    expected = readout(grams, responses, tests)
    of_tensors = readout(torch.from_numpy(grams), torch.from_numpy(responses), tests)
    assert isinstance(of_tensors, torch.Tensor)
    np.testing.assert_allclose(of_tensors.numpy(), expected, atol=1e-7)
    single = readout(grams.astype(np.float32), responses.astype(np.float32), tests)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected, atol=2e-2 * expected.std())


@pytest.mark.parametrize("correlation", ["spearman", "pearson"])
def test_rsa_of_tensors_and_of_single_precision(correlation):
    generator = np.random.default_rng(1)
    patterns = generator.normal(size=(4, 20, 30))
    counts = bootstrap_counts(20, 50, generator)

    def draws(patterns, counts):
        pairs = pairs_of_rdm(rdm_of_patterns(patterns))
        compared = compare_pairs(pairs[:3], pairs[3], correlation)
        return compared, bootstrapped_comparison(pairs[:3], pairs[3], counts, correlation)

    expected = draws(patterns, counts)
    of_tensors = draws(torch.from_numpy(patterns), torch.from_numpy(counts))
    single = draws(patterns.astype(np.float32), counts)
    for ours, tensor, rounded in zip(expected, of_tensors, single, strict=True):
        assert isinstance(tensor, torch.Tensor)
        np.testing.assert_allclose(tensor.numpy(), ours, atol=1e-12)
        np.testing.assert_allclose(rounded, ours, atol=1e-3)


def test_kendall_is_refused_for_tensors():
    pairs = torch.rand(2, 10)
    with pytest.raises(InvalidParameterError, match="numpy"):
        compare_pairs(pairs, pairs, "kendall")


def test_blocks_change_nothing(monkeypatch):
    grams, responses, tests = layers_and_responses()
    generator = np.random.default_rng(4)
    pairs, counts = generator.normal(size=(3, 190)), bootstrap_counts(20, 50, generator)

    def results():
        return ridge(grams, responses, tests), bootstrapped_comparison(pairs[:2], pairs[2], counts, "spearman")

    whole = results()
    monkeypatch.setattr(ridge_module, "_PRODUCTS_PER_BLOCK", 6000)  # ten neuroids
    monkeypatch.setattr(bootstrap_module, "_WEIGHTS_PER_BLOCK", 190 * 7)  # seven draws
    for in_blocks, at_once in zip(results(), whole, strict=True):
        np.testing.assert_allclose(in_blocks, at_once, atol=1e-11)


def test_layers_and_splits_together_equal_each_alone():
    grams, responses, tests = layers_and_responses()
    together = pls(grams, responses, tests)
    for layer in range(3):
        for split in range(4):
            alone = pls(grams[[layer]], responses, tests[[split]])[0, 0]
            np.testing.assert_allclose(alone, together[layer, split], atol=1e-6)
    together = ridge(grams, responses, tests)
    for split in range(4):
        np.testing.assert_allclose(ridge(grams, responses, tests[[split]])[0], together[split], atol=1e-10)


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_units_change_nothing(scale):
    grams, responses, tests = layers_and_responses()
    for readout in (ridge, pls):
        scaled = readout(scale**2 * grams, responses / scale, tests)
        np.testing.assert_allclose(scaled * scale, readout(grams, responses, tests), atol=1e-7)


@pytest.mark.parametrize("metric", ["rsa", "ridge", "pls"])
def test_scores_do_not_depend_on_threads(metric):
    """To 1e-9: libraries may sum up in another order."""
    generator = np.random.default_rng(6)
    trials, _ = simulated_trials(generator, n_stimuli=60, n_neuroids=60)
    subjects = np.repeat(["a", "b"], 30)
    folds = selection_folds(60, subjects, seed=0)
    grams = [FeatureGram.of_features(generator.normal(size=(60, 300))) for _ in range(2)]
    results = []
    torch_threads = torch.get_num_threads()
    for n_threads in (1, 2):
        torch.set_num_threads(n_threads)
        with threadpool_limits(limits=n_threads):
            target = load_metric(metric).prepare(trials, subjects, folds)
            evaluation = target.evaluate(grams)
            results.append(
                (
                    evaluation.ceiled,
                    evaluation.ceiling,
                    target.left_out([ChosenLayers(grams, np.arange(len(folds)) % 2)]).values,
                    target.selection_scores(grams),
                )
            )
    torch.set_num_threads(torch_threads)
    for one, two in zip(*results, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-9)
