"""A hash of what can be hashed of a network: stored results are found by it, and confirmed by behaviour."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from types import CodeType, FunctionType
from typing import Any

import torch
from torch import nn


def network_fingerprint(network: nn.Module, input_description: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a network's content.

    Covers all parameters and buffers (names, shapes, types, bytes) and what else is in its state, the network's printed
    form, the numbers, texts and their lists among its modules' attributes, the compiled methods of its module classes,
    and how its input is made. It cannot cover all that a forward pass may depend on, such as hooks and closures.

    Parameters
    ----------
    network : nn.Module
        Any network whose weights have values.
    input_description : mapping
        How stimuli become the network's input, as JSON can hold it.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    tensors: list[tuple[str, torch.Tensor]] = []
    others: list[tuple[str, str]] = []
    for name, value in network.state_dict().items():
        _sort_out(name, value, tensors, others)
    digest = hashlib.sha256()
    description = {
        **input_description,
        "network": repr(network),
        "attributes": _plain_attributes(network),
        "code": _module_code(network),
        "tensors": [(name, list(tensor.shape), str(tensor.dtype)) for name, tensor in tensors],
        "others": others,
    }
    digest.update(json.dumps(description).encode())
    for _, tensor in tensors:
        values = tensor.detach().cpu().contiguous().flatten()
        digest.update(values.view(torch.uint8).numpy().data if values.numel() else b"")
    return digest.hexdigest()


def _sort_out(name: str, value: Any, tensors: list[tuple[str, torch.Tensor]], others: list[tuple[str, str]]) -> None:
    """Add what is in a network's state to its tensors or to descriptions; quantized modules keep more than tensors."""
    if isinstance(value, torch.Tensor) and value.is_quantized:
        _sort_out(name, value.int_repr(), tensors, others)
        if value.qscheme() in (torch.per_tensor_affine, torch.per_tensor_symmetric):
            others.append((name, repr((value.q_scale(), value.q_zero_point()))))
        else:
            _sort_out(name, [value.q_per_channel_scales(), value.q_per_channel_zero_points()], tensors, others)
    elif isinstance(value, torch.Tensor):
        tensors.append((name, value))
    elif isinstance(value, Mapping | list | tuple):
        items: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in items:
            _sort_out(f"{name}.{key}", item, tensors, others)
    elif _is_plain(value) or isinstance(value, bytes | torch.dtype):
        others.append((name, repr(value)))
    else:  # its printed form may hold its place in memory
        others.append((name, type(value).__qualname__))


def code_description(code: CodeType) -> list[Any]:
    """Describe compiled code, as JSON can hold it."""
    # What was compiled, rather than the source file, which may have been edited since.
    constants = [
        code_description(constant)
        if isinstance(constant, CodeType)
        else repr(sorted(constant, key=repr) if isinstance(constant, frozenset) else constant)
        for constant in code.co_consts
    ]
    return [code.co_code.hex(), code.co_names, constants]


def _plain_attributes(network: nn.Module) -> list[tuple[str, str, str]]:
    """Describe the settings that modules keep as attributes: a module need not print them."""
    return [
        (module_name, name, repr(value))
        for module_name, module in network.named_modules()
        for name, value in sorted(vars(module).items())
        if not name.startswith("_") and name != "training" and _is_plain(value)
    ]


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, bool | int | float | str)


def _module_code(network: nn.Module) -> list[Any]:
    """Describe the compiled methods of the network's module classes, short of torch's own."""
    classes = {base for module in network.modules() for base in type(module).__mro__}
    # torch's version is part of the cache key.
    own = [base for base in classes if base is not object and not base.__module__.startswith("torch.")]
    methods = [
        # By a name that stays when a class moves to another file: its code is what counts.
        [base.__qualname__, name, code_description(method.__code__)]
        for base in own
        for name, method in vars(base).items()
        if isinstance(method, FunctionType)
    ]
    return sorted(methods, key=repr)
