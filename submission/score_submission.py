"""From a checked submission to stored scores."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from brainscore_core.metrics import Score
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..brainscore_bridge.internals import brain_score_is_installed
from ..brainscore_bridge.offer import names_of_others
from ..core.errors import BrainscoreMouseError, NotWritableError, SubmissionError
from ..core.interfaces import Benchmark
from ..plugins.discovery import list_models
from ..results.store import model_folder, records_of_model, store_failure
from ..scoring.keeping_failure import failure_of
from ..scoring.score_model import score_model
from .archive import copy_submission
from .limits import Limits
from .plugin_checks import CheckedPlugin, check_plugin
from .sandbox import Sandbox
from .submitted_model import SubmittedModel

_logger = logging.getLogger(__name__)


def checked_submission(source: Path, folder: Path) -> CheckedPlugin:
    """Copy a submission and check the copy, without running any of its code.

    Parameters
    ----------
    source : Path
        A folder or a zip file.
    folder : Path
        An empty folder, for the copy.

    Raises
    ------
    SubmissionError
        With all that is wrong.
    """
    copy_submission(source, folder)
    plugin = check_plugin(folder, taken=[*list_models(), *_models_of_brain_score()])
    for identifier in plugin.identifiers:
        _check_not_submitted_before(identifier, plugin.sha256)
    return plugin


def score_submission(
    sandbox: Sandbox, plugin: CheckedPlugin, benchmarks: Sequence[Benchmark], limits: Limits
) -> Iterator[Score]:
    """Run the models of a submission and score them, each on all benchmarks.

    The submission's code only turns images into Gram matrices; scores are computed and stored by this process.

    Parameters
    ----------
    sandbox : Sandbox
        Where to run them.
    plugin : CheckedPlugin
        From `checked_submission`.
    benchmarks : sequence of Benchmark
        What to score on.
    limits : Limits
        What each model may use.

    Yields
    ------
    Score
        As of `score_model`, with `submission_sha256`; stored.

    Raises
    ------
    SubmissionError
        At the end, if the runs of some models came to no result, or could not be scored. For each benchmark that is
        without a score then, a failure is stored.
    """
    failures = []
    stimulus_sets = {found.identifier: found for benchmark in benchmarks for found in _shown_stimuli(benchmark)}
    for identifier in plugin.identifiers:
        committed = plugin.region_layer_maps[identifier]
        try:
            handover = sandbox.run(plugin.folder, identifier, list(stimulus_sets.values()), committed, limits)
        except SubmissionError as error:
            failures.append(f"{identifier}: {error}" if len(plugin.identifiers) > 1 else str(error))
            _store_failures(identifier, benchmarks, error)
            continue
        model = SubmittedModel(identifier, handover, plugin.sha256)
        for benchmark in benchmarks:
            try:
                score = score_model(model, benchmark)
            except BrainscoreMouseError as error:
                failures.append(f"{identifier} on {benchmark.identifier}: {error}")
                _store_failures(identifier, [benchmark], error)
                continue
            yield score
    if failures:
        raise SubmissionError("\n".join(failures))


def _store_failures(identifier: str, benchmarks: Sequence[Benchmark], error: BrainscoreMouseError) -> None:
    try:
        for benchmark in benchmarks:
            store_failure(identifier, benchmark.identifier, failure_of(error))
    except NotWritableError as not_writable:
        _logger.warning("The failure of %s is not stored: %s", identifier, not_writable)


def _shown_stimuli(benchmark: Benchmark) -> Sequence[StimulusSet]:
    if benchmark.compares == "labels":
        raise SubmissionError(f"{benchmark.identifier} does not compare with recordings: submit without it.")
    if benchmark.compares == "channels":
        raise SubmissionError(
            f"A submitted model returns Gram matrices, and {benchmark.identifier} compares the responses of "
            "channels: submit without it."
        )
    return benchmark.shown_stimulus_sets()


def _check_not_submitted_before(identifier: str, sha256: str) -> None:
    for record in records_of_model(identifier):
        before = record.get("submission_sha256", sha256)
        if before != sha256:
            raise SubmissionError(
                f"{identifier!r} was submitted before with another content (SHA-256 {str(before)[:12]}..., now "
                f"{sha256[:12]}...): choose another identifier, such as {identifier}-v2, or remove "
                f"{model_folder(identifier)}."
            )


def _models_of_brain_score() -> set[str]:
    return names_of_others("model") if brain_score_is_installed() else set()
