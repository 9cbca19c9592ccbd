"""Plugin folders in the shape of a pull request to brain-score/vision, which call this package."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ..activations.network_input import named_layers
from ..brainscore_bridge.internals import brain_score_is_installed
from ..brainscore_bridge.offer import names_of_others
from ..core.errors import SubmissionError
from ..core.files import folder_written_whole
from ..core.versions import package_versions
from ..data_packaging.packaged_dataset import load_dataset, read_manifest
from ..plugins.discovery import list_metrics, list_models, load_benchmark, load_model
from ..plugins.identifiers import unknown_identifier

_PREFIX = "mouse-"
_REQUIREMENTS = "brainscore-mouse\n"

_DATA_INIT = '''"""The recordings {dataset}, by the package brainscore-mouse.

{source}
Licence: {licence}
"""

from brainscore_mouse import load_dataset, load_stimulus_set
from brainscore_vision import data_registry, stimulus_set_registry

BIBTEX = {citation!r}

stimulus_set_registry['{dataset}'] = lambda: load_stimulus_set('{dataset}')
'''
_DATA_LINE = "data_registry['{dataset}-{region}'] = lambda: load_dataset('{dataset}', '{region}')\n"
_DATA_TEST = """import pytest
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
_METRIC_INIT = '''"""The metric {ours} of the package brainscore-mouse."""

from brainscore_mouse import load_metric
from brainscore_vision import metric_registry

metric_registry['{name}'] = lambda **options: load_metric('{ours}', **options)
'''
_ASSEMBLY_OF = """import numpy as np
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
_METRIC_TEST = (
    _ASSEMBLY_OF
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
_OVERLAP_METRIC_TEST = (
    _ASSEMBLY_OF
    + """

def test_same_and_two_valued_responses():
    responses = np.random.default_rng(0).exponential(size=(80, 20))
    metric = load_metric('NAME')
    assert float(metric(assembly_of(responses), assembly_of(responses))) > 0.99
    assert float(metric(assembly_of(1.0 * (responses > 1)), assembly_of(responses))) < 0
"""
)
# Of metrics that look at the scenes.
_SCENE_METRIC_TEST = """import numpy as np
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


def test_same_and_constant_responses(tmp_path):
    generator = np.random.default_rng(0)
    stimulus_set = StimulusSet({"stimulus_id": [f"scene{number}" for number in range(N_STIMULI)]})
    stimulus_set.stimulus_paths = {key: tmp_path / f"{key}.png" for key in stimulus_set["stimulus_id"]}
    for path in stimulus_set.stimulus_paths.values():
        Image.fromarray(generator.integers(0, 256, (22, 22), dtype=np.uint8)).save(path)
    responses = assembly_of(generator.uniform(size=(N_STIMULI, 20)), stimulus_set)
    constant = assembly_of(np.ones((N_STIMULI, 1)), stimulus_set)
    metric = load_metric('NAME')
    assert float(metric(responses, responses)) > 0.99
    assert abs(float(metric(constant, responses))) < 1e-6
"""
_TESTS_BY_METRIC = {"map-rmse": _SCENE_METRIC_TEST, "activation-overlap": _OVERLAP_METRIC_TEST}
_BENCHMARK_INIT = '''"""Benchmarks on the recordings {dataset}, by the package brainscore-mouse."""

from brainscore_mouse import load_benchmark
from brainscore_vision import benchmark_registry

'''
_BENCHMARK_LINE = "benchmark_registry['{identifier}'] = lambda: load_benchmark('{identifier}')\n"
_BENCHMARK_TEST = """import pytest
from brainscore_vision import load_benchmark


@pytest.mark.parametrize("identifier, version, data_sha256", {cases})
def test_benchmark(identifier, version, data_sha256):
    benchmark = load_benchmark(identifier)
    assert benchmark.identifier == identifier
    assert benchmark.version == version
    assert benchmark.data_sha256 == data_sha256


@pytest.mark.memory_intense
@pytest.mark.parametrize("identifier", {identifiers})
def test_ceiling(identifier):
    assert 0 < float(load_benchmark(identifier).ceiling) <= 1
"""
_MODEL_INIT = '''"""The model {identifier} of the package brainscore-mouse."""

from brainscore_vision import model_registry
from brainscore_vision.model_helpers.brain_transformation import ModelCommitment

from .model import get_layers, get_model

model_registry['{identifier}'] = lambda: ModelCommitment(
    identifier='{identifier}',
    activations_model=get_model('{identifier}'),
    layers=get_layers('{identifier}'),
)
'''
_MODEL = """import functools

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
_MODEL_TEST = """import numpy as np
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
_PULL_REQUEST = """# For a pull request to brain-score/vision

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


def export_upstream(folder: Path, models: Sequence[str], benchmarks: Sequence[str]) -> list[Path]:
    """Write plugin folders for a pull request to brain-score/vision.

    Parameters
    ----------
    folder : Path
        Where to; it must not exist, or be empty. The plugins come to ``folder/brainscore_vision``.
    models, benchmarks : sequence of str
        Identifiers of this package. The benchmarks' data and metrics are written, too. Their recordings must be on
        this machine, models' weights as well.

    Returns
    -------
    list of Path
        The plugin folders.

    Raises
    ------
    SubmissionError
        If the folder is in use, brainscore_vision is not installed, or it has a plugin of one of these names.
    UnknownIdentifierError
        If there is no such model.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SubmissionError(f"{folder} is there already, and not an empty folder.")
    if not brain_score_is_installed():
        raise SubmissionError(
            "brainscore_vision is not installed, so that names cannot be compared with its: pip install "
            "'brainscore-mouse[vision]'"
        )
    for identifier in models:
        if identifier not in list_models():
            raise unknown_identifier("model", identifier, list_models())
    _check_free("model", models)
    _check_free("benchmark", benchmarks)
    loaded = [load_benchmark(identifier) for identifier in benchmarks]
    parts = [part for benchmark in loaded for part in getattr(benchmark, "members", [benchmark])]
    _check_free("data", {f"{part.dataset}-{part.region}" for part in parts})
    files: dict[str, str] = {}
    for dataset in dict.fromkeys(part.dataset for part in parts):
        of_dataset = [part for part in parts if part.dataset == dataset]
        files |= _in_folder(f"data/{_package_name(dataset)}", _data_files(dataset, of_dataset))
        named = [benchmark for benchmark in loaded if _dataset_of(benchmark) == dataset]
        files |= _in_folder(f"benchmarks/{_package_name(dataset)}", _benchmark_files(dataset, named))
    for metric in sorted({part.metric.identifier for part in parts} & set(list_metrics())):
        files |= _in_folder(f"metrics/{_package_name(_PREFIX + metric)}", _metric_files(metric))
    for identifier in models:
        files |= _in_folder(f"models/{_package_name(identifier)}", _model_files(identifier))
    plugins = sorted({str(Path(name).parent) for name in files})
    version = package_versions()["brainscore-mouse"]
    parents = ", ".join(sorted({benchmark.parent for benchmark in loaded})) or "none"
    listed = "\n".join(f"- brainscore_vision/{name}" for name in plugins)
    with folder_written_whole(folder) as unfinished:
        (unfinished / "PULL_REQUEST.md").write_text(
            _PULL_REQUEST.format(version=version, listed=listed, parents=parents), encoding="utf-8"
        )
        for name, content in files.items():
            path = unfinished / "brainscore_vision" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    return [folder / "brainscore_vision" / name for name in plugins]


def _check_free(kind: str, identifiers: Iterable[str]) -> None:
    taken = sorted(names_of_others(kind).intersection(identifiers))
    if taken:
        raise SubmissionError(f"Brain-Score has a {kind} of this name: {', '.join(taken)}. Its names must be unique.")


def _package_name(identifier: str) -> str:
    return re.sub(r"\W", "_", identifier)


def _in_folder(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": content for name, content in files.items()}


def _dataset_of(benchmark: Any) -> str:
    return getattr(benchmark, "members", [benchmark])[0].dataset


def _data_files(dataset: str, parts: Sequence[Any]) -> dict[str, str]:
    recipe = read_manifest(dataset)["recipe"]
    # A part of an area's neuroids is a benchmark of its own, but no data set of its own.
    regions = {part.region: part for part in parts}
    init = _DATA_INIT.format(dataset=dataset, **{name: recipe[name] for name in ("source", "licence", "citation")})
    init += "".join(_DATA_LINE.format(dataset=dataset, region=region) for region in regions)
    cases, n_stimuli = [], 0
    for region in regions:
        assembly = load_dataset(dataset, region)
        cases.append((f"{dataset}-{region}", assembly.sizes["neuroid"], assembly.attrs["data_sha256"]))
        n_stimuli = len(assembly.attrs["stimulus_set"])
    test = _DATA_TEST.format(cases=_as_lines(cases), dataset=dataset, n_stimuli=n_stimuli)
    return {"__init__.py": init, "test.py": test, "requirements.txt": _REQUIREMENTS}


def _metric_files(metric: str) -> dict[str, str]:
    name = _PREFIX + metric if metric in names_of_others("metric") else metric
    template = _TESTS_BY_METRIC.get(metric, _METRIC_TEST)
    return {
        "__init__.py": _METRIC_INIT.format(name=name, ours=metric),
        "test.py": template.replace("NAME", name),
        "requirements.txt": _REQUIREMENTS,
    }


def _benchmark_files(dataset: str, benchmarks: Sequence[Any]) -> dict[str, str]:
    lines = [_BENCHMARK_LINE.format(identifier=benchmark.identifier) for benchmark in benchmarks]
    cases = [(benchmark.identifier, benchmark.version, benchmark.data_sha256) for benchmark in benchmarks]
    metadata = {"benchmarks": {benchmark.identifier: _benchmark_metadata(benchmark) for benchmark in benchmarks}}
    return {
        "__init__.py": _BENCHMARK_INIT.format(dataset=dataset) + "".join(lines),
        "test.py": _BENCHMARK_TEST.format(
            cases=_as_lines(cases), identifiers=_as_lines([benchmark.identifier for benchmark in benchmarks])
        ),
        "metadata.yaml": yaml.safe_dump(metadata, sort_keys=False),
        "requirements.txt": _REQUIREMENTS,
    }


def _benchmark_metadata(benchmark: Any) -> dict[str, dict[str, Any]]:
    parts = getattr(benchmark, "members", [benchmark])
    manifest = read_manifest(parts[0].dataset)
    start, end = manifest["recipe"]["window_ms"]
    subjects = {subject for part in parts for subject in part.assembly["subject"].values}
    return {
        "stimulus_set": {
            "num_stimuli": len(parts[0].assembly.attrs["stimulus_set"]),
            "datatype": "image",
            "stimuli_subtype": None,
            "total_size_mb": None,
            "brainscore_link": None,
            "extra_notes": None,
        },
        "data": {
            "benchmark_type": "neural",
            "task": None,
            "region": ", ".join(benchmark.regions),
            "hemisphere": None,
            "num_recording_sites": sum(part.assembly.sizes["neuroid"] for part in parts),
            "duration_ms": float(end - start),
            "species": "mouse",
            "datatype": "simulated" if manifest["simulated"] else None,
            "num_subjects": len(subjects),
            "pre_processing": f"{manifest['recipe']['response']}; {manifest['recipe']['filters']}",
            "brainscore_link": None,
            "extra_notes": manifest["recipe"]["source"],
            "data_publicly_available": True if manifest["simulated"] else None,
        },
        "metric": {
            "type": benchmark.metric.identifier,
            "reference": None,
            "public": True,
            "brainscore_link": None,
            "extra_notes": json.dumps(benchmark.metric.settings, sort_keys=True),
        },
    }


def _model_files(identifier: str) -> dict[str, str]:
    model = load_model(identifier)
    parameters = list(model.network.parameters())
    if not parameters:
        raise SubmissionError(
            f"{identifier} has no parameters; Brain-Score's PytorchWrapper cannot run such a network."
        )
    trainable = [parameter for parameter in parameters if parameter.requires_grad]
    metadata = {
        "architecture": type(model.network).__name__,
        "model_family": None,
        "total_parameter_count": sum(parameter.numel() for parameter in parameters),
        "trainable_parameter_count": sum(parameter.numel() for parameter in trainable),
        "total_layers": None,
        "trainable_layers": None,
        "model_size_mb": sum(parameter.numel() * parameter.element_size() for parameter in parameters) / 1e6,
        "training_dataset": None,
        "task_specialization": None,
        "brainscore_link": None,
        "huggingface_link": None,
        "extra_notes": "by the package brainscore-mouse",
        "runnable": True,
    }
    return {
        "__init__.py": _MODEL_INIT.format(identifier=identifier),
        "model.py": _MODEL.format(image_size=model.image_size, layers=_as_lines(_names_in_network(model), indent=8)),
        "test.py": _MODEL_TEST.replace("IDENTIFIER", identifier),
        "metadata.yaml": yaml.safe_dump({"models": {identifier: metadata}}, sort_keys=False),
        "requirements.txt": _REQUIREMENTS,
    }


def _names_in_network(model: Any) -> list[str]:
    """Return the candidate layers by the names that they have behind the stages put before the network."""
    names = {id(module): name for name, module in model.network.named_modules()}
    modules = named_layers(model.network)
    return [names[id(modules[layer])] for layer in model.layers]


def _as_lines(items: Sequence[object], indent: int = 4) -> str:
    """Write a list with one item a line."""
    space = " " * indent
    return "[\n" + "".join(f"{space}{item!r},\n" for item in items) + space[:-4] + "]"
