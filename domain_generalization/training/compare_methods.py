"""The files that a comparison of methods ends in."""

import json
from collections.abc import Sequence
from pathlib import Path

from ...core.files import written_whole
from .method_tables import markdown, pair_table, summary_table
from .runs import Run, run_trainings


def compare_methods(runs: Sequence[Run], output: Path, n_processes: int = 1) -> str:
    """Run trainings and write the tables ``<output>.md`` and ``<output>.json``.

    Returns
    -------
    str
        The table as it stands in ``<output>.md``.
    """
    outcomes = run_trainings(runs, n_processes)
    text = markdown(outcomes)
    with written_whole(output.with_suffix(".md")) as temporary:
        temporary.write_text(text)
    content = {
        "settings": {
            name: outcomes[0][name] for name in ("domain_set", "budget", "n_fitting", "n_validation", "n_test")
        },
        "stimulus_sets": {domain: name for outcome in outcomes for domain, name in outcome["stimulus_sets"].items()},
        "versions": outcomes[0]["versions"],
        "summary": summary_table(outcomes).to_dict("records"),
        "pairs": pair_table(outcomes).to_dict("records"),
    }
    with written_whole(output.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(content, indent=1))
    return text
