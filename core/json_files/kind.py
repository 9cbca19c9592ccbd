"""What a value in a JSON file must be, so that a damaged or edited file is refused where it is read."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST_SHOWN = 60
_LARGEST_COUNT = 2**63 - 1  # SQLite's and numpy's integers end there


@dataclass(frozen=True)
class Kind:
    """What a value must be.

    Attributes
    ----------
    words : str
        The same for people, such as 'a number'.
    problem : callable of (value, place)
        Returns what is wrong with a value, and where; None if it is of this kind. `place` is the value's place in the
        file, such as ``layer_scores['conv1']``.
    """

    words: str
    problem: Callable[[Any, str], str | None]


def _plain(words: str, fits: Callable[[Any], bool]) -> Kind:
    return Kind(words, lambda value, place: None if fits(value) else _is_not(value, place, words))


def _is_not(value: Any, place: str, words: str) -> str:
    text = json.dumps(value, default=str)
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
    return f"{place or 'its content'} is {shown}, not {words}"


def _is_number(value: Any) -> bool:
    if type(value) is float:
        return math.isfinite(value)
    return type(value) is int and abs(value) <= _LARGEST_COUNT


def _is_text(value: Any) -> bool:
    # Half of a pair of surrogates, which JSON can hold, cannot be printed or stored.
    return type(value) is str and (value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value))


NUMBER = _plain("a number", _is_number)
NUMBER_OR_NAN = _plain(
    "a number or NaN", lambda value: _is_number(value) or (type(value) is float and math.isnan(value))
)
COUNT = _plain("a whole number", lambda value: type(value) is int and abs(value) <= _LARGEST_COUNT)
POSITIVE_COUNT = _plain("a positive whole number", lambda value: type(value) is int and 1 <= value <= _LARGEST_COUNT)
TEXT = _plain("a text", _is_text)
FLAG = _plain("true or false", lambda value: type(value) is bool)
ANYTHING = Kind("anything", lambda value, place: None)


def or_null(kind: Kind) -> Kind:
    """Return the kind of values that may also be null."""
    return Kind(f"{kind.words} or null", lambda value, place: None if value is None else kind.problem(value, place))


def any_of(words: str, *kinds: Kind) -> Kind:
    """Return the kind of values that are of any of several kinds; `words` says which."""

    def problem(value: Any, place: str) -> str | None:
        return None if any(kind.problem(value, "") is None for kind in kinds) else _is_not(value, place, words)

    return Kind(words, problem)


def list_of(kind: Kind, length: int | None = None) -> Kind:
    """Return the kind of lists of values of one kind, of some length."""
    words = "a list" if length is None else f"a list of {length}"

    def problem(value: Any, place: str) -> str | None:
        if type(value) is not list or (length is not None and len(value) != length):
            return _is_not(value, place, words)
        for number, item in enumerate(value):
            found = kind.problem(item, "")  # the place is written only where something is wrong: lists are long
            if found is not None:
                return kind.problem(item, f"{place}[{number}]")
        return None

    return Kind(words, problem)


def mapping_of(kind: Kind) -> Kind:
    """Return the kind of objects whose values are all of one kind, by any name."""

    def problem(value: Any, place: str) -> str | None:
        if type(value) is not dict:
            return _is_not(value, place, "an object")
        for name, item in value.items():
            if not _is_text(name):
                return _is_not(name, f"a key of {place or 'it'}", "a text")
            found = kind.problem(item, "")
            if found is not None:
                return kind.problem(item, f"{place}[{name!r}]" if place else name)
        return None

    return Kind("an object", problem)


def object_with(required: Mapping[str, Kind], optional: Mapping[str, Kind] | None = None) -> Kind:
    """Return the kind of objects with named values; others, of any kind, may be there too.

    Parameters
    ----------
    required, optional : mapping of str to Kind
        What each value must be. Those that are required must be there.
    """
    known = {**(optional or {}), **required}

    def problem(value: Any, place: str) -> str | None:
        if type(value) is not dict:
            return _is_not(value, place, "an object")
        for name in required:
            if name not in value:
                return f"{place or 'it'} lacks {name!r}"
        for name, item in value.items():
            kind = known.get(name)
            if kind is not None:
                found = kind.problem(item, f"{place}[{name!r}]" if place else name)
                if found is not None:
                    return found
        return None

    return Kind("an object", problem)
