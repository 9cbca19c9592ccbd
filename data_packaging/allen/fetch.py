"""Fetching: from a dataset's name to the packaged dataset, resumable at any point."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ...core.errors import (
    DataError,
    DatasetNotFoundError,
    InvalidParameterError,
    RemoteObjectChangedError,
    RemoteObjectMissingError,
    RemoteReadError,
    UnexpectedFormatError,
    UnknownIdentifierError,
)
from ...core.home import absolute_path, datasets_folder, path_of_variable
from ..datasets import read_manifest
from ..on_disk.datasets_here import datasets_on_disk
from ..remote_objects.bucket import Bucket
from ..remote_objects.locks import LockFolder
from ..remote_objects.parallel_reading import read_in_parallel
from ..remote_objects.sources import RetryPolicy, source_at
from .allen_dataset import AllenDataset, allen_dataset
from .areas import areas_of
from .assemble import Extent, assemble
from .catalogue import PUBLIC_BUCKET, SOURCE_VARIABLE
from .experiment_store import store_experiment, stored_neuroids, stored_report
from .experiment_trials import read_experiment
from .fetch_plan import Experiment, FetchPlan, bytes_needed, checked_areas, fetch_plan, has_all, is_stored
from .gratings.conditions import GRATINGS
from .gratings.grating_images import grating_images
from .scene_images import ensure_scene_images, has_scene_images, scene_images
from .terms import show_terms
from .workspace import Workspace, check_disk_space

_logger = logging.getLogger(__name__)


def source_location(source: str | None = None) -> str:
    """Return where to fetch from: `source`, else ``$BRAINSCORE_MOUSE_ALLEN_SOURCE``, else the public bucket."""
    location = source or os.environ.get(SOURCE_VARIABLE) or PUBLIC_BUCKET
    if "://" in location:
        return location
    return str(absolute_path(source) if source else path_of_variable(SOURCE_VARIABLE))


def fetch(
    identifier: str,
    areas: Sequence[str] | None = None,
    max_experiments: int | None = None,
    jobs: int = 4,
    source: str | None = None,
    replace: bool = False,
    retry_policy: RetryPolicy | None = None,
) -> Path:
    """Fetch a dataset of the Allen Brain Observatory and package it.

    What is complete is kept when this is interrupted, in whatever way: the same call continues. Areas that the dataset
    has already stay in it.

    Parameters
    ----------
    identifier : str
        See :func:`~brainscore_mouse.data_packaging.allen.allen_dataset.allen_dataset`.
    areas : sequence of str, optional
        Default: all areas of the dataset.
    max_experiments : int, optional
        Maximum number of experiments per area, the first by id; default: all.
    jobs : int
        How many experiments are read at the same time.
    source : str, optional
        An http(s) URL or a local folder with the bucket's layout. Default: see `source_location`.
    replace : bool
        Whether to replace the dataset, also one that was not fetched, or fetched from elsewhere, or is damaged.
        Experiments that were read are not read again; those that were left out are.
    retry_policy : RetryPolicy, optional
        How patiently to read.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    UnknownIdentifierError
        If there is no such dataset or area.
    InvalidParameterError
        If a number is invalid, or another dataset has the name.
    RemoteReadError
        If something could not be read.
    RemoteObjectChangedError
        If something is not what it was when it was first read.
    DiskSpaceError
        If the disk is too full.
    DataError
        If the source has no usable experiment of an area.
    """
    dataset = allen_dataset(identifier)
    asked = checked_areas(dataset, areas)
    for name, number in (("jobs", jobs), ("max_experiments", max_experiments)):
        if number is not None and number < 1:
            raise InvalidParameterError(f"{name} is {number}; it must be at least 1.")
    remote = source_at(source_location(source), retry_policy)
    workspace = Workspace(remote.location)
    with _only_process(workspace):
        present = _fetched_details(dataset, remote.location, replace)
        if not has_all(present, asked, areas is not None, max_experiments):
            workspace.remove_leftovers(identifier)
            show_terms(workspace.terms)
            bucket = Bucket(remote, LockFolder(workspace.locks))
            plan = fetch_plan(dataset, bucket, asked, areas is not None, max_experiments, present)
            left_out = _read_missing(dataset, bucket, workspace, plan, jobs)
            _assemble(dataset, workspace, remote.location, plan, left_out)
            _report_deviations(identifier)
    return datasets_folder() / identifier


def package(identifier: str, source: str | None = None) -> Path:
    """Package what was fetched so far, without reading anything from the source.

    Parameters
    ----------
    identifier : str
        See :func:`~brainscore_mouse.data_packaging.allen.allen_dataset.allen_dataset`.
    source : str, optional
        As for `fetch`: what was fetched from there.

    Returns
    -------
    Path
        The dataset's folder.

    Raises
    ------
    DataError
        If nothing was fetched yet.
    """
    dataset = allen_dataset(identifier)
    location = source_at(source_location(source)).location
    workspace = Workspace(location)
    with _only_process(workspace):
        present = _fetched_details(dataset, location, replace=False)
        workspace.remove_leftovers(identifier)
        files = [path for path in workspace.experiments(dataset.recipe) if stored_report(path) is not None]
        if not files or not (_draws_images(dataset) or has_scene_images(workspace.scenes)):
            raise DataError(
                f"Nothing of {identifier} was fetched from {location} yet: brainscore-mouse data fetch {identifier}"
            )
        images = _images(dataset, workspace)
        files_of_region: dict[str, list[Path]] = {}
        for path in files:
            for region in stored_neuroids(path)["region"].unique():
                files_of_region.setdefault(region, []).append(path)
        in_order = {region: files_of_region[region] for region in areas_of(dataset.base) if region in files_of_region}
        planned = {region: list(ids) for region, ids in present.get("experiments_of_region", {}).items()}
        complete = dict(present.get("complete", {}))
        for region, paths in in_order.items():
            planned[region] = sorted({*planned.get(region, ()), *(int(path.stem) for path in paths)})
            complete.setdefault(region, False)
        usable = {path.stem for path in files}
        left_out = {number: why for number, why in present.get("left_out", {}).items() if number not in usable}
        return assemble(dataset, in_order, images, location, Extent(planned, complete, left_out))


def ensure_fetched(identifier: str, area: str) -> None:
    """Fetch an area of a dataset unless it is on this machine; then nothing is read from the network.

    Raises
    ------
    UnknownIdentifierError
        If a dataset of this name is there, was not fetched, and lacks the area.
    DatasetNotFoundError
        If the source cannot be read.
    RemoteObjectChangedError, DiskSpaceError, DataError
        As of `fetch`.
    """
    if identifier in datasets_on_disk():
        manifest = read_manifest(identifier)
        if area in manifest["regions"]:
            if not manifest.get("details", {}).get("complete", {}).get(area, True):
                _logger.warning(
                    "%s of %s on this machine has not all experiments; for the others: brainscore-mouse data fetch %s "
                    "--area %s",
                    *(area, identifier, identifier, area),
                )
            return
        if "fetched_from" not in manifest.get("details", {}):
            raise UnknownIdentifierError(
                f"The dataset {identifier} on this machine has no {area}, and was not fetched. To replace it by the "
                f"fetched one: brainscore-mouse data fetch {identifier} --replace"
            )
    try:
        fetch(identifier, [area])
    except RemoteObjectChangedError:
        raise
    except RemoteReadError as error:
        raise DatasetNotFoundError(
            f"{area} of {identifier} is not on this machine, and could not be fetched: {error}\n"
            f"From a mirror of the bucket or a folder (--source, or {SOURCE_VARIABLE}): "
            f"{allen_dataset(identifier).how_to_get}"
        ) from None
    if area not in read_manifest(identifier)["regions"]:
        raise DataError(f"{source_location()} has no neuroids in {area} that {identifier} could use.")


@contextmanager
def _only_process(workspace: Workspace) -> Iterator[None]:
    """Wait until no other process fetches; a second process then finds the first one's work."""
    workspace.process_lock.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(workspace.process_lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _logger.warning("Waiting for another process that fetches (it holds %s).", workspace.process_lock)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fetched_details(dataset: AllenDataset, location: str, replace: bool) -> dict[str, Any]:
    """Return the details of the dataset on disk, {} if there is none or it is to be replaced."""
    if replace or dataset.identifier not in datasets_on_disk():
        return {}
    details = read_manifest(dataset.identifier).get("details", {})
    if details.get("fetched_from") == location:
        return details
    origin = details.get("fetched_from", "arrays")
    raise InvalidParameterError(
        f"There is a dataset {dataset.identifier} on this machine, packaged from {origin}. To replace it with that of "
        f"{location}, ask for it: --replace (in Python: replace=True)."
    )


def _read_missing(
    dataset: AllenDataset, bucket: Bucket, workspace: Workspace, plan: FetchPlan, jobs: int
) -> dict[str, str]:
    """Read the images and experiments that are not stored yet, and store them; return what cannot be used, and why."""
    experiments = [each for each in plan.experiments if not is_stored(dataset, workspace, each)]
    check_disk_space(workspace.folder, bytes_needed(dataset, len(experiments), len(plan.experiments)))
    if not _draws_images(dataset):
        ensure_scene_images(bucket, workspace.scenes, jobs)

    def read_and_store(experiment: Experiment) -> None:
        trials = read_experiment(bucket, experiment, dataset.recipe)
        store_experiment(trials, workspace.experiment(dataset.recipe, experiment.id))

    tasks = {experiment.id: partial(read_and_store, experiment) for experiment in experiments}
    unusable = (RemoteObjectMissingError, UnexpectedFormatError)
    failed = read_in_parallel(tasks, jobs, bucket.source, "experiment", accepted=unusable)
    for identifier, error in failed.items():
        _logger.warning(
            "Experiment %s is left out: %s Once its files are mended: brainscore-mouse data fetch %s --replace",
            *(identifier, error, dataset.identifier),
        )
    return {str(identifier): str(error) for identifier, error in failed.items()}


def _draws_images(dataset: AllenDataset) -> bool:
    """Tell whether the images are drawn on this machine instead of read from the source."""
    return dataset.recipe.protocol is GRATINGS


def _images(dataset: AllenDataset, workspace: Workspace) -> dict[str, Path]:
    if _draws_images(dataset):
        return grating_images(workspace.gratings, dataset.on_screen_only)
    return scene_images(workspace.scenes, dataset.on_screen_only)


def _assemble(
    dataset: AllenDataset, workspace: Workspace, location: str, plan: FetchPlan, left_out: Mapping[str, str]
) -> Path:
    if len(left_out) == len(plan.experiments):
        raise DataError(
            f"None of the {len(left_out)} experiments of {dataset.identifier} could be used; the first because: "
            f"{next(iter(left_out.values()))}"
        )
    planned = {region: [each.id for each in experiments] for region, experiments in plan.of_region.items()}
    files_of_region = {
        region: [workspace.experiment(dataset.recipe, number) for number in numbers if str(number) not in left_out]
        for region, numbers in planned.items()
    }
    images = _images(dataset, workspace)
    return assemble(dataset, files_of_region, images, location, Extent(planned, plan.complete, left_out))


def _report_deviations(identifier: str) -> None:
    for report in read_manifest(identifier)["details"].get("experiments", []):
        for deviation in report["deviations"]:
            _logger.warning("Experiment %s: %s", report["experiment"], deviation)
