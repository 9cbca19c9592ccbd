"""The datasets on this machine, and those that are made here on first use."""

from collections.abc import Mapping

from ...core.errors import BrainscoreMouseError, PluginError
from ...core.home import datasets_folder
from ...plugins.discovery import import_plugins_once
from ...plugins.registries import RegisteredDataset, dataset_registry
from .manifest import DATASET_IDENTIFIER, MANIFEST_FILE, SIMULATED_MOUSE


def list_datasets() -> list[str]:
    """Return the datasets on this machine, and those that are made on first use."""
    return sorted({*datasets_on_disk(), *datasets_made_here()})


def datasets_made_here() -> list[str]:
    """Return the datasets that are made on first use, without any download."""
    return [SIMULATED_MOUSE, *registered_datasets()]


def datasets_on_disk() -> list[str]:
    """Return the datasets whose files are on this machine."""
    packaged = [path.parent.name for path in datasets_folder().glob(f"*/{MANIFEST_FILE}")]
    return sorted(name for name in packaged if DATASET_IDENTIFIER.fullmatch(name))


def registered_datasets() -> Mapping[str, RegisteredDataset]:
    """Return the datasets of plugins by name.

    Raises
    ------
    PluginError
        If one has the name of a dataset that this package knows, or a name that no dataset can have.
    """
    import_plugins_once()
    if dataset_registry:
        _check_names()
    return dataset_registry


def _check_names() -> None:
    from ..arrays import check_dataset_name  # takes seconds, and most machines have no such plugin

    for identifier in dataset_registry:
        try:
            check_dataset_name(identifier, official=False)
        except BrainscoreMouseError as error:
            raise PluginError(f"A plugin registers the dataset {identifier!r}: {error}") from error
