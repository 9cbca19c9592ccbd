"""Time and peak memory of packaging a simulated bucket of 2-photon experiments, by the code that packages the real one.

    python performance/allen_packaging.py [--experiments 200] [--cells 175] [--repetitions 50] [--jobs 4]

All experiments are of one area: nothing is larger in memory. The analysis files have, besides what is read, 600 bytes
per cell and sweep that are not, as the AllenSDK's files have; they are holes, which take no disk. Each step runs in a
process of its own; its memory at the start, mostly imported libraries, is told apart.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
from own_process import peak_mb, run_python
from PIL import Image
from report import Side, report

N_SCENES = 118
BYTES_NOT_READ = 600  # per cell and sweep
MB = 1e6


def write_bucket(folder, n_experiments, n_cells, n_repetitions):
    """Write a bucket of so many experiments, each of another mouse."""
    generator = np.random.default_rng(0)
    root = folder / "visual-coding-2p"
    for name in ("ophys_experiment_data", "ophys_experiment_analysis"):
        (root / name).mkdir(parents=True)
    lines = [{"name": "Cux2-CreERT2", "transgenic_line_type_name": "driver"}]
    containers, rows = [], []
    for number in range(n_experiments):
        identifier = 700000001 + number
        containers.append({"id": number, "failed": False})
        rows.append(
            {
                "id": identifier,
                "experiment_container_id": number,
                "stimulus_name": "three_session_B",
                "imaging_depth": 175,
                "targeted_structure": {"acronym": "VISp"},
                "specimen": {"donor": {"id": number, "external_donor_name": f"m{number}", "transgenic_lines": lines}},
            }
        )
        write_experiment(root, identifier, n_cells, n_repetitions, generator)
    (root / "experiment_containers.json").write_text(json.dumps(containers))
    (root / "ophys_experiments.json").write_text(json.dumps(rows))
    templates = folder / "visual-coding-neuropixels" / "ecephys-cache" / "natural_scene_templates"
    templates.mkdir(parents=True)
    for number in range(N_SCENES):
        scene = generator.integers(0, 256, (918, 1174), dtype=np.uint8)
        Image.fromarray(scene).save(templates / f"natural_scene_{number}.tiff")


def write_experiment(root, identifier, n_cells, n_repetitions, generator):
    """Write the cells of the NWB file, and the analysis file."""
    images = np.concatenate([generator.permutation(np.arange(-1, N_SCENES)) for _ in range(n_repetitions)])
    starts = 1500 + (np.arange(len(images)) * 7.5).astype(np.int64)
    tuning = np.vstack([generator.normal(size=(N_SCENES, n_cells)), np.zeros(n_cells)])  # row -1 is the blank
    values = np.empty((len(images), n_cells + 1))
    values[:, :-1] = tuning[images] + 3 * generator.normal(size=(len(images), n_cells))
    values[:, -1] = generator.exponential(2.0, size=len(images))
    means = np.zeros((N_SCENES + 1, n_cells + 1, 3))
    for image in range(-1, N_SCENES):
        means[image + 1, :, 0] = values[images == image].mean(axis=0)
    with h5py.File(root / "ophys_experiment_data" / f"{identifier}.nwb", "w") as nwb:
        cells = identifier * 1000 + np.arange(n_cells)
        nwb["processing/brain_observatory_pipeline/ImageSegmentation/cell_specimen_ids"] = cells
    with h5py.File(root / "ophys_experiment_analysis" / f"{identifier}_three_session_B_analysis.h5", "w") as analysis:
        group = analysis.create_group("analysis/mean_sweep_response_ns")
        group["axis1"] = np.arange(len(images))
        group["block0_items"] = np.array([*(str(cell) for cell in range(n_cells)), "dx"], dtype="S")
        group["block0_values"] = values
        write_hole(analysis, "analysis/sweep_response_ns", len(images) * n_cells * BYTES_NOT_READ)
        table = analysis.create_group("analysis/stim_table_ns")
        table["axis1"] = np.arange(len(images))
        table["block0_items"] = np.array(["frame", "start", "end"], dtype="S")
        table["block0_values"] = np.column_stack([images, starts, starts + 7])
        analysis["analysis/response_ns"] = means


def write_hole(file, name, n_bytes):
    """Allot bytes of a file without writing them."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    properties.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    space = h5py.h5s.create_simple((n_bytes,))
    h5py.h5d.create(file.id, name.encode(), h5py.h5t.NATIVE_UINT8, space, properties)


def run_step(step, source, jobs):
    """Do one step in this process and print what it took, as JSON."""
    import brainscore_mouse.data_packaging.allen.fetch as fetching
    import brainscore_mouse.data_packaging.remote_objects.bucket as buckets

    n_bytes = 0
    content_of = buckets.RemoteFile._content

    def counted(file, first, stop):
        nonlocal n_bytes
        content = content_of(file, first, stop)
        if file.key.endswith((".h5", ".nwb")):  # not the scenes
            n_bytes += len(content)
        return content

    buckets.RemoteFile._content = counted
    before, start = peak_mb() * MB, time.monotonic()
    if step == "fetch":
        fetching.fetch("allen-mouse", jobs=jobs, source=source)
    else:
        fetching.package("allen-mouse", source=source)
    print(json.dumps({"s": time.monotonic() - start, "peak": peak_mb() * MB, "before": before, "read": n_bytes}))


def measure(step, source, jobs, home):
    """Run one step in a process of its own."""
    command = [__file__, "--step", step, "--source", str(source), "--jobs", str(jobs)]
    return run_python(*command, BRAINSCORE_MOUSE_HOME=str(home), OMP_NUM_THREADS="1").answer


def main():
    """Make the bucket, package it, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=int, default=200)
    parser.add_argument("--cells", type=int, default=175)
    parser.add_argument("--repetitions", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument(
        "--bucket", type=Path, help="keep the simulated bucket in this folder, or use it if it is there"
    )
    parser.add_argument("--step", choices=["fetch", "package"], help=argparse.SUPPRESS)
    parser.add_argument("--source", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        run_step(arguments.step, arguments.source, arguments.jobs)
        return
    with tempfile.TemporaryDirectory() as temporary:
        bucket = arguments.bucket or Path(temporary) / "bucket"
        if not bucket.is_dir():
            start = time.monotonic()
            write_bucket(bucket, arguments.experiments, arguments.cells, arguments.repetitions)
            print(f"simulated bucket made in {time.monotonic() - start:.0f} s")
        home = Path(temporary) / "home"
        n_responses = N_SCENES * arguments.repetitions * arguments.cells
        output = 4 * n_responses * arguments.experiments
        # float64 as read, and float32 as kept.
        experiment = 12 * n_responses
        analysis = next((bucket / "visual-coding-2p" / "ophys_experiment_analysis").iterdir()).stat()
        print(
            f"{arguments.experiments} experiments x {arguments.cells} cells x {N_SCENES} scenes x "
            f"{arguments.repetitions} repetitions, {arguments.jobs} jobs"
        )
        print(
            f"output {output / MB:.0f} MB (float32), one experiment {experiment / MB:.0f} MB, "
            f"an analysis file {analysis.st_size / MB:.0f} MB"
        )
        for step in ("fetch", "package"):
            took = measure(step, bucket, arguments.jobs, home)
            used = took["peak"] - took["before"]
            print(
                f"{step}: {took['s']:.0f} s, peak {took['peak'] / MB:.0f} MB, of which {took['before'] / MB:.0f} MB "
                f"before it began; {used / MB:.0f} MB are {used / (output + experiment):.2f} x (output + one "
                f"experiment); {took['read'] / arguments.experiments / MB:.1f} MB read per experiment"
            )
            name = f"`data {step}` of {arguments.experiments} experiments"
            report(name, Side("ours", [took["s"]], took["peak"] / MB), clock="wall", print_line=False)
        dataset = home / "datasets" / "allen-mouse"
        print(f"dataset on disk: {sum(p.stat().st_size for p in dataset.rglob('*') if p.is_file()) / MB:.0f} MB")


if __name__ == "__main__":
    main()
