"""Benchmarks of the simulated recordings, which need neither data nor network.

One literal line each: Brain-Score's own plugin search looks for the text.
"""

from ...plugins.registries import benchmark_registry
from ..factories import member

benchmark_registry["simulated-mouse-VISp-rsa"] = member("simulated-mouse", "VISp", "rsa")
benchmark_registry["simulated-mouse-VISp-ridge"] = member("simulated-mouse", "VISp", "ridge")
benchmark_registry["simulated-mouse-VISp-pls"] = member("simulated-mouse", "VISp", "pls")
benchmark_registry["simulated-mouse-VISp-map-rmse"] = member("simulated-mouse", "VISp", "map-rmse")
benchmark_registry["simulated-mouse-VISp-activation-overlap"] = member("simulated-mouse", "VISp", "activation-overlap")
benchmark_registry["simulated-mouse-VISl-rsa"] = member("simulated-mouse", "VISl", "rsa")
benchmark_registry["simulated-mouse-VISl-ridge"] = member("simulated-mouse", "VISl", "ridge")
benchmark_registry["simulated-mouse-VISl-pls"] = member("simulated-mouse", "VISl", "pls")
benchmark_registry["simulated-mouse-VISl-map-rmse"] = member("simulated-mouse", "VISl", "map-rmse")
benchmark_registry["simulated-mouse-VISl-activation-overlap"] = member("simulated-mouse", "VISl", "activation-overlap")
benchmark_registry["simulated-mouse-VISal-rsa"] = member("simulated-mouse", "VISal", "rsa")
benchmark_registry["simulated-mouse-VISal-ridge"] = member("simulated-mouse", "VISal", "ridge")
benchmark_registry["simulated-mouse-VISal-pls"] = member("simulated-mouse", "VISal", "pls")
benchmark_registry["simulated-mouse-VISal-map-rmse"] = member("simulated-mouse", "VISal", "map-rmse")
benchmark_registry["simulated-mouse-VISal-activation-overlap"] = member(
    "simulated-mouse", "VISal", "activation-overlap"
)
benchmark_registry["simulated-mouse-VISpm-rsa"] = member("simulated-mouse", "VISpm", "rsa")
benchmark_registry["simulated-mouse-VISpm-ridge"] = member("simulated-mouse", "VISpm", "ridge")
benchmark_registry["simulated-mouse-VISpm-pls"] = member("simulated-mouse", "VISpm", "pls")
benchmark_registry["simulated-mouse-VISpm-map-rmse"] = member("simulated-mouse", "VISpm", "map-rmse")
benchmark_registry["simulated-mouse-VISpm-activation-overlap"] = member(
    "simulated-mouse", "VISpm", "activation-overlap"
)
benchmark_registry["simulated-mouse-VISam-rsa"] = member("simulated-mouse", "VISam", "rsa")
benchmark_registry["simulated-mouse-VISam-ridge"] = member("simulated-mouse", "VISam", "ridge")
benchmark_registry["simulated-mouse-VISam-pls"] = member("simulated-mouse", "VISam", "pls")
benchmark_registry["simulated-mouse-VISam-map-rmse"] = member("simulated-mouse", "VISam", "map-rmse")
benchmark_registry["simulated-mouse-VISam-activation-overlap"] = member(
    "simulated-mouse", "VISam", "activation-overlap"
)
benchmark_registry["simulated-mouse-VISrl-rsa"] = member("simulated-mouse", "VISrl", "rsa")
benchmark_registry["simulated-mouse-VISrl-ridge"] = member("simulated-mouse", "VISrl", "ridge")
benchmark_registry["simulated-mouse-VISrl-pls"] = member("simulated-mouse", "VISrl", "pls")
benchmark_registry["simulated-mouse-VISrl-map-rmse"] = member("simulated-mouse", "VISrl", "map-rmse")
benchmark_registry["simulated-mouse-VISrl-activation-overlap"] = member(
    "simulated-mouse", "VISrl", "activation-overlap"
)
