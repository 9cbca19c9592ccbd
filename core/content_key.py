"""The key that a result is stored by: a hash of all that it depends on."""

import hashlib
import json
from datetime import datetime
from typing import Any

FORMAT_VERSION = 2  # 2: layers keep their order; RDMs and the scores of neuroids are stored


def result_key(**inputs: Any) -> str:
    """Hash all that a score depends on.

    Parameters
    ----------
    **inputs
        Values that JSON can hold.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    text = json.dumps({"format_version": FORMAT_VERSION, **inputs}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def now() -> str:
    """Return the local time with its offset, to the second, as ISO 8601."""
    return datetime.now().astimezone().isoformat(timespec="seconds")
