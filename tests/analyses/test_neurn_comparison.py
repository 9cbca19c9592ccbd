"""Models plain and behind NeuRN, with controls: numbers against the functions they come from, tables, files."""

import dataclasses
import json
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse import compare, score_model
from brainscore_mouse.analyses.neurn_comparison import compare_with_neurn as measure
from brainscore_mouse.analyses.neurn_comparison.compare_with_neurn import CONTROLS, NeurnComparison, compare_with_neurn
from brainscore_mouse.analyses.neurn_comparison.comparison_tables import comparison_tables, controls_that_win
from brainscore_mouse.analyses.neurn_comparison.write_comparison import write_comparison
from brainscore_mouse.benchmarks.neural_benchmark import MouseNeuralBenchmark
from brainscore_mouse.core.errors import InvalidParameterError, UnknownIdentifierError
from brainscore_mouse.uncertainty.random_effects import RandomEffects

pytestmark = pytest.mark.usefixtures("simulated_home")

AREAS = ("VISp", "VISl")


def made_up(metric="rsa", **columns):
    """Two models in two areas: one gains by NeuRN in VISp, the pixels lose everywhere."""
    plain = {"net": (0.3, 0.2), "pixels": (0.25, 0.1)}
    gains = {"net": (0.1, -0.05), "pixels": (-0.2, -0.1)}
    controls = {"phase-scrambled": (0.3, -0.1), "shuffled": (0.0, 0.01)}
    scores, differences = [], []
    for model in plain:
        for number, area in enumerate(AREAS):
            kinds = {"plain": plain[model][number], "NeuRN": plain[model][number] + gains[model][number]}
            kinds |= {control: values[number] for control, values in controls.items()}
            for kind, score in kinds.items():
                scores.append((metric, area, model, kind, score, 0.01, score / 2, 0.5))
            value = gains[model][number]
            p_holm = 0.01 if (model, area) == ("net", "VISp") else 0.2
            differences.append((metric, model, area, value, value - 0.02, value + 0.02, 0.01, 0.005, p_holm, 0.01))
    mean = {"difference": -0.0625, "low": -0.1, "high": -0.02, "standard_error": 0.02, "p": 0.004}
    names = ["metric", "model", "area", "difference", "low", "high", "standard_error", "p", "p_holm", "p_fdr"]
    return NeurnComparison(
        "made-up",
        pd.DataFrame(scores, columns=["metric", "area", "model", "kind", "score", "error", "raw", "ceiling"]).assign(
            **columns
        ),
        pd.DataFrame(differences, columns=names),
        pd.DataFrame([{"metric": metric, "model": model, **mean} for model in (*plain, "all")]),
        {metric: RandomEffects(-0.06, 0.01, 0.12, 0.9)},
        "both",
    )


@pytest.mark.slow
def test_scores_and_differences_are_those_of_score_model_and_compare(monkeypatch):
    monkeypatch.setattr(measure, "VISUAL_AREAS", AREAS)  # two of the six
    found = compare_with_neurn("simulated-mouse", ["pixels"], ["rsa"])
    scores = found.scores.set_index(["area", "kind"])["score"]
    assert len(scores) == len(AREAS) * (2 + len(CONTROLS))
    expected = compare("pixels+neurn", "pixels", [f"simulated-mouse-{area}-rsa" for area in AREAS])
    np.testing.assert_allclose(scores[[(area, "NeuRN") for area in AREAS]], expected.table["first"], atol=1e-9)
    np.testing.assert_allclose(scores[[(area, "plain") for area in AREAS]], expected.table["second"], atol=1e-9)
    shuffled = score_model("pixels", "simulated-mouse-VISl-rsa@shuffled")
    assert scores["VISl", "shuffled"] == pytest.approx(float(shuffled), abs=1e-12)
    for column in ("difference", "low", "high", "p", "p_holm", "p_fdr"):
        np.testing.assert_allclose(found.differences[column], expected.table[column], atol=1e-9)
    of_all = found.means.set_index("model").loc["all"]
    assert (of_all["difference"], of_all["low"]) == pytest.approx((expected.mean.value, expected.mean.low), abs=1e-9)
    assert found.spread["rsa"].between_sd == pytest.approx(expected.random_effects.between_sd, abs=1e-9)

    def again(*_):
        raise AssertionError("these scores were made before")

    monkeypatch.setattr(MouseNeuralBenchmark, "leave_one_out_scores", again)
    pd.testing.assert_frame_equal(
        compare_with_neurn("simulated-mouse", ["pixels"], ["rsa"]).differences, found.differences
    )


def test_controls_that_win_are_counted_by_area():
    wins = controls_that_win(made_up(), "rsa")
    assert wins.loc["net"].to_dict() == {"floor": 0, "pixels": 0, "phase-scrambled": 1, "shuffled": 0}
    assert wins.loc["net, NeuRN"].to_dict() == {"floor": 0, "pixels": 0, "phase-scrambled": 0, "shuffled": 0}
    behind = wins.loc["pixels, NeuRN"]
    assert (behind["floor"], behind["phase-scrambled"], behind["shuffled"]) == (1, 1, 1)
    assert np.isnan(behind["pixels"])  # no control of itself


def test_models_without_controls_are_told_without_them():
    comparison = made_up()
    uncontrolled = (comparison.scores["model"] == "pixels") & comparison.scores["kind"].isin(CONTROLS)
    comparison = dataclasses.replace(comparison, scores=comparison.scores[~uncontrolled])
    assert np.isnan(controls_that_win(comparison, "rsa").loc["pixels, NeuRN", "shuffled"])
    assert controls_that_win(comparison, "rsa").loc["net", "phase-scrambled"] == 1
    text = comparison_tables(comparison)
    assert "| net, shuffled |" in text and "| pixels, shuffled |" not in text and "| pixels, NeuRN | 0.050" in text


def test_tables_tell_scores_intervals_and_what_is_significant():
    text = comparison_tables(made_up())
    assert "| net, NeuRN | 0.400 ± 0.010 | 0.150 ± 0.010 |" in text
    assert "| net | **+0.100 [+0.080, +0.120]** | -0.050 [-0.070, -0.030] | -0.062 [-0.100, -0.020] |" in text
    assert "Of 4 differences 1 are above 0; with Holm's correction 1 are above and 0 below." in text
    assert "| ceiling, as measured | 0.500 | 0.500 |" in text
    assert "RMSE" not in text


def test_tables_of_maps_tell_errors_and_their_controls():
    errors = {
        "rmse": 0.18,
        "rmse_all_pairs": 0.19,
        "rmse_mean_image": 0.17,
        "rmse_random_maps": 0.3,
        "rmse_noise": 0.04,
    }
    text = comparison_tables(made_up("map-rmse", **errors))
    assert text.count("| mean image | 0.1700 | 0.1700 |") == 2
    assert "| pixels, NeuRN | 0.1800 | 0.1800 |" in text
    assert "| random maps | 0.3000 | 0.3000 |" in text


def test_files_are_complete_and_the_same_for_the_same_numbers(tmp_path):
    comparison = made_up()
    files = write_comparison(comparison, tmp_path / "first")
    assert [path.name for path in files] == ["first.md", "first.json", "first-scores.svg", "first-differences.svg"]
    content = json.loads(files[1].read_text())
    assert len(content["scores"]) == 16 and content["differences"][0]["p_holm"] == 0.01
    words = {element.text for element in ElementTree.parse(files[3]).iter() if element.text}  # noqa: S314, our own
    assert {"net", "pixels", "all"} <= words
    again = write_comparison(comparison, tmp_path / "second")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in files]


def test_what_cannot_be_compared_is_refused_before_anything_is_scored():
    with pytest.raises(UnknownIdentifierError, match="resnet19"):
        compare_with_neurn("simulated-mouse", ["resnet19"], ["rsa"])
    with pytest.raises(InvalidParameterError, match=r"'simulated-mouse'.*'rdm'"):
        compare_with_neurn("simulated-mouse", ["pixels"], ["rsa", "rdm"])
    with pytest.raises(InvalidParameterError, match="'other-mouse'"):
        compare_with_neurn("other-mouse", ["pixels"], ["rsa"])
