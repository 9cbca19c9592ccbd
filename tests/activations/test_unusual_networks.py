"""Compiled, quantized, half-precise and other unusual networks: a score, or one error that says what to do."""

import copy

import numpy as np
import pytest
import timm
import torch
from brainscore_mouse.activations.candidate_layers import candidate_layers
from brainscore_mouse.activations.extraction import Extraction
from brainscore_mouse.activations.image_model import ImageModel
from brainscore_mouse.activations.network_input import ChannelNormalization, WithInputStage
from brainscore_mouse.brainscore_bridge.as_neural_model import as_neural_model
from brainscore_mouse.core.errors import ModelError
from brainscore_mouse.domain_generalization.domains.stimuli import stimuli_of_arrays
from brainscore_mouse.domain_generalization.training.fine_tuning import FineTuning
from brainscore_mouse.domain_generalization.training.training import Budget
from small_models import LAYERS, SIZE, small_network
from torch import nn
from toy_domains import blobs


@pytest.fixture
def stimuli(home):
    return stimuli_of_arrays("toy", *blobs(12, 0))


def model_of(network, layers=LAYERS, **options):
    return ImageModel("mine", network, list(layers), SIZE, **options)


def grams_of(model, stimuli):
    return {layer: gram.row_centred for layer, gram in model.layer_grams(stimuli).items()}


def assert_same(found, expected, rtol=1e-5):
    assert list(found) == list(expected)
    for layer in expected:
        np.testing.assert_allclose(found[layer], expected[layer], rtol=0, atol=rtol * expected[layer].max())


def compiled(network):
    return torch.compile(network)


def compiled_with_eager(network):
    return torch.compile(network, backend="eager")


def compiled_in_place(network):
    network.compile(backend="eager")
    return network


def compiled_outside_and_within(network):
    return torch.compile(compiled_within(network), backend="eager")


def compiled_within(network):
    network.middle = torch.compile(network.middle, backend="eager")
    return network


def compiled_function(network):
    network.early.forward = torch.compile(network.early.forward, backend="eager")
    return network


def compiled_behind_a_stage(network):
    return WithInputStage(nn.Identity(), torch.compile(network, backend="eager"))


COMPILED = [
    compiled, compiled_with_eager, compiled_in_place, compiled_within, compiled_outside_and_within, compiled_function,
    compiled_behind_a_stage,
]  # fmt: skip


@pytest.mark.parametrize("compile_", COMPILED)
@pytest.mark.slow
def test_compiled_networks_run_as_they_were_written_and_leave_the_process_clean(compile_, stimuli):
    expected = grams_of(model_of(small_network()), stimuli)
    network = compile_(small_network(seed=0))
    images = torch.rand(2, 3, SIZE, SIZE)
    assert_same(grams_of(model_of(network, extraction=Extraction(batch_size=5)), stimuli), expected)
    # Another one, uncompiled, is not in its way; nor is the compiled one broken.
    other = small_network(seed=1)
    assert not np.allclose(grams_of(model_of(other), stimuli)["late"], expected["late"])
    if compile_ is not compiled:  # which needs a compiler
        with torch.no_grad():
            torch.testing.assert_close(network(images), small_network()(images))
    assert "late" in candidate_layers(network, SIZE)


def test_a_compiled_network_of_timm_brings_its_settings(stimuli):
    plain = timm.create_model("test_resnet", pretrained=False, num_classes=5).eval()
    model = as_neural_model(torch.compile(copy.deepcopy(plain), backend="eager"))
    assert model.identifier == "timm-module:test_resnet"
    assert model.layers == as_neural_model(plain).layers
    assert_same(grams_of(model, stimuli), grams_of(as_neural_model(plain), stimuli))


@pytest.mark.parametrize("kind", ["grams", "readout", "training"])
def test_a_failing_compiled_network_leaves_the_process_clean(stimuli, kind):
    network = small_network()
    network.middle.forward = lambda x: x / 0 if len(x) > 2 else x.missing
    model = model_of(torch.compile(network, backend="eager"))
    with pytest.raises(ModelError, match="mine"):
        if kind == "grams":
            model.layer_grams(stimuli)
        elif kind == "readout":
            model.readout_features(stimuli, "late")
        else:
            FineTuning(model, Budget(epochs=1)).predictions(stimuli, {}, sorted(set(stimuli["image_label"])), 0)
    model_of(small_network()).layer_grams(stimuli)
    assert_same({"x": torch.compile(lambda x: x + 1, backend="eager")(torch.ones(3)).numpy()}, {"x": 2 * np.ones(3)})


def dynamically_quantized(network):
    return torch.ao.quantization.quantize_dynamic(network, {nn.Linear}, dtype=torch.qint8)


def statically_quantized(network):
    network = nn.Sequential(torch.ao.quantization.QuantStub(), *network, torch.ao.quantization.DeQuantStub()).eval()
    network.qconfig = torch.ao.quantization.default_qconfig
    torch.ao.quantization.prepare(network, inplace=True)
    network(torch.rand((4, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(0)))
    return torch.ao.quantization.convert(network)


def quantized_by_channel(network):
    network.late = torch.ao.nn.quantized.dynamic.Linear.from_float(_with_config(network.late))
    return network


def _with_config(linear):
    linear.qconfig = torch.ao.quantization.per_channel_dynamic_qconfig
    return linear


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("quantize", [dynamically_quantized, statically_quantized, quantized_by_channel])
def test_quantized_networks_are_recorded(quantize, stimuli):
    last = "6" if quantize is statically_quantized else "late"
    expected = grams_of(model_of(small_network()), stimuli)["late"]
    network = quantize(small_network())
    model = model_of(network, [last])
    np.testing.assert_allclose(grams_of(model, stimuli)[last], expected, rtol=0, atol=0.1 * expected.max())
    assert model.fingerprint == model_of(quantize(small_network()), [last]).fingerprint
    assert model.fingerprint != model_of(quantize(small_network(seed=1)), [last]).fingerprint


class WithExtraState(nn.Module):
    def __init__(self, state):
        super().__init__()
        self.state = state

    def forward(self, x):
        return x * 2

    def get_extra_state(self):
        return self.state

    def set_extra_state(self, state):
        self.state = state


@pytest.mark.parametrize(
    "state", [{"scale": torch.ones(2), "n": 3}, b"bytes", object(), [torch.float16, None], "text", ("a", {"b": 1.5})]
)
def test_modules_with_extra_state_are_recorded(state, stimuli):
    network = small_network()
    network.extra = WithExtraState(state)
    model = model_of(network, ["extra"])
    expected = 4 * grams_of(model_of(small_network()), stimuli)["late"]
    assert_same(grams_of(model, stimuli), {"extra": expected})
    again = small_network()
    again.extra = WithExtraState(copy.deepcopy(state))
    assert model_of(again, ["extra"]).fingerprint == model.fingerprint


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float16, 5e-3), (torch.bfloat16, 5e-2), (torch.float64, 1e-5)])
@pytest.mark.parametrize("behind_a_stage", [True, False])
def test_weights_of_any_precision_run_as_in_brain_score(dtype, tolerance, behind_a_stage, stimuli):
    from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper

    mean, std = (0.5, 0.4, 0.3), (0.2, 0.3, 0.4)

    def network():
        if behind_a_stage:
            return WithInputStage(ChannelNormalization(mean, std), small_network().to(dtype))
        return small_network().to(dtype)

    model = model_of(network())
    paths = [stimuli.get_stimulus(key) for key in stimuli["stimulus_id"]]

    def preprocessed(paths):
        images = model._read_stimuli(paths)
        return ChannelNormalization(mean, std)(images) if behind_a_stage else images

    if dtype != torch.bfloat16:  # which numpy does not know
        wrapper = PytorchWrapper(small_network().to(dtype), preprocessed, identifier=f"{dtype}-{behind_a_stage}")
        expected = wrapper.get_activations(list(preprocessed(paths)), list(LAYERS))
        for layer, values in model.features(stimuli).items():
            of_layer = expected[layer].reshape(len(paths), -1)
            np.testing.assert_allclose(values, of_layer, rtol=0, atol=tolerance / 5 * np.abs(of_layer).max())
    single = WithInputStage(ChannelNormalization(mean, std), small_network()) if behind_a_stage else small_network()
    assert_same(grams_of(model, stimuli), grams_of(model_of(single), stimuli), rtol=4 * tolerance)
    doubled = grams_of(model.with_extraction(Extraction(precision="float64")), stimuli)
    assert_same(grams_of(model, stimuli), doubled, rtol=4 * tolerance)


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2])
def test_activations_of_8_bits_are_recorded(dtype, stimuli):
    network = small_network()
    network.late.register_forward_hook(lambda module, args, output: output.to(dtype))
    rounded = model_of(network, ["late"])
    exact = grams_of(model_of(small_network(), ["late"]), stimuli)
    assert_same(grams_of(rounded, stimuli), exact, rtol=0.3)
    rows = rounded.features(stimuli)["late"]
    np.testing.assert_array_equal(rows, torch.from_numpy(rows).to(dtype).float().numpy())


def on_meta(network):
    return network.to("meta")


def partly_on_meta(network):
    network.late.weight = nn.Parameter(network.late.weight.to("meta"))
    return network


def sparse(network):
    network.late.weight = nn.Parameter(network.late.weight.detach().to_sparse(), requires_grad=False)
    return network


def sparse_rows(network):
    network.late.weight = nn.Parameter(network.late.weight.detach().to_sparse_csr(), requires_grad=False)
    return network


def sparse_buffer(network):
    network.register_buffer("mask", torch.eye(3).to_sparse())
    return network


def scripted(network):
    return torch.jit.script(network)


def traced(network):
    return torch.jit.trace(network, torch.zeros(2, 3, SIZE, SIZE))


def scripted_within(network):
    return nn.ModuleDict({"body": torch.jit.script(network)})


def compiled_as_a_function(network):
    return torch.compile(torch.compile(network, backend="eager"), backend="eager")


def exported(network):
    return torch.export.export(network, (torch.zeros(2, 3, SIZE, SIZE),)).module()


def lazy(network):
    network.late = nn.LazyLinear(10)
    return network


def lazy_convolution(network):
    network.early = nn.LazyConv2d(4, 5, stride=2)
    return network


def lazy_normalization(network):
    network.norm = nn.LazyBatchNorm1d()
    return network


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("change", "advice"),
    [
        (on_meta, "to_empty"), (partly_on_meta, "'late.weight'.*to_empty"),
        (sparse, "'late.weight'.*to_dense"), (sparse_rows, "to_dense"), (sparse_buffer, "'mask'.*to_dense"),
        (scripted, "scripted or traced"), (traced, "scripted or traced"), (scripted_within, "'body'.*scripted"),
        (exported, r"torch\.export"), (compiled_as_a_function, "function"), (lazy, "'late.weight'.*once"),
        (lazy_convolution, "once"), (lazy_normalization, "once"),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded_is_refused_with_what_to_do(change, advice):
    layers = ["body.early"] if change is scripted_within else ["early"]
    with pytest.raises(ModelError, match=rf"mine.*{advice}"):
        model_of(change(small_network()), layers)


@pytest.mark.parametrize(("change", "advice"), [(on_meta, "to_empty"), (sparse, "to_dense"), (lazy, "once")])
def test_a_network_that_becomes_so_later_is_refused_too(change, advice, stimuli):
    model = model_of(small_network())
    model.layer_grams(stimuli)
    change(model.network)
    with pytest.raises(ModelError, match=advice):
        model.layer_grams(stimuli)


class Complex(nn.Module):
    def forward(self, x):
        return torch.fft.fft(x)


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        (Complex(), r"mine.*'last' gave complex numbers.*abs\(\)"),
        (nn.Linear(10, 10).to(torch.complex64), r"mine fails.*complex.*forward"),
        (nn.Sequential(Complex(), nn.Linear(10, 10).to(torch.complex128)), r"mine fails.*complex"),
    ],
)
@pytest.mark.filterwarnings("ignore:Complex modules")
def test_complex_numbers_are_refused_with_what_to_do(stage, message, stimuli):
    network = small_network()
    network.last = stage
    model = model_of(network, ["last"])
    for show in (model.layer_grams, model.layer_channels):
        with pytest.raises(ModelError, match=message):
            show(stimuli)


class KeepsBuffer(nn.Module):
    """Makes a table when it first sees its input's size."""

    def __init__(self):
        super().__init__()
        self.table = None

    def forward(self, x):
        if self.table is None:
            self.table = torch.linspace(0.5, 2, x.shape[1]).to(x)
        return x * self.table


class KeepsInDict(nn.Module):
    def __init__(self):
        super().__init__()
        self.tables = {}

    def forward(self, x):
        n = x.shape[1]
        if n not in self.tables:
            self.tables[n] = torch.arange(n, dtype=x.dtype, device=x.device).sin()
        return x + self.tables[n]


class KeepsParameter(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = None

    def forward(self, x):
        if self.scale is None:
            self.scale = nn.Parameter(torch.ones(x.shape[1]))
        return x * self.scale


@pytest.mark.parametrize("keeps", [KeepsBuffer, KeepsInDict, KeepsParameter])
@pytest.mark.parametrize("in_inference_mode", [True, False])
@pytest.mark.parametrize("kind", ["grams", "channels", "readout", "candidates"])
def test_networks_that_keep_tables_can_be_trained_afterwards(keeps, in_inference_mode, kind, stimuli):
    network = small_network()
    network.keeps = keeps()
    network.last = nn.Linear(10, 3)
    model = model_of(network, ["keeps", "last"])
    with torch.inference_mode(in_inference_mode):
        if kind == "grams":
            model.layer_grams(stimuli)
        elif kind == "channels":
            model.layer_channels(stimuli)
        elif kind == "readout":
            model.readout_features(stimuli, "last")
        else:
            candidate_layers(network, SIZE)
    network.train()
    network(torch.rand(4, 3, SIZE, SIZE)).sum().backward()
    assert network.early.weight.grad.abs().max() > 0


@pytest.mark.parametrize("keeps", [KeepsBuffer, KeepsInDict, KeepsParameter])
@pytest.mark.parametrize("in_inference_mode", [True, False])
def test_trainings_keep_tables_too_and_are_the_same_in_inference_mode(keeps, in_inference_mode, stimuli):
    classes = sorted(set(stimuli["image_label"]))

    def predictions(mode, identifier):
        with torch.inference_mode(mode):  # also of a network made there
            network = small_network()
            network.keeps = keeps()
            model = ImageModel(identifier, network, ["keeps"], SIZE)
            training = FineTuning(model, Budget(epochs=2, batch_size=4))
            return training.predictions(stimuli, {"same": stimuli}, classes, seed=0)["same"]

    if in_inference_mode:
        np.testing.assert_array_equal(predictions(True, "inside"), predictions(False, "outside"))
    else:
        assert predictions(False, "outside").shape == (12, 4)
