"""On the real recordings of ../shared/data, where they are."""

import numpy as np
import pytest
from brainscore_mouse import load_dataset, load_model, score_model
from brainscore_mouse.data_packaging.array_folder import package_array_folder
from brainscore_mouse.data_packaging.recordings import trials_from_assembly
from brainscore_mouse.metrics.rsa.compare_pairs import compare_pairs
from brainscore_mouse.metrics.rsa.rdm import pairs_of_rdm, rdm_from_gram, rdm_of_patterns
from brainscore_mouse.uncertainty.split_half import half_means, spearman_brown
from places import RECORDINGS

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"the real recordings are not in {RECORDINGS}"),
]


@pytest.fixture(scope="module", autouse=True)
def packaged_home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("packaged_home")
        patch.setenv("BRAINSCORE_MOUSE_HOME", str(folder))
        package_array_folder(RECORDINGS, "allen-mouse-npx", official=True)
        yield folder


@pytest.fixture(autouse=True)
def home(packaged_home, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(packaged_home))


# The figures of an independent analysis of the same recordings: Pearson RSA of 64-px images over the root of the
# split-half reliability, all stimuli and mice. It reports .292 for pixels in VISrl, which no subset of the mice gives.
@pytest.mark.parametrize(
    ("region", "pixels", "neurn_pixels"),
    [
        ("VISp", 0.121, 0.181),
        ("VISl", 0.174, 0.143),
        ("VISal", 0.159, 0.142),
        ("VISpm", 0.142, 0.154),
        ("VISam", 0.111, 0.167),
        ("VISrl", None, 0.098),
    ],
)
def test_pixel_rsa_agrees_with_an_independent_analysis(region, pixels, neurn_pixels):
    assembly = load_dataset("allen-mouse-npx", region)
    trials = trials_from_assembly(assembly)
    first, second = (pairs_of_rdm(rdm_of_patterns(half)) for half in half_means(trials, 50, np.random.default_rng(0)))
    ceiling = spearman_brown(compare_pairs(first, second, "pearson").mean()) ** 0.5
    measured = pairs_of_rdm(rdm_of_patterns(np.nanmean(trials, axis=0, dtype=float)))
    for identifier, expected in (("pixels", pixels), ("neurn-pixels", neurn_pixels)):
        (gram,) = load_model(identifier).layer_grams(assembly.attrs["stimulus_set"]).values()
        score = compare_pairs(pairs_of_rdm(rdm_from_gram(gram.row_centred)), measured, "pearson") / ceiling
        if expected is not None:
            assert score == pytest.approx(expected, abs=0.021)


@pytest.mark.parametrize("metric", ["rsa", "ridge"])
def test_scores_of_real_recordings(metric):
    """An area in which one mouse has 47 repetitions and the others 50."""
    score = score_model("pixels", f"allen-mouse-npx-VISrl-{metric}")
    assert 0.1 < float(score) < 0.5
    assert 0.75 < score.attrs["ceiling"] < 0.98  # regression scores half of the repetitions
    assert score.attrs["n_stimuli"] == 118 and score.attrs["n_mice"] == 6
