"""What it costs to confirm that a network still does what is stored: its share of the processor time of scores.

Run with `OMP_NUM_THREADS=1` and the recordings packaged. A network is scored while nothing of it is cached, then with
cached Gram matrices, one by one and in a table.
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from brainscore_mouse import load_model, score_model, score_table
from brainscore_mouse.activations.recorded_network import RecordedNetwork
from brainscore_mouse.core.home import HOME_VARIABLE, datasets_folder
from report import Side, report


def main() -> None:
    """Measure each network in a home of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=["efficientnet-lite0", "resnet50-random"])
    parser.add_argument("--dataset", default="allen-mouse-npx")
    arguments = parser.parse_args()
    packaged = datasets_folder()
    for name in arguments.models:
        with tempfile.TemporaryDirectory() as folder:
            os.environ[HOME_VARIABLE] = folder
            shutil.copytree(packaged, Path(folder) / "datasets")
            _measure(name, arguments.dataset)


def _measure(name: str, dataset: str) -> None:
    model = load_model(name)
    areas = ("VISp", "VISl", "VISal", "VISpm", "VISam")
    for metric in ("rsa", "ridge", "pls"):
        for area, state in zip(areas[:2], ("nothing cached" if metric == "rsa" else "cached", "cached"), strict=True):
            benchmark = f"{dataset}-{area}-{metric}"
            _report(f"{name} on {benchmark}, {state}", lambda: score_model(model, benchmark))  # noqa: B023
    rest = [f"{dataset}-{area}-{metric}" for area in areas[2:] for metric in ("rsa", "ridge")]
    _report(f"{name}, a table of {len(rest)} cached", lambda: score_table([name], rest))


def _report(what: str, score: Callable[[], object]) -> None:
    spent = [0.0]
    methods = {name: getattr(RecordedNetwork, name) for name in ("layer_behaviour", "check_independence")}
    depth = [0]

    def timed(method):
        def measured(*arguments):
            started = time.process_time()
            depth[0] += 1
            try:
                return method(*arguments)
            finally:
                depth[0] -= 1
                if depth[0] == 0:  # one calls the other
                    spent[0] += time.process_time() - started

        return measured

    for name, method in methods.items():
        setattr(RecordedNetwork, name, timed(method))
    started = time.process_time()
    try:
        score()
    finally:
        for name, method in methods.items():
            setattr(RecordedNetwork, name, method)
    total = time.process_time() - started
    print(f"{what}: {spent[0]:.2f} of {total:.2f} s, {100 * spent[0] / total:.1f} %")
    report(what, Side("confirming", spent), Side("the whole score", [total]), print_line=False)


if __name__ == "__main__":
    main()
