"""Time the recording of all layers of ResNet-50 by us and by Brain-Score's PytorchWrapper, in turn, in one run.

Usage: ``python performance/features_against_pytorch_wrapper.py [N_RUNS] [N_LAYERS] [STIMULUS_FOLDER]``

N_LAYERS is 17 (the stem and every block) or up to 70 (also every convolution in the blocks). Without a folder of
images, 118 of 918 x 1174 pixels are made of noise and photographs. Each recording has a process of its own, so that
its peak of memory is its own. Ours ends with the layers' Gram matrices, theirs with an assembly of activations.
"""

import argparse
import json
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from brainscore_mouse.activations.extraction import Extraction
from own_process import peak_mb, run_python
from PIL import Image
from report import Side, report
from torch import nn

N_STIMULI, HEIGHT, WIDTH, IMAGE_SIZE = 118, 918, 1174, 224


def make_stimuli(folder: Path) -> None:
    """Write gray scenes of the size of the Allen Brain Observatory's: blurred noise, as large as photographs."""
    generator = np.random.default_rng(0)
    for number in range(N_STIMULI):
        coarse = Image.fromarray(generator.integers(0, 256, (60, 80), dtype=np.uint8))
        fine = generator.integers(-6, 7, (HEIGHT, WIDTH))
        pixels = np.asarray(coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)).astype(int) + fine
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"scene_{number:03d}.png")


def resnet50_and_layers(n_layers: int) -> tuple[nn.Module, list[str]]:
    """Make a ResNet-50 of seeded random weights, and choose layers from early to late."""
    from torchvision.models import resnet50

    torch.manual_seed(0)
    network = resnet50(weights=None).eval()
    blocks = [name for name, module in network.named_modules() if type(module).__name__ == "Bottleneck"]
    convolutions = [name for name, _ in network.named_modules() if ".conv" in name]
    chosen = {"maxpool", *blocks, *convolutions[: max(0, n_layers - 17)]}
    return network, [name for name, _ in network.named_modules() if name in chosen]


def batches_of(paths: list[Path]) -> Any:
    """Read stimuli as an ImageModel does."""
    from brainscore_mouse.activations.recorded_network import StimulusBatches
    from brainscore_mouse.core.image_loading import load_image_batch

    return StimulusBatches(paths, partial(load_image_batch, image_size=IMAGE_SIZE), Extraction().images_per_batch)


def record_ours(network: nn.Module, layers: list[str], paths: list[Path]) -> dict[str, np.ndarray]:
    """Record as score_model does, without its cache; return Gram matrices."""
    from brainscore_mouse.activations.lockstep import lockstep_grams
    from brainscore_mouse.activations.network_input import ChannelNormalization, WithInputStage

    staged = WithInputStage(ChannelNormalization([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), network)
    batches = batches_of(paths)
    names = [path.stem for path in paths]
    return {layer: gram.row_centred for layer, gram in lockstep_grams(staged, batches, layers, names, Extraction())}


def record_theirs(network: nn.Module, layers: list[str], paths: list[Path]) -> dict[str, np.ndarray]:
    """Record as a Brain-Score model does, without its cache; return Gram matrices of its activations."""
    from brainscore_mouse.metrics.feature_gram import FeatureGram
    from brainscore_vision.model_helpers.activations.pytorch import PytorchWrapper, load_preprocess_images

    preprocess = partial(load_preprocess_images, image_size=IMAGE_SIZE)
    wrapper = PytorchWrapper(network, preprocess, identifier="resnet50-random")
    start = time.perf_counter()
    activations = wrapper([str(path) for path in paths], layers=layers, stimuli_identifier=False)
    global recorded_in
    recorded_in = time.perf_counter() - start
    by_layer = activations["layer"].values
    return {
        layer: FeatureGram.of_features(activations.values[:, by_layer == layer].astype(np.float32)).row_centred
        for layer in layers
    }


recorded_in: float | None = None


def record_once(who: str, n_layers: int, folder: Path, result: Path) -> None:
    """Record in this process; write the Gram matrices, and print time and memory."""
    network, layers = resnet50_and_layers(n_layers)
    paths = sorted(folder.glob("*.png"))
    start = time.perf_counter()
    grams = (record_ours if who == "ours" else record_theirs)(network, layers, paths)
    seconds = recorded_in or time.perf_counter() - start
    np.savez(result, **grams)
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb()}))


def bare_forward(n_layers: int, folder: Path) -> tuple[float, float]:
    """Return the seconds for reading the stimuli and for the bare forward pass: the limit."""
    network, _ = resnet50_and_layers(n_layers)
    start = time.perf_counter()
    batches = list(batches_of(sorted(folder.glob("*.png"))))
    read = time.perf_counter()
    with torch.inference_mode():
        for batch in batches:
            network(batch.contiguous(memory_format=torch.channels_last))
    return read - start, time.perf_counter() - read


def main() -> None:
    """Run both in turn and print medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n_runs", type=int, nargs="?", default=5)
    parser.add_argument("n_layers", type=int, nargs="?", default=17)
    parser.add_argument("stimuli", type=Path, nargs="?")
    parser.add_argument("--once", nargs=2, metavar=("WHO", "RESULT"), help="internal: one recording in this process")
    arguments = parser.parse_args()
    if arguments.once:
        record_once(arguments.once[0], arguments.n_layers, arguments.stimuli, Path(arguments.once[1]))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.stimuli or Path(temporary)
        if arguments.stimuli is None:
            make_stimuli(folder)
        measured: dict[str, list[dict[str, float]]] = {"ours": [], "theirs": []}
        limits = []
        results = {who: Path(temporary) / f"{who}.npz" for who in measured}
        for _ in range(arguments.n_runs):
            limits.append(bare_forward(arguments.n_layers, folder))
            for who in measured:
                command = [__file__, "1", str(arguments.n_layers), str(folder), "--once", who, str(results[who])]
                measured[who].append(run_python(*command).answer)
        grams = {who: np.load(path) for who, path in results.items()}
        differences = [
            np.abs(grams["ours"][layer] - grams["theirs"][layer]).max() / np.trace(grams["theirs"][layer]) * N_STIMULI
            for layer in grams["ours"].files
        ]
    read, forward = np.median(limits, axis=0)
    print(f"ResNet-50, {arguments.n_layers} layers, {arguments.n_runs} runs, {torch.get_num_threads()} threads")
    medians = {who: float(np.median([run["seconds"] for run in runs])) for who, runs in measured.items()}
    for who, runs in measured.items():
        print(f"{who:7} {medians[who]:7.1f} s   peak {max(run['peak_mb'] for run in runs):6.0f} MB")
    sides = [
        Side(name, [run["seconds"] for run in measured[who]], max(run["peak_mb"] for run in measured[who]))
        for who, name in (("ours", "ours"), ("theirs", "Brain-Score `PytorchWrapper`"))
    ]
    report(f"Recording {arguments.n_layers} layers of ResNet-50, {torch.get_num_threads()} threads", *sides, "wall")
    print(f"limit: reading {read:.1f} s + bare forward pass {forward:.1f} s = {read + forward:.1f} s")
    print(f"largest difference of Gram matrices, relative to a stimulus' squared norm: {max(differences):.1e}")


if __name__ == "__main__":
    main()
