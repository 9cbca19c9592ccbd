"""The registered models: literal lines, variants, and that listing them is cheap."""

import re
import subprocess
import sys
from pathlib import Path

from brainscore_core.plugin_management.import_plugin import ImportPlugin
from brainscore_mouse.models import (
    efficientnet_lite,
    gabor,
    luminance_contrast,
    pixels,
    spatial_frequency,
    torchvision_networks,
)
from brainscore_mouse.models.efficientnet_lite.architectures import ARCHITECTURES as LITE
from brainscore_mouse.models.torchvision_networks.architectures import ARCHITECTURES
from brainscore_mouse.plugins.registries import model_registry

PLUGINS = [efficientnet_lite, gabor, luminance_contrast, pixels, spatial_frequency, torchvision_networks]


def test_every_registered_identifier_is_a_literal_line_that_brainscore_finds():
    for plugin in PLUGINS:
        literal = re.findall(r'^model_registry\["([^"]+)"\] = ', Path(plugin.__file__).read_text(), re.MULTILINE)
        assert literal
        for identifier in literal:
            assert identifier in model_registry
            assert (
                ImportPlugin("brainscore_mouse", "models", identifier).plugin_dirname
                == Path(plugin.__file__).parent.name
            )


def test_every_architecture_has_its_three_variants():
    for identifier in [*ARCHITECTURES, *LITE]:
        assert {identifier, f"{identifier}-random", f"{identifier}-neurn"} <= set(model_registry)


def test_listing_models_does_not_import_torch():
    modules = (
        "torchvision_networks efficientnet_lite pixels neurn gabor spatial_frequency luminance_contrast timm_networks "
        "transformers_networks torch_files"
    )
    code = f"""
import importlib, sys
for name in "{modules}".split():
    importlib.import_module("brainscore_mouse.models." + name)
assert not {{"transformers", "torch", "timm", "brainscore_vision"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603
