"""The option ``--plugin FILE``, which every command has."""

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any

import typer

from .expanded_path import expanded_path

PluginOption = Annotated[
    list[Path] | None,
    typer.Option(
        help="Python file that registers models, metrics, datasets, areas or benchmarks; can be repeated.",
        parser=expanded_path,
        metavar="FILE",
    ),
]

_given: ContextVar[tuple[Path, ...]] = ContextVar("_given", default=())


def add_plugin_option(app: typer.Typer) -> None:
    """Give each command of an app, in whatever group, the option."""
    for command in app.registered_commands:
        if command.callback is not None:
            command.callback = _with_plugins(command.callback)
    for group in app.registered_groups:
        if group.typer_instance is not None:
            add_plugin_option(group.typer_instance)


def given_plugin_options() -> list[str]:
    """Return the words of this command's own options ``--plugin FILE``, for commands that are suggested as the next."""
    return [word for file in _given.get() for word in ("--plugin", str(file))]


def _with_plugins(command: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(command)
    def with_plugins(*arguments: Any, plugin: list[Path] | None = None, **options: Any) -> Any:
        from ..plugins.plugin_files import choose_plugin_file

        _given.set(tuple(plugin or ()))
        for file in plugin or ():
            choose_plugin_file(file)
        return command(*arguments, **options)

    signature = inspect.signature(command)
    option = inspect.Parameter("plugin", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=PluginOption)
    with_plugins.__signature__ = signature.replace(parameters=[*signature.parameters.values(), option])  # type: ignore[attr-defined]
    with_plugins.__annotations__ = {**command.__annotations__, "plugin": PluginOption}
    return with_plugins
