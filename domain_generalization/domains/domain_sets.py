"""Which sets of domains there are."""

from collections.abc import Callable, Mapping
from functools import partial

from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ...plugins.unknown_identifier import unknown_identifier
from . import digits, image_folders, minidigits

_LOADERS: Mapping[str, tuple[tuple[str, ...], Callable[[str], StimulusSet]]] = {
    "minidigits": (tuple(minidigits.DOMAINS), minidigits.load_minidigits),
    "digits": (tuple(digits.DOMAINS), digits.load_digit_domain),
    **{name: (names, partial(image_folders.load_folder_domain, name)) for name, names in image_folders.DOMAINS.items()},
}


def domains_of(domain_set: str) -> tuple[str, ...]:
    """Return the names of a set's domains.

    Raises
    ------
    UnknownIdentifierError
        If there is no such set.
    """
    if domain_set not in _LOADERS:
        raise unknown_identifier("set of domains", domain_set, _LOADERS)
    return _LOADERS[domain_set][0]


def sources_of(domain_set: str) -> tuple[str, ...]:
    """Return the domains of a set that something can be fitted to: no other domain shows the same originals."""
    return (minidigits.SOURCE,) if domain_set == "minidigits" else domains_of(domain_set)


def load_domain(domain_set: str, domain: str) -> StimulusSet:
    """Load the labelled images of a domain.

    Parameters
    ----------
    domain_set : str
        For instance 'minidigits', 'digits' or 'pacs'.
    domain : str
        One of `domains_of` the set.

    Returns
    -------
    StimulusSet
        With the columns `stimulus_id` (a content hash), `image_label` and `domain`.

    Raises
    ------
    UnknownIdentifierError
        If there is no such set or domain.
    DatasetNotFoundError
        If its files are not on this machine; the message says where to put them.
    """
    if domain not in domains_of(domain_set):
        raise unknown_identifier(f"domain of {domain_set}", domain, domains_of(domain_set))
    return _LOADERS[domain_set][1](domain)
