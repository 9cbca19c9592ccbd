"""``brainscore-mouse models ...``: what is done with models before they are scored; one file per verb."""

from ..output.grouped_help import example, plain_app
from ..output.interruption import DOWNLOADS_KEPT, saying_what_is_kept
from .fetch import fetch

_FETCH = example("models fetch efficientnet-lite0", "models fetch 'timm:*dinov2*'")

models_app = plain_app("Download models ahead.", _FETCH)


@models_app.callback()
def models() -> None:
    """Download models ahead."""


models_app.command(epilog=_FETCH)(saying_what_is_kept(fetch, DOWNLOADS_KEPT))
