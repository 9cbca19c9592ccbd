# ruff: noqa: E501 - one literal line for each identifier
"""Benchmarks of how units and neuroids are tuned to static gratings, from tables that need no trace or spike.

One literal line each: Brain-Score's own plugin search looks for the text.
"""

from ...plugins.registries import benchmark_registry
from .factories import tuning_benchmark

# fmt: off
# Registered identifiers, one literal line each: Brain-Score searches for them as text (`nox -s registry`).
benchmark_registry["allen-mouse-gratings-VISp-orientation-selectivity"] = tuning_benchmark("allen-mouse-gratings", "VISp", "orientation-selectivity")
benchmark_registry["allen-mouse-gratings-VISp-global-orientation-selectivity"] = tuning_benchmark("allen-mouse-gratings", "VISp", "global-orientation-selectivity")
benchmark_registry["allen-mouse-gratings-VISp-preferred-orientation"] = tuning_benchmark("allen-mouse-gratings", "VISp", "preferred-orientation")
benchmark_registry["allen-mouse-gratings-VISp-preferred-spatial-frequency"] = tuning_benchmark("allen-mouse-gratings", "VISp", "preferred-spatial-frequency")
benchmark_registry["allen-mouse-gratings-VISl-orientation-selectivity"] = tuning_benchmark("allen-mouse-gratings", "VISl", "orientation-selectivity")
benchmark_registry["allen-mouse-gratings-VISl-global-orientation-selectivity"] = tuning_benchmark("allen-mouse-gratings", "VISl", "global-orientation-selectivity")
benchmark_registry["allen-mouse-gratings-VISl-preferred-orientation"] = tuning_benchmark("allen-mouse-gratings", "VISl", "preferred-orientation")
benchmark_registry["allen-mouse-gratings-VISl-preferred-spatial-frequency"] = tuning_benchmark("allen-mouse-gratings", "VISl", "preferred-spatial-frequency")
benchmark_registry["allen-mouse-gratings-VISal-orientation-selectivity"] = tuning_benchmark("allen-mouse-gratings", "VISal", "orientation-selectivity")
benchmark_registry["allen-mouse-gratings-VISal-global-orientation-selectivity"] = tuning_benchmark("allen-mouse-gratings", "VISal", "global-orientation-selectivity")
benchmark_registry["allen-mouse-gratings-VISal-preferred-orientation"] = tuning_benchmark("allen-mouse-gratings", "VISal", "preferred-orientation")
benchmark_registry["allen-mouse-gratings-VISal-preferred-spatial-frequency"] = tuning_benchmark("allen-mouse-gratings", "VISal", "preferred-spatial-frequency")
benchmark_registry["allen-mouse-gratings-VISpm-orientation-selectivity"] = tuning_benchmark("allen-mouse-gratings", "VISpm", "orientation-selectivity")
benchmark_registry["allen-mouse-gratings-VISpm-global-orientation-selectivity"] = tuning_benchmark("allen-mouse-gratings", "VISpm", "global-orientation-selectivity")
benchmark_registry["allen-mouse-gratings-VISpm-preferred-orientation"] = tuning_benchmark("allen-mouse-gratings", "VISpm", "preferred-orientation")
benchmark_registry["allen-mouse-gratings-VISpm-preferred-spatial-frequency"] = tuning_benchmark("allen-mouse-gratings", "VISpm", "preferred-spatial-frequency")
benchmark_registry["allen-mouse-gratings-VISam-orientation-selectivity"] = tuning_benchmark("allen-mouse-gratings", "VISam", "orientation-selectivity")
benchmark_registry["allen-mouse-gratings-VISam-global-orientation-selectivity"] = tuning_benchmark("allen-mouse-gratings", "VISam", "global-orientation-selectivity")
benchmark_registry["allen-mouse-gratings-VISam-preferred-orientation"] = tuning_benchmark("allen-mouse-gratings", "VISam", "preferred-orientation")
benchmark_registry["allen-mouse-gratings-VISam-preferred-spatial-frequency"] = tuning_benchmark("allen-mouse-gratings", "VISam", "preferred-spatial-frequency")
benchmark_registry["allen-mouse-gratings-VISrl-orientation-selectivity"] = tuning_benchmark("allen-mouse-gratings", "VISrl", "orientation-selectivity")
benchmark_registry["allen-mouse-gratings-VISrl-global-orientation-selectivity"] = tuning_benchmark("allen-mouse-gratings", "VISrl", "global-orientation-selectivity")
benchmark_registry["allen-mouse-gratings-VISrl-preferred-orientation"] = tuning_benchmark("allen-mouse-gratings", "VISrl", "preferred-orientation")
benchmark_registry["allen-mouse-gratings-VISrl-preferred-spatial-frequency"] = tuning_benchmark("allen-mouse-gratings", "VISrl", "preferred-spatial-frequency")
benchmark_registry["allen-mouse-npx-gratings-VISp-global-orientation-selectivity"] = tuning_benchmark("allen-mouse-npx-gratings", "VISp", "global-orientation-selectivity")
benchmark_registry["allen-mouse-npx-gratings-VISp-preferred-orientation"] = tuning_benchmark("allen-mouse-npx-gratings", "VISp", "preferred-orientation")
benchmark_registry["allen-mouse-npx-gratings-VISp-preferred-spatial-frequency"] = tuning_benchmark("allen-mouse-npx-gratings", "VISp", "preferred-spatial-frequency")
benchmark_registry["allen-mouse-npx-gratings-VISl-global-orientation-selectivity"] = tuning_benchmark("allen-mouse-npx-gratings", "VISl", "global-orientation-selectivity")
benchmark_registry["allen-mouse-npx-gratings-VISl-preferred-orientation"] = tuning_benchmark("allen-mouse-npx-gratings", "VISl", "preferred-orientation")
benchmark_registry["allen-mouse-npx-gratings-VISl-preferred-spatial-frequency"] = tuning_benchmark("allen-mouse-npx-gratings", "VISl", "preferred-spatial-frequency")
benchmark_registry["allen-mouse-npx-gratings-VISal-global-orientation-selectivity"] = tuning_benchmark("allen-mouse-npx-gratings", "VISal", "global-orientation-selectivity")
benchmark_registry["allen-mouse-npx-gratings-VISal-preferred-orientation"] = tuning_benchmark("allen-mouse-npx-gratings", "VISal", "preferred-orientation")
benchmark_registry["allen-mouse-npx-gratings-VISal-preferred-spatial-frequency"] = tuning_benchmark("allen-mouse-npx-gratings", "VISal", "preferred-spatial-frequency")
benchmark_registry["allen-mouse-npx-gratings-VISpm-global-orientation-selectivity"] = tuning_benchmark("allen-mouse-npx-gratings", "VISpm", "global-orientation-selectivity")
benchmark_registry["allen-mouse-npx-gratings-VISpm-preferred-orientation"] = tuning_benchmark("allen-mouse-npx-gratings", "VISpm", "preferred-orientation")
benchmark_registry["allen-mouse-npx-gratings-VISpm-preferred-spatial-frequency"] = tuning_benchmark("allen-mouse-npx-gratings", "VISpm", "preferred-spatial-frequency")
benchmark_registry["allen-mouse-npx-gratings-VISam-global-orientation-selectivity"] = tuning_benchmark("allen-mouse-npx-gratings", "VISam", "global-orientation-selectivity")
benchmark_registry["allen-mouse-npx-gratings-VISam-preferred-orientation"] = tuning_benchmark("allen-mouse-npx-gratings", "VISam", "preferred-orientation")
benchmark_registry["allen-mouse-npx-gratings-VISam-preferred-spatial-frequency"] = tuning_benchmark("allen-mouse-npx-gratings", "VISam", "preferred-spatial-frequency")
benchmark_registry["allen-mouse-npx-gratings-VISrl-global-orientation-selectivity"] = tuning_benchmark("allen-mouse-npx-gratings", "VISrl", "global-orientation-selectivity")
benchmark_registry["allen-mouse-npx-gratings-VISrl-preferred-orientation"] = tuning_benchmark("allen-mouse-npx-gratings", "VISrl", "preferred-orientation")
benchmark_registry["allen-mouse-npx-gratings-VISrl-preferred-spatial-frequency"] = tuning_benchmark("allen-mouse-npx-gratings", "VISrl", "preferred-spatial-frequency")
# End of the registered identifiers.
# fmt: on
