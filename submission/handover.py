"""What a run returns: Gram matrices of layers, in a form that can be checked before anything is believed.

One line of JSON, then little-endian float64 numbers: for each set of stimuli and each layer the Gram matrix row by
row, and the row means. No archive and no pickle: nothing is unpacked, and nothing is executed.
"""

import json
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import SubmissionError
from ..metrics.feature_gram import FeatureGram

MAX_HEADER_BYTES = 2**20
MAX_LAYERS = 1000
_MAX_NAME = 200
_MAX_MESSAGE = 2000
_MAX_FRAMES = 10
_MAX_FEATURES = 10**12
# Activations are float32: squares beyond this cannot be theirs, and would overflow in what is computed from them.
_MAX_MAGNITUDE = 1e80
# Sums in another order differ by rounding, relative to the largest entry or eigenvalue.
_ROUNDING = 1e-7


@dataclass(frozen=True)
class Handover:
    """What is known of a submitted model after its run.

    Attributes
    ----------
    layers : tuple of str
        Candidate layers.
    region_layer_map : dict of str to str
        Layers that the model has committed to areas.
    grams : dict of str to dict of str to FeatureGram
        Of each set of stimuli, of each candidate or committed layer.
    """

    layers: tuple[str, ...]
    region_layer_map: dict[str, str] = field(default_factory=dict)
    grams: dict[str, dict[str, FeatureGram]] = field(default_factory=dict)


def handover_bytes(handover: Handover) -> bytes:
    """Write a handover."""
    matrices = [gram for grams in handover.grams.values() for gram in grams.values()]
    header = {
        "layers": list(handover.layers),
        "region_layer_map": handover.region_layer_map,
        "stimulus_sets": {
            identifier: {layer: gram.n_features for layer, gram in grams.items()}
            for identifier, grams in handover.grams.items()
        },
    }
    numbers = [np.concatenate([gram.row_centred.ravel(), gram.row_means]).astype("<f8").tobytes() for gram in matrices]
    return b"".join([json.dumps(header).encode(), b"\n", *numbers])


def failure_bytes(error: BaseException, plugin: Path) -> bytes:
    """Write why there is nothing to hand over, and where in the plugin's own files that was."""
    content = {"failure": [type(error).__name__, str(error)[:_MAX_MESSAGE], _own_traceback(error, plugin)]}
    return json.dumps(content).encode() + b"\n"


def _own_traceback(error: BaseException, plugin: Path) -> str:
    """Return the lines of a plugin's files that an error came through, and the line of other code that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(plugin)]
    lines = [f"{Path(frame.filename).relative_to(plugin)}, line {frame.lineno}: {frame.line}" for frame in own]
    if len(lines) > _MAX_FRAMES:  # an endless recursion
        left_out = f"... {len(lines) - _MAX_FRAMES} more ..."
        lines = [*lines[: _MAX_FRAMES // 2], left_out, *lines[-_MAX_FRAMES // 2 :]]
    if frames and (not own or frames[-1] is not own[-1]):
        lines.append(f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}: {frames[-1].line}")
    return "\n".join(line[:_MAX_NAME] for line in lines)


def max_bytes(n_stimuli: Mapping[str, int]) -> int:
    """Return how long the handover of these sets of stimuli can be at most."""
    return MAX_HEADER_BYTES + MAX_LAYERS * sum(8 * (n * n + n) for n in n_stimuli.values())


def read_handover(data: bytes, n_stimuli: Mapping[str, int]) -> Handover:
    """Read a handover that anybody may have written.

    Parameters
    ----------
    data : bytes
        From `handover_bytes` or `failure_bytes`, or anything.
    n_stimuli : mapping of str to int
        How many stimuli there are in each set that was shown.

    Raises
    ------
    SubmissionError
        If the model failed, or what was handed over is not Gram matrices of these sets of stimuli.
    """
    header = _header(data)
    if "failure" in header:
        raise SubmissionError(_failure(header["failure"]))
    layers = tuple(_names(header.get("layers"), "layers"))
    if not layers:
        raise SubmissionError("The model has no layers to compare.")
    committed = header.get("region_layer_map")
    if not isinstance(committed, dict) or not all(_is_name(name) for name in (*committed, *committed.values())):
        raise SubmissionError("The model's region_layer_map is not a mapping of names to names.")
    sets = header.get("stimulus_sets")
    if not isinstance(sets, dict) or sets.keys() != n_stimuli.keys():
        raise SubmissionError("The returned Gram matrices do not match the stimuli that were shown.")
    wanted = dict.fromkeys((*layers, *committed.values()))
    grams: dict[str, dict[str, FeatureGram]] = {}
    offset = data.index(b"\n") + 1
    for identifier, n in n_stimuli.items():
        sizes = sets[identifier]
        if not isinstance(sizes, dict) or list(sizes) != list(wanted):
            raise SubmissionError("The returned Gram matrices do not match the model's layers, each once.")
        grams[identifier] = {}
        for layer, n_features in sizes.items():
            values = np.frombuffer(data[offset : offset + 8 * (n * n + n)], "<f8")
            offset += 8 * (n * n + n)
            if values.size != n * n + n:
                raise SubmissionError(f"The returned Gram matrices end within layer {layer!r}.")
            grams[identifier][layer] = _checked_gram(values, n, n_features, layer)
    if offset != len(data):
        raise SubmissionError(f"The model returned {len(data) - offset} bytes too many.")
    return Handover(layers, committed, grams)


def _header(data: bytes) -> dict[str, Any]:
    line, found, _ = data[: MAX_HEADER_BYTES + 1].partition(b"\n")
    try:
        if not found:
            raise ValueError("no end of the first line")
        header = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise SubmissionError(f"What the model returned cannot be read: {printable(str(error))}.") from None
    if not isinstance(header, dict):
        raise SubmissionError("What the model returned cannot be read: it is not a mapping.")
    return header


def _failure(failure: Any) -> str:
    if not isinstance(failure, list) or not all(isinstance(part, str) for part in failure) or len(failure) != 3:
        return "The model failed and said nothing readable about it."
    kind, message, frames = failure
    text = f"The model failed: {printable(kind[:_MAX_NAME])}: {printable(message[:_MAX_MESSAGE])}"
    lines = printable(frames[: _MAX_NAME * (_MAX_FRAMES + 2)]).splitlines()
    return "\n".join([text, *(["Its traceback:"] if lines else []), *(f"  | {line}" for line in lines)])


def _names(value: Any, what: str) -> list[str]:
    if not isinstance(value, list) or not all(_is_name(name) for name in value):
        raise SubmissionError(
            f"The model's {what} are not a list of names of at most {_MAX_NAME} printable characters."
        )
    if len(set(value)) != len(value) or len(value) > MAX_LAYERS:
        raise SubmissionError(
            f"The model has {len(value)} {what}; at most {MAX_LAYERS} different ones can be compared."
        )
    return value


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_NAME and value.isprintable()


def _checked_gram(values: np.ndarray, n: int, n_features: Any, layer: str) -> FeatureGram:
    if type(n_features) is not int or not 1 <= n_features <= _MAX_FEATURES:
        raise SubmissionError(f"Layer {layer!r} claims an impossible number of features.")
    matrix, means = values[: n * n].reshape(n, n), values[n * n :]
    if not np.isfinite(values).all() or np.abs(values).max() > _MAX_MAGNITUDE:
        raise SubmissionError(f"Layer {layer!r} has NaN, infinite or impossibly large values.")
    if not np.allclose(matrix, matrix.T, rtol=0, atol=_ROUNDING * np.abs(matrix).max()):
        raise SubmissionError(f"The Gram matrix of layer {layer!r} is not symmetric.")
    eigenvalues = np.linalg.eigvalsh(matrix)
    if eigenvalues[0] < -_ROUNDING * max(eigenvalues[-1], -eigenvalues[0]):
        raise SubmissionError(f"The Gram matrix of layer {layer!r} has negative eigenvalues: no features have it.")
    return FeatureGram(matrix.copy(), means.copy(), n_features)


def printable(text: str) -> str:
    """Replace what could command a terminal, such as escape sequences, by question marks."""
    return "".join(character if character.isprintable() or character == "\n" else "?" for character in text)
