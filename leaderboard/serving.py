"""Serving a leaderboard to a browser on this machine."""

import functools
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def leaderboard_server(folder: Path) -> ThreadingHTTPServer:
    """Return a server of a folder on a free port, for this machine only; its `serve_forever` serves.

    Parameters
    ----------
    folder : Path
        From :func:`brainscore_mouse.leaderboard.site.write_leaderboard`.
    """
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    return ThreadingHTTPServer(("127.0.0.1", 0), handler)
