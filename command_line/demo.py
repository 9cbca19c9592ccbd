"""``brainscore-mouse demo``: a first table and figure, without any download."""

from pathlib import Path

from ..core.visual_areas import VISUAL_AREAS
from .check_stored import check_stored

MODELS = ("efficientnet-lite0", "efficientnet-lite0-neurn", "efficientnet-lite0-random", "pixels")
DATASET = "simulated-mouse"
METRICS = ("rsa", "ridge")


def demo() -> None:
    """Score four models on simulated recordings of six areas; print a table and draw a figure."""
    from ..analyses.plots import score_bars
    from ..core.home import home
    from ..scoring.score_table import pivoted, score_table

    benchmarks = [f"{DATASET}-{area}-{metric}" for metric in METRICS for area in VISUAL_AREAS]
    table = score_table(MODELS, benchmarks)
    print("Scores on SIMULATED recordings (share of the ceiling ± standard error):")
    for metric in METRICS:
        of_metric = table[table["benchmark"].str.endswith(f"-{metric}")]
        wide = pivoted(of_metric.assign(benchmark=of_metric["benchmark"].str.split("-").str[-2]))
        print(f"\n{metric}\n{wide.to_string()}")
    check_stored(table["not_stored"].dropna().tolist())
    path: Path = home() / "figures" / "demo.png"
    score_bars(table, path, title="Demo: scores on simulated recordings")
    print(f"\nFigure: {path}")
    print("As web pages: brainscore-mouse leaderboard --output leaderboard, then open leaderboard/index.html")
