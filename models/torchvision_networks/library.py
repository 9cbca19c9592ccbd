"""torchvision, imported in this one place: see :func:`~brainscore_mouse.core.quick_imports.without_compiler`."""

from ...core.quick_imports.without_compiler import without_compiler

with without_compiler():
    import torchvision
    from torchvision.models import WeightsEnum

__all__ = ["WeightsEnum", "torchvision"]
