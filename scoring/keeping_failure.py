"""What is stored of a score that could not be computed."""

import contextlib
import logging
import traceback
from collections.abc import Iterator
from typing import Any

from ..core.content_key import now
from ..core.errors import BrainscoreMouseError, NotWritableError, UnknownIdentifierError
from ..core.host import host_kind
from ..core.versions import package_versions
from ..results.store import store_failure

_logger = logging.getLogger(__name__)


@contextlib.contextmanager
def keeping_failure(model_identifier: str, benchmark_identifier: str) -> Iterator[None]:
    """Store why a model could not be scored if the block fails, and raise it.

    A name that is not known is not kept: it is a slip of the pen, not what became of a model.

    Parameters
    ----------
    model_identifier, benchmark_identifier : str
        Of the score.
    """
    try:
        yield
    except UnknownIdentifierError:
        raise
    except (Exception, SystemExit) as error:
        try:
            store_failure(model_identifier, benchmark_identifier, failure_of(error))
        except NotWritableError as reason:
            _logger.warning("The failure of %s on %s is not stored: %s", model_identifier, benchmark_identifier, reason)
        raise


def failure_of(error: BaseException) -> dict[str, Any]:
    """Describe an error as the store keeps it."""
    described = {
        "error": type(error).__name__,
        "message": str(error) or repr(error),
        "created": now(),
        "versions": package_versions(),
        "host": host_kind(),
    }
    if not isinstance(error, BrainscoreMouseError):
        described["traceback"] = "".join(traceback.format_exception(error))
    return described
