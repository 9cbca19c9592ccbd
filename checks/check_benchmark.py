"""What every benchmark must do."""

import json
from collections.abc import Iterable
from functools import cached_property
from typing import Any, get_args

import numpy as np
from brainscore_core.metrics import Score

from ..core.errors import UnknownIdentifierError
from ..core.interfaces import Benchmark, Compared, ModelLike
from ..data_packaging.on_disk.manifest import SIMULATED_MOUSE
from ..metrics.layerwise import Claim
from ..plugins.discovery import load_benchmark
from .run_checks import (
    NULL_TOLERANCE,
    Check,
    run_checks,
    violations_of_ceiling,
    violations_of_generator,
    violations_of_null,
)
from .simulated_generator import SimulatedGenerator
from .unrelated_model import UnrelatedModel

_N_NULLS = 8
_ROUNDING = 1e-6
_IN_EVERY_CONTENT = {"data_sha256", "seed", "metric_settings"}
_IN_EVERY_SCORE = {
    *_IN_EVERY_CONTENT,
    "benchmark_identifier",
    "benchmark_version",
    "model_identifier",
    "citation",
    "raw",
    "error",
    "error_kind",
    "layer",
    "n_stimuli",
}
_IN_EVERY_SCORE_ON_RECORDINGS = {"ceiling", "ceiling_error", "n_neuroids", "n_mice"}
_NO_VARIANT = "no-such-variant"


def check_benchmark(benchmark: str | Benchmark, generator: "ModelLike | None" = None) -> None:
    """Check that a benchmark does what all benchmarks must do.

    - identity: name, version, citation, roles and datasets are what `Benchmark` says;
    - load: it returns the benchmark itself, again and again, and changes nothing;
    - content: what a score depends on is complete, JSON can hold it, and it stays the same, also when the benchmark is
      made again;
    - variants: a variant of the stimuli that does not exist is refused as an unknown identifier;
    - ceiling: above 0 and at most 1 within its error, where there are recordings;
    - score: the score of a model is finite, with all attributes, which JSON can hold;
    - deterministic: the same model again has the same score;
    - null-scores-zero: features that have nothing to do with the stimuli score 0 within their error, unless the
      benchmark's metric does not claim that;
    - generator-scores-one: the model that the recordings were simulated by scores 1, likewise.

    Parameters
    ----------
    benchmark : str or Benchmark
        Identifier of a benchmark, or a benchmark. One that trains a model's network cannot be checked: the models that
        are scored here have none.
    generator : NeuralModel or other model, optional
        The model that simulated recordings were made by. Default: that of ``simulated-mouse`` for its benchmarks, else
        there is no such check.

    Raises
    ------
    UnknownIdentifierError
        If there is no such benchmark.
    ConformanceError
        With all violations and their values.
    """
    loaded = load_benchmark(benchmark) if isinstance(benchmark, str) else benchmark
    checked = _Checked(loaded, benchmark if isinstance(benchmark, str) else None)
    checks: dict[str, Check] = {
        "identity": checked.identity,
        "load": checked.load,
        "content": checked.content,
        "variants": checked.variants,
        "score": checked.score,
        "deterministic": checked.deterministic,
    }
    if checked.claims("null-scores-zero"):
        checks["null-scores-zero"] = checked.null
    if loaded.parts:
        checks["ceiling"] = checked.ceiling
        known = generator or _known_generator(loaded)
        if known is not None and checked.claims("generator-scores-one"):
            checks["generator-scores-one"] = lambda: violations_of_generator(float(loaded(known)))
    run_checks(f"The benchmark {loaded.identifier}", checks)


def _known_generator(benchmark: Benchmark) -> SimulatedGenerator | None:
    shown_as_recorded = "@" not in benchmark.identifier
    return SimulatedGenerator() if tuple(benchmark.datasets) == (SIMULATED_MOUSE,) and shown_as_recorded else None


class _Checked:
    """A benchmark and the score of an unrelated model."""

    def __init__(self, benchmark: Benchmark, registered_as: str | None):
        self.benchmark = benchmark
        self.registered_as = registered_as
        self.unrelated = UnrelatedModel(_N_NULLS)

    def claims(self, claim: Claim) -> bool:
        """Tell whether all metrics of the benchmark claim this; a benchmark without a metric does."""
        parts = self.benchmark.parts or (self.benchmark,)
        metrics = [part.metric for part in parts if hasattr(part, "metric")]
        return all(claim in getattr(metric, "claims", ()) for metric in metrics)

    @cached_property
    def score_of_unrelated(self) -> Score:
        return self.benchmark.load()(self.unrelated)

    def identity(self) -> Iterable[str]:
        benchmark = self.benchmark
        if not isinstance(benchmark.identifier, str) or not benchmark.identifier:
            yield f"identifier is {benchmark.identifier!r}; it must be a name"
        if self.registered_as not in (None, benchmark.identifier):
            yield f"the benchmark registered as {self.registered_as!r} calls itself {benchmark.identifier!r}"
        if not isinstance(benchmark.version, int) or benchmark.version < 0:
            yield f"version is {benchmark.version!r}; it must be a whole number"
        if not isinstance(benchmark.bibtex, str):
            yield f"bibtex is {benchmark.bibtex!r}; it must be a text"
        if benchmark.compares not in get_args(Compared):
            yield f"compares is {benchmark.compares!r}; it must be one of {get_args(Compared)}"
        for name in ("roles", "datasets"):
            found = getattr(benchmark, name)
            if isinstance(found, str) or not all(isinstance(entry, str) for entry in found):
                yield f"{name} is {found!r}; it must be a sequence of names"
        if not benchmark.roles:
            yield "roles is empty: no model can commit a layer to it"

    def load(self) -> Iterable[str]:
        before = dict(self.benchmark.load().content())
        for _ in range(2):
            if self.benchmark.load() is not self.benchmark:
                yield "load() does not return the benchmark itself"
        yield from _changed("content() after load() was called again", self.benchmark.content(), before)

    def content(self) -> Iterable[str]:
        content = dict(self.benchmark.load().content())
        missing = _IN_EVERY_CONTENT - content.keys()
        if missing:
            yield f"it lacks {', '.join(sorted(missing))}"
        json.dumps(content, allow_nan=False)
        yield from _changed("content() again", self.benchmark.content(), content)
        if self.registered_as is not None:
            made_again = load_benchmark(self.registered_as).load()
            yield from _changed("content() of the benchmark made again", made_again.content(), content)

    def variants(self) -> Iterable[str]:
        try:
            self.benchmark.with_stimulus_variant(_NO_VARIANT)
        except UnknownIdentifierError:
            return
        yield f"with_stimulus_variant({_NO_VARIANT!r}) raises no UnknownIdentifierError"

    def ceiling(self) -> Iterable[str]:
        ceiling = self.benchmark.load().ceiling
        yield from violations_of_ceiling(float(ceiling), float(self.score_of_unrelated.attrs["ceiling_error"]))

    def score(self) -> Iterable[str]:
        score = self.score_of_unrelated
        if not np.isfinite(float(score)):
            yield f"an unrelated model scores {float(score)}"
        needed = _IN_EVERY_SCORE | (_IN_EVERY_SCORE_ON_RECORDINGS if self.benchmark.parts else set())
        missing = needed - score.attrs.keys()
        if missing:
            yield f"the score's attrs lack {', '.join(sorted(missing))}"
        expected = {"model_identifier": self.unrelated.identifier, "benchmark_identifier": self.benchmark.identifier}
        for name, value in (expected | dict(self.benchmark.content())).items():
            if name in score.attrs and score.attrs[name] != value:
                yield f"the score's {name} is {score.attrs[name]!r}, not {value!r}"
        json.dumps(dict(score.attrs))

    def deterministic(self) -> Iterable[str]:
        expected = float(self.score_of_unrelated)
        again = [self.benchmark]
        if self.registered_as is not None:
            again.append(load_benchmark(self.registered_as).load())
        for benchmark in again:
            found = float(benchmark(UnrelatedModel(_N_NULLS)))
            if abs(found - expected) > _ROUNDING:
                yield f"the same model scores {found:.6g}, and before {expected:.6g}"

    def null(self) -> Iterable[str]:
        value, attrs = float(self.score_of_unrelated), self.score_of_unrelated.attrs
        if "layer_scores" in attrs:  # many unrelated models at once
            yield from violations_of_null(list(attrs["layer_scores"].values()))
        elif not abs(value) <= 4 * attrs["error"] + NULL_TOLERANCE:
            yield f"features that have nothing to do with the stimuli score {value:z.3f} ± {attrs['error']:z.3f}, not 0"


def _changed(what: str, found: Any, expected: Any) -> Iterable[str]:
    found = dict(found)
    for name in sorted(found.keys() | expected.keys()):
        if found.get(name) != expected.get(name):
            yield f"{what} has {name} = {found.get(name)!r}, not {expected.get(name)!r}"
