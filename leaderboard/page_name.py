"""Names of files for pages of models and benchmarks, whose own names may be anything."""

import hashlib
import re
from functools import cache


@cache
def page_name(name: str) -> str:
    """Return the name of a model's or benchmark's page: readable, safe in any file system, different for each."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:60]
    return f"{readable or 'page'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}.html"
