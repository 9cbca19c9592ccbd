"""Reading the stores of other machines, together, without changing any."""

import contextlib
import logging
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..core.home import results_in
from .merge import merge_results

_logger = logging.getLogger(__name__)


@contextlib.contextmanager
def stored_in(stores: Sequence[Path]) -> Iterator[None]:
    """Inside the block, the stored scores are those of other stores, merged; without any, those of this machine.

    Conflicts and damaged files are logged as warnings; of two results that differ the one of the earlier store counts.

    Parameters
    ----------
    stores : sequence of Path
        Homes of this package, or their folders ``results``.

    Raises
    ------
    DataError
        If one of them is not such a folder.
    """
    if not stores:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="brainscore-mouse-stores-") as folder:
        with results_in(Path(folder) / "results"):
            report = merge_results(stores)
            for path in report.damaged:
                _logger.warning("%s is damaged and left out.", path)
            for conflict in report.conflicts:
                _logger.warning("Two stores differ. %s", conflict)
            yield
