"""What every metric must do, on small simulated recordings."""

import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from brainscore_core.metrics import Score
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from PIL import Image

from ..data_packaging.simulate_recordings import RecordingDesign, simulate_recordings, simulated_features
from ..metrics.assemblies import assembly_of
from ..metrics.feature_gram import FeatureGram
from ..metrics.layer_choice import selection_folds
from ..metrics.layerwise import Fold, LayerEvaluation, LayerwiseMetric, NeuralTarget, Part
from .run_checks import (
    Check,
    differences,
    run_checks,
    violations_of_ceiling,
    violations_of_generator,
    violations_of_null,
)

_DESIGN = RecordingDesign(
    n_stimuli=48, n_mice=2, n_neuroids=24, n_repetitions=10, n_dimensions=4, reliability=0.93, reliability_spread=0.3
)
_N_NULLS = 8
_N_UNITS = 30
_SIDE = 16  # of the stimuli, in pixels
# Sums in another order differ by rounding, and so do iterations that stop elsewhere.
_ROUNDING = 1e-6
# Another order of the stimuli may mean another random split of the repetitions.
_SPLITS = 0.03


class AssemblyMetric(Protocol):
    """What every metric is: a function of two assemblies."""

    def __call__(self, source: NeuroidAssembly, target: NeuroidAssembly) -> Score:
        """Compare them."""
        ...


def check_metric(metric: AssemblyMetric) -> None:
    """Check that a metric does what all metrics must do, on small recordings that are simulated in memory.

    - identity: it has an identifier, and settings that JSON can hold, which name it;
    - finite: scores, ceilings and errors are finite and of the right shapes; the ceiling is at most 1 within its error;
    - deterministic: the same again is the same, and so it is with the layers in another order;
    - order-of-stimuli: another order of the stimuli, everywhere, changes nothing;
    - held-out: neuroids that are not scored do not influence a score;
    - input-unchanged: what it was given is as before;
    - scale-invariant, null-scores-zero, generator-scores-one: where it claims so, see
      :data:`~brainscore_mouse.metrics.layerwise.Claim`;
    - assemblies: called with two of Brain-Score's assemblies, it gives a finite score, the same again, and the same
      whatever the order of the source's presentations.

    Of a metric that only compares assemblies (no `LayerwiseMetric`), those are checked that can be: its score of a
    population with itself must be 1 where it claims 'generator-scores-one'.

    Parameters
    ----------
    metric : LayerwiseMetric or brainscore_core.metrics.Metric
        The metric, with any settings.

    Raises
    ------
    ConformanceError
        With all violations and their values.

    Examples
    --------
    >>> from brainscore_mouse import check_metric, load_metric
    >>> check_metric(load_metric("cka"))
    """
    name = getattr(metric, "identifier", type(metric).__name__)
    with tempfile.TemporaryDirectory() as folder:
        recordings = _Recordings(_written_images(Path(folder)))
        checks = _checks_on_assemblies(metric, recordings)
        if isinstance(metric, LayerwiseMetric):
            checks = _Layerwise(metric, recordings).checks() | {"assemblies": checks["assemblies"]}
        run_checks(f"The metric {name}", checks)


@dataclass(frozen=True)
class _Recordings:
    """Simulated trials of two mice, the features to compare with them, and the images that they would be of."""

    stimulus_paths: list[Path]

    @cached_property
    def simulated(self) -> Any:
        return simulate_recordings(_DESIGN, np.random.default_rng(0))

    @property
    def trials(self) -> np.ndarray:
        return self.simulated.trials

    @property
    def subjects(self) -> np.ndarray:
        return self.simulated.subjects

    @cached_property
    def folds(self) -> list[Fold]:
        return selection_folds(_DESIGN.n_stimuli, self.subjects, seed=0)

    @cached_property
    def related(self) -> list[np.ndarray]:
        """Features that share half and all of their variance with the neuroids."""
        shares = (0.5, 1.0)
        return [
            simulated_features(self.simulated, share, _N_UNITS, np.random.default_rng([1, number]))
            for number, share in enumerate(shares)
        ]

    @cached_property
    def unrelated(self) -> list[np.ndarray]:
        """Features that have nothing to do with the stimuli."""
        generator = np.random.default_rng(2)
        return [generator.normal(size=(_DESIGN.n_stimuli, _N_UNITS)) + 1 for _ in range(_N_NULLS)]

    def assembly(self, responses: np.ndarray) -> NeuroidAssembly:
        assembly = assembly_of(responses, [path.stem for path in self.stimulus_paths])
        stimulus_set = StimulusSet([{"stimulus_id": path.stem} for path in self.stimulus_paths])
        stimulus_set.identifier = "check_metric"
        stimulus_set.stimulus_paths = {path.stem: str(path) for path in self.stimulus_paths}
        assembly.attrs["stimulus_set"] = stimulus_set
        return assembly


def _written_images(folder: Path) -> list[Path]:
    pixels = np.random.default_rng(3).integers(256, size=(_DESIGN.n_stimuli, _SIDE, _SIDE), dtype=np.uint8)
    paths = [folder / f"stimulus_{number:02d}.png" for number in range(len(pixels))]
    for path, image in zip(paths, pixels, strict=True):
        Image.fromarray(image).save(path)
    return paths


class _Layerwise:
    """The checks of a metric that benchmarks use."""

    def __init__(self, metric: LayerwiseMetric, recordings: _Recordings):
        self.metric = metric
        self.recordings = recordings

    def checks(self) -> dict[str, Check]:
        checks: dict[str, Check] = {
            "identity": self.identity,
            "finite": self.finite,
            "deterministic": self.deterministic,
            "order-of-stimuli": self.order_of_stimuli,
            "held-out": self.held_out,
            "input-unchanged": self.input_unchanged,
        }
        claimed: dict[str, Check] = {
            "scale-invariant": self.scale,
            "null-scores-zero": self.null,
            "generator-scores-one": self.generator,
        }
        return checks | {name: check for name, check in claimed.items() if name in self.metric.claims}

    def summaries(self, features: Sequence[np.ndarray]) -> list[Any]:
        """Return what the metric compares of layers."""
        if self.metric.compares == "channels":
            return [layer.astype(np.float32) for layer in features]
        return [FeatureGram.of_features(layer) for layer in features]

    def prepared(self, trials: np.ndarray, folds: Sequence[Fold], order: np.ndarray | None = None) -> NeuralTarget[Any]:
        paths = self.recordings.stimulus_paths
        shown = paths if order is None else [paths[number] for number in order]
        return self.metric.prepare_with_stimuli(trials, self.recordings.subjects, folds, shown)

    @cached_property
    def target(self) -> NeuralTarget[Any]:
        return self.prepared(self.recordings.trials, self.recordings.folds)

    @cached_property
    def layers(self) -> list[np.ndarray]:
        return [*self.recordings.related, self.recordings.unrelated[0]]

    @cached_property
    def evaluation(self) -> LayerEvaluation:
        return self.target.evaluate(self.summaries(self.layers))

    def identity(self) -> Iterable[str]:
        identifier, settings = self.metric.identifier, self.metric.settings
        if not isinstance(identifier, str) or not identifier:
            yield f"identifier is {identifier!r}; it must be a name"
        if settings.get("metric") != identifier:
            yield f"settings['metric'] is {settings.get('metric')!r}, not the identifier {identifier!r}"
        json.dumps(dict(settings), allow_nan=False)

    def finite(self) -> Iterable[str]:
        expected = (len(self.recordings.folds), len(self.layers))
        for name in ("raw", "ceiled"):
            values = np.asarray(getattr(self.evaluation, name))
            if values.shape != expected:
                yield f"{name} scores have the shape {values.shape}, not (n_folds, n_layers) = {expected}"
            elif not np.isfinite(values).all():
                yield f"{np.sum(~np.isfinite(values))} of {values.size} {name} scores are NaN or infinite"
        scores = np.asarray(self.target.selection_scores(self.summaries(self.layers)))
        if scores.shape != expected or not np.isfinite(scores).all():
            yield f"selection scores are {scores}; finite numbers of shape (n_folds, n_layers) = {expected} are needed"
        ceiling, error = float(self.target.ceiling), float(self.target.ceiling_error)
        if not (np.isfinite(error) and error >= 0):
            yield f"the ceiling's error is {error}"
        yield from violations_of_ceiling(ceiling, error)

    def deterministic(self) -> Iterable[str]:
        again = self.prepared(self.recordings.trials, self.recordings.folds).evaluate(self.summaries(self.layers))
        yield from differences("scores of the same again", again.ceiled, self.evaluation.ceiled, _ROUNDING)
        yield from differences("ceilings of the same again", again.ceiling, self.evaluation.ceiling, _ROUNDING)
        in_reverse = self.target.evaluate(self.summaries(self.layers[::-1])).ceiled[:, ::-1]
        yield from differences("scores of the layers in reverse", in_reverse, self.evaluation.ceiled, _ROUNDING)
        chosen = [self.target.selection_scores(self.summaries(self.layers[::step]))[:, ::step] for step in (1, -1)]
        yield from differences("selection scores of the layers in reverse", chosen[1], chosen[0], _ROUNDING)

    def order_of_stimuli(self) -> Iterable[str]:
        order = np.random.default_rng(4).permutation(_DESIGN.n_stimuli)
        place = np.argsort(order)

        def moved(part: Part) -> Part:
            # In the old order, so that random splits are those of the same stimuli.
            return Part(place[part.stimuli], np.sort(place[part.fit_stimuli]), part.neuroids, part.groups[order])

        folds = [Fold(_ascending(moved(fold.selection)), scoring=moved(fold.scoring)) for fold in self.recordings.folds]
        target = self.prepared(self.recordings.trials[:, order], folds, order)
        evaluation = target.evaluate(self.summaries([layer[order] for layer in self.layers]))
        found, expected = (np.mean(scores, axis=0) for scores in (evaluation.ceiled, self.evaluation.ceiled))
        yield from differences("scores with the stimuli in another order", found, expected, _SPLITS)

    def held_out(self) -> Iterable[str]:
        subjects = self.recordings.subjects
        others = subjects != subjects[0]
        trials = self.recordings.trials.copy()
        trials[:, :, others] = np.roll(trials[:, :, others], 1, axis=1)
        folds = self.recordings.folds
        scored = [number for number, fold in enumerate(folds) if not others[fold.scoring.neuroids].any()]
        evaluation = self.prepared(trials, folds).evaluate(self.summaries(self.layers))
        yield from differences(
            "raw scores of one mouse, after the responses of another mouse were changed",
            np.asarray(evaluation.raw)[scored],
            np.asarray(self.evaluation.raw)[scored],
            _ROUNDING,
        )

    def input_unchanged(self) -> Iterable[str]:
        trials = self.recordings.trials.copy()
        summaries = self.summaries(self.layers)
        self.prepared(trials, self.recordings.folds).evaluate(summaries)
        yield from differences("trials after scoring", trials, self.recordings.trials, 0.0)
        for found, expected in zip(summaries, self.summaries(self.layers), strict=True):
            after, before = (getattr(value, "row_centred", value) for value in (found, expected))
            yield from differences("a layer's responses after scoring", after, before, 0.0)

    def scale(self) -> Iterable[str]:
        for factor in (1e-3, 1e3):
            scaled = self.summaries([factor * layer for layer in self.layers])
            what = f"scores of features times {factor:g}"
            yield from differences(what, self.target.evaluate(scaled).ceiled, self.evaluation.ceiled, 1e-4)

    def null(self) -> Iterable[str]:
        ceiled = self.target.evaluate(self.summaries(self.recordings.unrelated)).ceiled
        yield from violations_of_null(np.mean(ceiled, axis=0))

    def generator(self) -> Iterable[str]:
        # All neuroids are scored, since a part of them has another representation than all of them.
        neuroids = np.arange(len(self.recordings.subjects))
        folds = [Fold(fold.selection, replace(fold.scoring, neuroids=neuroids)) for fold in self.recordings.folds]
        target = self.prepared(self.recordings.trials, folds)
        ceiled = target.evaluate(self.summaries([self.recordings.simulated.noise_free])).ceiled
        yield from violations_of_generator(float(np.mean(ceiled)))


def _ascending(part: Part) -> Part:
    return replace(part, stimuli=np.sort(part.stimuli))


def _checks_on_assemblies(metric: AssemblyMetric, recordings: _Recordings) -> dict[str, Check]:
    """Return the checks of any metric, which are all that can be checked of one that compares assemblies only."""
    means = recordings.trials.mean(axis=0)
    target = recordings.assembly(means)
    source = recordings.assembly(recordings.related[0])

    def score_of(features: np.ndarray) -> float:
        return float(metric(recordings.assembly(features), target))

    def assemblies() -> Iterable[str]:
        score = float(metric(source, target))
        if not np.isfinite(score):
            yield f"the score of two assemblies is {score}"
        yield from differences("scores of the same assemblies again", metric(source, target), score, _ROUNDING)
        backwards = source[{"presentation": slice(None, None, -1)}]
        yield from differences(
            "scores with the source's presentations in reverse", metric(backwards, target), score, _ROUNDING
        )

    def scale() -> Iterable[str]:
        expected = score_of(recordings.related[0])
        for factor in (1e-3, 1e3):
            found = score_of(factor * recordings.related[0])
            yield from differences(f"scores of features times {factor:g}", found, expected, 1e-4)

    claimed: dict[str, Check] = {
        "scale-invariant": scale,
        "null-scores-zero": lambda: violations_of_null([score_of(layer) for layer in recordings.unrelated]),
        "generator-scores-one": lambda: violations_of_generator(score_of(means)),
    }
    claims = getattr(metric, "claims", ())
    return {"assemblies": assemblies} | {name: check for name, check in claimed.items() if name in claims}
