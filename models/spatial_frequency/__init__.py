"""Magnitudes of a steerable pyramid: what spatial frequencies and orientations are where."""

from ...plugins.registries import lazily, model_registry

model_registry["spatial-frequency"] = lazily(__package__, ".image_model:spatial_frequency")
