"""Recordings of mice that were never alive, with any number of everything and the truth beside them.

`simulated_mouse` is one fixed dataset of images. This is a family of them, without images: for calibrating estimators,
for planning experiments (how many mice, stimuli, repetitions), and for tests.

The signal is linear-nonlinear: latent variables of the stimuli, whose variances fall as a power law (Stringer et al.
2019, https://doi.org/10.1038/s41586-019-1346-5), are mixed by each neuroid and, if asked for, passed through an
exponential, which makes responses sparse. Noise has a private part, a part that a mouse's neuroids share in a trial, a
gain that they share (Goris et al. 2014, https://doi.org/10.1038/nn.3711) and a drift over repetitions.
"""

from dataclasses import dataclass

import numpy as np

from ..core.errors import InvalidParameterError


@dataclass(frozen=True)
class RecordingDesign:
    """What is recorded, and how noisy it is.

    Attributes
    ----------
    n_stimuli, n_mice, n_repetitions : int
        Sizes. Every mouse sees every stimulus in every repetition.
    n_neuroids : int
        Of each mouse.
    n_dimensions : int
        Latent variables of the stimuli.
    spectrum : float
        Variance of latent variable k is proportional to ``k ** -spectrum``.
    sparseness : float
        0: responses are linear in the latent variables. Above: exponential, the larger the sparser; about 1 is typical.
    modulation : float
        Standard deviation of a neuroid's responses over stimuli, relative to its mean rate; about 0.4 in the
        Neuropixels recordings of natural scenes.
    rate_spread : float
        Standard deviation over neuroids of the logarithm of the mean rate; about 0.9 in the same recordings.
    mouse_spread : float
        How differently mice weight the latent variables: standard deviation of the weights' logarithms.
    reliability : float
        Of a neuroid's mean over all repetitions, as its private noise alone would make it: the median over neuroids.
    reliability_spread : float
        Standard deviation over neuroids of the logit of the reliability.
    shared_noise : float
        Share (0 to 1) of the noise variance that all neuroids of a mouse have in common in a trial.
    gain_sd : float
        Standard deviation of the gain (mean 1) that multiplies a mouse's responses in a trial.
    drift_sd : float
        Standard deviation over repetitions of a slow change of each neuroid, in standard deviations of its signal.
    rate_noise : float
        0: noise does not depend on the response. 1: its variance is proportional to it, as of spike counts.
    """

    n_stimuli: int = 118
    n_mice: int = 6
    n_neuroids: int = 40
    n_repetitions: int = 20
    n_dimensions: int = 30
    spectrum: float = 1.0
    sparseness: float = 0.0
    modulation: float = 0.4
    rate_spread: float = 0.9
    mouse_spread: float = 0.5
    reliability: float = 0.7
    reliability_spread: float = 0.8
    shared_noise: float = 0.0
    gain_sd: float = 0.0
    drift_sd: float = 0.0
    rate_noise: float = 0.0

    def __post_init__(self):
        smallest = {"n_stimuli": 2, "n_mice": 1, "n_neuroids": 1, "n_repetitions": 1, "n_dimensions": 1}
        for name, least in smallest.items():
            if getattr(self, name) < least:
                raise InvalidParameterError(f"{name} is {getattr(self, name)}; it must be at least {least}.")
        if not 0 < self.reliability < 1:
            raise InvalidParameterError(f"reliability is {self.reliability}; it must be between 0 and 1.")
        for name in ("shared_noise", "rate_noise"):
            if not 0 <= getattr(self, name) <= 1:
                raise InvalidParameterError(f"{name} is {getattr(self, name)}; it must be from 0 to 1.")
        if not self.modulation > 0:
            raise InvalidParameterError(f"modulation is {self.modulation}; it must be positive.")


@dataclass(frozen=True)
class SimulatedRecordings:
    """Trials and the truth behind them.

    Attributes
    ----------
    trials : array of shape (n_repetitions, n_stimuli, n_neuroids)
        Neuroids of all mice, one mouse after the other.
    subjects : array of str, shape (n_neuroids,)
        Which mouse each neuroid is from.
    noise_free : array of shape (n_stimuli, n_neuroids)
        The mean over infinitely many repetitions.
    latents : array of shape (n_stimuli, n_dimensions)
        The variables that the responses depend on.
    other_latents : array of shape (n_stimuli, n_dimensions)
        Variables of the same spectrum that no neuroid depends on.
    """

    trials: np.ndarray
    subjects: np.ndarray
    noise_free: np.ndarray
    latents: np.ndarray
    other_latents: np.ndarray


def simulate_recordings(design: RecordingDesign, generator: np.random.Generator) -> SimulatedRecordings:
    """Simulate mice that look at stimuli.

    Parameters
    ----------
    design : RecordingDesign
        Sizes, signal and noise.
    generator : numpy.random.Generator
        Source of stimuli, mice and noise.
    """
    d = design
    deviations = np.arange(1, d.n_dimensions + 1) ** (-d.spectrum / 2)
    deviations /= np.sqrt((deviations**2).sum())
    latents = generator.standard_normal((d.n_stimuli, d.n_dimensions)) * deviations
    other_latents = generator.standard_normal((d.n_stimuli, d.n_dimensions)) * deviations
    of_mice = [_simulated_mouse(d, latents, deviations, generator) for _ in range(d.n_mice)]
    return SimulatedRecordings(
        trials=np.concatenate([trials for trials, _ in of_mice], axis=2),
        subjects=np.repeat([f"mouse-{number + 1}" for number in range(d.n_mice)], d.n_neuroids),
        noise_free=np.concatenate([noise_free for _, noise_free in of_mice], axis=1),
        latents=latents,
        other_latents=other_latents,
    )


def _simulated_mouse(
    d: RecordingDesign, latents: np.ndarray, deviations: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    emphasis = np.exp(d.mouse_spread * generator.standard_normal(d.n_dimensions))
    weights = emphasis[:, None] * generator.standard_normal((d.n_dimensions, d.n_neuroids))
    drive_sd = np.sqrt(((weights * deviations[:, None]) ** 2).sum(axis=0))
    tuning = latents @ (weights / drive_sd)  # mean 0 and variance 1 over all possible stimuli
    if d.sparseness > 0:  # a log-normal variable, standardized
        variance = d.sparseness**2
        tuning = (np.exp(d.sparseness * tuning - variance / 2) - 1) / np.sqrt(np.expm1(variance))
    rates = np.exp(d.rate_spread * generator.standard_normal(d.n_neuroids))
    signal = rates * (1 + d.modulation * tuning)
    logit = np.log(d.reliability / (1 - d.reliability)) + d.reliability_spread * generator.standard_normal(d.n_neuroids)
    # reliability = signal variance / (signal variance + noise variance / n_repetitions)
    signal_sd = d.modulation * rates
    noise_sd = signal_sd * np.sqrt(d.n_repetitions * np.exp(-logit))
    private = generator.standard_normal((d.n_repetitions, *signal.shape))
    shared = generator.standard_normal((d.n_repetitions, d.n_stimuli, 1))
    noise = np.sqrt(1 - d.shared_noise) * private + np.sqrt(d.shared_noise) * shared
    if d.rate_noise > 0:
        noise = noise * np.sqrt(1 - d.rate_noise + d.rate_noise * np.maximum(signal, 0) / rates)
    gain = 1 + d.gain_sd * generator.standard_normal((d.n_repetitions, d.n_stimuli, 1))
    course = np.linspace(-1, 1, d.n_repetitions) * np.sqrt(3)
    drift = d.drift_sd * signal_sd * generator.standard_normal(d.n_neuroids) * course[:, None, None]
    return gain * signal + noise_sd * noise + drift, signal


def simulated_features(
    recordings: SimulatedRecordings, similarity: float, n_units: int, generator: np.random.Generator
) -> np.ndarray:
    """Return features of a model that shares a part of its variance with the mice.

    Parameters
    ----------
    recordings : SimulatedRecordings
        What the stimuli are.
    similarity : float
        Share of the features' variance that depends on what the mice depend on: 1, the same latent variables in other
        mixtures; 0, nothing that any neuroid responds to.
    n_units : int
        Units of the model.
    generator : numpy.random.Generator
        Source of the units' weights. The same numbers make the same model of other stimuli.

    Returns
    -------
    array of shape (n_stimuli, n_units)
    """
    shape = (recordings.latents.shape[1], n_units)
    shared, other = generator.standard_normal(shape), generator.standard_normal(shape)
    return (
        1.0  # as of the neuroids: responses do not average to zero
        + np.sqrt(similarity) * recordings.latents @ shared
        + np.sqrt(1 - similarity) * recordings.other_latents @ other
    )
