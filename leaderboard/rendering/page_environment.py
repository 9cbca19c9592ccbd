"""What the templates of all pages share; written to be fast, since a thousand models have a million numbers."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

_UNKNOWN = "–"  # noqa: RUF001, as in the templates
_N_HEADS = 1000  # of tables; those of models with the same areas are the same


def page_environment(package: str) -> Environment:
    """Return where the templates of a package are made into pages.

    Parameters
    ----------
    package : str
        Its folder `templates` holds them. They can call :func:`number`, :func:`with_error`, and ``columns.head`` and
        ``columns.about``, the macros of its `columns.html`.
    """
    environment = _PageEnvironment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,  # names are chosen by those who submit
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(number=number, with_error=with_error)
    macros = vars(environment.get_template("columns.html").module)
    environment.globals["columns"] = {name: _once_each(macros[name]) for name in ("head", "about")}
    return environment


def number(value: float | None, digits: int = 3) -> str:
    """Return a number as pages show it; a dash where it is not known."""
    return _UNKNOWN if value is None else f"{value:z.{digits}f}"


def with_error(value: float | None, error: float | None) -> Markup:
    """Return a number and its standard error, if that is known."""
    of_error = "" if error is None else f'<span class="error"> ± {number(error)}</span>'
    return Markup(number(value) + of_error)  # noqa: S704, numbers only


def _once_each(macro: Callable[..., Markup]) -> Callable[[Sequence[tuple[str, str, str]], str], Markup]:
    """Return a macro of columns and a prefix that renders the same ones only once: pages of all models share them."""
    cached = lru_cache(_N_HEADS)(macro)
    return lambda columns, prefix: cached(tuple(columns), prefix)


class _PageEnvironment(Environment):
    """Looks up ``record.score`` among a dict's keys first, where it is, and not among its methods."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)
