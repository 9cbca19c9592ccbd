"""The comparison of methods: which trainings it takes, and the files it ends in."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from ...core.errors import InvalidParameterError
from ...core.files import written_whole
from ...plugins.unknown_identifier import unknown_identifier
from ..domains.domain_sets import domains_of, sources_of
from .methods import METHODS
from .networks import ARCHITECTURES
from .runs import Run, run_trainings
from .tables import BASELINE, markdown, pair_table, summary_table
from .training import Budget

DEFAULT_ARCHITECTURES = ("cnn", "resnet", "mlp")
N_IMAGES = {"minidigits": (700, 150, 300)}


def planned_runs(
    domain_set: str,
    domains: Sequence[str] | None = None,
    sources: Sequence[str] | None = None,
    architectures: Sequence[str] | None = None,
    methods: Sequence[str] | None = None,
    n_seeds: int = 5,
    n_images: tuple[int, int, int] | None = None,
    epochs: int = 8,
) -> list[Run]:
    """Return the trainings of a comparison.

    Parameters
    ----------
    domain_set : str
        For instance 'digits'.
    domains, sources : sequence of str, optional
        Of the set: those to be tested on, and those to be trained on. Default: all.
    architectures, methods : sequence of str, optional
        Default: cnn, resnet and mlp; all methods. The plain network is always trained.
    n_seeds : int
        Trainings of each kind, at least 2.
    n_images : (int, int, int), optional
        For fitting, validation and test. Default: 2000, 500 and 2000, with 'minidigits' 700, 150 and 300.
    epochs : int
        Passes over the fitting images.

    Raises
    ------
    UnknownIdentifierError, InvalidParameterError
        If a name or number makes no sense.
    """
    domains = domains or domains_of(domain_set)
    sources = sources or [domain for domain in domains if domain in sources_of(domain_set)]
    n_images = n_images or N_IMAGES.get(domain_set, (2000, 500, 2000))
    architectures = architectures or DEFAULT_ARCHITECTURES
    methods = list(dict.fromkeys([BASELINE, *(methods or METHODS)]))
    for kind, names, known in (
        (f"domain of {domain_set}", [*domains, *sources], domains_of(domain_set)),
        ("architecture", architectures, ARCHITECTURES),
        ("method", methods, METHODS),
    ):
        _check_known(kind, names, known)
    for source in sources:
        if source not in sources_of(domain_set):
            raise InvalidParameterError(
                f"{source!r} cannot be a source: it shows the same originals as other domains of {domain_set}; the "
                f"sources are {', '.join(sources_of(domain_set))}"
            )
    if n_seeds < 2 or epochs < 1 or min(n_images) < 1:
        raise InvalidParameterError(
            f"at least 2 seeds, 1 epoch and 1 image of each kind are needed, got {n_seeds} seeds, {epochs} epochs and "
            f"{n_images} images"
        )
    n_fitting, n_validation, n_test = n_images
    return [
        Run(
            domain_set,
            source,
            tuple(domain for domain in domains if domain != source),
            architecture,
            method,
            seed,
            n_fitting,
            n_validation,
            n_test,
            Budget(epochs=epochs),
        )
        for method in methods
        for source in sources
        for architecture in architectures
        for seed in range(n_seeds)
    ]


def compare_methods(runs: Sequence[Run], output: Path, n_processes: int = 1) -> str:
    """Run trainings and write the tables ``<output>.md`` and ``<output>.json``.

    Returns
    -------
    str
        The table as it stands in ``<output>.md``.
    """
    outcomes = run_trainings(runs, n_processes)
    text = markdown(outcomes)
    with written_whole(output.with_suffix(".md")) as temporary:
        temporary.write_text(text)
    content = {
        "settings": {
            name: outcomes[0][name] for name in ("domain_set", "budget", "n_fitting", "n_validation", "n_test")
        },
        "stimulus_sets": {domain: name for outcome in outcomes for domain, name in outcome["stimulus_sets"].items()},
        "versions": outcomes[0]["versions"],
        "summary": summary_table(outcomes).to_dict("records"),
        "pairs": pair_table(outcomes).to_dict("records"),
    }
    with written_whole(output.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(content, indent=1))
    return text


def _check_known(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    known = list(known)
    for name in names:
        if name not in known:
            raise unknown_identifier(kind, name, known)
