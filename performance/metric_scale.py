"""How time and memory of preparing recordings and of comparing layers grow with neuroids, stimuli and layers.

Usage: ``OMP_NUM_THREADS=1 python performance/metric_scale.py [--large]``. Prints one line for each size; a sweep of 100
layers x 6 areas x 3 metrics; with ``--large`` up to 60,000 neuroids x 50 repetitions x 118 stimuli and 1,000 stimuli
(takes up to 16 GB of memory, and about half an hour on one core).
"""

import sys

import numpy as np
from brainscore_mouse import load_metric
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import choose_layers, selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from report import Side, report
from side_by_side import print_machine, resident_mb, rise_of_memory, run_once

METRICS = ("rsa", "ridge", "pls")
RANK = 20


def made_up_trials(n_repetitions: int, n_stimuli: int, n_neuroids: int) -> tuple[np.ndarray, np.ndarray]:
    """Return trials in single precision, made one repetition after the other, and the stimuli's latents."""
    generator = np.random.default_rng(0)
    latents = generator.normal(size=(n_stimuli, RANK))
    signal = (latents @ generator.normal(size=(RANK, n_neuroids))).astype(np.float32)
    trials = np.empty((n_repetitions, n_stimuli, n_neuroids), dtype=np.float32)
    for repetition in trials:
        generator.standard_normal(dtype=np.float32, out=repetition)
        repetition *= 5
        repetition += signal
    return trials, latents


def made_up_grams(latents: np.ndarray, n_layers: int) -> list[FeatureGram]:
    """Return layers that share ever less with the recordings."""
    generator = np.random.default_rng(1)
    grams = []
    for noise in np.linspace(0, 20, n_layers):
        features = latents @ generator.normal(size=(RANK, 500))
        grams.append(FeatureGram.of_features(features + noise * generator.normal(size=features.shape)))
    return grams


def measure(n_neuroids: int, n_stimuli: int, n_layers: int, n_repetitions: int, metrics: tuple[str, ...]) -> None:
    """Time one area: preparing the recordings, then choosing and comparing the layers."""
    trials, latents = made_up_trials(n_repetitions, n_stimuli, n_neuroids)
    grams = made_up_grams(latents, n_layers)
    subjects = np.repeat([f"m{number}" for number in range(6)], -(-n_neuroids // 6))[:n_neuroids]
    folds = selection_folds(n_stimuli, subjects, seed=0)
    for name in metrics:
        memory, prepared = rise_of_memory(
            lambda name=name: run_once(lambda: load_metric(name).prepare(trials, subjects, folds))
        )
        target = prepared.result

        def score(target: object = target) -> np.ndarray:
            chosen = choose_layers(target, grams, len(folds))
            target.evaluate(grams, chosen)
            return target.left_out([ChosenLayers(grams, chosen)]).values

        scoring_memory, scored = rise_of_memory(lambda score=score: run_once(score))
        print(
            f"{name:6} {n_neuroids:6} neuroids {n_stimuli:5} stimuli {n_layers:4} layers {n_repetitions:3} trials   "
            f"prepared in {prepared.cpu_seconds:7.2f} s, +{memory:6.0f} MB   "
            f"scored in {scored.cpu_seconds:7.2f} s, +{scoring_memory:6.0f} MB   (process {resident_mb():.0f} MB)",
            flush=True,
        )
        size = f"{n_neuroids} neuroids, {n_stimuli} stimuli, {n_layers} layers"
        seconds = prepared.cpu_seconds + scored.cpu_seconds
        side = Side("ours, prepared and scored", [seconds], max(memory, scoring_memory))
        report(f"`{name}`: {size}", side, print_line=False)


def main(large: bool) -> None:
    """Print the curves."""
    print_machine()
    print("Neuroids:")
    for n_neuroids in (500, 2000, 8000, *((20_000, 60_000) if large else ())):
        measure(n_neuroids, 118, 2, 50, METRICS)
    print("Layers:")
    for n_layers in (5, 20, 100):
        measure(500, 118, n_layers, 20, METRICS)
    print("Stimuli:")
    for n_stimuli in (118, 250, 500, *((1000,) if large else ())):
        measure(500, n_stimuli, 2, 10, METRICS)
    print("100 layers x 6 areas x 3 metrics, 300 neuroids each:")
    for _ in range(6):
        measure(300, 118, 100, 20, METRICS)


if __name__ == "__main__":
    main("--large" in sys.argv[1:])
