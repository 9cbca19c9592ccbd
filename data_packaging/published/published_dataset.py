"""What a published dataset is: its files, its terms, and the recordings that a reader finds in the files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..packaged_dataset import Recipe

REGION = "VISp"
"""The area of all datasets here; their files call it V1."""


@dataclass(frozen=True)
class PublishedFile:
    """A file as its authors published it.

    Attributes
    ----------
    name : str
        Its name. A zip file may also be there as the folder that it unpacks to, called the same without '.zip'.
    md5 : str or None
        Its MD5, where its publisher states one.
    """

    name: str
    md5: str | None = None


@dataclass(frozen=True)
class MouseTrials:
    """The trials of one recording.

    Attributes
    ----------
    responses : float array of shape (n_repetitions, n_stimuli, n_neuroids)
        Repetitions in the order of time; NaN where there is no such trial.
    running_speed : float array of shape (n_repetitions, n_stimuli), optional
        In cm/s.
    """

    responses: np.ndarray
    running_speed: np.ndarray | None = None


@dataclass(frozen=True)
class MouseRecording:
    """A recording whose trials are still in its file.

    Attributes
    ----------
    experiment : str
        The recording's name; a mouse may have several.
    neuroids : DataFrame with n_neuroids rows
        ``neuroid_id``, ``subject`` and whatever else is known.
    n_repetitions : int
        The largest number of trials of a stimulus.
    load : callable
        Reads the trials.
    """

    experiment: str
    neuroids: pd.DataFrame
    n_repetitions: int
    load: Callable[[], MouseTrials]


@dataclass(frozen=True)
class PublishedRecordings:
    """What a reader found in the files of a dataset.

    Attributes
    ----------
    images : dict of str to uint8 array of shape (height, width)
        Stimulus id -> image, in the order of the trials' stimuli.
    mice : list of MouseRecording
        All of the same stimuli and with the same columns of neuroids.
    details : dict
        What the manifest is to say of the reading, besides.
    least_trials : int
        How many trials of each stimulus a recording must have: two for a ceiling.
    """

    images: Mapping[str, np.ndarray]
    mice: Sequence[MouseRecording]
    details: Mapping[str, Any] = field(default_factory=dict)
    least_trials: int = 2


@dataclass(frozen=True)
class PublishedDataset:
    """A dataset that can be packaged from published files.

    Attributes
    ----------
    identifier : str
        Its name.
    base : str
        The same without options: datasets of one base have the same files and terms.
    recordings : tuple of PublishedFile
        One file for each recording.
    shared_files : tuple of PublishedFile
        Files that all recordings need.
    where : str
        Where to get the files: a sentence.
    terms : str
        Shown before the first use, and stored in the manifest.
    recipe : Recipe
        How the responses came to be.
    read : callable
        From the paths of the recordings' files and of the shared files, each by its file's name, to the recordings.
    unverified : dict of str to str
        What is inferred rather than stated by the files or their authors, and why; stored in the manifest.
    """

    identifier: str
    base: str
    recordings: tuple[PublishedFile, ...]
    shared_files: tuple[PublishedFile, ...]
    where: str
    terms: str
    recipe: Recipe
    read: Callable[[Mapping[str, Path], Mapping[str, Path]], PublishedRecordings]
    unverified: Mapping[str, str]

    @property
    def how_to_get(self) -> str:
        """The command that brings the dataset to this machine, and where its files are."""
        return f"brainscore-mouse data fetch {self.identifier} --source FOLDER, with the files in FOLDER. {self.where}"
