"""Scores of simulated recordings against the truth: bias of the corrections for noise, coverage of the intervals."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import UnreliableDataError
from ...data_packaging.simulate_recordings import (
    RecordingDesign,
    SimulatedRecordings,
    simulate_recordings,
    simulated_features,
)
from ...metrics.feature_gram import FeatureGram
from ...metrics.layer_choice import selection_folds
from ...metrics.layerwise import ChosenLayers
from ...metrics.regression.metric import Regression, Ridge
from ...metrics.rsa.compare_pairs import compare_pairs
from ...metrics.rsa.metric import RSA
from ...metrics.rsa.rdm import pairs_of_rdm, rdm_of_patterns
from ...uncertainty.leave_one_out import jackknife
from ...uncertainty.split_half import half_means, spearman_brown

_N_UNITS = 200


class PerfectReadout(Regression):
    """A readout that predicts the noise-free responses, so that its true score is 1."""

    identifier = "perfect-readout"

    def __init__(self, noise_free: np.ndarray, **options: Any):
        super().__init__(**options)
        self._noise_free = noise_free

    def predictions(
        self, grams: np.ndarray, responses: np.ndarray, tests: np.ndarray, groups: np.ndarray
    ) -> Iterator[np.ndarray]:
        """Return the truth, whatever the layers are."""
        for _ in grams:
            yield self._noise_free[tests]


def bias_table(designs: Mapping[str, RecordingDesign], n_datasets: int, seed: int = 0) -> pd.DataFrame:
    """Measure how far scores are from the truth, on average over simulated recordings.

    Parameters
    ----------
    designs : mapping of str to RecordingDesign
        What to simulate, by name; of one mouse, so that all folds score the same neuroids.
    n_datasets : int
        Recordings of each.
    seed : int
        Seed of the recordings.

    Returns
    -------
    pandas.DataFrame
        One row per design and estimator: `design`, `estimator`, `accepted` (share of the recordings that were not
        refused), `ceiling`, and `bias`, `bias_error` and `sd` of the score. The true scores: of the generator
        (`rsa generator`, `old rsa generator`, `perfect readout`) 1; of a model that mixes the generator with noise
        (`rsa mixture`) and of unrelated features (`rsa null`) the correlation with the noise-free RDM; of unrelated
        features by ridge (`ridge null`) 0.
    """
    rows = []
    for name, design in designs.items():
        found: dict[str, list[tuple[float, float]]] = {}
        for number in range(n_datasets):
            recordings = simulate_recordings(design, np.random.default_rng([seed, number]))
            for estimator, value in _errors_of_scores(recordings, number).items():
                found.setdefault(estimator, []).append(value)
        for estimator, values in found.items():
            errors, ceilings = np.array(values).T
            accepted = ~np.isnan(errors)
            n = int(accepted.sum())
            rows.append(
                {
                    "design": name,
                    "estimator": estimator,
                    "accepted": accepted.mean(),
                    "ceiling": ceilings[accepted].mean() if n else np.nan,
                    "bias": errors[accepted].mean() if n else np.nan,
                    "bias_error": errors[accepted].std(ddof=1) / np.sqrt(n) if n > 1 else np.nan,
                    "sd": errors[accepted].std(ddof=1) if n > 1 else np.nan,
                }
            )
    return pd.DataFrame(rows)


def _errors_of_scores(recordings: SimulatedRecordings, number: int) -> dict[str, tuple[float, float]]:
    """Return score minus truth, and the ceiling, by estimator; NaN where the recordings are refused."""
    trials, subjects, noise_free = recordings.trials, recordings.subjects, recordings.noise_free
    n_stimuli = len(noise_free)
    folds = selection_folds(n_stimuli, subjects, seed=number)
    generator = np.random.default_rng([1, number])
    mixture = noise_free + 0.5 * noise_free.std() * generator.standard_normal(noise_free.shape)
    null = simulated_features(recordings, 0.0, _N_UNITS, np.random.default_rng(2))
    refused = float("nan"), float("nan")
    names = ["rsa generator", "rsa mixture", "rsa null"]
    found: dict[str, tuple[float, float]] = dict.fromkeys([*names, "perfect readout", "ridge null"], refused)
    found["old rsa generator"] = _old_rsa(trials, noise_free, generator)
    try:
        target = RSA().prepare(trials, subjects, folds)
    except UnreliableDataError:
        pass
    else:
        models = (noise_free, mixture, null)
        scores = target.evaluate([FeatureGram.of_features(features) for features in models]).ceiled.mean(axis=0)
        stimuli = [fold.scoring.stimuli for fold in folds]
        truth, *of_models = (
            [pairs_of_rdm(rdm_of_patterns(x[part])) for part in stimuli] for x in (noise_free, *models)
        )
        for name, score, of_model in zip(names, scores, of_models, strict=True):
            true_score = np.mean([compare_pairs(a, b, "spearman") for a, b in zip(of_model, truth, strict=True)])
            found[name] = float(score - true_score), target.ceiling
    for name, metric, features in (
        ("perfect readout", PerfectReadout(noise_free), noise_free),
        ("ridge null", Ridge(), null),
    ):
        try:
            prepared = metric.prepare(trials, subjects, folds)
        except UnreliableDataError:
            continue
        score = prepared.evaluate([FeatureGram.of_features(features)], [0] * len(folds)).ceiled.mean()
        found[name] = float(score) - (name == "perfect readout"), prepared.ceiling
    return found


def _old_rsa(trials: np.ndarray, noise_free: np.ndarray, generator: np.random.Generator) -> tuple[float, float]:
    """Score the generator as versions up to 4 did: RDM of the mean over trials, ceiling by Spearman-Brown."""
    first, second = half_means(trials, 10, generator)
    one, other = (np.stack([pairs_of_rdm(rdm_of_patterns(of_split)) for of_split in half]) for half in (first, second))
    reliability = spearman_brown(float(compare_pairs(one, other, "spearman").mean()))
    if not reliability > 0:
        return float("nan"), float("nan")
    truth, measured = (pairs_of_rdm(rdm_of_patterns(x)) for x in (noise_free, trials.mean(axis=0)))
    ceiling = float(np.sqrt(reliability))
    return float(compare_pairs(truth, measured, "spearman")) / ceiling - 1, ceiling


def coverage_table(designs: Mapping[str, RecordingDesign], n_datasets: int, seed: int = 0) -> pd.DataFrame:
    """Measure how often intervals cover, over fresh stimuli and mice, and how often equal models differ.

    Parameters
    ----------
    designs, n_datasets, seed
        As of :func:`bias_table`.

    Returns
    -------
    pandas.DataFrame
        One row per design, metric and quantity (a model's `score`; the `difference` of two models that are equal in
        distribution, whose true value is 0): `coverage` of the 95 % interval over stimuli and mice, `error_ratio` (root
        mean square of the stated errors / standard deviation over recordings), and `positive` (share of p < 0.05).
        Scores are covered if the interval holds their mean over all recordings.
    """
    rows = []
    for name, design in designs.items():
        found: dict[tuple[str, str], list[tuple[float, float, float, float, float]]] = {}
        for number in range(n_datasets):
            recordings = simulate_recordings(design, np.random.default_rng([seed, number]))
            for key, estimate in _estimates(recordings, number).items():
                found.setdefault(key, []).append(estimate)
        for (metric, quantity), estimates in found.items():
            value, error, low, high, p = np.array(estimates).T
            truth = 0.0 if quantity == "difference" else value.mean()
            rows.append(
                {
                    "design": name,
                    "metric": metric,
                    "quantity": quantity,
                    "n": len(value),
                    "mean": value.mean(),
                    "sd": value.std(ddof=1),
                    "error_ratio": np.sqrt((error**2).mean()) / value.std(ddof=1),
                    "coverage": ((low <= truth) & (truth <= high)).mean(),
                    "positive": (p < 0.05).mean(),
                }
            )
    return pd.DataFrame(rows)


def _estimates(
    recordings: SimulatedRecordings, number: int
) -> dict[tuple[str, str], tuple[float, float, float, float, float]]:
    n_stimuli, subjects = len(recordings.noise_free), recordings.subjects
    folds = selection_folds(n_stimuli, subjects, seed=number)
    models = [
        ChosenLayers([FeatureGram.of_features(features)], [0] * len(folds))
        for features in _equal_models(recordings, number)
    ]
    found = {}
    for metric in (RSA(), Ridge()):
        try:
            target = metric.prepare(recordings.trials, subjects, folds)
        except UnreliableDataError:
            continue
        both = target.left_out(models)
        for quantity, of_quantity in (("score", both.of_model(0)), ("difference", both.of_difference(0, 1))):
            one = jackknife(of_quantity)
            found[metric.identifier, quantity] = one.value, one.error, one.low, one.high, one.p
    return found


def _equal_models(recordings: SimulatedRecordings, number: int) -> Sequence[np.ndarray]:
    """Return features of two models: each sees what the mice see, with noise of its own of the same size."""
    n_stimuli, n_dimensions = recordings.latents.shape
    mixing = np.random.default_rng(3).standard_normal((n_dimensions, _N_UNITS))
    noise = np.random.default_rng([4, number]).standard_normal((2, n_stimuli, _N_UNITS))
    return [1.0 + recordings.latents @ mixing + 0.7 * of_model for of_model in noise]
