"""PLS of one area, 17 layers and 300 neuroids, by this checkout and by an older commit, in turn, in one run.

Usage: ``python performance/pls_against_commit.py OLD_CHECKOUT [--runs N] [--threads N]``

OLD_CHECKOUT is a checkout of the older commit (``git worktree add OLD_CHECKOUT COMMIT``), of the same estimators
(benchmark version 6). Each run has a process of its own; its imports and the preparation of the recordings are not
counted. This checkout is measured with numba (the first call loads the compiled code, or compiles it) and without.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from own_process import THIS_CHECKOUT, commit_of, run_python
from report import Side, report

SIDES = ("new", "new without numba", "old")


def measure(has_numba: bool, n_threads: int) -> dict[str, Any]:
    """Choose among made-up layers and score; processor and clock seconds, and the results."""
    from brainscore_mouse import load_metric
    from brainscore_mouse.metrics.feature_gram import FeatureGram
    from brainscore_mouse.metrics.layer_choice import choose_layers, selection_folds
    from brainscore_mouse.metrics.layerwise import ChosenLayers

    if not has_numba:
        from brainscore_mouse.metrics.regression.pls import held_out_pls

        held_out_pls._HAS_NUMBA = False
    torch.set_num_threads(n_threads)
    generator = np.random.default_rng(0)
    # Squared singular values fall with their number, as in networks.
    latent = generator.normal(size=(118, 400)) * np.arange(1, 401.0) ** -0.5
    signal = latent @ generator.normal(size=(400, 300))
    trials = signal + 5 * signal.std() * generator.normal(size=(50, 118, 300))
    subjects = np.repeat([f"mouse {number}" for number in range(6)], 50)
    layers = []
    for depth in range(17):
        mixed = latent @ generator.normal(size=(400, 400)) / 20
        layers.append(FeatureGram.of_features(mixed + depth / 8 * generator.normal(size=mixed.shape)))
    folds = selection_folds(118, subjects, seed=0)
    target = load_metric("pls").prepare(trials, subjects, folds)
    found: dict[str, Any] = {}
    for call in ("first", "second"):
        target._kept = {}
        clock, processor = time.perf_counter(), time.process_time()
        chosen = choose_layers(target, layers, len(folds))
        chosen_at = time.process_time()
        evaluation = target.evaluate(layers, chosen)
        target.left_out([ChosenLayers(layers, chosen)])
        found[call] = (time.process_time() - processor, time.perf_counter() - clock)
    found["choice"] = (chosen_at - processor, np.nan)
    found["layers"] = [int(layer) for layer in chosen]
    found["score"] = float(evaluation.ceiled[np.arange(len(folds)), chosen].mean())
    return found


def run_once(side: str, old_checkout: Path, n_threads: int) -> dict[str, Any]:
    """Measure one side in a process of its own."""
    checkout = old_checkout if side == "old" else THIS_CHECKOUT
    return run_python(
        __file__, "--once", side, str(n_threads), checkout=checkout, OMP_NUM_THREADS=str(n_threads)
    ).answer


def main() -> None:
    """Run all in turn and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old_checkout", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    runs: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
    for _ in range(arguments.runs):
        for side in SIDES:
            runs[side].append(run_once(side, arguments.old_checkout, arguments.threads))
    print(f"{arguments.threads} threads, load {os.getloadavg()[0]:.1f}; medians of {arguments.runs} runs")
    expected = runs["old"][0]
    for part in ("first", "second", "choice"):
        for side in SIDES:
            values = np.array([run[part] for run in runs[side]])
            ratios = np.array([run[part] for run in runs["old"]]) / values
            processor, clock = np.median(values, axis=0)
            told = f"{processor:6.2f} s of the processor ({clock:6.2f} s of the clock)"
            print(f"{part:7} {side:18} {told}, old / this {np.median(ratios[:, 0]):5.2f}")
    names = {"new": "ours", "new without numba": "without numba", "old": f"commit {commit_of(arguments.old_checkout)}"}
    for side in SIDES[:-1]:
        for part in ("first", "second"):
            pair = [Side(names[who], [run[part][0] for run in runs[who]]) for who in (side, "old")]
            report(f"PLS of one area, {part} call of a process, {arguments.threads} threads", *pair, print_line=False)
    for side in SIDES:
        same = all(run["layers"] == expected["layers"] for run in runs[side])
        difference = max(abs(run["score"] - expected["score"]) for run in runs[side])
        print(f"{side:18} same layers: {same}, largest difference of the score {difference:.1e}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(measure(sys.argv[2] != "new without numba", int(sys.argv[3]))))
    else:
        main()
