"""Load every model plugin of the installed brainscore_vision without network, and score it.

``python development/sweeps/brain_score_plugins.py --results FILE.jsonl`` takes the first identifier of each plugin,
with seeded random weights in place of what it would download, and scores it by RSA on a few simulated stimuli. Each
plugin has a process of its own, a fork of one that has imported the libraries. Stopped and started again, it resumes.
``--table FILE.md`` writes the counts.
"""

import argparse
import logging
import os
import random
import re
import socket
import sys
import traceback
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import huggingface_hub
import torch
from brainscore_mouse import load_model, score_model
from brainscore_mouse.brainscore_bridge.internals import registered_identifiers, vision
from brainscore_mouse.core.errors import BrainscoreMouseError
from few_stimuli import write_few_stimuli
from forked import outcome_in_fork, sweep

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from random_weights import random_weights  # the tests' own, where it is tested

SECONDS, GIGABYTES = 150, 12

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


def outcome(identifier: str, benchmark: str) -> dict[str, Any]:
    """Load and score a plugin in this process; tell how far it got."""
    os.environ["AWS_MAX_ATTEMPTS"] = "1"
    huggingface_hub.constants.HF_HUB_OFFLINE = True
    socket.socket.connect = socket.getaddrinfo = no_network  # type: ignore[assignment,method-assign]
    with random_weights():
        try:
            model = load_model(f"brainscore:{identifier}")
        except BrainscoreMouseError as error:
            cause = error.__cause__
            told = str(error) if cause is None else f"{type(cause).__name__}: {cause}"
            return {"status": "not loaded", "error": told[:500], "traceback": traceback.format_exception(error)[-3:]}
        kind = {"model": type(model).__name__}
        try:
            score = score_model(model, benchmark)
        except BrainscoreMouseError as error:
            return kind | {"status": "refused", "error": f"{type(error).__name__}: {error}"[:500]}
    return kind | {"status": "scored", "score": float(score), "layers": len(score.attrs["layer_scores"])}


def reason_of(row: dict[str, Any]) -> str:
    """Sort the reason why a plugin was not loaded."""
    return next((name for name, pattern in REASONS if re.search(pattern, row["error"])), "an error of its own")


def table(rows: dict[str, dict[str, Any]]) -> str:
    """Lay out the counts, and the names behind all but the scored."""
    counts = Counter(row["status"] for row in rows.values())
    lines = [
        "# Model plugins of brainscore_vision 2.4.2, each loaded without network",
        "",
        f"`development/sweeps/brain_score_plugins.py` wrote this: the first identifier of each of {len(rows)} plugins "
        f"(of {len(set(registered_identifiers('model').values()))}, in random order), with seeded random weights, "
        "scored by RSA on a few simulated stimuli, on one thread of a busy machine, within {SECONDS} s and "
        f"{GIGABYTES} GB. PyTorch {torch.__version__}.",
        "",
        "| what became of it | plugins |",
        "|---|---|",
        *(f"| {status} | {count} |" for status, count in counts.most_common()),
        "",
        "## Not loaded, by what they need",
        "",
    ]
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name, row in rows.items():
        if row["status"] == "not loaded":
            by_reason[reason_of(row)].append(name)
    for reason, names in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        lines += [f"- **{reason}** ({len(names)}): {', '.join(f'`{name}`' for name in sorted(names))}"]
    for status in ("refused", "timeout", "broken"):
        of_status = {name: row for name, row in rows.items() if row["status"] == status}
        if of_status:
            lines += ["", f"## {status.capitalize()}", ""]
            lines += [f"- `{name}`: {_one_line(row['error'])}" for name, row in sorted(of_status.items())]
    scored = [name for name, row in rows.items() if row["status"] == "scored"]
    lines += ["", "## Scored", "", ", ".join(f"`{name}`" for name in sorted(scored)) + ".", ""]
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300].replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    """Sweep, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--only", nargs="*", help="Plugins' folders.")
    arguments = parser.parse_args()
    first: dict[str, str] = {}
    for identifier, folder in registered_identifiers("model").items():
        first.setdefault(folder, identifier)
    folders = arguments.only or sorted(first)
    random.Random(0).shuffle(folders)  # noqa: S311  # so that a part of them stands for all
    logging.basicConfig(level=logging.WARNING)
    torch.set_num_threads(1)
    vision()
    benchmark = f"{write_few_stimuli()}-VISp-rsa"
    logs = arguments.results.with_suffix(".logs")

    def outcome_of(folder: str) -> dict[str, Any]:
        identifier = first[folder]
        found = outcome_in_fork(lambda: outcome(identifier, benchmark), SECONDS, GIGABYTES, logs / f"{folder}.txt")
        return {"identifier": identifier, **found}

    rows = sweep(folders, outcome_of, arguments.results)
    if arguments.table:
        arguments.table.write_text(table(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
