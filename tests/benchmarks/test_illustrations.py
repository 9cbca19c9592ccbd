"""What is stored beside a score to be shown: RDMs as ranks, the score of each neuroid, the citation."""

import base64

import numpy as np
import pytest
from brainscore_mouse import score_model
from brainscore_mouse.metrics.regression.regression_target import neuroid_means
from brainscore_mouse.metrics.rsa.rdm_picture import decoded_rdm, encoded_rdm
from scipy.stats import spearmanr

UPPER = np.triu_indices(30, k=1)


def test_encoded_rdm_keeps_the_order_of_the_pairs():
    rdm = 1 - np.corrcoef(np.random.default_rng(0).normal(size=(30, 12)))
    decoded = decoded_rdm(encoded_rdm(rdm))
    assert np.array_equal(decoded, decoded.T) and not np.diag(decoded).any()
    assert decoded[UPPER].min() == 0 and decoded[UPPER].max() == 1
    assert spearmanr(decoded[UPPER], rdm[UPPER]).statistic > 0.99999


def test_undefined_pairs_stay_undefined():
    rdm = 1 - np.corrcoef(np.random.default_rng(0).normal(size=(30, 12)))
    rdm[3] = rdm[:, 3] = np.nan
    decoded = decoded_rdm(encoded_rdm(rdm))
    undefined = np.isnan(decoded)
    assert undefined[3, [0, 1, 2, 4]].all() and undefined[UPPER].sum() == 29
    assert np.nanmax(decoded) == 1


def test_what_is_no_rdm_is_refused():
    with pytest.raises(ValueError, match=r"\b4\b.*\b30\b"):
        decoded_rdm({"n_stimuli": 30, "ranks": base64.b64encode(b"abcd").decode()})


def test_neuroid_means_over_the_splits_that_have_a_score():
    scores = [np.array([[0.2, np.nan], [0.4, np.nan]]), np.array([[0.9], [np.nan]])]
    means = neuroid_means(scores, [np.array([0, 2]), np.array([0])], 4)
    assert means[0] == pytest.approx((0.2 + 0.4 + 0.9) / 3)
    assert np.isnan(means[1:]).all()


def test_scores_carry_what_can_be_shown(simulated_home):
    rsa = score_model("pixels", "simulated-mouse-VISp-rsa")
    pairs = np.triu_indices(rsa.attrs["n_stimuli"], k=1)
    model, mouse = (decoded_rdm(rsa.attrs[name])[pairs] for name in ("rdm", "mouse_rdm"))
    # All stimuli and neuroids at once, where the score averages over halves of them.
    assert spearmanr(model, mouse).statistic == pytest.approx(rsa.attrs["raw"], abs=0.1)
    ridge = score_model("pixels", "simulated-mouse-VISp-ridge")
    of_neuroids = ridge.attrs["neuroid_scores"]
    defined = [value for value in of_neuroids if value is not None]
    # Which neuroids are reliable is decided in each half of the repetitions.
    assert len(of_neuroids) == ridge.attrs["n_neuroids"] + ridge.attrs["n_neuroids_below_reliability"]
    assert len(defined) >= ridge.attrs["n_neuroids"]
    assert np.mean(defined) == pytest.approx(float(ridge), abs=0.1)
    assert "imulated" in ridge.attrs["citation"]
