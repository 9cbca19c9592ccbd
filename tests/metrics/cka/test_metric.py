"""Centred kernel alignment against Brain-Score; unrelated data; numpy and torch."""

import numpy as np
import pytest
import torch
from brainscore_mouse import load_metric
from brainscore_mouse.core.errors import UnreliableDataError
from brainscore_mouse.metrics.cka.linear_cka import linear_cka
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
    with pytest.raises(UnreliableDataError, match=r"\b4\b"):
        load_metric("cka")(assembly_of(values[:3]), assembly_of(values[:3]))
    with pytest.raises(UnreliableDataError, match="target"):
        load_metric("cka")(assembly_of(values), assembly_of(np.ones((5, 4))))
    assert np.isnan(linear_cka(np.zeros((5, 5)), gram(values)))
