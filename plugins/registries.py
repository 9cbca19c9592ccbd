"""The registries that plugins fill, in Brain-Score's idiom: identifier -> function that makes the object."""

from collections.abc import Callable
from typing import Any

benchmark_registry: dict[str, Callable[[], Any]] = {}
"""Pool of available benchmarks."""

metric_registry: dict[str, Callable[..., Any]] = {}
"""Pool of available metrics."""

model_registry: dict[str, Callable[[], Any]] = {}
"""Pool of available models."""
