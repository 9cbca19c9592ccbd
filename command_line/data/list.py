"""``brainscore-mouse data list``."""

from ..output.json_output import JsonOption, print_json


def list_(as_json: JsonOption = False) -> None:
    """List the datasets on this machine: size, areas, neuroids and mice."""
    from ...core.errors import BrainscoreMouseError
    from ...core.home import datasets_folder
    from ...data_packaging.on_disk.datasets_here import datasets_on_disk
    from ...data_packaging.on_disk.manifest import read_manifest_of

    rows = []
    for dataset in datasets_on_disk():
        n_bytes = sum(path.stat().st_size for path in (datasets_folder() / dataset).rglob("*") if path.is_file())
        row: dict[str, object] = {"dataset": dataset, "megabytes": round(n_bytes / 1e6, 1)}
        try:
            regions = read_manifest_of(datasets_folder() / dataset)["regions"]
            row["areas"] = list(regions)
            row["n_neuroids"] = sum(entry["n_neuroids"] for entry in regions.values())
        except BrainscoreMouseError as error:
            row["problem"] = str(error)
        rows.append(row)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        areas = row.get("areas")
        what = f"{row['n_neuroids']} neuroids in {', '.join(areas)}" if isinstance(areas, list) else row["problem"]
        print(f"{row['dataset']}: {row['megabytes']} MB, {what}")
    if not rows:
        print("No recordings are on this machine yet. To fetch some: brainscore-mouse data fetch allen-mouse")
