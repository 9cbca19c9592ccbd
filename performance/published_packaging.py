"""How long packaging a large recording of each published layout takes, and how much memory: 8,000 neurons, made up.

    python performance/published_packaging.py FOLDER {sensorium2022,du2025,stringer2019}

Writes files into FOLDER, then packages them in a process of its own, whose peak memory it prints.
"""

import argparse
import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import scipy.io
from brainscore_mouse.data_packaging.fetch_dataset import fetch_dataset
from brainscore_mouse.data_packaging.published_datasets import PUBLISHED_DATASETS
from own_process import peak_mb, run_python
from report import Side, report

N_NEURONS = 8_000


def write_sensorium(folder: Path, generator: np.random.Generator) -> None:
    """500 images x 10 repetitions: 5,000 test trials, five times as many as published."""
    name = PUBLISHED_DATASETS["sensorium2022"].recordings[0].name
    images = generator.integers(0, 256, size=(500, 1, 144, 256)).astype(np.float32)
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:

        def add(path: str, array: np.ndarray) -> None:
            content = io.BytesIO()
            np.save(content, array)
            archive.writestr(path, content.getvalue())

        for number in range(5_000):
            add(f"data/images/{number}.npy", images[number % 500])
            add(f"data/responses/{number}.npy", generator.exponential(size=N_NEURONS).astype(np.float32))
            add(f"data/behavior/{number}.npy", np.zeros(3))
        add("meta/trials/tiers.npy", np.full(5_000, "test"))
        add("meta/trials/frame_image_id.npy", np.arange(5_000) % 500)
        add("meta/trials/trial_idx.npy", np.arange(5_000))
        add("meta/neurons/unit_ids.npy", np.arange(N_NEURONS))
        add("meta/neurons/area.npy", np.full(N_NEURONS, "V1"))
        add("meta/neurons/layer.npy", np.full(N_NEURONS, "L2/3"))
        add("meta/neurons/cell_motor_coordinates.npy", np.zeros((N_NEURONS, 3)))


def write_du(folder: Path, generator: np.random.Generator) -> None:
    """500 images x 10 repetitions; 2,000 images in the stack, which has 68,000 in the published file."""
    (recording, *_), (images,) = PUBLISHED_DATASETS["du2025"].recordings, PUBLISHED_DATASETS["du2025"].shared_files
    scipy.io.savemat(folder / images.name, {"img": generator.integers(0, 256, (66, 264, 2_000), dtype=np.uint8)})
    np.savez(
        folder / recording.name,
        sp=np.zeros((N_NEURONS, 10)),
        istim_sp=np.arange(10),
        ss_all=generator.exponential(size=(500, 10, N_NEURONS)).astype(np.float32),
        istim_ss=np.arange(500),
        **{name: np.zeros(N_NEURONS) for name in ("xpos", "ypos", "iplane")},
    )


def write_stringer(folder: Path, generator: np.random.Generator) -> None:
    """2,800 images x 2, and 2,000 time points of spontaneous activity."""
    (recording, *_), (images,) = (
        PUBLISHED_DATASETS["stringer2019"].recordings,
        PUBLISHED_DATASETS["stringer2019"].shared_files,
    )
    scipy.io.savemat(folder / images.name, {"imgs": generator.integers(0, 256, (68, 270, 2_800), dtype=np.uint8)})
    stim = {
        "resp": generator.exponential(size=(5_600, N_NEURONS)).astype(np.float32),
        "istim": np.tile(np.arange(1, 2_801), 2),
        "spont": generator.exponential(size=(2_000, N_NEURONS)).astype(np.float32),
    }
    scipy.io.savemat(folder / recording.name, {"stim": stim, "med": np.zeros((N_NEURONS, 3))})


WRITERS = {"sensorium2022": write_sensorium, "du2025": write_du, "stringer2019": write_stringer}


def main() -> None:
    """Write, package, and print seconds and peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("dataset", choices=WRITERS)
    parser.add_argument("--once", action="store_true", help="internal: package in this process")
    arguments = parser.parse_args()
    if arguments.once:
        fetch_dataset(arguments.dataset, source=str(arguments.folder), max_experiments=1)
        print(peak_mb())
        return
    arguments.folder.mkdir(parents=True, exist_ok=True)
    WRITERS[arguments.dataset](arguments.folder, np.random.default_rng(0))
    with tempfile.TemporaryDirectory(dir=arguments.folder) as home:
        run = run_python(__file__, str(arguments.folder), arguments.dataset, "--once", BRAINSCORE_MOUSE_HOME=home)
    report(f"Packaging `{arguments.dataset}`", Side("ours", [run.clock_seconds], run.answer), clock="wall")


if __name__ == "__main__":
    main()
