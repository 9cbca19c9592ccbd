"""Eigenspectra of recordings: exponents that were constructed, and what their errors are made of."""

import json

import numpy as np
import pytest
from brainscore_mouse import area_eigenspectrum, load_benchmark, load_metric
from brainscore_mouse.benchmarks.neural_benchmark import MouseNeuralBenchmark
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import InvalidParameterError, UnreliableDataError
from brainscore_mouse.functional import eigenspectrum
from brainscore_mouse.uncertainty.leave_one_out import LeaveOneOutScores, jackknife
from typer.testing import CliRunner

N_STIMULI, N_NEUROIDS = 41, 60


class MadeUpRecordings:
    """Recordings of an area without files."""

    dataset, area, variant, sha256 = "toy", "VISp", None, "0"

    def __init__(self, trials, subjects):
        self.trials, self.subjects = trials, subjects


def benchmark_of(trials, subjects):
    """Return a benchmark of these recordings."""
    return MouseNeuralBenchmark(
        "toy-VISp-rsa", "toy", "VISp", load_metric("rsa"), recordings=MadeUpRecordings(trials, subjects)
    )


def constructed(exponent):
    """Responses of three mice together whose components have the variances ``rank ** -exponent``, exactly."""
    generator = np.random.default_rng(0)
    basis = np.column_stack([np.ones(N_STIMULI), generator.normal(size=(N_STIMULI, N_STIMULI - 1))])
    scores = np.linalg.qr(basis)[0][:, 1:]
    axes = np.linalg.qr(generator.normal(size=(N_NEUROIDS, N_STIMULI - 1)))[0]
    variances = np.arange(1, N_STIMULI, dtype=float) ** -exponent
    return (scores * np.sqrt(N_STIMULI * variances)) @ axes.T, np.repeat(["a", "b", "c"], [30, 10, 20]), variances


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_a_constructed_exponent_is_found(exponent):
    responses, subjects, variances = constructed(exponent)
    found = area_eigenspectrum(benchmark_of(np.stack([7 + responses] * 4), subjects))
    np.testing.assert_allclose(found.variances, variances, rtol=1e-6)
    assert found.exponent.value == pytest.approx(exponent, abs=1e-6) and found.ranks == (4, 13)
    assert found.effective_dimension.value == pytest.approx(variances.sum() ** 2 / (variances**2).sum())
    assert (found.n_neuroids_compared, found.n_neuroids, found.n_mice, found.n_stimuli) == (60, 60, 3, 41)


def test_noise_that_the_trial_averages_keep_leaves_the_exponent_where_it_was():
    responses, subjects, _ = constructed(1.0)
    trials = responses + 0.4 * np.random.default_rng(1).normal(size=(40, *responses.shape))
    found = area_eigenspectrum(benchmark_of(trials, subjects), ranks=(1, 10))
    assert found.exponent.value == pytest.approx(1.0, abs=0.06)
    assert eigenspectrum(trials[:2].mean(axis=0), ranks=(1, 10)).exponent < 0.85


def test_errors_are_those_of_spectra_without_each_stimulus_and_mouse():
    responses, subjects, _ = constructed(1.0)
    trials = np.stack([responses] * 4)  # without noise, so that the halves make no difference
    found = area_eigenspectrum(benchmark_of(trials, subjects), ranks=(2, 9))
    values = np.empty((2, 4, 1 + N_STIMULI))
    for row, mouse in enumerate([None, "a", "b", "c"]):
        for column, stimulus in enumerate([None, *range(N_STIMULI)]):
            kept = np.ones(N_STIMULI, dtype=bool) if stimulus is None else np.arange(N_STIMULI) != stimulus
            alone = eigenspectrum(trials[:, kept][:, :, subjects != mouse], ranks=(2, 9))
            values[:, row, column] = alone.exponent, alone.effective_dimension
    for estimate, of_one in zip((found.exponent, found.effective_dimension), values, strict=True):
        expected = jackknife(LeaveOneOutScores(of_one[None], ("a", "b", "c")))
        assert (estimate.value, estimate.error, estimate.low, estimate.high) == pytest.approx(
            (expected.value, expected.error, expected.low, expected.high), rel=1e-6
        )


def test_with_one_mouse_errors_are_over_stimuli():
    responses, _, _ = constructed(1.0)
    found = area_eigenspectrum(benchmark_of(np.stack([responses] * 4), np.repeat("a", N_NEUROIDS)))
    assert found.over == "stimuli" and found.exponent.degrees_of_freedom == N_STIMULI - 1


def test_fewer_neuroids_cut_the_spectrum_off():
    """Drawn neuroids of every mouse; of all of them the numbers are those without a draw."""
    responses, subjects, _ = constructed(0.5)
    trials = np.stack([responses] * 4)
    few, every, whole = (
        area_eigenspectrum(benchmark_of(trials, subjects), ranks=(2, 9), n_neuroids=n) for n in (18, 60, None)
    )
    assert few.n_neuroids_compared == 18 and len(few.variances) == 18
    assert few.effective_dimension.value < 0.8 * whole.effective_dimension.value
    assert every.exponent == whole.exponent


def test_noise_alone_and_what_makes_no_sense_are_refused():
    responses, subjects, _ = constructed(1.0)
    benchmark = benchmark_of(np.stack([responses] * 4), subjects)
    noise = np.random.default_rng(2).normal(size=(4, *responses.shape))
    with pytest.raises(UnreliableDataError, match="rank"):
        area_eigenspectrum(benchmark_of(noise, subjects))
    with pytest.raises(UnreliableDataError, match="60"):
        area_eigenspectrum(benchmark, n_neuroids=61)
    for options in ({"ranks": (0, 5)}, {"ranks": (5, 5)}, {"ranks": (1, 41)}, {"n_neuroids": 0}):
        with pytest.raises(InvalidParameterError):
            area_eigenspectrum(benchmark, **options)
    with pytest.raises(InvalidParameterError, match="allen-mouse-npx-rsa"):
        area_eigenspectrum("allen-mouse-npx-rsa")


@pytest.mark.slow
def test_the_command_prints_what_the_function_finds(simulated_home):
    arguments = ["eigenspectrum", "simulated-mouse-VISp-rsa", "--ranks", "2", "12", "--neuroids", "60"]
    shown = CliRunner().invoke(app, [*arguments, "--json"])
    assert shown.exit_code == 0, shown.stderr
    record = json.loads(shown.stdout)
    found = area_eigenspectrum(load_benchmark("simulated-mouse-VISp-rsa"), ranks=(2, 12), n_neuroids=60)
    assert record["exponent"]["value"] == pytest.approx(found.exponent.value)
    assert record["ranks"] == [2, 12] and record["n_neuroids_compared"] == 60
    in_words = CliRunner().invoke(app, arguments).stdout
    assert f"ranks 2 to 12     {found.exponent.value:.3f} [" in in_words and "stimuli and mice" in in_words
