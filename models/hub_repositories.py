"""What sources of models have in common whose names are repositories of huggingface.co."""

import re
from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from ..core.errors import UnknownIdentifierError
from .downloads import hub_file_status
from .sources import ListedModel
from .weights_status import WeightsStatus

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_CONFIGURATION = "config.json"


class HubRepositories(ABC):
    """The part of a :class:`~brainscore_mouse.models.sources.ModelSource` that does not depend on the library.

    Attributes
    ----------
    prefix : str
        Of the names, ``<prefix>:<organization>/<name>``.
    weight_files : sequence of str
        What the file of the weights may be called, the preferred name first.
    """

    prefix: ClassVar[str]
    weight_files: ClassVar[Sequence[str]]
    has_untrained = True

    def canonical(self, name: str) -> str:
        """Return the name; whether there is such a repository is not known without network."""
        if not _REPOSITORY.fullmatch(name):
            raise UnknownIdentifierError(
                f"{self.prefix}:{name} does not name a repository: write {self.prefix}:<organization>/<name>."
            )
        return name

    def canonical_untrained(self, name: str) -> str:
        """Return the name; see `canonical`."""
        return self.canonical(name)

    def weights(self, name: str) -> WeightsStatus:
        """Return where configuration and weights are; see `ModelSource`."""
        configuration = self.untrained_needs(name)
        return configuration if configuration.path is None else hub_file_status(name, self.weight_files)

    def untrained_needs(self, name: str) -> WeightsStatus:
        """Return where the configuration is; see `ModelSource`."""
        return hub_file_status(name, [_CONFIGURATION])

    def listed(self) -> Sequence[ListedModel]:
        """Return nothing: the site cannot be listed without network."""
        return []
