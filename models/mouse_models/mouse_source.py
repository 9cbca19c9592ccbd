"""The mice of packaged datasets, as models by name."""

from collections.abc import Sequence

from ...core.errors import DataError, UnknownIdentifierError, WeightsUnavailableError
from ...core.home import datasets_folder
from ...data_packaging.datasets import read_manifest
from ...data_packaging.known_datasets import KNOWN_DATASETS
from ...data_packaging.on_disk.datasets_here import datasets_on_disk, list_datasets
from ..sources import ListedModel
from ..weights_status import WeightsStatus
from .mouse_model import MouseModel


class MouseSource:
    """``mouse-model:<dataset>-<area>[-<subject>]``; see :class:`~brainscore_mouse.models.sources.ModelSource`."""

    description = "mice as models of other mice: mouse-model:<dataset>-<area>, or ...-<subject> for a single one"
    has_untrained = False

    def canonical(self, name: str) -> str:
        """Return the name; see `ModelSource`. Whether there is such a mouse is seen when it is loaded."""
        _parts(name)
        return name

    def canonical_untrained(self, name: str) -> str:
        """Raise UnknownIdentifierError: a mouse has no weights."""
        raise UnknownIdentifierError(f"mouse-model:{name} is a mouse, and has no untrained control.")

    def pretrained(self, name: str) -> MouseModel:
        """Load the recordings; see `ModelSource`.

        Raises
        ------
        UnknownIdentifierError
            If there is no such mouse.
        DatasetNotFoundError, CorruptDatasetError
            As of :func:`brainscore_mouse.load_dataset`.
        """
        return MouseModel(f"mouse-model:{name}", *_parts(name))

    def untrained(self, name: str, seed: int) -> MouseModel:
        """Raise WeightsUnavailableError: a mouse has no weights."""
        raise WeightsUnavailableError(f"mouse-model:{name} is a mouse, and has no untrained control.")

    def weights(self, name: str) -> WeightsStatus:
        """Tell where the dataset is; see `ModelSource`."""
        dataset, _, _ = _parts(name)
        if dataset in datasets_on_disk():
            return WeightsStatus(datasets_folder() / dataset)
        return WeightsStatus(None, f"The recordings are not here: brainscore-mouse data info {dataset}")

    def untrained_needs(self, name: str) -> WeightsStatus | None:
        """Return None; see `ModelSource`."""
        return None

    def listed(self) -> Sequence[ListedModel]:
        """Return the areas of the datasets on this machine; see `ModelSource`."""
        found = []
        for dataset in datasets_on_disk():
            try:
                found += [ListedModel(f"{dataset}-{area}") for area in read_manifest(dataset)["regions"]]
            except DataError:  # a damaged dataset has no models; scoring it says what is wrong
                continue
        return sorted(found, key=lambda model: model.name)


def _parts(name: str) -> tuple[str, str, str | None]:
    """Take a name apart in dataset, area and subject, None for all mice."""
    datasets = [known for known in {*list_datasets(), *KNOWN_DATASETS} if name.startswith(f"{known}-")]
    if not datasets:
        raise UnknownIdentifierError(
            f"mouse-model:{name} names no dataset; write mouse-model:<dataset>-<area>, such as "
            "mouse-model:simulated-mouse-VISp, with a dataset of `brainscore-mouse data list`."
        )
    dataset = max(datasets, key=len)
    rest = name.removeprefix(f"{dataset}-")
    regions = read_manifest(dataset)["regions"]
    areas = [area for area in regions if rest == area or rest.startswith(f"{area}-")]
    if not areas:
        raise UnknownIdentifierError(f"mouse-model:{name} names no area of {dataset!r}; it has {', '.join(regions)}.")
    area = max(areas, key=len)
    _, dash, subject = rest.removeprefix(area).partition("-")
    if dash and not subject:  # as where a variable is empty: all mice would be another score
        raise UnknownIdentifierError(
            f"mouse-model:{name} names no mouse after the last dash; leave out the dash for all mice of {area}."
        )
    return dataset, area, subject or None
