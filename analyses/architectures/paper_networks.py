"""The architectures of the paper's figure, as far as torchvision and timm have them, without weights."""

from torch import nn

_TORCHVISION = (
    *("mobilenet_v2", "resnet50", "resnet101", "resnet152", "vgg11", "vgg16", "vgg19"),
    *("densenet121", "densenet169", "densenet201", *(f"efficientnet_b{size}" for size in range(8))),
    *("squeezenet1_1", "shufflenet_v2_x1_0", "wide_resnet50_2", "googlenet", "resnext50_32x4d", "vit_b_16"),
    *("fcn_resnet101", "deeplabv3_resnet101"),
)
_TIMM = (
    *("mobilenetv1_100", "resnetv2_50", "resnetv2_101", "resnetv2_152", "legacy_xception", "inception_v3"),
    *("inception_resnet_v2", "nasnetalarge", "resnest50d", "ghostnet_100"),
)
PAPER_NETWORKS = (*_TORCHVISION, *_TIMM)
"""Of the 44 in the figure, the 36 that torchvision or timm build; 'xception2' is legacy_xception, 'resnext' resnext50,
and so on. Left out: NASNet-Mobile, ProxylessNAS, IBN, U-Net, MiDaS, CORnet; the self-supervised ResNet, which is built
as resnet50; and a second inception."""


def build(name: str) -> nn.Module:
    """Build a network of `PAPER_NETWORKS` without allocating its weights."""
    import timm
    import torch
    import torchvision

    with torch.device("meta"):
        if name in _TIMM:
            return timm.create_model(name, pretrained=False)
        options: dict[str, bool | None] = {"aux_logits": False} if name == "googlenet" else {}
        if name.startswith(("fcn", "deeplab")):
            options["weights_backbone"] = None
        return torchvision.models.get_model(name, weights=None, **options)
