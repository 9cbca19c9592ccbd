"""Tables of scores: many models on many benchmarks."""

from collections.abc import Sequence

import pandas as pd
from tqdm import tqdm

from .plugins import check_model_is_known, load_benchmark, load_model
from .scoring import score_model

COLUMNS = ("score", "error", "raw", "ceiling", "layer", "n_neuroids", "n_mice", "from_cache")


def score_table(models: Sequence[str], benchmarks: Sequence[str]) -> pd.DataFrame:
    """Score every model on every benchmark.

    Each score is stored as soon as it is made, so that an interrupted table goes on where it stopped.

    Parameters
    ----------
    models, benchmarks : sequence of str
        Identifiers. All are looked up before the first model is loaded.

    Returns
    -------
    pandas.DataFrame
        One row per pair, with the columns model, benchmark and those of `COLUMNS`, see
        :func:`brainscore_mouse.score_model`; None where a benchmark has no such number.
    """
    for identifier in models:
        check_model_is_known(identifier)
    loaded_benchmarks = [load_benchmark(identifier) for identifier in benchmarks]
    rows = []
    with tqdm(total=len(models) * len(benchmarks), desc="scores", unit="score") as progress:
        for model_identifier in models:
            model = load_model(model_identifier)
            for benchmark in loaded_benchmarks:
                progress.set_postfix_str(f"{model_identifier} on {benchmark.identifier}")
                score = score_model(model, benchmark)
                rows.append(
                    {"model": model_identifier, "benchmark": benchmark.identifier, "score": float(score)}
                    | {column: score.attrs.get(column) for column in COLUMNS[1:]}
                )
                progress.update()
    return pd.DataFrame(rows)


def pivoted(table: pd.DataFrame) -> pd.DataFrame:
    """Lay a table out for reading: models in rows, benchmarks in columns, 'score ± error' in the cells."""
    cells = table.assign(cell=[f"{row.score:.2f} ± {row.error:.2f}" for row in table.itertuples()])
    wide = cells.pivot(index="model", columns="benchmark", values="cell")
    return wide.reindex(index=table["model"].unique(), columns=table["benchmark"].unique())
