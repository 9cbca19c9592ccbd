"""``brainscore-mouse results show``."""

import shutil

from ..output.json_output import JsonOption, print_json, records_of
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
    from ...results.matches import matching_rows
    from ...results.view import results_frame

    frame = results_frame()
    frame = frame[frame["is_newest"]]
    chosen = matching_rows(frame, models, benchmarks)
    if metric is not None:
        chosen = chosen[chosen["benchmark"].map(lambda name: benchmark_parts(name).metric == metric).astype(bool)]
    if chosen.empty:
        stored = f"{len(frame)} scores are stored, of {frame['label'].nunique()} models"
        raise UnknownIdentifierError(
            f"No stored score matches what is chosen; {stored}: `brainscore-mouse results show` shows all of them."
            if len(frame)
            else "No scores are stored yet. Compute one: brainscore-mouse score pixels simulated-mouse-VISp-rsa"
        )
    if as_json:
        print_json(records_of(chosen[_COLUMNS]))
    else:
        print(score_grid(chosen, shutil.get_terminal_size().columns))
