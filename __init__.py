"""Mouse visual cortex scores for any vision model, in Brain-Score's idiom.

The functions below are loaded on first use: importing the package loads neither torch nor brainscore_vision.
"""

import importlib
import warnings
from typing import Any

from .core.registries import benchmark_registry, metric_registry, model_registry

# Given when brainscore_core is imported, of a class of its own; the user can do nothing about it.
warnings.filterwarnings("ignore", message="xarray subclass Score", category=FutureWarning)

_DEFINED_IN = {
    "score_model": ".core.scoring",
    "score_table": ".core.score_table",
    "results_frame": ".core.result_view",
    "failures_frame": ".core.result_view",
    "result_records": ".core.results",
    "compare": ".core.paired_comparison",
    "load_benchmark": ".core.plugins",
    "load_metric": ".core.plugins",
    "load_model": ".core.plugins",
    "list_benchmarks": ".core.plugins",
    "list_metrics": ".core.plugins",
    "list_models": ".core.plugins",
    "load_dataset": ".data_packaging.packaged_dataset",
    "load_stimulus_set": ".data_packaging.packaged_dataset",
    "list_datasets": ".data_packaging.packaged_dataset",
    "package_arrays": ".data_packaging.arrays",
    "SubjectArrays": ".data_packaging.arrays",
    "Recipe": ".data_packaging.packaged_dataset",
    "ImageModel": ".core.image_model",
    "Extraction": ".core.extraction",
    "candidate_layers": ".core.candidate_layers",
    "with_neurn": ".models.neurn.with_neurn",
    "register": ".core.registration",
    "unregister": ".core.registration",
    "BrainscoreMouseError": ".core.errors",
}

__all__ = ["benchmark_registry", "metric_registry", "model_registry", *_DEFINED_IN]


def __getattr__(name: str) -> Any:
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_DEFINED_IN[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
