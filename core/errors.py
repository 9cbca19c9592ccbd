"""The one family of exceptions that this package raises on purpose.

Each message says what was wrong, with which value, and what to do.
"""

from pathlib import Path


class BrainscoreMouseError(Exception):
    """Base of all errors raised by brainscore_mouse."""


class UnknownIdentifierError(BrainscoreMouseError):
    """No plugin, dataset or region is known under this identifier."""


class DataError(BrainscoreMouseError):
    """Something is wrong with recordings or stimuli."""


class DatasetNotFoundError(DataError):
    """The dataset is known, but its files are not on this machine."""


class DatasetExistsError(DataError):
    """A dataset of this name is on this machine already, and was not to be replaced."""


class CorruptDatasetError(DataError):
    """A packaged dataset's files do not match its manifest."""


class InvalidArraysError(DataError):
    """Arrays given for packaging cannot become a dataset."""


class UnreliableDataError(DataError):
    """The recordings do not support this score: no reliable neuroid, or no reliable RDM."""


class TooNoisyError(UnreliableDataError):
    """The recordings are too noisy for one metric, and may not be for another.

    Attributes
    ----------
    problem : str
        What is wrong, in a sentence or two.
    other_metric : str or None
        Identifier of a metric that needs less; None where the recordings do not suffice for any.
    """

    def __init__(self, problem: str, other_metric: str | None):
        super().__init__(problem, other_metric)  # so that it can be pickled
        self.problem = problem
        self.other_metric = other_metric

    def __str__(self) -> str:
        other = "" if self.other_metric is None else f", or the metric {self.other_metric}, which needs less"
        return f"{self.problem} Use more neuroids or repetitions{other}."


class RemoteReadError(DataError):
    """An object of a remote bucket could not be read."""


class RemoteObjectMissingError(RemoteReadError):
    """A remote bucket has no such object, or does not give it to us."""


class RemoteObjectChangedError(RemoteReadError):
    """A remote object is not what it was when it was first read."""


class UnexpectedFormatError(DataError):
    """A file of recordings lacks something, or contradicts itself."""


class WrongChecksumError(DataError):
    """A file does not have the checksum that its publisher states."""


class DiskSpaceError(DataError):
    """The disk has too little space for what is to be written."""


class TooFewNeuroidsError(DataError):
    """A part of the recordings has too few neuroids or subjects for a benchmark."""


class ModelError(BrainscoreMouseError):
    """Something is wrong with a model."""


class WeightsUnavailableError(ModelError):
    """Pretrained weights were requested but are not available."""


class LayerNotFoundError(ModelError):
    """A model has no layer of this name."""


class ModelOutputError(ModelError):
    """A model's activations cannot be compared with recordings."""


class InvalidParameterError(BrainscoreMouseError, ValueError):
    """A parameter has an invalid value."""


class ConformanceError(BrainscoreMouseError):
    """A metric, model or benchmark does not do what all of its kind must do.

    Attributes
    ----------
    subject : str
        What was checked.
    violations : dict of str to list of str
        What was found, by the name of the check.
    """

    def __init__(self, subject: str, violations: dict[str, list[str]]):
        super().__init__(subject, violations)  # so that it can be pickled
        self.subject = subject
        self.violations = violations

    def __str__(self) -> str:
        lines = [f"- {name}: {text}" for name, texts in self.violations.items() for text in texts]
        return "\n".join([f"{self.subject} fails {len(self.violations)} checks:", *lines])


class NotWritableError(BrainscoreMouseError):
    """Something cannot be written: its disk is full or read-only, or the folder belongs to somebody else.

    Parameters
    ----------
    path : Path
        What was to be written.
    error : OSError
        Why it was not.
    """

    def __init__(self, path: Path, error: OSError):
        super().__init__(
            f"{path} cannot be written ({error.strerror or error}). Free some space, or choose another folder; "
            "$BRAINSCORE_MOUSE_HOME says where this package keeps its own files."
        )


class PluginError(BrainscoreMouseError):
    """A plugin cannot be loaded, or what it registers is refused: a name that exists already, or cannot be used."""


class SubmissionError(BrainscoreMouseError):
    """A submitted model was refused, or its run came to no result."""
