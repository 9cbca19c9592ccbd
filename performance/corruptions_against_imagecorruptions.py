"""Time our corruptions and imagecorruptions' on the same images, in turn, in one run; draw the contact sheet.

Usage: ``python performance/corruptions_against_imagecorruptions.py FOLDER [N_RUNS]``, where FOLDER holds the unpacked
wheel of imagecorruptions 1.1.2 (``pip download --no-deps imagecorruptions``). It needs pkg_resources, which is gone
from setuptools: a shim is put in its place. Its glass_blur passes an argument that scikit-image has renamed: it runs
with that one mended, and is marked. Prints, for each kind, medians over runs of the processor time per image (mean over
severities) and their ratio; which kinds could not run; and the sums over those that did. Ours get a batch of eight
images as tensors, theirs one array after the other, which is how each is used; neither keeps results while it is timed.

``python performance/corruptions_against_imagecorruptions.py sheet FILE`` draws all kinds and severities instead.
"""

import os
import sys
import time
import types
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from brainscore_mouse.domain_generalization.corruptions.corrupt import KINDS, SEVERITIES, corrupt
from PIL import Image, ImageDraw
from report import Side, report
from skimage import data
from skimage.filters import gaussian

SIZE, N_IMAGES = 224, 8
N_THEIRS = 2  # images, per severity and run: they are slower


def photographs() -> np.ndarray:
    """Return eight crops of a photograph: uint8, (n, size, size, 3)."""
    whole = np.asarray(Image.fromarray(data.chelsea()).resize((451 * 9 // 10, 300 * 9 // 10)))
    return np.stack([whole[4 * row : 4 * row + SIZE, 20 * row : 20 * row + SIZE] for row in range(N_IMAGES)])


def with_shim(folder: str) -> Any:
    """Import imagecorruptions."""
    shim = types.ModuleType("pkg_resources")
    shim.resource_filename = lambda package, name: os.path.join(folder, "imagecorruptions", name)  # type: ignore[attr-defined]
    sys.modules["pkg_resources"] = shim
    sys.path.insert(0, folder)
    import imagecorruptions

    def blurred(image: np.ndarray, sigma: float, multichannel: bool = False, **options: Any) -> np.ndarray:
        return gaussian(image, sigma, channel_axis=-1 if multichannel else None, **options)

    imagecorruptions.corruptions.gaussian = blurred
    return imagecorruptions


def main(folder: str, n_runs: int = 5) -> None:
    """Compare all kinds."""
    warnings.simplefilter("ignore")
    theirs = with_shim(folder)
    torch.set_num_threads(1)
    theirs.corruptions.cv2.setNumThreads(1)
    arrays = photographs()
    tensors = (torch.from_numpy(arrays).permute(0, 3, 1, 2).float() / 255).contiguous()
    seconds = np.zeros((2, n_runs))
    for kind in KINDS:
        times: tuple[list[float], list[float]] = ([], [])
        reason = ""
        try:
            theirs.corrupt(arrays[0], severity=1, corruption_name=kind)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        for severity in SEVERITIES:
            corrupt(tensors[:1], kind, severity, [0])  # tables are made once
        for run in range(n_runs):
            start = time.process_time()
            for severity in SEVERITIES:
                corrupt(tensors, kind, severity, range(run, run + N_IMAGES))
            times[0].append((time.process_time() - start) / (N_IMAGES * len(SEVERITIES)))
            if reason:
                continue
            start = time.process_time()
            for severity in SEVERITIES:
                for image in arrays[:N_THEIRS]:
                    theirs.corrupt(image, severity=severity, corruption_name=kind)
            times[1].append((time.process_time() - start) / (N_THEIRS * len(SEVERITIES)))
        ours_ms = 1000 * float(np.median(times[0]))
        if reason:
            print(f"{kind:18} ours {ours_ms:7.2f} ms   imagecorruptions could not run ({reason[:60]})", flush=True)
            continue
        theirs_ms = 1000 * float(np.median(times[1]))
        mark = "   (theirs mended)" if kind == "glass_blur" else ""
        if not mark:
            seconds += np.array(times)
        ours = corrupt(tensors[:N_THEIRS], kind, SEVERITIES[-1], range(N_THEIRS)) * 255
        peer = np.stack(
            [theirs.corrupt(image, severity=SEVERITIES[-1], corruption_name=kind) for image in arrays[:N_THEIRS]]
        )
        print(
            f"{kind:18} ours {ours_ms:7.2f} ms   imagecorruptions {theirs_ms:8.2f} ms   "
            f"ratio {theirs_ms / ours_ms:6.1f}   mean {ours.mean():5.1f} / {peer.mean():5.1f}, "
            f"sd {ours.std():4.1f} / {peer.std():4.1f}{mark}",
            flush=True,
        )
    sides = Side("ours", seconds[0]), Side("imagecorruptions", seconds[1])
    report("An image in all corruptions but glass blur", *sides)


def sheet(path: str) -> None:
    """Draw a photograph in all kinds and severities."""
    side, label_height = 112, 14
    image = torch.from_numpy(photographs()[3:4]).permute(0, 3, 1, 2).float() / 255
    columns, rows = 3, -(-len(KINDS) // 3)
    canvas = Image.new("RGB", (columns * (5 * side + 10), rows * (side + label_height)), "white")
    for index, kind in enumerate(KINDS):
        left, top = (index % columns) * (5 * side + 10), (index // columns) * (side + label_height)
        ImageDraw.Draw(canvas).text((left, top), kind, fill="black")
        for severity in SEVERITIES:
            values = (corrupt(image, kind, severity, [0])[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
            tile = Image.fromarray(values).resize((side, side), Image.Resampling.BOX)
            canvas.paste(tile, (left + (severity - 1) * side, top + label_height))
    canvas.save(Path(path), quality=85)


if __name__ == "__main__":
    if sys.argv[1] == "sheet":
        sheet(sys.argv[2])
    else:
        main(sys.argv[1], *(int(argument) for argument in sys.argv[2:]))
