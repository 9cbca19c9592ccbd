"""The floor: image values themselves, plain and after neural response normalization."""

from ...plugins.registries import lazily, model_registry

model_registry["pixels"] = lazily(__package__, ".image_models:pixels")
model_registry["neurn-pixels"] = lazily(__package__, ".image_models:neurn_pixels")
