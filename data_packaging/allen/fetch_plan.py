"""Which experiments are to be read, and what that takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.errors import DataError, UnknownIdentifierError
from ..remote_objects.bucket import Bucket
from .allen_dataset import AllenDataset, Events, SpikeRates, SweepMeans
from .areas import areas_of
from .catalogue import NeuropixelsSession, TwoPhotonExperiment, read_experiments, read_sessions
from .experiment_store import stored_report
from .workspace import Workspace

_BYTES_PER_RESPONSE = 4
_NEUROIDS_PER_EXPERIMENT = {SweepMeans.base: 250, Events.base: 250, SpikeRates.base: 500}
"""A generous guess, before anything was read."""
_BYTES_OF_SCENES = 150 * 2**20
Experiment = TwoPhotonExperiment | NeuropixelsSession
_CATALOGUES: dict[str, Callable[[Bucket], Sequence[Experiment]]] = {
    SweepMeans.base: read_experiments,
    Events.base: read_experiments,
    SpikeRates.base: read_sessions,
}


@dataclass(frozen=True)
class FetchPlan:
    """What a dataset is to consist of.

    Attributes
    ----------
    experiments : list of Experiment
        By id.
    of_region : dict of str to list of Experiment
        Those that may have neuroids in a region.
    complete : dict of str to bool
        Whether these are all that there are.
    """

    experiments: list[Experiment]
    of_region: dict[str, list[Experiment]]
    complete: dict[str, bool]


def checked_areas(dataset: AllenDataset, areas: Sequence[str] | None) -> list[str]:
    """Return the areas asked for, each once; all of the dataset's for None. Raise UnknownIdentifierError for others."""
    known = areas_of(dataset.base)
    if areas is None:
        return list(known)
    unknown = [area for area in areas if area not in known]
    if unknown or not areas:
        raise UnknownIdentifierError(
            f"{dataset.identifier} has no area {', '.join(unknown) or '(none given)'}; it has {', '.join(known)}."
        )
    return list(dict.fromkeys(areas))


def has_all(details: Mapping[str, Any], areas: Sequence[str], explicitly: bool, max_experiments: int | None) -> bool:
    """Tell whether a fetched dataset has what is asked for; of areas asked for by name at least one experiment."""
    if not details:
        return False
    counts = {region: len(ids) for region, ids in details.get("experiments_of_region", {}).items()}
    return all(
        (details.get("complete", {}).get(area, False) and (counts.get(area, 0) or not explicitly))
        or (max_experiments is not None and counts.get(area, 0) >= max_experiments)
        for area in areas
    )


def fetch_plan(
    dataset: AllenDataset,
    bucket: Bucket,
    asked: Sequence[str],
    explicitly: bool,
    max_experiments: int | None,
    present: Mapping[str, Any],
) -> FetchPlan:
    """Choose experiments: of each asked area the first ones, of the dataset's other areas those that it has."""
    everything = _CATALOGUES[dataset.base](bucket)
    shown = dataset.recipe.protocol.name
    ids_in_dataset: dict[str, list[int]] = present.get("experiments_of_region", {})
    of_region, complete = {}, {}
    for region in areas_of(dataset.base):
        if region not in asked and region not in ids_in_dataset:
            continue
        candidates = [each for each in everything if each.may_have(region)]
        wanted = candidates[:max_experiments] if region in asked else []
        chosen = [each for each in candidates if each in wanted or each.id in ids_in_dataset.get(region, ())]
        of_region[region] = chosen
        complete[region] = chosen == candidates
        if explicitly and region in asked and not chosen:
            raise DataError(
                f"{bucket.source.location} has no experiment with {shown} in {region} that passed quality "
                f"control ({len(everything)} in other areas)."
            )
    if not any(of_region.values()):
        raise DataError(f"{bucket.source.location} has no experiment with {shown} that passed quality control.")
    experiments = {each.id: each for region in of_region.values() for each in region}
    return FetchPlan([experiments[identifier] for identifier in sorted(experiments)], of_region, complete)


def is_stored(dataset: AllenDataset, workspace: Workspace, experiment: Experiment) -> bool:
    """Tell whether an experiment was read before, with the areas of today's table."""
    report = stored_report(workspace.experiment(dataset.recipe, experiment.id))
    # A row added to the table of areas makes sessions be read again.
    return report is not None and report.get("regions") in (None, sorted(areas_of(dataset.base)))


def bytes_needed(dataset: AllenDataset, n_missing: int, n_planned: int) -> int:
    """Estimate what missing experiments and the dataset will take: each neuroid is written twice."""
    protocol = dataset.recipe.protocol
    n_trials = protocol.repetitions[1] * protocol.n_stimuli
    n_responses = n_trials * dataset.recipe.n_bins * _NEUROIDS_PER_EXPERIMENT[dataset.base]
    of_experiment = _BYTES_PER_RESPONSE * n_responses
    return _BYTES_OF_SCENES + (n_missing + n_planned) * of_experiment
