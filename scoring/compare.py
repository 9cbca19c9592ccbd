"""Two models on the same benchmarks: how much better one is, and whether that could be chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..brainscore_bridge.as_neural_model import as_neural_model
from ..core.errors import InvalidParameterError
from ..core.interfaces import Benchmark, ModelLike
from ..core.terminal.progress import progress
from ..models.loading import load_model
from ..plugins.discovery import load_benchmark
from ..uncertainty.difference import Difference, difference_of_draws
from ..uncertainty.multiple_tests import benjamini_hochberg, holm
from ..uncertainty.random_effects import RandomEffects, random_effects_mean
from ..uncertainty.resampling import Over
from .paired_draws import check_draws, paired_draws, resampled_benchmark


@dataclass(frozen=True)
class PairedComparison:
    """What :func:`compare` found.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per benchmark: `benchmark`, `first` and `second` (the models' scores), `difference` (first minus
        second), `low`, `high`, `standard_error`, `p`, `p_holm`, `p_fdr` (Benjamini-Hochberg), `n_draws` (draws in
        which the difference was defined).
    mean : Difference or None
        The mean difference over the benchmarks; they share the draws of stimuli. None for a single benchmark.
    random_effects : RandomEffects or None
        How much the differences truly differ between benchmarks (DerSimonian-Laird, which takes them for independent).
    over : str
        What was resampled.
    level : float
        Share of the draws within the intervals.
    """

    table: pd.DataFrame
    mean: Difference | None
    random_effects: RandomEffects | None
    over: str
    level: float


def compare(
    first: "str | ModelLike",
    second: "str | ModelLike",
    benchmarks: Sequence[str | Benchmark],
    over: Over = "both",
    n_draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> PairedComparison:
    """Compare two models on benchmarks by a paired bootstrap: both see the same draws of stimuli and mice.

    Each model's layers are those that :func:`brainscore_mouse.score_model` chooses, and stay the same in all draws; so
    do the readouts that regression fits, and the ceilings.

    Parameters
    ----------
    first, second : str or ImageModel or BrainModel or module of timm
        Two models, as `score_model` takes them.
    benchmarks : sequence of str or MouseNeuralBenchmark
        Identifiers of benchmarks of single areas, or benchmarks. p-values are corrected for their number.
    over : {'both', 'stimuli', 'mice'}
        What is resampled, i.e. the population to which the result should generalize. 'mice' draws their neuroids, too.
    n_draws : int
        Bootstrap draws.
    level : float
        Share of the draws within the intervals.
    seed : int
        Seed of the draws.

    Raises
    ------
    InvalidParameterError
        If no benchmark is given, one is not of a single area, or another parameter has an invalid value.
    UnreliableDataError
        If there are too few stimuli, mice or neuroids to draw from.
    """
    if not benchmarks:
        raise InvalidParameterError("no benchmark is given to compare on")
    check_draws(n_draws, over)
    if not 0 < level < 1:
        raise InvalidParameterError(f"level is {level}; it is the share of draws within an interval, such as 0.95.")
    loaded = [load_benchmark(benchmark) if isinstance(benchmark, str) else benchmark for benchmark in benchmarks]
    resampled = [resampled_benchmark(benchmark) for benchmark in loaded]  # all are checked before the first is loaded
    resampled = [benchmark.load() for benchmark in resampled]  # before any weights
    models = [load_model(model) if isinstance(model, str) else as_neural_model(model) for model in (first, second)]
    rows, draws = [], []
    for benchmark in progress(resampled, desc="benchmarks", unit="benchmark"):
        scores, of_models = paired_draws(models, benchmark, n_draws, over, seed)
        draws.append(of_models[0] - of_models[1])
        difference = difference_of_draws(float(scores[0] - scores[1]), draws[-1], level)
        models_scores = {"first": float(scores[0]), "second": float(scores[1])}
        rows.append({"benchmark": benchmark.identifier, **models_scores, **difference.as_row()})
    table = pd.DataFrame(rows)
    table["p_holm"] = holm(table["p"].to_numpy())
    table["p_fdr"] = benjamini_hochberg(table["p"].to_numpy())
    if len(table) == 1:
        return PairedComparison(table, None, None, over, level)
    mean = difference_of_draws(float(table["difference"].mean()), np.mean(draws, axis=0), level)
    errors = table["standard_error"].to_numpy()
    # Models that are the same do not differ in any draw, and then there is nothing to weight by.
    random_effects = random_effects_mean(table["difference"].to_numpy(), errors) if (errors > 0).all() else None
    return PairedComparison(table, mean, random_effects, over, level)
