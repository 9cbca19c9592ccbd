"""Mice as models of other mice: ``mouse-model:<dataset>-<area>`` and ``mouse-model:<dataset>-<area>-<subject>``."""

from ...plugins.registries import lazily, model_sources

model_sources["mouse-model"] = lazily(__package__, ".mouse_source:MouseSource")
