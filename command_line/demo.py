"""``brainscore-mouse demo``: a first table and figure, without any download."""

import shutil
from pathlib import Path

from ..core.visual_areas import VISUAL_AREAS
from .output.check_stored import check_stored
from .output.sign_of_life import sign_of_life

MODELS = ("efficientnet-lite0", "efficientnet-lite0-neurn", "efficientnet-lite0-random", "pixels")
DATASET = "simulated-mouse"
METRICS = ("rsa", "ridge")


def demo() -> None:
    """Score four models on simulated recordings of six areas; print a table and draw a figure."""
    with sign_of_life("Loading libraries"):
        from ..analyses.plots import score_bars
        from ..analyses.score_grid import score_grid
        from ..core.home import home
        from ..scoring.score_table import score_table

    benchmarks = [f"{DATASET}-{area}-{metric}" for metric in METRICS for area in VISUAL_AREAS]
    table = score_table(MODELS, benchmarks)
    print("Scores on SIMULATED recordings:\n")
    print(score_grid(table.to_dict("records"), shutil.get_terminal_size().columns))
    check_stored(table["not_stored"].dropna().tolist())
    path: Path = home() / "figures" / "demo.png"
    score_bars(table, path, title="Demo: scores on simulated recordings")
    print(f"\nFigure: {path}")
    print("As web pages: brainscore-mouse leaderboard --output leaderboard, then open leaderboard/index.html")
