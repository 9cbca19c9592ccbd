"""What reading images costs: its share of the processor time of tables of one model after the other.

Usage: ``OMP_NUM_THREADS=1 python performance/image_reading.py [MODEL ...] [--dataset allen-mouse-npx]``

In a home with packaged recordings and nothing else, each model is scored on six areas by RSA, then by ridge and PLS.
The first model decodes the images, the others find them in the cache if they take them at the same size.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from brainscore_mouse import score_table
from brainscore_mouse.activations.recorded_network import RecordedNetwork
from brainscore_mouse.core.home import HOME_VARIABLE, datasets_folder
from brainscore_mouse.core.visual_areas import VISUAL_AREAS
from report import Side, report


def main() -> None:
    """Measure each model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=["alexnet-random.0", "resnet50-random.0"])
    parser.add_argument("--dataset", default="allen-mouse-npx")
    arguments = parser.parse_args()
    packaged = datasets_folder().resolve()
    spent = _timed_reading()
    with tempfile.TemporaryDirectory() as home:
        Path(home, "datasets").symlink_to(packaged)
        os.environ[HOME_VARIABLE] = home
        for model in arguments.models:
            for metrics in (("rsa",), ("ridge", "pls")):
                names = [f"{arguments.dataset}-{area}-{metric}" for metric in metrics for area in VISUAL_AREAS]
                spent[0], start = 0.0, time.process_time()
                scores = score_table([model], names)
                total = time.process_time() - start
                assert scores["failure"].isna().all(), scores["failure"].dropna().iloc[0]
                sides = Side("reading images", [spent[0]]), Side("the whole table", [total])
                report(f"{model}, six areas by {' and '.join(metrics)}", *sides)


def _timed_reading() -> list[float]:
    """Have networks that are made from now on add the time of their reading to the number that is returned."""
    spent = [0.0]
    make = RecordedNetwork.__init__

    def made(network, *arguments, **options):
        make(network, *arguments, **options)
        read = network._read_stimuli

        def timed(paths):
            start = time.thread_time()
            try:
                return read(paths)
            finally:
                spent[0] += time.thread_time() - start

        network._read_stimuli = timed

    RecordedNetwork.__init__ = made
    return spent


if __name__ == "__main__":
    main()
