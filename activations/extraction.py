"""How activations are computed: on which device, how many images at a time, in which precision."""

import contextlib
import copy
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ..core.errors import InvalidParameterError
from ..core.host import default_device
from .network_input import in_type_of

PRECISIONS = ("float32", "float64", "bfloat16", "float16")
# Largest difference between two passes that rounding explains, relative to the norm of a layer's activations: batches
# of other sizes, other numbers of threads and other devices compute in another order. Measured on pretrained networks:
# about 1e-6 in float32.
_ROUNDING = {"float64": 1e-9, "float32": 1e-4, "bfloat16": 0.05, "float16": 0.01}
_ROUNDING_OF_QUANTIZED = 0.05
# Small batches stay in a CPU's caches; a GPU wants more work at a time.
_IMAGES_PER_BATCH = {"cpu": 8, "cuda": 64}


@dataclass(frozen=True)
class Extraction:
    """How a network is run.

    Attributes
    ----------
    device : str, optional
        A torch device such as 'cpu' or 'cuda:1'. Default: the first CUDA device where there is one, else the CPU.
    batch_size : int, optional
        Images in one forward pass. Default: 8 on the CPU, 64 elsewhere.
    precision : {'float32', 'float64', 'bfloat16', 'float16'}
        The 16-bit formats are used where torch's autocast holds them safe. On CUDA, 'float32' is the full
        precision (no TensorFloat-32).
    """

    device: str | None = None
    batch_size: int | None = None
    precision: str = "float32"

    def __post_init__(self) -> None:
        if self.batch_size is not None and self.batch_size < 1:
            raise InvalidParameterError(f"batch_size is {self.batch_size}; it must be at least 1.")
        if self.precision not in PRECISIONS:
            raise InvalidParameterError(f"precision is {self.precision!r}; it must be one of {', '.join(PRECISIONS)}.")
        if self.device is not None:
            try:
                device = torch.device(self.device)
            except RuntimeError as error:
                raise InvalidParameterError(f"device is {self.device!r}; {error}") from error
            if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
                seen = f"only {torch.cuda.device_count()}" if torch.cuda.device_count() else "no"
                raise InvalidParameterError(f"device is {self.device!r}, but torch sees {seen} CUDA device here.")

    @property
    def torch_device(self) -> torch.device:
        """The device that networks run on."""
        return default_device() if self.device is None else torch.device(self.device)

    @property
    def images_per_batch(self) -> int:
        """How many images enter a network at a time."""
        if self.batch_size is not None:
            return self.batch_size
        return _IMAGES_PER_BATCH.get(self.torch_device.type, _IMAGES_PER_BATCH["cuda"])


class ReadyNetwork:
    """A network that is ready to see images.

    Parameters
    ----------
    network : nn.Module
        On its device, in evaluation mode.
    extraction : Extraction
        How it is run.
    """

    def __init__(self, network: nn.Module, extraction: Extraction):
        self.network = network
        self._device = extraction.torch_device
        dtype = getattr(torch, extraction.precision)
        self._autocast_dtype = dtype if dtype in (torch.bfloat16, torch.float16) else None
        self._input_dtype = dtype if self._autocast_dtype is None else torch.float32
        self.rounding = rounding_of(network, extraction)

    @contextlib.contextmanager
    def mode(self) -> Iterator[None]:
        """Disable gradients and set the requested precision inside the block."""
        reduced = self._autocast_dtype is not None
        # Not torch.inference_mode: tables that modules keep from their first pass could not be trained with later.
        with torch.no_grad(), torch.autocast(self._device.type, self._autocast_dtype, enabled=reduced):
            yield

    def see(self, images: torch.Tensor) -> None:
        """Run the network on a batch of images; to be called in `mode`."""
        self.network(in_type_of(self.network, images.to(self._device, self._input_dtype)))


def rounding_of(network: nn.Module, extraction: Extraction) -> float:
    """Return the largest difference between two passes that rounding explains, relative to a layer's norm.

    It is that of the coarsest type among the network's weights and the precision.
    """
    types = {extraction.precision}
    if extraction.precision != "float64":  # to which weights are converted
        types |= {str(parameter.dtype).removeprefix("torch.") for parameter in network.parameters()}
    rounding = max(_ROUNDING[name] for name in types & _ROUNDING.keys())
    if any("quantized" in type(module).__module__.split(".") for module in network.modules()):
        rounding = max(rounding, _ROUNDING_OF_QUANTIZED)
    return rounding


@contextlib.contextmanager
def ready_network(network: nn.Module, extraction: Extraction) -> Iterator[ReadyNetwork]:
    """Put a network on its device and in evaluation mode.

    It stays on the device; the training flags of all its modules are put back. Noise that it draws from torch's
    generators is the same each time. What is compiled in it runs as it was written, and nothing that it keeps becomes
    an inference tensor, whatever the caller's mode.

    Parameters
    ----------
    network : nn.Module
        Takes a batch of images.
    extraction : Extraction
        How it is run.

    Yields
    ------
    ReadyNetwork
        Of the network itself, or of its copy in double precision.
    """
    device = extraction.torch_device
    with as_written():
        if extraction.precision == "float64":
            network = copy.deepcopy(network).double()
        network.to(device)
        with _evaluation_mode(network), same_noise(device), full_precision(device):
            yield ReadyNetwork(network, extraction)


@contextlib.contextmanager
def as_written() -> Iterator[None]:
    """Run networks as plain Python inside the block: uncompiled, and making ordinary tensors.

    Whatever torch.compile was applied to is run eagerly: hooks are called, and passes can be interleaved. New tensors
    can be trained with, also where the caller is in torch.inference_mode.
    """
    # Only what has imported dynamo can have compiled anything.
    eagerly = torch.compiler.set_stance("force_eager") if "torch._dynamo" in sys.modules else contextlib.nullcontext()
    with eagerly, torch.inference_mode(False):
        yield


@contextlib.contextmanager
def _evaluation_mode(network: nn.Module) -> Iterator[None]:
    # One flag per module: parts of a network may be frozen in evaluation mode while the rest trains.
    was_training = {module: module.training for module in network.modules()}
    network.eval()
    try:
        yield
    finally:
        for module, training in was_training.items():
            module.training = training


@contextlib.contextmanager
def same_noise(device: torch.device) -> Iterator[None]:
    """Have torch draw the same random numbers each time inside the block, and the caller's own afterwards."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(0)
        yield


@contextlib.contextmanager
def full_precision(device: torch.device) -> Iterator[None]:
    """Have CUDA compute convolutions and matrix products in full float32, and the same each time, inside the block.

    Whatever the caller chose, by torch's switches of version 2.9 or by those before, is put back afterwards.
    """
    switches = [] if device.type != "cuda" else _cuda_switches()
    chosen = [(room, name, getattr(room, name)) for room, name, _ in switches]
    try:
        for room, name, value in switches:
            setattr(room, name, value)
        yield
    finally:
        for room, name, value in chosen:
            setattr(room, name, value)


def _cuda_switches() -> list[tuple[Any, str, Any]]:
    """Return torch's switches of precision and of chance on CUDA, as (room, name, value)."""
    cudnn, products = torch.backends.cudnn, torch.backends.cuda.matmul
    same_each_time = [(cudnn, "deterministic", True), (cudnn, "benchmark", False)]
    # torch refuses to read the older switches where somebody has set the newer ones.
    if hasattr(products, "fp32_precision"):
        return [*same_each_time, *((room, "fp32_precision", "ieee") for room in (products, cudnn.conv, cudnn.rnn))]
    return [*same_each_time, *((room, "allow_tf32", False) for room in (products, cudnn))]
