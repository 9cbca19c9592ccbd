"""The base class of a new metric: one function of two Gram matrices; all else that a benchmark needs comes with it."""

import dataclasses
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, dataclass_transform, get_args

import numpy as np
from brainscore_core.metrics import Score
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly

from ..core.errors import InvalidParameterError, UnreliableDataError
from ..core.terminal.counted import counted
from ..uncertainty.leave_one_out import (
    LeaveOneOutScores,
    jackknife,
    kept_neuroids,
    mean_of_defined,
    mouse_names,
    over_all_stimuli,
)
from ..uncertainty.split_half import half_means
from .assemblies import aligned_matrices
from .feature_gram import FeatureGram
from .layerwise import ChosenLayers, Claim, Fold, LayerEvaluation, LayerwiseMetric, Part

Ceiling = Literal["none", "split-half"]
"""What a similarity is divided by: nothing, or what two halves of the repetitions share."""

# A score is of all mice together, what other mice reach is of one mouse at a time: the first is no share of the second.
_OF_SINGLE_MICE = "inter-animal"


@dataclass(frozen=True)
class HalvedResponses:
    """The responses of some neuroids to some stimuli, averaged over all repetitions and over halves of them.

    Attributes
    ----------
    means : array of shape (n_stimuli, n_neuroids)
        Over all repetitions; float64.
    first, second : array of shape (n_splits, n_stimuli, n_neuroids)
        Over two disjoint halves of the repetitions, for each random split; without splits where the metric has no
        ceiling.
    """

    means: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def part(
        self, stimuli: np.ndarray | None = None, neuroids: np.ndarray | None = None, splits: slice = slice(None)
    ) -> "HalvedResponses":
        """Return the responses to some stimuli, of some neuroids, with some of the splits."""
        first, second, means = self.first[splits], self.second[splits], self.means
        if stimuli is not None:
            first, second, means = first[:, stimuli], second[:, stimuli], means[stimuli]
        if neuroids is not None:
            first, second, means = first[:, :, neuroids], second[:, :, neuroids], means[:, neuroids]
        return HalvedResponses(means, first, second)


@dataclass(frozen=True)
class NeuralSide:
    """What models are compared with on one part of the recordings.

    Attributes
    ----------
    grams : sequence of FeatureGram
        A model's similarity is its mean over these.
    ceiling : float
        What a perfect model would reach; 1 where nothing is known of it, NaN where it is undefined.
    """

    grams: Sequence[FeatureGram]
    ceiling: float


@dataclass_transform(kw_only_default=True, eq_default=False)
@dataclass(kw_only=True, eq=False)
class SimilarityMetric(LayerwiseMetric):
    """A metric that is a function of two Gram matrices.

    A subclass defines `similarity`, and chooses its `ceiling`. Its options are class attributes with a type and a
    default; they become keywords of the constructor, as of a dataclass, and part of what a stored score is found by.
    The choice of a layer on other stimuli and mice than those scored, the ceiling, the standard error over stimuli and
    mice, and paired comparisons of models come with this class; benchmarks on every dataset and area come with
    :func:`~brainscore_mouse.register_metric`.

    Attributes
    ----------
    ceiling : {'none', 'split-half'}
        'split-half': a score is the similarity with halves of the repetitions, divided by the square root of the
        similarity between two disjoint halves. This is right for similarities that behave like correlations: at most 1,
        and lowered by noise in proportion. 'none': a score is the similarity itself, and says that it is unceiled.
    min_stimuli : int
        The least number of stimuli that `similarity` can compare.

    Parameters
    ----------
    n_half_splits : int
        Random halves of the repetitions.
    seed : int
        Seed of splits.

    Raises
    ------
    InvalidParameterError
        If the ceiling is none of the above (when the class is made), or an option makes no sense.

    Examples
    --------
    >>> class GramCorrelation(SimilarityMetric):
    ...     identifier = "gram-correlation"
    ...     ceiling = "split-half"
    ...     power: float = 1.0
    ...
    ...     def similarity(self, model_gram, neural_gram):
    ...         pairs = np.triu_indices(len(neural_gram.row_means), 1)
    ...         return np.corrcoef(model_gram.centred()[pairs] ** self.power, neural_gram.centred()[pairs])[0, 1]
    >>> GramCorrelation(power=3.0).settings["power"]
    3.0
    """

    ceiling: ClassVar[Ceiling] = "none"
    min_stimuli: ClassVar[int] = 4

    n_half_splits: int = 10
    seed: int = 0

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.ceiling == _OF_SINGLE_MICE:
            raise InvalidParameterError(
                f"The ceiling of {cls.__name__} is {_OF_SINGLE_MICE!r}, but other mice are compared with one mouse at "
                f"a time, and scores with all together. Use one of {', '.join(get_args(Ceiling))}, and "
                "`brainscore-mouse inter-animal BENCHMARK --models NAME` for a model and other mice alike."
            )
        if cls.ceiling not in get_args(Ceiling):
            raise InvalidParameterError(
                f"The ceiling of {cls.__name__} is {cls.ceiling!r}; use one of {', '.join(get_args(Ceiling))}."
            )
        # Here, so that an option cannot be lost because somebody forgot the decorator.
        dataclasses.dataclass(kw_only=True, eq=False)(cls)

    def __post_init__(self) -> None:
        if self.n_half_splits < 1:
            raise InvalidParameterError(f"n_half_splits is {self.n_half_splits}; it must be at least 1.")

    @abstractmethod
    def similarity(self, model_gram: FeatureGram, neural_gram: FeatureGram) -> float:
        """Compare a layer with a population.

        Parameters
        ----------
        model_gram, neural_gram : FeatureGram
            Inner products between the same stimuli. ``gram.centred()`` is an array of shape (n_stimuli, n_stimuli) with
            the mean over stimuli removed (for CKA and other alignments of kernels, distances, shapes);
            ``gram.row_centred`` has each stimulus' own mean removed (for correlations between patterns).

        Returns
        -------
        float
            NaN where the similarity is undefined.
        """
        raise NotImplementedError

    @property
    def claims(self) -> frozenset[Claim]:
        """What the metric promises; without a ceiling, not that the generator scores one."""
        claims = frozenset(get_args(Claim))
        return claims if self.ceiling == "split-half" else claims - {"generator-scores-one"}

    def neural_side(self, responses: HalvedResponses) -> NeuralSide:
        """Return what models are compared with, and the ceiling; override it for a ceiling of another kind.

        Parameters
        ----------
        responses : HalvedResponses
            Of one part of the recordings, or of some of its stimuli and mice.
        """
        if self.ceiling == "none":
            return NeuralSide([gram_of_responses(responses.means)], 1.0)
        halves = [
            [gram_of_responses(half) for half in pair] for pair in zip(responses.first, responses.second, strict=True)
        ]
        shared = float(np.mean([self.similarity(first, second) for first, second in halves]))
        grams = [gram for pair in halves for gram in pair]
        return NeuralSide(grams, float(np.sqrt(shared)) if shared > 0 else float("nan"))

    def compared(self, layers: Sequence[FeatureGram], side: NeuralSide) -> np.ndarray:
        """Return the similarity of each layer, NaN for one that does not vary, and last the ceiling."""
        similarities = [
            float(np.mean([_or_nan(self.similarity, layer, gram) for gram in side.grams])) for layer in layers
        ]
        return np.array([*similarities, side.ceiling])

    def compared_without_each(self, layers: Sequence[FeatureGram], responses: HalvedResponses) -> np.ndarray:
        """Compare layers with a population on all stimuli, and without each; override it where there is a faster way.

        Parameters
        ----------
        layers : sequence of FeatureGram
            Of the same stimuli as the responses.
        responses : HalvedResponses
            Of at least one neuroid.

        Returns
        -------
        array of shape (n_layers + 1, 1 + n_stimuli)
            As of :meth:`compared`: with all stimuli, then without each of them; NaN where too few are left.
        """
        n_stimuli = len(responses.means)
        columns = [self.compared(layers, self.neural_side(responses))]
        for left_out in range(n_stimuli):
            kept = np.delete(np.arange(n_stimuli), left_out)
            if len(kept) < self.min_stimuli:
                columns.append(np.full(len(layers) + 1, np.nan))
                continue
            some = [layer.of_stimuli(kept) for layer in layers]
            columns.append(self.compared(some, self.neural_side(responses.part(kept))))
        return np.stack(columns, axis=1)

    def __call__(self, source: NeuroidAssembly, target: NeuroidAssembly) -> Score:
        """Compare two assemblies of the same stimuli.

        Parameters
        ----------
        source, target : NeuroidAssembly
            presentation x neuroid; repeated presentations are averaged.

        Returns
        -------
        Score
            The similarity, not ceiled, without an error.

        Raises
        ------
        UnreliableDataError
            If there are fewer stimuli than `min_stimuli`, or one side does not vary over them.
        """
        grams = [FeatureGram.of_features(matrix) for matrix in aligned_matrices(source, target)]
        self._check_number_of_stimuli(len(grams[0].row_means))
        for gram, name in zip(grams, ("source", "target"), strict=True):
            if not gram.varies_over_stimuli():
                raise UnreliableDataError(f"The {name} does not vary over stimuli: it cannot be compared.")
        return Score(float(self.similarity(*grams)))

    def prepare(self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]) -> "SimilarityTarget":
        """See :meth:`brainscore_mouse.metrics.layerwise.LayerwiseMetric.prepare`."""
        for fold in folds:
            for part in (fold.selection, fold.scoring):
                self._check_number_of_stimuli(len(part.stimuli))
        return SimilarityTarget(self, trials, subjects, folds)

    def population(self, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]) -> "SimilarityPopulation":
        """See :meth:`brainscore_mouse.metrics.layerwise.PopulationMetric.population`.

        Raises
        ------
        InvalidParameterError
            If the metric has no ceiling: then nothing is known of its noise.
        """
        if self.ceiling == "none":
            raise InvalidParameterError(
                f"The metric {self.identifier} has no ceiling, so that mice cannot be compared with each other by it: "
                "their noise is not corrected for. Use one such as rsa, ridge or cka."
            )
        return SimilarityPopulation(self, self.prepare(trials, subjects, folds))

    def source_grams(self, responses: HalvedResponses) -> Sequence[FeatureGram]:
        """Return what stands for a population that is compared with another, in place of a model's layer.

        The mean of their similarities, divided by the ceiling, is the similarity without noise. Override it together
        with `neural_side`.

        Parameters
        ----------
        responses : HalvedResponses
            Of one population.
        """
        return [gram_of_responses(responses.first[0]), gram_of_responses(responses.second[0])]

    def _check_number_of_stimuli(self, n_stimuli: int) -> None:
        if n_stimuli < self.min_stimuli:
            raise UnreliableDataError(
                f"{self.identifier} compares at least {self.min_stimuli} stimuli at a time; there are {n_stimuli}."
            )


class SimilarityTarget:
    """One population, for a `SimilarityMetric`; a :class:`~brainscore_mouse.metrics.layerwise.NeuralTarget`."""

    def __init__(self, metric: SimilarityMetric, trials: np.ndarray, subjects: np.ndarray, folds: Sequence[Fold]):
        self._metric = metric
        self._folds = folds
        self._subjects = subjects
        means = np.nanmean(trials, axis=0, dtype=np.float64)
        if metric.ceiling == "none":
            first = second = np.empty((0, *means.shape))
        else:
            first, second = half_means(trials, metric.n_half_splits, np.random.default_rng(metric.seed))
        self.responses = HalvedResponses(means, first, second)
        self._sides = [metric.neural_side(self._of_part(fold.scoring)) for fold in folds]
        self._population = f"{len(subjects)} neuroids of {counted(len(set(subjects)), 'mouse')}"
        self.ceiling = float(np.mean([side.ceiling for side in self._sides]))
        if np.isnan(self.ceiling):
            n_without = sum(bool(np.isnan(side.ceiling)) for side in self._sides)
            raise UnreliableDataError(
                f"In {n_without} of {len(self._sides)} parts (half of the mice and of the stimuli) two halves of the "
                f"repetitions have nothing in common by {metric.identifier} ({self._population}). Use more neuroids, "
                "mice or repetitions."
            )
        self.details: dict[str, Any] = {"n_neuroids": len(subjects), "ceiling_kind": metric.ceiling}
        self.ceiling_error = 0.0
        if metric.ceiling != "none":
            self.left_out_ceilings = self._left_out([])
            self.ceiling_error = jackknife(self.left_out_ceilings, self.left_out_ceilings.over).error
            if not self.ceiling > 2 * self.ceiling_error:
                raise UnreliableDataError(
                    f"The ceiling of {metric.identifier} is {self.ceiling:z.3f} ± {self.ceiling_error:z.3f}: too noisy "
                    f"({self._population}). Use more neuroids or repetitions."
                )

    @property
    def n_folds(self) -> int:
        """How many folds there are."""
        return len(self._folds)

    @property
    def mice(self) -> tuple[str, ...]:
        """Names of the mice to leave out."""
        return mouse_names(self._subjects)

    def _of_part(self, part: Part) -> HalvedResponses:
        return self.responses.part(part.stimuli, part.neuroids)

    def selection_scores(self, layers: Sequence[FeatureGram]) -> np.ndarray:
        """Compare layers on every fold's selection part, (n_folds, n_layers), NaN where a layer does not vary."""
        scores = []
        for fold in self._folds:
            part = fold.selection
            neural = gram_of_responses(self._of_part(part).means)
            some = [layer.of_stimuli(part.stimuli) for layer in layers]
            scores.append([_or_nan(self._metric.similarity, layer, neural) for layer in some])
        return np.array(scores)

    def evaluate(self, layers: Sequence[FeatureGram], chosen: Sequence[int] | None = None) -> LayerEvaluation:
        """Compare layers on the scoring part of every fold; here all of them, whichever are chosen."""
        raw = np.array(
            [
                self._metric.compared([layer.of_stimuli(fold.scoring.stimuli) for layer in layers], side)[:-1]
                for fold, side in zip(self._folds, self._sides, strict=True)
            ]
        )

        return LayerEvaluation(
            raw=raw,
            ceiled=raw / self.ceiling,
            ceiling=self.ceiling,
            details=self.details,
        )

    def left_out(self, models: Sequence[ChosenLayers]) -> LeaveOneOutScores:
        """See :meth:`brainscore_mouse.metrics.layerwise.LeftOutTarget.left_out`; ceilings leave out the same."""
        found = self._left_out(models)
        return LeaveOneOutScores(found.values[:-1] / found.values[-1:], found.mice)

    def _left_out(self, models: Sequence[ChosenLayers]) -> LeaveOneOutScores:
        """Compute similarities, and last the ceiling, without each stimulus and mouse."""
        kept = kept_neuroids(self._subjects)
        n_stimuli = len(self.responses.means)
        values = np.full((len(self._folds), len(models) + 1, len(kept), 1 + n_stimuli), np.nan)
        for number, (fold, side) in enumerate(zip(self._folds, self._sides, strict=True)):
            part = fold.scoring
            layers = [model.of_fold(number).of_stimuli(part.stimuli) for model in models]
            # One split of the repetitions, each fold another one: the spread over stimuli and mice dwarfs that over
            # splits. What leaving out changes by it is added to the value by all splits.
            split = number % self._metric.n_half_splits
            responses = self._of_part(part).part(splits=slice(split, split + 1))
            with_all = self._without_stimuli(layers, responses, part)
            if np.isnan(with_all[:, 0]).any():  # this split has no ceiling; all together have
                responses = self._of_part(part)
                with_all = self._without_stimuli(layers, responses, part)
            shift = self._metric.compared(layers, side) - with_all[:, 0]
            values[number] = (with_all + shift[:, None])[:, None]
            for row, of_part in enumerate(kept[:, part.neuroids]):
                if not of_part.all():
                    without = self._without_stimuli(layers, responses.part(neuroids=of_part.nonzero()[0]), part)
                    values[number, :, row] = without + shift[:, None]
        return LeaveOneOutScores(mean_of_defined(values), self.mice)

    def _without_stimuli(self, layers: Sequence[FeatureGram], responses: HalvedResponses, part: Part) -> np.ndarray:
        """Compare layers on all scored stimuli, and without each stimulus, shape (n_layers + 1, 1 + n_stimuli)."""
        n_stimuli = len(self.responses.means)
        if responses.means.shape[1] == 0:
            return np.full((len(layers) + 1, 1 + n_stimuli), np.nan)
        return over_all_stimuli(self._metric.compared_without_each(layers, responses), part.stimuli, n_stimuli)


class SimilarityPopulation:
    """One population, as a target and as a source; a :class:`~brainscore_mouse.metrics.layerwise.Population`."""

    def __init__(self, metric: SimilarityMetric, target: SimilarityTarget):
        self._metric = metric
        self.target = target

    def left_out(self, sources: "Sequence[SimilarityPopulation | ChosenLayers]") -> LeaveOneOutScores:
        """See :meth:`brainscore_mouse.metrics.layerwise.Population.left_out`."""
        values = []
        for source in sources:
            if isinstance(source, ChosenLayers):
                values.append(self.target.left_out([source]).values)
                continue
            models = [ChosenLayers([gram], [0] * self.target.n_folds) for gram in source._grams]
            of_target = self.target.left_out(models).values.mean(axis=0, keepdims=True)
            values.append(of_target / source._ceilings)
        return LeaveOneOutScores(np.concatenate(values), self.target.mice)

    @cached_property
    def _grams(self) -> Sequence[FeatureGram]:
        return self._metric.source_grams(self.target.responses)

    @cached_property
    def _ceilings(self) -> np.ndarray:
        """The ceiling with all its mice, and without each stimulus, shape (1, 1, 1 + n_stimuli)."""
        return self.target.left_out_ceilings.values[:, :1]


def gram_of_responses(responses: np.ndarray) -> FeatureGram:
    """Return the Gram matrix of responses in float64, shape (n_stimuli, n_neuroids)."""
    responses = np.asarray(responses, dtype=np.float64)
    row_means = responses.mean(axis=1)
    centred = responses - row_means[:, None]
    return FeatureGram(centred @ centred.T, row_means, responses.shape[1])


def _or_nan(compare: Callable[[FeatureGram, Any], float], layer: FeatureGram, neural: Any) -> float:
    """Return NaN for a layer that does not vary, whatever the metric would make of it."""
    return float(compare(layer, neural)) if layer.varies_over_stimuli() else float("nan")
