"""A page per benchmark: what is known of its recordings, and what their terms allow to show."""

import json

import pytest
from brainscore_mouse.core.home import datasets_folder
from brainscore_mouse.data_packaging.datasets import read_manifest
from brainscore_mouse.leaderboard.benchmark_page import few, may_show_stimuli
from brainscore_mouse.leaderboard.page_name import page_name
from brainscore_mouse.leaderboard.site import write_leaderboard
from stored_scores import store_made_up

SIMULATED = "simulated-mouse-VISp-rsa"


def store(benchmark, **attrs):
    told = {"ceiling": 0.876, "ceiling_error": 0.012, "n_neuroids": 321, "n_mice": 5, "citation": "Me, 2026"}
    for model, value in (("a", 0.5), ("b", 0.2)):
        store_made_up(model, benchmark, value, **told | attrs)


def page_of(folder, benchmark):
    return (folder / "benchmarks" / page_name(benchmark)).read_text()


@pytest.mark.usefixtures("simulated_home")
def test_a_page_lists_what_the_dataset_says_of_itself_and_shows_stimuli_that_may_be_shown(tmp_path):
    store(SIMULATED, n_stimuli=118)
    write_leaderboard(tmp_path / "board")
    page, recipe = page_of(tmp_path / "board", SIMULATED), read_manifest("simulated-mouse")["recipe"]
    low, high = recipe["window_ms"]
    assert f"{low:.0f} to {high:.0f} ms" in page and recipe["licence"] in page
    assert "0.876" in page and "0.012" in page and ">321<" in page and ">118<" in page and "Me, 2026" in page
    assert f"brainscore-mouse score efficientnet-lite0 {SIMULATED}" in page and "data fetch" not in page
    assert page.index(">a<") < page.index(">b<")
    shown = list((tmp_path / "board" / "stimuli").iterdir())
    assert len(shown) == 24 and all(f"stimuli/{path.name}" in page for path in shown)


@pytest.mark.usefixtures("simulated_home")
def test_stimuli_of_recordings_are_not_shown(tmp_path):
    path = datasets_folder() / "simulated-mouse" / "manifest.json"
    manifest = json.loads(path.read_text())
    assert may_show_stimuli(manifest)
    assert not may_show_stimuli({**manifest, "simulated": False})
    other = datasets_folder() / "other-mouse"
    other.mkdir()
    (other / "manifest.json").write_text(json.dumps({**manifest, "identifier": "other-mouse", "simulated": False}))
    store("other-mouse-VISp-rsa")
    write_leaderboard(tmp_path / "board")
    assert list((tmp_path / "board" / "stimuli").iterdir()) == []
    assert "terms" in page_of(tmp_path / "board", "other-mouse-VISp-rsa")


def test_a_dataset_that_is_not_here_is_said_to_be_unknown(tmp_path):
    store("toy-mouse-VISp-rsa")
    write_leaderboard(tmp_path / "board")
    page = page_of(tmp_path / "board", "toy-mouse-VISp-rsa")
    assert "not on the machine" in page and "<img" not in page


def test_areas_with_few_recordings_are_flagged(tmp_path):
    assert few({"n_neuroids": 50, "n_mice": 3}) == [] == few({})
    assert few({"n_neuroids": 49, "n_mice": 1}) == ["49 neuroids", "1 mouse"]
    store("toy-mouse-VISp-rsa", n_neuroids=12, n_mice=2)
    store("toy-mouse-VISl-rsa")
    write_leaderboard(tmp_path / "board")
    assert "12 neuroids of 2 mice" in page_of(tmp_path / "board", "toy-mouse-VISp-rsa")
    assert "Few recordings" not in page_of(tmp_path / "board", "toy-mouse-VISl-rsa")
    assert (tmp_path / "board" / "benchmarks.html").read_text().count("few: ") == 1


def test_a_benchmark_of_robustness_is_not_described_as_recordings(tmp_path):
    store_made_up("a", "dg-toy-readout", 0.4, chance=0.25, raw=0.5)
    write_leaderboard(tmp_path / "board")
    page = page_of(tmp_path / "board", "dg-toy-readout")
    assert "<dt>Recordings</dt>" not in page and "Stimuli" not in page and "0.250" in page
