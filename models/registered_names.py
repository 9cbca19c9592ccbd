"""The names of registered models are theirs: whatever is not made by `load_model` needs another name."""

import contextlib
import unicodedata
from collections.abc import Iterable

from ..activations.layered_model import LayeredModel
from ..brainscore_bridge.internals import brain_score_is_installed, registered_identifiers
from ..core.errors import BrainscoreMouseError, ModelError
from ..core.interfaces import NeuralModel
from ..plugins.discovery import registered_model_sources, registered_models, registered_normalizations
from ..plugins.registries import RESERVED_PREFIXES
from .model_name import BRAIN_SCORE, BRAIN_SCORE_PREFIX

# Cyrillic and Greek letters that look like Latin ones, small or as capitals.
_LOOKALIKES = str.maketrans("аеорсухіјѕһԁԛԝкмтвнοανρτικ", "aeopcyxijshdqwkmtbhoavptik")


def mark_as_registered(model: LayeredModel) -> LayeredModel:
    """Note on a model that it is, as it is now, what is registered under its identifier; return it."""
    model.registered_as = (model.identifier, model.fingerprint)
    return model


def is_registered(model: NeuralModel) -> bool:
    """Tell whether a model was made by `load_model`, and neither it nor its name has changed since."""
    return model.registered_as is not None and model.registered_as == (model.identifier, model.fingerprint)


def check_name_is_free(model: LayeredModel) -> None:
    """Refuse a model that has, or seems to have, the name of a registered one, and is not that one.

    Raises
    ------
    ModelError
        If it is so.
    """
    name = registered_name(model.identifier)
    if name is None or is_registered(model):
        return
    changed = model.registered_as is not None and model.registered_as[0] == model.identifier
    what = "was changed after load_model made it" if changed else "was not made by load_model"
    raise ModelError(
        f"{model.identifier!r} {_is_or_looks_like(model.identifier, name)} the registered model {name!r}, but this one "
        f"{what}. Give it another identifier, or pass the name {name!r} itself."
    )


def registered_name(identifier: str) -> str | None:
    """Return the registered model that an identifier names, or looks like; None if there is none.

    Case, spaces, invisible characters, kinds of dashes and letters that look alike make no difference.

    Parameters
    ----------
    identifier : str
        Any text; with '+neurn' or another normalization at the end, it names what the rest names.
    """
    base, plus, last = identifier.rpartition("+") if "+" in identifier else (identifier, "", "")
    normalization = closest_look(last, registered_normalizations()) if plus else None
    name = _registered_base(base if normalization is not None else identifier)
    return name if name is None or normalization is None else f"{name}+{normalization}"


def closest_look(identifier: str, names: Iterable[str]) -> str | None:
    """Return the name that an identifier is, or else one that looks the same; None if there is none."""
    alike = [name for name in names if looks_of(name) == looks_of(identifier)]
    return identifier if identifier in alike else next(iter(alike), None)


def looks_of(identifier: str) -> str:
    """Return what is left of an identifier without what a reader would not see."""
    kept = []
    for character in unicodedata.normalize("NFKC", identifier).casefold():
        category = unicodedata.category(character)
        if category == "Pd":
            kept.append("-")
        elif category[0] not in "ZC" and category != "Mn":  # spaces, invisible characters, accents left over
            kept.append(character)
    return "".join(kept).translate(_LOOKALIKES)


def _registered_base(base: str) -> str | None:
    found = closest_look(base, registered_models())
    if found is not None:
        return found
    if base[-1:].isdigit():  # one weight seed of an untrained control
        control, dot, seed = base.rpartition(".")
        found = closest_look(control, [name for name in registered_models() if name.endswith("-random")])
        if dot and found is not None:
            return f"{found}.{seed}"
    no_model_of_brain_score = {*registered_model_sources(), *RESERVED_PREFIXES} - {BRAIN_SCORE}
    if any(looks_of(base).startswith(f"{prefix}:") for prefix in no_model_of_brain_score):
        return base
    is_theirs = looks_of(base).startswith(BRAIN_SCORE_PREFIX)
    # Of a version of Brain-Score that this package does not know, no model can be loaded either.
    with contextlib.suppress(BrainscoreMouseError):
        if brain_score_is_installed():
            found = closest_look(looks_of(base).removeprefix(BRAIN_SCORE_PREFIX), registered_identifiers("model"))
    if found is None:
        return base if is_theirs else None  # the prefix is Brain-Score's
    return f"{BRAIN_SCORE_PREFIX}{found}" if found in registered_models() else found


def _is_or_looks_like(identifier: str, name: str) -> str:
    return "is the name of" if identifier == name else "looks like"
