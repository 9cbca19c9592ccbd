"""What a model's page shows, from all that is stored of its scores."""

import json
import shlex
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from ..data_packaging.on_disk.manifest import PACKAGED_FROM_ARRAYS
from ..models.model_metadata import ModelMetadata, model_metadata, size_in_words
from ..models.model_name import ModelName
from ..plugins.identifiers import BenchmarkParts, model_parts
from ..results.most_chosen_layer import layer_in_words, most_chosen_layer
from .board_table import BoardTable
from .charts import domain_profile, histogram, layer_curves
from .layer_width import layer_width
from .overview_chart import FLOOR
from .page_name import page_name


def model_page(
    label: str,
    model: str,
    name: ModelName | None,
    records: Sequence[Mapping[str, Any]],
    rdm_folder: Path,
    table: BoardTable,
) -> dict[str, Any]:
    """Collect what a model's page shows.

    Parameters
    ----------
    label : str
        What the model is called among all: its identifier, with a fingerprint where others have the same.
    model : str
        Its identifier.
    name : ModelName or None
        The same, taken apart; None if there is no such model on this machine.
    records : sequence of mapping
        Its newest score of each benchmark, see :func:`brainscore_mouse.results.store.result_records`.
    rdm_folder : Path
        Where pictures of RDMs are written, named by their content.
    table : BoardTable
        All scores, for ranks and baselines.
    """
    of_benchmark = {record["benchmark_identifier"]: record for record in records}
    rows = [(parts, of_benchmark[name]) for name, parts in table.parts.items() if name in of_benchmark]
    records = [record for _, record in rows]
    mouse = [(parts, record) for parts, record in rows if not parts.is_robustness]
    return {
        "name": label,
        "parts": model_parts(model),
        "submission": next((record["submission_sha256"] for record in records if "submission_sha256" in record), None),
        "headline": _headline(label, table),
        "n_models": len(table.models),
        "facts": _facts(ModelMetadata() if name is None else model_metadata(name), records),
        "means": [
            {"group": group, "cell": cell}
            for group in table.groups
            if (cell := table.means.get((label, group.name))) is not None
        ],
        "rows": [_row(label, parts, record, table) for parts, record in rows if not parts.is_robustness],
        "robustness": [_row(label, parts, record, table) for parts, record in rows if parts.is_robustness],
        "seeded": [record for _, record in rows if record.get("seed_scores")],
        "groups": [
            {"title": title, **_group(model, list(members), rdm_folder, table)}
            for title, members in groupby(mouse, key=_group_title)
        ],
        "profiles": [profile for parts, record in rows if parts.is_robustness for profile in _profiles(record)],
        "citations": list(dict.fromkeys(record["citation"] for record in records if record.get("citation"))),
        "n_networks": len({record["model_fingerprint"] for record in records if "model_fingerprint" in record}),
        "from_arrays": sorted(
            {parts.dataset for parts, record in rows if record.get("data_origin") == PACKAGED_FROM_ARRAYS}
        ),
        "is_known": name is not None,
        "commands": [_command(model, record["benchmark_identifier"], name is not None) for record in records],
        "versions": sorted({tuple(record.get("versions", {}).items()) for record in records}),
    }


def _facts(metadata: ModelMetadata, records: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return what is known of the network, each with its heading; what is not known is left out."""
    n_parameters = next((record["n_parameters"] for record in records if record.get("n_parameters") is not None), None)
    size = next((record["image_size"] for record in records if record.get("image_size")), None)
    facts = {
        "Parameters": None if n_parameters is None else f"{n_parameters:,}",
        "Input": size_in_words(*size) if size else metadata.input,
        "Training data": metadata.training_data,
        "Licence of the weights": metadata.licence,
        "Paper or recipe": metadata.paper,
    }
    return [(heading, value) for heading, value in facts.items() if value]


def _headline(label: str, table: BoardTable) -> dict[str, Any] | None:
    """Return the number that stands for the model, what it is of, and its rank."""
    cell = table.headline_cell(label)
    if cell is None:
        return None
    parts = table.parts[table.headline[0]]
    return {"cell": cell, "dataset": parts.dataset, "metric": parts.metric, "n_areas": len(table.headline)}


def _row(label: str, parts: BenchmarkParts, record: Mapping[str, Any], table: BoardTable) -> dict[str, Any]:
    identifier = record["benchmark_identifier"]
    return {
        "parts": parts,
        "record": record,
        "page": page_name(identifier),
        "cell": table.scores.get((label, identifier)),
        "layer": layer_in_words(record),
        "width": layer_width(record),
    }


def _baselines(model: str, benchmarks: Sequence[str], table: BoardTable) -> dict[str, float]:
    """Return the mean scores of the floor and of the untrained control, where these have all benchmarks."""
    control = f"{model_parts(model).base}-random"
    found = {}
    for name in (FLOOR, control):
        cells = [table.scores.get((name, benchmark)) for benchmark in benchmarks]
        if name != model and None not in cells:
            found[name] = float(np.mean([cell.score for cell in cells if cell is not None]))
    return found


def _group_title(row: tuple[BenchmarkParts, Mapping[str, Any]]) -> str:
    parts = row[0]
    variant = f", shown as {parts.variant}" if parts.variant else ""
    part = f", {parts.part}" if parts.part else ""
    return f"{parts.dataset}, {parts.metric}{part}{variant}"


def _group(
    model: str, members: list[tuple[BenchmarkParts, Mapping[str, Any]]], rdm_folder: Path, table: BoardTable
) -> dict[str, Any]:
    """Collect curves, RDMs and histograms of one dataset and metric, by area."""
    baselines = _baselines(model, [record["benchmark_identifier"] for _, record in members], table)
    curves = {
        parts.area: record["layer_scores"] for parts, record in members if len(record.get("layer_scores", {})) > 1
    }
    layers = {parts.area: most_chosen_layer(record) for parts, record in members}
    chosen = {area: layer for area, layer in layers.items() if layer is not None}
    histograms = []
    for parts, record in members:
        values = [value for value in record.get("neuroid_scores", []) if value is not None]
        if values:
            histograms.append({"area": parts.area, **histogram(values)})
    return {
        "curves": layer_curves(curves, chosen, baselines) if curves else None,
        "rdms": _rdms(members, rdm_folder),
        "histograms": histograms,
    }


def _rdms(members: list[tuple[BenchmarkParts, Mapping[str, Any]]], folder: Path) -> list[dict[str, Any]]:
    with_rdm = [(parts, record) for parts, record in members if "rdm" in record]
    if not with_rdm:
        return []
    from .rdm_pictures import rdm_pictures  # loads matplotlib and scipy, which other pages do without

    return [{"area": parts.area, **rdm_pictures(record, folder)} for parts, record in with_rdm]


def _profiles(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Lay out accuracies by domain, one profile per fold of the benchmark."""
    profiles = []
    for (fold, domains), sources in zip(record.get("domains", {}).items(), record.get("sources", []), strict=True):
        rows = [
            {
                "name": name,
                "accuracy": told["accuracy"],
                "error": told["error"],
                "is_source": name in sources,
            }
            for name, told in domains.items()
        ]
        rows.sort(key=lambda row: not row["is_source"])
        profiles.append(
            {
                "benchmark": record["benchmark_identifier"],
                "fold": fold,
                **domain_profile(rows, record["chance"]),
            }
        )
    return profiles


def _command(model: str, benchmark: str, is_known: bool) -> str:
    if is_known:
        return shlex.join(["brainscore-mouse", "score", model, benchmark])
    return f"score_model(model, {json.dumps(benchmark)})"
