"""ResNet-50 from images to scores, six areas x {rsa, ridge, pls}, by us and by Brain-Score's own wrapper and metrics.

Usage: ``python performance/images_to_scores_against_brain_score.py RECORDINGS [--runs N] [--layers N]``

RECORDINGS is a folder for ``brainscore-mouse data package-arrays``. Each run has a process of its own, with empty
caches. Ours is `score_model` from reading the recordings to the 18 stored scores, each with its choice of layers,
ceiling and error bar.

Brain-Score's is one recording of all layers; per area and layer a call of its metrics `rdm`, `ridge` and `pls`, which
give no error bar; and per area its internal consistency. Since that takes hours, the metrics are run on one layer, the
one with the fewest features, which is the cheapest, and their time is multiplied by the number of layers: a
lower bound.
"""

import argparse
import json
import os
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from features_against_pytorch_wrapper import bare_forward, resnet50_and_layers
from own_process import peak_mb, run_python
from report import Side, report

AREAS = ("VISp", "VISl", "VISal", "VISpm", "VISam", "VISrl")
METRICS = {"rsa": "rdm", "ridge": "ridge", "pls": "pls"}
DATASET = "measured-mouse"
IMAGE_SIZE = 224


def score_ours(n_layers: int) -> dict[str, Any]:
    """Score with empty caches."""
    from brainscore_mouse import score_model
    from brainscore_mouse.activations.image_model import ImageModel
    from brainscore_mouse.activations.network_input import ChannelNormalization, WithInputStage

    network, layers = resnet50_and_layers(n_layers)
    staged = WithInputStage(ChannelNormalization([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), network)
    start = time.perf_counter()
    model = ImageModel("resnet50-seeded", staged, layers, IMAGE_SIZE)
    scores = {}
    for area in AREAS:
        for metric in METRICS:
            scores[f"{area} {metric}"] = score_model(model, f"{DATASET}-{area}-{metric}").attrs["layer_scores"]
    return {"seconds": time.perf_counter() - start, "scores": scores}


def score_theirs(n_layers: int) -> dict[str, Any]:
    """Record all layers; score the last one."""
    from brainscore_mouse import load_benchmark
    from brainscore_mouse.data_packaging.recordings import trials_from_assembly
    from brainscore_vision import load_metric
    from brainscore_vision.metrics.internal_consistency.ceiling import InternalConsistency
    from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper, load_preprocess_images
    from made_up_recordings import assembly_of, trials_assembly

    network, layers = resnet50_and_layers(n_layers)
    trials = {area: trials_from_assembly(load_benchmark(f"{DATASET}-{area}-rsa").assembly) for area in AREAS}
    start = time.perf_counter()
    wrapper = PytorchWrapper(
        network, partial(load_preprocess_images, image_size=IMAGE_SIZE), identifier="resnet50-seeded"
    )
    activations = wrapper([str(path) for path in stimulus_paths()], layers=layers, stimuli_identifier=False)
    seconds = {"recording": time.perf_counter() - start}
    sizes = {layer: int((activations["layer"].values == layer).sum()) for layer in layers}
    smallest = min(layers, key=sizes.__getitem__)
    source = assembly_of(activations.values[:, activations["layer"].values == smallest])
    for metric, theirs in METRICS.items():
        settings = {} if metric == "rsa" else {"crossvalidation_kwargs": {"stratification_coord": None}}
        comparison: Any = load_metric(theirs, **settings)
        start = time.perf_counter()
        for area in AREAS:
            comparison(source, assembly_of(np.nanmean(trials[area], axis=0)))
        seconds[metric] = (time.perf_counter() - start) * n_layers
    start = time.perf_counter()
    for area in AREAS:
        complete = ~np.isnan(trials[area]).any(axis=(1, 2))
        InternalConsistency()(trials_assembly(trials[area][complete]))
    seconds["ceilings"] = time.perf_counter() - start
    return {"seconds": sum(seconds.values()), "parts": seconds}


def stimulus_paths() -> list[Path]:
    """Return the packaged stimuli."""
    from brainscore_mouse import load_benchmark

    stimulus_set = load_benchmark(f"{DATASET}-VISp-rsa").assembly.attrs["stimulus_set"]
    return [Path(stimulus_set.get_stimulus(key)) for key in stimulus_set["stimulus_id"]]


def limit(n_layers: int) -> dict[str, Any]:
    """Read the stimuli, and run the bare network."""
    read, forward = bare_forward(n_layers, stimulus_paths()[0].parent)
    return {"seconds": read + forward, "parts": {"reading": read, "forward": forward}}


SIDES = {"ours": score_ours, "theirs": score_theirs, "limit": limit}


def in_a_process(side: str, n_layers: int, package: Path) -> dict[str, Any]:
    """Run one side in a process and a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        Path(home, "datasets").symlink_to(package / "datasets")
        command = [__file__, str(package), "--layers", str(n_layers), "--once", side]
        return run_python(*command, BRAINSCORE_MOUSE_HOME=home).answer


def main() -> None:
    """Run all in turn and print medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--layers", type=int, default=17)
    parser.add_argument("--without-peer", action="store_true")
    parser.add_argument("--once", choices=SIDES, help="internal: one run in this process")
    arguments = parser.parse_args()
    if arguments.once:
        warnings.simplefilter("ignore")
        measured = SIDES[arguments.once](arguments.layers)
        print(json.dumps({"peak_mb": peak_mb(), **measured}))
        return
    sides = [side for side in SIDES if side != "theirs" or not arguments.without_peer]
    with tempfile.TemporaryDirectory() as package:
        command = ["data", "package-arrays", str(arguments.recordings), "--dataset", DATASET]
        run_python("-m", "brainscore_mouse", *command, BRAINSCORE_MOUSE_HOME=package)
        runs: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
        for _ in range(arguments.runs):
            for side in sides:
                runs[side].append(in_a_process(side, arguments.layers, Path(package)))
    print(f"ResNet-50, {arguments.layers} layers, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}")
    medians = {side: float(np.median([run["seconds"] for run in runs[side]])) for side in sides}
    for side in sides:
        parts = runs[side][-1].get("parts", {})
        told = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in parts.items())
        print(f"{side:7} {medians[side]:8.1f} s   peak {max(run['peak_mb'] for run in runs[side]):6.0f} MB   {told}")
    who = {"ours": "ours", "theirs": "Brain-Score, a lower bound"}
    pair = [
        Side(who[side], [run["seconds"] for run in runs[side]], max(run["peak_mb"] for run in runs[side]))
        for side in sides
        if side in who
    ]
    report(f"ResNet-50 from images to 18 scores, {arguments.layers} layers", *pair, clock="wall")
    print(f"reading and bare forward pass: {medians['limit'] / medians['ours']:.0%} of our time")


if __name__ == "__main__":
    main()
