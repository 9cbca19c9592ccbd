"""What is printed when a command is interrupted."""

import contextlib
import sys
from collections.abc import Callable, Iterator

import typer

_EXIT_CODE = 130  # as shells report SIGINT


@contextlib.contextmanager
def on_interruption(message: str | Callable[[], str]) -> Iterator[None]:
    """On Ctrl-C inside the block, print what is kept and how to resume, and exit with code 130.

    Parameters
    ----------
    message : str or callable
        The text, or a function that makes it when it is needed.
    """
    try:
        yield
    except KeyboardInterrupt:
        print(f"\nInterrupted. {message if isinstance(message, str) else message()}", file=sys.stderr)
        raise typer.Exit(_EXIT_CODE) from None
