"""How long a stored score takes to come back, its network confirmed, in units of ``import torch``; and quick commands.

Each is a process of its own with one thread; they run in turn, and the median of their processor times counts.
Nothing is needed besides this package: the score is of a small model on the simulated recordings, in a temporary home.
"""

import argparse
import tempfile
from functools import partial
from statistics import median

from own_process import run_python
from report import Side, report

MODELS = ("pixels", "alexnet-random.0")
_SCORE = (
    "from brainscore_mouse import score_model; print(score_model({!r}, 'simulated-mouse-VISp-rsa').attrs['from_cache'])"
)
_COMMANDS = (
    *("--help", "list benchmarks", "list metrics", "status", "results show", "results failures", "data list"),
    *("cache info", "leaderboard --output {home}/board"),
)


def main() -> None:
    """Print the medians, and those of stored scores relative to torch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="Number of runs of each.")
    n_runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as home:
        run = partial(run_python, BRAINSCORE_MOUSE_HOME=home, OMP_NUM_THREADS="1")
        programs = {f"import {name}": ("-c", f"import {name}") for name in ("torch", "torchvision")}
        for model in MODELS:
            programs[f"stored score of {model}"] = ("-c", _SCORE.format(model))
            print(f"score of {model}, computed: {run('-c', _SCORE.format(model)).processor_seconds:.2f} s")
        for command in _COMMANDS:
            programs[command] = ("-m", "brainscore_mouse", *command.format(home=home).split())
        times: dict[str, list[float]] = {name: [] for name in programs}
        for _ in range(n_runs):
            for name, arguments in programs.items():
                times[name].append(run(*arguments).processor_seconds)
        ratios = {
            name: [one / torch for one, torch in zip(found, times["import torch"], strict=True)]
            for name, found in times.items()
        }
    for name, found in times.items():
        spread = f"{min(found):.2f} to {max(found):.2f}"
        print(f"{name:40} {median(found):5.2f} s ({spread}), {median(ratios[name]):.2f} of torch")
        if name != "import torch":
            report(name, Side("ours", found), Side("import torch", times["import torch"]), print_line=False)


if __name__ == "__main__":
    main()
