"""The attributes that say which model was scored on what: the same in every benchmark's scores."""

from typing import Any

from ..core.interfaces import Benchmark, NeuralModel


def score_identity(benchmark: Benchmark, model: NeuralModel) -> dict[str, Any]:
    """Return `benchmark_identifier`, `benchmark_version`, `model_identifier`, `citation` and the benchmark's content.

    The content is all that the score depends on beside the model: `data_sha256`, `seed` and `metric_settings`.
    """
    return {
        "benchmark_identifier": benchmark.identifier,
        "benchmark_version": benchmark.version,
        "model_identifier": model.identifier,
        "citation": benchmark.bibtex,
        **benchmark.content(),
    }
