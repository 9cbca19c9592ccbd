"""The leaderboard's files: complete, escaped, and never written over something else."""

import http.client
import json
import re
import threading
from html.parser import HTMLParser

import numpy as np
import pytest
from brainscore_mouse import results_frame
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import DataError, InvalidParameterError
from brainscore_mouse.leaderboard import board_table
from brainscore_mouse.leaderboard.charts import domain_profile, histogram, layer_curves
from brainscore_mouse.leaderboard.page_name import page_name
from brainscore_mouse.leaderboard.serving import leaderboard_server
from brainscore_mouse.leaderboard.site import write_leaderboard
from brainscore_mouse.models.model_metadata import NOT_LICENSED
from brainscore_mouse.plugins.identifiers import benchmark_parts, in_order, model_parts
from brainscore_mouse.results.store import store_failure
from scipy.stats import spearmanr
from stored_scores import AREAS, LAYERS, store_made_up, store_table
from typer.testing import CliRunner

N_PAGES = 5  # scores, benchmarks, comparison, metrics, robustness
HOSTILE = "</script><script>window.harm=1</script><img src=x onerror=window.harm=1>"
MODELS = ["resnet18", "resnet18-random", "resnet18-neurn", "vit-b-16", "alexnet", HOSTILE]


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.text = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def data_of(folder):
    return json.loads((folder / "scores.js").read_text().removeprefix("window.SCORES = ").rstrip().removesuffix(";"))


def text_of_page(board, model):
    text = "".join(Elements((board / "models" / page_name(model)).read_text()).text)
    return " ".join(text.split())


def test_identifiers_are_taken_apart():
    parts = benchmark_parts("allen-mouse-VISp.Sst-rsa@64px")
    assert (parts.dataset, parts.area, parts.part, parts.metric, parts.variant) == (
        ("allen-mouse", "VISp", "Sst", "rsa", "64px")
    )
    assert not parts.is_whole_area and benchmark_parts("allen-mouse-npx-0-250ms-VISp-pls").is_whole_area
    assert benchmark_parts("example-mouse-LGd-example-rsa-pearson").metric == "example-rsa-pearson"
    average = benchmark_parts("allen-mouse-rsa")
    assert (average.dataset, average.area, average.metric) == ("allen-mouse", "all", "rsa")
    average = benchmark_parts("allen-mouse-npx-map-rmse")  # a metric of two words
    assert (average.dataset, average.area, average.metric) == ("allen-mouse-npx", "all", "map-rmse")
    robustness = benchmark_parts("dg-digits-MNIST-readout")
    assert robustness.is_robustness and robustness.dataset == "dg-digits-MNIST"
    trained = benchmark_parts("dg-digits-MNIST-training")
    assert trained.is_robustness and (trained.dataset, trained.area) == ("dg-digits-MNIST", "all")
    kinds = {
        name: vars(model_parts(name))
        for name in ("resnet50-neurn", "timm:vit_b+neurn", "neurn-pixels", "resnet18-random", "hf:org/dino-b-random.3")
    }
    assert kinds["resnet50-neurn"] == {"base": "resnet50", "family": "resnet", "kind": "NeuRN"}
    assert kinds["timm:vit_b+neurn"] == {"base": "timm:vit_b", "family": "vit", "kind": "NeuRN"}
    assert kinds["neurn-pixels"] == {"base": "pixels", "family": "pixels", "kind": "NeuRN"}
    assert kinds["hf:org/dino-b-random.3"] == {"base": "hf:org/dino-b", "family": "dino", "kind": "random"}
    assert kinds["resnet18-random"] == {"base": "resnet18", "family": "resnet", "kind": "random"}
    shuffled = ["dg-toy-readout", "x-VISl-ridge", "x-VISl-rsa", "x-VISp-rsa"]
    assert in_order(shuffled) == ["x-VISp-rsa", "x-VISl-rsa", "x-VISl-ridge", "dg-toy-readout"]


def test_table_holds_the_newest_scores(tmp_path):
    scores = store_table(MODELS)
    store_made_up("alexnet", "toy-mouse-VISp-rsa", 0.111, created="2026-02-01T00:00:00+00:00", data_sha256="d" * 64)
    write_leaderboard(tmp_path / "board")
    data = data_of(tmp_path / "board")
    models = [model["name"] for model in data["models"]]
    benchmarks = [benchmark["name"] for benchmark in data["benchmarks"]]
    assert set(models) == set(MODELS) and len(benchmarks) == len(AREAS) * 2 + 1
    for (model, benchmark), value in (scores | {("alexnet", "toy-mouse-VISp-rsa"): 0.111}).items():
        assert data["scores"][models.index(model)][benchmarks.index(benchmark)][:2] == [value, 0.02]
    ceiling = data["benchmarks"][benchmarks.index("toy-mouse-VISl-rsa")]
    assert (ceiling["ceiling"], ceiling["ceilingError"], ceiling["nMice"]) == (0.9, 0.01, 3)
    last = data["correlations"][-1]
    pairs = [[row[last[name]][0] for row in data["scores"]] for name in ("mouse", "robustness")]
    assert last["value"] == pytest.approx(spearmanr(*pairs).statistic, abs=1e-4)
    assert last["low"] <= last["value"] <= last["high"] and last["nModels"] == len(MODELS)


def test_ranks_are_shared_unless_a_model_is_clearly_ahead(tmp_path):
    """Errors of 0.02, taken for independent: with few models, differences below about 0.056 are not clear."""
    for model, value in {"a": 0.50, "b": 0.48, "c": 0.30, "d": 0.29}.items():
        store_made_up(model, "toy-mouse-VISp-rsa", value)
    store_made_up("no-error", "toy-mouse-VISp-rsa", 0.9, error=None)
    write_leaderboard(tmp_path / "board")
    data = data_of(tmp_path / "board")
    rank = {model["name"]: row[0][2] for model, row in zip(data["models"], data["scores"], strict=True)}
    assert rank == {"a": 1, "b": 1, "c": 3, "d": 3, "no-error": None}
    assert data["benchmarks"][0]["ranking"] == "independent" and data["groups"] == []
    assert "rank 3 among 5 models" in text_of_page(tmp_path / "board", "c")
    assert "its error is not known" in text_of_page(tmp_path / "board", "no-error")


def test_a_model_without_all_areas_has_the_mean_of_what_it_has_and_no_rank(tmp_path):
    for area, value in {"VISp": 0.5, "VISl": 0.3, "VISal": 0.1}.items():
        store_made_up("whole", f"toy-mouse-{area}-rsa", value)
        store_made_up("best", f"toy-mouse-{area}-rsa", value + 0.3)
    store_made_up("part", "toy-mouse-VISp-rsa", 0.6)
    store_made_up("part", "toy-mouse-VISl-rsa", 0.5)
    write_leaderboard(tmp_path / "board")
    data = data_of(tmp_path / "board")
    (group,) = data["groups"]
    assert [data["benchmarks"][number]["area"] for number in group["columns"]] == ["VISp", "VISl", "VISal"]
    mean = {model["name"]: row[0] for model, row in zip(data["models"], data["means"], strict=True)}
    assert mean == {"best": [0.6, 0.02, 1, 3], "whole": [0.3, 0.02, 2, 3], "part": [0.55, 0.02, None, 2]}
    text = text_of_page(tmp_path / "board", "part")
    assert "mean of 2 of 3 areas" in text and "some areas are missing" in text


def test_what_failed_is_shown_with_its_reason_and_what_was_never_run_is_not(tmp_path):
    store_made_up("works", "toy-mouse-VISp-rsa", 0.5)
    store_made_up("works", "toy-mouse-VISl-rsa", 0.5)
    told = {"error": "WeightsUnavailableError", "created": "2026-01-01T00:00:00+00:00", "host": {}}
    store_failure("broken", "toy-mouse-VISp-rsa", {**told, "message": f"no weights {HOSTILE}"})
    write_leaderboard(tmp_path / "board")
    data = data_of(tmp_path / "board")
    assert [model["name"] for model in data["models"]] == ["broken", "works"]
    assert data["failures"] == [[0, 0, f"WeightsUnavailableError: no weights {HOSTILE}"]]
    assert data["scores"][0] == [None, None]
    assert f"WeightsUnavailableError: no weights {HOSTILE}" in text_of_page(tmp_path / "board", "broken")


def test_differences_are_written_once_per_pair_as_text(tmp_path, monkeypatch):
    store_table(MODELS)
    write_leaderboard(tmp_path / "board")
    n_models, n_benchmarks, n_groups = len(MODELS), 2 * len(AREAS) + 1, 2
    rows = 0
    for number in range(n_models - 1):
        text = (tmp_path / "board" / "pairs" / f"{number}.js").read_text()
        content = json.loads(text.removeprefix(f"window.PAIRS[{number}] = ").rstrip().removesuffix(";"))
        assert set(content) == {str(other) for other in range(number + 1, n_models)}
        rows += sum(len(of_pair) for of_pair in content.values())
    assert rows == n_models * (n_models - 1) // 2 * (n_benchmarks + n_groups)
    monkeypatch.setattr(board_table, "LARGEST_N_DIFFERENCES", 10)
    write_leaderboard(tmp_path / "board")
    assert list((tmp_path / "board" / "pairs").iterdir()) == []
    assert "brainscore-mouse compare FIRST SECOND" in (tmp_path / "board" / "compare.html").read_text()
    assert [row[0][2] for row in data_of(tmp_path / "board")["scores"]].count(1) >= 1  # ranks need no page


def test_only_chosen_models_and_benchmarks_are_shown(tmp_path):
    store_table(MODELS)
    write_leaderboard(tmp_path / "board", models=["resnet18*"], benchmarks=["*-VISp-*"])
    data = data_of(tmp_path / "board")
    assert [model["name"] for model in data["models"]] == ["resnet18", "resnet18-neurn", "resnet18-random"]
    assert [one["name"] for one in data["benchmarks"]] == ["toy-mouse-VISp-rsa", "toy-mouse-VISp-ridge"]
    assert len(list((tmp_path / "board" / "models").iterdir())) == 3
    with pytest.raises(DataError, match="brainscore-mouse results show"):
        write_leaderboard(tmp_path / "other", models=["resnet19"])


def test_scores_of_other_stores_are_shown_together_and_this_one_stays_as_it_is(tmp_path, monkeypatch):
    for store, model, value in (("one", "a", 0.1), ("two", "b", 0.2)):
        monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(tmp_path / store))
        store_made_up(model, "toy-mouse-VISp-rsa", value)
    monkeypatch.setenv("BRAINSCORE_MOUSE_HOME", str(tmp_path / "own"))
    store_made_up("c", "toy-mouse-VISp-rsa", 0.3)
    options = ["--store", str(tmp_path / "one"), "--store", str(tmp_path / "two" / "results")]
    done = CliRunner().invoke(app, ["leaderboard", "--output", str(tmp_path / "board"), *options])
    assert done.exit_code == 0, done.output
    data = data_of(tmp_path / "board")
    assert [model["name"] for model in data["models"]] == ["a", "b"]
    assert results_frame()["model"].tolist() == ["c"]
    with pytest.raises(DataError, match="nowhere"):
        write_leaderboard(tmp_path / "board", stores=[tmp_path / "nowhere"])


def test_the_picture_shows_each_model_between_the_floor_and_the_controls(tmp_path):
    for area in AREAS:
        store_made_up("pixels", f"toy-mouse-{area}-rsa", 0.1, error=0.01)
        store_made_up("net-random.0", f"toy-mouse-{area}-rsa", 0.2, error=0.0)
        store_made_up("net-random.1", f"toy-mouse-{area}-rsa", 0.26, error=0.0)
        store_made_up("net", f"toy-mouse-{area}-rsa", 0.5, error=0.05)
        store_made_up("other", f"toy-mouse-{area}-rsa", 0.4, error=0.05)
    write_leaderboard(tmp_path / "board")
    page = Elements((tmp_path / "board" / "index.html").read_text())
    dots = [attrs for tag, attrs in page.found if tag == "circle"]
    bands = [attrs for tag, attrs in page.found if tag == "rect"]
    assert len(dots) == 2 * len(AREAS) and len(bands) == 2 * len(AREAS)
    first, second = dots[:2]
    floor, untrained = bands[:2]
    of_score = (float(second["cy"]) - float(first["cy"])) / 0.1  # pixels of the page for a score of 1
    assert float(floor["height"]) == pytest.approx(0.02 * of_score, abs=0.15)
    assert float(untrained["height"]) == pytest.approx(0.06 * of_score, abs=0.15)
    assert float(untrained["y"]) - float(first["cy"]) == pytest.approx((0.5 - 0.26) * of_score, abs=0.2)
    text = "".join(page.text)
    assert "0.50 ± 0.05" in text and "0.20 to 0.26" in text and "0.09 to 0.11" in text  # the same as a table


def test_mice_are_a_band_and_all_mice_together_are_not_ranked_among_models(tmp_path):
    """Of recordings that are not here, as where pages are built from scores alone."""
    name = "mouse-model:allen-mouse-npx-VISp"
    for model, value in {"a": 0.5, "b": 0.2}.items():
        store_made_up(model, "allen-mouse-npx-VISp-rsa", value)
    for mouse, value in {"m1": 0.6, "m2": 0.7}.items():
        store_made_up(f"{name}-{mouse}", "allen-mouse-npx-VISp-rsa", value, target=f"all mice but {mouse}, pooled")
    store_made_up("mouse-model:allen-mouse-npx-VISl-m1", "allen-mouse-npx-VISp-rsa", 0.3)  # of another area
    store_made_up(name, "allen-mouse-npx-VISp-rsa", 0.9, target="each mouse alone, by all others")
    write_leaderboard(tmp_path / "board")
    data = data_of(tmp_path / "board")
    rank = {model["name"]: row[0][2] for model, row in zip(data["models"], data["scores"], strict=True)}
    assert rank[name] is None and rank[f"{name}-m2"] == 1 and rank["a"] == 3
    assert "not on the scale of models" in text_of_page(tmp_path / "board", name)
    assert "0.58 to 0.72" in "".join(Elements((tmp_path / "board" / "index.html").read_text()).text)


def test_submitted_text_is_escaped_everywhere(tmp_path):
    store_table(MODELS)
    hostile = {
        "citation": HOSTILE,
        "layer": HOSTILE,
        "layer_scores": {HOSTILE: 0.2, "other": 0.1},
        "submission_sha256": HOSTILE,
        "versions": {HOSTILE: HOSTILE},
    }
    store_made_up(HOSTILE, f"{HOSTILE}-VISp-rsa", 0.2, **hostile)
    write_leaderboard(tmp_path / "board")
    pages = list((tmp_path / "board").rglob("*.html"))
    assert len(pages) == len(MODELS) + len(data_of(tmp_path / "board")["benchmarks"]) + N_PAGES
    for page in pages:
        elements = Elements(page.read_text())
        allowed = {"theme.js", "numbers.js", "leaderboard.js", "robustness.js", "compare.js", "scores.js"}
        scripts = [attrs for tag, attrs in elements.found if tag == "script"]
        assert {attrs["src"].rpartition("/")[2] for attrs in scripts} <= allowed
        assert not [name for _, attrs in elements.found for name in attrs if name.startswith("on")]
    assert "<" not in (tmp_path / "board" / "scores.js").read_text()
    text = "".join(Elements((tmp_path / "board" / "models" / page_name(HOSTILE)).read_text()).text)
    assert text.count(HOSTILE) > 5  # told, as text


def test_all_links_lead_somewhere_and_nothing_is_loaded_from_elsewhere(tmp_path):
    store_table(MODELS)
    write_leaderboard(tmp_path / "board")
    for page in (tmp_path / "board").rglob("*.html"):
        for _, attrs in Elements(page.read_text()).found:
            for name in ("href", "src"):
                target = attrs.get(name, "#")
                if not target.startswith(("#", "data:,")):
                    assert (page.parent / target.partition("#")[0]).is_file(), (page, target)
    style = (tmp_path / "board" / "assets" / "style.css").read_text()
    assert "url(" not in style and "@import" not in style
    for script in (tmp_path / "board" / "assets").glob("*.js"):
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", script.read_text())
        assert "innerHTML" not in script.read_text()


def test_model_page_tells_all_there_is(tmp_path):
    scores = store_table(MODELS)
    write_leaderboard(tmp_path / "board")
    page = (tmp_path / "board" / "models" / page_name("resnet18")).read_text()
    elements = Elements(page)
    text = "".join(elements.text)
    for (model, benchmark), value in scores.items():
        if model == "resnet18":
            assert f"{value:.3f}" in text and f"brainscore-mouse score resnet18 {benchmark}" in text
    pictures = [attrs for tag, attrs in elements.found if tag == "img"]
    assert len(pictures) == 2 * len(AREAS) and all(attrs["alt"] for attrs in pictures)
    assert len({attrs["src"] for attrs in pictures}) == len(AREAS) + 1  # the mouse's is one and the same
    assert "40 neuroids, median" in text and "<sketch>" in text and "The recordings, 2026" in text
    assert "is not registered" not in text and "that have the same name" not in text
    of_hostile = "".join(Elements((tmp_path / "board" / "models" / page_name(HOSTILE)).read_text()).text)
    assert "is not registered" in of_hostile and "brainscore-mouse score" not in of_hostile
    assert 'score_model(model, "toy-mouse-VISp-rsa")' in of_hostile


def test_model_page_says_what_is_known_of_the_weights_and_what_is_not(tmp_path):
    store_made_up("resnet18", "toy-mouse-VISp-rsa", 0.2, n_parameters=11_689_512)
    store_made_up("resnet18-random", "toy-mouse-VISp-rsa", 0.1)
    store_made_up("somebody's net", "toy-mouse-VISp-rsa", 0.3, image_size=[64, 96])
    store_made_up("nothing known", "toy-mouse-VISp-rsa", 0.3)
    write_leaderboard(tmp_path / "board")
    known, untrained, own, other = (
        (tmp_path / "board" / "models" / page_name(name)).read_text()
        for name in ("resnet18", "resnet18-random", "somebody's net", "nothing known")
    )
    facts = {"Parameters": "11,689,512", "Input": "224 x 224 px", "Training data": "ImageNet-1k"}
    for name, value in facts.items():
        assert f"<dt>{name}</dt><dd>{value}</dd>" in known
    assert "Licence of the weights" not in known  # torchvision states none
    assert f"<dt>Licence of the weights</dt><dd>{NOT_LICENSED}</dd>" in untrained
    facts_of_own = own.partition('<dl class="facts">')[2].partition("</dl>")[0]
    assert facts_of_own.strip() == "<dt>Input</dt><dd>64 x 96 px</dd>"
    assert "facts" not in other and "unknown" not in known + untrained + own + other


def test_model_page_says_when_scores_are_of_different_versions_of_a_registered_network(tmp_path):
    store_made_up("timm:resnet10t", "toy-mouse-VISp-rsa", 0.2, model_fingerprint="a" * 64, is_registered=True)
    store_made_up("timm:resnet10t", "toy-mouse-VISl-rsa", 0.3, model_fingerprint="b" * 64, is_registered=True)
    write_leaderboard(tmp_path / "board")
    page = (tmp_path / "board" / "models" / page_name("timm:resnet10t")).read_text()
    assert "Of 2 networks that have the same name" in page


def test_charts_put_values_where_they_belong():
    chart = layer_curves({"VISp": dict(zip(LAYERS, (0.0, 0.4, None), strict=True))}, {"VISp": "middle"})
    (series,) = chart["series"]
    first, second = ([float(text) for text in place.split(",")] for place in series["line"].split())
    assert first[1] == chart["bottom"] and second[1] == chart["top"] and second[0] > first[0]
    sizes = [float(size) for size in re.findall(r' r="([\d.]+)"', series["dots"])]
    assert len(sizes) == 2 and sizes[1] > sizes[0]  # the second is chosen
    assert [cells.count("–") for _, cells in chart["rows"]] == [0, 0, 1]  # noqa: RUF001
    assert [tick["label"] for tick in chart["y_ticks"]] == ["0", "0.1", "0.2", "0.3", "0.4"]
    values = np.random.default_rng(0).uniform(-0.3, 1.2, size=200).tolist()
    bars = histogram(values)
    counts = [int(bar["label"].rpartition(" ")[2]) for bar in bars["bars"]]
    assert sum(counts) == 200 and bars["median"] == np.median(values)
    assert bars["bars"][0]["label"].startswith("-0.3 to -0.2: ")
    profile = domain_profile([{"name": "a", "accuracy": 1.0, "error": None, "is_source": True}], 0.5)
    assert profile["chance_x"] == (profile["left"] + profile["rows"][0]["x"]) / 2


def test_layers_keep_their_order_through_the_store(tmp_path):
    """Their names, sorted, would be another order."""
    store_table(MODELS[:1])
    write_leaderboard(tmp_path / "board")
    text = "".join(Elements((tmp_path / "board" / "models" / page_name(MODELS[0])).read_text()).text)
    assert list(LAYERS) != sorted(LAYERS)
    assert text.index("Layer") < text.rindex("early") < text.rindex("middle0") < text.rindex("late0")


def test_page_names_are_safe_and_different():
    names = ["../../etc/passwd", "a b", "a-b", "a+b", "A-B", ".", "", "é" * 300, HOSTILE, "con"]
    names += [
        "timm:a/b",
        "timm:a_b",
        "timm:a-b",
        "timm-a-b",
        "timm:a/b+neurn",
        "torch-file:/timm:a/b",
        "torch-file:\\timm",
    ]
    pages = [page_name(name) for name in names]
    assert len({page.lower() for page in pages}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*-[0-9a-f]{8}\.html", page) and len(page) < 80 for page in pages)


def test_folder_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="brainscore-mouse score"):
        write_leaderboard(tmp_path / "board")
    store_table(MODELS[:2])
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.tex").write_text("all of it")
    with pytest.raises(InvalidParameterError, match="precious"):
        write_leaderboard(tmp_path / "precious")
    write_leaderboard(tmp_path / "board")
    store_table(["alexnet"])
    from brainscore_mouse.leaderboard import site

    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(site, "model_page", lambda *arguments: 1 / 0)
        write_leaderboard(tmp_path / "board")
    assert len(data_of(tmp_path / "board")["models"]) == 2  # the older one
    write_leaderboard(tmp_path / "board")
    assert {path.name for path in tmp_path.iterdir()} == {"board", "precious"}


def test_command_and_server(tmp_path):
    store_table(MODELS[:1])
    done = CliRunner().invoke(app, ["leaderboard", "--output", str(tmp_path / "board")])
    assert done.exit_code == 0, done.output
    assert str(tmp_path / "board" / "index.html") in done.stdout
    with leaderboard_server(tmp_path / "board") as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        connection.request("GET", "/")
        assert b"Mouse visual cortex scores" in connection.getresponse().read()
        server.shutdown()


def test_every_column_of_every_table_is_described(tmp_path):
    """For a pointer, for screen readers, and in a list below the table; all three say the same."""
    store_table(MODELS)
    store_made_up(
        "resnet18-random", "toy-mouse-VISp-rsa", 0.2, seed_scores=[{"seed": 0, "score": 0.1}, {"seed": 1, "score": 0.3}]
    )
    store_failure("vgg11", "toy-mouse-VISp-rsa", {"error": "E", "message": "m", "created": "2026-01-01"})
    write_leaderboard(tmp_path / "board")
    n_columns = 0
    for page in (tmp_path / "board").rglob("*.html"):
        text = page.read_text()
        listed = dict(re.findall(r'<dd id="([^"]+)">([^<]+)</dd>', text))
        assert len(listed) == len(re.findall(r'<dd id="', text)), f"an id twice in {page}"
        for head in re.findall(r"<thead>(.+?)</thead>", text, re.DOTALL):
            for column in re.findall(r"<th ([^>]*)>", head):
                title = re.search(r'title="([^"]+)"', column)
                of_reader = re.search(r'aria-describedby="([^"]+)"', column)
                assert title and of_reader, (page, column)
                assert listed[of_reader[1]] == title[1] and len(title[1]) > 20
                n_columns += 1
    assert n_columns > 100


def test_a_models_page_says_how_many_units_its_layers_have(tmp_path):
    store_table(["alexnet"], ["rsa"])
    write_leaderboard(tmp_path / "board")
    page = (tmp_path / "board" / "models" / page_name("alexnet")).read_text()
    assert page.count('<td class="layer">middle</td>\n<td class="number">1</td>') == len(AREAS)  # of `stored_scores`
