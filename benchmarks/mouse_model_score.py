"""The score of mice as a model of other mice."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import InvalidParameterError, UnreliableDataError
from ..metrics.layer_choice import selection_folds
from ..metrics.mouse_populations import compares_mice
from ..metrics.mouse_score import MouseScore
from ..models.mouse_models.each_mouse_alone import EACH_MOUSE_ALONE
from ..models.mouse_models.mouse_model import LAYER, MouseModel
from ..uncertainty.leave_one_out import LeaveOneOutScores
from .score_errors import score_errors
from .score_identity import score_identity

if TYPE_CHECKING:
    from .neural_benchmark import MouseNeuralBenchmark


def mouse_model_score(benchmark: "MouseNeuralBenchmark", model: MouseModel) -> tuple[MouseScore, LeaveOneOutScores]:
    """Compare mice with the other mice of a benchmark, corrected for the noise of both.

    A single mouse is compared with all mice of other names, pooled as for any model. All mice of an area are compared
    with each of them alone, by all others; so that is another scale than that of models, see
    :func:`~brainscore_mouse.benchmarks.inter_animal_consistency.inter_animal_consistency`.

    Parameters
    ----------
    benchmark : MouseNeuralBenchmark
        Of one area.
    model : MouseModel
        Of mice that saw the same stimuli.

    Raises
    ------
    InvalidParameterError
        If the metric compares no populations, or all mice of an area are to model another area or a variant of the
        stimuli.
    ModelError
        If the mice saw other stimuli.
    UnreliableDataError
        If no other mouse was recorded, or a population is too noisy.
    """
    if model.subject is None:
        left_out, found = _of_all(benchmark, model)
    else:
        left_out, found = _of_single(benchmark, model)
    value = float(left_out.values[0, 0, 0])
    score = MouseScore(value)
    score.attrs.update(
        raw=value * found["ceiling"],
        **found,
        **score_errors(left_out),
        layer=LAYER,
        layer_scores={LAYER: value},
        n_stimuli=len(benchmark.recordings.stimulus_set),
        data_origin=benchmark.recordings.origin,
        **score_identity(benchmark, model),
    )
    return score, left_out


def _of_all(benchmark: "MouseNeuralBenchmark", model: MouseModel) -> tuple[LeaveOneOutScores, dict[str, Any]]:
    recordings = benchmark.recordings
    if (model.dataset, model.area) != (recordings.dataset, recordings.area):
        raise InvalidParameterError(
            f"{model.identifier} stands for the other mice of its own area, and cannot model "
            f"{recordings.dataset}-{recordings.area}: use mouse-model:{recordings.dataset}-{recordings.area}, or a "
            "single mouse."
        )
    if recordings.variant is not None:
        raise InvalidParameterError(
            f"{model.identifier} has responses to the stimuli that the mice saw, and none to the variant "
            f"{recordings.variant!r}. Use {benchmark.identifier.removesuffix(f'@{recordings.variant}')}."
        )
    mice = benchmark.mouse_populations
    return mice.pooled(), {
        "ceiling": mice.mean_ceiling,
        "ceiling_error": None,
        "n_neuroids": sum(mice.n_neuroids.values()),
        "n_mice": len(mice.mice),
        "n_mice_left_out": len(mice.left_out_mice),
        "target": EACH_MOUSE_ALONE,
    }


def _of_single(benchmark: "MouseNeuralBenchmark", model: MouseModel) -> tuple[LeaveOneOutScores, dict[str, Any]]:
    recordings, metric = benchmark.recordings, compares_mice(benchmark.metric)
    source = model.trials_of(recordings.shown_stimuli)
    subjects = np.asarray(recordings.subjects).astype(str)
    others = subjects != model.subject
    if not others.any():
        raise UnreliableDataError(f"{benchmark.identifier} has no other mouse than {model.subject}.")
    folds = selection_folds(source.shape[1], subjects[others], benchmark.seed, recordings.groups)
    every = np.arange(source.shape[2])
    of_source = [
        replace(fold, selection=replace(fold.selection, neuroids=every), scoring=replace(fold.scoring, neuroids=every))
        for fold in folds
    ]
    target = metric.population(recordings.trials[:, :, others], subjects[others], folds)
    left_out = target.left_out([metric.population(source, model.subjects, of_source)])
    return left_out, {
        "ceiling": target.target.ceiling,
        "ceiling_error": target.target.ceiling_error,
        "n_neuroids": int(others.sum()),
        "n_mice": len(np.unique(subjects[others])),
        "target": f"all mice but {model.subject}, pooled",
    }
