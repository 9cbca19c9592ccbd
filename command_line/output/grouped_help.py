"""Help in plain text: commands in groups, and no option ever cut, however narrow the terminal."""

from typing import Any

import typer
from typer.core import TyperGroup

_OTHERS = "Commands"


class GroupedHelp(TyperGroup):
    """Lists commands under the heading that they were registered with (``rich_help_panel``), with all of their help."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one section per group, in the order in which groups and commands were registered."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command: Any = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                panel = command.rich_help_panel
                heading = panel if isinstance(panel, str) else _OTHERS
                groups.setdefault(heading, []).append((name, first_paragraph(command.help or "")))
        for heading, rows in groups.items():
            with formatter.section(heading):
                formatter.write_dl(rows)


def first_paragraph(text: str) -> str:
    """Return the first paragraph of a help text in one line."""
    return " ".join(text.strip().split("\n\n")[0].split())


def plain_app(help: str, epilog: str) -> typer.Typer:
    """Make a group of commands with plain help, which every command in it inherits."""
    return typer.Typer(help=help, epilog=epilog, no_args_is_help=True, cls=GroupedHelp, rich_markup_mode=None)


def example(*commands: str) -> str:
    """Return the end of a command's help: commands to copy, each in a line of its own."""
    title = "Example:" if len(commands) == 1 else "Examples:"
    return "\n\n".join(["\b\n" + "\n".join([title, *(f"  brainscore-mouse {command}" for command in commands)])])
