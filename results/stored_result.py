"""A stored score as a Score: apart from the store, which is read without Brain-Score's libraries."""

from brainscore_core.metrics import Score

from ..core.behaviour import Behaviour
from .store import confirmed_record


def stored_result(model_identifier: str, benchmark_identifier: str, key: str, behaviour: Behaviour) -> Score | None:
    """Read a score back; None if there is none of this key and behaviour. Parameters as of `confirmed_record`."""
    record = confirmed_record(model_identifier, benchmark_identifier, key, behaviour)
    if record is None:
        return None
    content = dict(record)
    for name in ("format_version", "key", "behaviour"):
        content.pop(name, None)
    score = Score(content.pop("score"))
    score.attrs.update(content)
    return score
