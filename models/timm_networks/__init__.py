"""Any network of timm: ``timm:resnet18.a1_in1k``, or from huggingface.co ``hf-hub:timm/resnet18.a1_in1k``."""

from ...plugins.registries import lazily, model_sources

model_sources["timm"] = lazily(__package__, ".timm_source:TimmSource")
model_sources["hf-hub"] = lazily(__package__, ".hub_source:HubSource")
