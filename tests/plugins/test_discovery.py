"""Plugins are found by us, and by Brain-Score's own unmodified search."""

import re
import subprocess
import sys

import pytest
from brainscore_core.plugin_management.import_plugin import ImportPlugin
from brainscore_mouse import (
    list_benchmarks,
    list_datasets,
    list_metrics,
    list_models,
    load_benchmark,
    load_dataset,
    load_metric,
    load_model,
)
from brainscore_mouse.core.errors import DatasetNotFoundError, UnknownIdentifierError


@pytest.mark.parametrize(
    ("plugin_type", "identifier", "folder"),
    [
        ("benchmarks", "simulated-mouse-VISp-rsa", "simulated_mouse"),
        ("benchmarks", "allen-mouse-npx-VISrl-pls", "allen_mouse"),
        ("metrics", "ridge", "regression"),
        ("models", "resnet50-neurn", "torchvision_networks"),
        ("models", "pixels", "pixels"),
    ],
)
def test_brain_score_finds_our_plugins(plugin_type, identifier, folder):
    assert ImportPlugin("brainscore_mouse", plugin_type, identifier).plugin_dirname == folder


@pytest.mark.parametrize(("plugin_type", "identifiers"), [("metrics", list_metrics), ("models", list_models)])
def test_every_registered_identifier_has_a_literal_line(plugin_type, identifiers):
    for identifier in identifiers():
        ImportPlugin("brainscore_mouse", plugin_type, identifier)


def test_the_six_areas_of_every_dataset_have_literal_lines():
    """Parts of areas, further areas and averages are generated families, which need none."""
    datasets = (
        *("simulated-mouse", "allen-mouse", "allen-mouse-events", "allen-mouse-npx", "allen-mouse-npx-50-150ms"),
        *("allen-mouse-gratings", "allen-mouse-gratings-events", "allen-mouse-npx-gratings"),
    )
    of_an_area = re.compile(rf"({'|'.join(datasets)})-(VISp|VISl|VISal|VISpm|VISam|VISrl)-(rsa|ridge|pls)")
    identifiers = [identifier for identifier in list_benchmarks() if of_an_area.fullmatch(identifier)]
    assert len(identifiers) == len(datasets) * 6 * 3
    for identifier in identifiers:
        ImportPlugin("brainscore_mouse", "benchmarks", identifier)


def test_what_there_is():
    regions = ["VISp", "VISl", "VISal", "VISpm", "VISam", "VISrl"]
    expected = {f"simulated-mouse-{region}-{metric}" for region in regions for metric in ("rsa", "ridge", "pls")}
    assert expected <= set(list_benchmarks())
    assert {"activation-overlap", "cka", "map-rmse", "pls", "ridge", "rsa"} <= set(list_metrics())
    assert {"resnet50", "resnet50-random", "resnet50-neurn", "efficientnet-lite0", "pixels"} <= set(list_models())
    assert list_datasets() == ["simulated-mouse"]


@pytest.mark.parametrize(
    ("load", "identifier", "closest"),
    [
        (load_benchmark, "simulated-mouse-V1-rsa", "simulated-mouse-VISl-rsa"),
        (load_metric, "rgde", "ridge"),
        (load_model, "resnet-50", "resnet50"),
        (load_dataset, "simulated_mouse", "simulated-mouse"),
    ],
)
def test_unknown_identifiers_give_the_closest(load, identifier, closest):
    with pytest.raises(UnknownIdentifierError, match=closest):
        load(identifier)


def test_an_unknown_model_says_how_a_network_of_your_own_gets_a_name():
    with pytest.raises(UnknownIdentifierError, match=r"new-model.*--plugin FILE"):
        load_model("my-first-net")


def test_absent_recordings_say_how_to_get_them():
    benchmark = load_benchmark("allen-mouse-npx-VISp-rsa")
    with pytest.raises(DatasetNotFoundError, match="brainscore-mouse data package-arrays"):
        benchmark.load()


def test_import_is_light():
    """Neither torch nor Brain-Score, nor anything that takes its time."""
    program = (
        "import sys, brainscore_mouse; "
        "print([name for name in ('torch', 'brainscore_vision', 'brainscore_core', 'numpy', 'pandas') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


def test_listing_loads_no_torch():
    program = (
        "import sys, brainscore_mouse; brainscore_mouse.list_models(); brainscore_mouse.list_benchmarks(); "
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "False"


def test_a_benchmark_of_recordings_that_are_not_here_names_the_home_and_what_to_do(home):
    with pytest.raises(UnknownIdentifierError) as refused:
        load_benchmark("my-lab-V1-rsa")
    said = str(refused.value)
    assert "'my-lab'" in said and str(home) in said
    assert "brainscore-mouse data package-arrays FOLDER --dataset my-lab" in said
    with pytest.raises(UnknownIdentifierError) as refused:
        load_benchmark("simulated-mouse-VISq-rsa")  # its recordings are known; the area is not
    assert "There is no dataset" not in str(refused.value)
