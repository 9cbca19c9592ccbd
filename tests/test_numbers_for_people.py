"""Numbers that round to zero are printed without a sign, wherever people read them."""

import re

import pandas as pd
import pytest
from brainscore_mouse.analyses.score_grid import score_grid
from brainscore_mouse.command_line.compare import _table
from brainscore_mouse.command_line.score import _wrapped
from brainscore_mouse.leaderboard.site import write_leaderboard
from brainscore_mouse.metrics.mouse_score import one_line
from brainscore_mouse.scoring.compare import PairedComparison
from places import REPOSITORY
from stored_scores import store_made_up

# With two to four digits: scores, differences and correlations; sizes and times, of which none is negative, have fewer.
_FORMATTED = re.compile(r"\{[^{}\n]*:\+?(?:\d*)\.[234]f\}|%\.\df|toFixed")
# numbers.js is where it is done for scripts. The others write files for programs, and what cannot be negative.
_EXEMPT = ("numbers.js", "mouse_score.py", "regression_target.py", "select_maps.py", "write_architecture_report.py")
_ELSEWHERE = ("tests", "development", "performance", "docs", "build")
_EXEMPT_LINES = ("cpd_phase", "between_sd")


def test_small_negative_numbers_have_no_sign():
    assert one_line(-0.0004, {"error": 0.02}) == "0.000 ± 0.020"
    assert one_line(-0.0006, {"error": 0.02}) == "-0.001 ± 0.020"
    grid = score_grid([{"model": "a", "benchmark": "toy-VISp-rsa", "score": -0.004, "error": 0.02}])
    assert "0.00 ± 0.02" in grid and "-0.00" not in grid
    columns = ["benchmark", "first", "second", "difference", "low", "high", "p", "p_holm"]
    row = ("toy-VISp-rsa", -0.001, 0.003, -0.004, -0.12, 0.1, 0.8, 0.8)
    compared = PairedComparison(pd.DataFrame([row], columns=columns), None, None, "both", 0.95)
    assert "  0.00    0.00    0.00 [-0.12,  0.10]" in list(_table(compared))[1]


def test_pages_of_the_leaderboard_show_no_minus_zero(tmp_path):
    for area in ("VISp", "VISl"):
        store_made_up("near-zero", f"toy-mouse-{area}-rsa", -0.0001, raw=-0.0001, ceiling=0.9, ceiling_error=0.01,
                      layer_scores={"early": -0.0002, "middle": -0.0001})  # fmt: skip
    write_leaderboard(tmp_path / "board")
    pages = list((tmp_path / "board").rglob("*.html"))
    assert any("0.000" in page.read_text() for page in pages)
    for page in pages:
        assert not re.search(r"[-\u2212]0\.0+\b(?!\d)", page.read_text()), page.name


@pytest.mark.parametrize("suffix", [".py", ".html", ".js"])
def test_numbers_are_formatted_so_that_what_rounds_to_zero_has_no_sign(suffix):
    own = [
        path
        for path in REPOSITORY.rglob(f"*{suffix}")
        if not path.relative_to(REPOSITORY)
        .parts[0]
        .startswith((".", "tests", "development", "performance", "docs", "build"))
        and path.name not in _EXEMPT
    ]
    assert own
    found = [
        f"{path.name}: {line.strip()}"
        for path in own
        for line in path.read_text(encoding="utf-8").splitlines()
        if _FORMATTED.search(line) and not any(exempt in line for exempt in _EXEMPT_LINES)
    ]
    assert found == []


def test_a_score_is_not_broken_within_brackets_or_before_its_error():
    for length in range(1, 60):
        text = (
            f"{'m' * length} on toy-VISp-rsa: 0.282 ± 0.040 of the ceiling (0.976 ± 0.003), layer blocks.3.1 "
            "(5 of 6 partitions), 569 neuroids of 6 mice"
        )
        lines = _wrapped(text).split("\n")
        assert " ".join(line.strip() for line in lines) == text
        assert all(len(line) <= 79 and line.count("(") == line.count(")") for line in lines)
        assert not any(line.strip().startswith("±") or line.endswith("±") for line in lines)
