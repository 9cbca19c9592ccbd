"""The two protocols of domain generalization, each in two modes, and the readouts of corrupted images."""

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


def corrupted(domain_set: str, source: str | None = None) -> Callable[[], Any]:
    """Return the function that makes the readout benchmark on corrupted images of this source, or of all domains."""

    def make() -> Any:
        from ...domain_generalization.domains.domain_sets import sources_of
        from .corrupted_readout_benchmark import CorruptedReadoutBenchmark, CorruptionSettings
        from .domain_benchmark import N_SEEDS

        sources = (source,) if source else sources_of(domain_set)
        if domain_set == "minidigits":
            # At 224 px these 8 x 8 digits are so smooth that no blur would reach them.
            settings = CorruptionSettings(N_SEEDS, image_size=32, n_tested=120)
            return CorruptedReadoutBenchmark("dg-corrupted-minidigits-readout", domain_set, sources, settings)
        name = "-".join(["dg", domain_set, *([source] if source else []), "corrupted-readout"]).replace(" ", "-")
        return CorruptedReadoutBenchmark(name, domain_set, sources, CorruptionSettings(N_SEEDS))

    return make


def _benchmark_class(mode: Mode) -> type[Any]:
    if mode == "readout":
        from .readout_benchmark import ReadoutBenchmark

        return ReadoutBenchmark
    from .training_benchmark import TrainingBenchmark

    return TrainingBenchmark
