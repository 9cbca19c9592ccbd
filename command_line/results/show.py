"""``brainscore-mouse results show``."""

import shutil

from ..output.json_output import JsonOption, print_json
from ..patterns import BenchmarksOption, MetricOption, ModelsOption

_COLUMNS = ["model", "label", "benchmark", "score", "error", "ceiling", "layer", "n_neuroids", "n_mice", "created"]


def show(
    models: ModelsOption = None,
    benchmarks: BenchmarksOption = None,
    metric: MetricOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the stored scores as tables: models by areas, one table per dataset and metric."""
    from ...analyses.score_grid import score_grid
    from ...core.errors import UnknownIdentifierError
    from ...plugins.identifiers import benchmark_parts
    from ...results.matches import row_matches
    from ...results.newest_scores import newest_scores

    scores = newest_scores(*_COLUMNS)
    chosen = [row for row in scores if row_matches(row, models, benchmarks)]
    if metric is not None:
        chosen = [row for row in chosen if benchmark_parts(row["benchmark"]).metric == metric]
    if not chosen:
        stored = f"{len(scores)} scores are stored, of {len({row['label'] for row in scores})} models"
        raise UnknownIdentifierError(
            f"No stored score matches what is chosen; {stored}: `brainscore-mouse results show` shows all of them."
            if scores
            else "No scores are stored yet. Compute one: brainscore-mouse score pixels simulated-mouse-VISp-rsa"
        )
    if as_json:
        print_json(chosen)
    else:
        print(score_grid(chosen, shutil.get_terminal_size().columns))
