"""Ridge, 118 stimuli x 4096 features -> 2000 neuroids, ten 90/10 splits.

With a fixed penalty against Brain-Score's registered `ridge`; with the best of ten penalties per neuroid against
himalaya's KernelRidgeCV (five inner folds, where ours leaves one out exactly), in the fastest of four settings.

Usage: ``OMP_NUM_THREADS=1 python performance/ridge_against_brain_score_and_himalaya.py`` (``pip install himalaya``)
"""

import warnings
from functools import partial
from typing import Any

import numpy as np
from brainscore_mouse import load_metric
from brainscore_mouse.metrics.regression.cross_validation import training_stimuli
from brainscore_mouse.metrics.regression.ridge import held_out_ridge, ridge_alphas
from brainscore_mouse.uncertainty.correlation import pearson
from brainscore_vision import load_metric as load_brain_score_metric
from himalaya.backend import set_backend
from himalaya.kernel_ridge import KernelRidgeCV
from made_up_recordings import assembly_of, features_and_responses
from side_by_side import compare, print_machine, run_once, times_limit
from sklearn.model_selection import ShuffleSplit


def median_over_neuroids(predictions: np.ndarray, measured: np.ndarray) -> float:
    """Return the median correlation per split, averaged over splits."""
    return float(np.median(pearson(predictions, measured, axis=1), axis=1).mean())


def with_himalaya(
    features: np.ndarray, responses: np.ndarray, tests: np.ndarray, alphas: np.ndarray, backend: str, kernel: str
) -> float:
    """Cross-validate KernelRidgeCV on centred data (it has no intercept for given kernels)."""
    set_backend(backend)
    predictions = []
    for train, test in zip(training_stimuli(len(features), tests), tests, strict=True):
        x, y = features - features[train].mean(axis=0), responses - responses[train].mean(axis=0)
        model = KernelRidgeCV(alphas=alphas, cv=5, kernel=kernel)
        if kernel == "precomputed":
            fitted, shown = x[train] @ x[train].T, x[test] @ x[train].T
        else:
            fitted, shown = x[train], x[test]
        predictions.append(np.asarray(model.fit(fitted, y[train]).predict(shown)))
    return median_over_neuroids(np.stack(predictions), responses[tests])


def with_ours(features: np.ndarray, responses: np.ndarray, tests: np.ndarray, alphas: np.ndarray) -> float:
    """Cross-validate with exact leave-one-out."""
    centred = features - features.mean(axis=0)
    predictions, _ = held_out_ridge(centred @ centred.T, responses, tests, alphas)
    return median_over_neuroids(predictions, responses[tests])


def main() -> None:
    """Compare."""
    warnings.simplefilter("ignore")
    print_machine()
    features, responses = features_and_responses()
    source, target = assembly_of(features), assembly_of(responses)
    theirs: Any = load_brain_score_metric("ridge", crossvalidation_kwargs={"stratification_coord": None})
    ours = load_metric("ridge", alpha=1.0, seed=1)  # Brain-Score splits with random state 1
    compare(
        "Ridge, alpha = 1, on assemblies",
        lambda: float(ours(source, target)),
        lambda: float(theirs(source, target)),
        "Brain-Score `ridge`",
    )
    tests = np.stack([test for _, test in ShuffleSplit(10, test_size=0.1, random_state=1).split(features)])
    alphas = ridge_alphas(features @ features.T)
    settings = {
        (backend, kernel): partial(with_himalaya, features, responses, tests, alphas, backend, kernel)
        for backend in ("numpy", "torch")
        for kernel in ("linear", "precomputed")
    }
    timed = {setting: min(run_once(run).cpu_seconds for _ in range(3)) for setting, run in settings.items()}
    print("himalaya's settings:", {" ".join(setting): round(seconds, 3) for setting, seconds in timed.items()})
    best = min(timed, key=timed.__getitem__)
    (n_stimuli, n_features), n_neuroids, (n_splits, n_test) = features.shape, responses.shape[1], tests.shape
    n_train = n_stimuli - n_test
    # The Gram matrix, a product per penalty, and few rows per split.
    per_penalty = n_stimuli**2 + n_splits * (n_test + 1) * n_stimuli
    seconds = compare(
        "Ridge, the best of ten penalties per neuroid, on arrays",
        partial(with_ours, features, responses, tests, alphas),
        settings[best],
        f"himalaya KernelRidgeCV ({' '.join(best)})",
        2e-9 * (n_stimuli**2 * n_features + len(alphas) * per_penalty * n_neuroids),
        n_runs=9,
    )
    print("  a product of residuals per split and penalty, as the peers need:")
    times_limit(seconds, 2e-9 * n_splits * len(alphas) * n_train**2 * n_neuroids)


if __name__ == "__main__":
    main()
