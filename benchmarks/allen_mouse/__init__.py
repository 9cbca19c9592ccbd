"""Benchmarks of the Allen Brain Observatory's natural scenes; missing recordings are fetched.

One literal line for each area and metric: Brain-Score's own plugin search looks for the text. Parts of areas, further
areas and averages follow from the tables.
"""

from ...plugins.registries import benchmark_registry
from .factories import generated_family, site

# 2-photon, the AllenSDK's mean sweep responses
benchmark_registry["allen-mouse-VISp-rsa"] = site("allen-mouse", "VISp", "rsa")
benchmark_registry["allen-mouse-VISp-ridge"] = site("allen-mouse", "VISp", "ridge")
benchmark_registry["allen-mouse-VISp-pls"] = site("allen-mouse", "VISp", "pls")
benchmark_registry["allen-mouse-VISp-map-rmse"] = site("allen-mouse", "VISp", "map-rmse")
benchmark_registry["allen-mouse-VISp-activation-overlap"] = site("allen-mouse", "VISp", "activation-overlap")
benchmark_registry["allen-mouse-VISl-rsa"] = site("allen-mouse", "VISl", "rsa")
benchmark_registry["allen-mouse-VISl-ridge"] = site("allen-mouse", "VISl", "ridge")
benchmark_registry["allen-mouse-VISl-pls"] = site("allen-mouse", "VISl", "pls")
benchmark_registry["allen-mouse-VISl-map-rmse"] = site("allen-mouse", "VISl", "map-rmse")
benchmark_registry["allen-mouse-VISl-activation-overlap"] = site("allen-mouse", "VISl", "activation-overlap")
benchmark_registry["allen-mouse-VISal-rsa"] = site("allen-mouse", "VISal", "rsa")
benchmark_registry["allen-mouse-VISal-ridge"] = site("allen-mouse", "VISal", "ridge")
benchmark_registry["allen-mouse-VISal-pls"] = site("allen-mouse", "VISal", "pls")
benchmark_registry["allen-mouse-VISal-map-rmse"] = site("allen-mouse", "VISal", "map-rmse")
benchmark_registry["allen-mouse-VISal-activation-overlap"] = site("allen-mouse", "VISal", "activation-overlap")
benchmark_registry["allen-mouse-VISpm-rsa"] = site("allen-mouse", "VISpm", "rsa")
benchmark_registry["allen-mouse-VISpm-ridge"] = site("allen-mouse", "VISpm", "ridge")
benchmark_registry["allen-mouse-VISpm-pls"] = site("allen-mouse", "VISpm", "pls")
benchmark_registry["allen-mouse-VISpm-map-rmse"] = site("allen-mouse", "VISpm", "map-rmse")
benchmark_registry["allen-mouse-VISpm-activation-overlap"] = site("allen-mouse", "VISpm", "activation-overlap")
benchmark_registry["allen-mouse-VISam-rsa"] = site("allen-mouse", "VISam", "rsa")
benchmark_registry["allen-mouse-VISam-ridge"] = site("allen-mouse", "VISam", "ridge")
benchmark_registry["allen-mouse-VISam-pls"] = site("allen-mouse", "VISam", "pls")
benchmark_registry["allen-mouse-VISam-map-rmse"] = site("allen-mouse", "VISam", "map-rmse")
benchmark_registry["allen-mouse-VISam-activation-overlap"] = site("allen-mouse", "VISam", "activation-overlap")
benchmark_registry["allen-mouse-VISrl-rsa"] = site("allen-mouse", "VISrl", "rsa")
benchmark_registry["allen-mouse-VISrl-ridge"] = site("allen-mouse", "VISrl", "ridge")
benchmark_registry["allen-mouse-VISrl-pls"] = site("allen-mouse", "VISrl", "pls")
benchmark_registry["allen-mouse-VISrl-map-rmse"] = site("allen-mouse", "VISrl", "map-rmse")
benchmark_registry["allen-mouse-VISrl-activation-overlap"] = site("allen-mouse", "VISrl", "activation-overlap")
# 2-photon, L0 events
benchmark_registry["allen-mouse-events-VISp-rsa"] = site("allen-mouse-events", "VISp", "rsa")
benchmark_registry["allen-mouse-events-VISp-ridge"] = site("allen-mouse-events", "VISp", "ridge")
benchmark_registry["allen-mouse-events-VISp-pls"] = site("allen-mouse-events", "VISp", "pls")
benchmark_registry["allen-mouse-events-VISp-map-rmse"] = site("allen-mouse-events", "VISp", "map-rmse")
benchmark_registry["allen-mouse-events-VISp-activation-overlap"] = site(
    "allen-mouse-events", "VISp", "activation-overlap"
)
benchmark_registry["allen-mouse-events-VISl-rsa"] = site("allen-mouse-events", "VISl", "rsa")
benchmark_registry["allen-mouse-events-VISl-ridge"] = site("allen-mouse-events", "VISl", "ridge")
benchmark_registry["allen-mouse-events-VISl-pls"] = site("allen-mouse-events", "VISl", "pls")
benchmark_registry["allen-mouse-events-VISl-map-rmse"] = site("allen-mouse-events", "VISl", "map-rmse")
benchmark_registry["allen-mouse-events-VISl-activation-overlap"] = site(
    "allen-mouse-events", "VISl", "activation-overlap"
)
benchmark_registry["allen-mouse-events-VISal-rsa"] = site("allen-mouse-events", "VISal", "rsa")
benchmark_registry["allen-mouse-events-VISal-ridge"] = site("allen-mouse-events", "VISal", "ridge")
benchmark_registry["allen-mouse-events-VISal-pls"] = site("allen-mouse-events", "VISal", "pls")
benchmark_registry["allen-mouse-events-VISal-map-rmse"] = site("allen-mouse-events", "VISal", "map-rmse")
benchmark_registry["allen-mouse-events-VISal-activation-overlap"] = site(
    "allen-mouse-events", "VISal", "activation-overlap"
)
benchmark_registry["allen-mouse-events-VISpm-rsa"] = site("allen-mouse-events", "VISpm", "rsa")
benchmark_registry["allen-mouse-events-VISpm-ridge"] = site("allen-mouse-events", "VISpm", "ridge")
benchmark_registry["allen-mouse-events-VISpm-pls"] = site("allen-mouse-events", "VISpm", "pls")
benchmark_registry["allen-mouse-events-VISpm-map-rmse"] = site("allen-mouse-events", "VISpm", "map-rmse")
benchmark_registry["allen-mouse-events-VISpm-activation-overlap"] = site(
    "allen-mouse-events", "VISpm", "activation-overlap"
)
benchmark_registry["allen-mouse-events-VISam-rsa"] = site("allen-mouse-events", "VISam", "rsa")
benchmark_registry["allen-mouse-events-VISam-ridge"] = site("allen-mouse-events", "VISam", "ridge")
benchmark_registry["allen-mouse-events-VISam-pls"] = site("allen-mouse-events", "VISam", "pls")
benchmark_registry["allen-mouse-events-VISam-map-rmse"] = site("allen-mouse-events", "VISam", "map-rmse")
benchmark_registry["allen-mouse-events-VISam-activation-overlap"] = site(
    "allen-mouse-events", "VISam", "activation-overlap"
)
benchmark_registry["allen-mouse-events-VISrl-rsa"] = site("allen-mouse-events", "VISrl", "rsa")
benchmark_registry["allen-mouse-events-VISrl-ridge"] = site("allen-mouse-events", "VISrl", "ridge")
benchmark_registry["allen-mouse-events-VISrl-pls"] = site("allen-mouse-events", "VISrl", "pls")
benchmark_registry["allen-mouse-events-VISrl-map-rmse"] = site("allen-mouse-events", "VISrl", "map-rmse")
benchmark_registry["allen-mouse-events-VISrl-activation-overlap"] = site(
    "allen-mouse-events", "VISrl", "activation-overlap"
)
# Neuropixels
benchmark_registry["allen-mouse-npx-VISp-rsa"] = site("allen-mouse-npx", "VISp", "rsa")
benchmark_registry["allen-mouse-npx-VISp-ridge"] = site("allen-mouse-npx", "VISp", "ridge")
benchmark_registry["allen-mouse-npx-VISp-pls"] = site("allen-mouse-npx", "VISp", "pls")
benchmark_registry["allen-mouse-npx-VISp-map-rmse"] = site("allen-mouse-npx", "VISp", "map-rmse")
benchmark_registry["allen-mouse-npx-VISp-activation-overlap"] = site("allen-mouse-npx", "VISp", "activation-overlap")
benchmark_registry["allen-mouse-npx-VISl-rsa"] = site("allen-mouse-npx", "VISl", "rsa")
benchmark_registry["allen-mouse-npx-VISl-ridge"] = site("allen-mouse-npx", "VISl", "ridge")
benchmark_registry["allen-mouse-npx-VISl-pls"] = site("allen-mouse-npx", "VISl", "pls")
benchmark_registry["allen-mouse-npx-VISl-map-rmse"] = site("allen-mouse-npx", "VISl", "map-rmse")
benchmark_registry["allen-mouse-npx-VISl-activation-overlap"] = site("allen-mouse-npx", "VISl", "activation-overlap")
benchmark_registry["allen-mouse-npx-VISal-rsa"] = site("allen-mouse-npx", "VISal", "rsa")
benchmark_registry["allen-mouse-npx-VISal-ridge"] = site("allen-mouse-npx", "VISal", "ridge")
benchmark_registry["allen-mouse-npx-VISal-pls"] = site("allen-mouse-npx", "VISal", "pls")
benchmark_registry["allen-mouse-npx-VISal-map-rmse"] = site("allen-mouse-npx", "VISal", "map-rmse")
benchmark_registry["allen-mouse-npx-VISal-activation-overlap"] = site("allen-mouse-npx", "VISal", "activation-overlap")
benchmark_registry["allen-mouse-npx-VISpm-rsa"] = site("allen-mouse-npx", "VISpm", "rsa")
benchmark_registry["allen-mouse-npx-VISpm-ridge"] = site("allen-mouse-npx", "VISpm", "ridge")
benchmark_registry["allen-mouse-npx-VISpm-pls"] = site("allen-mouse-npx", "VISpm", "pls")
benchmark_registry["allen-mouse-npx-VISpm-map-rmse"] = site("allen-mouse-npx", "VISpm", "map-rmse")
benchmark_registry["allen-mouse-npx-VISpm-activation-overlap"] = site("allen-mouse-npx", "VISpm", "activation-overlap")
benchmark_registry["allen-mouse-npx-VISam-rsa"] = site("allen-mouse-npx", "VISam", "rsa")
benchmark_registry["allen-mouse-npx-VISam-ridge"] = site("allen-mouse-npx", "VISam", "ridge")
benchmark_registry["allen-mouse-npx-VISam-pls"] = site("allen-mouse-npx", "VISam", "pls")
benchmark_registry["allen-mouse-npx-VISam-map-rmse"] = site("allen-mouse-npx", "VISam", "map-rmse")
benchmark_registry["allen-mouse-npx-VISam-activation-overlap"] = site("allen-mouse-npx", "VISam", "activation-overlap")
benchmark_registry["allen-mouse-npx-VISrl-rsa"] = site("allen-mouse-npx", "VISrl", "rsa")
benchmark_registry["allen-mouse-npx-VISrl-ridge"] = site("allen-mouse-npx", "VISrl", "ridge")
benchmark_registry["allen-mouse-npx-VISrl-pls"] = site("allen-mouse-npx", "VISrl", "pls")
benchmark_registry["allen-mouse-npx-VISrl-map-rmse"] = site("allen-mouse-npx", "VISrl", "map-rmse")
benchmark_registry["allen-mouse-npx-VISrl-activation-overlap"] = site("allen-mouse-npx", "VISrl", "activation-overlap")

for identifier, make in generated_family():
    benchmark_registry.setdefault(identifier, make)
