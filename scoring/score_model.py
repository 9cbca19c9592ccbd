"""From a model and a benchmark to a stored score."""

import logging
import time

from brainscore_core.metrics import Score

from ..activations.extraction import Extraction
from ..brainscore_bridge.as_neural_model import as_neural_model
from ..core.content_key import content_key, now
from ..core.home import check_home_is_writable
from ..core.host import host_kind, peak_memory_bytes
from ..core.interfaces import Benchmark, ModelLike, NeuralModel
from ..core.versions import package_versions
from ..models.loading import load_model
from ..plugins.discovery import load_benchmark
from ..results.store import FORMAT_VERSION, nan_to_none, result_path, store_result, stored_result

_logger = logging.getLogger(__name__)


def score_model(
    model: "str | ModelLike", benchmark: str | Benchmark, layer: str | None = None, extraction: Extraction | None = None
) -> Score:
    """Score a model on a benchmark, or return the stored score of the same model, data and settings.

    Parameters
    ----------
    model : str or ImageModel or BrainModel or module of timm
        Identifier of a model (see :func:`brainscore_mouse.load_model`), or a model (see
        :func:`brainscore_mouse.brainscore_bridge.as_neural_model.as_neural_model`).
    benchmark : str or Benchmark
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
        `ceiling_error`, `error` (what it is over: `error_kind`), `layer`, `layer_by_fold`, `layer_scores` (the
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
    loaded = (load_benchmark(benchmark) if isinstance(benchmark, str) else benchmark).load()  # before any weights
    neural_model = load_model(model) if isinstance(model, str) else as_neural_model(model)
    if layer is not None:
        neural_model = neural_model.with_layer(loaded.roles, layer)
    if extraction is not None:
        neural_model = neural_model.with_extraction(extraction)
    return stored_score(neural_model, loaded, score_key(neural_model, loaded))


def score_key(model: NeuralModel, benchmark: Benchmark) -> str | None:
    """Hash all that a score depends on: model, data, settings and versions.

    Parameters
    ----------
    model : NeuralModel
        A model.
    benchmark : Benchmark
        A benchmark.

    Returns
    -------
    str or None
        64 hexadecimal digits. None for a model without a fingerprint: we cannot tell whether it has changed, so its
        scores are neither stored nor looked up.
    """
    content = model.content(benchmark.roles)
    if content is None:
        return None
    return content_key(
        format_version=FORMAT_VERSION,
        benchmark=benchmark.identifier,
        benchmark_version=benchmark.version,
        versions=package_versions(),
        **content,
        **benchmark.content(),
    )


def stored_score(model: NeuralModel, benchmark: Benchmark, key: str | None) -> Score:
    """Return the stored score of this key; where there is none, compute the score and store it.

    Parameters
    ----------
    model, benchmark
        Whose `score_key` is `key`.
    key : str or None
        None: nothing is looked up, and nothing stored.

    Returns
    -------
    brainscore_core.metrics.Score
        See `score_model`.
    """
    if key is None:
        return _computed_score(model, benchmark)
    path = result_path(model.identifier, benchmark.identifier, key)
    stored = stored_result(path, key)
    if stored is not None:
        _logger.info("Cached score of %s, stored in %s", stored.attrs["created"], path)
        stored.attrs["from_cache"] = True
        return stored
    score = _computed_score(model, benchmark)
    store_result(score, path, key)
    return score


def _computed_score(model: NeuralModel, benchmark: Benchmark) -> Score:
    started = time.perf_counter()
    score = benchmark(model)
    score.attrs.update(versions=package_versions(), created=now(), from_cache=False)
    score.attrs.update(duration_s=round(time.perf_counter() - started, 3), peak_memory_bytes=peak_memory_bytes())
    score.attrs.update(host=host_kind(), **model.details())
    score.attrs = nan_to_none(score.attrs)  # what JSON can hold, so that a stored score is the same as a fresh one
    return score
