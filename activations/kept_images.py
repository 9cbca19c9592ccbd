"""Images at the size that a network takes, decoded once for all networks of that size."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import PIL
import torch
from numpy.typing import NDArray

from ..core.cache import read_cached_arrays, write_cached_arrays
from ..core.content_key import content_key
from ..core.files import sha256_of_file
from ..core.home import cache_folder
from ..core.image_loading import (
    ImageSize,
    Interpolation,
    height_and_width,
    image_tensor,
    load_image_batch,
    squashed_image,
)
from ..core.threads import in_threads
from ..metrics.kept_arrays import hashed

_FORMAT_VERSION = 1


def load_kept_images(
    paths: Sequence[Path],
    image_size: ImageSize,
    interpolation: Interpolation = "bilinear",
    resized_size: ImageSize | None = None,
) -> torch.Tensor:
    """Load stimuli as :func:`~brainscore_mouse.core.image_loading.load_image_batch` does, from the cache where it can.

    Decoding and resizing a natural scene takes a few hundred times as long as reading the result, and all networks of
    a table see the same scenes. What is kept are the gray levels, ``cache/images/``, found by the bytes of the files,
    their order and what is done with them; the numbers are the same to the last bit. Images are decoded in as many
    threads as torch has.

    Parameters
    ----------
    paths, image_size, interpolation, resized_size
        As of `load_image_batch`.

    Returns
    -------
    torch.Tensor of shape (n_stimuli, 3, height, width)
        float32, in [0, 1].

    Raises
    ------
    DataError
        As of `load_image_batch`.
    """
    squashed_size = image_size if resized_size is None else resized_size
    try:
        digests = [sha256_of_file(file) for file in paths]
    except OSError:
        return load_image_batch(paths, image_size, interpolation, resized_size)  # says what is wrong with the file
    size = height_and_width(squashed_size)
    key = content_key(
        format=_FORMAT_VERSION, pillow=PIL.__version__, files=digests, size=list(size), interpolation=interpolation
    )
    path = cache_folder() / "images" / f"{key}.npz"
    images = read_cached_arrays(path, lambda arrays: _verified(arrays, key, (len(paths), *size)))
    if images is None:
        images = in_threads(lambda file: squashed_image(file, squashed_size, interpolation), paths)
        if digests == [sha256_of_file(file) for file in paths]:  # nobody replaced a file meanwhile
            write_cached_arrays(path, _packed(images, key))
    return torch.stack([image_tensor(image, image_size) for image in images])


def _packed(images: Sequence[NDArray[np.uint8]], key: str) -> dict[str, NDArray[Any]]:
    """Stack images: scenes that are gray have one channel here, also where their files have three equal ones."""
    is_gray = np.array([image.ndim == 2 for image in images])
    if all(image.ndim == 2 or (image == image[..., :1]).all() for image in images):
        pixels = np.stack([image if image.ndim == 2 else image[..., 0] for image in images])
    else:
        pixels = np.stack([image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=-1) for image in images])
    return {"pixels": pixels, "is_gray": is_gray, "digest": _digest(pixels, is_gray, key)}


def _verified(arrays: Mapping[str, NDArray[Any]], key: str, shape: tuple[int, ...]) -> list[NDArray[np.uint8]]:
    """Return the images as they were before they were packed; raise ValueError if they are not those of this key."""
    pixels, is_gray = arrays["pixels"], arrays["is_gray"]
    if pixels.shape[:3] != shape or not np.array_equal(arrays["digest"], _digest(pixels, is_gray, key)):
        raise ValueError("its content is not what was written")
    # As many channels as the file has, so that the order of the numbers in memory stays what it is without the cache.
    if pixels.ndim == 3:
        return [
            image if gray else np.repeat(image[..., None], 3, axis=-1)
            for image, gray in zip(pixels, is_gray, strict=True)
        ]
    return [np.ascontiguousarray(image[..., 0]) if gray else image for image, gray in zip(pixels, is_gray, strict=True)]


def _digest(pixels: NDArray[Any], is_gray: NDArray[Any], key: str) -> NDArray[np.uint8]:
    return np.frombuffer(hashed(np.array([key]), pixels, is_gray), dtype=np.uint8)
