"""Made-up stored scores, for what is made of them."""

import numpy as np
from brainscore_core.metrics import Score
from brainscore_mouse.core.behaviour import Behaviour
from brainscore_mouse.core.content_key import content_key
from brainscore_mouse.metrics.rsa.rdm_picture import encoded_rdm
from brainscore_mouse.results.store import result_path, store_result

AREAS = ("VISp", "VISl", "VISal")
DATASET = "toy-mouse"
LAYERS = ("early", "middle", "late")


def store_made_up(model, benchmark, value, **attrs):
    score = Score(value)
    score.attrs.update(
        model_identifier=model,
        benchmark_identifier=benchmark,
        error=0.02,
        created="2026-01-01T00:00:00+00:00",
        layer="middle",
        versions={"brainscore-mouse": "0.1.0"},
    )
    score.attrs.update(attrs)
    key = content_key(model=model, benchmark=benchmark, number=attrs.get("number"))
    behaviour = Behaviour(np.ones((len(LAYERS), 2, 6)), 1e-4)
    store_result(score, result_path(model, benchmark, key, behaviour), key, behaviour)


def store_table(models, metrics=("rsa", "ridge")):
    """Store scores of all models on all areas by all metrics, and on a benchmark of robustness; return them by both."""
    generator = np.random.default_rng(0)
    scores = {}
    mouse_rdm = encoded_rdm(1 - np.corrcoef(generator.normal(size=(12, 30))))
    for model in models:
        for area in AREAS:
            for metric in metrics:
                benchmark = f"{DATASET}-{area}-{metric}"
                value = round(float(generator.uniform(-0.1, 0.9)), 3)
                shown = {"neuroid_scores": [*generator.uniform(-0.2, 1.1, size=40).round(4).tolist(), None]}
                if metric == "rsa":
                    shown = {
                        "rdm": encoded_rdm(1 - np.corrcoef(generator.normal(size=(12, 30)))),
                        "mouse_rdm": mouse_rdm,
                    }
                store_made_up(
                    model,
                    benchmark,
                    value,
                    raw=value * 0.9,
                    ceiling=0.9,
                    ceiling_error=0.01,
                    n_neuroids=40,
                    n_mice=3,
                    layer_scores=dict(zip(LAYERS, (value / 2, value, value / 3), strict=True)),
                    citation="The recordings, 2026",
                    seed=0,
                    data_sha256="d" * 64,
                    **shown,
                )
                scores[model, benchmark] = value
        value = round(float(generator.uniform(0, 0.6)), 3)
        domains = {"photo": {"photo": {"accuracy": 0.9, "error": 0.01}, "<sketch>": {"accuracy": 0.5, "error": None}}}
        store_made_up(model, "dg-toy-readout", value, raw=0.5, chance=0.25, domains=domains, sources=[["photo"]])
        scores[model, "dg-toy-readout"] = value
    return scores
