"""A benchmark that averages others, such as the six areas of a dataset."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from brainscore_core.benchmarks import BenchmarkBase
from brainscore_core.metrics import Score

from ..metrics.layerwise import LayerwiseMetric
from .neural_benchmark import MouseNeuralBenchmark


class AverageBenchmark(BenchmarkBase):
    """The mean score of several benchmarks of the same dataset, metric and seed.

    Parameters
    ----------
    identifier : str
        The benchmark's name.
    members : sequence of MouseNeuralBenchmark
        At least one.
    """

    def __init__(self, identifier: str, members: Sequence[MouseNeuralBenchmark]):
        super().__init__(identifier, ceiling=None, version=members[0].version, parent="mouse")
        self.members = tuple(members)
        self.seed = members[0].seed

    def with_stimulus_variant(self, name: str) -> "AverageBenchmark":
        """Return the benchmark ``<identifier>@<name>``; see :class:`MouseNeuralBenchmark`."""
        return AverageBenchmark(
            f"{self.identifier}@{name}", [member.with_stimulus_variant(name) for member in self.members]
        )

    @property
    def regions(self) -> tuple[str, ...]:
        """The areas of all members."""
        return tuple(region for member in self.members for region in member.regions)

    @property
    def metric(self) -> LayerwiseMetric:
        """How responses are compared, alike in all members."""
        return self.members[0].metric

    @property
    def bibtex(self) -> str:
        """The citation of the recordings."""
        return self.members[0].bibtex

    @property
    def data_sha256(self) -> str:
        """Hash of all that the scores depend on."""
        return hashlib.sha256("".join(member.data_sha256 for member in self.members).encode()).hexdigest()

    @property
    def ceiling(self) -> Score:
        """The mean ceiling."""
        return Score(float(np.mean([float(member.ceiling) for member in self.members])))

    def __call__(self, candidate: Any) -> Score:
        """Score a model on each member and average.

        Returns
        -------
        Score
            The mean of the ceiled scores. attrs as of the members, averaged where they are numbers; `scores` and
            `layer_by_region` by area. `error` is the mean of the members' standard errors: the members share their
            stimuli, so that this is an upper bound of the mean's standard error.
        """
        scores = {member.region: member(candidate) for member in self.members}
        average = Score(float(np.mean([float(score) for score in scores.values()])))

        def mean_of(name: str) -> float:
            return float(np.mean([score.attrs[name] for score in scores.values()]))

        layer_by_region = {region: score.attrs["layer"] for region, score in scores.items()}
        layers = list(next(iter(scores.values())).attrs["layer_scores"])
        if all(list(score.attrs["layer_scores"]) == layers for score in scores.values()):
            curves = [list(score.attrs["layer_scores"].values()) for score in scores.values()]
            average.attrs["layer_scores"] = dict(zip(layers, np.mean(curves, axis=0).tolist(), strict=True))
        mice = {mouse for member in self.members for mouse in member.assembly["subject"].values.tolist()}
        average.attrs.update(
            raw=mean_of("raw"),
            ceiling=mean_of("ceiling"),
            ceiling_error=mean_of("ceiling_error"),
            error=mean_of("error"),
            error_kind="mean of the areas' standard errors, an upper bound",
            layer=", ".join(f"{region}: {layer}" for region, layer in layer_by_region.items()),
            layer_by_region=layer_by_region,
            scores={region: float(score) for region, score in scores.items()},
            n_neuroids=sum(score.attrs["n_neuroids"] for score in scores.values()),
            n_stimuli=next(iter(scores.values())).attrs["n_stimuli"],
            n_mice=len(mice),
            benchmark_identifier=self.identifier,
            benchmark_version=self.version,
            model_identifier=candidate.identifier,
            data_sha256=self.data_sha256,
            data_origin=self.members[0].assembly.attrs["data_origin"],
            seed=self.seed,
            metric_settings=self.metric.settings,
            citation=self.bibtex,
        )
        return average
