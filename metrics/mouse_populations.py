"""The mice of an area, each alone and pooled without some, compared with each other and with models."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from ..core.errors import InvalidParameterError, ModelOutputError, UnreliableDataError
from ..core.interfaces import NeuralModel
from ..core.terminal.counted import counted
from ..uncertainty.leave_one_out import LeaveOneOutScores
from .layer_choice import choose_layers, selection_folds
from .layerwise import ChosenLayers, Fold, LayerwiseMetric, Population, PopulationMetric

# Without one of them two are left, which can be compared.
_FEWEST_TO_LEAVE_OUT = 3


class RecordedMice(Protocol):
    """What is compared of an area's recordings."""

    @property
    def dataset(self) -> str:
        """Identifier of the dataset."""
        ...

    @property
    def area(self) -> str:
        """The area."""
        ...

    @property
    def trials(self) -> np.ndarray:
        """Single trials, shape (n_repetitions, n_stimuli, n_neuroids), NaN where a neuroid has no trial."""
        ...

    @property
    def subjects(self) -> np.ndarray:
        """Which mouse each neuroid is from, shape (n_neuroids,)."""
        ...

    @property
    def groups(self) -> np.ndarray:
        """The same number for stimuli that show the same picture, shape (n_stimuli,)."""
        ...

    @property
    def window_ms(self) -> tuple[int, int]:
        """Start and end of the response window, after the stimulus' onset."""
        ...

    @property
    def shown_stimuli(self) -> Any:
        """What models see."""
        ...


def compares_mice(metric: LayerwiseMetric) -> PopulationMetric:
    """Return the metric; raise InvalidParameterError if it cannot compare populations with each other."""
    if not isinstance(metric, PopulationMetric):
        raise InvalidParameterError(
            f"Mice cannot be compared with each other by {metric.identifier!r}. Use rsa, ridge, pls or cka."
        )
    return metric


class MousePopulations:
    """The mice of an area. Each is a target alone; sources are single mice, or all others together.

    A target mouse is never among its sources. Mice whose recordings alone cannot support a score take no part, neither
    as targets nor as sources.

    Parameters
    ----------
    recordings : RecordedMice
        Of one area.
    metric : LayerwiseMetric
        How populations are compared.
    seed : int
        Seed of the halves of the stimuli.

    Raises
    ------
    InvalidParameterError
        If the metric cannot compare populations with each other.
    UnreliableDataError
        If fewer than two mice can take part.
    """

    def __init__(self, recordings: RecordedMice, metric: LayerwiseMetric, seed: int):
        self._comparing = compares_mice(metric)
        self._recordings = recordings
        self._metric = metric
        self._trials = recordings.trials
        self._subjects = np.asarray(recordings.subjects).astype(str)
        self._seed = seed
        self._populations: dict[frozenset[str], Population] = {}
        self.left_out_mice: dict[str, str] = {}
        for mouse in np.unique(self._subjects).tolist():
            try:
                _ = self._population([mouse]).target
            except UnreliableDataError as error:
                self.left_out_mice[mouse] = str(error)
        self.mice = tuple(mouse for mouse in np.unique(self._subjects).tolist() if mouse not in self.left_out_mice)
        if len(self.mice) < 2:
            raise UnreliableDataError(self._too_few_mice())

    def _too_few_mice(self) -> str:
        """Say why fewer than two mice take part; the reason of one mouse stands for all, since they are long."""
        where = f"{self._recordings.dataset}-{self._recordings.area}"
        n_mice = len(self.mice) + len(self.left_out_mice)
        if n_mice < 2:
            return f"{where} has recordings of only {counted(n_mice, 'mouse')}. Comparing mice needs two."
        mouse, reason = next(iter(self.left_out_mice.items()))
        return (
            f"Only {len(self.mice)} of {n_mice} mice of {where} can be compared by {self._metric.identifier}, and two "
            f"are needed: try {self._other_metrics()}. "
            f"Left out: {', '.join(self.left_out_mice)}. The reason for {mouse}: {reason}"
        )

    def _other_metrics(self) -> str:
        return " or ".join(name for name in ("rsa", "ridge", "pls", "cka") if name != self._metric.identifier)

    @property
    def n_stimuli(self) -> int:
        """How many stimuli there are."""
        return self._trials.shape[1]

    @property
    def n_neuroids(self) -> dict[str, int]:
        """How many neuroids each mouse has that takes part."""
        return {mouse: int((self._subjects == mouse).sum()) for mouse in self.mice}

    @property
    def mean_ceiling(self) -> float:
        """What a perfect model would reach on a mouse alone, averaged over mice."""
        return float(np.mean([self._population([mouse]).target.ceiling for mouse in self.mice]))

    @property
    def can_leave_out_mice(self) -> bool:
        """Whether mice are left when one is left out."""
        return len(self.mice) >= _FEWEST_TO_LEAVE_OUT

    @cached_property
    def _of_pairs(self) -> np.ndarray:
        """Single mouse on single mouse, shape (n_sources, n_targets); see `_scores`."""
        found = np.empty((len(self.mice), len(self.mice)), dtype=object)
        for column, target in enumerate(self.mice):
            sources = [row for row in range(len(self.mice)) if row != column]
            scores = self._population([target]).left_out([self._population([self.mice[row]]) for row in sources])
            for number, row in enumerate(sources):
                found[row, column] = scores.of_model(number)
        return found

    def pair_scores(self) -> np.ndarray:
        """Return the consistency of each pair, shape (n_sources, n_targets), NaN on the diagonal."""
        return np.array(
            [[np.nan if pair is None else pair.values[0, 0, 0] for pair in of_source] for of_source in self._of_pairs]
        )

    def pairwise(self) -> LeaveOneOutScores:
        """Average over all pairs of mice, in both directions."""
        n_mice = len(self.mice)
        pairs = [(row, column) for row in range(n_mice) for column in range(n_mice) if row != column]
        rows = [[self._of_pairs[pair] for pair in pairs if left_out not in pair] for left_out in self._left_out_numbers]
        return self._averaged(rows)

    def pooled(self) -> LeaveOneOutScores:
        """Average over targets, each compared with all other mice together."""
        rows = []
        for left_out in self._left_out_numbers:
            mice = [mouse for number, mouse in enumerate(self.mice) if number != left_out]
            rows.append(
                [
                    self._population([target]).left_out([self._population([m for m in mice if m != target])])
                    for target in mice
                ]
            )
        return self._averaged(rows)

    def of_models(self, models: Sequence[NeuralModel]) -> list[LeaveOneOutScores]:
        """Score models on each mouse alone, and average over the mice.

        A layer is chosen for each mouse by its responses to the stimuli that are not scored.

        Parameters
        ----------
        models : sequence of NeuralModel

        Raises
        ------
        ModelOutputError
            If a model's activations do not vary.
        """
        return [self._of_model(model) for model in models]

    def _of_model(self, model: NeuralModel) -> LeaveOneOutScores:
        responses = model.recorded_in(self._recordings.area, self._recordings.window_ms)
        layers = list(responses.layer_grams(self._recordings.shown_stimuli).values())
        of_mice = []
        for mouse in self.mice:
            population = self._population([mouse])
            folds = self._folds(1)
            chosen = choose_layers(population.target, layers, len(folds))
            of_mice.append(population.left_out([ChosenLayers(layers, chosen)]))
            if np.isnan(of_mice[-1].values[0, 0, 0]):
                raise ModelOutputError(
                    f"The activations of {model.identifier} do not vary over the stimuli or features: it cannot be "
                    f"compared with the mice of {self._recordings.dataset}-{self._recordings.area}."
                )
        return self._averaged(
            [[of for number, of in enumerate(of_mice) if number != left_out] for left_out in self._left_out_numbers]
        )

    def with_few_neuroids(self, n_neuroids: int, generator: np.random.Generator) -> float:
        """Score each mouse by some neuroids drawn from all other mice, and average over the mice.

        Parameters
        ----------
        n_neuroids : int
            Not more than any target's other mice have together.
        generator : numpy.random.Generator
            Source of the draw.

        Raises
        ------
        UnreliableDataError
            If these neuroids are too few or too noisy to be compared.
        """
        values = []
        for target in self.mice:
            others = np.flatnonzero(np.isin(self._subjects, [mouse for mouse in self.mice if mouse != target]))
            drawn = np.sort(generator.choice(others, n_neuroids, replace=False))
            source = self._prepared(drawn)
            values.append(self._population([target]).left_out([source]).values[0, 0, 0])
        return float(np.mean(values))

    @property
    def _left_out_numbers(self) -> list[int]:
        """No mouse (-1), then each, if enough are left without it."""
        return [-1, *(range(len(self.mice)) if self.can_leave_out_mice else ())]

    def _averaged(self, rows: Sequence[Sequence[LeaveOneOutScores]]) -> LeaveOneOutScores:
        """Average comparisons with all mice, and those that are left without each."""
        values = np.stack([np.mean([found.values[0, 0] for found in row], axis=0) for row in rows])
        of_pairs = [[found.pairs[0, 0] for found in row if found.pairs is not None] for row in rows]
        pairs = np.stack([np.mean(row, axis=0) for row in of_pairs])[None] if of_pairs[0] else None
        return LeaveOneOutScores(values[None], self.mice if self.can_leave_out_mice else (), pairs)

    def _population(self, mice: Sequence[str]) -> Population:
        key = frozenset(mice)
        if key not in self._populations:
            self._populations[key] = self._prepared(np.flatnonzero(np.isin(self._subjects, list(mice))))
        return self._populations[key]

    def _prepared(self, neuroids: np.ndarray) -> Population:
        # As of one mouse: nothing is drawn for mice, so that all populations share their halves of the stimuli.
        subjects = np.repeat("mouse", len(neuroids))
        return self._comparing.population(self._trials[:, :, neuroids], subjects, self._folds(len(neuroids)))

    def _folds(self, n_neuroids: int) -> list[Fold]:
        return selection_folds(self.n_stimuli, np.repeat("mouse", n_neuroids), self._seed, self._recordings.groups)
