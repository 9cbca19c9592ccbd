"""How long the leaderboard of 1,000 models and 50 benchmarks takes to write, to open, to sort and to filter.

Needs chromium, chromedriver and selenium. Scores are made up and stored in a temporary home.
"""

import os
import tempfile
import time
from pathlib import Path

import numpy as np
from made_up_scores import AREAS, store_made_up_scores
from report import Side, report

N_MODELS = 1000
BENCHMARKS = [
    *(f"made-up-{area}-{metric}" for metric in ("rsa", "ridge", "pls") for area in AREAS),
    *(f"made-up-{area}.{part}-rsa" for part in ("Cux2", "Sst", "Vip", "Rorb", "Pvalb") for area in AREAS),
    *("dg-made-up-readout", "dg-other-readout"),
]
_REPEATS = 7
# From the event until the browser has drawn the new table.
_TIMED = """
const done = arguments[arguments.length - 1];
const start = performance.now();
{action};
requestAnimationFrame(() => setTimeout(() => done(performance.now() - start), 0));
"""
_ACTIONS = {
    "sort by one area": "document.querySelectorAll('#scores thead button')[2].click()",
    "filter by name": "const box = document.getElementById('search'); box.value = box.value ? '' : '7';"
    " box.dispatchEvent(new Event('input'))",
    "another metric": "const box = document.getElementById('metric'); box.selectedIndex = 1 + (box.selectedIndex % 3);"
    " box.dispatchEvent(new Event('change'))",
}
_ALL_COLUMNS = (
    "for (const id of ['dataset', 'metric', 'part']) { const box = document.getElementById(id); box.value = '*';"
    " box.dispatchEvent(new Event('change')) }"
)


def time_in_browser(page: Path) -> None:
    """Print the median time of each action."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"):
        options.add_argument(option)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    try:
        driver.get(page.as_uri())
        opened = driver.execute_script("return performance.getEntriesByType('navigation')[0].loadEventEnd")
        print(f"open: {opened:.0f} ms")
        for columns in ("six columns", "all columns"):
            if columns == "all columns":
                driver.execute_script(_ALL_COLUMNS)
            shown = driver.execute_script("return document.querySelectorAll('#scores tbody .cell').length")
            for name, action in _ACTIONS.items():
                if columns == "all columns" and name == "another metric":
                    continue
                times = [driver.execute_async_script(_TIMED.format(action=action)) for _ in range(_REPEATS)]
                what = f"leaderboard in a browser: {name}, {columns} ({shown} cells)"
                report(what, Side("ours", np.array(times) / 1000), clock="wall")
    finally:
        driver.quit()


def main() -> None:
    """Write the leaderboard, open it, and print all times."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BRAINSCORE_MOUSE_HOME"] = str(Path(folder) / "home")
        from brainscore_mouse.leaderboard.site import write_leaderboard

        store_made_up_scores(N_MODELS, BENCHMARKS)
        for label in ("write, first time", "write again"):
            start = time.perf_counter()
            page = write_leaderboard(Path(folder) / "board")
            what = f"leaderboard of {N_MODELS} models x {len(BENCHMARKS)} benchmarks, {label}"
            report(what, Side("ours", [time.perf_counter() - start]), clock="wall")
        data_bytes = (page.parent / "scores.js").stat().st_size
        n_bytes = sum(path.stat().st_size for path in page.parent.rglob("*") if path.is_file())
        print(f"size: {n_bytes / 1e6:.0f} MB, of which scores.js {data_bytes / 1e6:.1f} MB")
        time_in_browser(page)


if __name__ == "__main__":
    main()
