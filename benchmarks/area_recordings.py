"""The recordings of one area that a benchmark compares models with, and the stimuli that models see."""

import copy
import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from brainscore_core.supported_data_standards.brainio.assemblies import NeuronRecordingAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..core.files import sha256_of_file
from ..data_packaging.datasets import display_of, load_dataset, read_manifest
from ..data_packaging.recordings import trials_from_assembly
from .stimulus_variants import check_stimulus_variant, stimulus_variant


class AreaRecordings:
    """The recordings of one area of a packaged dataset.

    Parameters
    ----------
    dataset : str
        Identifier of a packaged dataset.
    area : str
        One of its areas.

    Attributes
    ----------
    variant : str or None
        Which variant of the stimuli models see.
    """

    variant: str | None = None

    def __init__(self, dataset: str, area: str):
        self.dataset = dataset
        self.area = area

    def with_variant(self, variant: str) -> Self:
        """Return the same recordings, of which models see a variant of the stimuli.

        Parameters
        ----------
        variant : str
            See :mod:`brainscore_mouse.benchmarks.stimulus_variants`.

        Raises
        ------
        UnknownIdentifierError
            If there is no such variant.
        """
        check_stimulus_variant(variant)
        changed = copy.copy(self)  # shares the recordings where they are loaded
        changed.__dict__.pop("shown_stimuli", None)
        changed.__dict__.pop("sha256", None)
        changed.variant = variant
        return changed

    def with_neuroids(self, neuroids: np.ndarray) -> Self:
        """Return the recordings of some of the neuroids, given by their indices."""
        whole = self.assembly
        changed = copy.copy(self)
        part = whole[{"neuroid": neuroids}]
        indices = ",".join(map(str, neuroids))
        # Other data than the whole: a score of it must not be found under the whole's hash.
        part.attrs = {**whole.attrs, "data_sha256": _digest([whole.attrs["data_sha256"], indices])}
        changed.__dict__["assembly"] = part
        changed.__dict__.pop("sha256", None)
        return changed

    @cached_property
    def assembly(self) -> NeuronRecordingAssembly:
        """The verified recordings: presentation x neuroid x time_bin, single trials."""
        return load_dataset(self.dataset, self.area)

    @property
    def stimulus_set(self) -> StimulusSet:
        """What the mice saw."""
        return self.assembly.attrs["stimulus_set"]

    @property
    def stimulus_paths(self) -> list[Path]:
        """The images that the mice saw, in the order of the trials' stimuli."""
        return _paths(self.stimulus_set)

    @cached_property
    def shown_stimuli(self) -> StimulusSet:
        """What models see: the stimuli of the recordings, or a variant of them."""
        if self.variant is None:
            return self.stimulus_set
        return stimulus_variant(self.stimulus_set, self.variant, display_of(self.dataset))

    @property
    def trials(self) -> np.ndarray:
        """Single trials, shape (n_repetitions, n_stimuli, n_neuroids), NaN where a neuroid has no trial."""
        return trials_from_assembly(self.assembly)

    @property
    def subjects(self) -> np.ndarray:
        """Which mouse each neuroid is from, shape (n_neuroids,)."""
        return self.assembly["subject"].values

    @property
    def groups(self) -> np.ndarray:
        """The same number for stimuli that show the same picture, shape (n_stimuli,)."""
        return self.assembly.attrs["stimulus_groups"]

    @property
    def origin(self) -> str:
        """Where they come from, see :func:`~brainscore_mouse.data_packaging.datasets.origin_of`."""
        return self.assembly.attrs["data_origin"]

    @property
    def window_ms(self) -> tuple[int, int]:
        """Start and end of the response window, after the stimulus' onset."""
        return int(self.assembly["time_bin_start"].min()), int(self.assembly["time_bin_end"].max())

    @property
    def citation(self) -> str:
        """What to cite."""
        return read_manifest(self.dataset)["recipe"]["citation"]

    @cached_property
    def sha256(self) -> str:
        """Hash of recordings, stimulus table and images, and of the images that models see where they are others."""
        recordings = self.assembly.attrs["data_sha256"]
        if self.variant is None:
            return recordings
        return _digest([recordings, *map(sha256_of_file, _paths(self.shown_stimuli))])


def _paths(stimulus_set: StimulusSet) -> list[Path]:
    return [Path(stimulus_set.get_stimulus(key)) for key in stimulus_set["stimulus_id"]]


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()
