"""Benchmarks of parts of areas and averages over areas, on a simulated bucket."""

import numpy as np
import pytest
from brainscore_mouse import load_benchmark, load_model, score_model
from brainscore_mouse.core import errors
from brainscore_mouse.metrics.rsa.metric import RSA
from simulated_bucket import SITES, Site, write_bucket


def test_parts_of_an_area(tmp_path, monkeypatch):
    write_bucket(tmp_path / "bucket", SITES)
    monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", str(tmp_path / "bucket"))
    exc = load_benchmark("allen-mouse-VISp.exc-rsa")
    assert set(exc.assembly["cre_line"].values) == {"Cux2-CreERT2"}
    assert exc.assembly.sizes["neuroid"] == 24
    layer_4 = load_benchmark("allen-mouse-VISp.L4-ridge")
    assert sorted(set(layer_4.assembly["subject"].values)) == ["mouse-2", "mouse-3"]
    with pytest.raises(errors.TooFewNeuroidsError, match=r"\b12\b.*\b1\b.*\b20\b.*\b2\b"):
        load_benchmark("allen-mouse-VISp.Sst-rsa").assembly  # noqa: B018


def test_average_over_areas(tmp_path, monkeypatch):
    areas = ("VISp", "VISl", "VISal", "VISpm", "VISam", "VISrl")
    write_bucket(tmp_path / "bucket", [Site(area, mouse=mouse) for area in areas for mouse in ("a", "b")])
    monkeypatch.setenv("BRAINSCORE_MOUSE_ALLEN_SOURCE", str(tmp_path / "bucket"))
    average = load_benchmark("allen-mouse-rsa")
    assert average.identifier == "allen-mouse-rsa"
    for member in average.parts:
        member.metric = RSA(n_half_splits=5, n_bootstraps=20)
    score = score_model("pixels", average)
    model = load_model("pixels")
    scores = {member.area: float(member(model)) for member in average.parts}
    assert float(score) == pytest.approx(np.mean(list(scores.values())), abs=1e-12)
    assert score.attrs["scores"] == scores
    assert tuple(scores) == areas
    assert score.attrs["n_neuroids"] == 144
    assert score.attrs["n_mice"] == 2
    assert score.attrs["layer"] == ", ".join(f"{area}: pixels" for area in areas)
    assert score_model("pixels", average).attrs["from_cache"]
