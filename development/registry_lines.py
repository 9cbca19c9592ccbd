"""Write the literal registry lines of the plugins that ship here: Brain-Score's own search reads them as text.

``python development/registry_lines.py`` rewrites the block between the two marks in each file; ``--check`` only says
whether a block is out of date (exit status 1).
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from brainscore_mouse.core.visual_areas import VISUAL_AREAS
from brainscore_mouse.data_packaging.allen.areas import all_areas
from brainscore_mouse.data_packaging.allen.gratings.neuroid_tuning import TUNING_SOURCES
from brainscore_mouse.metrics.tuning_distribution.properties import PROPERTIES
from brainscore_mouse.models.efficientnet_lite.architectures import ARCHITECTURES as EFFICIENTNET_LITE
from brainscore_mouse.models.torchvision_networks.architectures import ARCHITECTURES as TORCHVISION
from brainscore_mouse.plugins.discovery import metrics_with_benchmarks

REPOSITORY = Path(__file__).resolve().parents[1]
BEGIN = (
    "# fmt: off\n"
    "# Registered identifiers, one literal line each: Brain-Score searches for them as text (`nox -s registry`).\n"
)
END = "# End of the registered identifiers.\n# fmt: on\n"


def model_lines(architectures: list[str]) -> Iterator[str]:
    """Yield the lines of networks with pretrained weights, with random ones, and with NeuRN."""
    kinds = {"": "pretrained", "-random": "untrained", "-neurn": "pretrained_with_neurn"}
    for architecture in architectures:
        for suffix, function in kinds.items():
            yield (
                f'model_registry["{architecture}{suffix}"] = '
                f'lazily(__package__, ".image_models:{function}", "{architecture}")\n'
            )


def area_lines(dataset: str, function: str) -> Iterator[str]:
    """Yield the lines of a dataset's visual areas by each metric."""
    for area in VISUAL_AREAS:
        for metric in metrics_with_benchmarks():
            yield f'benchmark_registry["{dataset}-{area}-{metric}"] = {function}("{dataset}", "{area}", "{metric}")\n'


def tuning_lines() -> Iterator[str]:
    """Yield the lines of the properties that each dataset's tables have."""
    for dataset, source in TUNING_SOURCES.items():
        for area in VISUAL_AREAS:
            for name in (name for name, each in PROPERTIES.items() if each.column in source.columns):
                made = f'tuning_benchmark("{dataset}", "{area}", "{name}")'
                yield f'benchmark_registry["{dataset}-{area}-{name}"] = {made}\n'


def blocks() -> dict[str, str]:
    """Return the block of each file that has one."""
    allen = dict.fromkeys(row.dataset for row in all_areas())
    return {
        "models/torchvision_networks/__init__.py": "".join(model_lines(list(TORCHVISION))),
        "models/efficientnet_lite/__init__.py": "".join(model_lines(list(EFFICIENTNET_LITE))),
        "benchmarks/simulated_mouse/__init__.py": "".join(area_lines("simulated-mouse", "area_benchmark")),
        "benchmarks/allen_mouse/__init__.py": "".join(
            line for dataset in allen for line in area_lines(dataset, "site_benchmark")
        ),
        "benchmarks/tuning_properties/__init__.py": "".join(tuning_lines()),
    }


def with_block(text: str, block: str) -> str:
    """Return a file's text with its block replaced."""
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    new, n_blocks = re.subn(pattern, lambda _: BEGIN + block + END, text, flags=re.DOTALL)
    if n_blocks != 1:
        raise ValueError(f"there must be one block between the marks, and there are {n_blocks}")
    return new


def main() -> None:
    """Rewrite all blocks, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="Only say what is out of date.")
    check = parser.parse_args().check
    outdated = []
    for name, block in blocks().items():
        path = REPOSITORY / name
        text = path.read_text()
        new = with_block(text, block)
        if new != text:
            outdated.append(name)
            if not check:
                path.write_text(new)
    if check and outdated:
        sys.exit(f"Out of date: {', '.join(outdated)}. Run: python development/registry_lines.py")


if __name__ == "__main__":
    main()
