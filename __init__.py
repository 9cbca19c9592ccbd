"""Score any vision model against recordings from mouse visual cortex, following Brain-Score's conventions.

The functions below are loaded on first use: importing the package loads neither torch nor brainscore_vision.
"""

import importlib
import importlib.metadata
import warnings
from typing import Any

from .core.quick_imports.without_garbage_collection import without_garbage_collection
from .plugins.registries import benchmark_registry, metric_registry, model_registry

# Given for Brain-Score's Score, which has no __slots__, and for ours, which inherits that; the user can do nothing.
warnings.filterwarnings("ignore", message="xarray subclass (Mouse)?Score", category=FutureWarning)

_DEFINED_IN = {
    "score_model": ".scoring.score_model",
    "score_table": ".scoring.score_table",
    "results_frame": ".results.view",
    "failures_frame": ".results.view",
    "result_records": ".results.store",
    "compare": ".scoring.compare",
    "inter_animal_consistency": ".benchmarks.inter_animal_consistency",
    "neuroid_numbers": ".analyses.neuroid_numbers",
    "area_eigenspectrum": ".benchmarks.area_eigenspectrum",
    "plot_differences": ".analyses.notebook_plots.plot_differences",
    "plot_layers": ".analyses.notebook_plots.plot_layers",
    "plot_rdms": ".analyses.notebook_plots.plot_rdms",
    "plot_scores": ".analyses.notebook_plots.plot_scores",
    "rdm_of": ".metrics.rsa.rdm_of",
    "MouseScore": ".metrics.mouse_score",
    "load_plugin": ".plugins.discovery",
    "register_model": ".plugins.registering",
    "register_metric": ".plugins.registering",
    "register_dataset": ".plugins.registering",
    "register_benchmark": ".plugins.registering",
    "register_area": ".data_packaging.allen.areas",
    "SimilarityMetric": ".metrics.similarity_metric",
    "PredictionMetric": ".metrics.regression.prediction_metric",
    "load_benchmark": ".plugins.discovery",
    "load_metric": ".plugins.discovery",
    "load_model": ".models.loading",
    "list_benchmarks": ".plugins.discovery",
    "list_metrics": ".plugins.discovery",
    "list_models": ".plugins.discovery",
    "load_dataset": ".data_packaging.datasets",
    "load_running_speed": ".data_packaging.datasets",
    "load_stimulus_set": ".data_packaging.datasets",
    "list_datasets": ".data_packaging.on_disk.datasets_here",
    "package_arrays": ".data_packaging.arrays",
    "SubjectArrays": ".data_packaging.arrays",
    "Recipe": ".data_packaging.packaged_dataset",
    "ImageModel": ".activations.image_model",
    "Extraction": ".activations.extraction",
    "candidate_layers": ".activations.candidate_layers",
    "with_neurn": ".models.neurn.with_neurn",
    "register": ".brainscore_bridge.register",
    "unregister": ".brainscore_bridge.register",
    "check_benchmark": ".checks.check_benchmark",
    "check_metric": ".checks.check_metric",
    "check_model": ".checks.check_model",
    "plugin_for_brain_score": ".brainscore_bridge.offer",
    "spare_site_packages": ".brainscore_bridge.register",
    "BrainscoreMouseError": ".core.errors",
}

_ROOMS = ("functional",)
"""Rooms that are public as a whole."""

__all__ = ["benchmark_registry", "metric_registry", "model_registry", *_DEFINED_IN, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return importlib.metadata.version("brainscore-mouse")
    if name in _ROOMS:
        return importlib.import_module(f".{name}", __name__)
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with without_garbage_collection():
        value = getattr(importlib.import_module(_DEFINED_IN[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
