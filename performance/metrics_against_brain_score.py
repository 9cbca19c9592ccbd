"""Time our metrics and Brain-Score's on the same input, in turn, in one run.

Usage: ``python performance/metrics_against_brain_score.py [N_NEUROIDS] [N_RUNS]``. Prints medians, their ratio and the
difference of the scores. Set the number of BLAS threads by OMP_NUM_THREADS.
"""

import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly, NeuronRecordingAssembly
from brainscore_mouse import load_metric
from brainscore_mouse.metrics.reliability.split_half import half_means, neuroid_reliability
from brainscore_vision.metrics.internal_consistency.ceiling import InternalConsistency
from brainscore_vision.metrics.rdm.metric import RDMMetric
from brainscore_vision.metrics.regression_correlation.metric import (
    CrossRegressedCorrelation,
    pearsonr_correlation,
    pls_regression,
    ridge_regression,
)

N_STIMULI, N_FEATURES, N_REPETITIONS = 118, 4096, 20


def assembly_of(values: np.ndarray) -> NeuroidAssembly:
    """Wrap a stimulus x neuroid matrix as Brain-Score does."""
    coords = {
        "stimulus_id": ("presentation", [f"s{number:03d}" for number in range(len(values))]),
        "position": ("presentation", np.arange(len(values))),
        "neuroid_id": ("neuroid", np.arange(values.shape[1])),
        "layer": ("neuroid", ["x"] * values.shape[1]),
    }
    return NeuroidAssembly(values, coords=coords, dims=["presentation", "neuroid"])


def trials_assembly(trials: np.ndarray) -> NeuronRecordingAssembly:
    """Wrap repetition x stimulus x neuroid trials."""
    n_repetitions, n_stimuli, n_neuroids = trials.shape
    coords = {
        "stimulus_id": ("presentation", np.tile([f"s{number:03d}" for number in range(n_stimuli)], n_repetitions)),
        "repetition": ("presentation", np.repeat(np.arange(n_repetitions), n_stimuli)),
        "neuroid_id": ("neuroid", np.arange(n_neuroids)),
        "region": ("neuroid", ["VISp"] * n_neuroids),
    }
    return NeuronRecordingAssembly(trials.reshape(-1, n_neuroids), coords=coords, dims=["presentation", "neuroid"])


def compare(name: str, ours: Callable[[], float], theirs: Callable[[], float], n_runs: int) -> None:
    """Run both in turn; print the medians of their times, the ratio, and the difference of the results."""
    times: tuple[list[float], list[float]] = ([], [])
    results = [0.0, 0.0]
    for _ in range(n_runs):
        for index, function in enumerate((ours, theirs)):
            start = time.perf_counter()
            results[index] = function()
            times[index].append(time.perf_counter() - start)
    median_ours, median_theirs = (float(np.median(of_one)) for of_one in times)
    print(
        f"{name:12} ours {median_ours:8.3f} s   Brain-Score {median_theirs:8.3f} s   "
        f"ratio {median_theirs / median_ours:6.1f}   difference {abs(results[0] - results[1]):.1e}",
        flush=True,
    )


def main(n_neuroids: int = 500, n_runs: int = 5) -> None:
    """Compare all metrics."""
    warnings.simplefilter("ignore")
    generator = np.random.default_rng(0)
    features = generator.normal(size=(N_STIMULI, N_FEATURES))
    signal = features @ generator.normal(size=(N_FEATURES, n_neuroids)) / np.sqrt(N_FEATURES)
    trials = signal + 2 * generator.normal(size=(N_REPETITIONS, N_STIMULI, n_neuroids))
    source, target = assembly_of(features), assembly_of(trials.mean(axis=0))
    recorded = trials_assembly(trials)
    split = {"crossvalidation_kwargs": {"stratification_coord": None}}
    ridge = CrossRegressedCorrelation(ridge_regression(), pearsonr_correlation(), **split)
    pls = CrossRegressedCorrelation(pls_regression(), pearsonr_correlation(), **split)
    print(f"{N_STIMULI} stimuli, {N_FEATURES} features, {n_neuroids} neuroids, medians of {n_runs} runs")
    rsa = load_metric("rsa", n_bootstraps=2)  # Brain-Score's has no bootstrap
    compare("rsa", lambda: float(rsa(source, target)), lambda: float(RDMMetric()(source, target)), n_runs)
    our_ridge = load_metric("ridge", alpha=1.0, seed=1)  # Brain-Score splits with random state 1
    compare("ridge", lambda: float(our_ridge(source, target)), lambda: float(ridge(source, target)), n_runs)
    our_pls = load_metric("pls", seed=1)
    compare("pls", lambda: float(our_pls(source, target)), lambda: float(pls(source, target)), n_runs)
    compare(
        "reliability",
        lambda: float(np.median(neuroid_reliability(*half_means(trials, 10, np.random.default_rng(0))))),
        lambda: float(InternalConsistency()(recorded)),
        n_runs,
    )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
