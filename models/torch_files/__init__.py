"""Networks in files of torch, by their path: ``torch-file:my-network.pt``."""

from ...plugins.registries import lazily, model_sources

model_sources["torch-file"] = lazily(__package__, ".file_source:FileSource")
