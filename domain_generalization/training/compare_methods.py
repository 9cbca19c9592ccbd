"""The comparison of methods on trained networks."""

from collections.abc import Sequence
from typing import Any

from .method_tables import markdown, pair_table, summary_table
from .runs import Run, run_trainings


def compare_methods(runs: Sequence[Run], n_processes: int = 1) -> tuple[str, dict[str, Any]]:
    """Run trainings, and compare their outcomes.

    Parameters
    ----------
    runs : sequence of Run
        The trainings.
    n_processes : int
        How many to run at the same time.

    Returns
    -------
    text : str
        Tables in Markdown.
    content : dict
        The same and more, as JSON can hold it.
    """
    outcomes = run_trainings(runs, n_processes)
    content = {
        "settings": {
            name: outcomes[0][name] for name in ("domain_set", "budget", "n_fitting", "n_validation", "n_test")
        },
        "stimulus_sets": {domain: name for outcome in outcomes for domain, name in outcome["stimulus_sets"].items()},
        "versions": outcomes[0]["versions"],
        "summary": summary_table(outcomes).to_dict("records"),
        "pairs": pair_table(outcomes).to_dict("records"),
    }
    return markdown(outcomes), content
