"""A registered name is a network's only as long as the network does what load_model's does."""

from functools import lru_cache

from ..activations.extraction import Extraction
from ..activations.recorded_network import RecordedNetwork
from ..core.behaviour import Behaviour, LayerBehaviour
from ..core.errors import ModelError
from ..core.interfaces import NeuralModel
from .loading import load_model
from .registered_names import is_registered

# Of models, a few kilobytes each.
_N_REMEMBERED = 256
_references: dict[tuple[str, Extraction, tuple[str, ...], bytes], LayerBehaviour] = {}


def confirm_registered(model: NeuralModel, shown: Behaviour | None) -> LayerBehaviour | None:
    """Refuse a model that load_model made and that was changed since, also where its fingerprint does not show it.

    It is compared with one that is made again, once for each name in a process. What distinguishes another network is
    remembered in the process, and believed as stored Gram matrices are: if it still does the same with stimuli.

    Parameters
    ----------
    model : NeuralModel
        A model that a user handed over: hooks and closures may have changed it since it was made.
    shown : Behaviour or None
        What it has just done with stimuli, if that is known.

    Returns
    -------
    LayerBehaviour or None
        What distinguishes it from other networks of its name; None if it is the registered model, or if what it does
        cannot be known.

    Raises
    ------
    ModelError
        If it has the name and the fingerprint of a registered model, and does something else.
    """
    if not isinstance(model, RecordedNetwork):
        return model.reference_behaviour()
    if not is_registered(model):
        return _reference_behaviour(model, shown)
    behaviour = model.reference_behaviour()
    layers = tuple(behaviour.layers)
    made_again = _registered_behaviour(model.identifier, model.fingerprint, layers, model.extraction.precision)
    if made_again is None:
        return behaviour
    if not behaviour.agrees_with(made_again):
        raise ModelError(
            f"{model.identifier!r} is the name of a registered model, but this one was changed since it was loaded: "
            f"its activations differ. Give it another identifier, or pass the name {model.identifier!r} itself."
        )
    return None


def _reference_behaviour(model: RecordedNetwork, shown: Behaviour | None) -> LayerBehaviour:
    # Layers that no stimulus was shown to may have changed unnoticed.
    if shown is None or len(shown.numbers) != len(model.reference_layers):
        return model.reference_behaviour()
    key = model.fingerprint, model.extraction, model.reference_layers, shown.numbers.tobytes()
    if key not in _references:
        if len(_references) == _N_REMEMBERED:
            del _references[next(iter(_references))]
        _references[key] = model.reference_behaviour()
    return _references[key]


@lru_cache(maxsize=_N_REMEMBERED)
def _registered_behaviour(
    identifier: str, fingerprint: str, layers: tuple[str, ...], precision: str
) -> LayerBehaviour | None:
    """Return what the registered model does; None if it has another fingerprint each time it is made."""
    made = load_model(identifier)
    if not isinstance(made, RecordedNetwork) or made.fingerprint != fingerprint:
        return None
    made.layers = layers
    return made.with_extraction(Extraction(precision=precision)).reference_behaviour()
