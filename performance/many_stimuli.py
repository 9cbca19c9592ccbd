"""Peak memory and processor time of a score with 2,800 stimuli x 10,000 neuroids x 2 repetitions, as of Stringer 2019.

``python performance/many_stimuli.py [--metric rsa] [--stimuli 2800] [--neuroids 10000] [--layers 3]``, on made-up
recordings of seven mice.
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

N_MICE, N_REPETITIONS, RANK, N_UNITS = 7, 2, 30, 512


def main() -> None:
    """Make recordings up, prepare a metric, score a model, and print processor time and memory of each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--metric", default="rsa")
    parser.add_argument("--stimuli", type=int, default=2800)
    parser.add_argument("--neuroids", type=int, default=10_000)
    parser.add_argument("--layers", type=int, default=3)
    arguments = parser.parse_args()
    generator = np.random.default_rng(0)
    latent = generator.normal(size=(arguments.stimuli, RANK)).astype(np.float32)
    tuning = latent @ generator.normal(size=(RANK, arguments.neuroids)).astype(np.float32)
    trials = np.stack(
        [tuning + 4 * generator.standard_normal(size=tuning.shape, dtype=np.float32) for _ in range(N_REPETITIONS)]
    )
    del tuning
    subjects = np.array([f"mouse-{number * N_MICE // arguments.neuroids}" for number in range(arguments.neuroids)])
    layers = {}
    for number in range(arguments.layers):
        noise = generator.normal(size=(arguments.stimuli, N_UNITS))
        features = latent @ generator.normal(size=(RANK, N_UNITS)) + (number + 1) * noise
        layers[f"layer-{number}"] = FeatureGram.of_features(features)
    print(f"recordings and layers: {peak_mb() / 1024:.2f} GB", flush=True)
    folds = selection_folds(arguments.stimuli, subjects, seed=0)
    start = time.process_time()
    target = load_metric(arguments.metric).prepare(trials, subjects, folds)
    prepared = time.process_time() - start
    print(f"prepared: {prepared:.0f} processor s, {peak_mb() / 1024:.2f} GB, ceiling {target.ceiling:.3f}", flush=True)
    start = time.process_time()
    score, _ = area_score(target, layers, len(folds), "made up")
    seconds = time.process_time() - start
    result = f"{float(score):.3f} ± {score.attrs['error']:.3f}"
    print(f"scored: {seconds:.0f} processor s, {peak_mb() / 1024:.2f} GB, {result}", flush=True)
    what = f"`{arguments.metric}`, {arguments.stimuli} stimuli x {arguments.neuroids} neuroids"
    report(what, Side("ours", [prepared + seconds], peak_mb()), print_line=False)


if __name__ == "__main__":
    main()
