"""From a model and a benchmark to a stored score."""

import copy
import logging
import time
from collections.abc import Sequence
from typing import Any

from brainscore_core.metrics import Score

from ..activations.extraction import Extraction
from ..activations.layer_outputs import check_layers_exist
from ..activations.recorded_network import RecordedNetwork
from ..brainscore_bridge.models import ActivationsModel, comparable
from ..core.content_key import now, result_key
from ..core.errors import ModelError
from ..core.home import check_home_is_writable
from ..core.host import host_kind, peak_memory_bytes
from ..core.versions import package_versions
from ..models.loading import load_model
from ..plugins.discovery import load_benchmark
from ..results.store import nan_to_none, result_path, store_result, stored_result

_logger = logging.getLogger(__name__)


def score_model(model: Any, benchmark: Any, layer: str | None = None, extraction: Extraction | None = None) -> Score:
    """Score a model on a benchmark, or return the stored score of the same model, data and settings.

    Parameters
    ----------
    model : str or ImageModel or BrainModel or module of timm
        Identifier of a model (see :func:`brainscore_mouse.load_model`), or a model (see
        :func:`brainscore_mouse.brainscore_bridge.models.comparable`).
    benchmark : str or MouseNeuralBenchmark or AverageBenchmark
        Identifier of a registered benchmark, or a benchmark.
    layer : str, optional
        Compare this layer. Default: the one committed in the model's `region_layer_map`; else it is chosen on
        one part of stimuli and mice and scored on the disjoint rest, swapped and averaged.
    extraction : Extraction, optional
        Device, batch size and precision of the model's activations. Default: the model's own. Only the precision
        makes it another score.

    Returns
    -------
    brainscore_core.metrics.Score
        Relative to the ceiling, sign kept (below 0: worse than chance). Attributes: `raw`, `ceiling`,
        `ceiling_error`, `error` and `interval` (95 %; what they are over: `error_kind`), their parts
        `error_stimuli`, `error_mice`, `error_partitions`, `layer`, `layer_by_fold`, `layer_scores` (the
        ceiled held-out score of each layer), `oracle_layer` and `oracle_score` (the best of them, chosen with
        hindsight: never to be reported as the score), `n_neuroids`, `n_stimuli`, `n_mice`, `metric_settings`,
        `model_identifier`, `benchmark_identifier`, `benchmark_version`, `data_sha256`, `seed`, `versions`, `created`
        (when), `duration_s`, `peak_memory_bytes` (of the process, so far) and `host` (what kind of machine),
        `model_fingerprint` (hash of weights, architecture and input) and `n_parameters` where they are known,
        `from_cache` and what the metric adds. None where a number is undefined.

    Raises
    ------
    UnknownIdentifierError
        If there is no such model or benchmark.
    DatasetNotFoundError
        If the benchmark's recordings are not on this machine, and cannot be fetched.
    RemoteReadError
        If they can be, and the attempt failed.
    WeightsUnavailableError
        If the model's pretrained weights cannot be had.
    LayerNotFoundError
        If the model has no such layer.
    ModelError
        If a layer or an extraction is given for a model that does not take one.
    """
    check_home_is_writable()
    if isinstance(benchmark, str):
        benchmark = load_benchmark(benchmark)
    benchmark.data_sha256  # noqa: B018, loads and verifies the recordings, before any weights
    if isinstance(model, str):
        model = load_model(model)
    model = comparable(model)
    if layer is not None:
        model = _committed(model, benchmark.regions, layer)
    if extraction is not None:
        model = _extracted_by(model, extraction)
    key = content_key(model, benchmark)
    if key is None:
        return _scored(model, benchmark)
    path = result_path(model.identifier, benchmark.identifier, key)
    stored = stored_result(path, key)
    if stored is not None:
        _logger.info("Cached score of %s, stored in %s", stored.attrs["created"], path)
        stored.attrs["from_cache"] = True
        return stored
    score = _scored(model, benchmark)
    store_result(score, path, key)
    return score


def content_key(model: Any, benchmark: Any) -> str | None:
    """Hash all that a score depends on: model, data, settings and versions.

    Parameters
    ----------
    model : ImageModel or other comparable model
        See :func:`brainscore_mouse.brainscore_bridge.models.comparable`.
    benchmark : MouseNeuralBenchmark or AverageBenchmark or DomainBenchmark
        A benchmark.

    Returns
    -------
    str or None
        64 hexadecimal digits. None of a model without a fingerprint: nothing tells whether a foreign model has changed,
        so its score is neither stored nor looked up.
    """
    if not hasattr(model, "fingerprint"):
        return None
    return result_key(
        model_fingerprint=model.fingerprint,
        layers=list(model.layers),
        committed={region: model.region_layer_map.get(region) for region in benchmark.regions},
        benchmark=benchmark.identifier,
        benchmark_version=benchmark.version,
        data_sha256=benchmark.data_sha256,
        seed=benchmark.seed,
        metric_settings=benchmark.metric.settings,
        precision=model.extraction.precision if isinstance(model, RecordedNetwork) else None,
        versions=package_versions(),
    )


def _scored(model: Any, benchmark: Any) -> Score:
    started = time.perf_counter()
    score = benchmark(model)
    score.attrs.update(versions=package_versions(), created=now(), from_cache=False)
    score.attrs.update(duration_s=round(time.perf_counter() - started, 3), peak_memory_bytes=peak_memory_bytes())
    score.attrs.update(host=host_kind())
    if hasattr(model, "fingerprint"):
        score.attrs["model_fingerprint"] = model.fingerprint
    if isinstance(model, RecordedNetwork):
        score.attrs["n_parameters"] = sum(parameter.numel() for parameter in model.network.parameters())
    score.attrs.update(getattr(model, "provenance", {}))  # of a submitted model: the hash of what was submitted
    score.attrs = nan_to_none(score.attrs)  # what JSON can hold, so that a stored score is the same as a fresh one
    return score


def _extracted_by(model: Any, extraction: Extraction) -> Any:
    """Return a copy of the model with these settings."""
    if not isinstance(model, RecordedNetwork):
        raise ModelError(
            f"Device, batch size and precision cannot be chosen for {model.identifier}: a {type(model).__name__} "
            "computes its activations itself."
        )
    model = copy.copy(model)
    model.extraction = extraction
    return model


def _committed(model: Any, regions: Sequence[str], layer: str) -> Any:
    """Return a copy of the model with this layer committed to the regions."""
    if isinstance(model, RecordedNetwork):
        check_layers_exist(model.network, [layer], model.identifier)
    elif not isinstance(model, ActivationsModel):
        raise ModelError(
            f"A layer cannot be chosen for {model.identifier}: a {type(model).__name__} decides itself what its "
            f"{', '.join(regions)} is."
        )
    model = copy.copy(model)  # shares the network; the given model keeps its own commitments
    model.region_layer_map = {**model.region_layer_map, **dict.fromkeys(regions, layer)}
    return model
