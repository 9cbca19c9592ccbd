"""What the benchmarks of domain generalization have in common: folds, splits, tallies and the score."""

import hashlib
import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from brainscore_core.benchmarks import BenchmarkBase
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ...activations.layered_model import READOUT_REGION
from ...core.errors import DataError, UnknownIdentifierError
from ...core.interfaces import Compared, ModelLike, NeuralModel
from ...domain_generalization.classifiers import Classifier
from ...domain_generalization.domains.domain_sets import load_domain
from ...domain_generalization.domains.stimuli import joined, part_of
from ...domain_generalization.measures import N_CALIBRATION_BINS, chance_corrected
from ...domain_generalization.tallies import DomainTally
from ...metrics.mouse_score import MouseScore
from ..score_identity import score_identity

BENCHMARK_VERSION = 1
N_SEEDS = 5
HELD_OUT_SHARE = 0.2  # DomainBed's

_BIBTEX = """@inproceedings{gulrajani2021domainbed,
  title={In Search of Lost Domain Generalization},
  author={Gulrajani, Ishaan and Lopez-Paz, David},
  booktitle={International Conference on Learning Representations},
  year={2021}
}"""


@dataclass(frozen=True)
class Fold:
    """Which domains a classifier is fitted to, and which it is tested on.

    Attributes
    ----------
    sources, targets : tuple of str
        Names of domains.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]

    @property
    def name(self) -> str:
        """The sources, joined by '+'."""
        return "+".join(self.sources)


@dataclass(frozen=True)
class ProtocolSettings:
    """What a stored score depends on beside model and data.

    Attributes
    ----------
    n_seeds : int
        How many splits of the source domains.
    maximal_n_fitting : int
        Stimuli of each source domain that are given for fitting at most.
    """

    n_seeds: int
    maximal_n_fitting: int

    @property
    def settings(self) -> dict[str, Any]:
        """All settings, as JSON can hold them."""
        return {
            "n_seeds": self.n_seeds,
            "held_out_share": HELD_OUT_SHARE,
            "maximal_n_fitting": self.maximal_n_fitting,
            "n_calibration_bins": N_CALIBRATION_BINS,
        }


class DomainBenchmark(BenchmarkBase):
    """Make a classifier of a model on source domains; test it on domains it never saw.

    Parameters
    ----------
    identifier : str
        The benchmark's name.
    domain_set : str
        Identifier of a set of domains.
    folds : sequence of Fold
        At least one.
    protocol : ProtocolSettings
        How the classifier is made.
    seed : int
        The first of the seeds: of the split of the sources into fitting and held-out stimuli, and of what the
        classifier draws.
    """

    def __init__(self, identifier: str, domain_set: str, folds: Sequence[Fold], protocol: ProtocolSettings, seed: int):
        super().__init__(identifier, ceiling=None, version=self.protocol_version, parent="domain-generalization")
        self.domain_set = domain_set
        self.folds = tuple(folds)
        self.seed = seed
        self.protocol = protocol

    protocol_version = BENCHMARK_VERSION
    compares: Compared = "labels"
    roles = (READOUT_REGION,)
    datasets = ()
    parts = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.identifier!r}, {len(self.folds)} folds, version {self.version})"

    @property
    def bibtex(self) -> str:
        """The citation of the protocol."""
        return _BIBTEX

    @cached_property
    def domains(self) -> dict[str, StimulusSet]:
        """The labelled stimuli of all domains that take part."""
        names = dict.fromkeys(name for fold in self.folds for name in (*fold.sources, *fold.targets))
        loaded = {name: load_domain(self.domain_set, name) for name in names}
        classes = {name: sorted(set(stimuli["image_label"])) for name, stimuli in loaded.items()}
        first = next(iter(names))
        for name in names:
            if classes[name] != classes[first]:
                raise DataError(f"{self.domain_set}: {name} has the classes {classes[name]}, {first} {classes[first]}")
        return loaded

    @property
    def classes(self) -> list[str]:
        """The classes, sorted."""
        return sorted(set(next(iter(self.domains.values()))["image_label"]))

    def load(self) -> Self:
        """Make or read the stimuli of all domains, and check that their classes are the same; return the benchmark."""
        _ = self.domains
        return self

    def content(self) -> dict[str, Any]:
        """Return the hash of all images and labels, the seed and the protocol's settings."""
        identifiers = {name: stimuli.identifier for name, stimuli in self.domains.items()}
        folds = [[fold.sources, fold.targets] for fold in self.folds]
        text = json.dumps([identifiers, folds], sort_keys=True)
        return {
            "data_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "seed": self.seed,
            "metric_settings": self.protocol.settings,
        }

    def shown_stimulus_sets(self) -> list[StimulusSet]:
        """Return the labelled stimuli of each domain."""
        return list(self.domains.values())

    def with_stimulus_variant(self, name: str) -> "DomainBenchmark":
        """Raise UnknownIdentifierError: the domains are what is varied here."""
        raise UnknownIdentifierError(
            f"{self.identifier} has no variant {name!r} of its stimuli: variants exist for benchmarks of recordings."
        )

    @abstractmethod
    def __call__(self, candidate: ModelLike) -> MouseScore:
        """Score a model.

        Returns
        -------
        MouseScore
            Mean accuracy on unseen domains, on the scale on which chance is 0 and perfect 1. There is no ceiling.
            attrs: `raw` (the accuracy), `chance`, `source_accuracy` (held-out stimuli of the sources), `gap` (source
            less unseen) and `gap_error`, `error_over_seeds`, `error_over_stimuli` and `error` (both together),
            `domains` (for each fold and domain `accuracy`, `error`, `ece` and `confusion`), `classes`, and what every
            score has.
        """

    def _score(self, model: NeuralModel, classifier: Classifier, layer: str) -> MouseScore:
        tallies = {fold: self._tested(fold, classifier) for fold in self.folds}
        n_classes = len(self.classes)
        unseen = [tallies[fold][name] for fold in self.folds for name in fold.targets]
        seen = [tallies[fold][name] for fold in self.folds for name in fold.sources]
        accuracy, source_accuracy = _mean_accuracy(unseen), _mean_accuracy(seen)
        over_seeds, over_stimuli = _error_over_seeds(unseen), _error_over_stimuli(unseen)
        error = float(np.hypot(over_seeds, over_stimuli))
        source_error = float(np.hypot(_error_over_seeds(seen), _error_over_stimuli(seen)))
        scale = 1 - 1 / n_classes
        score = MouseScore(chance_corrected(accuracy, n_classes))
        score.attrs.update(
            raw=accuracy,
            chance=1 / n_classes,
            source_accuracy=source_accuracy,
            gap=source_accuracy - accuracy,
            gap_error=float(np.hypot(error, source_error)),
            error=error / scale,
            error_over_seeds=over_seeds / scale,
            error_over_stimuli=over_stimuli / scale,
            error_kind="standard error over splits of the source and over stimuli",
            domains={
                fold.name: {name: tally.summary() for name, tally in tallies[fold].items()} for fold in self.folds
            },
            sources=[list(fold.sources) for fold in self.folds],
            classes=self.classes,
            layer=layer,
            n_stimuli=sum(len(stimuli) for stimuli in self.domains.values()),
            **score_identity(self, model),
        )
        return score

    def _tested(self, fold: Fold, classifier: Classifier) -> Mapping[str, DomainTally]:
        """Fit and test a fold with all seeds."""
        tallies = {name: DomainTally(name, len(self.classes)) for name in (*fold.sources, *fold.targets)}
        for seed in range(self.seed, self.seed + self.protocol.n_seeds):
            fitting, held_out = self._split(fold, seed)
            fitted = set(fitting["stimulus_id"])
            # A stimulus may be in two domains: what was fitted is not tested, wherever it turns up.
            tests = held_out | {name: _without(self.domains[name], fitted) for name in fold.targets}
            predictions = classifier.predictions(fitting, tests, self.classes, seed)
            for name, stimuli in tests.items():
                labels = np.searchsorted(self.classes, stimuli["image_label"].to_numpy())
                tallies[name].add(stimuli["stimulus_id"].tolist(), predictions[name], labels)
        return tallies

    def _split(self, fold: Fold, seed: int) -> tuple[StimulusSet, dict[str, StimulusSet]]:
        """Return the fitting stimuli of all sources together, and the held-out ones of each."""
        fitting, held_out = [], {}
        for number, name in enumerate(fold.sources):
            stimuli = self.domains[name]
            order = np.random.default_rng([seed, number]).permutation(len(stimuli))
            n_held_out = max(1, round(HELD_OUT_SHARE * len(stimuli)))
            fitting.append(part_of(stimuli, np.sort(order[n_held_out:][: self.protocol.maximal_n_fitting])))
            held_out[name] = part_of(stimuli, np.sort(order[:n_held_out]))
        together = joined(f"{self.domain_set}-{fold.name}", fitting)
        fitted = set(together["stimulus_id"])
        return together, {name: _without(stimuli, fitted) for name, stimuli in held_out.items()}


def _without(stimuli: StimulusSet, excluded: set[str]) -> StimulusSet:
    rows = np.flatnonzero(~stimuli["stimulus_id"].isin(excluded).to_numpy())
    if len(rows) == 0:
        raise DataError(f"all stimuli of {stimuli.identifier} are among the fitting stimuli; nothing is left to test")
    return part_of(stimuli, rows)


def _mean_accuracy(tallies: Sequence[DomainTally]) -> float:
    return float(np.mean([tally.accuracy for tally in tallies]))


def _error_over_seeds(tallies: Sequence[DomainTally]) -> float:
    of_seed = np.mean([tally.accuracy_of_seed for tally in tallies], axis=0)
    return float(np.std(of_seed, ddof=1) / np.sqrt(len(of_seed))) if len(of_seed) > 1 else float("nan")


def _error_over_stimuli(tallies: Sequence[DomainTally]) -> float:
    """Compute the standard error of the mean: a domain's stimuli are the same in all folds, those of others are not."""
    variance = 0.0
    for domain in dict.fromkeys(tally.domain for tally in tallies):
        of_domain = [tally.correct_of_stimulus for tally in tallies if tally.domain == domain]
        ids = dict.fromkeys(key for part in of_domain for key in part)  # in order: sums depend on it
        means = [np.mean([part[key] for part in of_domain if key in part]) for key in ids]
        share = len(of_domain) / len(tallies)
        variance += share**2 * np.var(means, ddof=1) / len(means) if len(means) > 1 else 0.0
    return float(np.sqrt(variance))
