"""Load every model plugin of the installed brainscore_vision without network, and score each architecture once.

``python development/sweeps/brain_score_plugins.py --results FILE.jsonl`` takes the first identifier of each plugin,
with seeded random weights in place of what it would download, and loads it. Then it scores one plugin of each
architecture by RSA on a few simulated stimuli, small networks first; the scores are in FILE.scores.jsonl. Each plugin
has a process of its own, a fork of one that has imported the libraries. Stopped and started again, it resumes.
``--table FILE.md`` writes the counts; with ``--minutes 0`` of what there is.
"""

import argparse
import contextlib
import hashlib
import logging
import os
import random
import re
import socket
import sys
import textwrap
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import numpy as np
import torch
from brainscore_mouse import load_model, load_stimulus_set, score_model
from brainscore_mouse.brainscore_bridge.internals import (
    TESTED_VERSIONS,
    preprocessing,
    registered_identifiers,
    torch_network,
    vision,
)
from brainscore_mouse.core.errors import BrainscoreMouseError
from few_stimuli import write_few_stimuli
from forked import outcome_in_fork, sweep

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from random_weights import random_weights  # the tests' own, where it is tested

LOAD_SECONDS, SCORE_SECONDS, GIGABYTES = 60, 150, 12
N_STIMULI = 24

# By the class and the message of the error with which a plugin's own code ended; the first that is found.
REASONS = (
    ("a package that is not installed", r"No module named|is not installed|requires the .* library|pip install"),
    (
        "a download that random weights cannot replace",
        r"no network in the sweep|URLError|ConnectionError|NoCredentials|EndpointConnection|HTTPSConnection|"
        r"LocalEntryNotFound|OSError: We couldn't|Max retries|name resolution|FileURLRetrieval|wget|gdown|"
        r"HeadObject|botocore|ConnectError|offline|Can't load|ProxyError",
    ),
    ("a file that its download would have brought", r"FileNotFoundError|No such file|NotADirectory|BadZipFile"),
    (
        "random weights in place of its checkpoint's other content",
        r"RandomWeights|random-weights|state_dict|KeyError|UnpicklingError|checkpoint",
    ),
    ("a GPU", r"CUDA|cuda|NVIDIA"),
    ("memory", r"MemoryError|can't allocate memory|not enough memory"),
    ("other versions of its libraries", r"ImportError|AttributeError|TypeError"),
)


def no_network(*arguments: Any, **options: Any) -> None:
    """Refuse a connection."""
    raise OSError("no network in the sweep")


@contextlib.contextmanager
def without_network() -> Iterator[None]:
    """Refuse connections, in this process and until it ends, and let seeded random weights take the place of files."""
    os.environ["AWS_MAX_ATTEMPTS"] = "1"
    huggingface_hub.constants.HF_HUB_OFFLINE = True
    socket.socket.connect = socket.getaddrinfo = no_network  # type: ignore[assignment,method-assign]
    with random_weights():
        yield


def loaded(identifier: str, image: Path) -> dict[str, Any]:
    """Load a plugin in this process; tell what it is, or why not."""
    with without_network():
        try:
            model = load_model(f"brainscore:{identifier}")
        except BrainscoreMouseError as error:
            cause = error.__cause__
            told = str(error) if cause is None else f"{type(cause).__name__}: {cause}"
            return {"status": "not loaded", "error": told[:500], "traceback": traceback.format_exception(error)[-3:]}
        activations_model = getattr(model, "activations_model", None)
        network, preprocess = torch_network(activations_model), preprocessing(activations_model)
        what = {"status": "loaded", "model": type(model).__name__, "layers": len(getattr(model, "layers", ()))}
        if network is None or preprocess is None:
            return what | {"parameters": 0, "architecture": identifier}
        shape = list(np.shape(preprocess([str(image)])[0]))
        described = f"{type(model).__name__} {shape} {model.layers} {network}"
        return what | {
            "input": shape,
            "parameters": sum(parameter.numel() for parameter in network.parameters()),
            "architecture": hashlib.sha256(described.encode()).hexdigest()[:12],
        }


def scored(identifier: str, benchmark: str) -> dict[str, Any]:
    """Load a plugin in this process and score it."""
    with without_network():
        model = load_model(f"brainscore:{identifier}")
        try:
            score = score_model(model, benchmark)
        except BrainscoreMouseError as error:
            return {"status": "refused", "error": f"{type(error).__name__}: {error}"[:500]}
    layers = len(score.attrs["layer_scores"])
    return {"status": "scored", "score": float(score), "layers": layers, "n_stimuli": N_STIMULI}


def one_of_each_architecture(rows: dict[str, dict[str, Any]]) -> list[str]:
    """Return the first plugin of each architecture that was loaded, small networks first."""
    first: dict[str, str] = {}
    for name, row in rows.items():
        if row["status"] == "loaded":
            first.setdefault(row["architecture"], name)
    return sorted(first.values(), key=lambda name: rows[name]["parameters"])


def reason_of(row: dict[str, Any]) -> str:
    """Sort the reason why a plugin was not loaded."""
    return next((name for name, pattern in REASONS if re.search(pattern, row["error"])), "an error of its own")


def table(rows: dict[str, dict[str, Any]], scores: dict[str, dict[str, Any]]) -> str:
    """Lay out the counts, and the names behind them."""
    n_plugins = len(set(registered_identifiers("model").values()))
    of_architecture = {rows[name]["architecture"]: row for name, row in scores.items()}
    verdicts: dict[str, list[str]] = defaultdict(list)
    for name, row in rows.items():
        if row["status"] == "loaded":
            score = of_architecture.get(row["architecture"], {"status": "not tried"})
            verdicts[f"loaded; its architecture: {score['status']}"].append(name)
        else:
            verdicts[row["status"]].append(name)
    n_architectures = len(one_of_each_architecture(rows))
    lines = [
        f"# Model plugins of brainscore_vision {TESTED_VERSIONS['brainscore-vision']}, each loaded without network",
        "",
        "`development/sweeps/brain_score_plugins.py` wrote this. It took the first identifier of each plugin, with "
        f"seeded random weights in place of downloads: **{len(rows)} of {n_plugins} plugins were tried**, each on one "
        f"thread, within {LOAD_SECONDS} s of processor time and {GIGABYTES} GB. One plugin of each architecture (the "
        "same network as PyTorch prints it, the same candidate layers, the same size of the input) was scored by RSA "
        f"on {N_STIMULI} simulated stimuli, within {SCORE_SECONDS} s: {len(scores)} of {n_architectures} "
        f"architectures, some of them by an earlier run on another number of stimuli. PyTorch {torch.__version__}.",
        "",
        "| what became of it | plugins |",
        "|---|---|",
        *(f"| {verdict} | {len(names)} |" for verdict, names in sorted(verdicts.items(), key=lambda one: -len(one[1]))),
        "",
        "| architectures | |",
        "|---|---|",
        *(f"| {verdict} | {n} |" for verdict, n in Counter(row["status"] for row in scores.values()).most_common()),
        f"| not tried | {n_architectures - len(scores)} |",
        "",
        "## Not loaded, by what they need",
        "",
    ]
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name in verdicts["not loaded"]:
        by_reason[reason_of(rows[name])].append(name)
    for reason, names in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        lines += [f"- **{reason}** ({len(names)})"]
        alike: dict[str, list[str]] = defaultdict(list)
        for name in names:
            alike[_one_line(rows[name]["error"])[:160]].append(name)
        lines += [f"    - {error}: {_listed(names)}" for error, names in sorted(alike.items())]
    for status in ("refused", "timeout", "broken"):
        of_status = {name: row for found in (rows, scores) for name, row in found.items() if row["status"] == status}
        if of_status:
            lines += ["", f"## {status.capitalize()}", ""]
            lines += [f"- `{name}`: {_one_line(row['error'])}" for name, row in sorted(of_status.items())]
    lines += ["", "## Loaded, by architecture", "", "| network | parameters | input | layers | score | plugins |"]
    lines += ["|---|---|---|---|---|---|"]
    alike = defaultdict(list)
    for name, row in rows.items():
        if row["status"] == "loaded":
            alike[row["architecture"]].append(name)
    for architecture, names in sorted(alike.items(), key=lambda one: -len(one[1])):
        row = rows[names[0]]
        score = of_architecture.get(architecture, {"status": "not tried"})
        told = f"{score['score']:.2f}" if score["status"] == "scored" else score["status"]
        if score.get("n_stimuli", N_STIMULI) != N_STIMULI:
            told += f" ({score['n_stimuli']} stimuli)"
        size = " x ".join(map(str, row.get("input", ["-"])))
        cells = [row["model"], f"{row['parameters'] / 1e6:.1f} M", size, str(row["layers"]), told, _listed(names)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def summary(rows: dict[str, dict[str, Any]], scores: dict[str, dict[str, Any]]) -> str:
    """Say the counts in a sentence."""
    n_plugins = len(set(registered_identifiers("model").values()))
    counts = Counter(row["status"] for row in rows.values())
    by_reason = Counter(reason_of(row) for row in rows.values() if row["status"] == "not loaded")
    reasons = ", ".join(f"{count} {reason}" for reason, count in by_reason.most_common())
    of_scores = Counter(row["status"] for row in scores.values())
    n_architectures = len(one_of_each_architecture(rows))
    return (
        f"{len(rows)} of {n_plugins} plugins were tried ([each by name](results/brainscore_plugins.md)): "
        f"{counts['loaded']} were loaded and {counts['not loaded']} were not, with a reason ({reasons}); "
        f"{counts['timeout']} took longer than {LOAD_SECONDS} s of processor time, and {counts['broken']} ended in an "
        f"error of this package. The loaded ones have {n_architectures} architectures. Of these {len(scores)} were to "
        f"be scored so far: {', '.join(f'{count} {status}' for status, count in of_scores.most_common())}."
    )


def write_between_marks(path: Path, text: str) -> None:
    """Replace what is between two marks of a page."""
    before, begin, rest = path.read_text(encoding="utf-8").partition("<!-- counts of the sweep -->\n")
    _, end, after = rest.partition("<!-- end of the counts -->")
    path.write_text(f"{before}{begin}{textwrap.fill(text, 130)}\n{end}{after}", encoding="utf-8")


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300].replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    """Sweep, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--page", type=Path, help="docs/brainscore.md, to write the counts there.")
    parser.add_argument("--only", nargs="*", help="Plugins' folders.")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="Begin no further plugin afterwards.")
    arguments = parser.parse_args()
    first: dict[str, str] = {}
    for identifier, folder in registered_identifiers("model").items():
        first.setdefault(folder, identifier)
    folders = arguments.only or sorted(first)
    random.Random(0).shuffle(folders)  # noqa: S311  # so that a part of them stands for all
    logging.basicConfig(level=logging.WARNING)
    torch.set_num_threads(1)
    vision()
    dataset = write_few_stimuli(N_STIMULI)
    stimuli = load_stimulus_set(dataset)
    image = Path(stimuli.get_stimulus(stimuli["stimulus_id"].iloc[0]))
    logs = arguments.results.with_suffix(".logs")

    def load_outcome(folder: str) -> dict[str, Any]:
        log = logs / f"{folder}.txt"
        found = outcome_in_fork(lambda: loaded(first[folder], image), LOAD_SECONDS, GIGABYTES, log)
        return {"identifier": first[folder], **found}

    def score_outcome(folder: str) -> dict[str, Any]:
        log = logs / f"{folder}.score.txt"
        return outcome_in_fork(lambda: scored(first[folder], f"{dataset}-VISp-rsa"), SCORE_SECONDS, GIGABYTES, log)

    rows = sweep(folders, load_outcome, arguments.results, arguments.minutes)
    scores_file = arguments.results.with_suffix(".scores.jsonl")
    scores = sweep(one_of_each_architecture(rows), score_outcome, scores_file, arguments.minutes)
    if arguments.table:
        arguments.table.write_text(table(rows, scores), encoding="utf-8")
    if arguments.page:
        write_between_marks(arguments.page, summary(rows, scores))


if __name__ == "__main__":
    main()
