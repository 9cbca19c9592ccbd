"""torchvision without torch's compiler."""

import contextlib
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

_MODULE = "torch._dynamo.utils"


@contextlib.contextmanager
def without_compiler() -> Iterator[None]:
    """Import torchvision inside the block without torch's compiler, which takes as long as torch itself.

    torchvision asks the compiler for a single function, to call it later, if at all. Inside the block a module stands
    in for the one that has this function. The function imports the compiler when it is called; whatever else is
    asked of the module, now or by the compiler, is the real module's.
    """
    if _MODULE in sys.modules:
        yield
        return
    stand_in = _StandIn(_MODULE)
    sys.modules[_MODULE] = stand_in
    try:
        yield
    finally:
        _remove(stand_in)


class _StandIn(ModuleType):
    def is_compile_supported(self, device_type: Any) -> Any:
        return _real(self).is_compile_supported(device_type)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the import system asks of a module, and inspection of any
            raise AttributeError(name)
        return getattr(_real(self), name)


def _real(stand_in: ModuleType) -> Any:
    _remove(stand_in)
    return importlib.import_module(_MODULE)


def _remove(stand_in: ModuleType) -> None:
    if sys.modules.get(_MODULE) is stand_in:
        del sys.modules[_MODULE]
