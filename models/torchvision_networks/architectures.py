"""Which torchvision network stands behind an identifier, and its candidate layers from early to late."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Architecture:
    """A torchvision network.

    Attributes
    ----------
    builder : str
        Name of the function in ``torchvision.models``.
    weights : str
        Name of its class of weights there; the entry IMAGENET1K_V1 is used.
    layers : tuple of str
        Candidate layers: the outputs of successive stages or blocks.
    readout : str, optional
        Layer that tasks are read out from: the features averaged over positions, where a module gives them. Default:
        the last candidate layer.
    """

    builder: str
    weights: str
    layers: tuple[str, ...]
    readout: str | None = None


def _blocks(prefix: str, n_blocks_of_stage: dict[int, int]) -> tuple[str, ...]:
    """Return the names ``<prefix><stage>.<block>`` of all blocks of the stages."""
    return tuple(f"{prefix}{stage}.{block}" for stage, n in n_blocks_of_stage.items() for block in range(n))


# VGG: the max pools, then the two hidden fully connected layers after their ReLU.
_VGG_HIDDEN = ("classifier.1", "classifier.4")

ARCHITECTURES = {
    "alexnet": Architecture(
        "alexnet",
        "AlexNet_Weights",
        (
            "features.2",
            "features.5",
            "features.7",
            "features.9",
            "features.12",
            "classifier.2",
            "classifier.5",
        ),
    ),
    "vgg11": Architecture(
        "vgg11",
        "VGG11_Weights",
        ("features.2", "features.5", "features.10", "features.15", "features.20", *_VGG_HIDDEN),
    ),
    "vgg16": Architecture(
        "vgg16",
        "VGG16_Weights",
        ("features.4", "features.9", "features.16", "features.23", "features.30", *_VGG_HIDDEN),
    ),
    "vgg19": Architecture(
        "vgg19",
        "VGG19_Weights",
        ("features.4", "features.9", "features.18", "features.27", "features.36", *_VGG_HIDDEN),
    ),
    "resnet18": Architecture(
        "resnet18", "ResNet18_Weights", ("maxpool", *_blocks("layer", {1: 2, 2: 2, 3: 2, 4: 2})), readout="avgpool"
    ),
    "resnet34": Architecture(
        "resnet34", "ResNet34_Weights", ("maxpool", *_blocks("layer", {1: 3, 2: 4, 3: 6, 4: 3})), readout="avgpool"
    ),
    "resnet50": Architecture(
        "resnet50", "ResNet50_Weights", ("maxpool", *_blocks("layer", {1: 3, 2: 4, 3: 6, 4: 3})), readout="avgpool"
    ),
    "resnet101": Architecture(
        "resnet101", "ResNet101_Weights", ("maxpool", *_blocks("layer", {1: 3, 2: 4, 3: 23, 4: 3})), "avgpool"
    ),
    "mobilenet-v2": Architecture(
        "mobilenet_v2", "MobileNet_V2_Weights", tuple(f"features.{index}" for index in range(19)), "classifier.0"
    ),
    "densenet121": Architecture(
        "densenet121",
        "DenseNet121_Weights",
        (
            "features.pool0",
            "features.denseblock1",
            "features.transition1",
            "features.denseblock2",
            "features.transition2",
            "features.denseblock3",
            "features.transition3",
            "features.norm5",  # the last dense block, normalized
        ),
    ),
    "squeezenet1-1": Architecture(
        "squeezenet1_1", "SqueezeNet1_1_Weights", tuple(f"features.{index}" for index in range(2, 13))
    ),
    "efficientnet-b0": Architecture(
        "efficientnet_b0",
        "EfficientNet_B0_Weights",
        ("features.0", *_blocks("features.", {1: 1, 2: 2, 3: 2, 4: 3, 5: 3, 6: 4, 7: 1}), "features.8"),
        "avgpool",
    ),
    "convnext-tiny": Architecture(
        "convnext_tiny",
        "ConvNeXt_Tiny_Weights",
        ("features.0", *_blocks("features.", {1: 3, 3: 3, 5: 9, 7: 3})),
        "avgpool",
    ),
    "vit-b-16": Architecture(
        "vit_b_16", "ViT_B_16_Weights", tuple(f"encoder.layers.encoder_layer_{index}" for index in range(12))
    ),
}
