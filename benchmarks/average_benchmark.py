"""A benchmark that averages others, such as the six areas of a dataset."""

import hashlib
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from brainscore_core.benchmarks import BenchmarkBase
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..brainscore_bridge.as_neural_model import as_neural_model
from ..core.interfaces import Compared, ModelLike
from ..metrics.mouse_score import MouseScore
from ..models.mouse_models.mouse_model import MouseModel
from ..uncertainty.leave_one_out import LeaveOneOutScores, mean_leave_one_out
from .neural_benchmark import MouseNeuralBenchmark
from .score_errors import score_errors
from .score_identity import score_identity


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
        self.parts = tuple(members)

    def __repr__(self) -> str:
        areas = ", ".join(self.roles)
        return f"{type(self).__name__}({self.identifier!r}, mean of {areas}, version {self.version})"

    def with_stimulus_variant(self, name: str) -> "AverageBenchmark":
        """Return the benchmark ``<identifier>@<name>``; see :class:`MouseNeuralBenchmark`."""
        return AverageBenchmark(
            f"{self.identifier}@{name}", [member.with_stimulus_variant(name) for member in self.parts]
        )

    @property
    def roles(self) -> tuple[str, ...]:
        """The areas of all members."""
        return tuple(member.area for member in self.parts)

    @property
    def compares(self) -> Compared:
        """What the metric needs of a model's layers."""
        return self.parts[0].compares

    @property
    def datasets(self) -> tuple[str, ...]:
        """The packaged recordings of all members."""
        return tuple(dict.fromkeys(dataset for member in self.parts for dataset in member.datasets))

    @property
    def bibtex(self) -> str:
        """The citation of the recordings."""
        return self.parts[0].bibtex

    def load(self) -> Self:
        """Load and verify the recordings of all members; see :meth:`MouseNeuralBenchmark.load`."""
        for member in self.parts:
            member.load()
        return self

    def content(self) -> dict[str, Any]:
        """Return the hash of the data of all members, and the seed and metric's settings that they share."""
        contents = [member.content() for member in self.parts]
        joined = "".join(content["data_sha256"] for content in contents)
        return {**contents[0], "data_sha256": hashlib.sha256(joined.encode()).hexdigest()}

    def shown_stimulus_sets(self) -> list[StimulusSet]:
        """Return what models see, of all members."""
        return [stimuli for member in self.parts for stimuli in member.shown_stimulus_sets()]

    @property
    def ceiling(self) -> MouseScore:
        """The mean ceiling."""
        return MouseScore(float(np.mean([float(member.ceiling) for member in self.parts])))

    def __call__(self, candidate: ModelLike) -> MouseScore:
        """Score a model on each member and average.

        Returns
        -------
        MouseScore
            The mean of the ceiled scores. attrs as of the members, averaged where they are numbers; `scores` and
            `layer_by_region` by area. `error` and `interval` are those of the mean: a stimulus, or a mouse that was
            recorded in several areas, is left out of all of them at once.
        """
        model = as_neural_model(candidate)
        found = {member.area: member.scored(model) for member in self.parts}
        scores = {area: score for area, (score, _) in found.items()}
        left_out = [of_area for _, of_area in found.values() if of_area is not None]
        average = MouseScore(float(np.mean([float(score) for score in scores.values()])))

        def mean_of(name: str) -> float | None:
            values = [score.attrs[name] for score in scores.values()]
            return None if None in values else float(np.mean(values))  # a metric may have no ceiling

        layer_by_region = {region: score.attrs["layer"] for region, score in scores.items()}
        layers = list(next(iter(scores.values())).attrs["layer_scores"])
        if all(list(score.attrs["layer_scores"]) == layers for score in scores.values()):
            curves = [list(score.attrs["layer_scores"].values()) for score in scores.values()]
            average.attrs["layer_scores"] = dict(zip(layers, np.mean(curves, axis=0).tolist(), strict=True))
        mice = {mouse for member in self.parts for mouse in member.recordings.subjects.tolist()}
        if isinstance(model, MouseModel):  # then the scores are on the other mice
            mice -= {model.subject}
            average.attrs["target"] = next(iter(scores.values())).attrs["target"]
        average.attrs.update(
            raw=mean_of("raw"),
            ceiling=mean_of("ceiling"),
            ceiling_error=mean_of("ceiling_error"),
            **_errors_of_mean(left_out, len(found)),
            layer=", ".join(f"{region}: {layer}" for region, layer in layer_by_region.items()),
            layer_by_region=layer_by_region,
            scores={region: float(score) for region, score in scores.items()},
            n_neuroids=sum(score.attrs["n_neuroids"] for score in scores.values()),
            n_stimuli=next(iter(scores.values())).attrs["n_stimuli"],
            n_mice=len(mice),
            data_origin=next(iter(scores.values())).attrs["data_origin"],
            **score_identity(self, model),
        )
        return average


def _errors_of_mean(left_out: Sequence[LeaveOneOutScores], n_members: int) -> dict[str, Any]:
    """Return what is said of the mean's error; an area of a single mouse leaves it over stimuli only."""
    if len(left_out) < n_members:
        return score_errors(None)
    if len({of_area.values.shape[-1] for of_area in left_out}) > 1:
        return score_errors(None, "the areas have different numbers of stimuli")
    if not all(of_area.mice for of_area in left_out):
        left_out = [of_area.with_all_mice() for of_area in left_out]
    return score_errors(mean_leave_one_out(left_out))
