"""The plain folder layout that any lab can write, and its packaging.

::

    FOLDER/
        responses/
            {region}_{subject}.npy      float array (n_repetitions, n_stimuli, n_neuroids), NaN: no such trial
            {region}_{subject}.json     what the array holds, see below
        stimuli/
            *.png                       sorted by name; the i-th image is entry i of the arrays' second axis
        recipe.json                     optional: response, filters, source, citation, licence (texts)

The JSON beside an array has::

    area            the region, such as "VISp"
    specimen_id     the subject: a number or a text
    window_s        [start, end] of the response window, in seconds after stimulus onset
    unit_ids        the neuroid ids, in the order of the array's last axis; unique in the whole folder
    cre_line, layer, depth_um
                    optional: of each neuroid (a list in the same order), or of all of them (one value)

Subjects may differ in their number of repetitions and in their windows. Other keys and files are not read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from ..core.errors import InvalidArraysError
from .arrays import SubjectArrays, package_arrays
from .known_datasets import KNOWN_DATASETS
from .packaged_dataset import Recipe

_RECIPE_TEXTS = ("response", "filters", "source", "citation", "licence")
_OPTIONAL_NEUROID_COLUMNS = {"cre_line", "layer", "depth_um"}
_MS_PER_S = 1000


@dataclass(frozen=True)
class ArrayFolder:
    """What a folder of arrays holds.

    Attributes
    ----------
    arrays : list of SubjectArrays
        Sorted by file name. Each neuroid has its ``window_start_ms`` and ``window_end_ms``.
    stimuli : list of Path
        The images, in the order of the arrays' second axis.
    recipe_texts : dict of str to str
        What ``recipe.json`` says.
    """

    arrays: list[SubjectArrays]
    stimuli: list[Path]
    recipe_texts: dict[str, str]


def read_array_folder(folder: Path) -> ArrayFolder:
    """Read a folder of the layout above.

    Raises
    ------
    InvalidArraysError
        If a file is missing or is not what the layout says.
    """
    paths = sorted((folder / "responses").glob("*.npy"))
    if not paths:
        raise InvalidArraysError(f"There is no array responses/*.npy in {folder}.")
    stimuli = sorted((folder / "stimuli").glob("*.png"))
    if not stimuli:
        raise InvalidArraysError(f"There is no image stimuli/*.png in {folder}.")
    arrays = [_read_arrays(path) for path in tqdm(paths, desc="Reading arrays", unit="file")]
    return ArrayFolder(arrays, stimuli, _read_recipe_texts(folder / "recipe.json"))


def package_array_folder(folder: Path, dataset: str) -> Path:
    """Package a folder of the layout above as a dataset; a dataset of the same name is replaced.

    Parameters
    ----------
    folder : Path
        The folder to read.
    dataset : str
        The dataset's name: letters, digits, '.', '_' and '-'.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    InvalidArraysError
        As of `read_array_folder` and `package_arrays`; nothing is written then.
    """
    contents = read_array_folder(folder)
    known_texts = KNOWN_DATASETS[dataset].recipe_texts if dataset in KNOWN_DATASETS else {}
    texts = {**dict.fromkeys(_RECIPE_TEXTS, "not stated"), **known_texts, **contents.recipe_texts}
    recipe = Recipe(window_ms=_smallest_window_ms(contents.arrays), **texts)
    return package_arrays(contents.arrays, contents.stimuli, dataset, recipe)


def _read_arrays(path: Path) -> SubjectArrays:
    description = _read_json(path.with_suffix(".json"))
    try:
        region, subject = str(description["area"]), str(description["specimen_id"])
        start_s, end_s = (float(time) for time in description["window_s"])
        unit_ids = list(description["unit_ids"])
    except KeyError as error:
        raise InvalidArraysError(f"{path.with_suffix('.json')} does not say {error}.") from error
    except (TypeError, ValueError) as error:
        raise InvalidArraysError(
            f"{path.with_suffix('.json')}: window_s must be two numbers and unit_ids a list ({error})."
        ) from error
    if path.stem != f"{region}_{subject}":
        raise InvalidArraysError(
            f"{path} and its .json disagree: by the .json it should be called {region}_{subject}.npy."
        )
    if not end_s > start_s:
        raise InvalidArraysError(f"{path.with_suffix('.json')}: window_s [{start_s}, {end_s}] is empty.")
    try:
        responses = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InvalidArraysError(f"{path} is not an array that numpy can read: {error}.") from error
    # Rounded to the microsecond: the files' seconds carry binary rounding.
    neuroids = pd.DataFrame({"neuroid_id": unit_ids})
    for column in sorted(_OPTIONAL_NEUROID_COLUMNS & description.keys()):
        value = description[column]
        if isinstance(value, list) and len(value) != len(unit_ids):
            raise InvalidArraysError(
                f"{path.with_suffix('.json')}: {column} has {len(value)} entries for {len(unit_ids)} unit_ids."
            )
        neuroids[column] = value
    neuroids["window_start_ms"] = round(start_s * _MS_PER_S, 3)
    neuroids["window_end_ms"] = round(end_s * _MS_PER_S, 3)
    return SubjectArrays(region, subject, responses, neuroids)


def _read_recipe_texts(path: Path) -> dict[str, str]:
    texts = _read_json(path) if path.exists() else {}
    unknown = sorted(set(texts) - set(_RECIPE_TEXTS))
    if unknown:
        raise InvalidArraysError(f"{path} says {', '.join(unknown)}; it may say {', '.join(_RECIPE_TEXTS)}.")
    return {key: str(text) for key, text in texts.items()}


def _smallest_window_ms(arrays: list[SubjectArrays]) -> tuple[float, float]:
    """Return the smallest window that contains those of all neuroids."""
    windows = pd.concat([part.neuroids for part in arrays])
    return float(windows["window_start_ms"].min()), float(windows["window_end_ms"].max())


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        contents = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidArraysError(f"{path} cannot be read as JSON: {error}.") from error
    if not isinstance(contents, dict):
        raise InvalidArraysError(f"{path} must hold a JSON object.")
    return contents
