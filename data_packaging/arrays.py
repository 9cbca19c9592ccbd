"""From plain arrays of trials to a packaged dataset, after every problem with them is found."""

import math
import operator
import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from ..core.errors import DataError, InvalidArraysError, InvalidParameterError
from ..core.image_file import check_upright, read_image_of_range
from .known_datasets import KNOWN_DATASETS
from .on_disk.manifest import PACKAGED_FROM_ARRAYS, SIMULATED_MOUSE
from .packaged_dataset import Recipe, check_dataset_identifier, check_not_there, check_region, write_dataset
from .recordings import REQUIRED_NEUROID_COLUMNS, Recordings, join_neuroids
from .stimulus_order import normal_name, same_names
from .twin_stimuli import digest_of_picture

# Names that an assembly has for its values and on its other dimensions.
_TAKEN_COLUMNS = {
    *("data", "presentation", "neuroid", "time_bin"),
    *("stimulus_id", "filename", "repetition", "time_bin_start", "time_bin_end"),
}
_COLUMN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# What NetCDF stores and gives back.
_NUMBERS = {np.dtype(name) for name in ("bool", "float32", "float64")} | {
    np.dtype(f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)
}
_OFFICIAL_NAME = re.compile(
    "|".join([r"(allen|simulated)[-_.].*", *(re.escape(name) for name in KNOWN_DATASETS)]), re.IGNORECASE
)
# More ids than these are counted, not listed, in error messages.
_IDS_LISTED = 5


@dataclass(frozen=True)
class SubjectArrays:
    """What was recorded in one area of one subject.

    Attributes
    ----------
    area : str
        Such as 'VISp': letters, digits, '.' and '_'.
    subject : str
        The animal.
    responses : array of shape (n_repetitions, n_stimuli, n_neuroids)
        One response per trial, NaN or masked where the trial is missing. Stored as float32.
    neuroids : DataFrame with n_neuroids rows
        A column ``neuroid_id``, unique in the dataset, and whatever else is known: ``cre_line``, ``layer``,
        ``depth_um``, ... The same columns for all subjects of an area, each all text or all numbers ('' and
        NaN where unknown). Names of columns: letters, digits and '_', beginning with a letter.
    """

    area: str
    subject: str
    responses: np.ndarray
    neuroids: pd.DataFrame

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.area} of {self.subject}"


def package_arrays(
    arrays: Sequence[SubjectArrays],
    stimuli: Sequence[Path] | Mapping[str, Path],
    dataset: str,
    recipe: Recipe,
    replace: bool = False,
    official: bool = False,
    image_range: tuple[float, float] | None = None,
    details: Mapping[str, Any] | None = None,
) -> Path:
    """Package arrays of trials as a dataset.

    From then on the dataset has its benchmarks, ``<dataset>-<area>-<metric>``.

    Parameters
    ----------
    arrays : sequence of SubjectArrays
        One for each area of each subject. Subjects may differ in their number of repetitions.
    stimuli : sequence of Path, or mapping of stimulus id to Path
        The images, in the order of the arrays' second axis. Without ids, the names without suffix become the ids. The
        files are copied as they are.
    dataset : str
        The dataset's name: letters, digits, '.', '_' and '-'.
    recipe : Recipe
        How the responses came to be; goes into the manifest.
    replace : bool
        Whether to replace a dataset of the same name.
    official : bool
        Whether the name may be one of the official recordings' (``allen-...``, ``simulated-...``, and whatever else
        this package knows by name).
    image_range : (float, float), optional
        The values of black and white in images of 16 or 32 bits or of floating point, which are then stored with 8
        bits; goes into the manifest.
    details : mapping, optional
        What else the manifest is to say, under ``details``; what JSON can hold.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    DatasetExistsError
        If there is a dataset of this name, and it is not to be replaced.
    InvalidParameterError
        If the image range is empty.
    InvalidArraysError
        With all problems that were found; nothing is written then. A problem is: a name that cannot be used;
        an image that is missing, cannot be read, is of a kind that `read_image` refuses, or has the name of another; an
        array of another shape or type than above; an infinite response; a neuroid with fewer than two trials of some
        stimulus, without any response, or with the same response on all trials; a neuroid id that occurs twice; a
        column that cannot be stored.
    """
    if image_range is not None and not 0 < image_range[1] - image_range[0] < math.inf:
        raise InvalidParameterError(f"The image range {image_range} is empty: give the value of black, then of white.")
    check_dataset_name(dataset, official)
    check_not_there(dataset, replace)
    images = dict(stimuli) if isinstance(stimuli, Mapping) else None
    paths = [Path(path) for path in (stimuli if images is None else images.values())]
    ids = [normal_name(name) for name in ([path.stem for path in paths] if images is None else images)]
    with tempfile.TemporaryDirectory() as folder:
        shown, problems = _shown_images(paths, image_range, Path(folder))
        problems += [
            *_problems_with_stimulus_ids(ids),
            *(
                _problems_with_types(arrays)
                or [
                    *_problems_with_columns(arrays),
                    *_problems_with_ids(arrays),
                    *(problem for part in arrays for problem in _problems_with_arrays(part, len(paths))),
                ]
            ),
        ]
        if problems:
            raise InvalidArraysError("\n- ".join([f"These arrays cannot be packaged as {dataset!r}:", *problems]))
        by_area: dict[str, list[Recordings]] = {}
        for part in arrays:
            by_area.setdefault(part.area, []).append(_recordings(part, tuple(ids)))
        about = {"origin": PACKAGED_FROM_ARRAYS, "original_files": [path.name for path in paths], **(details or {})}
        if image_range is not None:
            about["image_range"] = {"black": image_range[0], "white": image_range[1]}
        return write_dataset(
            dataset,
            [join_neuroids(parts) for parts in by_area.values()],
            dict(zip(ids, shown, strict=True)),
            recipe,
            details=about,
            replace=replace,
        )


def check_dataset_name(dataset: str, official: bool) -> None:
    """Raise InvalidArraysError unless arrays can be packaged under a name.

    Parameters
    ----------
    dataset : str
        The name.
    official : bool
        Whether it may be one of the official recordings'.
    """
    check_dataset_identifier(dataset)
    if dataset == SIMULATED_MOUSE:
        raise InvalidArraysError(f"The name {SIMULATED_MOUSE!r} is taken by the simulated dataset; choose another.")
    if _OFFICIAL_NAME.fullmatch(dataset) and not official:
        raise InvalidArraysError(
            f"{dataset!r} is a name of official recordings. Choose another one, or, if these arrays are the official "
            "recordings, say so: --official (in Python: official=True)."
        )


def _recordings(part: SubjectArrays, stimulus_ids: tuple[str, ...]) -> Recordings:
    others = part.neuroids.drop(columns=["neuroid_id", "region", "subject"], errors="ignore")
    neuroids = pd.DataFrame(
        {
            "neuroid_id": _as_text(part.neuroids["neuroid_id"]),
            "region": str(part.area),
            "subject": normal_name(part.subject),
            **{name: others[name].to_numpy() for name in others.columns},
        }
    )
    return Recordings(_as_stored(part.responses), neuroids, stimulus_ids)


def _as_stored(responses: np.ndarray) -> np.ndarray:
    """Return responses as float32; what a masked array hides is NaN."""
    with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, which is refused
        return np.ma.filled(responses.astype(np.float32), np.nan)


def _shown_images(
    paths: Sequence[Path], image_range: tuple[float, float] | None, folder: Path
) -> tuple[list[Path], list[str]]:
    """Return the images to store, of which those of another range are written to a folder, and what is wrong."""
    problems = [] if paths else ["There are no stimuli."]
    missing = [path for path in paths if not path.is_file()]
    if missing:
        problems.append(f"Images are missing: {_listed(missing)}.")
    shown, refused = [], []
    for number, path in enumerate(paths):
        shown.append(path)
        if path in missing:
            continue
        try:
            check_upright(path)
            if image_range is None:
                digest_of_picture(path)
            else:
                gray = read_image_of_range(path, *image_range)
                shown[-1] = folder / f"{number}.png"
                Image.fromarray(gray).save(shown[-1])
        except DataError as error:
            refused.append(f"{str(error)[0].upper()}{str(error)[1:]}.")
    problems += refused[:_IDS_LISTED]
    if len(refused) > _IDS_LISTED:
        problems.append(f"{len(refused) - _IDS_LISTED} more images have such problems.")
    return shown, problems


def _problems_with_stimulus_ids(ids: Sequence[str]) -> list[str]:
    problems = []
    repeated = [name for name, count in Counter(ids).items() if count > 1]
    if repeated:
        problems.append(f"Several images have the same name: {_listed(repeated)}.")
    for group in same_names(list(dict.fromkeys(ids))):
        problems.append(f"Images are called {' and '.join(group)}, which some file systems hold to be the same.")
    impossible = [name for name in ids if not name or name != name.strip() or not name.isprintable() or "/" in name]
    if impossible:
        problems.append(
            f"Stimulus ids must be printable, without '/' and without blanks at their ends: {_listed(impossible)}."
        )
    return problems


def _problems_with_types(arrays: Sequence[SubjectArrays]) -> list[str]:
    """Return what is not an array or a table at all."""
    return [
        f"{part.name}: {name} is a {type(value).__name__}, not {wanted}."
        for part in arrays
        for name, value, wanted, is_one in (
            ("responses", part.responses, "an array", hasattr(part.responses, "dtype")),
            ("neuroids", part.neuroids, "a DataFrame", isinstance(part.neuroids, pd.DataFrame)),
        )
        if not is_one
    ]


def _problems_with_ids(arrays: Sequence[SubjectArrays]) -> list[str]:
    """Return what is wrong with the neuroid ids of the whole dataset."""
    if not arrays:
        return ["There are no arrays."]
    problems = []
    ids: list[str] = []
    for part in arrays:
        columns = list(part.neuroids.columns)
        if columns.count("neuroid_id") > 1:
            continue  # see _problems_with_columns
        if "neuroid_id" not in columns:
            problems.append(f"{part.name}: the table of neuroids has no column neuroid_id.")
            continue
        of_part = part.neuroids["neuroid_id"]
        if of_part.isna().any() or (of_part.astype(str).str.strip() == "").any():
            problems.append(f"{part.name}: some neuroids have no neuroid_id.")
        ids.extend(_as_text(of_part))
    if padded := [name for name in ids if name != name.strip() and name.strip()]:
        problems.append(f"Neuroid ids have blanks at their ends: {_listed([repr(name) for name in padded])}.")
    repeated = [name for name, count in Counter(ids).items() if count > 1]
    if repeated:
        problems.append(
            f"Neuroid ids occur more than once in the dataset: {_listed(repeated)}. Make them unique over all mice and "
            f"areas, such as '{arrays[0].subject}-{repeated[0]}'."
        )
    return problems


def _problems_with_columns(arrays: Sequence[SubjectArrays]) -> list[str]:
    """Return what keeps the tables of neuroids from being stored."""
    problems = []
    names = list(dict.fromkeys(name for part in arrays for name in part.neuroids.columns))
    for name in names:
        if not isinstance(name, str) or not _COLUMN_NAME.fullmatch(name):
            problems.append(
                f"Neuroids cannot have a column {name!r}: use letters, digits and '_', beginning with a letter, such "
                f"as {_possible_name(name)!r}."
            )
        elif name in _TAKEN_COLUMNS:
            problems.append(f"Neuroids cannot have a column {name}: an assembly uses this name itself.")
        elif any(list(part.neuroids.columns).count(name) > 1 for part in arrays):
            problems.append(f"The neuroids' column {name} occurs more than once.")
        elif name in REQUIRED_NEUROID_COLUMNS:
            problems += [] if name == "neuroid_id" else _problems_with_required(name, arrays)
        else:
            columns = [part.neuroids[name] for part in arrays if name in part.neuroids.columns]
            if not (_all_numbers(columns) or _all_texts(columns)):
                types = ", ".join(_types(columns))
                if types == "str":
                    what = "texts with zero bytes or halves of characters"
                else:
                    what = f"values of {types}: make it all texts, or all numbers of 32 or 64 bits"
                problems.append(f"The neuroids' column {name} holds {what} ('' or NaN where unknown).")
    return problems


def _problems_with_required(name: str, arrays: Sequence[SubjectArrays]) -> list[str]:
    """Compare the columns region and subject, which need not be given, with what the arrays say."""
    said_by_arrays = operator.attrgetter("area" if name == "region" else name)  # 'region' is Brain-Score's word
    return [
        f"{part.name}: the column {name} of the table of neuroids says something else, {_listed(others)}."
        for part in arrays
        if name in part.neuroids.columns
        and (others := sorted({str(value) for value in part.neuroids[name]} - {str(said_by_arrays(part))}))
    ]


def _all_numbers(columns: Sequence[pd.Series]) -> bool:
    types = [column.dtype for column in columns]
    if not all(isinstance(kind, np.dtype) and kind in _NUMBERS for kind in types):
        return False
    return len({kind.kind == "b" for kind in types}) == 1  # truth values do not mix with others


def _all_texts(columns: Sequence[pd.Series]) -> bool:
    return all(isinstance(value, str) and _is_storable(value) for column in columns for value in column)


def _is_storable(text: str) -> bool:
    """Tell whether NetCDF can hold a text: it ends texts at zero bytes, and cannot encode halves of characters."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _types(columns: Sequence[pd.Series]) -> list[str]:
    """Name the types of values in columns."""
    names: set[str] = set()
    for column in columns:
        names |= {type(value).__name__ for value in column} if column.dtype == object else {str(column.dtype)}
    return sorted(names)


def _possible_name(name: object) -> str:
    """Suggest a name for a column."""
    letters = re.sub(r"[^A-Za-z0-9]+", "_", str(name)).strip("_")
    return letters if letters[:1].isalpha() else f"column_{letters}".rstrip("_")


def _as_text(ids: pd.Series) -> list[str]:
    # Whether they were numbers or not: one type on all files, and no number to round.
    return [normal_name(str(value)) for value in ids]


def _problems_with_arrays(part: SubjectArrays, n_stimuli: int) -> list[str]:
    """Return what is wrong with one area of one subject; the first of shape, type, values."""
    problems = []
    name = part.subject
    if not isinstance(name, str) or not name or name != name.strip() or not name.isprintable():
        problems.append(
            f"{part.name}: the subject cannot be called {name!r}; give it a name, as text without blanks at its ends."
        )
    try:
        check_region(str(part.area))
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
    responses = _as_stored(part.responses)
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
