"""The reference of all commands as Markdown, from the commands themselves."""

from collections.abc import Iterator
from typing import Any

import typer
from brainscore_mouse.command_line import app

_WIDTH = 100


def command_reference() -> str:
    """Return a heading and the help text of every command, in the order of the help."""
    return "\n".join(_sections(typer.main.get_command(app), ("brainscore-mouse",), None))


def _sections(command: Any, path: tuple[str, ...], parent: Any) -> Iterator[str]:
    context = command.make_context(
        path[-1], [], parent=parent, resilient_parsing=True, terminal_width=_WIDTH, max_content_width=_WIDTH
    )
    yield f"{'#' * min(len(path) + 1, 3)} {' '.join(path)}\n"
    yield f"```text\n{command.get_help(context).strip()}\n```\n"
    for name, child in getattr(command, "commands", {}).items():
        yield from _sections(child, (*path, name), context)
