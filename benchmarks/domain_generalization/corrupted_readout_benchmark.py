"""The benchmark class behind ``dg-corrupted-minidigits-readout`` and every ``dg-...-corrupted-readout``."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ...core.interfaces import NeuralModel
from ...domain_generalization.classifiers import Readout
from ...domain_generalization.corruptions.corrupt import CORRUPTIONS_VERSION, KINDS, SEVERITIES
from ...domain_generalization.corruptions.corrupted_sets import UNCORRUPTED, Corruption, corrupted_sets
from ...domain_generalization.corruptions.corruption_tally import CorruptionTally
from ...domain_generalization.corruptions.error_rates import ErrorRates
from ...domain_generalization.domains.stimuli import joined, part_of
from ...domain_generalization.measures import chance_corrected
from ...metrics.mouse_score import MouseScore
from ...models.loading import load_model
from ...scoring.score_model import score_model, stored_as
from ..score_identity import score_identity
from .domain_benchmark import Fold
from .readout_benchmark import ReadoutBenchmark, ReadoutSettings

BASELINE = "pixels"
IMAGE_SIZE = 224  # px, for which the strengths were published
N_TESTED = 48

# Weights of corruptions in means of hits.
_NONE = {Corruption(UNCORRUPTED, 0): 1.0}
_OF_KIND = {kind: {Corruption(kind, severity): 1 / len(SEVERITIES) for severity in SEVERITIES} for kind in KINDS}
_ALL = {corruption: weight / len(KINDS) for weights in _OF_KIND.values() for corruption, weight in weights.items()}
# A kind harms the baseline if it adds more than this many standard errors to its errors.
_MEASURABLE = 2
_ROUNDING = 1e-9

_BIBTEX = """@inproceedings{hendrycks2019robustness,
  title={Benchmarking Neural Network Robustness to Common Corruptions and Perturbations},
  author={Hendrycks, Dan and Dietterich, Thomas},
  booktitle={International Conference on Learning Representations},
  year={2019}
}"""


@dataclass(frozen=True)
class CorruptionSettings(ReadoutSettings):
    """See `ReadoutSettings`.

    Attributes
    ----------
    image_size : int
        Side length in pixels at which images are corrupted.
    n_tested : int
        Held-out stimuli of all sources that are tested in each split, each in every kind and severity.
    baseline : str
        Identifier of the model that corruption errors are relative to.
    """

    image_size: int = IMAGE_SIZE
    n_tested: int = N_TESTED
    baseline: str = BASELINE

    @property
    def settings(self) -> dict[str, Any]:
        """All settings, as JSON can hold them."""
        return super().settings | {
            "corruptions_version": CORRUPTIONS_VERSION,
            "image_size": self.image_size,
            "n_tested": self.n_tested,
            "baseline": self.baseline,
        }


class CorruptedReadoutBenchmark(ReadoutBenchmark):
    """Fit a linear readout of a frozen model on images as they are; test it on others, corrupted as in ImageNet-C.

    Everything is as in `ReadoutBenchmark`, but what is tested are held-out stimuli of the sources themselves, in 15
    kinds of corruption and 5 severities. The baseline is scored as any other model is, by `score_model`, when it is
    first needed.

    Parameters
    ----------
    identifier : str
        The benchmark's name.
    domain_set : str
        Identifier of a set of domains.
    sources : sequence of str
        Domains that the readout is fitted to, all together.
    settings : CorruptionSettings
        Numbers, size of the images, and baseline.
    seed : int
        Of the first split of the sources, and of what is random in corruptions.
    """

    protocol: CorruptionSettings
    protocol_version = 1

    def __init__(
        self, identifier: str, domain_set: str, sources: Sequence[str], settings: CorruptionSettings, seed: int = 0
    ):
        super().__init__(identifier, domain_set, [Fold(tuple(sources), ())], seed)
        self.protocol = settings

    @property
    def bibtex(self) -> str:
        """The citation of the corruptions."""
        return _BIBTEX

    def content(self) -> dict[str, Any]:
        """Return the hash of all images and labels, the seed, the settings and what the baseline's errors depend on."""
        return super().content() | {"baseline_content": self._baseline.content(self.roles)}

    @cached_property
    def _baseline(self) -> NeuralModel:
        return load_model(self.protocol.baseline)

    def _score_of_readout(self, model: NeuralModel, readout: Readout, layer: str) -> MouseScore:
        """Score a model.

        Returns
        -------
        MouseScore
            Mean accuracy on corrupted stimuli, on the scale on which chance is 0 and perfect 1. attrs: see
            `DomainBenchmark`, where the source accuracy is that on the same stimuli uncorrupted, and `domains` are
            kinds; `accuracies` (of each kind, by severity), `corruption_errors` (of each kind, relative to the
            baseline), `mce` (their mean) with `mce_error` (the baseline's errors taken as they are),
            `relative_corruption_errors` and `relative_mce` (what corruption adds to the errors, of kinds that harm the
            baseline), and the `baseline`'s name and error rates. NaN where the baseline makes no errors.
        """
        tally = self._tested_corruptions(readout)
        rates = _error_rates(tally)
        baseline = rates if self._is_baseline(model) else self._baseline_rates()
        score = MouseScore(chance_corrected(tally.mean(_ALL), len(self.classes)))
        score.attrs.update(
            **self._accuracy_attributes(tally),
            **_corruption_errors(tally, rates, baseline),
            baseline={
                "model_identifier": self.protocol.baseline,
                "uncorrupted_error": baseline.uncorrupted,
                "errors": dict(baseline.corrupted),
                "harmful_kinds": list(baseline.harmful),
            },
            sources=[list(self.folds[0].sources)],
            classes=self.classes,
            layer=layer,
            n_stimuli=tally.n_stimuli,
            **score_identity(self, model),
        )
        return score

    def _accuracy_attributes(self, tally: CorruptionTally) -> dict[str, Any]:
        chance = 1 / len(self.classes)
        conditions = {UNCORRUPTED: _NONE, **_OF_KIND}
        return {
            "raw": tally.mean(_ALL),
            "chance": chance,
            "source_accuracy": tally.mean(_NONE),
            "gap": tally.mean(_NONE) - tally.mean(_ALL),
            "gap_error": tally.error(_NONE | {corruption: -weight for corruption, weight in _ALL.items()}),
            "error": tally.error(_ALL) / (1 - chance),
            "error_over_seeds": tally.error_over_seeds(_ALL) / (1 - chance),
            "error_over_stimuli": tally.error_over_stimuli(_ALL) / (1 - chance),
            "error_kind": "standard error over splits of the source, each with other tested stimuli, or over stimuli: "
            "the larger",
            "accuracies": {kind: [tally.mean({corruption: 1}) for corruption in _OF_KIND[kind]] for kind in KINDS},
            "domains": {
                self.folds[0].name: {
                    name: {"accuracy": tally.mean(weights), "error": tally.error(weights)}
                    for name, weights in conditions.items()
                }
            },
        }

    def _tested_corruptions(self, readout: Readout) -> CorruptionTally:
        """Fit and test with all seeds."""
        tally = CorruptionTally()
        for seed in range(self.seed, self.seed + self.protocol.n_seeds):
            fitting, held_out = self._split(self.folds[0], seed)
            tested = self._tested_part(held_out, seed)
            labels = np.searchsorted(self.classes, tested["image_label"].to_numpy())
            readout.fit(fitting)
            with closing(corrupted_sets(tested, self.protocol.image_size, self.seed)) as sets:
                hits = {
                    corruption: readout.probabilities(stimuli, self.classes).argmax(axis=1) == labels
                    for corruption, stimuli in sets
                }
            tally.add(tested["stimulus_id"].tolist(), hits)
        return tally

    def _tested_part(self, held_out: Mapping[str, StimulusSet], seed: int) -> StimulusSet:
        """Draw as many of each source."""
        parts = []
        for number, stimuli in enumerate(held_out.values()):
            order = np.random.default_rng([seed, number, 1]).permutation(len(stimuli))
            parts.append(part_of(stimuli, np.sort(order[: max(1, self.protocol.n_tested // len(held_out))])))
        return joined(f"{self.domain_set}-tested", parts)

    def _is_baseline(self, model: NeuralModel) -> bool:
        own, of_baseline = stored_as(model, self), stored_as(self._baseline, self)
        if own is None or of_baseline is None or own.key != of_baseline.key:
            return False
        return own.behaviour.agrees_with(of_baseline.behaviour)

    def _baseline_rates(self) -> ErrorRates:
        baseline = score_model(self.protocol.baseline, self).attrs[
            "baseline"
        ]  # of the baseline's own score: its own errors
        return ErrorRates(baseline["uncorrupted_error"], baseline["errors"], baseline["harmful_kinds"])


def _error_rates(tally: CorruptionTally) -> ErrorRates:
    harmful = []
    for kind, weights in _OF_KIND.items():
        increase = _NONE | {corruption: -weight for corruption, weight in weights.items()}
        if tally.mean(increase) > max(_MEASURABLE * tally.error(increase), _ROUNDING):
            harmful.append(kind)
    corrupted = {kind: [1 - tally.mean({corruption: 1}) for corruption in _OF_KIND[kind]] for kind in KINDS}
    return ErrorRates(1 - tally.mean(_NONE), corrupted, harmful)


def _corruption_errors(tally: CorruptionTally, rates: ErrorRates, baseline: ErrorRates) -> dict[str, Any]:
    errors, increases = rates.relative_to(baseline), rates.increase_relative_to(baseline)
    n_errors = {kind: sum(baseline.corrupted[kind]) for kind in KINDS}
    in_mean = {
        corruption: 1 / (len(KINDS) * n_errors[corruption.kind]) if n_errors[corruption.kind] else np.nan
        for corruption in _ALL
    }
    return {
        "corruption_errors": errors,
        "mce": float(np.mean(list(errors.values()))),
        "mce_error": tally.error(in_mean),
        "relative_corruption_errors": increases,
        "relative_mce": float(np.mean(list(increases.values()))) if increases else float("nan"),
    }
