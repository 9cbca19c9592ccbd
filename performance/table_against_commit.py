"""A table of 20 networks x 18 benchmarks, by this checkout and by an older commit, in turn.

Usage: ``OMP_NUM_THREADS=1 python performance/table_against_commit.py OLD_CHECKOUT RECORDINGS [--runs N] [--models N]``

OLD_CHECKOUT and RECORDINGS are as in ``images_to_scores_against_commit.py``. Networks of torchvision, with seeded
random weights and eight layers each (RegNets: seven), six areas x RSA, ridge and PLS. Each side has a process and an
empty home of its own; what is measured is the processor's time, from images to scores, without imports. The estimators
of the two commits may differ.
"""

import argparse
import json
import sys
import tempfile
import time
import warnings
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from images_to_scores_against_commit import AREAS, DATASET, image_model, package
from own_process import THIS_CHECKOUT, commit_of, peak_mb, run_python
from report import Side, report

METRICS = ("rsa", "ridge", "pls")
N_LAYERS = 8
NETWORKS = (
    "alexnet",
    "densenet121",
    "efficientnet_b0",
    "efficientnet_b1",
    "googlenet",
    "mnasnet0_5",
    "mnasnet1_0",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "mobilenet_v3_small",
    "regnet_x_400mf",
    "regnet_y_400mf",
    "resnet18",
    "resnet34",
    "resnet50",
    "shufflenet_v2_x0_5",
    "shufflenet_v2_x1_0",
    "squeezenet1_0",
    "squeezenet1_1",
    "vgg11",
)


def score_all(n_models: int) -> dict[str, Any]:
    """Score model by model, as a table does; processor seconds of each metric, and the scores."""
    import torch
    from brainscore_mouse import score_model
    from torchvision.models import get_model

    seconds = dict.fromkeys(METRICS, 0.0)
    scores = {}
    for name in NETWORKS[:n_models]:
        torch.manual_seed(0)
        without_more_outputs = {"aux_logits": False, "init_weights": True} if name == "googlenet" else {}
        network = get_model(name, weights=None, **without_more_outputs).eval()
        parts = [part for part, _ in network.named_modules() if part.count(".") == 1]
        places = np.linspace(0, len(parts) - 1, N_LAYERS).round().astype(int)
        layers = [parts[place] for place in np.unique(places)]  # RegNets have seven such parts
        model = image_model(f"{name}-seeded", network, layers)
        for metric, area in product(METRICS, AREAS):
            start = time.process_time()
            benchmark = f"{DATASET}-{area}-{metric}"
            scores[f"{name} {benchmark}"] = float(score_model(model, benchmark))
            seconds[metric] += time.process_time() - start
        print(name, {metric: round(value, 1) for metric, value in seconds.items()}, file=sys.stderr, flush=True)
    return {"seconds": seconds, "scores": scores, "peak_mb": peak_mb()}


def main() -> None:
    """Run both in turn and report medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old_checkout", type=Path)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--models", type=int, default=len(NETWORKS))
    arguments = parser.parse_args()
    checkouts = {"ours": THIS_CHECKOUT, f"commit {commit_of(arguments.old_checkout)}": arguments.old_checkout}
    found: dict[str, list[dict[str, Any]]] = {side: [] for side in checkouts}
    for _ in range(arguments.runs):
        for side, checkout in checkouts.items():
            with tempfile.TemporaryDirectory() as home:
                package(checkout, arguments.recordings, home)
                command = [__file__, "--once", str(arguments.models)]
                found[side].append(run_python(*command, checkout=checkout, BRAINSCORE_MOUSE_HOME=home).answer)
    for metric in (*METRICS, "total"):
        chosen = METRICS if metric == "total" else (metric,)
        sides = [
            Side(
                side,
                [sum(run["seconds"][name] for name in chosen) for run in runs],
                max(run["peak_mb"] for run in runs),
            )
            for side, runs in found.items()
        ]
        report(f"{arguments.models} networks of {N_LAYERS} layers x six areas, from images to scores, {metric}", *sides)
    ours, theirs = (runs[-1]["scores"] for runs in found.values())
    for metric in METRICS:
        pairs = np.array([(ours[name], theirs[name]) for name in ours if name.endswith(metric)])
        differences = np.abs(pairs[:, 0] - pairs[:, 1])
        print(f"{metric}: scores differ by {np.median(differences):.3g} (median), {differences.max():.3g} at most")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        warnings.simplefilter("ignore")
        print(json.dumps(score_all(int(sys.argv[2]))))
    else:
        main()
