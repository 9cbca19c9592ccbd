"""The comparison as tables in Markdown."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from ...core.terminal.p_value import p_value
from .compare_with_neurn import CONTROLS, MEASURES, NeurnComparison

_SIGNIFICANT = 0.05


def comparison_tables(comparison: NeurnComparison) -> str:
    """Lay out scores, differences and controls, metric by metric.

    Parameters
    ----------
    comparison : NeurnComparison
        What was measured.

    Returns
    -------
    str
        Markdown.
    """
    over = {"both": "stimuli and mice"}.get(comparison.over, comparison.over)
    lines = [
        f"# NeuRN minus plain on `{comparison.dataset}`",
        "",
        "Scores are shares of the ceiling with their standard errors. Differences are NeuRN minus plain with 95 % "
        f"intervals over {over} (paired jackknife); **bold**: p < .05 after Holm's "
        "correction for all models and areas of the metric. Means over areas and models leave out a stimulus or a "
        "mouse of all areas at once.",
    ]
    for metric in comparison.differences["metric"].unique():
        lines += _metric_lines(comparison, metric)
    return "\n".join([*lines, ""])


def controls_that_win(comparison: NeurnComparison, metric: str) -> pd.DataFrame:
    """Count in how many areas a control is at least as good as a model.

    Parameters
    ----------
    comparison : NeurnComparison
        What was measured.
    metric : str
        One of its metrics.

    Returns
    -------
    pandas.DataFrame
        Models, with and without NeuRN, in rows; in columns 'floor' (a score of 0), and 'pixels', 'random weights' and
        `CONTROLS` of the plain model, where these were scored.
    """
    scores = comparison.scores[comparison.scores["metric"] == metric]
    table = scores.pivot(index=["model", "kind"], columns="area", values="score")
    rows = {}
    for model in comparison.differences["model"].unique():
        rivals = {"floor": 0 * table.loc[model, "plain"]}
        for name, rival in (("pixels", "pixels"), ("random weights", f"{model}-random")):
            if rival != model and rival in table.index.get_level_values("model"):
                rivals[name] = table.loc[rival, "plain"]
        rivals |= {control: table.loc[model, control] for control in CONTROLS if (model, control) in table.index}
        for kind in ("plain", "NeuRN"):
            of_kind = table.loc[model, kind]
            rows[_name(model, kind)] = {name: int((rival >= of_kind).sum()) for name, rival in rivals.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def _metric_lines(comparison: NeurnComparison, metric: str) -> list[str]:
    scores, differences, means = (
        table[table["metric"] == metric] for table in (comparison.scores, comparison.differences, comparison.means)
    )
    areas = list(differences["area"].unique())
    models = list(differences["model"].unique())
    return [
        "",
        f"## {metric}",
        "",
        _told(differences, means, comparison.spread[metric].between_sd),
        "",
        "### Scores",
        "",
        *_table(["model", *areas], _score_rows(scores, models, areas, ("plain", "NeuRN"))),
        *_measure_lines(scores, models, areas),
        "",
        "### NeuRN minus plain",
        "",
        *_table(["model", *areas, "mean"], _difference_rows(differences, means, models, areas)),
        "",
        "### Controls",
        "",
        "The plain models on other pictures than the mice saw: scenes with scrambled phases, and each scene in the "
        "place of another.",
        "",
        *_table(["model", *areas], _score_rows(scores, models, areas, CONTROLS)),
        "",
        f"In how many of {len(areas)} areas a control is at least as good as the model (a score of 0 is the floor):",
        "",
        *_table(*_win_rows(controls_that_win(comparison, metric))),
    ]


def _told(differences: pd.DataFrame, means: pd.DataFrame, between_sd: float) -> str:
    """Sum a metric's differences up in a sentence."""
    significant = differences["p_holm"] < _SIGNIFICANT
    up, down = (int((significant & (sign * differences["difference"] > 0)).sum()) for sign in (1, -1))
    mean = means[means["model"] == "all"].iloc[0]
    return (
        f"Of {len(differences)} differences {int((differences['difference'] > 0).sum())} are above 0; with Holm's "
        f"correction {up} are above and {down} below. Mean over models and areas: {_interval(mean)}, "
        f"{p_value(mean['p'])}. Standard deviation between models and areas beyond error: {between_sd:z.3f}."
    )


def _score_rows(
    scores: pd.DataFrame, models: Sequence[str], areas: Sequence[str], kinds: Iterable[str]
) -> list[list[str]]:
    found = scores.set_index(["model", "kind", "area"])
    scored = set(zip(scores["model"], scores["kind"], strict=True))
    rows = []
    for model in models:
        for kind in kinds:
            if (model, kind) not in scored:
                continue
            cells = [found.loc[(model, kind, area)] for area in areas]
            rows.append([_name(model, kind), *(f"{cell['score']:z.3f} ± {cell['error']:z.3f}" for cell in cells)])
    if "plain" in kinds:
        ceilings = [scores[scores["area"] == area]["ceiling"].iloc[0] for area in areas]
        rows.append(["ceiling, as measured", *(f"{ceiling:z.3f}" for ceiling in ceilings)])
    return rows


def _measure_lines(scores: pd.DataFrame, models: Sequence[str], areas: Sequence[str]) -> list[str]:
    """Lay out RMSEs, where the metric reports them."""
    if "rmse" not in scores or scores["rmse"].isna().all():
        return []
    found = scores.set_index(["model", "kind", "area"])
    lines = []
    titles = {"rmse": "RMSE with the matched channel (lower is closer)", "rmse_all_pairs": "RMSE of all pairs"}
    for measure, title in titles.items():
        rows = [
            [_name(model, kind), *(f"{found.loc[(model, kind, area), measure]:z.4f}" for area in areas)]
            for model in models
            for kind in ("plain", "NeuRN")
        ]
        for control in MEASURES[2:]:
            values = [scores[scores["area"] == area][control].iloc[0] for area in areas]
            rows.append([control.removeprefix("rmse_").replace("_", " "), *(f"{value:z.4f}" for value in values)])
        lines += ["", f"### {title}", "", *_table(["model", *areas], rows)]
    return lines


def _difference_rows(
    differences: pd.DataFrame, means: pd.DataFrame, models: Sequence[str], areas: Sequence[str]
) -> list[list[str]]:
    found, of_all = differences.set_index(["model", "area"]), means.set_index("model")
    rows = []
    for model in models:
        cells = [found.loc[(model, area)] for area in areas]
        texts = [f"**{_interval(cell)}**" if cell["p_holm"] < _SIGNIFICANT else _interval(cell) for cell in cells]
        rows.append([model, *texts, _interval(of_all.loc[model])])
    return rows


def _win_rows(wins: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    rows = [[str(name), *("" if np.isnan(value) else f"{value:.0f}" for value in row)] for name, row in wins.iterrows()]
    return ["model", *wins.columns], rows


def _name(model: str, kind: str) -> str:
    return {"plain": model, "NeuRN": f"{model}, NeuRN"}.get(kind, f"{model}, {kind}")


def _interval(row: pd.Series) -> str:
    return f"{row['difference']:+z.3f} [{row['low']:+z.3f}, {row['high']:+z.3f}]"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(header)} |", "|---" * len(header) + "|", *(f"| {' | '.join(row)} |" for row in rows)]
