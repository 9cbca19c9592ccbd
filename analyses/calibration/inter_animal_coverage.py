"""How often intervals of the consistency of mice cover, in simulated mice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ...core.errors import UnreliableDataError
from ...data_packaging.simulate_recordings import RecordingDesign, SimulatedRecordings, simulate_recordings
from ...metrics.layerwise import LayerwiseMetric
from ...metrics.mouse_populations import MousePopulations
from ...uncertainty.leave_one_out import Estimate, jackknife

# Of the same two mice with other stimuli, whose intervals are over stimuli only.
_N_BLOCKS = 10
# Noise-free responses take part where a half has two trials, whose variance is zero.
_NOISE_FREE_REPETITIONS = 4


@dataclass(frozen=True)
class _SimulatedArea:
    """What is compared of simulated recordings, as if they were those of an area."""

    trials: np.ndarray
    subjects: np.ndarray
    dataset: str = "simulated"
    area: str = "simulated"
    window_ms: tuple[int, int] = (0, 250)
    shown_stimuli: None = None

    @property
    def groups(self) -> np.ndarray:
        return np.arange(self.trials.shape[1])


def inter_animal_coverage(
    designs: Mapping[str, tuple[RecordingDesign, LayerwiseMetric]], n_datasets: int, n_truths: int = 15, seed: int = 0
) -> pd.DataFrame:
    """Measure how often intervals of the consistency of mice hold its expected value.

    Intervals are over stimuli and mice, and every recording has fresh ones. Of two mice they are over stimuli only:
    there ten recordings in turn have the same two mice and other stimuli.

    Parameters
    ----------
    designs : mapping of str to (RecordingDesign, LayerwiseMetric)
        What to simulate and to compare by, by name.
    n_datasets : int
        Recordings of each.
    n_truths : int
        In how many of them the noise-free responses are compared, too.
    seed : int
        Seed of the recordings.

    Returns
    -------
    pandas.DataFrame
        One row per design and kind of source (`sources`: one other mouse, or all others): `n` (recordings in which no
        mouse was refused), `mean`, `truth` (mean of what is found without noise), `sd` over recordings (with two mice:
        of the same mice), `error_ratio` (root mean square of the stated errors / `sd`), `width` (mean half width of the
        95 % interval / `sd`), and `coverage` and `coverage_error` (of the mean over recordings, with two mice over
        those of the same mice; and its standard error by Agresti and Coull) and `truth_coverage` (of `truth`; NaN with
        two mice).
    """
    rows = []
    for name, (design, metric) in designs.items():
        found: list[tuple[Estimate, Estimate]] = []
        of_mice: list[int] = []
        without_noise: list[np.ndarray] = []
        for number, (recordings, pair) in enumerate(_recordings(design, n_datasets, seed)):
            estimates = _estimates(recordings.trials, recordings.subjects, metric, number)
            if estimates is None:
                continue
            found.append(estimates)
            of_mice.append(pair)
            if number < n_truths:
                noise_free = np.broadcast_to(
                    recordings.noise_free, (_NOISE_FREE_REPETITIONS, *recordings.noise_free.shape)
                )
                exact = _estimates(noise_free, recordings.subjects, metric, number)
                if exact is not None:
                    pairs = zip(exact, estimates, strict=True)
                    without_noise.append(np.array([free.value - noisy.value for free, noisy in pairs]))
        shifts = np.mean(without_noise, axis=0) if without_noise else np.full(2, np.nan)
        for column, sources in enumerate(("one other mouse", "all others")):
            if len(found) > 1:
                row = _row([both[column] for both in found], np.array(of_mice), float(shifts[column]))
                rows.append({"design": name, "metric": metric.identifier, "sources": sources, **row})
    return pd.DataFrame(rows)


def _recordings(design: RecordingDesign, n_datasets: int, seed: int) -> Iterator[tuple[SimulatedRecordings, int]]:
    """Yield recordings, and the number of those that share their mean: all, or with two mice those of the same ones."""
    if design.n_mice > 2:
        for number in range(n_datasets):
            yield simulate_recordings(design, np.random.default_rng([seed, number])), 0
        return
    for pair in range(-(-n_datasets // _N_BLOCKS)):
        long = replace(design, n_stimuli=_N_BLOCKS * design.n_stimuli)
        whole = simulate_recordings(long, np.random.default_rng([seed, pair]))
        for block in range(_N_BLOCKS):
            of_block = slice(block * design.n_stimuli, (block + 1) * design.n_stimuli)
            yield (
                SimulatedRecordings(
                    whole.trials[:, of_block],
                    whole.subjects,
                    whole.noise_free[of_block],
                    whole.latents[of_block],
                    whole.other_latents[of_block],
                ),
                pair,
            )


def _estimates(
    trials: np.ndarray, subjects: np.ndarray, metric: LayerwiseMetric, seed: int
) -> tuple[Estimate, Estimate] | None:
    """Return the consistency with one other mouse and with all others; None if a mouse is refused."""
    try:
        mice = MousePopulations(_SimulatedArea(trials, subjects), metric, seed)
    except UnreliableDataError:
        return None
    if mice.left_out_mice:
        return None
    pairwise, pooled = mice.pairwise(), mice.pooled()
    return jackknife(pairwise, pairwise.over), jackknife(pooled, pooled.over)


def _row(estimates: list[Estimate], of_mice: np.ndarray, shift: float) -> dict[str, float]:
    value, error, low, high = np.array([(one.value, one.error, one.low, one.high) for one in estimates]).T
    frame = pd.DataFrame({"value": value, "of_mice": of_mice}).groupby("of_mice")["value"]
    expected = frame.transform("mean").to_numpy()
    freedom = len(value) - frame.ngroups
    sd = np.sqrt(((value - expected) ** 2).sum() / freedom)
    # The mean over few recordings follows each of them: what misses it by so much would miss a mean over all by more.
    size = frame.transform("size").to_numpy()
    distance = (value - expected) * np.sqrt(size / np.maximum(size - 1, 1))
    covered = np.abs(distance) <= (high - low) / 2
    coverage = float(covered[size > 1].mean())
    single = frame.ngroups == 1
    smoothed = (covered[size > 1].sum() + 2) / ((size > 1).sum() + 4)  # not 0 or 1, where the error would vanish
    truth = value.mean() + shift
    return {
        "n": int((size > 1).sum()),
        "mean": float(value.mean()),
        "truth": float(truth),
        "sd": float(sd),
        "error_ratio": float(np.sqrt((error**2).mean()) / sd),
        "width": float(((high - low) / 2).mean() / sd),
        "coverage": coverage,
        "coverage_error": float(np.sqrt(smoothed * (1 - smoothed) / ((size > 1).sum() + 4))),
        "truth_coverage": float(((low <= truth) & (truth <= high)).mean()) if single and shift == shift else np.nan,
    }
