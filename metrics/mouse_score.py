"""Scores that show themselves: as one line of text, and in notebooks with their attributes and RDMs."""

import base64
import html
import io
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from brainscore_core.metrics import Score
from PIL import Image

from ..core.terminal.counted import counted
from ..results.most_chosen_layer import layer_in_words
from .rsa.rdm_picture import decoded_rdm

_PICTURES = {"mouse_rdm": "RDM of the mice", "rdm": "RDM of the model"}
_PICTURE_WIDTH = 120
_LONGEST_SHOWN = 200


class MouseScore(Score):
    """A Brain-Score `Score` that says what it is when it is printed.

    It is used like any `Score`, that is, like an xarray DataArray. A single number can also be formatted
    (``f"{score:.2f}"``), rounded (``round(score, 2)``) and turned into a ``float``. Arithmetic returns a MouseScore
    without attributes, which shows only its number.
    """

    __slots__ = ()  # xarray asks its subclasses to say whether they add attributes

    def __repr__(self) -> str:
        if self.ndim:
            return super().__repr__()
        return str(bool(self)) if self.dtype == bool else one_line(float(self), self.attrs)

    def __format__(self, specification: str) -> str:
        return format(float(self), specification) if specification else str(self)

    def __round__(self, ndigits: int | None = None) -> float:
        return round(float(self), ndigits)

    def _repr_html_(self) -> str:
        if self.ndim:
            return super()._repr_html_()
        names = [self.attrs[name] for name in ("model_identifier", "benchmark_identifier") if name in self.attrs]
        heading = f"<div>{html.escape(' on '.join(map(str, names)))}</div>" if names else ""
        pictures = "".join(
            f'<figure style="display:inline-block;margin:0.5em 1em 0.5em 0"><img alt="{what}" width="{_PICTURE_WIDTH}" '
            f'src="data:image/png;base64,{_png(self.attrs[name])}"><figcaption>{what}</figcaption></figure>'
            for name, what in _PICTURES.items()
            if name in self.attrs
        )
        rows = "".join(
            f"<tr><td>{html.escape(str(name))}</td><td>{html.escape(_shortened(value))}</td></tr>"
            for name, value in self.attrs.items()
            if name not in _PICTURES
        )
        folded = f"<details><summary>{len(self.attrs)} attributes</summary><table>{rows}</table></details>"
        line = html.escape(one_line(float(self), self.attrs))
        return f"<div>{heading}<strong>{line}</strong><div>{pictures}</div>{folded if self.attrs else ''}</div>"


def one_line(value: float, attrs: Mapping[str, Any]) -> str:
    """Describe a score in one line.

    Parameters
    ----------
    value : float
        The score.
    attrs : mapping
        Its attributes, as :func:`brainscore_mouse.score_model` lists them; what is missing is left out.

    Examples
    --------
    >>> one_line(0.2817, {"error": 0.0402, "ceiling": 0.976, "ceiling_error": 0.003, "layer": "conv4", "n_mice": 1})
    '0.282 ± 0.040 of the ceiling (0.976 ± 0.003), layer conv4, 1 mouse'
    """
    return ", ".join(_phrases(value, attrs))


def _phrases(value: float, attrs: Mapping[str, Any]) -> Iterator[str]:
    score = _with_error(value, attrs.get("error"))
    if attrs.get("ceiling") is not None:
        yield f"{score} of the ceiling ({_with_error(attrs['ceiling'], attrs.get('ceiling_error'))})"
    else:
        yield f"{score} (no ceiling)" if "ceiling" in attrs else score
    if attrs.get("source_accuracy") is not None:
        tested, reference = (
            ("corrupted images", "the same images uncorrupted")
            if "mce" in attrs
            else ("unseen domains", "the source domains")
        )
        yield f"accuracy {attrs['raw']:z.3f} on {tested} and {attrs['source_accuracy']:z.3f} on {reference}"
    if (layer := layer_in_words(attrs)) is not None:
        yield f"layer {layer}"
    recorded = " of ".join(filter(None, (_counted(attrs, "n_neuroids", "neuroid"), _counted(attrs, "n_mice", "mouse"))))
    if recorded:
        yield recorded
    stimuli = _counted(attrs, "n_stimuli", "stimulus")
    if stimuli:
        yield stimuli


def _with_error(value: float, error: float | None) -> str:
    return f"{value:z.3f}" if error is None or math.isnan(error) else f"{value:z.3f} ± {error:z.3f}"


def _counted(attrs: Mapping[str, Any], name: str, noun: str) -> str:
    number = attrs.get(name)
    return "" if number is None else counted(number, noun)


def _png(encoded: Mapping[str, Any]) -> str:
    """Return an RDM as a gray PNG in base64: black is similar, white dissimilar or undefined."""
    steps = np.rint(np.nan_to_num(decoded_rdm(encoded), nan=1.0) * 255).astype(np.uint8)
    written = io.BytesIO()
    Image.fromarray(steps).save(written, "png")
    return base64.b64encode(written.getvalue()).decode()


def _shortened(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}… ({len(text)} characters)"
