"""Plots for notebooks draw the numbers that they are given."""

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse import MouseScore, plot_differences, plot_layers, plot_rdms, plot_scores, rdm_of
from brainscore_mouse.core.errors import InvalidParameterError
from brainscore_mouse.metrics.rsa.rdm_picture import encoded_rdm
from brainscore_mouse.scoring.compare import PairedComparison
from matplotlib import pyplot

pyplot.switch_backend("agg")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    pyplot.close("all")


def score_of(model="net", **attributes):
    score = MouseScore(0.3)
    score.attrs.update(model_identifier=model, benchmark_identifier="toy-VISp-rsa", layer="b", **attributes)
    return score


def test_the_chosen_layer_is_marked():
    axes = plot_layers(score_of(layer_scores={"a": 0.1, "b": 0.3, "c": None}))
    curve, dot, _ = axes.lines
    assert np.array_equal(curve.get_ydata(), [0.1, 0.3, np.nan], equal_nan=True)
    assert dot.get_xdata() == [1] and dot.get_ydata() == [0.3]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["a", "b", "c"]


def test_several_scores_share_the_axis_of_depth():
    scores = [score_of(name, layer_scores=dict.fromkeys(layers, 0.2)) for name, layers in (("x", "ab"), ("y", "abc"))]
    axes = plot_layers(scores)
    curves = [line for line in axes.lines if "on toy" in line.get_label()]
    assert [curve.get_xdata().tolist() for curve in curves] == [[0, 1], [0, 0.5, 1]]
    assert plot_layers(scores, axes) is axes
    with pytest.raises(InvalidParameterError, match="net"):
        plot_layers(score_of())


def test_both_rdms_are_in_the_order_of_the_mice():
    generator = np.random.default_rng(0)
    one, other = (encoded_rdm(1 - np.corrcoef(generator.normal(size=(10, 30)))) for _ in range(2))
    score = score_of(rdm=one, mouse_rdm=other)
    mice, model = (panel.images[0].get_array() for panel in plot_rdms(score))
    order = [int(np.flatnonzero((np.sort(rdm_of(score, "mice"), 1) == np.sort(row)).all(1))[0]) for row in mice]
    assert sorted(order) == list(range(10))
    assert np.array_equal(model, rdm_of(score)[np.ix_(order, order)])


def test_scores_are_drawn_with_their_errors():
    rows = [
        (m, b, s, 0.01) for m, b, s in (("x", "t-VISp-rsa", 0.1), ("y", "t-VISp-rsa", 0.2), ("x", "t-VISl-rsa", 0.4))
    ]
    frame = pd.DataFrame(rows, columns=["model", "benchmark", "score", "error"])
    axes = plot_scores(frame)
    drawn = {bars.get_label(): bars.lines[0].get_ydata().tolist() for bars in axes.containers}
    assert drawn == {"x": [0.1, 0.4], "y": [0.2]}
    with pytest.raises(InvalidParameterError, match="x on t-VISp-rsa"):
        plot_scores(pd.concat([frame, frame.head(1)]))
    with pytest.raises(InvalidParameterError, match="error"):
        plot_scores(frame.drop(columns="error"))
    with pytest.raises(InvalidParameterError):
        plot_scores(frame.assign(score=np.nan))


def test_only_differences_that_exclude_zero_are_filled():
    table = pd.DataFrame({"benchmark": ["a", "b"], "difference": [0.1, 0.2], "low": [-0.1, 0.1], "high": [0.3, 0.3]})
    axes = plot_differences(PairedComparison(table, None, None, "both", 0.95))
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [dot.get_xdata()[0] for dot in dots] == [0.1, 0.2]
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [True, False]
