"""Overlap of activation distributions: against explicit loops and scipy, with known truth, and what it is blind to."""

import numpy as np
import pytest
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from brainscore_mouse import load_metric, score_model
from brainscore_mouse.core.errors import InvalidParameterError, UnreliableDataError
from brainscore_mouse.metrics.activation_overlap import distributions
from brainscore_mouse.metrics.activation_overlap.distributions import (
    activation_histograms,
    mean_overlap_of_all_pairs,
    most_overlapping,
    overlap,
    reference_activations,
    scaled_activations,
    wasserstein,
)
from brainscore_mouse.metrics.activation_overlap.population_view import PopulationView
from brainscore_mouse.metrics.layer_choice import selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from scipy.stats import wasserstein_distance

N_STIMULI = 60


def skewed_population(noise=0.2, n_neuroids=40, n_repetitions=30, seed=1):
    """Neuroids that are much sparser than exponential: (trials, noise-free responses, subjects)."""
    generator = np.random.default_rng(seed)
    signal = generator.lognormal(sigma=np.linspace(1.2, 2, n_neuroids), size=(N_STIMULI, n_neuroids))
    signal /= signal.std(axis=0)
    trials = signal + noise * generator.normal(size=(n_repetitions, *signal.shape))
    return trials, signal, np.repeat(["a", "b", "c", "d"], n_neuroids // 4)


def target_of(trials, subjects, **options):
    folds = selection_folds(trials.shape[1], subjects, seed=0)
    return load_metric("activation-overlap", **options).prepare(trials, subjects, folds)


def score_of(target, channels):
    return target.evaluate([channels]).ceiled.mean()


def overlap_by_loops(a, b, n_bins):
    """Of two units' responses to the same stimuli, stimulus by stimulus."""
    found = []
    for responses in (a, b):
        histogram, low, high = [0] * n_bins, min(responses), max(responses)
        for response in responses:
            place = (response - low) / (high - low) * n_bins
            histogram[min(int(place), n_bins - 1)] += 1
        found.append(histogram)
    return sum(min(one, other) for one, other in zip(*found, strict=True)) / len(a)


def test_overlaps_by_loops(monkeypatch):
    monkeypatch.setattr(distributions, "_PAIRS_PER_BLOCK", 10)  # two neuroids at a time
    generator = np.random.default_rng(0)
    neural, channels = generator.normal(size=(23, 5)), generator.exponential(size=(23, 4))
    channels[:, 1] = 3  # no range
    expected = np.array(
        [[np.nan if c == 1 else overlap_by_loops(neural[:, n], channels[:, c], 7) for c in range(4)] for n in range(5)]
    )
    a, b = activation_histograms(neural, 7), activation_histograms(channels, 7)
    np.testing.assert_allclose(overlap(a[:, None], b[None]), expected, atol=1e-12)
    np.testing.assert_allclose(mean_overlap_of_all_pairs(a, b), np.nanmean(expected, axis=1), atol=1e-12)
    assert most_overlapping(a, b).tolist() == np.nanargmax(expected, axis=1).tolist()
    assert most_overlapping(a, np.concatenate([b, b])).max() < 4  # the first of equally near ones


def test_histograms_are_numpys_and_counts_are_repeated_stimuli():
    generator = np.random.default_rng(0)
    responses = generator.normal(size=(9, 3))
    scaled = scaled_activations(responses)
    expected = [np.histogram(unit, bins=4, range=(0, 1))[0] for unit in scaled]
    assert activation_histograms(responses, 4).tolist() == np.array(expected).tolist()
    counts = np.array([2, 0, 1, 1, 3, 0, 0, 1, 1])
    repeated = responses[np.repeat(np.arange(9), counts)]
    np.testing.assert_array_equal(activation_histograms(responses, 4, counts), activation_histograms(repeated, 4))


def test_wasserstein_is_scipys():
    generator = np.random.default_rng(0)
    a, b = (scaled_activations(generator.exponential(size=(31, 4))) for _ in range(2))
    expected = [wasserstein_distance(one, other) for one, other in zip(a, b, strict=True)]
    np.testing.assert_allclose(wasserstein(a, b), expected, rtol=1e-12)


def test_references_are_quantiles():
    found = reference_activations(1001)
    assert found["exponential"][500] == pytest.approx(np.log(2))
    assert found["normal"][500] == pytest.approx(0) and found["uniform"][500] == pytest.approx(0.5)
    assert found["exponential"].mean() == pytest.approx(1, abs=0.01) and found["normal"].std() == pytest.approx(1, 0.01)


@pytest.mark.slow
def test_what_the_ceiling_means_and_where_it_fails():
    """Below what noise-free responses reach while noise is small; but noise that widens both halves is not seen."""
    truth, halves = {}, {}
    for noise in (0.1, 0.5, 2):
        trials, signal, subjects = skewed_population(noise)
        measured, noise_free = (activation_histograms(one, 10) for one in (trials.mean(axis=0), signal))
        truth[noise] = overlap(measured, noise_free).mean()
        halves[noise] = target_of(trials, subjects).details["overlap_halves"]
    assert truth[0.1] - 0.05 < halves[0.1] < truth[0.1]
    assert truth[0.5] - 0.1 < halves[0.5] < truth[0.5]
    assert halves[2] > truth[2] + 0.2  # the standard error of a mean is then twice the width of a bin


def test_a_noise_free_copy_is_below_the_ceiling_because_distributions_do_not_tell_who_is_who():
    trials, signal, subjects = skewed_population()
    target = target_of(trials, subjects)
    assert 0.3 < target.ceiling < 1
    assert 0.7 < score_of(target, signal) < 1


def test_units_of_textbook_distributions_are_below_the_floor():
    """They are drawn, and the floor's quantiles are not: so the exponential ones are below it, too."""
    trials, _, subjects = skewed_population()
    target = target_of(trials, subjects)
    floor = target.details["overlap_exponential"]
    generator = np.random.default_rng(2)
    exponential, normal = (
        target.evaluate([channels]).measures["overlap_all_pairs"].mean()
        for channels in (generator.exponential(size=(N_STIMULI, 300)), generator.normal(size=(N_STIMULI, 300)))
    )
    assert floor - 0.1 < exponential < floor
    assert normal < exponential - 0.1
    assert target.details["overlap_normal"] < floor


def test_the_loud_weakness_which_stimulus_drives_a_unit_does_not_matter():
    """Shuffled over the stimuli of a part, a model has the very same score; shuffled over all, nearly the same."""
    trials, signal, subjects = skewed_population()
    generator = np.random.default_rng(4)
    match, test = np.arange(0, N_STIMULI, 2), np.arange(1, N_STIMULI, 2)
    view = PopulationView(10, trials.mean(axis=0), match, test)
    within = signal.copy()
    for part in (match, test):
        within[part] = generator.permuted(signal[part], axis=0)
    assert view.compared_with_counterparts(within) == view.compared_with_counterparts(signal)
    assert view.of_all_pairs(within) == view.of_all_pairs(signal)
    target = target_of(trials, subjects)
    correlations = np.corrcoef(generator.permuted(signal, axis=0).T, signal.T)[: signal.shape[1], signal.shape[1] :]
    assert abs(np.diag(correlations).mean()) < 0.1  # nothing is left of the tuning
    # New random parts of a unit's activations differ by chance; far above the floor, the score does not collapse.
    assert score_of(target, generator.permuted(signal, axis=0)) > 0.3


def test_counterparts_are_found_on_other_stimuli_than_those_scored():
    """The neuroids of the scored stimuli do not matter to which channel is chosen."""
    trials, signal, _ = skewed_population()
    match, test = np.arange(30), np.arange(30, 60)
    responses = trials.mean(axis=0)
    changed = responses.copy()
    changed[test] = np.random.default_rng(0).normal(size=changed[test].shape)
    chosen = [PopulationView(10, one, match, test).counterparts(signal).tolist() for one in (responses, changed)]
    assert chosen[0] == chosen[1] and len(set(chosen[0])) > 10


def test_recordings_that_cannot_tell_models_from_the_floor_are_refused():
    """Here without any signal, and distributed exponentially: halves overlap less than quantiles do."""
    generator = np.random.default_rng(0)
    trials = generator.exponential(size=(2, N_STIMULI, 20))
    with pytest.raises(UnreliableDataError):
        target_of(trials, np.repeat(["a", "b"], 10))
    with pytest.raises(UnreliableDataError, match=r"\b16\b"):
        target_of(trials[:, :15], np.repeat(["a", "b"], 10))


def test_constant_neuroids_and_channels_are_left_out_and_counted():
    trials, signal, subjects = skewed_population()
    trials[:, :, 0] = 0
    target = target_of(trials, subjects)
    assert target.details["n_neuroids_without_distribution"] == 1
    with_constant = np.concatenate([np.zeros((N_STIMULI, 3)), signal], axis=1)
    assert score_of(target, with_constant) == pytest.approx(score_of(target, signal), abs=1e-12)
    assert np.isnan(score_of(target, np.zeros((N_STIMULI, 3))))


def test_bins_that_make_no_sense():
    with pytest.raises(InvalidParameterError, match=r"n_bins.*1"):
        load_metric("activation-overlap", n_bins=1)


def test_assemblies():
    def assembly_of(values):
        coords = {
            "stimulus_id": ("presentation", [f"s{number}" for number in range(len(values))]),
            "stimulus_number": ("presentation", np.arange(len(values))),
            "neuroid_id": ("neuroid", np.arange(values.shape[1])),
            "region": ("neuroid", ["VISp"] * values.shape[1]),
        }
        return NeuroidAssembly(values, coords=coords, dims=["presentation", "neuroid"])

    responses = np.random.default_rng(0).lognormal(size=(80, 20))
    metric = load_metric("activation-overlap")
    same = metric(assembly_of(responses), assembly_of(responses))
    assert float(same) == pytest.approx(1) and same.attrs["wasserstein"] == pytest.approx(0)
    assert float(metric(assembly_of(1.0 * (responses > 1)), assembly_of(responses))) < 0


def test_left_out_stimuli_and_mice_equal_scoring_without_them():
    trials, signal, subjects = skewed_population()
    folds = selection_folds(N_STIMULI, subjects, seed=0)[:1]
    target = load_metric("activation-overlap").prepare(trials, subjects, folds)
    channels = signal + np.random.default_rng(3).normal(size=signal.shape)
    found = target.left_out([ChosenLayers([channels], [0])])
    assert found.values[0, 0, 0] == pytest.approx(score_of(target, channels), abs=1e-12)
    part, means = folds[0].scoring, trials.mean(axis=0)
    others = np.setdiff1d(part.fit_stimuli, part.stimuli)
    counterparts = [
        int(np.argmax([overlap_by_loops(means[others, neuroid], channel, 10) for channel in channels[others].T]))
        for neuroid in part.neuroids
    ]
    mice = sorted(set(subjects))
    cases = [(row, stimulus) for row in range(1 + len(mice)) for stimulus in (0, part.stimuli[1], others[0])]
    for row, stimulus in cases:
        stimuli = np.setdiff1d(part.stimuli, [stimulus])
        kept = [subjects[neuroid] != mice[row - 1] if row else True for neuroid in part.neuroids]
        exponential = [-np.log(1 - (number + 0.5) / len(stimuli)) for number in range(len(stimuli))]
        overlaps, floors = [], []
        for neuroid, counterpart, is_kept in zip(part.neuroids, counterparts, kept, strict=True):
            if is_kept:
                matched = channels[stimuli, counterpart]
                overlaps.append(overlap_by_loops(means[stimuli, neuroid], matched, 10))
                floors.append(overlap_by_loops(means[stimuli, neuroid], exponential, 10))
        raw = (np.mean(overlaps) - np.mean(floors)) / (1 - np.mean(floors)) if overlaps else np.nan
        value = found.values[0, row, 1 + stimulus]
        assert value == pytest.approx(raw / target.ceiling, abs=1e-10, nan_ok=True)


def test_a_layer_without_distributions_has_no_score_whatever_is_left_out():
    trials, _, subjects = skewed_population()
    folds = selection_folds(N_STIMULI, subjects, seed=0)[:1]
    target = load_metric("activation-overlap").prepare(trials, subjects, folds)
    assert np.isnan(target.left_out([ChosenLayers([np.ones((N_STIMULI, 2))], [0])]).values).all()


@pytest.mark.slow
def test_benchmark(simulated_home):
    score = score_model("pixels", "simulated-mouse-VISp-activation-overlap")
    attrs = score.attrs
    expected = (attrs["overlap"] - attrs["overlap_exponential"]) / (1 - attrs["overlap_exponential"])
    assert attrs["raw"] == pytest.approx(expected, abs=0.02)
    assert float(score) == pytest.approx(attrs["raw"] / attrs["ceiling"])
    assert attrs["error"] > 0 and 0 < attrs["wasserstein"] < 0.5
    assert attrs["overlap_all_pairs"] == pytest.approx(attrs["overlap"], abs=0.05)  # matching gains next to nothing
