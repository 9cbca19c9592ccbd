"""Gram matrices of all layers from one forward pass, with the activations of only one layer held at a time.

A Gram matrix needs the activations of all stimuli together; a forward pass is fastest, and smallest, in batches
of a few. So every batch walks through the network in a greenlet of its own (a call stack that can be left and
entered again) and waits wherever a recorded layer has run. When all have arrived, the layer's Gram matrix is made
from the outputs where they lie, and they walk on, one after the other. Memory is that of the network's state between
two layers for all stimuli, whatever the number of layers.

Greenlets, not threads: these keep memory that they freed each for themselves.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
import torch
from greenlet import getcurrent, greenlet
from torch import nn

from ..core.errors import ModelOutputError
from ..core.terminal.progress import progress
from ..metrics.feature_gram import FeatureGram
from .extraction import Extraction, ReadyNetwork, ready_network
from .layer_outputs import LookAt, check_finite, errors_naming, feature_rows, hooked

# How many stimuli show, in an ordinary pass, what lockstep must reproduce.
_N_PROBES = 2


class LockstepImpossibleError(Exception):
    """A network's forward passes influence each other, so that they cannot be interleaved."""


class Batches(Protocol):
    """Batches of images, in order, of known number."""

    def __len__(self) -> int:
        """Return the number of batches."""
        ...

    def __iter__(self) -> Iterator[torch.Tensor]:
        """Yield tensors of shape (n_images, n_channels, height, width)."""
        ...


def lockstep_grams(
    network: nn.Module,
    batches: Batches,
    layers: Sequence[str],
    stimulus_ids: Sequence[str],
    extraction: Extraction,
    model_identifier: str = "the network",
    look_at: LookAt | None = None,
) -> dict[str, FeatureGram]:
    """Compute the Gram matrices of layers' activations.

    Of a layer that runs several times in one forward pass, the last output is taken. Which is the last is known from an
    ordinary pass over the first stimuli; at the end it is made sure that the layer ran as often for all others.

    Parameters
    ----------
    network : nn.Module
        Takes a batch of images.
    batches : sized iterable of torch.Tensor
        The stimuli, in order.
    layers : sequence of str
        Names of modules of the network.
    stimulus_ids : sequence of str
        Names of the stimuli, in the order of the batches.
    extraction : Extraction
        Device and precision.
    model_identifier : str
        Name of the model for the progress bar and error messages.
    look_at : callable, optional
        Shown each layer's whole output of each batch, and the index of the batch's first stimulus.

    Returns
    -------
    dict of str to FeatureGram
        In the order in which the layers run. Checked, for the first stimuli, against an ordinary pass.

    Raises
    ------
    ModelOutputError
        If a layer did not run, returned no tensor with one row per stimulus, or returned NaN or infinity.
    LockstepImpossibleError
        If interleaved passes fail or differ from an ordinary one: the network keeps something in its modules
        from one layer to the next, draws noise, or runs a layer more often for some stimuli than for others.
    """
    grams: dict[str, FeatureGram] = {}
    bar = progress(total=len(batches) * len(layers), desc=model_identifier, unit="step", leave=False)
    with errors_naming(model_identifier), ready_network(network, extraction) as ready, ready.mode():
        pending = iter(batches)
        first = next(pending)
        probe, memory_format = _probe(ready, first[:_N_PROBES], layers, stimulus_ids)
        walkers: list[_Walker] = []
        with hooked(ready.network, layers, _arrive), bar:
            try:
                for number, layer in enumerate(probe.order):
                    if number == 0:
                        for images in itertools.chain([first], pending):
                            walkers.append(_Walker(ready, images.contiguous(memory_format=memory_format), probe))
                            walkers[-1].advance()
                            bar.update()
                    else:
                        for walker in walkers:
                            walker.advance()
                            bar.update()
                    grams[layer] = _gram_of_arrived(walkers, layer, stimulus_ids)
                    if look_at is not None:
                        _show_arrived(walkers, layer, look_at)
                    probe.check(layer, grams[layer], 2 * ready.rounding)  # of squares
                for walker in walkers:
                    walker.finish()
            finally:
                for walker in walkers:
                    walker.abandon()
    return grams


class _Probe:
    """What an ordinary pass over the first stimuli shows."""

    def __init__(self, order: Sequence[str], n_calls: Counter[str], grams: dict[str, FeatureGram]):
        self.order = order
        self.n_calls = n_calls
        self._grams = grams

    def check(self, layer: str, gram: FeatureGram, tolerance: float) -> None:
        """Raise LockstepImpossibleError if a Gram matrix does not start with that of the ordinary pass."""
        expected = self._grams[layer]
        n = len(expected.row_means)
        squared_norm = np.trace(expected.row_centred) + expected.n_features * (expected.row_means**2).sum()
        differences = [
            np.abs(gram.row_centred[:n, :n] - expected.row_centred).max(),
            np.abs(gram.row_means[:n] ** 2 - expected.row_means**2).max() * expected.n_features,
        ]
        if gram.n_features != expected.n_features or max(differences) > tolerance * squared_norm:
            raise LockstepImpossibleError(f"layer {layer!r} differs from an ordinary pass")


def _probe(
    ready: ReadyNetwork,
    images: torch.Tensor,
    layers: Sequence[str],
    stimulus_ids: Sequence[str],
) -> tuple[_Probe, torch.memory_format]:
    """Run an ordinary pass, and find the faster memory format that the network accepts."""
    calls: list[str] = []
    outputs: dict[str, torch.Tensor | None] = {}

    def keep(layer: str, output: torch.Tensor | None) -> None:
        calls.append(layer)
        outputs[layer] = None if output is None else output.clone()

    memory_format = torch.channels_last
    with hooked(ready.network, layers, keep):
        try:
            ready.see(images.contiguous(memory_format=memory_format))
        except RuntimeError:  # a network may view its activations in a way that needs the usual format
            memory_format = torch.contiguous_format
            calls.clear()
            outputs.clear()
            ready.see(images.contiguous())
    grams = {}
    for layer in layers:
        rows = feature_rows(outputs.pop(layer, None), len(images), layer)
        check_finite(rows, stimulus_ids, layer)
        grams[layer] = FeatureGram.of_rows([rows])
    order = sorted(layers, key=lambda layer: len(calls) - calls[::-1].index(layer))
    return _Probe(order, Counter(calls), grams), memory_format


class _Walker:
    """One batch on its way through the network, which stops where a recorded layer has run."""

    def __init__(self, ready: ReadyNetwork, images: torch.Tensor, probe: _Probe):
        self.n_images = len(images)
        self.layer: str | None = None
        self.output: torch.Tensor | None = None
        self._calls_left = Counter(probe.n_calls)
        self._way = _Way(ready.see, self)
        self._first_step: tuple[torch.Tensor, ...] = (images,)

    def advance(self) -> None:
        """Walk to the next recorded layer, or to the end."""
        images, self._first_step = self._first_step, ()
        self.layer = self.output = None
        try:
            self._way.switch(*images)
        except Exception as error:
            raise LockstepImpossibleError(f"{type(error).__name__}: {error}") from error

    def finish(self) -> None:
        """Walk to the end; raise LockstepImpossibleError if a layer runs once more on the way."""
        self.advance()
        if any(self._calls_left.values()):
            raise LockstepImpossibleError("a layer runs more often for some stimuli than for others")

    def arrive(self, layer: str, output: torch.Tensor | None) -> None:
        """Stop with a layer's output; all but a layer's last call are passed by."""
        self._calls_left[layer] -= 1
        if self._calls_left[layer] == 0:
            self.layer, self.output = layer, output
            self._way.parent.switch()

    def abandon(self) -> None:
        """End the walk where it is."""
        self.layer = self.output = None
        if self._way:
            self._way.throw()


class _Way(greenlet):
    """The call stack of a walker."""

    def __init__(self, see: Callable[[torch.Tensor], None], walker: _Walker):
        super().__init__(see)
        self.walker = walker


def _arrive(layer: str, output: torch.Tensor | None) -> None:
    way = getcurrent()
    if isinstance(way, _Way):
        way.walker.arrive(layer, output)


def _gram_of_arrived(walkers: Sequence[_Walker], layer: str, stimulus_ids: Sequence[str]) -> FeatureGram:
    if any(walker.layer != layer or walker.output is None for walker in walkers):
        raise LockstepImpossibleError(f"not every batch has run layer {layer!r}")
    outputs = [walker.output for walker in walkers if walker.output is not None]
    # The order of features is free, if it is the same for all: that of the memory needs no copy.
    if all(_is_channels_last(output) for output in outputs):
        outputs = [output.permute(0, 2, 3, 1) for output in outputs]
    try:
        rows = [feature_rows(output, walker.n_images, layer) for output, walker in zip(outputs, walkers, strict=True)]
    except ModelOutputError as error:  # the ordinary pass gave a row per stimulus
        raise LockstepImpossibleError(str(error)) from error
    if len({part.shape[1] for part in rows}) != 1:
        raise LockstepImpossibleError(f"layer {layer!r} has another size in every batch")
    gram = FeatureGram.of_rows(rows)
    if not np.isfinite(gram.row_centred).all():
        n_seen = 0
        for part in rows:
            check_finite(part, stimulus_ids[n_seen : n_seen + len(part)], layer)
            n_seen += len(part)
    return gram


def _show_arrived(walkers: Sequence[_Walker], layer: str, look_at: LookAt) -> None:
    n_seen = 0
    for walker in walkers:
        if walker.output is not None:
            look_at(layer, n_seen, walker.output)
        n_seen += walker.n_images


def _is_channels_last(output: torch.Tensor) -> bool:
    return output.ndim == 4 and output.is_contiguous(memory_format=torch.channels_last)
