"""From the outcomes of trainings to tables of accuracies with intervals."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from ..measures import mean_and_half_interval

BASELINE = "plain"


def pair_table(outcomes: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Average the seeds of each architecture, method, source and test domain.

    Parameters
    ----------
    outcomes : sequence of dict
        From `run_trainings`; all combinations have the same seeds.

    Returns
    -------
    pandas.DataFrame
        Columns architecture, method, source, target (equal to the source: its held-out images), `accuracy` and `ece`
        (means over seeds), `half_interval` (of the accuracy, 95 %, Student's t over seeds), `gain` over the plain
        network of the same seed with `gain_half_interval`, and `n_seeds`.
    """
    accuracies: dict[tuple[str, str, str, str], dict[int, float]] = {}
    calibration: dict[tuple[str, str, str, str], list[float]] = {}
    for outcome in outcomes:
        for target, result in outcome["domains"].items():
            cell = (outcome["architecture"], outcome["method"], outcome["source"], target)
            accuracies.setdefault(cell, {})[outcome["seed"]] = result["accuracy"]
            calibration.setdefault(cell, []).append(result["ece"])
    rows = []
    for cell, of_seed in accuracies.items():
        architecture, method, source, target = cell
        baseline = accuracies[(architecture, BASELINE, source, target)]
        accuracy, half_interval = mean_and_half_interval(np.array(list(of_seed.values())))
        gain, gain_half_interval = mean_and_half_interval(np.array([of_seed[s] - baseline[s] for s in of_seed]))
        rows.append(
            {
                "architecture": architecture,
                "method": method,
                "source": source,
                "target": target,
                "accuracy": accuracy,
                "half_interval": half_interval,
                "ece": float(np.mean(calibration[cell])),
                "gain": gain,
                "gain_half_interval": gain_half_interval,
                "n_seeds": len(of_seed),
            }
        )
    return pd.DataFrame(rows)


def summary_table(outcomes: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Average over all pairs of source and unseen target, per architecture and method.

    Returns
    -------
    pandas.DataFrame
        Columns architecture, method, `source_accuracy`, `target_accuracy` with `half_interval`, `gain` over plain with
        `gain_half_interval` (95 %, Student's t over seeds), and on how many of `n_pairs` pairs the gain's own interval
        lies above 0 (`n_better`) or below (`n_worse`).
    """
    pairs = pair_table(outcomes)
    of_seed = pd.DataFrame(
        [
            {
                **{name: outcome[name] for name in ("architecture", "method", "seed")},
                "seen": target == outcome["source"],
            }
            | {"accuracy": result["accuracy"]}
            for outcome in outcomes
            for target, result in outcome["domains"].items()
        ]
    )
    means = of_seed.groupby(["architecture", "method", "seen", "seed"])["accuracy"].mean()
    rows = []
    for architecture, method in product(pairs["architecture"].unique(), pairs["method"].unique()):
        unseen = pairs[
            (pairs["architecture"] == architecture) & (pairs["method"] == method) & (pairs["source"] != pairs["target"])
        ]
        by_seed = means[architecture, method, False]
        accuracy, half_interval = mean_and_half_interval(by_seed.to_numpy())
        gain, gain_half_interval = mean_and_half_interval((by_seed - means[architecture, BASELINE, False]).to_numpy())
        rows.append(
            {
                "architecture": architecture,
                "method": method,
                "source_accuracy": float(means[architecture, method, True].mean()),
                "target_accuracy": accuracy,
                "half_interval": half_interval,
                "gain": gain,
                "gain_half_interval": gain_half_interval,
                "n_better": int((unseen["gain"] > unseen["gain_half_interval"]).sum()),
                "n_worse": int((unseen["gain"] < -unseen["gain_half_interval"]).sum()),
                "n_pairs": len(unseen),
            }
        )
    return pd.DataFrame(rows)


def markdown(outcomes: Sequence[dict[str, Any]]) -> str:
    """Lay both tables out for reading."""
    summary, pairs = summary_table(outcomes), pair_table(outcomes)
    first = outcomes[0]
    n_seeds = int(pairs["n_seeds"].min())
    lines = [
        f"# Trained on one domain of `{first['domain_set']}`, tested on the others",
        "",
        f"{len(outcomes)} trainings from scratch: {first['n_fitting']} fitting images, "
        f"{first['budget']['epochs']} epochs in batches of {first['budget']['batch_size']}, Adam at "
        f"{first['budget']['learning_rate']:g}; the epoch is chosen on {first['n_validation']} validation images of "
        f"the source; {first['n_test']} test images per domain; {n_seeds} seeds. Accuracy in %, with 95 % intervals "
        "over seeds (Student's t). Gain: over the plain network of the same seed, on the same images.",
        "",
        "## All pairs of source and unseen target",
        "",
        "Better, worse: pairs whose own interval of the gain lies above or below 0; with 5 % expected by chance alone.",
        "",
        "| architecture | method | source | unseen targets | gain over plain | better | worse | pairs |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in summary.itertuples():
        gain = "" if row.method == BASELINE else _cell(row.gain, row.gain_half_interval, "+.1f")
        lines.append(
            f"| {row.architecture} | {row.method} | {100 * row.source_accuracy:.1f} | "
            f"{_cell(row.target_accuracy, row.half_interval)} | {gain} | {row.n_better} | {row.n_worse} | "
            f"{row.n_pairs} |"
        )
    for architecture in pairs["architecture"].unique():
        lines += _pair_lines(pairs[pairs["architecture"] == architecture], architecture)
    return "\n".join([*lines, ""])


def _pair_lines(pairs: pd.DataFrame, architecture: str) -> list[str]:
    methods = pairs["method"].unique()
    lines = [
        "",
        f"## {architecture}: each pair",
        "",
        f"| source | target | {' | '.join(methods)} |",
        "|---|---|" + "---|" * len(methods),
    ]
    for (source, target), of_pair in pairs.groupby(["source", "target"], sort=False):
        by_method = of_pair.set_index("method")
        cells = [_cell(by_method.loc[name, "accuracy"], by_method.loc[name, "half_interval"]) for name in methods]
        name = f"{target} (held out)" if source == target else target
        lines.append(f"| {source} | {name} | {' | '.join(cells)} |")
    return lines


def _cell(value: float, half_interval: float, style: str = ".1f") -> str:
    return f"{100 * value:{style}} ± {100 * half_interval:.1f}"
