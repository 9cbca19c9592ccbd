"""The two protocols of domain generalization."""

from collections.abc import Callable
from typing import Any


def single_source(domain_set: str, source: str) -> Callable[[], Any]:
    """Return the function that makes the benchmark with this source and the set's other domains as targets."""

    def make() -> Any:
        # Only now: registering must not load Brain-Score.
        from ...domain_generalization.domains.domain_sets import domains_of
        from .readout_benchmark import Fold, ReadoutBenchmark

        targets = tuple(domain for domain in domains_of(domain_set) if domain != source)
        name = f"dg-{domain_set}-readout" if domain_set == "minidigits" else f"dg-{domain_set}-{source}-readout"
        return ReadoutBenchmark(name.replace(" ", "-"), domain_set, [Fold((source,), targets)])

    return make


def leave_one_domain_out(domain_set: str) -> Callable[[], Any]:
    """Return the function that makes the benchmark in which each domain is the target of all others in turn."""

    def make() -> Any:
        from ...domain_generalization.domains.domain_sets import domains_of
        from .readout_benchmark import Fold, ReadoutBenchmark

        domains = domains_of(domain_set)
        folds = [Fold(tuple(other for other in domains if other != target), (target,)) for target in domains]
        return ReadoutBenchmark(f"dg-{domain_set}-readout", domain_set, folds)

    return make
