"""Plugin folders in the shape of a pull request to brain-score/vision, which call this package."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ..activations.image_model import ImageModel
from ..activations.network_input import named_layers
from ..brainscore_bridge.internals import brain_score_is_installed
from ..brainscore_bridge.offer import PREFIX, names_of_others
from ..core.errors import ModelError, SubmissionError
from ..core.files import folder_written_whole
from ..core.interfaces import AreaBenchmark, Benchmark
from ..core.versions import package_versions
from ..data_packaging.datasets import load_dataset, read_manifest
from ..models.loading import load_model
from ..models.model_name import ModelName
from ..models.untrained_networks import UntrainedNetworks
from ..plugins.discovery import list_metrics, load_benchmark
from .upstream_templates import (
    BENCHMARK_INIT,
    BENCHMARK_LINE,
    BENCHMARK_TEST,
    DATA_INIT,
    DATA_LINE,
    DATA_TEST,
    METRIC_INIT,
    METRIC_TEST,
    MODEL,
    MODEL_INIT,
    MODEL_TEST,
    PULL_REQUEST,
    REQUIREMENTS,
    TESTS_BY_METRIC,
)


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
        raise SubmissionError(f"{folder} already exists, and is not an empty folder.")
    if not brain_score_is_installed():
        raise SubmissionError(
            "brainscore_vision is not installed, so that names cannot be compared with its: pip install "
            "'brainscore-mouse[vision]'"
        )
    loaded = [load_benchmark(identifier) for identifier in benchmarks]
    parts = [part for benchmark in loaded for part in _parts_of(benchmark)]
    _check_names(models, benchmarks, parts)
    files = _benchmark_plugins(loaded, parts)
    for identifier in models:
        files |= _in_folder(f"models/{_package_name(identifier)}", _model_files(identifier))
    return _write_pull_request(folder, files, sorted({benchmark.parent for benchmark in loaded}))


def _check_names(models: Sequence[str], benchmarks: Sequence[str], parts: Sequence[AreaBenchmark]) -> None:
    for identifier in models:
        ModelName.parse(identifier)
    _check_free("model", models)
    _check_free("benchmark", benchmarks)
    _check_free("data", {f"{part.datasets[0]}-{part.area}" for part in parts})


def _benchmark_plugins(benchmarks: Sequence[Benchmark], parts: Sequence[AreaBenchmark]) -> dict[str, str]:
    """Return the files of benchmarks, and of the data and metrics that they need, by path in brainscore_vision."""
    files: dict[str, str] = {}
    for dataset in dict.fromkeys(part.datasets[0] for part in parts):
        of_dataset = [part for part in parts if part.datasets[0] == dataset]
        files |= _in_folder(f"data/{_package_name(dataset)}", _data_files(dataset, of_dataset))
        named = [benchmark for benchmark in benchmarks if dataset in benchmark.datasets]
        files |= _in_folder(f"benchmarks/{_package_name(dataset)}", _benchmark_files(dataset, named))
    for metric in sorted({part.content()["metric_settings"]["metric"] for part in parts} & set(list_metrics())):
        files |= _in_folder(f"metrics/{_package_name(PREFIX + metric)}", _metric_files(metric))
    return files


def _write_pull_request(folder: Path, files: Mapping[str, str], parents: Sequence[str]) -> list[Path]:
    """Write all files and what is left to be done by hand; return the plugins' folders."""
    plugins = sorted({str(Path(name).parent) for name in files})
    to_do = PULL_REQUEST.format(
        version=package_versions()["brainscore-mouse"],
        listed="\n".join(f"- brainscore_vision/{name}" for name in plugins),
        parents=", ".join(parents) or "none",
    )
    with folder_written_whole(folder) as unfinished:
        (unfinished / "PULL_REQUEST.md").write_text(to_do, encoding="utf-8")
        for name, content in files.items():
            path = unfinished / "brainscore_vision" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    return [folder / "brainscore_vision" / name for name in plugins]


def _parts_of(benchmark: Benchmark) -> Sequence[AreaBenchmark]:
    if not benchmark.parts:
        raise SubmissionError(f"{benchmark.identifier} does not compare with recordings, so it cannot be exported.")
    return benchmark.parts


def _check_free(kind: str, identifiers: Iterable[str]) -> None:
    taken = sorted(names_of_others(kind).intersection(identifiers))
    if taken:
        raise SubmissionError(f"Brain-Score has a {kind} of this name: {', '.join(taken)}. Its names must be unique.")


def _package_name(identifier: str) -> str:
    return re.sub(r"\W", "_", identifier)


def _in_folder(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": content for name, content in files.items()}


def _data_files(dataset: str, parts: Sequence[AreaBenchmark]) -> dict[str, str]:
    recipe = read_manifest(dataset)["recipe"]
    # A part of an area's neuroids is a benchmark of its own, but no data set of its own.
    regions = {part.area: part for part in parts}
    init = DATA_INIT.format(dataset=dataset, **{name: recipe[name] for name in ("source", "licence", "citation")})
    init += "".join(DATA_LINE.format(dataset=dataset, region=region) for region in regions)
    cases, n_stimuli = [], 0
    for region in regions:
        assembly = load_dataset(dataset, region)
        cases.append((f"{dataset}-{region}", assembly.sizes["neuroid"], assembly.attrs["data_sha256"]))
        n_stimuli = len(assembly.attrs["stimulus_set"])
    test = DATA_TEST.format(cases=_as_lines(cases), dataset=dataset, n_stimuli=n_stimuli)
    return {"__init__.py": init, "test.py": test, "requirements.txt": REQUIREMENTS}


def _metric_files(metric: str) -> dict[str, str]:
    name = PREFIX + metric if metric in names_of_others("metric") else metric
    template = TESTS_BY_METRIC.get(metric, METRIC_TEST)
    return {
        "__init__.py": METRIC_INIT.format(name=name, ours=metric),
        "test.py": template.replace("NAME", name),
        "requirements.txt": REQUIREMENTS,
    }


def _benchmark_files(dataset: str, benchmarks: Sequence[Benchmark]) -> dict[str, str]:
    lines = [BENCHMARK_LINE.format(identifier=benchmark.identifier) for benchmark in benchmarks]
    cases = [(benchmark.identifier, benchmark.version, benchmark.content()["data_sha256"]) for benchmark in benchmarks]
    metadata = {"benchmarks": {benchmark.identifier: _benchmark_metadata(benchmark) for benchmark in benchmarks}}
    return {
        "__init__.py": BENCHMARK_INIT.format(dataset=dataset) + "".join(lines),
        "test.py": BENCHMARK_TEST.format(
            cases=_as_lines(cases), identifiers=_as_lines([benchmark.identifier for benchmark in benchmarks])
        ),
        "metadata.yaml": yaml.safe_dump(metadata, sort_keys=False),
        "requirements.txt": REQUIREMENTS,
    }


def _benchmark_metadata(benchmark: Benchmark) -> dict[str, dict[str, Any]]:
    parts = _parts_of(benchmark)
    manifest = read_manifest(parts[0].datasets[0])
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
            "region": ", ".join(benchmark.roles),
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
            "type": benchmark.content()["metric_settings"]["metric"],
            "reference": None,
            "public": True,
            "brainscore_link": None,
            "extra_notes": json.dumps(benchmark.content()["metric_settings"], sort_keys=True),
        },
    }


def _model_files(identifier: str) -> dict[str, str]:
    model = load_model(identifier)
    if isinstance(model, UntrainedNetworks):
        raise SubmissionError(f"{identifier} stands for several networks; export one of them, such as {identifier}.0.")
    if not isinstance(model, ImageModel):
        raise SubmissionError(f"{identifier} is a {type(model).__name__}; only an ImageModel can be exported.")
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
        "__init__.py": MODEL_INIT.format(identifier=identifier),
        "model.py": MODEL.format(image_size=_square(model), layers=_as_lines(_names_in_network(model), indent=8)),
        "test.py": MODEL_TEST.replace("IDENTIFIER", identifier),
        "metadata.yaml": yaml.safe_dump({"models": {identifier: metadata}}, sort_keys=False),
        "requirements.txt": REQUIREMENTS,
    }


def _square(model: ImageModel) -> int:
    """Return the side length of a model's images; ModelError if they are not square, which Brain-Score cannot load."""
    if not isinstance(model.image_size, int):
        raise ModelError(
            f"{model.identifier} takes images of {model.image_size} px (height, width) and cannot be exported: "
            "Brain-Score loads images as squares."
        )
    return model.image_size


def _names_in_network(model: ImageModel) -> list[str]:
    """Return the candidate layers by the names that they have behind the stages put before the network."""
    names = {id(module): name for name, module in model.network.named_modules()}
    modules = named_layers(model.network)
    return [names[id(modules[layer])] for layer in model.layers]


def _as_lines(items: Sequence[object], indent: int = 4) -> str:
    """Write a list with one item a line."""
    space = " " * indent
    return "[\n" + "".join(f"{space}{item!r},\n" for item in items) + space[:-4] + "]"
