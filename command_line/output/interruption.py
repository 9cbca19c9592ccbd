"""What is printed when a command is interrupted."""

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from typing import ParamSpec

import typer

P = ParamSpec("P")
START_OVER = "Nothing was stored; run the same command again to start over."
DOWNLOADS_KEPT = "Files that were downloaded are kept; run the same command again to resume."
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


def saying_what_is_kept(command: Callable[P, None], kept: str) -> Callable[P, None]:
    """Return a command that says on Ctrl-C what is kept and how to resume, unless it has said so itself."""

    @functools.wraps(command)
    def interruptible(*arguments: P.args, **options: P.kwargs) -> None:
        with on_interruption(kept):
            command(*arguments, **options)

    return interruptible
