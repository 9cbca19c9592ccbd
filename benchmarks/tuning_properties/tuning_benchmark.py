"""The benchmark class behind every ``<dataset of gratings>-<area>-<property of tuning>`` identifier."""

import hashlib
import json
from collections import Counter
from functools import cached_property
from typing import Any, Self

import numpy as np
from brainscore_core.benchmarks import BenchmarkBase
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ...brainscore_bridge.as_neural_model import as_neural_model
from ...core.errors import DataError, ModelOutputError, TooFewNeuroidsError, UnknownIdentifierError
from ...core.files import sha256_of_file
from ...core.interfaces import Compared, ModelLike, NeuralModel
from ...data_packaging.allen.gratings.grating_images import grating_images
from ...data_packaging.allen.gratings.gray_screen import gray_screen
from ...data_packaging.allen.gratings.neuroid_tuning import TUNING_SOURCES, NeuroidTuning, neuroid_tuning
from ...data_packaging.allen.terms import CITATIONS
from ...data_packaging.allen.workspace import Workspace
from ...metrics.mouse_score import MouseScore
from ...metrics.tuning_distribution.metric import TuningDistribution
from ...metrics.tuning_distribution.properties import PROPERTIES, properties_of_responses
from ..score_errors import standard_error_of_partitions
from ..score_identity import score_identity
from .tuning_target import TuningTarget, halves_of_neuroids

TUNING_VERSION = 1
MIN_NEUROIDS = 40
"""With fewer, a half has too few for a distribution."""

MIN_UNITS = 10
"""Of a layer that respond to gratings."""

# How long a grating was shown; only Brain-Score models that have a time course care.
_WINDOW_MS = (0, 250)


class TuningBenchmark(BenchmarkBase):
    """Compare how a property of tuning to static gratings is distributed over a model's units and over neuroids.

    Parameters
    ----------
    dataset : str
        The recordings whose neuroids are described: a key of
        :data:`~brainscore_mouse.data_packaging.allen.gratings.neuroid_tuning.TUNING_SOURCES`.
    area : str
        Such as 'VISp'.
    metric : TuningDistribution
        Which property, and how it is compared.

    Raises
    ------
    UnknownIdentifierError
        If there are no tables of the dataset, or they do not have the property.
    """

    compares: Compared = "grams"  # what confirms a model is that of other benchmarks; units are looked at beside it
    datasets = ()
    parts = ()

    def __init__(self, dataset: str, area: str, metric: TuningDistribution):
        identifier = f"{dataset}-{area}-{metric.identifier}"
        super().__init__(identifier, ceiling=None, version=TUNING_VERSION, parent=f"mouse-{area}")
        self.dataset = dataset
        self.area = area
        self.metric = metric
        self.property = PROPERTIES[metric.identifier]
        if dataset not in TUNING_SOURCES or self.property.column not in TUNING_SOURCES[dataset].columns:
            having = [name for name, each in TUNING_SOURCES.items() if self.property.column in each.columns]
            raise UnknownIdentifierError(
                f"No table has {self.property.column} of the neuroids of {dataset!r}; use one of {', '.join(having)}."
            )
        self.source = TUNING_SOURCES[dataset]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.identifier!r}, {self.metric!r}, version {self.version})"

    @property
    def roles(self) -> tuple[str, ...]:
        """The area, which a model can commit a layer to."""
        return (self.area,)

    @property
    def bibtex(self) -> str:
        """The citation of the recordings."""
        return CITATIONS[self.source.cites]

    @cached_property
    def _table(self) -> NeuroidTuning:
        return neuroid_tuning(self.dataset)

    @cached_property
    def target(self) -> TuningTarget:
        """The tuning of the area's neuroids that the tables describe.

        Raises
        ------
        DataError
            If the tables have no value of the property for any of them.
        TooFewNeuroidsError
            If there are too few neuroids, or all but a few are of one mouse.
        """
        table, source = self._table, self.source
        of_area = table.areas == self.area
        values = table.columns[self.property.column]
        known = of_area & np.isfinite(values)
        where = f"{source.key} from {table.location}"
        if of_area.any() and not known.any():
            raise DataError(
                f"{where} has no {self.property.column} of any of the {int(of_area.sum())} {source.neuroids} in "
                f"{self.area}."
            )
        subjects = table.subjects[known]
        folds = halves_of_neuroids(subjects, self.metric.seed) if known.sum() >= MIN_NEUROIDS else []
        fewest = min((len(half) for fold in folds for half in fold), default=0)
        if fewest < MIN_NEUROIDS // 4:
            raise TooFewNeuroidsError(
                f"{where} has {self.property.column} of {int(known.sum())} {source.neuroids}, of {len(set(subjects))} "
                f"mice, in {self.area}; {self.identifier} needs {MIN_NEUROIDS}, and {MIN_NEUROIDS // 4} in each half "
                "of the mice."
            )
        return TuningTarget(values[known], subjects, folds, self.metric)

    @cached_property
    def stimuli(self) -> StimulusSet:
        """The 120 gratings, in the order of `CONDITIONS`, and last the gray screen."""
        folder = Workspace(self._table.location).gratings
        paths = {**grating_images(folder, on_screen_only=False), "gray_screen": gray_screen(folder)}
        stimuli = StimulusSet({"stimulus_id": list(paths)})
        stimuli.stimulus_paths = {name: str(path) for name, path in paths.items()}
        stimuli.identifier = "static-gratings-and-gray-screen"
        return stimuli

    def load(self) -> Self:
        """Read the tables, after fetching them where that is possible, and draw the gratings; return the benchmark.

        Raises
        ------
        DatasetNotFoundError
            If the tables are not on this machine, and cannot be fetched.
        UnexpectedFormatError
            If one lacks a column, or does not fit the others.
        DataError, TooFewNeuroidsError
            If they have no, or too few, neuroids of the area.
        """
        _ = self.target, self.stimuli
        return self

    def content(self) -> dict[str, Any]:
        """Return the hash of neuroids and images, the seed, and the metric's settings."""
        images = [sha256_of_file(self.stimuli.get_stimulus(name)) for name in self.stimuli["stimulus_id"]]
        neuroids = [self.target.values.tolist(), self.target.subjects.tolist()]
        return {
            "data_sha256": hashlib.sha256(json.dumps([neuroids, images]).encode()).hexdigest(),
            "seed": self.metric.seed,
            "metric_settings": self.metric.settings,
        }

    def shown_stimulus_sets(self) -> list[StimulusSet]:
        """Return what models see."""
        return [self.stimuli]

    def with_stimulus_variant(self, name: str) -> "TuningBenchmark":
        """Raise UnknownIdentifierError: variants are those of recorded stimuli."""
        raise UnknownIdentifierError(
            f"{self.identifier} has no variant {name!r} of its gratings: variants exist for benchmarks of recordings."
        )

    @property
    def ceiling(self) -> MouseScore:
        """What the neuroids themselves reach, as samples of their own distribution; attrs: `error`."""
        ceiling = MouseScore(float(self.target.ceilings.mean()))
        ceiling.attrs["error"] = self.target.ceiling_error
        return ceiling

    def __call__(self, candidate: ModelLike) -> MouseScore:
        """Score a model.

        Returns
        -------
        MouseScore
            Relative to the ceiling. attrs: `raw`, `ceiling` and `ceiling_error`; `error` and `interval` (95 %) by
            bootstrap over what `error_kind` says; `layer`, `layer_by_fold` and `layer_scores`; `distribution` (edges
            of the bins, shares of the neuroids and of the units of `layer`, and the number of units); and what every
            score has.

        Raises
        ------
        ModelOutputError
            If no layer has enough units that respond to gratings.
        """
        model = as_neural_model(candidate)
        layers, n_units = self._layers(model)
        names, shares = list(layers), np.stack(list(layers.values()))
        target = self.target
        chosen = target.chosen(shares)
        if np.isnan(shares).any(axis=1).all():
            raise ModelOutputError(
                f"None of the {len(names)} layers of {model.identifier} has {MIN_UNITS} units that respond to gratings "
                f"more than to a gray screen: there is no score on {self.identifier}."
            )
        raw = target.similarities(shares)
        ceiled = raw / target.ceilings[:, None]
        per_fold = np.arange(len(chosen))
        layer_by_fold = [names[layer] for layer in chosen]
        layer = Counter(layer_by_fold).most_common(1)[0][0]
        value = float(ceiled[per_fold, chosen].mean())
        interval = target.interval(value, shares[chosen])
        score = MouseScore(value)
        score.attrs.update(
            raw=float(raw[per_fold, chosen].mean()),
            ceiling=float(target.ceilings.mean()),
            ceiling_error=target.ceiling_error,
            error=interval.standard_error,
            interval=[interval.low, interval.high],
            error_kind=f"standard error by bootstrap over {target.over}",
            error_partitions=standard_error_of_partitions(ceiled[per_fold, chosen]),
            layer=layer,
            layer_by_fold=layer_by_fold,
            layer_scores=dict(zip(names, ceiled.mean(axis=0).tolist(), strict=True)),
            distribution={
                "edges": list(self.property.edges),
                "unit": self.property.unit,
                "mice": self.property.shares(target.values).tolist(),
                "model": layers[layer].tolist(),
                "n_units": n_units[layer],
            },
            n_neuroids=len(target.values),
            n_mice=len(set(target.subjects)),
            n_stimuli=len(self.stimuli) - 1,
            data_origin=f"{self.source.name} fetched from {self._table.location}",
            **score_identity(self, model),
        )
        return score

    def _layers(self, model: NeuralModel) -> tuple[dict[str, np.ndarray], dict[str, int]]:
        """Return the distribution over each layer's units, NaN where too few respond, and how many do."""
        responses = model.recorded_in(self.area, _WINDOW_MS).layer_units(self.stimuli)
        shares, n_units = {}, {}
        for layer, of_layer in responses.items():
            measured = properties_of_responses(of_layer[:-1] - of_layer[-1], self.source.preference)
            values = measured[self.metric.identifier]
            values = values[np.isfinite(values)]
            n_units[layer] = len(values)
            shares[layer] = (
                self.property.shares(values) if len(values) >= MIN_UNITS else np.full(self.property.n_bins, np.nan)
            )
        return shares, n_units
