"""ResNet-50 from images to scores, six areas x chosen metrics, by this checkout and by an older commit, in turn.

Usage: ``python performance/images_to_scores_against_commit.py OLD_CHECKOUT RECORDINGS [--runs N] [--metrics rsa]``

OLD_CHECKOUT is a checkout of the older commit (``git worktree add OLD_CHECKOUT COMMIT``), RECORDINGS a folder for
``brainscore-mouse data package-arrays``. Each run has a process of its own and starts with packaged recordings and
empty caches; imports and making the network are not counted. Each metric is scored over all areas before the next, so
that the first one pays for the forward pass.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from own_process import THIS_CHECKOUT, commit_of, peak_mb, run_python
from report import Side, report

AREAS = ("VISp", "VISl", "VISal", "VISpm", "VISam", "VISrl")
DATASET = "measured-mouse"


def image_model(identifier: str, network: Any, layers: list[str]) -> Any:
    """Return a network that takes normalized images of 224 px, as a model of either commit."""
    import brainscore_mouse

    if Path(brainscore_mouse.__path__[0], "core", "image_model.py").exists():  # as at commit 59cad45
        from brainscore_mouse.core.image_model import ImageModel
        from brainscore_mouse.core.network_input import ChannelNormalization, WithInputStage
    else:
        from brainscore_mouse.activations.image_model import ImageModel
        from brainscore_mouse.activations.network_input import ChannelNormalization, WithInputStage
    staged = WithInputStage(ChannelNormalization([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), network)
    return ImageModel(identifier, staged, layers, 224)


def score_all(metrics: list[str]) -> dict[str, Any]:
    """Score with empty caches; seconds of the clock and of the processor for each metric."""
    import torch
    from brainscore_mouse import score_model
    from torchvision.models import resnet50

    torch.manual_seed(0)
    network = resnet50(weights=None).eval()
    layers = [
        name for name, part in network.named_modules() if type(part).__name__ == "Bottleneck" or name == "maxpool"
    ]
    model = image_model("resnet50-seeded", network, layers)
    seconds = {}
    for metric in metrics:
        clock, processor = time.perf_counter(), time.process_time()
        for area in AREAS:
            score_model(model, f"{DATASET}-{area}-{metric}")
        seconds[metric] = (time.perf_counter() - clock, time.process_time() - processor)
    return {"seconds": seconds, "peak_mb": peak_mb()}


def run_once(checkout: Path, packaged: Path, metrics: list[str]) -> dict[str, Any]:
    """Score by one checkout, in a process and a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        Path(home, "datasets").symlink_to(packaged / "datasets")
        return run_python(__file__, "--once", *metrics, checkout=checkout, BRAINSCORE_MOUSE_HOME=home).answer


def package(checkout: Path, recordings: Path, home: str) -> Path:
    """Package the recordings by one checkout's own code."""
    commands = "core.commands" if (checkout / "core" / "commands").exists() else "command_line"
    start = ["-c", f"from brainscore_mouse.{commands} import main; main()"]
    command = [*start, "data", "package-arrays", str(recordings), "--dataset", DATASET]
    run_python(*command, checkout=checkout, BRAINSCORE_MOUSE_HOME=home)
    return Path(home)


def main() -> None:
    """Run both in turn and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old_checkout", type=Path)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--metrics", nargs="+", default=["rsa", "ridge", "pls"])
    arguments = parser.parse_args()
    checkouts = {"new": THIS_CHECKOUT, "old": arguments.old_checkout}
    with tempfile.TemporaryDirectory() as new_home, tempfile.TemporaryDirectory() as old_home:
        homes = {"new": new_home, "old": old_home}
        packaged = {side: package(checkouts[side], arguments.recordings, homes[side]) for side in checkouts}
        runs: dict[str, list[dict[str, Any]]] = {side: [] for side in checkouts}
        for _ in range(arguments.runs):
            for side in checkouts:
                runs[side].append(run_once(checkouts[side], packaged[side], arguments.metrics))
                print(side, runs[side][-1], file=sys.stderr, flush=True)
    print(f"load {os.getloadavg()[0]:.1f}; medians of {arguments.runs} runs, s of clock (of the processor)")
    peaks = {side: max(run["peak_mb"] for run in runs[side]) for side in checkouts}
    names = {"new": "ours", "old": f"commit {commit_of(arguments.old_checkout)}"}
    for metric in [*arguments.metrics, "total"]:
        chosen = arguments.metrics if metric == "total" else [metric]
        found = {
            side: np.array([np.sum([run["seconds"][name] for name in chosen], axis=0) for run in runs[side]])
            for side in checkouts
        }
        medians = {side: np.median(seconds, axis=0) for side, seconds in found.items()}
        for clock, column in (("wall", 0), ("processor", 1)):
            pair = [Side(names[side], found[side][:, column], peaks[side]) for side in checkouts]
            report(f"ResNet-50 from images to scores of six areas, {metric}", *pair, clock, print_line=False)
        ratio = medians["new"] / medians["old"]
        told = "   ".join(f"{side} {clock:6.1f} ({processor:6.1f})" for side, (clock, processor) in medians.items())
        print(f"{metric:6} {told}   new / old {ratio[0]:.2f} ({ratio[1]:.2f})")
    for side in checkouts:
        print(f"{side} peak {peaks[side]:.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        warnings.simplefilter("ignore")
        print(json.dumps(score_all(sys.argv[2:])))
    else:
        main()
