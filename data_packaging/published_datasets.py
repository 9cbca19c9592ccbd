"""The datasets that are packaged from files of other labs, and fetching them by name."""

from collections.abc import Sequence
from pathlib import Path

from ..plugins.unknown_identifier import unknown_identifier
from .du.du2025 import DU2025
from .published.fetch_published import fetch_published, package_published
from .published.published_dataset import PublishedDataset
from .sensorium.sensorium2022 import SENSORIUM2022, SENSORIUM2022_REGRESSION
from .stringer.stringer2019 import STRINGER2019

PUBLISHED_DATASETS: dict[str, PublishedDataset] = {
    each.identifier: each for each in (SENSORIUM2022, *SENSORIUM2022_REGRESSION, *DU2025, *STRINGER2019)
}


def fetch_published_by_name(
    identifier: str,
    areas: Sequence[str] | None = None,
    max_experiments: int | None = None,
    jobs: int = 1,
    source: str | None = None,
    replace: bool = False,
) -> Path:
    """Package a published dataset by its name.

    Parameters
    ----------
    identifier : str
        A key of `PUBLISHED_DATASETS`.
    areas, max_experiments, source, replace
        See :func:`~brainscore_mouse.data_packaging.published.fetch_published.fetch_published`.
    jobs : int
        The maximum number of recordings to read at the same time. They are read one by one: memory holds one mouse.

    Raises
    ------
    UnknownIdentifierError
        If the dataset is unknown.
    """
    return fetch_published(_published(identifier), areas, max_experiments, source, replace)


def package_published_by_name(identifier: str, source: str | None = None) -> Path:
    """Package what is on this machine of a published dataset, by its name.

    Parameters
    ----------
    identifier : str
        A key of `PUBLISHED_DATASETS`.
    source
        See :func:`~brainscore_mouse.data_packaging.published.fetch_published.package_published`.

    Raises
    ------
    UnknownIdentifierError
        If the dataset is unknown.
    """
    return package_published(_published(identifier), source)


def _published(identifier: str) -> PublishedDataset:
    if identifier not in PUBLISHED_DATASETS:
        raise unknown_identifier("dataset", identifier, PUBLISHED_DATASETS)
    return PUBLISHED_DATASETS[identifier]
