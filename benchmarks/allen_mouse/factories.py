"""The benchmarks of the Allen datasets: areas, parts of areas, and averages over areas."""

from collections.abc import Callable, Iterator
from typing import Any

from ...core.errors import UnknownIdentifierError
from ...data_packaging.allen.areas import AREAS, Area, areas_of
from ...data_packaging.allen.neuroid_selections import CELL_SELECTIONS, FILTERS
from ..factories import METRICS

AVERAGED_AREAS = ("VISp", "VISl", "VISal", "VISpm", "VISam", "VISrl")


def site(dataset: str, area: str, metric: str, part: str | None = None) -> Callable[[], Any]:
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

    def make() -> Any:
        # Only now: registering must not load Brain-Score.
        from ...plugins.discovery import load_metric
        from .benchmark import AllenSiteBenchmark

        row = areas_of(dataset).get(area)
        if row is None:
            raise UnknownIdentifierError(f"The table of areas has no {area} of {dataset}.")
        return AllenSiteBenchmark(_identifier(row, part, metric), row, part, load_metric(metric))

    return make


def average(dataset: str, metric: str) -> Callable[[], Any]:
    """Return the function that makes ``<dataset>-<metric>``, the mean over the six visual areas."""

    def make() -> Any:
        from ..average_benchmark import AverageBenchmark

        return AverageBenchmark(f"{dataset}-{metric}", [site(dataset, area, metric)() for area in AVERAGED_AREAS])

    return make


def generated_family() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield identifier and maker of every benchmark of every area in the table, and of the averages."""
    for metric in METRICS:
        for row in AREAS:
            for part in (None, *_parts(row.dataset)):
                yield _identifier(row, part, metric), site(row.dataset, row.name, metric, part)
        for dataset in dict.fromkeys(row.dataset for row in AREAS):
            yield f"{dataset}-{metric}", average(dataset, metric)


def _parts(dataset: str) -> list[str]:
    """Return the parts that a dataset's neuroids can be sorted into."""
    filters = [name for name in FILTERS if name != "devries2020" or dataset == "allen-mouse-events"]
    # The Neuropixels recordings tell neither cell class nor layer.
    return filters if dataset == "allen-mouse-npx" else [*CELL_SELECTIONS, *filters]


def _identifier(row: Area, part: str | None, metric: str) -> str:
    return f"{row.dataset}-{row.name}{'' if part is None else f'.{part}'}-{metric}"
