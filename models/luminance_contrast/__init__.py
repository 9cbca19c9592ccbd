"""Local luminance and contrast: what a model without any features knows of an image."""

from ...plugins.registries import lazily, model_registry

model_registry["luminance-contrast"] = lazily(__package__, ".image_model:luminance_contrast")
