"""From Brain-Score's assemblies to plain arrays in a common stimulus order, and back."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly

from ..core.errors import InvalidArraysError


def aligned_matrices(source: NeuroidAssembly, target: NeuroidAssembly) -> tuple[np.ndarray, np.ndarray]:
    """Average repeated presentations and bring both assemblies to the same order of stimuli.

    Parameters
    ----------
    source, target : NeuroidAssembly
        presentation x neuroid (x time_bin with a single bin), with a `stimulus_id` on presentation.

    Returns
    -------
    source, target : array of shape (n_stimuli, n_neuroids)
        Float64, in the order in which the target presents its stimuli first.

    Raises
    ------
    InvalidArraysError
        If the assemblies are not of the same stimuli, have more than one time bin, or lack a response.
    """
    source_means, target_means = _stimulus_means(source), _stimulus_means(target)
    if source_means.keys() != target_means.keys():
        differing = sorted(map(str, source_means.keys() ^ target_means.keys()))
        raise InvalidArraysError(
            f"Source and target are not of the same stimuli: {len(differing)} are in only one of them, "
            f"for instance {differing[:3]}."
        )
    matrices = tuple(np.stack([means[key] for key in target_means]) for means in (source_means, target_means))
    if not all(np.isfinite(matrix).all() for matrix in matrices):
        raise InvalidArraysError("An assembly has a neuroid without any finite response to some stimulus.")
    return matrices


def stimulus_paths(target: NeuroidAssembly) -> list[Path]:
    """Return the image files of the stimuli, in the order of `aligned_matrices`.

    Parameters
    ----------
    target : NeuroidAssembly
        With its `stimulus_set` among its attrs.

    Raises
    ------
    InvalidArraysError
        If it does not name its stimuli.
    """
    stimulus_set = target.attrs.get("stimulus_set")
    if stimulus_set is None:
        raise InvalidArraysError("The target's attrs hold no stimulus_set, and this metric looks at the stimuli.")
    return [Path(stimulus_set.get_stimulus(key)) for key in dict.fromkeys(target["stimulus_id"].values.tolist())]


def _stimulus_means(assembly: NeuroidAssembly) -> dict[object, np.ndarray]:
    if "time_bin" in assembly.dims:
        if assembly.sizes["time_bin"] != 1:
            raise InvalidArraysError(
                f"The assembly has {assembly.sizes['time_bin']} time bins. Select or average them first: "
                "these metrics compare one response per stimulus and neuroid."
            )
        assembly = assembly.squeeze("time_bin")
    values = assembly.transpose("presentation", "neuroid").values.astype(np.float64)
    stimulus_ids = assembly["stimulus_id"].values
    rows: dict[object, list[int]] = {}
    for row, stimulus_id in enumerate(stimulus_ids.tolist()):
        rows.setdefault(stimulus_id, []).append(row)
    return {stimulus_id: np.nanmean(values[indices], axis=0) for stimulus_id, indices in rows.items()}


def assembly_of(responses: np.ndarray, stimulus_ids: Sequence[str] | None = None) -> NeuroidAssembly:
    """Wrap one response per stimulus and neuroid as Brain-Score's metrics take it.

    Parameters
    ----------
    responses : array of shape (n_stimuli, n_neuroids)
        The values.
    stimulus_ids : sequence of str, optional
        One for each row. Default: the number of the row, the same for all assemblies of as many stimuli.

    Returns
    -------
    NeuroidAssembly
        presentation x neuroid.
    """
    n_stimuli, n_neuroids = responses.shape
    rows = [str(row) for row in range(n_stimuli)]
    # A dimension with a single coordinate is not a multi-index, which breaks Brain-Score's averaging and metrics.
    return NeuroidAssembly(
        responses,
        coords={
            "stimulus_id": ("presentation", rows if stimulus_ids is None else list(stimulus_ids)),
            "row": ("presentation", rows),
            "neuroid_id": ("neuroid", np.arange(n_neuroids)),
            "column": ("neuroid", np.arange(n_neuroids)),
        },
        dims=["presentation", "neuroid"],
    )
