"""Made-up scores in a store."""

from collections.abc import Sequence

import numpy as np
from brainscore_core.metrics import Score
from brainscore_mouse.core.behaviour import Behaviour
from brainscore_mouse.core.content_key import content_key
from brainscore_mouse.results.store import result_path, store_result

AREAS = ("VISp", "VISl", "VISal", "VISpm", "VISam", "VISrl")


def store_made_up_scores(n_models: int, benchmarks: Sequence[str]) -> None:
    """Store a score of every model on every benchmark, in this process' home."""
    generator = np.random.default_rng(0)
    for number in range(n_models):
        model = f"net{number}{('', '-neurn', '-random')[number % 3]}"
        for benchmark in benchmarks:
            score = Score(float(generator.uniform(0, 0.6)))
            layers = {f"layer{index}": float(value) for index, value in enumerate(generator.uniform(0, 0.6, 12))}
            score.attrs.update(model_identifier=model, benchmark_identifier=benchmark, error=0.03, raw=0.3, ceiling=0.9)
            score.attrs.update(ceiling_error=0.01, layer="layer3", layer_scores=layers, n_neuroids=300, n_mice=5)
            score.attrs.update(created="2026-01-01T00:00:00+00:00", versions={}, chance=0.1)
            key = content_key(model=model, benchmark=benchmark)
            behaviour = Behaviour(np.zeros((24, 6)), 1e-4)
            store_result(score, result_path(model, benchmark, key, behaviour), key, behaviour)
