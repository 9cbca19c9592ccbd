"""Figures for papers: there, with their text as text, the same from the same scores."""

import itertools
import re
from xml.etree import ElementTree

import matplotlib
import pytest
from brainscore_mouse.analyses.drawing import STYLE, shortened
from brainscore_mouse.analyses.paper_figures import (
    area_by_model,
    ceilings,
    layer_curves,
    neurn_differences,
    rdm_panels,
    whole_area_scores,
    write_paper_figures,
)
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import DataError
from matplotlib.text import Text
from stored_scores import AREAS, store_made_up, store_table
from typer.testing import CliRunner

MODELS = ["resnet18", "resnet18-neurn", "alexnet"]
NAMES = ("layer-curves", "area-by-model", "ceilings", "neurn-differences", "rdms")


@pytest.mark.slow
def test_all_figures_as_vector_files_whose_text_is_text(tmp_path):
    store_table(MODELS, metrics=("rsa",))
    done = CliRunner().invoke(app, ["figures", "--output", str(tmp_path)])
    assert done.exit_code == 0, done.output
    expected = {f"{name}-toy-mouse-rsa.{suffix}" for name in NAMES for suffix in ("pdf", "svg")}
    assert {path.name for path in tmp_path.iterdir()} == expected
    text = "".join(ElementTree.parse(tmp_path / "area-by-model-toy-mouse-rsa.svg").getroot().itertext())  # noqa: S314
    assert "resnet18-neurn" in text and "VISal" in text and "± 0.02" in text
    fonts = re.findall(rb"/FontFile2|/Subtype /Type3", (tmp_path / "area-by-model-toy-mouse-rsa.pdf").read_bytes())
    assert b"/FontFile2" in fonts and b"/Subtype /Type3" not in fonts  # TrueType embedded, no outlines
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_paper_figures(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_figures_show_the_stored_numbers():
    scores = store_table(MODELS, metrics=("rsa",))
    store_made_up("alexnet", "toy-mouse-VISp.Sst-rsa", 0.9, ceiling=0.9)
    table = whole_area_scores()
    assert len(table) == len(MODELS) * len(AREAS)  # no part of an area, no robustness
    heat = area_by_model(table).axes[0]
    cells = [text.get_text() for text in heat.texts]
    assert sorted(cells) == sorted(
        f"{value:.2f} ± 0.02" for (_, benchmark), value in scores.items() if benchmark.startswith("toy-mouse")
    )
    assert heat.collections[0].get_cmap().name == "cividis"
    differences = neurn_differences(table).axes[0]
    shown = differences.containers[0].lines[0].get_ydata()
    expected = [
        scores["resnet18-neurn", f"toy-mouse-{area}-rsa"] - scores["resnet18", f"toy-mouse-{area}-rsa"]
        for area in AREAS
    ]
    assert shown == pytest.approx(expected)
    bars = ceilings(table).axes[0].patches
    assert [bar.get_height() for bar in bars] == pytest.approx([0.9] * len(AREAS))
    curves = layer_curves(table).axes
    assert [panel.get_title() for panel in curves] == list(AREAS)
    lines = {line.get_label(): line.get_ydata() for line in curves[0].get_lines()}
    value = scores["alexnet", "toy-mouse-VISp-rsa"]
    assert lines["alexnet"] == pytest.approx([value / 2, value, value / 3])


LONG_NAMES = (
    "timm:vit_base_patch14_reg4_dinov2.lvd142m",
    "timm:vit_base_patch14_reg4_dinov2.lvd142m+neurn",
    "torch-file:/home/somebody/projects/mouse/networks/with/a/long/path/to my network.pt",
    "torch-file:/home/somebody/projects/mouse/networks/with/a/long/path/to my network.pt+neurn",
    "hf:facebook/dinov2-with-registers-small",
)


def test_long_names_of_models_stay_within_the_figures(tmp_path):
    store_table(LONG_NAMES, metrics=("rsa",))
    table = whole_area_scores()
    table = table[table["area"] == "VISp"]  # the narrowest figures
    for draw in (layer_curves, area_by_model, neurn_differences, rdm_panels):
        with matplotlib.rc_context(STYLE):
            figure = draw(table)
            figure.savefig(tmp_path / "drawn.png")  # lays it out
        texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
        boxes = [text.get_window_extent() for text in texts]
        assert any("torch-file" in text.get_text() for text in texts)
        for box, text in zip(boxes, texts, strict=True):
            assert figure.bbox.x0 - 2 <= box.x0 and box.x1 <= figure.bbox.x1 + 2, (draw.__name__, text.get_text())
        names = [box for box, text in zip(boxes, texts, strict=True) if len(text.get_text()) > 30]
        assert not any(one.overlaps(other) for one, other in itertools.combinations(names, 2)), draw.__name__
        for panel in figure.axes:
            assert panel.get_window_extent().width > 0.4 * figure.dpi or panel.get_label() == "<colorbar>"


@pytest.mark.parametrize("n_characters", [10, 44, 45, 300])
def test_shortened_names_keep_their_beginning_and_end(n_characters):
    name = "".join(chr(ord("a") + number % 26) for number in range(n_characters))
    short = shortened(name)
    beginning, _, end = short.partition("…")
    assert len(short) == min(44, n_characters) and name.startswith(beginning) and name.endswith(end)


def test_what_is_not_stored_is_not_drawn(tmp_path):
    with pytest.raises(DataError):
        write_paper_figures(tmp_path)
    store_made_up("alexnet", "toy-mouse-VISp-rsa", 0.3, ceiling=0.9, ceiling_error=0.01, raw=0.27)
    names = {path.name for path in write_paper_figures(tmp_path).paths}
    assert names == {
        f"{name}-toy-mouse-rsa.{suffix}" for name in ("area-by-model", "ceilings") for suffix in ("pdf", "svg")
    }
    assert matplotlib.rcParams["pdf.fonttype"] == 3  # the user's own settings are left alone


@pytest.mark.slow
def test_models_are_chosen_by_name_metric_or_rank_and_what_is_left_out_is_said(tmp_path):
    scores = store_table([f"net{number}" for number in range(8)])
    drawn = write_paper_figures(tmp_path / "default", metric="rsa")
    assert {path.stem.rpartition("-")[2] for path in drawn.paths} == {"rsa"}
    (curves, rdms) = sorted(drawn.notes)
    assert "6 models" in curves and "of 8" in curves and "3 models" in rdms and "--top" in rdms
    assert write_paper_figures(tmp_path / "all", metric="rsa", top=8).notes == []
    write_paper_figures(tmp_path / "two", models=["net[01]"], benchmarks=["*-VISp-*"], metric="rsa")
    heat = ElementTree.parse(tmp_path / "two" / "area-by-model-toy-mouse-rsa.svg").getroot()  # noqa: S314
    text = " ".join(heat.itertext())
    assert f"{scores['net1', 'toy-mouse-VISp-rsa']:.2f} ± 0.02" in text and "net2" not in text and "VISl" not in text
    with pytest.raises(DataError):
        write_paper_figures(tmp_path, models=["no-such-net"])
