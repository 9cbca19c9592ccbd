"""Which trainings a comparison of methods takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...core.errors import InvalidParameterError
from ...plugins.unknown_identifier import unknown_identifier
from ..domains.domain_sets import domains_of, sources_of
from .method_tables import BASELINE
from .methods import METHODS
from .networks import ARCHITECTURES
from .runs import Run
from .training import Budget

DEFAULT_ARCHITECTURES = ("cnn", "resnet", "mlp")
N_IMAGES = {"minidigits": (700, 150, 300)}
_N_IMAGES_OF_OTHERS = (2000, 500, 2000)


@dataclass(frozen=True)
class MethodComparison:
    """What is compared on which domains; where a part is None, all or the default of the set is taken.

    Attributes
    ----------
    domain_set : str
        For instance 'digits'.
    domains, sources : sequence of str, optional
        Of the set: those to test on, and those to train on. Default: all.
    architectures, methods : sequence of str, optional
        Default: cnn, resnet and mlp; all methods. The plain network is always trained.
    n_seeds : int
        Trainings of each kind, at least 2.
    n_images : (int, int, int), optional
        For fitting, validation and test. Default: 2000, 500 and 2000, with 'minidigits' 700, 150 and 300.
    epochs : int
        Number of passes over the fitting images.
    """

    domain_set: str
    domains: Sequence[str] | None = None
    sources: Sequence[str] | None = None
    architectures: Sequence[str] | None = None
    methods: Sequence[str] | None = None
    n_seeds: int = 5
    n_images: tuple[int, int, int] | None = None
    epochs: int = 8


def planned_runs(comparison: MethodComparison) -> list[Run]:
    """Return the trainings of a comparison.

    Raises
    ------
    UnknownIdentifierError
        If there is no such set, domain, architecture or method.
    InvalidParameterError
        If a number is too small, or a domain cannot be a source.
    """
    domain_set = comparison.domain_set
    domains = comparison.domains or domains_of(domain_set)
    possible_sources = sources_of(domain_set)
    sources = comparison.sources or [domain for domain in domains if domain in possible_sources]
    architectures = comparison.architectures or DEFAULT_ARCHITECTURES
    methods = list(dict.fromkeys([BASELINE, *(comparison.methods or METHODS)]))
    _check_known(f"domain of {domain_set}", [*domains, *sources], domains_of(domain_set))
    _check_known("architecture", architectures, list(ARCHITECTURES))
    _check_known("method", methods, list(METHODS))
    for source in sources:
        if source not in possible_sources:
            raise InvalidParameterError(
                f"{source!r} cannot be a source: it shows the same originals as other domains of {domain_set}; the "
                f"sources are {', '.join(possible_sources)}"
            )
    n_images = comparison.n_images or N_IMAGES.get(domain_set, _N_IMAGES_OF_OTHERS)
    if comparison.n_seeds < 2 or comparison.epochs < 1 or min(n_images) < 1:
        raise InvalidParameterError(
            f"at least 2 seeds, 1 epoch and 1 image of each kind are needed, got {comparison.n_seeds} seeds, "
            f"{comparison.epochs} epochs and {n_images} images"
        )
    return [
        Run(
            domain_set,
            source,
            tuple(domain for domain in domains if domain != source),
            architecture,
            method,
            seed,
            *n_images,
            Budget(epochs=comparison.epochs),
        )
        for method in methods
        for source in sources
        for architecture in architectures
        for seed in range(comparison.n_seeds)
    ]


def _check_known(kind: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise unknown_identifier(kind, name, known)
