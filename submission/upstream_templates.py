"""The texts of the files that a pull request to Brain-Score holds."""

REQUIREMENTS = "brainscore-mouse\n"
DATA_INIT = '''"""The recordings {dataset}, by the package brainscore-mouse.

{source}
Licence: {licence}
"""

from brainscore_mouse import load_dataset, load_stimulus_set
from brainscore_vision import data_registry, stimulus_set_registry

BIBTEX = {citation!r}

stimulus_set_registry['{dataset}'] = lambda: load_stimulus_set('{dataset}')
'''
DATA_LINE = "data_registry['{dataset}-{region}'] = lambda: load_dataset('{dataset}', '{region}')\n"
DATA_TEST = """import pytest
from brainscore_vision import load_dataset, load_stimulus_set


@pytest.mark.parametrize("identifier, n_neuroids, data_sha256", {cases})
def test_assembly(identifier, n_neuroids, data_sha256):
    assembly = load_dataset(identifier)
    assert assembly.dims == ("presentation", "neuroid", "time_bin")
    assert assembly.sizes["neuroid"] == n_neuroids
    assert assembly.attrs["data_sha256"] == data_sha256


def test_stimulus_set():
    stimulus_set = load_stimulus_set({dataset!r})
    assert len(stimulus_set) == {n_stimuli}
    assert all(stimulus_set.get_stimulus(stimulus_id).is_file() for stimulus_id in stimulus_set["stimulus_id"])
"""
METRIC_INIT = '''"""The metric {ours} of the package brainscore-mouse."""

from brainscore_mouse import load_metric
from brainscore_vision import metric_registry

metric_registry['{name}'] = lambda **options: load_metric('{ours}', **options)
'''
ASSEMBLY_OF = """import numpy as np
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from brainscore_vision import load_metric


def assembly_of(values):
    n_stimuli, n_neuroids = values.shape
    return NeuroidAssembly(
        values,
        coords={
            "stimulus_id": ("presentation", [f"stimulus{number}" for number in range(n_stimuli)]),
            "stimulus_number": ("presentation", np.arange(n_stimuli)),
            "neuroid_id": ("neuroid", np.arange(n_neuroids)),
            "region": ("neuroid", ["VISp"] * n_neuroids),
        },
        dims=["presentation", "neuroid"],
    )
"""
METRIC_TEST = (
    ASSEMBLY_OF
    + """

def test_same_and_unrelated_responses():
    generator = np.random.default_rng(0)
    signal = generator.normal(size=(80, 4)) @ generator.normal(size=(4, 20))
    responses, unrelated = assembly_of(signal), assembly_of(generator.normal(size=(80, 20)))
    metric = load_metric('NAME')
    assert float(metric(responses, responses)) > 0.99
    assert abs(float(metric(unrelated, responses))) < 0.3
"""
)
OVERLAP_METRIC_TEST = (
    ASSEMBLY_OF
    + """

def test_same_and_two_valued_responses():
    responses = np.random.default_rng(0).exponential(size=(80, 20))
    metric = load_metric('NAME')
    assert float(metric(assembly_of(responses), assembly_of(responses))) > 0.99
    assert float(metric(assembly_of(1.0 * (responses > 1)), assembly_of(responses))) < 0
"""
)
# Of metrics that look at the scenes.
SCENES = """import numpy as np
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from brainscore_vision import load_metric
from PIL import Image

N_STIMULI = 40


def assembly_of(values, stimulus_set):
    assembly = NeuroidAssembly(
        values,
        coords={
            "stimulus_id": ("presentation", stimulus_set["stimulus_id"].values),
            "stimulus_number": ("presentation", np.arange(len(values))),
            "neuroid_id": ("neuroid", np.arange(values.shape[1])),
            "region": ("neuroid", ["VISp"] * values.shape[1]),
        },
        dims=["presentation", "neuroid"],
    )
    assembly.attrs["stimulus_set"] = stimulus_set
    return assembly


def noise_images(folder, generator):
    stimulus_set = StimulusSet({"stimulus_id": [f"scene{number}" for number in range(N_STIMULI)]})
    stimulus_set.stimulus_paths = {key: folder / f"{key}.png" for key in stimulus_set["stimulus_id"]}
    for path in stimulus_set.stimulus_paths.values():
        Image.fromarray(generator.integers(0, 256, (22, 22), dtype=np.uint8)).save(path)
    return stimulus_set
"""
SCENE_METRIC_TEST = (
    SCENES
    + """

def test_same_and_constant_responses(tmp_path):
    generator = np.random.default_rng(0)
    stimulus_set = noise_images(tmp_path, generator)
    responses = assembly_of(generator.uniform(size=(N_STIMULI, 20)), stimulus_set)
    constant = assembly_of(np.ones((N_STIMULI, 1)), stimulus_set)
    metric = load_metric('NAME')
    assert float(metric(responses, responses)) > 0.99
    assert abs(float(metric(constant, responses))) < 1e-6
"""
)
UNIQUE_VARIANCE_TEST = (
    SCENES
    + """

def test_same_and_unrelated_responses(tmp_path):
    generator = np.random.default_rng(0)
    stimulus_set = noise_images(tmp_path, generator)
    signal = generator.normal(size=(N_STIMULI, 2)) @ generator.normal(size=(2, 20))
    responses = assembly_of(signal, stimulus_set)
    unrelated = assembly_of(generator.normal(size=(N_STIMULI, 20)), stimulus_set)
    metric = load_metric('NAME')
    assert float(metric(responses, responses)) > 0.7  # images of noise explain next to nothing of it
    assert abs(float(metric(unrelated, responses))) < 0.3
"""
)
TESTS_BY_METRIC = {
    "map-rmse": SCENE_METRIC_TEST,
    "activation-overlap": OVERLAP_METRIC_TEST,
    "unique-variance-over-gabor": UNIQUE_VARIANCE_TEST,
    "unique-variance-over-pixels": UNIQUE_VARIANCE_TEST,
}
BENCHMARK_INIT = '''"""Benchmarks on the recordings {dataset}, by the package brainscore-mouse."""

from brainscore_mouse import load_benchmark
from brainscore_vision import benchmark_registry

'''
BENCHMARK_LINE = "benchmark_registry['{identifier}'] = lambda: load_benchmark('{identifier}')\n"
BENCHMARK_TEST = """import pytest
from brainscore_vision import load_benchmark


@pytest.mark.parametrize("identifier, version, data_sha256", {cases})
def test_benchmark(identifier, version, data_sha256):
    benchmark = load_benchmark(identifier)
    assert benchmark.identifier == identifier
    assert benchmark.version == version
    assert benchmark.content()["data_sha256"] == data_sha256


@pytest.mark.memory_intense
@pytest.mark.parametrize("identifier", {identifiers})
def test_ceiling(identifier):
    assert 0 < float(load_benchmark(identifier).ceiling) <= 1
"""
MODEL_INIT = '''"""The model {identifier} of the package brainscore-mouse."""

from brainscore_vision import model_registry
from brainscore_vision.model_helpers.brain_transformation import ModelCommitment

from .model import get_layers, get_model

model_registry['{identifier}'] = lambda: ModelCommitment(
    identifier='{identifier}',
    activations_model=get_model('{identifier}'),
    layers=get_layers('{identifier}'),
)
'''
MODEL = """import functools

from brainscore_mouse import load_model
from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper, load_preprocess_images


def get_model(identifier):
    model = load_model(identifier)
    # Its network takes images in [0, 1]: normalization is one of its modules.
    preprocessing = functools.partial(
        load_preprocess_images, image_size={image_size}, normalize_mean=(0, 0, 0), normalize_std=(1, 1, 1)
    )
    wrapper = PytorchWrapper(identifier=identifier, model=model.network, preprocessing=preprocessing)
    wrapper.image_size = {image_size}
    return wrapper


def get_layers(identifier):
    return {layers}


def get_bibtex(model_identifier):
    return ""
"""
MODEL_TEST = """import numpy as np
import pytest
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from brainscore_mouse import load_model as load_from_brainscore_mouse
from brainscore_vision import load_model
from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper
from PIL import Image


@pytest.mark.memory_intense
def test_activations_are_those_of_brainscore_mouse(tmp_path):
    generator = np.random.default_rng(0)
    stimuli = StimulusSet({"stimulus_id": ["a", "b"]})
    stimuli.identifier = "noise"
    stimuli.stimulus_paths = {name: tmp_path / f"{name}.png" for name in "ab"}
    for path in stimuli.stimulus_paths.values():
        Image.fromarray(generator.integers(0, 256, size=(60, 80, 3), dtype=np.uint8)).save(path)
    model = load_model('IDENTIFIER')
    layer, ours = model.layers[-1], load_from_brainscore_mouse('IDENTIFIER')
    assert isinstance(model.activations_model, PytorchWrapper)
    recorded = model.activations_model(stimuli, layers=[layer], stimuli_identifier=False)
    expected = ours.features(stimuli, [ours.layers[-1]])[ours.layers[-1]]
    np.testing.assert_allclose(recorded.values, expected, rtol=1e-3, atol=1e-5)
"""
PULL_REQUEST = """# For a pull request to brain-score/vision

Written by brainscore-mouse {version}. Copy `brainscore_vision/` over a checkout of
https://github.com/brain-score/vision.

{listed}

To do by hand:

- The plugins call the package brainscore-mouse, which must be on PyPI (each requirements.txt names it).
- Brain-Score hosts data itself. To move them to its bucket, upload the files of the packaged data sets and replace
  `load_dataset` by `load_assembly_from_s3`, with the version ids that the upload gives.
- The benchmarks' parents ({parents}) must be rows of Brain-Score's table of benchmark types.
- The fields of metadata.yaml that are null, and the models' citations.
"""
