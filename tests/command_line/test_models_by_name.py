"""Models of libraries on the command line: run, list models, doctor and models fetch."""

import fnmatch
import json
import re
import shlex
import socket
import subprocess
import sys
from unittest import mock

import huggingface_hub
import pandas as pd
import pytest
import timm
import torch
import torchvision
from brainscore_mouse.command_line import app
from brainscore_mouse.command_line.patterns import matching_models
from brainscore_mouse.command_line.run import _next_command
from brainscore_mouse.core.errors import UnknownIdentifierError
from brainscore_mouse.models.model_name import ModelName
from brainscore_mouse.plugins.discovery import list_benchmarks
from brainscore_mouse.plugins.new_plugin import write_new_plugin
from brainscore_mouse.plugins.plugin_files import VARIABLE
from brainscore_mouse.plugins.registries import model_registry
from typer.testing import CliRunner

BENCHMARK = "simulated-mouse-VISp-rsa"


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(autouse=True)
def without_network(tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))

    def no_network(*arguments, **options):
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)


@pytest.mark.usefixtures("simulated_home")
@pytest.mark.slow
def test_a_pattern_of_a_source_is_counted_before_anything_is_downloaded():
    result = run("run", "--models", "timm:*", "--benchmarks", BENCHMARK, "--dry-run")
    n = len(timm.list_pretrained())
    assert f"{n} models: " in result.stderr
    assert f"{n} scores to compute" in result.stdout and f"{n} downloads" in result.stdout
    assert len(result.stdout.splitlines()) < 100


@pytest.mark.usefixtures("simulated_home")
def test_untrained_networks_need_no_download():
    names = ("--models", "torchvision:resnet18-random.2+neurn", "--models", "timm:test_vit*-random")
    output = run("run", *names, "--benchmarks", BENCHMARK, "--dry-run").stdout
    assert "torchvision:resnet18-random.2+neurn on" in output and "0 downloads" in output


@pytest.mark.usefixtures("simulated_home")
def test_table_files_may_name_patterns_of_sources_and_files(tmp_path):
    torch.save(torchvision.models.squeezenet1_1().state_dict(), tmp_path / "my net.pt")
    (tmp_path / "my net.json").write_text('{"network": "torchvision:squeezenet1_1", "image_size": 64}')
    models = [
        "timm:test_vit*-random.2",
        "torchvision:squeezenet1_1-random+neurn",
        f"torch-file:{tmp_path / 'my net.pt'}",
    ]
    (tmp_path / "table.toml").write_text(f"models = {json.dumps(models)}\nbenchmarks = ['{BENCHMARK}']\n")
    plan = json.loads(run("run", "--table", str(tmp_path / "table.toml"), "--dry-run", "--json").stdout)
    untrained = [f"timm:{name}-random.2" for name in timm.list_models("test_vit*")]
    assert {job["model"] for job in plan["to_do"]} == {*untrained, *models[1:]}
    assert not plan["downloads"]


def test_lists_of_sources_are_short_unless_all_is_asked_for():
    listed = run("list", "models", "--source", "timm").stdout.splitlines()
    assert len(listed) == 40 and all(line.startswith("timm:") for line in listed)
    everything = run("list", "models", "--source", "timm", "--all", "--pretrained").stdout.splitlines()
    assert len(everything) == len(timm.list_pretrained())
    (resnet18,) = run("list", "models", "--source", "torchvision", "resnet18.*").stdout.splitlines()
    assert resnet18.split() == ["torchvision:resnet18.IMAGENET1K_V1", "11.7", "M", "224"]
    with pytest.raises(UnknownIdentifierError, match="torchvision"):
        run("list", "models", "--source", "torchvison")


def test_registered_models_can_be_narrowed():
    assert run("list", "models", "gab*").stdout.split() == ["gabor"]
    assert run("list", "models", "pixels", "gab*").stdout.split() == ["pixels", "gabor"]
    for arguments in (("gabr*",), ("--source", "torchvision", "resnet18.*", "rsnet18*")):
        with pytest.raises(UnknownIdentifierError, match=arguments[-1].replace("*", r"\*")):
            run("list", "models", *arguments)
    pretrained = run("list", "models", "--pretrained").stdout.split()
    assert {"resnet18", "resnet18-neurn"} <= set(pretrained) and not {"resnet18-random", "pixels"} & set(pretrained)


def test_lists_for_other_programs_say_of_each_model_what_is_known():
    (resnet18,) = json.loads(run("list", "models", "--source", "torchvision", "resnet18.*", "--json").stdout)
    weights = torchvision.models.ResNet18_Weights.IMAGENET1K_V1
    assert resnet18 == {
        "model": "torchvision:resnet18.IMAGENET1K_V1",
        "source": "torchvision",
        "pretrained": True,
        "n_parameters": weights.meta["num_params"],
        "image_size": 224,
    }
    everything = json.loads(run("list", "models", "--source", "timm", "--pretrained", "--json").stdout)
    assert {row["model"] for row in everything} == {f"timm:{name}" for name in timm.list_pretrained()}
    sizes = {row["model"]: row["image_size"] for row in everything}
    assert sizes["timm:vit_base_patch16_sapiens2.fb"] == [1024, 768]
    untrained = json.loads(run("list", "models", "--source", "timm", "*-random", "--json").stdout)
    assert untrained and not any(row["pretrained"] for row in untrained)
    registered = json.loads(run("list", "models", "--json").stdout)
    assert [row["model"] for row in registered] == run("list", "models").stdout.split()
    pretrained = {row["model"]: row["pretrained"] for row in registered}
    assert pretrained["resnet18"] and pretrained["resnet18-neurn"] and not pretrained["resnet18-random"]
    assert all(row["source"] is None for row in registered)


def test_a_size_that_is_not_square_is_printed_whole():
    pattern = "vit_base_patch16_sapiens2*"
    assert run("list", "models", "--source", "timm", pattern).stdout.rstrip().endswith("1024 x 768")


def test_the_plain_list_imports_neither_torch_nor_timm():
    code = (
        "import sys; from brainscore_mouse.command_line import app; app(['list', 'models'], standalone_mode=False); "
        "assert not {'torch', 'timm', 'transformers'} & set(sys.modules)"
    )
    assert "gabor" in subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout  # noqa: S603


def test_doctor_says_whether_a_model_could_be_scored_now(tmp_path):
    missing = run("doctor", "--model", "timm:resnet18")
    assert missing.exit_code == 1
    for part in ("timm:resnet18.a1_in1k", "model.safetensors", str(tmp_path / "hub"), "models fetch"):
        assert part in missing.stdout
    there = run("doctor", "--model", "torchvision:resnet18-random")
    assert there.exit_code == 0 and "can be scored now" in there.stdout
    assert run("doctor", "--model", "resnet50").exit_code == 1
    with pytest.raises(UnknownIdentifierError):
        run("doctor", "--model", "timm:resnt18")


def test_doctor_says_the_same_to_other_programs(tmp_path, monkeypatch):
    missing = run("doctor", "--model", "timm:resnet18", "--json")
    answer = json.loads(missing.stdout)
    assert missing.exit_code == 1 and answer["model"] == "timm:resnet18.a1_in1k"
    assert answer["ready"] is False and answer["file"] is None and "models fetch" in answer["remedy"]
    there = run("doctor", "--model", "torchvision:resnet18-random", "--json")
    expected = {"model": "torchvision:resnet18-random", "ready": True, "file": None, "remedy": None}
    assert there.exit_code == 0 and json.loads(there.stdout) == expected
    of_brain_score = run("doctor", "--model", "brainscore:alexnet", "--json")
    assert of_brain_score.exit_code == 0 and json.loads(of_brain_score.stdout)["ready"] is None


def test_doctor_describes_the_machine_to_other_programs(home, tmp_path, monkeypatch):
    plugin = tmp_path / "empty_plugin.py"
    plugin.write_text("")
    (home / "datasets" / "broken").mkdir(parents=True)
    (home / "datasets" / "broken" / "manifest.json").write_text("{")
    found = json.loads(run("doctor", "--json", "--plugin", str(plugin)).stdout)
    assert found["versions"]["timm"] == timm.__version__
    assert [file["path"] for file in found["plugin_files"]] == [str(plugin)]
    assert found["folders"]["home"] == {"path": str(home), "writable": True, "problem": None}
    assert found["folders"]["results"]["n_scores"] == 0
    assert [(row["dataset"], bool(row["problem"])) for row in found["datasets"]] == [("broken", True)]
    weights = {row["model"]: row for row in found["weights"]}
    assert weights["resnet18"]["file"] is None and weights["resnet18"]["remedy"]


def test_fetch_loads_what_it_can_and_reports_the_rest():
    result = run("models", "fetch", "torchvision:squeezenet1_1-random.0", "timm:resnet18", "timm:resnet18+neurn")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == "2 models, 1 to be downloaded"
    assert "torchvision:squeezenet1_1-random.0: it needs no file" in result.stdout
    assert "failed: timm:resnet18.a1_in1k" in result.stderr


def test_after_mice_as_models_comes_the_command_that_takes_mice():
    rows = [
        ("pixels", BENCHMARK, 0.1),
        ("mouse-model:simulated-mouse-VISp", BENCHMARK, 0.9),
        ("alexnet", BENCHMARK, 0.2),
    ]
    scores = pd.DataFrame(rows, columns=["model", "benchmark", "score"]).assign(failure=None)
    expected = ["brainscore-mouse", "inter-animal", BENCHMARK, "--models", "pixels", "--models", "alexnet"]
    assert shlex.split(_next_command(scores)) == expected


def test_the_next_command_can_be_pasted_whatever_the_models_are_called():
    names = ["torch-file:/lab/my networks/net's.pt+neurn", "timm:resnet18.a1_in1k"]
    scores = pd.DataFrame(
        {"model": names, "benchmark": BENCHMARK, "score": [0.3, 0.2], "failure": [None, None]},
    )
    assert shlex.split(_next_command(scores)) == ["brainscore-mouse", "compare", *names, "--benchmarks", BENCHMARK]
    both = pd.concat([scores, scores.assign(benchmark="simulated-mouse-VISl-rsa")])
    named = ["--benchmarks", BENCHMARK, "--benchmarks", "simulated-mouse-VISl-rsa"]
    assert shlex.split(_next_command(both))[-4:] == named  # a pattern would add areas that have not been scored
    areas = [name for name in list_benchmarks() if fnmatch.fnmatch(name, "simulated-mouse-*-rsa") and "." not in name]
    every = pd.concat([scores.assign(benchmark=name) for name in areas])
    assert shlex.split(_next_command(every))[-1] == "simulated-mouse-*-rsa"


@pytest.mark.parametrize("pattern", ["resnet18-random.*", "timm:resnet18-random.?", "resnet*-random.[01]"])
def test_a_pattern_of_weight_seeds_is_refused_with_a_name_that_exists(pattern):
    with pytest.raises(UnknownIdentifierError) as refusal:
        run("run", "--models", pattern, "--benchmarks", BENCHMARK, "--dry-run")
    suggested = re.findall(r"'([^']+)'", str(refusal.value))
    assert suggested[0] == pattern and suggested[1].endswith("-random.0") and suggested[2].endswith("-random")
    for name in suggested[1:]:
        assert matching_models([name])


def test_a_weight_seed_may_follow_a_pattern():
    assert matching_models(["resnet1*-random.3+neurn"]) == ["resnet101-random.3+neurn", "resnet18-random.3+neurn"]


def test_a_pattern_that_matches_nothing_is_answered_with_the_closest_names():
    with pytest.raises(UnknownIdentifierError, match=r"'resnt18\*'.*resnet18\b.*list models"):
        run("list", "models", "resnt18*")
    with pytest.raises(UnknownIdentifierError, match=r"simulated-mouse-VISp-.*list benchmarks"):
        run("list", "benchmarks", "simulated-mouse-VISq-*")
    with pytest.raises(UnknownIdentifierError, match=r"'pixls\*'.*\bpixels\b"):
        matching_models(["pixls*"])


@pytest.mark.usefixtures("simulated_home")
def test_the_next_command_loads_the_plugins_that_this_one_was_given(tmp_path, monkeypatch):
    written = write_new_plugin("model", "next-net", tmp_path)
    monkeypatch.setenv(VARIABLE, "")  # choosing a file writes into it
    with mock.patch.dict(model_registry):
        models = ("--models", "next-net", "--models", "pixels")
        shown = run("run", "--plugin", str(written[0]), *models, "--benchmarks", BENCHMARK)
    (following,) = [line for line in shown.stdout.splitlines() if line.startswith("Next: ")]
    words = shlex.split(following)
    assert words[2] == "compare" and words[-2:] == ["--plugin", str(written[0])]
    with pytest.raises(UnknownIdentifierError, match=r"load_plugin\("):
        ModelName.parse("next-net")
