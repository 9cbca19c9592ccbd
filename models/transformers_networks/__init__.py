"""Any vision model of the library transformers, by its repository: ``hf:facebook/dinov2-base``."""

from ...plugins.registries import lazily, model_sources

model_sources["hf"] = lazily(__package__, ".hf_source:HfSource")
