"""How a network is run: what can be chosen, what is refused, and what of it makes another score."""

import json

import pytest
from brainscore_mouse import Extraction, load_model, score_model
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import InvalidParameterError, ModelError
from brainscore_mouse.core.host import default_device
from typer.testing import CliRunner

pytestmark = pytest.mark.usefixtures("simulated_home")

BENCHMARK = "simulated-mouse-VISp-rsa"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, r"batch_size.*\b0\b"),
        ({"precision": "float8"}, "precision.*'float8'.*float32, float64, bfloat16, float16"),
        ({"device": "abacus"}, "device.*'abacus'"),
        ({"device": "cuda:77"}, "device.*'cuda:77'"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(InvalidParameterError, match=message):
        Extraction(**settings)


def test_defaults():
    assert Extraction().torch_device == default_device()
    assert Extraction(device="cpu").images_per_batch == 8
    assert Extraction(device="cpu", batch_size=3).images_per_batch == 3


@pytest.mark.slow
def test_batch_size_makes_no_other_score_and_precision_does():
    model = load_model("pixels")
    plain = score_model(model, BENCHMARK)
    batches_of_5 = score_model(model, BENCHMARK, extraction=Extraction(batch_size=5))
    assert batches_of_5.attrs["from_cache"]
    double = score_model(model, BENCHMARK, extraction=Extraction(precision="float64"))
    assert not double.attrs["from_cache"]
    assert float(double) == pytest.approx(float(plain), abs=1e-5)
    assert model.extraction == Extraction()


def test_a_model_that_computes_its_activations_itself_takes_no_settings():
    class Foreign:
        identifier = "foreign"

        def look_at(self, stimuli):
            raise AssertionError

    with pytest.raises(ModelError, match="foreign"):
        score_model(Foreign(), BENCHMARK, extraction=Extraction(batch_size=5))


def test_command_line_takes_them():
    run = CliRunner().invoke(
        app, ["score", "pixels", BENCHMARK, "--device", "cpu", "--batch-size", "7", "--precision", "float64", "--json"]
    )
    assert run.exit_code == 0
    assert json.loads(run.stdout)["model_identifier"] == "pixels"
    assert isinstance(
        CliRunner().invoke(app, ["score", "pixels", BENCHMARK, "--batch-size", "0"]).exception, ValueError
    )
