"""Where the files of domains that cannot be shipped are."""

from pathlib import Path

from ...core.errors import DatasetNotFoundError
from ...core.home import datasets_folder, path_of_variable

DATA_VARIABLE = "BRAINSCORE_MOUSE_DG_DATA"


def domain_set_folder(domain_set: str) -> Path:
    """Return where a set's files belong: ``<set>`` below ``$BRAINSCORE_MOUSE_DG_DATA`` or the home's datasets."""
    return (path_of_variable(DATA_VARIABLE) or datasets_folder() / "domain_generalization") / domain_set


def missing_domain(domain_set: str, domain: str, layout: str) -> DatasetNotFoundError:
    """Make the error for a domain whose files are not on this machine.

    Parameters
    ----------
    domain_set, domain : str
        What was asked for.
    layout : str
        Which files are expected in the set's folder, and where to get them.
    """
    return DatasetNotFoundError(
        f"The domain {domain!r} of {domain_set!r} is not on this machine. Put {layout} into "
        f"{domain_set_folder(domain_set)}, or set ${DATA_VARIABLE} to the folder that holds {domain_set}/."
    )
