"""``brainscore-mouse cache ...``: what can be computed again; one file per verb."""

from ..output.grouped_help import example, plain_app
from .clear import clear
from .info import info

cache_app = plain_app("Show or empty the cache, and remove downloads.", example("cache info"))
cache_app.command(epilog=example("cache info"))(info)
cache_app.command(epilog=example("cache clear --dry-run", "cache clear --kind downloads"))(clear)
