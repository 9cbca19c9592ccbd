"""NeuRN (neural response normalization) and its relatives, in front of any model or within its network."""

from ...plugins.registries import Normalization, lazily, normalization_registry

# The name is what follows the '+' of a model's identifier.
normalization_registry["neurn"] = Normalization(
    "NeuRN of the image, k = 3 (the paper's)", before=lazily(__package__, ".normalization:NeuRN")
)
normalization_registry["neurn-k5"] = Normalization(
    "NeuRN of the image, k = 5", before=lazily(__package__, ".normalization:NeuRN", 5)
)
normalization_registry["neurn-k7"] = Normalization(
    "NeuRN of the image, k = 7", before=lazily(__package__, ".normalization:NeuRN", 7)
)
normalization_registry["neurn-conv1"] = Normalization(
    "NeuRN of the first convolution's output, k = 3",
    within=lazily(__package__, ".within_network:after_first_convolution"),
)
normalization_registry["neurn-stages"] = Normalization(
    "NeuRN of the last layer before each loss of resolution, k = 3",
    within=lazily(__package__, ".within_network:after_each_stage"),
)
normalization_registry["divnorm"] = Normalization(
    "divisive normalization of the image", before=lazily(__package__, ".relatives:DivisiveNormalization")
)
normalization_registry["lrn"] = Normalization(
    "local response normalization of the image", before=lazily(__package__, ".relatives:LocalResponseNormalization")
)
normalization_registry["lcn"] = Normalization(
    "local contrast normalization of the image", before=lazily(__package__, ".relatives:LocalContrastNormalization")
)
