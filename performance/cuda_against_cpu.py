"""Networks from images to scores on a CUDA device and on the CPU of the same machine, in turn: times and differences.

Usage: ``python performance/cuda_against_cpu.py DATASET [--areas VISp ...] [--metrics rsa ridge ...] [--runs N]``

Each run starts with empty caches. Gram matrices and scores of the CPU are what those of CUDA are compared with. The
networks have seeded random weights, so that nothing is downloaded.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from brainscore_mouse import load_benchmark, score_model
from brainscore_mouse.activations.extraction import Extraction
from brainscore_mouse.activations.image_model import ImageModel
from brainscore_mouse.core.home import datasets_folder
from brainscore_mouse.models.loading import load_model
from report import Side, report
from torch import nn
from torchvision.models import resnet50

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
SIDES: dict[str, dict[str, Any]] = {
    "cpu": {"device": "cpu"},
    "cuda": {"device": "cuda"},
    "cuda bf16": {"device": "cuda", "precision": "bfloat16"},
}


def networks() -> dict[str, tuple[nn.Module, list[str]]]:
    """Make networks and name their layers: every block."""
    torch.manual_seed(0)
    convolutional, transformer = resnet50(weights=None), timm.create_model("vit_small_patch16_224", pretrained=False)
    kinds = ("Bottleneck", "Block")
    return {
        name: (network.eval(), [layer for layer, part in network.named_modules() if type(part).__name__ in kinds])
        for name, network in {"seeded-resnet50": convolutional, "seeded-vit-small": transformer}.items()
    }


def measured(name: str, network: nn.Module, layers: list[str], side: str, benchmarks: list[str]) -> dict[str, Any]:
    """Take Gram matrices and scores with empty caches."""
    with tempfile.TemporaryDirectory() as home:
        Path(home, "datasets").symlink_to(PACKAGED)
        os.environ["BRAINSCORE_MOUSE_HOME"] = home
        model = ImageModel(name, network, layers, 224, mean=MEAN, std=STD, extraction=Extraction(**SIDES[side]))
        stimuli = load_benchmark(benchmarks[0]).assembly.attrs["stimulus_set"]
        if side != "cpu":
            torch.cuda.reset_peak_memory_stats()
        start = time.perf_counter()
        grams = model.layer_grams(stimuli)
        extracted = time.perf_counter() - start
        scores = {benchmark: score_model(model, benchmark) for benchmark in benchmarks}
        return {
            "grams": {layer: gram.row_centred for layer, gram in grams.items()},
            "extraction": extracted,
            "scores": {benchmark: (float(score), score.attrs["layer"]) for benchmark, score in scores.items()},
            "peak": 0 if side == "cpu" else torch.cuda.max_memory_allocated() / 1e6,
        }


def main() -> None:
    """Run all in turn and print medians, ratios and differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset")
    parser.add_argument("--areas", nargs="+", default=["VISp"])
    parser.add_argument("--metrics", nargs="+", default=["rsa", "ridge"])
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    benchmarks = [f"{arguments.dataset}-{area}-{metric}" for area in arguments.areas for metric in arguments.metrics]
    load_model("pixels").layer_grams(load_benchmark(benchmarks[0]).assembly.attrs["stimulus_set"])  # warm file cache
    print(f"torch {torch.__version__}, {torch.cuda.get_device_name()}, {torch.get_num_threads()} threads of the CPU")
    for name, (network, layers) in networks().items():
        runs: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
        for _ in range(arguments.runs):
            for side in SIDES:
                runs[side].append(measured(name, network, layers, side, benchmarks))
        seconds = {side: float(np.median([run["extraction"] for run in runs[side]])) for side in SIDES}
        expected = runs["cpu"][0]
        for side in SIDES:
            found = runs[side][-1]
            if side != "cpu":
                pair = [Side(who, [run["extraction"] for run in runs[who]]) for who in (side, "cpu")]
                report(f"{name} from images to Gram matrices", *pair, clock="wall", print_line=False)
            gram_difference = max(
                np.linalg.norm(found["grams"][layer] - gram) / np.linalg.norm(gram)
                for layer, gram in expected["grams"].items()
            )
            score_difference = max(abs(found["scores"][key][0] - expected["scores"][key][0]) for key in benchmarks)
            other_layers = sum(found["scores"][key][1] != expected["scores"][key][1] for key in benchmarks)
            print(
                f"{name}, {len(layers)} layers, {side}: images to Gram matrices {seconds[side]:.2f} s (ratio to the "
                f"CPU {seconds['cpu'] / seconds[side]:.1f}), peak {found['peak']:.0f} MB on the device; largest "
                f"relative difference of a Gram matrix {gram_difference:.1e}, of a score {score_difference:.1e}; "
                f"{other_layers} of {len(benchmarks)} scores from another layer",
                flush=True,
            )


if __name__ == "__main__":
    PACKAGED = datasets_folder().resolve()
    main()
