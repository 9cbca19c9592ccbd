# ruff: noqa: E501 - one literal line for each identifier
"""Benchmarks of the simulated recordings, which need neither data nor network.

One literal line each: Brain-Score's own plugin search looks for the text.
"""

from ...plugins.registries import benchmark_registry
from ..factories import area_benchmark

# fmt: off
# Registered identifiers, one literal line each: Brain-Score searches for them as text (`nox -s registry`).
benchmark_registry["simulated-mouse-VISp-rsa"] = area_benchmark("simulated-mouse", "VISp", "rsa")
benchmark_registry["simulated-mouse-VISp-ridge"] = area_benchmark("simulated-mouse", "VISp", "ridge")
benchmark_registry["simulated-mouse-VISp-pls"] = area_benchmark("simulated-mouse", "VISp", "pls")
benchmark_registry["simulated-mouse-VISp-map-rmse"] = area_benchmark("simulated-mouse", "VISp", "map-rmse")
benchmark_registry["simulated-mouse-VISp-activation-overlap"] = area_benchmark("simulated-mouse", "VISp", "activation-overlap")
benchmark_registry["simulated-mouse-VISp-cka"] = area_benchmark("simulated-mouse", "VISp", "cka")
benchmark_registry["simulated-mouse-VISp-unique-variance-over-pixels"] = area_benchmark("simulated-mouse", "VISp", "unique-variance-over-pixels")
benchmark_registry["simulated-mouse-VISp-unique-variance-over-gabor"] = area_benchmark("simulated-mouse", "VISp", "unique-variance-over-gabor")
benchmark_registry["simulated-mouse-VISp-rsa-encoding"] = area_benchmark("simulated-mouse", "VISp", "rsa-encoding")
benchmark_registry["simulated-mouse-VISl-rsa"] = area_benchmark("simulated-mouse", "VISl", "rsa")
benchmark_registry["simulated-mouse-VISl-ridge"] = area_benchmark("simulated-mouse", "VISl", "ridge")
benchmark_registry["simulated-mouse-VISl-pls"] = area_benchmark("simulated-mouse", "VISl", "pls")
benchmark_registry["simulated-mouse-VISl-map-rmse"] = area_benchmark("simulated-mouse", "VISl", "map-rmse")
benchmark_registry["simulated-mouse-VISl-activation-overlap"] = area_benchmark("simulated-mouse", "VISl", "activation-overlap")
benchmark_registry["simulated-mouse-VISl-cka"] = area_benchmark("simulated-mouse", "VISl", "cka")
benchmark_registry["simulated-mouse-VISl-unique-variance-over-pixels"] = area_benchmark("simulated-mouse", "VISl", "unique-variance-over-pixels")
benchmark_registry["simulated-mouse-VISl-unique-variance-over-gabor"] = area_benchmark("simulated-mouse", "VISl", "unique-variance-over-gabor")
benchmark_registry["simulated-mouse-VISl-rsa-encoding"] = area_benchmark("simulated-mouse", "VISl", "rsa-encoding")
benchmark_registry["simulated-mouse-VISal-rsa"] = area_benchmark("simulated-mouse", "VISal", "rsa")
benchmark_registry["simulated-mouse-VISal-ridge"] = area_benchmark("simulated-mouse", "VISal", "ridge")
benchmark_registry["simulated-mouse-VISal-pls"] = area_benchmark("simulated-mouse", "VISal", "pls")
benchmark_registry["simulated-mouse-VISal-map-rmse"] = area_benchmark("simulated-mouse", "VISal", "map-rmse")
benchmark_registry["simulated-mouse-VISal-activation-overlap"] = area_benchmark("simulated-mouse", "VISal", "activation-overlap")
benchmark_registry["simulated-mouse-VISal-cka"] = area_benchmark("simulated-mouse", "VISal", "cka")
benchmark_registry["simulated-mouse-VISal-unique-variance-over-pixels"] = area_benchmark("simulated-mouse", "VISal", "unique-variance-over-pixels")
benchmark_registry["simulated-mouse-VISal-unique-variance-over-gabor"] = area_benchmark("simulated-mouse", "VISal", "unique-variance-over-gabor")
benchmark_registry["simulated-mouse-VISal-rsa-encoding"] = area_benchmark("simulated-mouse", "VISal", "rsa-encoding")
benchmark_registry["simulated-mouse-VISpm-rsa"] = area_benchmark("simulated-mouse", "VISpm", "rsa")
benchmark_registry["simulated-mouse-VISpm-ridge"] = area_benchmark("simulated-mouse", "VISpm", "ridge")
benchmark_registry["simulated-mouse-VISpm-pls"] = area_benchmark("simulated-mouse", "VISpm", "pls")
benchmark_registry["simulated-mouse-VISpm-map-rmse"] = area_benchmark("simulated-mouse", "VISpm", "map-rmse")
benchmark_registry["simulated-mouse-VISpm-activation-overlap"] = area_benchmark("simulated-mouse", "VISpm", "activation-overlap")
benchmark_registry["simulated-mouse-VISpm-cka"] = area_benchmark("simulated-mouse", "VISpm", "cka")
benchmark_registry["simulated-mouse-VISpm-unique-variance-over-pixels"] = area_benchmark("simulated-mouse", "VISpm", "unique-variance-over-pixels")
benchmark_registry["simulated-mouse-VISpm-unique-variance-over-gabor"] = area_benchmark("simulated-mouse", "VISpm", "unique-variance-over-gabor")
benchmark_registry["simulated-mouse-VISpm-rsa-encoding"] = area_benchmark("simulated-mouse", "VISpm", "rsa-encoding")
benchmark_registry["simulated-mouse-VISam-rsa"] = area_benchmark("simulated-mouse", "VISam", "rsa")
benchmark_registry["simulated-mouse-VISam-ridge"] = area_benchmark("simulated-mouse", "VISam", "ridge")
benchmark_registry["simulated-mouse-VISam-pls"] = area_benchmark("simulated-mouse", "VISam", "pls")
benchmark_registry["simulated-mouse-VISam-map-rmse"] = area_benchmark("simulated-mouse", "VISam", "map-rmse")
benchmark_registry["simulated-mouse-VISam-activation-overlap"] = area_benchmark("simulated-mouse", "VISam", "activation-overlap")
benchmark_registry["simulated-mouse-VISam-cka"] = area_benchmark("simulated-mouse", "VISam", "cka")
benchmark_registry["simulated-mouse-VISam-unique-variance-over-pixels"] = area_benchmark("simulated-mouse", "VISam", "unique-variance-over-pixels")
benchmark_registry["simulated-mouse-VISam-unique-variance-over-gabor"] = area_benchmark("simulated-mouse", "VISam", "unique-variance-over-gabor")
benchmark_registry["simulated-mouse-VISam-rsa-encoding"] = area_benchmark("simulated-mouse", "VISam", "rsa-encoding")
benchmark_registry["simulated-mouse-VISrl-rsa"] = area_benchmark("simulated-mouse", "VISrl", "rsa")
benchmark_registry["simulated-mouse-VISrl-ridge"] = area_benchmark("simulated-mouse", "VISrl", "ridge")
benchmark_registry["simulated-mouse-VISrl-pls"] = area_benchmark("simulated-mouse", "VISrl", "pls")
benchmark_registry["simulated-mouse-VISrl-map-rmse"] = area_benchmark("simulated-mouse", "VISrl", "map-rmse")
benchmark_registry["simulated-mouse-VISrl-activation-overlap"] = area_benchmark("simulated-mouse", "VISrl", "activation-overlap")
benchmark_registry["simulated-mouse-VISrl-cka"] = area_benchmark("simulated-mouse", "VISrl", "cka")
benchmark_registry["simulated-mouse-VISrl-unique-variance-over-pixels"] = area_benchmark("simulated-mouse", "VISrl", "unique-variance-over-pixels")
benchmark_registry["simulated-mouse-VISrl-unique-variance-over-gabor"] = area_benchmark("simulated-mouse", "VISrl", "unique-variance-over-gabor")
benchmark_registry["simulated-mouse-VISrl-rsa-encoding"] = area_benchmark("simulated-mouse", "VISrl", "rsa-encoding")
# End of the registered identifiers.
# fmt: on
