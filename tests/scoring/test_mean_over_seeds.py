"""The untrained control: the mean over weight seeds, its error, and what may not be taken for it."""

import numpy as np
import pytest
from brainscore_mouse import compare, load_model, plot_layers, result_records, results_frame, score_model, score_table
from brainscore_mouse.analyses.paper_figures import write_paper_figures
from brainscore_mouse.core.errors import LayerNotFoundError, ModelError, UnknownIdentifierError
from brainscore_mouse.core.home import results_folder
from brainscore_mouse.models.model_name import ModelName
from brainscore_mouse.models.untrained_networks import WEIGHT_SEEDS, UntrainedNetworks
from brainscore_mouse.plugins.registries import model_registry
from brainscore_mouse.results.store import result_files, write_record
from brainscore_mouse.scoring.plan import table_plan
from brainscore_mouse.scoring.score_table import table_jobs
from small_models import small_image_model, small_network

pytestmark = pytest.mark.usefixtures("simulated_home")
BENCHMARK = "simulated-mouse-VISp-ridge"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Register a small network with weight seeds."""

    def make(seed):
        return small_image_model(f"small-random.{seed}", network=small_network(seed))

    monkeypatch.setitem(model_registry, "small-random", lambda: UntrainedNetworks("small-random", make))


@pytest.fixture
def single():
    return [score_model(f"small-random.{seed}", BENCHMARK) for seed in WEIGHT_SEEDS]


@pytest.mark.slow
def test_the_score_is_the_mean_of_the_single_seeds_and_their_spread_enters_its_error(single):
    mean = score_model("small-random", BENCHMARK)
    values = [float(score) for score in single]
    assert float(mean) == pytest.approx(np.mean(values))
    within = np.mean([score.attrs["error"] ** 2 for score in single])
    assert mean.attrs["error"] == pytest.approx(np.sqrt(within + np.var(values, ddof=1)))
    assert mean.attrs["error_over_seeds"] == pytest.approx(np.std(values, ddof=1))
    assert [one["score"] for one in mean.attrs["seed_scores"]] == values
    assert [one["layer"] for one in mean.attrs["seed_scores"]] == [score.attrs["layer"] for score in single]
    for layer, value in mean.attrs["layer_scores"].items():
        assert value == pytest.approx(np.mean([score.attrs["layer_scores"][layer] for score in single]))
    assert mean.attrs["ceiling"] == single[0].attrs["ceiling"] and mean.attrs["n_mice"] == single[0].attrs["n_mice"]
    assert mean.attrs["is_registered"] and "rdm" not in mean.attrs
    assert score_model("small-random", BENCHMARK).attrs["from_cache"]


@pytest.mark.slow
def test_the_mean_shows_itself_and_in_figures_without_the_pictures_of_one_seed(tmp_path):
    score = score_model("small-random", "simulated-mouse-VISp-rsa")
    assert "rdm" not in score.attrs and "mouse_rdm" in score.attrs
    assert "RDM of the mice" in score._repr_html_()
    assert any("layer" in path.name for path in write_paper_figures(tmp_path / "figures").paths)
    assert plot_layers(score) is not None


@pytest.mark.slow
def test_scoring_the_mean_stores_no_single_seeds():
    score_model("small-random", BENCHMARK)
    assert {record["model_identifier"] for record in result_records()} == {"small-random"}


@pytest.mark.slow
def test_tables_and_normalizations_take_the_mean_too():
    table = score_table(["small-random", "small-random+neurn", "small-random.1+neurn"], [BENCHMARK])
    assert list(table["model"]) == ["small-random", "small-random+neurn", "small-random.1+neurn"]
    assert table["failure"].isna().all()
    single = score_model("small-random.1+neurn", BENCHMARK)
    seeds = score_model("small-random+neurn", BENCHMARK).attrs["seed_scores"]
    assert seeds[1]["score"] == pytest.approx(float(single))


@pytest.mark.slow
def test_the_error_of_a_comparison_contains_the_spread_over_seeds():
    error = score_model("small-random", BENCHMARK).attrs
    found = compare("small-random", "pixels", [BENCHMARK], over="stimuli").table.iloc[0]
    one = compare("small-random.0", "pixels", [BENCHMARK], over="stimuli").table.iloc[0]
    assert found["first"] == pytest.approx(float(score_model("small-random", BENCHMARK)))
    assert found["standard_error"] > 0.9 * error["error_over_seeds"]
    with_seeds = np.hypot(one["standard_error"], error["error_over_seeds"])
    assert found["standard_error"] == pytest.approx(with_seeds, rel=0.4)
    same = compare("small-random", "small-random", [BENCHMARK]).table.iloc[0]
    assert same["difference"] == same["low"] == same["high"] == 0


@pytest.mark.slow
def test_activations_and_layers_are_those_of_one_network():
    model = load_model("small-random")
    with pytest.raises(ModelError, match=r"load_model\('small-random.0'\)"):
        model.recorded_in("VISp", (0, 250))
    assert model.with_layer(["VISp"], "late").member(2).region_layer_map == {"VISp": "late"}
    with pytest.raises(LayerNotFoundError):
        model.with_layer(["VISp"], "nowhere")
    layer = score_model("small-random", BENCHMARK, layer="late")
    assert layer.attrs["layer"] == "late" and not layer.attrs["from_cache"]


def test_any_seed_can_be_named_and_nothing_else():
    assert load_model("small-random.17").identifier == "small-random.17"
    for name in ("small-random.01", "small-random.x", "small-random.", "pixels.3", "small.3"):
        with pytest.raises(UnknownIdentifierError):
            ModelName.parse(name)


@pytest.mark.slow
def test_a_single_network_that_has_the_name_is_not_taken_for_the_mean(monkeypatch):
    """Until version 0.2, <name>-random was one network: such scores are outdated once there is a mean."""
    score_model("small-random.0", BENCHMARK)
    (path,) = result_files(results_folder())
    old = next(iter(result_records())) | {"model_identifier": "small-random"}
    write_record(old, path.parents[2] / "small-random" / path.parent.name / path.name)
    assert not score_model("small-random", BENCHMARK).attrs["from_cache"]
    frame = results_frame(outdated=True).query("model == 'small-random'")
    assert sorted(frame["is_current"]) == [False, True]
    assert frame[frame["is_newest"]]["seed_scores"].notna().all()


@pytest.mark.slow
def test_the_plan_does_not_count_a_single_network_as_the_stored_mean():
    score_model("squeezenet1-1-random.0", "simulated-mouse-VISp-rsa", layer="features.2")
    (record,) = result_records()
    (path,) = result_files(results_folder())
    write_record(
        record | {"model_identifier": "squeezenet1-1-random"},
        path.parents[2] / "squeezenet1-1-random" / path.parent.name / path.name,
    )
    plan = table_plan(table_jobs(["squeezenet1-1-random", "squeezenet1-1-random.0"], ["simulated-mouse-VISp-rsa"]))
    assert [job.model for job in plan.to_do] == ["squeezenet1-1-random"]
    assert [job.model for job in plan.stored] == ["squeezenet1-1-random.0"]
