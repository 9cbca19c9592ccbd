"""How often recordings of a given size tell two models apart, by simulation."""

from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from ..core.errors import InvalidParameterError, UnreliableDataError
from ..data_packaging.simulate_recordings import RecordingDesign, simulate_recordings, simulated_features
from ..metrics.feature_gram import FeatureGram
from ..metrics.layer_choice import selection_folds
from ..metrics.layerwise import ChosenLayers, LayerwiseMetric, LeftOutTarget
from ..uncertainty.leave_one_out import Over, check_over, jackknife

_N_UNITS = 200
_LEVEL = 0.05


@dataclass(frozen=True)
class Power:
    """What was found in simulated recordings.

    Attributes
    ----------
    power : float
        Share of the recordings in which the two models differ with p < 0.05 and the truly better one is ahead.
    power_error : float
        Standard error of `power` (binomial).
    first, second, difference, difference_sd : float
        Mean scores of the models, the mean difference, and its standard deviation over recordings.
    ceiling : float
        Mean ceiling.
    n_recordings, n_refused : int
        Recordings simulated, and those of them that the metric refused as too noisy; they count as no difference found.
    """

    power: float
    power_error: float
    first: float
    second: float
    difference: float
    difference_sd: float
    ceiling: float
    n_recordings: int
    n_refused: int


def simulated_power(
    design: RecordingDesign,
    metric: LayerwiseMetric,
    similarities: tuple[float, float],
    n_recordings: int = 50,
    over: Over = "both",
    seed: int = 0,
) -> Power:
    """Simulate experiments and compare two models of known similarity to the mice in each, as `compare` does.

    Stimuli, mice, neuroids and noise are fresh in each recording.

    Parameters
    ----------
    design : RecordingDesign
        What is recorded, and how noisy it is.
    metric : LayerwiseMetric
        Such as ``load_metric("rsa")``.
    similarities : tuple of float
        Of the two models: the share of their features' variance that depends on what the mice depend on, from 0 to 1.
    n_recordings : int
        How many experiments to simulate.
    over : {'both', 'stimuli', 'mice'}
        What the difference is to be generalized to.
    seed : int
        Seed of everything.

    Raises
    ------
    InvalidParameterError
        If a similarity is not between 0 and 1, there are fewer than two recordings, or the metric has no errors.
    UnreliableDataError
        If the metric refuses all recordings.
    """
    check_over(over)
    if n_recordings < 2:
        raise InvalidParameterError(f"n_recordings is {n_recordings}; it must be at least 2.")
    if not all(0 <= similarity <= 1 for similarity in similarities):
        raise InvalidParameterError(f"similarities are {similarities}; they must be between 0 and 1.")
    scores, ceilings, found, refusal = [], [], 0, None
    for number in tqdm(range(n_recordings), desc="recordings", unit="recording"):
        recordings = simulate_recordings(design, np.random.default_rng([seed, number]))
        folds = selection_folds(design.n_stimuli, recordings.subjects, seed=number)
        try:
            target = metric.prepare(recordings.trials, recordings.subjects, folds)
        except UnreliableDataError as error:
            refusal = error
            continue
        if not isinstance(target, LeftOutTarget):
            raise InvalidParameterError(f"The metric {metric.identifier!r} has no errors; use rsa or ridge.")
        models = []
        for model, similarity in enumerate(similarities):
            weights = np.random.default_rng([seed, number, model])
            gram = FeatureGram.of_features(simulated_features(recordings, similarity, _N_UNITS, weights))
            models.append(ChosenLayers([gram], [0] * len(folds)))
        left_out = target.left_out(models)
        difference = jackknife(left_out.of_difference(0, 1), over)
        truly_ahead = np.sign(similarities[0] - similarities[1])
        found += bool(difference.p < _LEVEL and np.sign(difference.value) * truly_ahead >= 0)
        scores.append(left_out.values[:, 0, 0])
        ceilings.append(target.ceiling)
    if refusal is not None and not scores:
        raise UnreliableDataError(f"All {n_recordings} simulated recordings are too noisy. Of the last one: {refusal}")
    first, second = np.array(scores).T
    power = found / n_recordings
    return Power(
        power=power,
        power_error=float(np.sqrt(power * (1 - power) / n_recordings)),
        first=float(first.mean()),
        second=float(second.mean()),
        difference=float((first - second).mean()),
        difference_sd=float((first - second).std(ddof=1)) if len(first) > 1 else float("nan"),
        ceiling=float(np.mean(ceilings)),
        n_recordings=n_recordings,
        n_refused=n_recordings - len(scores),
    )
