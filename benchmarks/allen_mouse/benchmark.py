"""Benchmarks of one site of the Allen Brain Observatory: an area, or a named part of its neuroids."""

from functools import cached_property

from brainscore_core.supported_data_standards.brainio.assemblies import NeuronRecordingAssembly

from ...core.errors import TooFewNeuroidsError
from ...data_packaging.allen.areas import Area
from ...data_packaging.allen.fetch import ensure_fetched
from ...data_packaging.allen.neuroid_selections import select
from ...data_packaging.datasets import load_dataset
from ...metrics.layerwise import LayerwiseMetric
from ..neural_benchmark import MouseNeuralBenchmark


class AllenSiteBenchmark(MouseNeuralBenchmark):
    """Compare a model with one site; its recordings are fetched when they are first needed and not there.

    Parameters
    ----------
    identifier : str
        The benchmark's name.
    area : Area
        Dataset, area, and what a benchmark of it needs at least.
    part : str or None
        Name of a part of the neuroids, see :mod:`brainscore_mouse.data_packaging.allen.neuroid_selections`.
    metric : LayerwiseMetric
        How responses are compared.
    """

    def __init__(self, identifier: str, area: Area, part: str | None, metric: LayerwiseMetric):
        super().__init__(identifier, area.dataset, area.name, metric)
        self._area = area
        self._part = part

    @cached_property
    def assembly(self) -> NeuronRecordingAssembly:
        """The verified recordings: presentation x neuroid x time_bin, single trials.

        Raises
        ------
        TooFewNeuroidsError
            If the site has too few neuroids or mice.
        """
        ensure_fetched(self._area.dataset, self._area.name)
        assembly = load_dataset(self._area.dataset, self._area.name)
        if self._part is not None:
            selected = select(assembly.indexes["neuroid"].to_frame(index=False), self._part)
            attrs = assembly.attrs
            assembly = assembly[{"neuroid": selected}]
            assembly.attrs = attrs
        n_neuroids, n_mice = assembly.sizes["neuroid"], len(set(assembly["subject"].values))
        if n_neuroids < self._area.min_neuroids or n_mice < self._area.min_mice:
            raise TooFewNeuroidsError(
                f"{self.identifier} has {n_neuroids} neuroids of {n_mice} mice; a benchmark of {self._area.name} needs "
                f"at least {self._area.min_neuroids} neuroids of {self._area.min_mice} mice."
            )
        return assembly
