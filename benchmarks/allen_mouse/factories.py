"""The benchmarks of the Allen datasets: areas, parts of areas, and averages over areas."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...core.errors import UnknownIdentifierError
from ...core.visual_areas import VISUAL_AREAS
from ...data_packaging.allen.areas import Area, all_areas, areas_of, base_of
from ...data_packaging.allen.neuroid_selections import CELL_SELECTIONS, FILTERS
from ...plugins.discovery import metrics_with_benchmarks
from ..factories import layerwise_metric

if TYPE_CHECKING:
    from ...core.interfaces import Benchmark
    from ..neural_benchmark import MouseNeuralBenchmark


def site_benchmark(
    dataset: str, area: str, metric: str, part: str | None = None
) -> "Callable[[], MouseNeuralBenchmark]":
    """Return the function that makes ``<dataset>-<area>-<metric>`` or ``<dataset>-<area>.<part>-<metric>``.

    Parameters
    ----------
    dataset, area : str
        Of the table of areas.
    metric : str
        Identifier of a metric.
    part : str, optional
        Name of a part of the neuroids.
    """

    def make() -> "MouseNeuralBenchmark":
        # Only now: registering must not load Brain-Score.
        from ..neural_benchmark import MouseNeuralBenchmark
        from .site_recordings import SiteRecordings

        row = areas_of(dataset).get(area)
        if row is None:
            raise UnknownIdentifierError(f"The table of areas has no {area} of {dataset}.")
        identifier, recordings = _identifier(row, part, metric), SiteRecordings(row, part)
        return MouseNeuralBenchmark(identifier, dataset, area, layerwise_metric(metric), recordings=recordings)

    return make


def average_benchmark(dataset: str, metric: str) -> "Callable[[], Benchmark]":
    """Return the function that makes ``<dataset>-<metric>``, the mean over the six visual areas."""

    def make() -> "Benchmark":
        from ..average_benchmark import AverageBenchmark

        members = [site_benchmark(dataset, area, metric)() for area in VISUAL_AREAS]
        return AverageBenchmark(f"{dataset}-{metric}", members)

    return make


def benchmarks_of_allen_datasets() -> "dict[str, Callable[[], Benchmark]]":
    """Return the maker of every benchmark of every area in the table, and of the averages."""
    found: dict[str, Callable[[], Benchmark]] = {}
    rows = all_areas()
    for metric in metrics_with_benchmarks():
        for row in rows:
            for part in (None, *_parts(row.dataset)):
                found[_identifier(row, part, metric)] = site_benchmark(row.dataset, row.name, metric, part)
        for dataset in dict.fromkeys(row.dataset for row in rows):
            found[f"{dataset}-{metric}"] = average_benchmark(dataset, metric)
    return found


def _parts(dataset: str) -> list[str]:
    """Return the parts that a dataset's neuroids can be sorted into."""
    base = base_of(dataset)
    filters = [name for name in FILTERS if name != "devries2020" or base == "allen-mouse-events"]
    # The Neuropixels recordings have neither cell class nor layer.
    return filters if base == "allen-mouse-npx" else [*CELL_SELECTIONS, *filters]


def _identifier(row: Area, part: str | None, metric: str) -> str:
    return f"{row.dataset}-{row.name}{'' if part is None else f'.{part}'}-{metric}"
