"""Whole activations of layers, for those who want the features themselves."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import nn

from ..core.errors import InvalidParameterError
from ..core.terminal.progress import progress
from .extraction import Extraction, ready_network
from .layer_outputs import LookAt, RowsOf, check_finite, check_layers_exist, errors_naming, feature_rows, hooked


def extract_features(
    network: nn.Module,
    batches: Iterable[torch.Tensor],
    layers: Sequence[str],
    stimulus_ids: Sequence[str],
    model_identifier: str = "the network",
    extraction: Extraction | None = None,
    rows_of: RowsOf = feature_rows,
    look_at: LookAt | None = None,
) -> dict[str, np.ndarray]:
    """Record the outputs of layers while a network sees images, in one forward pass per batch.

    Outputs are copied, so that an in-place operation which follows a layer cannot change what was recorded. Of
    a layer that runs several times in one forward pass (torchvision's ResNets reuse each block's ReLU), the
    last output is kept, as Brain-Score does.

    Parameters
    ----------
    network : nn.Module
        Takes a batch of images. See :func:`~brainscore_mouse.activations.extraction.ready_network` for its state.
    batches : iterable of torch.Tensor, each of shape (n_images, n_channels, height, width)
        The stimuli, in order.
    layers : sequence of str
        Names of modules of the network.
    stimulus_ids : sequence of str
        Names of the stimuli, in the order of the batches.
    model_identifier : str
        Name of the model for the progress bar and error messages.
    extraction : Extraction, optional
        Device and precision.
    rows_of : callable
        What is kept of each layer's output: `feature_rows` or `channel_rows`.
    look_at : callable, optional
        Shown each layer's whole output of each batch, and the index of the batch's first stimulus.

    Returns
    -------
    dict of str to array of shape (n_stimuli, n_features)
        float32; channels, space and tokens are flattened, or what `rows_of` makes of them.

    Raises
    ------
    InvalidParameterError
        If there are more or fewer images than `stimulus_ids`.
    LayerNotFoundError
        Before any pass, if the network lacks a layer.
    ModelOutputError
        If a layer did not run, returned no tensor with one row per stimulus, or returned NaN or infinity.
    """
    check_layers_exist(network, layers, model_identifier)
    features: dict[str, np.ndarray] = {}
    outputs: dict[str, torch.Tensor | None] = {}

    def keep(layer: str, output: torch.Tensor | None) -> None:
        outputs[layer] = None if output is None else output.to("cpu", torch.float32, copy=True)

    n_seen = 0
    with (
        errors_naming(model_identifier),
        ready_network(network, extraction or Extraction()) as ready,
        hooked(ready.network, layers, keep),
        ready.mode(),
    ):
        for batch in progress(batches, desc=model_identifier, unit="batch", leave=False):
            shown_ids = stimulus_ids[n_seen : n_seen + len(batch)]
            if len(shown_ids) != len(batch):
                raise InvalidParameterError(f"the batches hold more images than {len(stimulus_ids)} stimulus_ids")
            outputs.clear()
            ready.see(batch)
            for layer in layers:
                output = outputs.pop(layer, None)
                rows = rows_of(output, len(batch), layer)
                check_finite(rows, shown_ids, layer)
                if look_at is not None and output is not None:
                    look_at(layer, n_seen, output)
                # Written in place: wide layers are gigabytes, so joining batches at the end would double them.
                if layer not in features:
                    features[layer] = np.empty((len(stimulus_ids), rows.shape[1]), np.float32)
                features[layer][n_seen : n_seen + len(batch)] = rows.numpy()
            n_seen += len(batch)
    if n_seen != len(stimulus_ids):
        raise InvalidParameterError(f"the batches hold {n_seen} images for {len(stimulus_ids)} stimulus_ids")
    return features
