"""A registered name is a network's only as long as the network does what load_model's does."""

from functools import lru_cache

from ..activations.extraction import Extraction
from ..activations.recorded_network import RecordedNetwork
from ..core.behaviour import LayerBehaviour
from ..core.errors import ModelError
from ..core.interfaces import NeuralModel
from .loading import load_model
from .registered_names import is_registered

# Of models, a few kilobytes each.
_N_REMEMBERED = 256


def confirm_registered(model: NeuralModel) -> LayerBehaviour | None:
    """Refuse a model that load_model made and that was changed since, also where its fingerprint does not show it.

    It is compared with one that is made again, once for each name in a process.

    Parameters
    ----------
    model : NeuralModel
        A model that a user handed over: hooks and closures may have changed it since it was made.

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
    behaviour = model.reference_behaviour()
    if behaviour is None or not isinstance(model, RecordedNetwork) or not is_registered(model):
        return behaviour
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
