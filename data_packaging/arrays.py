"""From plain arrays of trials to a packaged dataset, after every problem with them is found."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from ..core.errors import InvalidArraysError
from .packaged_dataset import Recipe, check_dataset_identifier, check_region, write_dataset
from .recordings import Recordings, join_neuroids
from .simulated_mouse import SIMULATED_MOUSE

# Names that an assembly has on its other dimensions.
_TAKEN_COLUMNS = {
    *("presentation", "neuroid", "time_bin"),
    *("stimulus_id", "filename", "repetition", "time_bin_start", "time_bin_end"),
}
# More ids than these are counted, not listed, in error messages.
_IDS_LISTED = 5


@dataclass(frozen=True)
class SubjectArrays:
    """What was recorded in one region of one subject.

    Attributes
    ----------
    region : str
        Such as 'VISp': letters, digits, '.' and '_'.
    subject : str
        The animal.
    responses : array of shape (n_repetitions, n_stimuli, n_neuroids)
        One response per trial, NaN where there is no such trial. Stored as float32.
    neuroids : DataFrame with n_neuroids rows
        A column ``neuroid_id``, unique in the dataset, and whatever else is known: ``cre_line``, ``layer``,
        ``depth_um``, ... The same columns for all subjects of a region, each all text or all numbers ('' and
        NaN where unknown).
    """

    region: str
    subject: str
    responses: np.ndarray
    neuroids: pd.DataFrame

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.region} of {self.subject}"


def package_arrays(arrays: Sequence[SubjectArrays], stimuli: Sequence[Path], dataset: str, recipe: Recipe) -> Path:
    """Package arrays of trials as a dataset; a dataset of the same name is replaced.

    From then on the dataset has its benchmarks, ``<dataset>-<region>-<metric>``.

    Parameters
    ----------
    arrays : sequence of SubjectArrays
        One for each region of each subject. Subjects may differ in their number of repetitions.
    stimuli : sequence of Path
        The images, in the order of the arrays' second axis; their names without suffix become the stimulus
        ids. The files are copied as they are.
    dataset : str
        The dataset's name: letters, digits, '.', '_' and '-'.
    recipe : Recipe
        How the responses came to be; goes into the manifest.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    InvalidArraysError
        With all problems that were found; nothing is written then. A problem is: a name that cannot be used;
        an image that is missing, cannot be read, or has the name of another; an array of another shape or type
        than above; an infinite response; a neuroid with fewer than two trials of some stimulus, without any
        response, or with the same response on all trials; a neuroid id that occurs twice.
    """
    problems = [
        *_problems_with_name(dataset),
        *_problems_with_stimuli(stimuli),
        *_problems_with_ids(arrays),
        *_problems_with_columns(arrays),
        *(problem for part in arrays for problem in _problems_with_arrays(part, len(stimuli))),
    ]
    if problems:
        raise InvalidArraysError("\n- ".join([f"These arrays cannot be packaged as {dataset!r}:", *problems]))
    stimulus_ids = tuple(path.stem for path in stimuli)
    by_region: dict[str, list[Recordings]] = {}
    for part in arrays:
        by_region.setdefault(part.region, []).append(_recordings(part, stimulus_ids))
    joined = [join_neuroids(parts) for parts in by_region.values()]
    return write_dataset(dataset, joined, dict(zip(stimulus_ids, stimuli, strict=True)), recipe)


def _recordings(part: SubjectArrays, stimulus_ids: tuple[str, ...]) -> Recordings:
    others = part.neuroids.drop(columns=["neuroid_id", "region", "subject"], errors="ignore")
    neuroids = pd.DataFrame(
        {
            # As text, whether they were numbers or not: one type on all files, and no number to round.
            "neuroid_id": part.neuroids["neuroid_id"].astype(str).to_numpy(),
            "region": part.region,
            "subject": part.subject,
            **{name: others[name].to_numpy() for name in others.columns},
        }
    )
    return Recordings(part.responses.astype(np.float32), neuroids, stimulus_ids)


def _problems_with_name(dataset: str) -> list[str]:
    if dataset == SIMULATED_MOUSE:
        return [f"The name {SIMULATED_MOUSE!r} is taken by the simulated dataset; choose another."]
    try:
        check_dataset_identifier(dataset)
    except InvalidArraysError as error:
        return [str(error)]
    return []


def _problems_with_stimuli(stimuli: Sequence[Path]) -> list[str]:
    problems = [] if stimuli else ["There are no stimuli."]
    repeated = [name for name, count in Counter(path.stem for path in stimuli).items() if count > 1]
    if repeated:
        problems.append(f"Several images have the same name: {_listed(repeated)}.")
    missing = [path for path in stimuli if not path.is_file()]
    if missing:
        problems.append(f"Images are missing: {_listed(missing)}.")
    for path in stimuli:
        if path not in missing:
            try:
                with Image.open(path) as image:
                    image.load()
            # Pillow's decoders raise all of these on broken files.
            except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
                problems.append(f"Image {path} cannot be read: {error}.")
    return problems


def _problems_with_ids(arrays: Sequence[SubjectArrays]) -> list[str]:
    """Return what is wrong with the neuroid ids of the whole dataset."""
    if not arrays:
        return ["There are no arrays."]
    problems = []
    ids: list[str] = []
    for part in arrays:
        if "neuroid_id" in part.neuroids.columns:
            ids.extend(part.neuroids["neuroid_id"].astype(str))
        else:
            problems.append(f"{part.name}: the table of neuroids has no column neuroid_id.")
    repeated = [name for name, count in Counter(ids).items() if count > 1]
    if repeated:
        problems.append(f"Neuroid ids occur more than once in the dataset: {_listed(repeated)}.")
    return problems


def _problems_with_columns(arrays: Sequence[SubjectArrays]) -> list[str]:
    """Return what keeps the tables of neuroids from being stored."""
    problems = []
    for name in sorted({str(column) for part in arrays for column in part.neuroids.columns}):
        if name in _TAKEN_COLUMNS:
            problems.append(f"Neuroids cannot have a column {name}: an assembly has it on another dimension.")
        columns = [part.neuroids[name] for part in arrays if name in part.neuroids.columns]
        all_numbers = all(pd.api.types.is_numeric_dtype(column) for column in columns)
        all_texts = all(isinstance(value, str) for column in columns for value in column)
        if not (all_numbers or all_texts) and name != "neuroid_id":
            problems.append(f"The neuroids' column {name} mixes texts with others: make it all text or numbers.")
    return problems


def _problems_with_arrays(part: SubjectArrays, n_stimuli: int) -> list[str]:
    """Return what is wrong with one region of one subject; the first of shape, type, values."""
    problems = [] if part.subject else [f"{part.name}: the subject has no name."]
    try:
        check_region(part.region)
    except InvalidArraysError as error:
        problems.append(f"{part.name}: {error}")
    return problems + (
        _problems_with_shape(part, n_stimuli) or _problems_with_type(part) or _problems_with_values(part)
    )


def _problems_with_shape(part: SubjectArrays, n_stimuli: int) -> list[str]:
    shape = part.responses.shape
    if len(shape) != 3:
        return [f"{part.name}: responses have shape {shape}, which is not (n_repetitions, n_stimuli, n_neuroids)."]
    problems = []
    if shape[0] < 2:
        problems.append(f"{part.name}: {shape[0]} repetitions; a reliability needs at least 2.")
    if shape[1] != n_stimuli:
        problems.append(
            f"{part.name}: responses to {shape[1]} stimuli (second axis of {shape}), but {n_stimuli} images."
        )
    if shape[2] != len(part.neuroids) or shape[2] == 0:
        problems.append(
            f"{part.name}: responses of {shape[2]} neuroids (third axis of {shape}), "
            f"but {len(part.neuroids)} neuroid ids."
        )
    return problems


def _problems_with_type(part: SubjectArrays) -> list[str]:
    if part.responses.dtype.kind not in "fiu":
        return [f"{part.name}: responses are of type {part.responses.dtype}, not real numbers."]
    return []


def _problems_with_values(part: SubjectArrays) -> list[str]:
    ids = part.neuroids.get("neuroid_id", pd.Series(range(len(part.neuroids)))).to_numpy()
    with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, and is reported below
        responses = part.responses.astype(np.float32)
    present = ~np.isnan(responses)
    n_trials = present.sum(axis=0)  # of each stimulus and neuroid
    unrecorded = n_trials.max(axis=0) == 0
    incomplete = (n_trials.min(axis=0) < 2) & ~unrecorded
    largest = np.where(present, responses, -np.inf).max(axis=(0, 1))
    smallest = np.where(present, responses, np.inf).min(axis=(0, 1))
    findings = {
        "have no response at all (all NaN)": unrecorded,
        "have fewer than 2 trials of some stimulus": incomplete,
        "have infinite responses": np.isinf(responses).any(axis=(0, 1)),
        "respond the same on all trials, which no metric can use": largest == smallest,
    }
    return [
        f"{part.name}: {found.sum()} neuroids {finding}: {_listed(ids[found])}."
        for finding, found in findings.items()
        if found.any()
    ]


def _listed(names: Sequence[object] | np.ndarray) -> str:
    shown = ", ".join(str(name) for name in names[:_IDS_LISTED])
    return shown if len(names) <= _IDS_LISTED else f"{shown} and {len(names) - _IDS_LISTED} more"
