"""One experiment or session as trials of its neuroids, with what is known of each; in memory and on disk."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import RemoteObjectMissingError, UnexpectedFormatError
from ...uncertainty.split_half import half_means, neuroid_reliability
from ..remote_objects.bucket import Bucket
from .allen_dataset import Events, ResponseRecipe, SpikeRates, SweepMeans
from .areas import areas_of
from .catalogue import NeuropixelsSession, TwoPhotonExperiment
from .cell_classes import cell_class, cortical_layer
from .file_readers.neuropixels import read_session_spikes
from .file_readers.two_photon import (
    SweepResponses,
    read_analysis_sweeps,
    read_cell_ids,
    read_context,
    read_event_responses,
    read_nwb_sweeps,
)
from .responses.protocol import BLANK, Protocol, preferred_stimuli, trials_by_repetition
from .responses.running import running_modulation_p_values
from .responses.sweeps import mean_running_speeds

FORMAT_VERSION = 2
_N_HALF_SPLITS = 100  # as in Conwell et al. 2021
_SIGNIFICANCE = 0.05
_EVENTS_REQUEST_BYTES = 8 * 2**20


@dataclass(frozen=True)
class ExperimentTrials:
    """The trials of an experiment or session.

    Attributes
    ----------
    trials : float32 array of shape (n_repetitions, n_stimuli, n_neuroids) or, with bins, (..., n_neuroids, n_bins)
        NaN where there is no such trial.
    running_speed : float32 array of shape (n_repetitions, n_stimuli)
        In cm/s, NaN where not recorded.
    neuroids : DataFrame with n_neuroids rows
        ``neuroid_id``, ``region``, ``subject``; ``reliability`` (split-half, Spearman-Brown),
        ``p_running_modulation`` (of the response to the preferred stimulus), and more.
    report : dict
        What JSON can hold: ``experiment``, ``route`` (what was read), ``n_repetitions``, ``n_blanks``, ...
    """

    trials: np.ndarray
    running_speed: np.ndarray
    neuroids: pd.DataFrame
    report: dict[str, Any]


def read_experiment(
    bucket: Bucket, experiment: TwoPhotonExperiment | NeuropixelsSession, recipe: ResponseRecipe
) -> ExperimentTrials:
    """Read and compute the trials of an experiment or session.

    Raises
    ------
    RemoteReadError
        If something cannot be read.
    UnexpectedFormatError
        If files lack something or contradict themselves.
    """
    return _READERS[recipe.base](bucket, experiment, recipe)


def _read_sweep_means(bucket: Bucket, experiment: TwoPhotonExperiment, recipe: SweepMeans) -> ExperimentTrials:
    cell_ids = bucket.read(experiment.nwb_key, read_cell_ids)
    route = "analysis"
    try:
        sweeps = bucket.read(experiment.analysis_key, lambda file: read_analysis_sweeps(file, recipe.protocol))
        if sweeps.responses.shape[1] != len(cell_ids):
            raise UnexpectedFormatError(
                f"{experiment.analysis_key} has {sweeps.responses.shape[1]} cells, and the NWB file {len(cell_ids)}."
            )
    except (RemoteObjectMissingError, UnexpectedFormatError) as error:
        sweeps, route = _read_sweeps_of_nwb(bucket, experiment, recipe.protocol, error), f"NWB ({error})"
    return _two_photon_trials(experiment, recipe.protocol, cell_ids, sweeps, None, route)


def _read_sweeps_of_nwb(
    bucket: Bucket, experiment: TwoPhotonExperiment, protocol: Protocol, problem_with_analysis: Exception
) -> SweepResponses:
    """Compute the numbers of the analysis file from the NWB file, of which some fifty times the bytes are read."""
    try:
        return bucket.read(experiment.nwb_key, lambda file: read_nwb_sweeps(file, protocol))
    except (RemoteObjectMissingError, UnexpectedFormatError) as error:
        raise UnexpectedFormatError(
            f"{problem_with_analysis} The responses could not be computed without it either: {error}"
        ) from None


def _read_events(bucket: Bucket, experiment: TwoPhotonExperiment, recipe: Events) -> ExperimentTrials:
    context = bucket.read(experiment.nwb_key, lambda file: read_context(file, recipe.protocol))
    responses, p_values = bucket.read(
        experiment.events_key,
        lambda file: read_event_responses(file, context, recipe.window),
        _EVENTS_REQUEST_BYTES,
    )
    if p_values is None and recipe.is_tested:
        p_values = np.full(responses.shape, np.nan)  # nothing to test against
    speed = mean_running_speeds(context.running_speed, context.table.starts, context.table.sweep_length)
    sweeps = SweepResponses(context.table, responses, speed)
    return _two_photon_trials(experiment, recipe.protocol, context.cell_ids, sweeps, p_values, "events")


def _two_photon_trials(
    experiment: TwoPhotonExperiment,
    protocol: Protocol,
    cell_ids: np.ndarray,
    sweeps: SweepResponses,
    p_values: np.ndarray | None,
    route: str,
) -> ExperimentTrials:
    images, starts = sweeps.table.images, sweeps.table.starts
    trials = trials_by_repetition(sweeps.responses, images, starts, protocol.n_stimuli)
    running = trials_by_repetition(sweeps.running_speed, images, starts, protocol.n_stimuli)
    neuroids = pd.DataFrame(
        {
            "neuroid_id": [str(cell_id) for cell_id in cell_ids],
            "region": experiment.region,
            "subject": experiment.subject,
            "experiment": str(experiment.id),
            "cre_line": experiment.cre_line,
            "reporter_line": experiment.reporter_line,
            "cell_class": cell_class(experiment.cre_line),
            "layer": cortical_layer(experiment.depth_um, experiment.cre_line),
            "depth_um": experiment.depth_um,
            "sex": experiment.sex,
        }
    )
    if p_values is not None:
        p_of_trial = trials_by_repetition(p_values, images, starts, protocol.n_stimuli)
        preferred = preferred_stimuli(trials)
        of_preferred = p_of_trial[:, preferred, np.arange(len(preferred))]
        known = ~np.isnan(of_preferred).all(axis=0)
        neuroids["n_responsive_trials"] = np.where(known, (of_preferred < _SIGNIFICANCE).sum(axis=0), np.nan)
    report = {"experiment": experiment.id, "route": route, "n_blanks": int((images == BLANK).sum())}
    return _described(trials, running, neuroids, report, protocol, seed=experiment.id)


def _read_session(bucket: Bucket, session: NeuropixelsSession, recipe: SpikeRates) -> ExperimentTrials:
    regions = sorted(areas_of("allen-mouse-npx"))
    edges_s = recipe.edges_ms / 1000
    spikes = bucket.read(session.nwb_key, lambda file: read_session_spikes(file, edges_s, regions, recipe.protocol))
    rates = spikes.counts / np.diff(edges_s)
    if recipe.bin_ms is None:
        rates = rates[:, :, 0]
    n_stimuli = recipe.protocol.n_stimuli
    trials = trials_by_repetition(rates, spikes.images, spikes.onsets, n_stimuli)
    running = trials_by_repetition(spikes.running_speed, spikes.images, spikes.onsets, n_stimuli)
    neuroids = pd.DataFrame(
        {
            "neuroid_id": [str(unit_id) for unit_id in spikes.units["unit_id"]],
            "region": spikes.units["region"].to_numpy(),
            "subject": session.subject,
            "experiment": str(session.id),
            "genotype": session.genotype,
            "sex": session.sex,
        }
    )
    report = {
        "experiment": session.id,
        "route": "NWB",
        "n_blanks": int((spikes.images == BLANK).sum()),
        "n_invalid_presentations": spikes.n_invalid,
        "regions": regions,
    }
    return _described(trials, running, neuroids, report, recipe.protocol, seed=session.id)


_READERS: dict[str, Callable[[Bucket, Any, Any], ExperimentTrials]] = {
    SweepMeans.base: _read_sweep_means,
    Events.base: _read_events,
    SpikeRates.base: _read_session,
}


def _described(
    trials: np.ndarray,
    running: np.ndarray,
    neuroids: pd.DataFrame,
    report: dict[str, Any],
    protocol: Protocol,
    seed: int,
) -> ExperimentTrials:
    """Leave out neuroids that no metric can use; add what filters go by, and what deviates from the protocol."""
    over_bins = trials if trials.ndim == 3 else trials.mean(axis=3)
    n_trials = (~np.isnan(over_bins)).sum(axis=0)  # of each stimulus and neuroid
    incomplete = (n_trials < 2).any(axis=0)
    largest = np.where(np.isnan(over_bins), -np.inf, over_bins).max(axis=(0, 1), initial=-np.inf)
    smallest = np.where(np.isnan(over_bins), np.inf, over_bins).min(axis=(0, 1), initial=np.inf)
    infinite = np.isinf(over_bins).any(axis=(0, 1))
    usable = ~incomplete & ~infinite & (largest > smallest)
    trials, over_bins, n_trials = trials[:, :, usable], over_bins[:, :, usable], n_trials[:, usable]
    neuroids = neuroids[usable].reset_index(drop=True)
    if len(neuroids):
        halves = half_means(over_bins, _N_HALF_SPLITS, np.random.default_rng(seed))
        neuroids["reliability"] = neuroid_reliability(*halves).astype(float)
    else:
        neuroids["reliability"] = np.empty(0)
    neuroids["p_running_modulation"] = running_modulation_p_values(over_bins, running, preferred_stimuli(over_bins))
    deviations = []
    repetitions = sorted(set(n_trials.ravel().tolist()))
    fewest, most = protocol.repetitions
    if repetitions and not fewest <= repetitions[0] <= repetitions[-1] <= most:
        deviations.append(
            f"{_span(repetitions[0], repetitions[-1])} repetitions per {protocol.one} instead of {_span(fewest, most)}"
        )
    if not usable.all():
        deviations.append(
            f"{(~usable).sum()} neuroids left out: fewer than 2 trials of a {protocol.one}, infinite or constant "
            "responses"
        )
    if "n_responsive_trials" in neuroids and neuroids["n_responsive_trials"].isna().any():
        deviations.append("no spontaneous activity: unknown which neuroids are responsive")
    report = {
        **report,
        "format_version": FORMAT_VERSION,
        "n_neuroids": len(neuroids),
        "n_repetitions": len(trials),
        "deviations": deviations,
    }
    return ExperimentTrials(trials, running, neuroids, report)


def _span(fewest: int, most: int) -> str:
    return str(fewest) if fewest == most else f"{fewest} to {most}"
