"""A bucket of made-up 2-photon experiments in the layout of the public one, without traces, and tables of units."""

import csv
import itertools
import json
from dataclasses import dataclass

import h5py
import numpy as np
from PIL import Image

N_SCENES = 118
FIRST_ID = 700000001


@dataclass(frozen=True)
class Site:
    """Where and in which mouse an experiment was made."""

    region: str = "VISp"
    cre_line: str = "Cux2-CreERT2"
    depth_um: int = 175
    mouse: str = "mouse-1"
    failed: bool = False


SITES = [
    Site("VISp", "Cux2-CreERT2", 175, "mouse-1"),
    Site("VISp", "Sst-IRES-Cre", 275, "mouse-2"),
    Site("VISp", "Cux2-CreERT2", 175, "mouse-3", failed=True),
    Site("VISp", "Cux2-CreERT2", 275, "mouse-3"),
    Site("VISl", "Rbp4-Cre_KL100", 375, "mouse-1"),
    Site("VISl", "Rbp4-Cre_KL100", 400, "mouse-2"),
]
FAILED_ID = FIRST_ID + 2


def write_bucket(folder, sites, n_cells=12, n_repetitions=4, seed=0, scene_size=(18, 24)):
    """Write a bucket with one container and one session-B experiment per site.

    The cells of a region share a few latent responses to the scenes, so that their RDMs are reliable.
    """
    generator = np.random.default_rng(seed)
    root = folder / "visual-coding-2p"
    for name in ("ophys_experiment_data", "ophys_experiment_analysis"):
        (root / name).mkdir(parents=True)
    containers, experiments = [], []
    for number, site in enumerate(sites):
        identifier = FIRST_ID + number
        container = {"id": 800000001 + number, "failed": site.failed}
        containers.append(container)
        experiments.append(_row(identifier, container, site))
        latent = np.random.default_rng([seed, len(site.region), sum(site.region.encode())]).normal(size=(N_SCENES, 6))
        _write_experiment(root, identifier, latent, n_cells, n_repetitions, generator)
    (root / "experiment_containers.json").write_text(json.dumps(containers))
    (root / "ophys_experiments.json").write_text(json.dumps(experiments))
    write_scenes(folder, scene_size)


def write_scenes(folder, size=(18, 24)):
    """Write the templates; their gray levels tell their number."""
    templates = folder / "visual-coding-neuropixels" / "ecephys-cache" / "natural_scene_templates"
    templates.mkdir(parents=True)
    for number in range(N_SCENES):
        scene = np.random.default_rng(number).integers(0, 256, size, dtype=np.uint8)
        scene[0, 0] = number
        Image.fromarray(scene).save(templates / f"natural_scene_{number}.tiff")


def _row(identifier, container, site):
    lines = [
        {"name": "Camk2a-tTA", "transgenic_line_type_name": "driver"},
        {"name": site.cre_line, "transgenic_line_type_name": "driver"},
        {"name": "Ai93(TITL-GCaMP6f)", "transgenic_line_type_name": "reporter"},
    ]
    return {
        "id": identifier,
        "experiment_container_id": container["id"],
        "stimulus_name": "three_session_B",
        "imaging_depth": site.depth_um,
        "targeted_structure": {"acronym": site.region},
        "specimen": {"donor": {"id": 1, "external_donor_name": site.mouse, "sex": "F", "transgenic_lines": lines}},
    }


def _write_experiment(root, identifier, latent, n_cells, n_repetitions, generator):
    images = np.concatenate([generator.permutation(np.arange(-1, N_SCENES)) for _ in range(n_repetitions)])
    starts = 1500 + (np.arange(len(images)) * 7.5).astype(np.int64)
    tuning = latent @ generator.normal(size=(latent.shape[1], n_cells))
    tuning_and_blank = np.vstack([tuning, np.zeros(n_cells)])  # row -1 is the blank
    responses = tuning_and_blank[images] + generator.normal(size=(len(images), n_cells))
    speed = generator.exponential(2.0, size=len(images))
    with h5py.File(root / "ophys_experiment_data" / f"{identifier}.nwb", "w") as nwb:
        cells = identifier * 1000 + np.arange(n_cells)
        nwb["processing/brain_observatory_pipeline/ImageSegmentation/cell_specimen_ids"] = cells
    path = root / "ophys_experiment_analysis" / f"{identifier}_three_session_B_analysis.h5"
    names = [str(cell) for cell in range(n_cells)] + ["dx"]
    values = np.column_stack([responses, speed])
    means = np.zeros((N_SCENES + 1, n_cells + 1, 3))
    for image in range(-1, N_SCENES):
        means[image + 1, :, 0] = values[images == image].mean(axis=0)
    with h5py.File(path, "w") as analysis:
        group = analysis.create_group("analysis/mean_sweep_response_ns")
        group["axis1"] = np.arange(len(images))
        group["block0_items"] = np.array(names, dtype="S")
        group["block0_values"] = values
        table = analysis.create_group("analysis/stim_table_ns")
        table["axis1"] = np.arange(len(images))
        table["block0_items"] = np.array(["frame", "start", "end"], dtype="S")
        table["block0_values"] = np.column_stack([images, starts, starts + 7])
        analysis["analysis/response_ns"] = means


def add_gratings(folder, n_repetitions=4, seed=0):
    """Add static gratings to all experiments of a bucket, in the layout that AllenSDK 2.16.2 writes.

    The cells of a region are tuned alike, to orientation and spatial frequency.
    """
    conditions = list(itertools.product(range(0, 180, 30), (0.02, 0.04, 0.08, 0.16, 0.32), (0.0, 0.25, 0.5, 0.75)))
    blank = (0.0, 0.0, 0.0)
    rows = np.array([*conditions, blank])
    latent = np.random.default_rng([seed, 1]).normal(size=(30, 6))  # phases do not matter
    for path in sorted((folder / "visual-coding-2p" / "ophys_experiment_analysis").glob("*.h5")):
        generator = np.random.default_rng([seed, int(path.name.split("_")[0])])
        order = np.concatenate([generator.permutation(len(rows)) for _ in range(n_repetitions)])
        starts = 600 + (np.arange(len(order)) * 7.5).astype(np.int64)
        with h5py.File(path, "r+") as file:
            group = file["analysis"]
            n_cells = group["response_ns"].shape[1] - 1
            tuning = np.repeat(latent @ generator.normal(size=(6, n_cells)), 4, axis=0)
            responses = np.vstack([tuning, np.zeros(n_cells)])[order] + generator.normal(size=(len(order), n_cells))
            values = np.column_stack([responses, generator.exponential(2.0, size=len(order))])
            means = np.full((6, 6, 4, n_cells + 1, 3), np.nan)
            for number in range(len(conditions)):
                place = (number // 20, number // 4 % 5 + 1, number % 4)
                means[(*place, slice(None), 0)] = values[order == number].mean(axis=0)
            means[0, 0, 0, :, 0] = values[order == len(conditions)].mean(axis=0)
            group["response_sg"] = means
            for name, blocks in {
                "mean_sweep_response_sg": [([*map(str, range(n_cells)), "dx"], values)],
                "stim_table_sg": [
                    (["orientation", "spatial_frequency", "phase"], rows[order]),
                    (["start", "end"], np.column_stack([starts, starts + 7])),
                ],
            }.items():
                group[f"{name}/axis1"] = np.arange(len(order))
                for number, (items, block) in enumerate(blocks):
                    group[f"{name}/block{number}_items"] = np.array(items, dtype="S")
                    group[f"{name}/block{number}_values"] = block


# Columns in the order of the public tables, as a program lists them that loads these files into a database. Those of
# probes.csv are what the AllenSDK's queries give, in an order that is inferred.
UNIT_METRICS = (
    "ecephys_unit_id c50_dg area_rf fano_dg fano_fl fano_ns fano_rf fano_sg f1_f0_dg g_dsi_dg g_osi_dg g_osi_sg "
    "width_rf height_rf azimuth_rf mod_idx_dg p_value_rf pref_sf_sg pref_tf_dg run_mod_dg run_mod_fl run_mod_ns "
    "run_mod_rf run_mod_sg pref_ori_dg pref_ori_sg run_pval_dg run_pval_fl run_pval_ns run_pval_rf run_pval_sg "
    "elevation_rf on_screen_rf pref_image_ns pref_phase_sg firing_rate_dg firing_rate_fl firing_rate_ns "
    "firing_rate_rf firing_rate_sg on_off_ratio_fl time_to_peak_fl time_to_peak_ns time_to_peak_rf time_to_peak_sg "
    "pref_sf_multi_sg pref_tf_multi_dg sustained_idx_fl pref_ori_multi_dg pref_ori_multi_sg pref_phase_multi_sg "
    "image_selectivity_ns pref_images_multi_ns lifetime_sparseness_dg lifetime_sparseness_fl lifetime_sparseness_ns "
    "lifetime_sparseness_rf lifetime_sparseness_sg"
).split()
UNIT_COLUMNS = {
    "units.csv": (
        "id PT_ratio amplitude amplitude_cutoff cumulative_drift d_prime duration ecephys_channel_id "
        "epoch_name_quality_metrics epoch_name_waveform_metrics firing_rate halfwidth isi_violations "
        "isolation_distance l_ratio max_drift nn_hit_rate nn_miss_rate presence_ratio quality recovery_slope "
        "repolarization_slope silhouette_score snr spread velocity_above velocity_below"
    ).split(),
    "channels.csv": (
        "id ecephys_probe_id local_index probe_horizontal_position probe_vertical_position "
        "anterior_posterior_ccf_coordinate dorsal_ventral_ccf_coordinate left_right_ccf_coordinate "
        "ecephys_structure_id ecephys_structure_acronym"
    ).split(),
    "probes.csv": (
        "id air_channel_index ecephys_session_id has_lfp_data lfp_sampling_rate lfp_temporal_subsampling_factor name "
        "phase sampling_rate surface_channel_index"
    ).split(),
    "sessions.csv": (
        "id date_of_acquisition isi_experiment_id published_at specimen_id session_type age_in_days sex genotype "
        "has_nwb"
    ).split(),
    "brain_observatory_1.1_analysis_metrics.csv": UNIT_METRICS,
}
_GOOD = {"quality": "good", "amplitude_cutoff": 0.1, "presence_ratio": 0.95, "isi_violations": 0.5}
_BOOLEAN = ("on_screen_rf", "multi_")


def unit_tables(units):
    """Return the rows of the five tables that describe Neuropixels units; what no reader needs is made up.

    Parameters
    ----------
    units : list of dict
        Each has ``area``, ``mouse`` (a number), and columns of the tables of units and of metrics, where they are not
        those of a good unit without a preference.
    """
    mice = sorted({unit["mouse"] for unit in units})
    tables = {name: [] for name in UNIT_COLUMNS}
    for mouse in mice:
        session = {"id": 7000 + mouse, "specimen_id": 300 + mouse, "session_type": "brain_observatory_1.1"}
        tables["sessions.csv"].append(session)
        tables["probes.csv"].append({"id": 8000 + mouse, "ecephys_session_id": 7000 + mouse, "name": "probeA"})
    tables["sessions.csv"].append({"id": 7999, "specimen_id": 399, "session_type": "functional_connectivity"})
    tables["probes.csv"].append({"id": 8999, "ecephys_session_id": 7999, "name": "probeB"})
    for number, unit in enumerate(units):
        identifiers = {"id": 950000 + number, "ecephys_unit_id": 950000 + number, "ecephys_channel_id": 850000 + number}
        tables["units.csv"].append({**_GOOD, **identifiers, **unit})
        tables["brain_observatory_1.1_analysis_metrics.csv"].append({**identifiers, **unit})
        tables["channels.csv"].append(
            {"id": 850000 + number, "ecephys_probe_id": 8000 + unit["mouse"], "ecephys_structure_acronym": unit["area"]}
        )
    return tables


def write_unit_tables(folder, tables):
    """Write tables of `unit_tables` where the public bucket has them; return their folder."""
    cache = folder / "visual-coding-neuropixels" / "ecephys-cache"
    cache.mkdir(parents=True)
    for name, rows in tables.items():
        with (cache / name).open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(UNIT_COLUMNS[name])
            writer.writerows([row.get(column, _made_up(column)) for column in UNIT_COLUMNS[name]] for row in rows)
    return cache


def _made_up(column):
    return "False" if any(part in column for part in _BOOLEAN) else ""


def content_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
