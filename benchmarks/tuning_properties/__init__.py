"""Benchmarks of how units and cells are tuned to static gratings, from a table of cells that needs no trace.

One literal line each: Brain-Score's own plugin search looks for the text.
"""

from ...plugins.registries import benchmark_registry
from .factories import tuning_benchmark

benchmark_registry["allen-mouse-gratings-VISp-orientation-selectivity"] = tuning_benchmark(
    "VISp", "orientation-selectivity"
)
benchmark_registry["allen-mouse-gratings-VISp-preferred-orientation"] = tuning_benchmark(
    "VISp", "preferred-orientation"
)
benchmark_registry["allen-mouse-gratings-VISp-preferred-spatial-frequency"] = tuning_benchmark(
    "VISp", "preferred-spatial-frequency"
)
benchmark_registry["allen-mouse-gratings-VISl-orientation-selectivity"] = tuning_benchmark(
    "VISl", "orientation-selectivity"
)
benchmark_registry["allen-mouse-gratings-VISl-preferred-orientation"] = tuning_benchmark(
    "VISl", "preferred-orientation"
)
benchmark_registry["allen-mouse-gratings-VISl-preferred-spatial-frequency"] = tuning_benchmark(
    "VISl", "preferred-spatial-frequency"
)
benchmark_registry["allen-mouse-gratings-VISal-orientation-selectivity"] = tuning_benchmark(
    "VISal", "orientation-selectivity"
)
benchmark_registry["allen-mouse-gratings-VISal-preferred-orientation"] = tuning_benchmark(
    "VISal", "preferred-orientation"
)
benchmark_registry["allen-mouse-gratings-VISal-preferred-spatial-frequency"] = tuning_benchmark(
    "VISal", "preferred-spatial-frequency"
)
benchmark_registry["allen-mouse-gratings-VISpm-orientation-selectivity"] = tuning_benchmark(
    "VISpm", "orientation-selectivity"
)
benchmark_registry["allen-mouse-gratings-VISpm-preferred-orientation"] = tuning_benchmark(
    "VISpm", "preferred-orientation"
)
benchmark_registry["allen-mouse-gratings-VISpm-preferred-spatial-frequency"] = tuning_benchmark(
    "VISpm", "preferred-spatial-frequency"
)
benchmark_registry["allen-mouse-gratings-VISam-orientation-selectivity"] = tuning_benchmark(
    "VISam", "orientation-selectivity"
)
benchmark_registry["allen-mouse-gratings-VISam-preferred-orientation"] = tuning_benchmark(
    "VISam", "preferred-orientation"
)
benchmark_registry["allen-mouse-gratings-VISam-preferred-spatial-frequency"] = tuning_benchmark(
    "VISam", "preferred-spatial-frequency"
)
benchmark_registry["allen-mouse-gratings-VISrl-orientation-selectivity"] = tuning_benchmark(
    "VISrl", "orientation-selectivity"
)
benchmark_registry["allen-mouse-gratings-VISrl-preferred-orientation"] = tuning_benchmark(
    "VISrl", "preferred-orientation"
)
benchmark_registry["allen-mouse-gratings-VISrl-preferred-spatial-frequency"] = tuning_benchmark(
    "VISrl", "preferred-spatial-frequency"
)
