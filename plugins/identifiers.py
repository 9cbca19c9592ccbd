"""The parts of identifiers: dataset, area and metric of a benchmark; architecture, input and weights of a model."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..core.visual_areas import VISUAL_AREAS
from .discovery import metrics_with_benchmarks

# What the modes of benchmarks of robustness are called: a frozen model is read out, or its network is trained.
ROBUSTNESS_METRICS = ("readout", "training")
ALL_AREAS = "all"
# Scores by these grow with the number of neuroids, whatever the model: areas with other numbers do not compare.
GROWING_WITH_NEUROIDS = ("rsa", "rsa-encoding")
_OF_AREA = re.compile(r"(?P<dataset>.+)-(?P<area>[A-Z][A-Za-z0-9/]*)(?:\.(?P<part>[^-]+))?-(?P<metric>.+)")

_RANDOM = re.compile(r"-random(\.\d+)?$")


@dataclass(frozen=True)
class BenchmarkParts:
    """The parts of a benchmark's identifier ``<dataset>-<area>[.<part>]-<metric>[@<variant>]``.

    Attributes
    ----------
    dataset : str
        The recordings; of a benchmark of robustness, the domains.
    area : str
        `ALL_AREAS` where the identifier names none: averages over areas, and benchmarks of robustness.
    part : str
        A part of the area's neuroids, such as a Cre line; empty for all.
    metric : str
        How responses are compared; one of `ROBUSTNESS_METRICS` for benchmarks of robustness.
    variant : str
        The variant of the stimuli; empty for the stimuli themselves.
    """

    dataset: str
    area: str
    part: str
    metric: str
    variant: str

    @property
    def is_robustness(self) -> bool:
        """Whether it compares with labels of images and not with recordings."""
        return self.metric in ROBUSTNESS_METRICS

    @property
    def is_single_area(self) -> bool:
        """Whether it compares with neuroids of one area, all or a part of them."""
        return not (self.is_robustness or self.area == ALL_AREAS)

    @property
    def is_whole_area(self) -> bool:
        """Whether it compares with all neuroids of one area, on the stimuli that the mice saw."""
        return self.is_single_area and not (self.part or self.variant)


@dataclass(frozen=True)
class ModelParts:
    """What a model's identifier says.

    Attributes
    ----------
    base : str
        The identifier without what `kind` says: the same for a network, with NeuRN and with random weights.
    family : str
        The leading letters of the architecture, such as 'resnet'.
    kind : {'plain', 'NeuRN', 'random'}
        What was done to the network.
    """

    base: str
    family: str
    kind: str


def benchmark_parts(identifier: str) -> BenchmarkParts:
    """Take a benchmark's identifier apart."""
    name, _, variant = identifier.partition("@")
    # The longest: the name of one metric may end in that of another.
    fitting = [known for known in metrics_with_benchmarks() if name.endswith(f"-{known}")]
    metric = max(fitting, key=len, default=name.rpartition("-")[2])
    found = _OF_AREA.fullmatch(name)
    if found is None or metric in ROBUSTNESS_METRICS:
        return BenchmarkParts(name.removesuffix(f"-{metric}"), ALL_AREAS, "", metric, variant)
    return BenchmarkParts(found["dataset"], found["area"], found["part"] or "", found["metric"], variant)


def model_parts(identifier: str) -> ModelParts:
    """Take a model's identifier apart.

    NeuRN is marked by '-neurn' or '+neurn' at the end (or 'neurn-' at the beginning), random weights by '-random' or
    '-random.<seed>'; with both, the kind is 'NeuRN' and the base keeps '-random'.
    """
    base, kind = identifier, "plain"
    if identifier.endswith(("-neurn", "+neurn")):
        base, kind = identifier[: -len("-neurn")], "NeuRN"
    elif identifier.startswith("neurn-"):
        base, kind = identifier.removeprefix("neurn-"), "NeuRN"
    elif found := _RANDOM.search(identifier):
        base, kind = identifier[: found.start()], "random"
    architecture = base.rpartition(":")[2].rpartition("/")[2]
    letters = re.match(r"[A-Za-z]+", architecture)
    return ModelParts(base, letters[0].lower() if letters else architecture, kind)


def benchmark_order(identifier: str) -> tuple[object, ...]:
    """Return a key that sorts benchmarks by dataset, variant, metric, part and area; robustness comes last."""
    parts = benchmark_parts(identifier)
    return (
        parts.is_robustness,
        parts.dataset,
        parts.variant,
        _place(parts.metric, metrics_with_benchmarks()),
        parts.part,
        _place(parts.area, VISUAL_AREAS),
    )


def in_order(identifiers: Iterable[str]) -> list[str]:
    """Sort benchmarks by :func:`benchmark_order`, each once."""
    return sorted(set(identifiers), key=benchmark_order)


def _place(name: str, order: Sequence[str]) -> tuple[int, str]:
    return (order.index(name) if name in order else len(order), name)
