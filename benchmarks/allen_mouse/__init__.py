"""Benchmarks of the Allen Brain Observatory's natural scenes.

One literal line each: Brain-Score's own plugin search looks for the text.
"""

from ...core.registries import benchmark_registry
from ..family import member

# Neuropixels
benchmark_registry["allen-mouse-npx-VISp-rsa"] = member("allen-mouse-npx", "VISp", "rsa")
benchmark_registry["allen-mouse-npx-VISp-ridge"] = member("allen-mouse-npx", "VISp", "ridge")
benchmark_registry["allen-mouse-npx-VISp-pls"] = member("allen-mouse-npx", "VISp", "pls")
benchmark_registry["allen-mouse-npx-VISl-rsa"] = member("allen-mouse-npx", "VISl", "rsa")
benchmark_registry["allen-mouse-npx-VISl-ridge"] = member("allen-mouse-npx", "VISl", "ridge")
benchmark_registry["allen-mouse-npx-VISl-pls"] = member("allen-mouse-npx", "VISl", "pls")
benchmark_registry["allen-mouse-npx-VISal-rsa"] = member("allen-mouse-npx", "VISal", "rsa")
benchmark_registry["allen-mouse-npx-VISal-ridge"] = member("allen-mouse-npx", "VISal", "ridge")
benchmark_registry["allen-mouse-npx-VISal-pls"] = member("allen-mouse-npx", "VISal", "pls")
benchmark_registry["allen-mouse-npx-VISpm-rsa"] = member("allen-mouse-npx", "VISpm", "rsa")
benchmark_registry["allen-mouse-npx-VISpm-ridge"] = member("allen-mouse-npx", "VISpm", "ridge")
benchmark_registry["allen-mouse-npx-VISpm-pls"] = member("allen-mouse-npx", "VISpm", "pls")
benchmark_registry["allen-mouse-npx-VISam-rsa"] = member("allen-mouse-npx", "VISam", "rsa")
benchmark_registry["allen-mouse-npx-VISam-ridge"] = member("allen-mouse-npx", "VISam", "ridge")
benchmark_registry["allen-mouse-npx-VISam-pls"] = member("allen-mouse-npx", "VISam", "pls")
benchmark_registry["allen-mouse-npx-VISrl-rsa"] = member("allen-mouse-npx", "VISrl", "rsa")
benchmark_registry["allen-mouse-npx-VISrl-ridge"] = member("allen-mouse-npx", "VISrl", "ridge")
benchmark_registry["allen-mouse-npx-VISrl-pls"] = member("allen-mouse-npx", "VISrl", "pls")
