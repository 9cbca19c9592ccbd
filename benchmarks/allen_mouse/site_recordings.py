"""Recordings of one site of the Allen Brain Observatory: an area, or a named part of its neuroids."""

from functools import cached_property

from brainscore_core.supported_data_standards.brainio.assemblies import NeuronRecordingAssembly

from ...core.errors import TooFewNeuroidsError
from ...core.terminal.counted import counted
from ...data_packaging.allen.areas import Area
from ...data_packaging.allen.fetch import ensure_fetched
from ...data_packaging.allen.neuroid_selections import select
from ...data_packaging.datasets import load_dataset
from ..area_recordings import AreaRecordings


class SiteRecordings(AreaRecordings):
    """The recordings of one site; they are fetched when they are first needed and not there.

    Parameters
    ----------
    area : Area
        Dataset, area, and the least that a benchmark of it needs.
    part : str or None
        Name of a part of the neuroids, see :mod:`brainscore_mouse.data_packaging.allen.neuroid_selections`.
    """

    def __init__(self, area: Area, part: str | None):
        super().__init__(area.dataset, area.name)
        self._row = area
        self._part = part

    @cached_property
    def assembly(self) -> NeuronRecordingAssembly:
        """The verified recordings: presentation x neuroid x time_bin, single trials.

        Raises
        ------
        TooFewNeuroidsError
            If the site has too few neuroids or mice.
        """
        ensure_fetched(self.dataset, self.area)
        assembly = load_dataset(self.dataset, self.area)
        if self._part is not None:
            selected = select(assembly.indexes["neuroid"].to_frame(index=False), self._part)
            attrs = assembly.attrs
            assembly = assembly[{"neuroid": selected}]
            assembly.attrs = attrs
        n_neuroids, n_mice = assembly.sizes["neuroid"], len(set(assembly["subject"].values))
        if n_neuroids < self._row.min_neuroids or n_mice < self._row.min_mice:
            site = f"{self.dataset}-{self.area}{'' if self._part is None else f'.{self._part}'}"
            raise TooFewNeuroidsError(
                f"{site} has {n_neuroids} neuroids of {counted(n_mice, 'mouse')}; a benchmark of {self.area} needs at "
                f"least {self._row.min_neuroids} neuroids of {counted(self._row.min_mice, 'mouse')}."
            )
        return assembly
