"""The two protocols of domain generalization, each in two modes."""

from collections.abc import Callable
from typing import Any, Literal

Mode = Literal["readout", "training"]
"""Whether a readout of the frozen model is fitted, or the whole network is trained."""


def single_source(domain_set: str, source: str, mode: Mode) -> Callable[[], Any]:
    """Return the function that makes the benchmark with this source and the set's other domains as targets."""

    def make() -> Any:
        # Only now: registering must not load Brain-Score.
        from ...domain_generalization.domains.domain_sets import domains_of
        from .domain_benchmark import Fold

        targets = tuple(domain for domain in domains_of(domain_set) if domain != source)
        name = f"dg-{domain_set}-{mode}" if domain_set == "minidigits" else f"dg-{domain_set}-{source}-{mode}"
        return _benchmark_class(mode)(name.replace(" ", "-"), domain_set, [Fold((source,), targets)])

    return make


def leave_one_domain_out(domain_set: str, mode: Mode) -> Callable[[], Any]:
    """Return the function that makes the benchmark in which each domain is the target of all others in turn."""

    def make() -> Any:
        from ...domain_generalization.domains.domain_sets import domains_of
        from .domain_benchmark import Fold

        domains = domains_of(domain_set)
        folds = [Fold(tuple(other for other in domains if other != target), (target,)) for target in domains]
        return _benchmark_class(mode)(f"dg-{domain_set}-{mode}", domain_set, folds)

    return make


def _benchmark_class(mode: Mode) -> type[Any]:
    if mode == "readout":
        from .readout_benchmark import ReadoutBenchmark

        return ReadoutBenchmark
    from .training_benchmark import TrainingBenchmark

    return TrainingBenchmark
