"""A score shows itself, and stays a Brain-Score Score."""

import base64
import io
import pickle
import re

import numpy as np
import pytest
from brainscore_core.metrics import Score
from brainscore_mouse import MouseScore, list_benchmarks, load_benchmark, load_metric, rdm_of, score_model
from brainscore_mouse.core.errors import InvalidParameterError
from brainscore_mouse.metrics.rsa.rdm_picture import encoded_rdm
from PIL import Image
from scipy.stats import rankdata
from small_models import small_image_model

ATTRIBUTES = {
    "error": 0.0402,
    "ceiling": 0.976,
    "ceiling_error": 0.003,
    "layer": "blocks.3.1",
    "n_neuroids": 569,
    "n_mice": 6,
    "n_stimuli": 118,
}


def made(value=0.2817, **attributes):
    score = MouseScore(value)
    score.attrs.update(ATTRIBUTES | attributes)
    return score


def test_a_score_is_one_line():
    line = "0.282 ± 0.040 of the ceiling (0.976 ± 0.003), layer blocks.3.1, 569 neuroids of 6 mice, 118 stimuli"
    assert repr(made()) == str(made()) == f"{made()}" == line


def test_what_is_undefined_is_left_out():
    assert repr(made(error=None, ceiling_error=None)).startswith("0.282 of the ceiling (0.976), layer")
    assert repr(MouseScore(0.25)) == "0.250"


def test_a_score_on_labels_shows_accuracies_and_no_ceiling():
    score = MouseScore(0.5)
    score.attrs.update(error=0.1, raw=0.55, source_accuracy=0.91, layer="fc", n_stimuli=90)
    shown = "0.500 ± 0.100, accuracy 0.550 on unseen domains and 0.910 on the source domains, layer fc, 90 stimuli"
    assert repr(score) == shown


def test_numbers_can_be_formatted_and_rounded():
    assert f"{made():.2f}" == "0.28" and round(made(), 2) == 0.28 and float(made()) == 0.2817
    assert round(made()) == 0


def test_arithmetic_gives_scores_that_show_their_number():
    difference = made() - 0.1
    assert isinstance(difference, Score) and repr(difference) == "0.182"
    assert isinstance(made().mean(), Score) and repr(made() > 0.28) == "True"


def test_a_pickled_score_is_the_same():
    copied = pickle.loads(pickle.dumps(made()))  # noqa: S301
    assert type(copied) is MouseScore and copied.attrs == made().attrs and float(copied) == 0.2817


def test_several_numbers_are_shown_as_brain_score_does():
    assert "split" in repr(MouseScore([0.1, 0.2], dims=["split"]))


def test_the_picture_in_a_notebook_is_the_rdm():
    responses = np.random.default_rng(0).normal(size=(9, 20))
    rdm = 1 - np.corrcoef(responses)
    score = made(rdm=encoded_rdm(rdm), mouse_rdm=encoded_rdm(rdm), note="<b>&")
    shown = score._repr_html_()
    assert "<b>&" not in shown and "&lt;b&gt;&amp;" in shown
    pictures = re.findall(r"base64,([^\"]+)", shown)
    assert len(pictures) == 2
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(pictures[0]))))
    pairs = np.triu_indices(9, k=1)
    assert pixels.shape == (9, 9)
    assert np.array_equal(rankdata(pixels[pairs]), rankdata(rdm[pairs]))


def test_rdm_of_returns_the_ranks_of_dissimilarities():
    rdm = 1 - np.corrcoef(np.random.default_rng(1).normal(size=(8, 20)))
    score = made(rdm=encoded_rdm(rdm), mouse_rdm=encoded_rdm(rdm[::-1, ::-1]))
    pairs = np.triu_indices(8, k=1)
    ranks = (rankdata(rdm[pairs]) - 1) / 27
    assert np.abs(rdm_of(score)[pairs] - ranks).max() <= 0.5 / 254 + 1e-12
    assert np.array_equal(rdm_of(score.attrs, "mice"), rdm_of(score)[::-1, ::-1])
    with pytest.raises(InvalidParameterError, match="rsa"):
        rdm_of(made())
    with pytest.raises(InvalidParameterError, match="mouse"):
        rdm_of(score, "mouse")


@pytest.mark.slow
def test_benchmarks_return_such_scores_and_the_store_gives_them_back(simulated_home):
    model = small_image_model()
    fresh = score_model(model, "simulated-mouse-VISp-rsa")
    stored = score_model(model, "simulated-mouse-VISp-rsa")
    assert stored.attrs["from_cache"] and not fresh.attrs["from_cache"]
    for score in (fresh, stored, load_benchmark("simulated-mouse-VISp-rsa")(model)):
        assert type(score) is MouseScore
        assert re.fullmatch(r"-?0\.\d{3} ± 0\.\d{3} of the ceiling \(.*\), layer \w+, 174 neuroids.*", repr(score))
    assert repr(load_benchmark("simulated-mouse-VISp-rsa").ceiling).startswith(f"{fresh.attrs['ceiling']:.3f} ± ")
    assert repr(model) == "ImageModel('small', 3 layers, 32 px)"


@pytest.mark.slow
def test_benchmarks_and_metrics_say_what_they_are():
    assert "correlation='kendall'" in repr(load_metric("rsa", correlation="kendall"))
    for identifier in list_benchmarks()[::100]:
        assert repr(identifier) in repr(load_benchmark(identifier))
