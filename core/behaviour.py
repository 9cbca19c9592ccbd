"""What a model does with a few stimuli: by this a stored result is confirmed to be of the model as it is now."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

# A stored result is found by the content of the model, and believed only if the model still does the same with these
# stimuli: a hash cannot cover hooks, closures, and all else that Python lets a forward pass depend on.
_N_STIMULI = 2


@dataclass(frozen=True, eq=False)
class Behaviour:
    """What layers of a model do with a few stimuli, in some numbers of each.

    Attributes
    ----------
    numbers : array of shape (..., n_numbers)
        float64. For each layer and stimulus: the number of units, the norm of their activations, and weighted sums of
        these with weights of about 1.
    rounding : float
        Largest difference, relative to the norm, that is explained by the rounding of other batch sizes, numbers of
        threads and devices.
    """

    numbers: NDArray[Any]
    rounding: float

    def agrees_with(self, other: "Behaviour") -> bool:
        """Tell whether two behaviours are the same but for rounding."""
        if self.numbers.shape != other.numbers.shape:
            return False
        norms = np.maximum(self.numbers[..., 1], other.numbers[..., 1])
        with np.errstate(invalid="ignore"):  # infinity agrees with nothing, as NaN
            differences = np.abs(self.numbers[..., 1:] - other.numbers[..., 1:]).max(axis=-1)
        same_size = (self.numbers[..., 0] == other.numbers[..., 0]).all()
        return bool(same_size and (differences <= max(self.rounding, other.rounding) * norms).all())

    @cached_property
    def suffix(self) -> str:
        """Eight hexadecimal digits that tell the records of networks of the same content apart."""
        return hashlib.sha256(np.ascontiguousarray(self.numbers, "<f8").tobytes()).hexdigest()[:8]

    @classmethod
    def joined(cls, behaviours: "Sequence[Behaviour]") -> Self:
        """Return several behaviours as one."""
        width = behaviours[0].numbers.shape[-1]
        numbers = np.concatenate([behaviour.numbers.reshape(-1, width) for behaviour in behaviours])
        return cls(numbers, max(behaviour.rounding for behaviour in behaviours))

    def as_json(self) -> dict[str, Any]:
        """Return what JSON can hold; read back, every bit is the same."""
        return {
            "shape": list(self.numbers.shape),
            "rounding": self.rounding,
            "numbers": base64.b64encode(np.ascontiguousarray(self.numbers, "<f8").tobytes()).decode(),
        }

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Self:
        """Read back what `as_json` returned.

        Raises
        ------
        ValueError, KeyError, TypeError
            If it is damaged.
        """
        try:
            numbers = np.frombuffer(base64.b64decode(content["numbers"]), "<f8").reshape(content["shape"])
            rounding = float(content["rounding"])
        except OverflowError as error:
            raise ValueError(str(error)) from error
        if numbers.ndim == 0 or numbers.shape[-1] < 2:
            raise ValueError(f"numbers of the shape {numbers.shape}")
        return cls(numbers, rounding)


@dataclass(frozen=True, eq=False)
class LayerBehaviour:
    """What named layers do with an image that is the same for all benchmarks: it tells networks of one name apart.

    Attributes
    ----------
    layers : tuple of str
        Their names.
    behaviour : Behaviour
        Of shape (n_layers, n_images, n_numbers).
    """

    layers: tuple[str, ...]
    behaviour: Behaviour

    def agrees_with(self, other: "LayerBehaviour") -> bool:
        """Tell whether the layers that both name do the same but for rounding; there must be some."""
        common = [layer for layer in self.layers if layer in other.layers]
        return bool(common) and self._of(common).agrees_with(other._of(common))

    def _of(self, layers: Sequence[str]) -> Behaviour:
        rows = [self.layers.index(layer) for layer in layers]
        return Behaviour(self.behaviour.numbers[rows], self.behaviour.rounding)

    @cached_property
    def suffix(self) -> str:
        """Eight hexadecimal digits that tell networks apart."""
        return hashlib.sha256(f"{self.layers} {self.behaviour.suffix}".encode()).hexdigest()[:8]

    def as_json(self) -> dict[str, Any]:
        """Return what JSON can hold; read back, every bit is the same."""
        return {"layers": list(self.layers), **self.behaviour.as_json()}

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Self:
        """Read back what `as_json` returned; errors as of `Behaviour.of_json`."""
        layers, behaviour = tuple(map(str, content["layers"])), Behaviour.of_json(content)
        if len(layers) != len(behaviour.numbers):
            raise ValueError(f"{len(layers)} layers and the behaviour of {len(behaviour.numbers)}")
        return cls(layers, behaviour)


def probe_rows(n_stimuli: int) -> list[int]:
    """Return which stimuli show what a model does: a few, evenly spaced, the first and the last among them."""
    return sorted({round(row) for row in np.linspace(0, n_stimuli - 1, _N_STIMULI)})
