"""Networks on CUDA: the precision that is set, and, where there is a device, Gram matrices equal to the CPU's."""

import contextlib

import numpy as np
import pytest
import torch
from brainscore_mouse import load_stimulus_set
from brainscore_mouse.activations.extraction import Extraction, full_precision
from brainscore_mouse.activations.image_model import ImageModel
from brainscore_mouse.core.host import default_device
from torch import nn

CUDA = torch.device("cuda")
# Counted here, before the devices are hidden from the tests that do not ask for them.
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device here")


def precision_of_products() -> tuple[object, ...]:
    products, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    if hasattr(products, "fp32_precision"):
        chosen = (products.fp32_precision, cudnn.conv.fp32_precision, cudnn.rnn.fp32_precision)
    else:
        chosen = (products.allow_tf32, cudnn.allow_tf32)
    return (*chosen, cudnn.deterministic, cudnn.benchmark)


@contextlib.contextmanager
def put_back():
    before = torch.get_float32_matmul_precision()
    yield
    torch.set_float32_matmul_precision(before)


@pytest.mark.parametrize("chosen", ["highest", "high", "medium"])
def test_tensor_float_32_is_off_inside_and_the_users_choice_is_put_back(chosen):
    with put_back():
        torch.set_float32_matmul_precision(chosen)
        before = precision_of_products()
        with full_precision(CUDA):
            inside = precision_of_products()
        assert set(inside[:-2]) <= {"ieee", False}
        assert inside[-2:] == (True, False)
        assert precision_of_products() == before
        assert torch.get_float32_matmul_precision() == chosen


def test_the_choice_is_put_back_after_an_error():
    before = precision_of_products()
    with contextlib.suppress(ZeroDivisionError), full_precision(CUDA):
        raise ZeroDivisionError
    assert precision_of_products() == before


def test_on_the_cpu_nothing_is_switched():
    before = precision_of_products()
    with full_precision(torch.device("cpu")):
        assert precision_of_products() == before


@needs_cuda
def test_a_test_sees_the_devices_only_if_it_asks(request):
    assert default_device().type == "cpu"
    request.getfixturevalue("cuda")
    assert default_device().type == "cuda"


def grams(device: str):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 32, 7, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(8), nn.Flatten(), nn.Linear(2048, 256)
    )
    model = ImageModel("made-up", network, ["0", "2", "4"], 64, extraction=Extraction(device))
    return model.layer_grams(load_stimulus_set("simulated-mouse"))


@needs_cuda
@pytest.mark.usefixtures("cuda")
def test_gram_matrices_of_cuda_are_those_of_the_cpu_whatever_precision_the_user_chose():
    expected = grams("cpu")
    with put_back():
        torch.set_float32_matmul_precision("medium")
        found = grams("cuda")
    for layer, gram in expected.items():
        difference = np.linalg.norm(found[layer].row_centred - gram.row_centred)
        assert difference < 1e-5 * np.linalg.norm(gram.row_centred)
