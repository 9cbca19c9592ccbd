"""How well ``run --dry-run`` knows the time of a table: what it says, and what the table then takes.

Usage: ``OMP_NUM_THREADS=1 python performance/time_of_tables.py [--dataset allen-mouse-npx]``

In a home with recordings and nothing else: first the scores of three models on three areas are stored. From these the
time of three more areas is estimated, which are then scored; from all these that of three more models; then that of
two more on a few benchmarks, none of which is the one that the others began with; and last that of what a table of 20
models, large and small, on all 18 benchmarks lacks. Nothing is downloaded. All times are the processor's, also those
that are stored here: on a busy machine a clock on the wall would show how busy it was.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

from brainscore_mouse import score_table
from brainscore_mouse.core.home import HOME_VARIABLE, datasets_folder
from brainscore_mouse.core.visual_areas import VISUAL_AREAS
from brainscore_mouse.scoring import jobs, score_model
from brainscore_mouse.scoring.plan import table_plan
from brainscore_mouse.scoring.score_table import table_jobs
from report import Side, report

KNOWN = ("pixels", "alexnet-random.0", "resnet18-random.0")
NEW = ("gabor", "squeezenet1-1-random.0", "mobilenet-v2-random.0")
NEWEST = ("squeezenet1-1-random.1", "mobilenet-v2-random.1")
MORE = (
    "alexnet-random.1",
    "convnext-tiny-random.0",
    "densenet121-random.0",
    "efficientnet-b0-random.0",
    "efficientnet-lite0-random.0",
    "efficientnet-lite1-random.0",
    "efficientnet-lite2-random.0",
    "resnet18-random.1",
    "resnet34-random.0",
    "resnet34-random.1",
    "resnet50-random.0",
    "vgg11-random.0",
)
METRICS = ("rsa", "ridge", "pls")


def main() -> None:
    """Store, estimate, compute, and report both times of each table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="simulated-mouse")
    dataset = parser.parse_args().dataset
    for module in (jobs, score_model):
        module.time = SimpleNamespace(perf_counter=time.process_time)
    packaged = datasets_folder().resolve()
    with tempfile.TemporaryDirectory() as home:
        if packaged.is_dir():
            Path(home, "datasets").symlink_to(packaged)
        os.environ[HOME_VARIABLE] = home
        benchmarks = [f"{dataset}-{area}-{metric}" for metric in METRICS for area in VISUAL_AREAS]
        known = [name for name in benchmarks if name.split("-")[-2] in VISUAL_AREAS[:3]]
        _seconds(KNOWN, known)
        _compare("known models on new areas", KNOWN, benchmarks)
        _compare("new models on known areas", NEW, benchmarks)
        _compare("new models on a few benchmarks", NEWEST, benchmarks[-2:])
        models = (*KNOWN, *NEW, *NEWEST, *MORE)
        _compare(f"{len(models)} models on {len(benchmarks)} benchmarks", models, benchmarks)


def _compare(what: str, models: Sequence[str], benchmarks: Sequence[str]) -> None:
    plan = table_plan(table_jobs(models, benchmarks))
    assert plan.seconds is not None and not plan.n_without_time
    name = f"time of {len(plan.to_do)} scores: {what}"
    report(name, Side("estimated", [plan.seconds]), Side("it took", [_seconds(models, benchmarks)]))


def _seconds(models: Sequence[str], benchmarks: Sequence[str]) -> float:
    start = time.process_time()
    scores = score_table(models, benchmarks)
    seconds = time.process_time() - start
    assert scores["failure"].isna().all(), scores["failure"].dropna().iloc[0]
    return seconds


if __name__ == "__main__":
    main()
