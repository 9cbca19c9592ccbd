"""The key that something computed is stored by: a hash of all that it depends on."""

import hashlib
import json
from datetime import datetime
from typing import Any


def content_key(**inputs: Any) -> str:
    """Hash all that something depends on.

    Parameters
    ----------
    **inputs
        Values that JSON can hold; among them a version of the way in which it is computed and stored.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def now() -> str:
    """Return the local time with its offset, to the second, as ISO 8601."""
    return datetime.now().astimezone().isoformat(timespec="seconds")
