"""A fixed bank of Gabor filters of the spatial frequencies that mouse V1 prefers."""

from ...plugins.registries import lazily, model_registry

model_registry["gabor"] = lazily(__package__, ".image_model:gabor")
