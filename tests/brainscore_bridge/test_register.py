"""register() and unregister(): our plugins in brainscore_vision, within the process."""

import json

import brainscore_mouse
import brainscore_vision
import pytest
from brainscore_core.metrics import Score
from brainscore_core.plugin_management.conda_score import CondaScore
from brainscore_mouse import list_benchmarks, load_benchmark, score_model
from brainscore_mouse.brainscore_bridge import register as registration
from brainscore_mouse.brainscore_bridge.offer import offered
from brainscore_mouse.core.errors import BrainscoreMouseError
from private_brainscore import installed_folder
from small_commitment import commitment

pytestmark = pytest.mark.usefixtures("simulated_home")

BENCHMARK = "simulated-mouse-VISp-ridge"


@pytest.fixture(autouse=True)
def unregistered():
    yield
    brainscore_mouse.unregister()


@pytest.fixture
def small_model(monkeypatch):
    """A model that brainscore_vision.score() finds under the name 'small'."""
    model = commitment()
    monkeypatch.setattr(brainscore_vision, "load_model", lambda identifier: model)
    return model


def state():
    registries = ("benchmark", "metric", "data", "stimulus_set", "model")
    return (
        {name: dict(getattr(brainscore_vision, f"{name}_registry")) for name in registries},
        brainscore_vision.import_plugin,
        CondaScore.__dict__["save_score"].__func__,
    )


def test_everything_is_found_and_then_no_more():
    before = state()
    with pytest.raises(AssertionError, match=BENCHMARK):
        brainscore_vision.load_benchmark(BENCHMARK)
    brainscore_mouse.register()
    benchmark = brainscore_vision.load_benchmark(BENCHMARK)
    assert benchmark.identifier == BENCHMARK and type(benchmark) is type(load_benchmark(BENCHMARK))
    assert brainscore_vision.load_benchmark(f"{BENCHMARK}@64px").identifier == f"{BENCHMARK}@64px"
    assert brainscore_vision.load_metric("rsa", n_bootstraps=7).n_bootstraps == 7
    assert brainscore_vision.load_dataset("simulated-mouse-VISp").attrs["identifier"] == "simulated-mouse-VISp"
    everything = brainscore_vision.load_dataset("simulated-mouse")
    assert len(set(everything["region"].values)) == 6
    stimulus_set = brainscore_vision.load_stimulus_set("simulated-mouse")
    assert stimulus_set.identifier == everything.attrs["stimulus_set_identifier"]
    brainscore_mouse.unregister()
    assert state() == before
    with pytest.raises(AssertionError, match=BENCHMARK):
        brainscore_vision.load_benchmark(BENCHMARK)


def test_twice_is_once():
    before = state()
    brainscore_mouse.register()
    registered = state()
    brainscore_mouse.register()
    assert state()[1:] == registered[1:]
    brainscore_mouse.unregister()
    brainscore_mouse.unregister()
    assert state() == before


@pytest.mark.slow
def test_what_brain_score_has_stays_its_own():
    theirs = type(brainscore_vision.load_metric("ridge"))
    brainscore_mouse.register()
    assert type(brainscore_vision.load_metric("ridge")) is theirs
    ours = brainscore_vision.load_metric("mouse-ridge")
    assert type(ours) is type(brainscore_mouse.load_metric("ridge")) is not theirs
    with pytest.raises(AssertionError, match="mouse-rsa"):
        brainscore_vision.load_metric("mouse-rsa")  # it has one name


def test_what_a_user_registered_under_our_name_is_not_replaced():
    def theirs():
        return "theirs"

    before = brainscore_vision.import_plugin
    brainscore_vision.benchmark_registry[BENCHMARK] = theirs
    try:
        brainscore_mouse.register()
        with pytest.raises(AssertionError, match=BENCHMARK):  # as without us
            brainscore_vision.load_benchmark(BENCHMARK)
        brainscore_mouse.unregister()
        assert brainscore_vision.benchmark_registry[BENCHMARK] is theirs
    finally:
        del brainscore_vision.benchmark_registry[BENCHMARK]
    assert brainscore_vision.import_plugin is before


def test_what_was_put_in_front_of_us_stays(monkeypatch):
    original = brainscore_vision.import_plugin
    brainscore_mouse.register()
    ours = brainscore_vision.import_plugin
    calls = []

    def another(*args, **options):
        calls.append(args)
        return ours(*args, **options)

    monkeypatch.setattr(brainscore_vision, "import_plugin", another)
    brainscore_vision.load_benchmark(BENCHMARK)
    brainscore_mouse.unregister()
    assert brainscore_vision.import_plugin is another
    with pytest.raises(AssertionError, match=BENCHMARK):  # we are out of its way
        brainscore_vision.load_benchmark(BENCHMARK)
    assert len(calls) == 2
    monkeypatch.setattr(brainscore_vision, "import_plugin", original)


def test_datasets_packaged_later_are_found(home):
    brainscore_mouse.register()
    manifest = home / "datasets" / "later" / "manifest.json"
    content = json.loads((home / "datasets" / "simulated-mouse" / "manifest.json").read_text())
    manifest.parent.mkdir()
    manifest.write_text(json.dumps({**content, "identifier": "later"}))
    assert brainscore_vision.load_benchmark("later-VISp-rsa").identifier == "later-VISp-rsa"
    manifest.write_text("{")  # a damaged one does not keep the others from being found
    assert brainscore_vision.load_benchmark(BENCHMARK).identifier == BENCHMARK


def test_all_benchmarks_are_offered_under_their_own_names():
    assert {name for name, identifier in offered("benchmark").items() if name == identifier} == set(list_benchmarks())


@pytest.mark.slow
def test_score_equals_ours_and_leaves_site_packages_alone(small_model, capsys):
    before = left_in_site_packages()
    layer_map = small_model.layer_model.region_layer_map
    committed = dict(layer_map)
    brainscore_mouse.register()
    score = brainscore_vision.score("small", BENCHMARK)
    assert float(score) == pytest.approx(float(score_model(commitment(), BENCHMARK)), abs=1e-6)
    assert score.attrs["model_identifier"] == "small" and score.attrs["benchmark_identifier"] == BENCHMARK
    assert score.attrs["raw"] and score.attrs["ceiling"]
    assert small_model.layer_model.region_layer_map is layer_map and layer_map == committed
    assert left_in_site_packages() == before
    assert capsys.readouterr().out == ""


def left_in_site_packages():
    folder = installed_folder()
    return sorted([*folder.parent.iterdir(), *folder.iterdir(), *(folder / "benchmarks").iterdir()])


def test_a_score_on_anothers_benchmark_is_written_as_ever(tmp_path):
    brainscore_mouse.register()
    score = Score(0.5)
    score.attrs["benchmark_identifier"] = "MajajHong2015public.IT-pls"
    CondaScore.save_score(score, tmp_path / "library" / "__init__.py", "a_b")
    assert [path.name for path in tmp_path.iterdir()] == ["conda_score--a_b.pkl"]


def test_where_brain_score_reads_scores_back_they_are_written(tmp_path, monkeypatch):
    brainscore_mouse.register()
    monkeypatch.setenv("BS_INSTALL_DEPENDENCIES", "newenv")
    score = Score(0.5)
    score.attrs["benchmark_identifier"] = BENCHMARK
    CondaScore.save_score(score, tmp_path / "library" / "__init__.py", "a_b")
    assert float(CondaScore.consume_score(tmp_path / "library", "a_b")) == 0.5


def test_untested_versions_are_refused_before_anything_is_changed(monkeypatch):
    before = state()
    monkeypatch.setitem(registration.register.__globals__, "current_import_plugin", refuse)
    with pytest.raises(BrainscoreMouseError, match="untested"):
        brainscore_mouse.register()
    assert state() == before


def refuse():
    raise BrainscoreMouseError("untested")
