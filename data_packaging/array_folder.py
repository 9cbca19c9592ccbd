"""The plain folder layout that any lab can write, and its packaging.

::

    FOLDER/
        responses/
            {area}_{subject}.npy        float array (n_repetitions, n_stimuli, n_neuroids), NaN: no such trial
            {area}_{subject}.json       what the array holds, see below
        stimuli/                        the images: png, jpg, tif, bmp, gif or webp
        stimuli.csv                     optional: column filename, in the order of the arrays' second axis; and, where
                                        names are not to be the ids of the stimuli, column stimulus_id
        recipe.json                     optional: response, filters, source, citation, licence (texts)

The JSON beside an array has::

    area            such as "VISp"
    subject         the mouse: a number or a text
    window_s        [start, end] of the response window, in seconds after stimulus onset
    neuroid_ids     in the order of the array's last axis; unique in the whole folder
    stimulus_ids    optional, in all files or in none: the images' names, in the order of the array's second axis
    cre_line, layer, depth_um
                    optional: of each neuroid (a list in the same order), or of all of them (one value)

Which image belongs to which entry of the second axis is said by ``stimuli.csv`` or ``stimulus_ids``. Without them it
is the order of the images' names, as long as counting (im2 before im10) and sorting text (im10 before im2) agree; where
they do not, the one that the arrays have must be asked for.

Subjects may differ in their number of repetitions and in their windows. Other keys and files are not read. The keys
``specimen_id`` and ``unit_ids`` of older folders stand for ``subject`` and ``neuroid_ids``.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import InvalidArraysError
from ..core.json_files.kind import NUMBER, NUMBER_OR_NAN, TEXT, any_of, list_of, object_with, or_null
from ..core.json_files.read_json import read_json
from ..core.terminal.progress import progress
from .arrays import SubjectArrays, check_dataset_name, package_arrays
from .known_datasets import KNOWN_DATASETS
from .packaged_dataset import Recipe, check_not_there
from .stimulus_order import NameOrder, normal_name, ordered_by_name

NOT_STATED = "not stated"
"""What a recipe says of what nobody said."""
_RECIPE_TEXTS = ("response", "filters", "source", "citation", "licence")
_OPTIONAL_NEUROID_COLUMNS = {"cre_line", "layer", "depth_um"}
_OLD_KEYS = {"subject": "specimen_id", "neuroid_ids": "unit_ids"}
_WHAT_IT_SAYS = "docs/data.md says what the file beside an array holds."


_VALUE = any_of("a text or a number", TEXT, NUMBER_OR_NAN)
_NAME = any_of("a text or a number", TEXT, NUMBER)
_NAMES = list_of(_NAME)
_OF_NEUROIDS = any_of("a text, a number, or a list of them", or_null(_VALUE), list_of(or_null(_VALUE)))
_DESCRIPTION = object_with(
    {},
    {
        "area": TEXT,
        "window_s": list_of(NUMBER, length=2),
        "stimulus_ids": or_null(_NAMES),
        **dict.fromkeys(("subject", "specimen_id"), _NAME),
        **dict.fromkeys(("neuroid_ids", "unit_ids"), _NAMES),
        **dict.fromkeys(_OPTIONAL_NEUROID_COLUMNS, _OF_NEUROIDS),
    },
)
_RECIPE = object_with({}, dict.fromkeys(_RECIPE_TEXTS, TEXT))
_IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"}
_STIMULI_CSV = "stimuli.csv"
# What is meant to be it.
_TABLE = re.compile(r"stimuli\.(csv|tsv|txt|xlsx?|ods|json)", re.IGNORECASE)
_MS_PER_S = 1000
_LATEST_END_S = 60.0  # no response to an image ends so late: who writes more means milliseconds
_NAMES_SHOWN = 5


@dataclass(frozen=True)
class ArrayFolder:
    """What a folder of arrays holds.

    Attributes
    ----------
    arrays : list of SubjectArrays
        Sorted by file name. Each neuroid has its ``window_start_ms`` and ``window_end_ms``.
    stimuli : dict of str to Path
        Stimulus id -> image, in the order of the arrays' second axis.
    order : str
        What the order of the stimuli was taken from.
    recipe_texts : dict of str to str
        What ``recipe.json`` says.
    """

    arrays: list[SubjectArrays]
    stimuli: dict[str, Path]
    order: str
    recipe_texts: dict[str, str]


@dataclass(frozen=True)
class _Array:
    """An array and what the JSON beside it says."""

    path: Path
    description: Mapping[str, Any]
    stimulus_ids: list[str] | None


def read_array_folder(folder: Path, order: NameOrder | None = None) -> ArrayFolder:
    """Read a folder of the layout above.

    Parameters
    ----------
    folder : Path
        The folder.
    order : {'natural', 'text'}, optional
        The order of the images' names; only used where no order is written. See
        :func:`~brainscore_mouse.data_packaging.stimulus_order.ordered_by_name`.

    Raises
    ------
    InvalidArraysError
        If a file is missing or is not what the layout says, or if the order of the images is not clear.
    """
    paths = sorted((folder / "responses").glob("*.npy"))
    if not paths:
        raise InvalidArraysError(f"There is no array responses/*.npy in {folder}.")
    described = [_described_array(path) for path in paths]
    stimuli, taken_from = _ordered_stimuli(folder, described, order)
    arrays = [_read_arrays(array, stimuli) for array in progress(described, desc="Reading arrays", unit="file")]
    return ArrayFolder(arrays, stimuli, taken_from, _read_recipe_texts(folder / "recipe.json"))


def areas_in_folder(folder: Path) -> set[str]:
    """Return the areas that a folder's arrays are of, by the JSON files beside them."""
    return {str(_described_array(path).description.get("area")) for path in (folder / "responses").glob("*.npy")}


def package_array_folder(
    folder: Path,
    dataset: str,
    order: NameOrder | None = None,
    replace: bool = False,
    official: bool = False,
    image_range: tuple[float, float] | None = None,
    details: Mapping[str, Any] | None = None,
) -> Path:
    """Package a folder of the layout above as a dataset.

    Parameters
    ----------
    folder : Path
        The folder to read.
    dataset : str
        The dataset's name: letters, digits, '.', '_' and '-'.
    order
        As of `read_array_folder`.
    replace, official, image_range, details
        As of :func:`~brainscore_mouse.data_packaging.arrays.package_arrays`.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    DatasetExistsError, InvalidParameterError, InvalidArraysError
        As of `read_array_folder` and `package_arrays`; nothing is written then.
    """
    check_dataset_name(dataset, official)  # before reading what may be large
    check_not_there(dataset, replace)
    contents = read_array_folder(folder, order)
    known_texts = KNOWN_DATASETS[dataset].recipe_texts if dataset in KNOWN_DATASETS else {}
    texts = {**dict.fromkeys(_RECIPE_TEXTS, NOT_STATED), **known_texts, **contents.recipe_texts}
    recipe = Recipe(window_ms=_smallest_window_ms(contents.arrays), **texts)
    details = {**(details or {}), "stimulus_order": contents.order}
    return package_arrays(contents.arrays, contents.stimuli, dataset, recipe, replace, official, image_range, details)


def _ordered_stimuli(folder: Path, arrays: Sequence[_Array], order: NameOrder | None) -> tuple[dict[str, Path], str]:
    """Return the images by stimulus id, in the order of the arrays' second axis, and what said the order."""
    files = [
        path for path in (folder / "stimuli").glob("[!.]*") if path.is_file() and path.suffix.lower() in _IMAGE_SUFFIXES
    ]
    if not files:
        raise InvalidArraysError(f"There is no image in {folder / 'stimuli'} ({', '.join(sorted(_IMAGE_SUFFIXES))}).")
    tables = [path for place in (folder, folder / "stimuli") for path in place.iterdir() if _TABLE.match(path.name)]
    if misplaced := sorted(set(tables) - {folder / _STIMULI_CSV}):
        raise InvalidArraysError(
            f"{misplaced[0]} is not read: if it lists the images, save it as CSV as {folder / _STIMULI_CSV}; else give "
            "it another name."
        )
    if (folder / _STIMULI_CSV).exists():
        stimuli = _stimuli_of_csv(folder / _STIMULI_CSV, files)
        for array in arrays:
            if array.stimulus_ids is not None and _matched(array, list(stimuli), stimuli) != list(range(len(stimuli))):
                raise InvalidArraysError(
                    f"{array.path.with_suffix('.json')} has its stimulus_ids in another order than "
                    f"{folder / _STIMULI_CSV}. Remove the one that is wrong."
                )
        return stimuli, _STIMULI_CSV
    by_name = {normal_name(path.stem): path for path in ordered_by_name(files, "text")}
    if len(by_name) < len(files):
        names = [normal_name(path.stem) for path in files]
        repeated = [name for name, count in Counter(names).items() if count > 1]
        raise InvalidArraysError(f"Several images in {folder / 'stimuli'} have the same name: {_listed(repeated)}.")
    with_ids = [array for array in arrays if array.stimulus_ids is not None]
    if with_ids:
        if len(with_ids) < len(arrays):
            without = next(array for array in arrays if array.stimulus_ids is None)
            raise InvalidArraysError(
                f"{with_ids[0].path.with_suffix('.json')} has stimulus_ids and {without.path.with_suffix('.json')} has "
                "none: give them in all files or in none."
            )
        names = list(by_name)
        ordered = [names[index] for index in _matched(with_ids[0], names, by_name)]
        return {name: by_name[name] for name in ordered}, "stimulus_ids"
    ordered_files = ordered_by_name(files, order)
    taken_from = f"{order} order of the names" if order else "order of the names, natural and text alike"
    return {normal_name(path.stem): path for path in ordered_files}, taken_from


def _stimuli_of_csv(path: Path, files: Sequence[Path]) -> dict[str, Path]:
    """Read a table of all images in their order."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise InvalidArraysError(f"{path} cannot be read as CSV: {error}.") from error
    if "filename" not in table.columns:
        raise InvalidArraysError(f"{path} has no column filename; it has {', '.join(map(str, table.columns))}.")
    by_name = {normal_name(file.name): file for file in files}
    listed = [normal_name(name.strip()) for name in table["filename"]]
    _check_complete(str(path), listed, list(by_name))
    ids = [normal_name(name.strip()) for name in table["stimulus_id"]] if "stimulus_id" in table.columns else None
    if ids is not None and len(set(ids)) < len(ids):
        raise InvalidArraysError(f"{path} has the same stimulus_id more than once.")
    if ids is None:
        ids = [normal_name(by_name[name].stem) for name in listed]
        if len(set(ids)) < len(ids):
            raise InvalidArraysError(f"{path}: names that differ in their suffix only need a column stimulus_id.")
    return dict(zip(ids, (by_name[name] for name in listed), strict=True))


def _matched(array: _Array, ids: Sequence[str], images: Mapping[str, Path]) -> list[int]:
    """Return the number of each of an array's stimuli, given by ids or file names, among all; each must occur once."""
    number_of = {normal_name(images[stimulus_id].name): number for number, stimulus_id in enumerate(ids)}
    number_of |= {stimulus_id: number for number, stimulus_id in enumerate(ids)}
    given = array.stimulus_ids or []
    known = [ids[number_of[name]] if name in number_of else name for name in given]
    _check_complete(f"stimulus_ids in {array.path.with_suffix('.json')}", known, ids)
    return [number_of[name] for name in given]


def _check_complete(where: str, listed: Sequence[str], present: Sequence[str]) -> None:
    """Raise InvalidArraysError unless the same names are listed and present, each once."""
    problems = {
        "lists {} more than once": [name for name, count in Counter(listed).items() if count > 1],
        "lists {}, of which there is no image": sorted(set(listed) - set(present)),
        "does not list the image {}": sorted(set(present) - set(listed)),
    }
    found = [problem.format(_listed(names)) for problem, names in problems.items() if names]
    if found:
        raise InvalidArraysError(f"{where} {'; it '.join(found)}.")


def _described_array(path: Path) -> _Array:
    description = dict(
        read_json(path.with_suffix(".json"), _DESCRIPTION, InvalidArraysError, _WHAT_IT_SAYS, allow_nan=True)
    )
    for key, old_key in _OLD_KEYS.items():
        if old_key in description and description.setdefault(key, description[old_key]) != description[old_key]:
            raise InvalidArraysError(f"{path.with_suffix('.json')}: {key} and {old_key} differ; remove {old_key}.")
    stimulus_ids = description.get("stimulus_ids")
    return _Array(path, description, stimulus_ids and [normal_name(str(name)) for name in stimulus_ids])


def _read_arrays(array: _Array, stimuli: Mapping[str, Path]) -> SubjectArrays:
    """Read an array, with its second axis in the order of the stimuli."""
    path, description = array.path, array.description
    try:
        region, subject = str(description["area"]), str(description["subject"])
        start_s, end_s = (float(time) for time in description["window_s"])
        neuroid_ids = list(description["neuroid_ids"])
    except KeyError as error:
        raise InvalidArraysError(f"{path.with_suffix('.json')} does not say {error}.") from error
    if normal_name(path.stem) != normal_name(f"{region}_{subject}"):
        raise InvalidArraysError(
            f"{path} and its .json disagree: by the .json it should be called {region}_{subject}.npy."
        )
    if not end_s > start_s:
        raise InvalidArraysError(f"{path.with_suffix('.json')}: window_s [{start_s}, {end_s}] is empty.")
    if end_s >= _LATEST_END_S:
        raise InvalidArraysError(
            f"{path.with_suffix('.json')}: window_s [{start_s}, {end_s}] ends {end_s:g} s after stimulus onset. "
            f"It is in seconds: write {end_s / _MS_PER_S:g} for {end_s:g} ms."
        )
    try:
        responses = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InvalidArraysError(f"{path} is not an array that numpy can read: {error}.") from error
    if array.stimulus_ids is not None:
        numbers = _matched(array, list(stimuli), stimuli)
        if responses.ndim != 3 or responses.shape[1] != len(numbers):
            raise InvalidArraysError(
                f"{path} has the shape {responses.shape}, but {len(numbers)} stimulus_ids for its second axis."
            )
        if numbers != sorted(numbers):
            responses = responses[:, np.argsort(numbers)]
    neuroids = pd.DataFrame({"neuroid_id": neuroid_ids})
    for column in sorted(_OPTIONAL_NEUROID_COLUMNS & description.keys()):
        value = description[column]
        if isinstance(value, list) and len(value) != len(neuroid_ids):
            raise InvalidArraysError(
                f"{path.with_suffix('.json')}: {column} has {len(value)} entries for {len(neuroid_ids)} neuroid_ids."
            )
        neuroids[column] = value
    # Rounded to the microsecond: the files' seconds carry binary rounding.
    neuroids["window_start_ms"] = round(start_s * _MS_PER_S, 3)
    neuroids["window_end_ms"] = round(end_s * _MS_PER_S, 3)
    return SubjectArrays(region, subject, responses, neuroids)


def _read_recipe_texts(path: Path) -> dict[str, str]:
    texts = read_json(path, _RECIPE, InvalidArraysError, "Correct it.") if path.exists() else {}
    unknown = sorted(set(texts) - set(_RECIPE_TEXTS))
    if unknown:
        raise InvalidArraysError(f"{path} says {', '.join(unknown)}; it may say {', '.join(_RECIPE_TEXTS)}.")
    return dict(texts)


def _smallest_window_ms(arrays: list[SubjectArrays]) -> tuple[float, float]:
    """Return the smallest window that contains those of all neuroids."""
    windows = pd.concat([part.neuroids for part in arrays])
    return float(windows["window_start_ms"].min()), float(windows["window_end_ms"].max())


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f"{', '.join(names[:_NAMES_SHOWN])}{more}"
