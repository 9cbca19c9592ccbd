"""The base class of a new readout: one function that predicts responses; the rest of a benchmark comes with it."""

import dataclasses
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, dataclass_transform

import numpy as np

from ...core.errors import InvalidArraysError
from .cross_validation import training_stimuli
from .metric import Regression


@dataclass_transform(kw_only_default=True, eq_default=False)
@dataclass(kw_only=True, eq=False)
class PredictionMetric(Regression):
    """A metric that predicts each neuroid's responses to held-out stimuli, and correlates them with the measured ones.

    A subclass defines `predict`. Its options are class attributes with a type and a default; they become keywords of
    the constructor, as of a dataclass, and part of what a stored score is found by. What ridge and PLS have comes with
    this class: the choice of reliable neuroids, held-out stimuli, ceiling, layer choice, errors over stimuli and mice
    (what a stimulus changes in the readouts of others is taken from the most similar ridge regression), and paired
    comparisons; benchmarks on every dataset and area come with :func:`~brainscore_mouse.register_metric`.

    Parameters
    ----------
    n_splits, n_half_splits, min_reliability, seed
        See :class:`Regression`.

    Attributes
    ----------
    fits_neuroids_together : bool
        Whether a neuroid's prediction depends on which others are fitted. True unless a subclass says otherwise, which
        saves time.

    Examples
    --------
    >>> class KernelRidge(PredictionMetric):
    ...     identifier = "kernel-ridge"
    ...     penalty: float = 0.1
    ...
    ...     def predict(self, train_gram, train_responses, test_gram):
    ...         penalty = self.penalty * np.trace(train_gram) / len(train_gram)
    ...         return test_gram @ np.linalg.solve(train_gram + penalty * np.eye(len(train_gram)), train_responses)
    >>> KernelRidge(penalty=1.0).settings["penalty"]
    1.0
    """

    fits_neuroids_together: ClassVar[bool] = True

    n_splits: int = 10
    n_half_splits: int = 5
    min_reliability: float = 0.3
    seed: int = 0

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # Here, so that an option cannot be lost because somebody forgot the decorator.
        dataclasses.dataclass(kw_only=True, eq=False)(cls)

    def __post_init__(self) -> None:
        super().__init__(self.n_splits, self.n_half_splits, self.min_reliability, self.seed)

    @abstractmethod
    def predict(self, train_gram: np.ndarray, train_responses: np.ndarray, test_gram: np.ndarray) -> np.ndarray:
        """Predict responses to test stimuli.

        Parameters
        ----------
        train_gram : array of shape (n_train, n_train)
            Inner products of the features of training stimuli, after their mean is subtracted.
        train_responses : array of shape (n_train, n_neuroids)
            Minus their mean over the training stimuli.
        test_gram : array of shape (n_test, n_train)
            Inner products of the features of test stimuli with those of training stimuli, after the mean of the
            training stimuli is subtracted from both.

        Returns
        -------
        array of shape (n_test, n_neuroids)
            Likewise minus the mean over the training stimuli, which is added afterwards.
        """
        raise NotImplementedError

    def predictions(
        self, grams: np.ndarray, responses: np.ndarray, tests: np.ndarray, groups: np.ndarray
    ) -> Iterator[np.ndarray]:
        """See :meth:`Regression.predictions`.

        Raises
        ------
        InvalidArraysError
            If `predict` returns another shape, NaN or infinity, or what are no real numbers.
        """
        trains = training_stimuli(len(responses), tests)
        for gram in grams:
            yield np.stack(
                [self._predicted(gram, responses, train, test) for train, test in zip(trains, tests, strict=True)]
            )

    def _predicted(self, gram: np.ndarray, responses: np.ndarray, train: np.ndarray, test: np.ndarray) -> np.ndarray:
        with_train = gram[:, train]
        with_mean = with_train.mean(axis=1, keepdims=True)
        centred = with_train - with_mean - with_train[train].mean(axis=0) + with_mean[train].mean()
        mean_response = responses[train].mean(axis=0)
        predicted = np.asarray(self.predict(centred[train], responses[train] - mean_response, centred[test]))
        if predicted.dtype.kind not in "buif":
            raise InvalidArraysError(
                f"{self.identifier} predicts an array of {predicted.dtype}; return an array of real numbers."
            )
        expected_shape = (len(test), responses.shape[1])
        if predicted.shape != expected_shape:
            raise InvalidArraysError(
                f"{self.identifier} predicts an array of shape {predicted.shape}; return one prediction for each test "
                f"stimulus and neuroid, {expected_shape}."
            )
        if not np.isfinite(predicted).all():
            raise InvalidArraysError(f"{self.identifier} predicts NaN or infinity; return finite numbers.")
        return predicted + mean_response
