"""Two models on the same benchmarks: how much better one is, and whether that could be chance."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from ..brainscore_bridge.as_neural_model import as_neural_model
from ..core.errors import InvalidParameterError, UnreliableDataError
from ..core.interfaces import Benchmark, LeftOutBenchmark, ModelLike
from ..core.terminal.progress import progress
from ..models.loading import load_model
from ..plugins.discovery import load_benchmark
from ..uncertainty.leave_one_out import Estimate, Over, check_level, check_over, jackknife, mean_leave_one_out
from ..uncertainty.multiple_tests import benjamini_hochberg, holm
from ..uncertainty.random_effects import RandomEffects, random_effects_mean
from .paired_scores import left_out_benchmark, paired_scores


@dataclass(frozen=True)
class PairedComparison:
    """What :func:`compare` found.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per benchmark: `benchmark`, `first` and `second` (the models' scores), `difference` (first minus
        second), `low`, `high`, `standard_error`, `p`, `p_holm`, `p_fdr` (Benjamini-Hochberg),
        `degrees_of_freedom` (of Student's t).
    mean : Estimate or None
        The mean difference over the benchmarks, which share stimuli and mice. None for a single benchmark, or where
        they have different numbers of stimuli.
    random_effects : RandomEffects or None
        How much the differences truly differ between benchmarks (DerSimonian-Laird, which takes them for independent).
    over : str
        What the differences are generalized to.
    level : float
        Coverage of the intervals.
    left_out : dict of str to str
        Benchmarks whose recordings the metric refuses, each with the reason.
    """

    table: pd.DataFrame
    mean: Estimate | None
    random_effects: RandomEffects | None
    over: str
    level: float
    left_out: dict[str, str] = field(default_factory=dict)


def compare(
    first: "str | ModelLike",
    second: "str | ModelLike",
    benchmarks: Sequence[str | Benchmark],
    over: Over = "both",
    level: float = 0.95,
) -> PairedComparison:
    """Compare two models on benchmarks by a paired jackknife: both are scored without the same stimuli and mice.

    Each model's layers are those that :func:`brainscore_mouse.score_model` chooses, and stay the same whatever is left
    out. A stimulus is left out of the readouts of regression, too.

    Parameters
    ----------
    first, second : str or ImageModel or BrainModel or module of timm
        Two models, as `score_model` takes them.
    benchmarks : sequence of str or MouseNeuralBenchmark
        Identifiers of benchmarks of single areas, or benchmarks. p-values are corrected for their number.
    over : {'both', 'stimuli', 'mice'}
        What the difference is to be generalized to.
    level : float
        Coverage of the intervals.

    Raises
    ------
    InvalidParameterError
        If no benchmark is given, one is not of a single area, or another parameter has an invalid value.
    UnreliableDataError
        If there are too few stimuli, mice or neuroids for an error, or the recordings of no benchmark are reliable
        enough for its metric. Where those of some are, the others are left out, and named in `left_out`.
    """
    if not benchmarks:
        raise InvalidParameterError("no benchmark is given to compare on")
    check_over(over)
    check_level(level)
    loaded = [load_benchmark(benchmark) if isinstance(benchmark, str) else benchmark for benchmark in benchmarks]
    comparable = [left_out_benchmark(benchmark) for benchmark in loaded]  # all are checked before the first is loaded
    comparable, left_out = _loaded(comparable)  # before any weights
    models = [load_model(model) if isinstance(model, str) else as_neural_model(model) for model in (first, second)]
    rows, differences = [], []
    for benchmark in progress(comparable, desc="benchmarks", unit="benchmark"):
        scores = paired_scores(models, benchmark)
        differences.append(scores.of_difference(0, 1))
        of_models = {"first": float(scores.values[0, 0, 0]), "second": float(scores.values[1, 0, 0])}
        found = jackknife(differences[-1], over, level)
        rows.append({"benchmark": benchmark.identifier, **of_models, **found.as_row()})
    table = pd.DataFrame(rows)
    table["p_holm"] = holm(table["p"].to_numpy())
    table["p_fdr"] = benjamini_hochberg(table["p"].to_numpy())
    if len(table) == 1:
        return PairedComparison(table, None, None, over, level, left_out)
    same_stimuli = len({of_benchmark.values.shape[-1] for of_benchmark in differences}) == 1
    mean = jackknife(mean_leave_one_out(differences), over, level) if same_stimuli else None
    errors = table["standard_error"].to_numpy()
    # Models that are the same do not differ whatever is left out, and then there is nothing to weight by.
    random_effects = random_effects_mean(table["difference"].to_numpy(), errors) if (errors > 0).all() else None
    return PairedComparison(table, mean, random_effects, over, level, left_out)


def _loaded(benchmarks: Sequence[LeftOutBenchmark]) -> tuple[list[LeftOutBenchmark], dict[str, str]]:
    """Load recordings; return the benchmarks whose metric takes them, and why it does not take the others'."""
    loaded, refused = [], {}
    for benchmark in benchmarks:
        try:
            loaded.append(benchmark.load())
        except UnreliableDataError as error:
            if len(benchmarks) == 1:
                raise
            refused[benchmark.identifier] = str(error)
    if not loaded:
        raise UnreliableDataError(
            "The recordings of no benchmark are reliable enough to compare on: "
            + "; ".join(f"{name}: {reason}" for name, reason in refused.items())
        )
    return loaded, refused
