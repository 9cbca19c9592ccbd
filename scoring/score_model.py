"""From a model and a benchmark to a stored score."""

import contextlib
import functools
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..activations.extraction import Extraction
from ..brainscore_bridge.as_neural_model import as_neural_model
from ..core.behaviour import Behaviour
from ..core.cache import cache_limit_bytes
from ..core.content_key import content_key, now
from ..core.errors import InvalidParameterError, NotWritableError, UnknownIdentifierError
from ..core.host import host_kind, peak_memory_bytes
from ..core.interfaces import Benchmark, ModelLike, NeuralModel
from ..core.versions import package_versions
from ..metrics.mouse_score import MouseScore
from ..models.confirm_registered import confirm_registered
from ..models.loading import load_named
from ..models.model_name import ModelName
from ..models.registered_names import check_name_is_free, is_registered
from ..models.untrained_networks import UntrainedNetworks
from ..plugins.discovery import load_benchmark
from ..plugins.foreign_code import foreign_code
from ..results.store import (
    FORMAT_VERSION,
    check_store,
    forget_failure,
    forget_score,
    nan_to_none,
    records_of_model,
    result_path,
    store_result,
)
from ..results.stored_result import stored_result
from .keeping_failure import keeping_failure
from .mean_over_seeds import mean_over_seeds

_logger = logging.getLogger(__name__)


def score_model(
    model: "str | ModelLike",
    benchmark: str | Benchmark,
    layer: str | None = None,
    extraction: Extraction | None = None,
    force: bool = False,
) -> MouseScore:
    """Score a model on a benchmark, or return the stored score of the same model, data and settings.

    A stored score is believed only if the model, as it is now, does the same with two of the stimuli. Why a model that
    is given by name could not be scored is stored as a failure, as of a table, until there is a score.

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
    force : bool
        Compute the score even if it is stored, and replace the stored one.

    Returns
    -------
    MouseScore
        A Brain-Score `Score` that shows itself when it is printed. Relative to the ceiling, sign kept (below 0: worse
        than chance). Attributes: `raw`, `ceiling`,
        `ceiling_error`, `error` and `interval` (95 %; what they are over: `error_kind`), their parts
        `error_stimuli`, `error_mice`, `error_partitions`, `left_out_effects` (what leaving out stimuli and mice
        changes), `layer`, `layer_by_fold`, `layer_scores` (the ceiled held-out score of each layer), `oracle_layer`
        and `oracle_score` (the best of them, chosen with
        hindsight: never to be reported as the score), `n_neuroids`, `n_stimuli`, `n_mice`, `metric_settings`,
        `model_identifier`, `benchmark_identifier`, `benchmark_version`, `data_sha256`, `seed`, `versions`, `created`
        (when), `duration_s`, of it `lookup_s` until it was known that the score is not stored, `peak_memory_bytes` (of
        the process, so far) and `host` (what kind of machine), `model_fingerprint` (hash of weights, architecture and
        input), `n_parameters` and `image_size` (height and width, in pixels) where they are known,
        `is_registered` (whether `load_model` made the model), `reference_behaviour` (of a network that it did not make:
        what the layers do with an image that is the same for all benchmarks), `from_cache` and what the metric adds.
        None where a number is undefined. Of an untrained control, ``<name>-random``, it is the mean over weight seeds,
        see :func:`~brainscore_mouse.scoring.mean_over_seeds.mean_over_seeds`. Where the score could not be stored,
        `not_stored` says why; a warning does, too.

    Raises
    ------
    InvalidParameterError
        If `benchmark` is neither an identifier nor a benchmark, such as a list.
    UnknownIdentifierError
        If there is no such model or benchmark.
    DatasetNotFoundError
        If the benchmark's recordings are not on this machine, and cannot be fetched.
    RemoteReadError
        If they can be, and the attempt failed.
    WeightsUnavailableError
        If the model's pretrained weights are not available.
    LayerNotFoundError
        If the model has no such layer.
    ModelError
        If a layer or an extraction is given for a model that does not take one, or a model that `load_model` did not
        make has the name of a registered one.
    NotWritableError
        If the package's home does not exist and cannot be made.
    """
    if not isinstance(benchmark, str) and not callable(getattr(benchmark, "load", None)):
        raise InvalidParameterError(
            f"The benchmark is {benchmark!r}; give one identifier, such as 'simulated-mouse-VISp-rsa', or one "
            "benchmark. For several, call score_table(models, benchmarks)."
        )
    started = time.perf_counter()
    check_store()
    cache_limit_bytes()  # a wrong limit would be noticed only when something is cached
    if not isinstance(model, str):
        model = as_neural_model(model)
        check_name_is_free(model)
    loaded = load_benchmark(benchmark) if isinstance(benchmark, str) else benchmark
    kept: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext  # only scores, of objects
    if isinstance(model, str):
        with explaining_submitted(model):
            name = ModelName.parse(model)
        kept = functools.partial(keeping_failure, name.canonical, loaded.identifier)
    with kept():
        loaded = loaded.load()  # before any weights
        neural_model = load_named(name) if isinstance(model, str) else model
    if layer is not None:
        neural_model = neural_model.with_layer(loaded.roles, layer)
    if extraction is not None:
        neural_model = neural_model.with_extraction(extraction)
    is_handed_over = not isinstance(model, str)
    is_as_loaded = not is_handed_over and layer is None and extraction is None
    with kept(), neural_model.unchanged(since_loaded=is_as_loaded):
        stored = stored_as(neural_model, loaded)
        return stored_score(neural_model, loaded, stored, started, is_handed_over=is_handed_over, force=force)


@contextlib.contextmanager
def explaining_submitted(identifier: str) -> Iterator[None]:
    """Where a model is not known, but stored scores are of a submission of this name, say how to score it."""
    try:
        yield
    except UnknownIdentifierError as error:
        if not any(record.get("submission_sha256") for record in records_of_model(identifier)):
            raise
        raise UnknownIdentifierError(
            f"{identifier!r} is a submitted model, which runs only isolated and has no name here. To score it on more "
            "benchmarks, submit it again: brainscore-mouse submit PATH --trust --benchmarks PATTERN"
        ) from error


@dataclass(frozen=True)
class StoredAs:
    """What a stored score is found by, and what it is confirmed by.

    Attributes
    ----------
    key : str
        Hash of all that the score depends on: model, data, settings and versions; 64 hexadecimal digits.
    behaviour : Behaviour
        What the model does with a few of the stimuli.
    """

    key: str
    behaviour: Behaviour


def stored_as(model: NeuralModel, benchmark: Benchmark) -> StoredAs | None:
    """Return what the score of a model on a benchmark is found and confirmed by.

    Parameters
    ----------
    model : NeuralModel
        A model.
    benchmark : Benchmark
        A benchmark.

    Returns
    -------
    StoredAs or None
        None for a model without a fingerprint or a behaviour: we cannot tell whether it has changed, so its scores are
        neither stored nor looked up.
    """
    content = model.content(benchmark.roles)
    if content is None:
        return None
    behaviour = model.behaviour(benchmark.shown_stimulus_sets(), benchmark.roles, benchmark.compares)
    if behaviour is None:
        return None
    key = content_key(
        format_version=FORMAT_VERSION,
        benchmark=benchmark.identifier,
        benchmark_version=benchmark.version,
        versions=package_versions(),
        **content,
        **benchmark.content(),
        **foreign_code(type(benchmark)),
    )
    return StoredAs(key, behaviour)


def stored_score(
    model: NeuralModel,
    benchmark: Benchmark,
    stored: StoredAs | None,
    started: float,
    is_handed_over: bool = False,
    force: bool = False,
) -> MouseScore:
    """Return the stored score; where there is none of this content and behaviour, compute the score and store it.

    Parameters
    ----------
    model, benchmark
        Whose `stored_as` is `stored`.
    stored : StoredAs or None
        None: nothing is looked up, and nothing stored.
    started : float
        When the work on it began, by `time.perf_counter`: its duration has the loading of model and recordings.
    is_handed_over : bool
        Whether others have the model, too, and may have changed it since it was made.
    force : bool
        Whether to compute the score even if it is stored, and to replace the stored one.

    Returns
    -------
    MouseScore
        See `score_model`.

    Raises
    ------
    ModelError
        If it was handed over under the name of a registered model, and does not do what that does.
    """
    lookup_seconds = time.perf_counter() - started
    names = model.identifier, benchmark.identifier
    if stored is None:
        score = _computed_score(model, benchmark, None, started, lookup_seconds, is_handed_over)
        _forget_failure(*names)
        return score
    found = None if force else stored_result(*names, stored.key, stored.behaviour)
    if found is not None:
        _logger.info("Cached score of %s on %s, stored on %s", *names, found.attrs["created"])
        score = MouseScore(found)
        score.attrs["from_cache"] = True
        _forget_failure(*names)
        return score
    score = _computed_score(model, benchmark, stored.behaviour, started, lookup_seconds, is_handed_over)
    try:
        if force:
            forget_score(*names, stored.key, stored.behaviour)
        store_result(score, result_path(*names, stored.key, stored.behaviour), stored.key, stored.behaviour)
    except NotWritableError as error:
        _logger.warning("The score of %s on %s is not stored: %s", *names, error)
        score.attrs["not_stored"] = str(error)
    return score


def _forget_failure(model_identifier: str, benchmark_identifier: str) -> None:
    try:
        forget_failure(model_identifier, benchmark_identifier)
    except NotWritableError as error:
        _logger.warning("An earlier failure of this score is still stored: %s", error)


def _computed_score(
    model: NeuralModel,
    benchmark: Benchmark,
    shown: Behaviour | None,
    started: float,
    lookup_seconds: float,
    is_handed_over: bool,
) -> MouseScore:
    told_apart_by = confirm_registered(model, shown) if is_handed_over else None
    score = MouseScore(mean_over_seeds(model, benchmark) if isinstance(model, UntrainedNetworks) else benchmark(model))
    score.attrs = {"model_identifier": model.identifier, "benchmark_identifier": benchmark.identifier, **score.attrs}
    score.attrs.update(versions=package_versions(), created=now(), from_cache=False)
    score.attrs["is_registered"] = is_registered(model) and told_apart_by is None
    if told_apart_by is not None:
        score.attrs["reference_behaviour"] = told_apart_by.as_json()
    score.attrs.update(duration_s=round(time.perf_counter() - started, 3), lookup_s=round(lookup_seconds, 3))
    score.attrs.update(peak_memory_bytes=peak_memory_bytes())
    score.attrs.update(host=host_kind(), **model.details())
    score.attrs = nan_to_none(score.attrs)  # what JSON can hold, so that a stored score is the same as a fresh one
    return score
