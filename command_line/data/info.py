"""``brainscore-mouse data info [DATASET]``."""

from typing import Annotated

import typer

from ...core.terminal.counted import counted
from ..output.json_output import JsonOption, print_json

_COUNTED_COLUMNS = ("cre_line", "layer", "cell_class")


def info(
    datasets: Annotated[list[str] | None, typer.Argument(help="Default: all datasets on this machine.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is in packaged datasets: counts by area, Cre line and layer, and the size on disk."""
    from ...data_packaging.datasets import read_manifest
    from ...data_packaging.on_disk.datasets_here import datasets_on_disk

    present = datasets_on_disk()
    if as_json:
        print_json([read_manifest(dataset) for dataset in datasets or present])
        return
    if not present:
        print("There are no recordings on this machine yet. For instance: brainscore-mouse data fetch allen-mouse")
    for dataset in datasets or present:
        print_info(dataset)


def print_info(dataset: str) -> None:
    """Print what is in a packaged dataset."""
    from ...core.home import datasets_folder
    from ...data_packaging.array_folder import NOT_STATED
    from ...data_packaging.datasets import load_dataset, origin_of, read_manifest

    manifest = read_manifest(dataset)
    folder = datasets_folder() / dataset
    n_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{dataset}{' (SIMULATED)' if manifest['simulated'] else ''}: {n_bytes / 1e6:.1f} MB in {folder}")
    print(f"  {origin_of(manifest)}")
    recipe = manifest["recipe"]
    print("  response window: {:g} to {:g} ms after stimulus onset".format(*recipe["window_ms"]))
    for label, key in (("response", "response"), ("cite", "citation"), ("licence", "licence")):
        print(f"  {label}: {recipe[key]}")
    if NOT_STATED in (recipe["response"], recipe["citation"], recipe["licence"]):
        print(f"  {NOT_STATED}: write it into recipe.json beside the arrays, and package them again (docs/data.md)")
    details = manifest.get("details", {})
    for region, entry in manifest["regions"].items():
        part = "" if details.get("complete", {}).get(region, True) else ", not all experiments"
        print(f"  {region}: {counted(entry['n_neuroids'], 'neuroid')} of {counted(entry['n_subjects'], 'mouse')}{part}")
        neuroids = load_dataset(dataset, region).indexes["neuroid"].to_frame(index=False)
        for column in _COUNTED_COLUMNS:
            if column in neuroids.columns:
                counts = neuroids[column].value_counts().sort_index()
                print(f"    {column}: {', '.join(f'{name} {count}' for name, count in counts.items())}")
    for experiment, reason in details.get("left_out", {}).items():
        print(f"  left out: experiment {experiment}, because {reason}")
    n_deviating = sum(bool(report["deviations"]) for report in details.get("experiments", []))
    if n_deviating:
        print(f"  {n_deviating} experiments deviate from the protocol: see {folder / 'manifest.json'}")
