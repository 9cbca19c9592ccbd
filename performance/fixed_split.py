"""Peak memory and processor time of ``ridge-fixed-split`` at the size of a mouse of Sensorium 2022.

``python performance/fixed_split.py [--stimuli 4900] [--neuroids 8000] [--layers 2]``: made-up recordings of one mouse,
which saw that many stimuli once, and 100 more ten times.
"""

import argparse
import time

import numpy as np
from brainscore_mouse import load_metric
from brainscore_mouse.benchmarks.area_score import area_score
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import selection_folds
from own_process import peak_mb
from report import Side, report

N_TEST, N_REPETITIONS, RANK, N_UNITS = 100, 10, 30, 512


def main() -> None:
    """Make recordings up, prepare the metric, score a model, and print processor time and memory of each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stimuli", type=int, default=4900)
    parser.add_argument("--neuroids", type=int, default=8000)
    parser.add_argument("--layers", type=int, default=2)
    arguments = parser.parse_args()
    generator = np.random.default_rng(0)
    n_stimuli = arguments.stimuli + N_TEST
    latent = generator.normal(size=(n_stimuli, RANK)).astype(np.float32)
    tuning = latent @ generator.normal(size=(RANK, arguments.neuroids)).astype(np.float32)
    trials = np.full((N_REPETITIONS, *tuning.shape), np.nan, dtype=np.float32)
    for repetition in range(N_REPETITIONS):
        shown = slice(None) if repetition == 0 else slice(arguments.stimuli, None)
        signal = tuning[shown]
        trials[repetition, shown] = signal + 4 * generator.standard_normal(size=signal.shape, dtype=np.float32)
    del tuning
    subjects = np.full(arguments.neuroids, "mouse")
    layers = {}
    for number in range(arguments.layers):
        noise = generator.normal(size=(n_stimuli, N_UNITS))
        features = latent @ generator.normal(size=(RANK, N_UNITS)) + (number + 1) * noise
        layers[f"layer-{number}"] = FeatureGram.of_features(features)
    print(f"recordings and layers: {peak_mb() / 1024:.2f} GB", flush=True)
    folds = selection_folds(n_stimuli, subjects, seed=0)
    start = time.process_time()
    target = load_metric("ridge-fixed-split").prepare(trials, subjects, folds)
    prepared = time.process_time() - start
    print(f"prepared: {prepared:.0f} processor s, {peak_mb() / 1024:.2f} GB", flush=True)
    start = time.process_time()
    score, _ = area_score(target, layers, len(folds), "made up")
    seconds = time.process_time() - start
    print(f"scored: {seconds:.0f} processor s, {peak_mb() / 1024:.2f} GB, {float(score):.3f}", flush=True)
    what = f"`ridge-fixed-split`, {arguments.stimuli} stimuli once x {arguments.neuroids} neuroids"
    report(what, Side("ours", [prepared + seconds], peak_mb()), print_line=False)


if __name__ == "__main__":
    main()
