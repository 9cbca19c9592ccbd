"""What README and docs name exists: commands, options, functions, files and links; and their code runs."""

import ast
import builtins
import contextlib
import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from unittest import mock

import brainscore_mouse
import pytest
import typer
from brainscore_mouse import functional
from brainscore_mouse.command_line import app
from brainscore_mouse.plugins.registries import model_registry
from brainscore_mouse.results.open_view import RESULT_COLUMNS
from matplotlib import pyplot
from places import REPOSITORY

PAGES = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for path in (REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *(REPOSITORY / "docs").rglob("*.md"))
)
FENCE = re.compile(r"^```(?P<language>\w*)(?P<options>[^\n]*)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
OPTIONS_OF_OTHERS = {"--quiet", "--check", "--strict"}  # of pip, ruff and mkdocs


def text_of(page):
    return (REPOSITORY / page).read_text(encoding="utf-8")


def code_spans(text):
    return re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


def blocks(text, language):
    return [found["code"] for found in FENCE.finditer(text) if found["language"] == language]


def invocations(text):
    """Yield the words behind each ``brainscore-mouse`` in code, up to a pipe, comment or redirection."""
    code = [
        *code_spans(text),
        *(line for block in blocks(text, "bash") for line in block.replace("\\\n", " ").splitlines()),
    ]
    for line in code:
        for found in re.findall(r"(?:^|[ /])brainscore-mouse(?= |$)([^|;&#>]*)", line):
            yield line, shlex.split(found)


def leaf_of(words):
    """Return the command that words name, and the words behind its name; a group where they stop there."""
    command, rest = typer.main.get_command(app), list(words)
    while rest and hasattr(command, "commands"):
        if rest[0].startswith("-"):  # an option of all commands
            rest.pop(0)
            continue
        if rest[0] in ("...", "COMMAND"):
            return command, []
        assert rest[0] in command.commands, f"no command {rest[0]!r} in {words}"
        command = command.commands[rest.pop(0)]
    return command, rest


def options_of(command):
    return {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {
        "--help"
    }


def all_options(command=None):
    command = command or typer.main.get_command(app)
    found = options_of(command)
    for child in getattr(command, "commands", {}).values():
        found |= all_options(child)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_command_and_option_exists(page):
    text = text_of(page)
    for line, words in invocations(text):
        command, rest = leaf_of(words)
        used = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert used <= options_of(command), line
    groups = {name: child for name, child in typer.main.get_command(app).commands.items() if hasattr(child, "commands")}
    for span in code_spans(text):
        first, *rest = span.split(" ")
        if first in groups and rest and re.fullmatch(r"[a-z-]+", rest[0]):
            assert rest[0] in groups[first].commands, span
        if re.fullmatch(r"--[a-z-]+( .*)?", span):
            assert span.split(" ")[0].partition("=")[0] in all_options() | OPTIONS_OF_OTHERS, span


def defined_names():
    """Return the name of every function, class and method of the package, whose own tests are left out."""
    names = set(dir(builtins))
    for path in REPOSITORY.rglob("*.py"):
        if path.relative_to(REPOSITORY).parts[0] not in ("tests", ".venv", "build"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    names.add(node.name)
    return names


NAMES = defined_names()
NAMES_OF_OTHERS = {  # Brain-Score's, rsatoolbox's, numpy's and glob's
    "start_task", "start_recording", "look_at", "calc_rdm", "compare", "glob", "load_preprocess_images", "permutation",
    "default_rng", "random",
}  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_every_function_and_file_exists(page):
    for span in code_spans(text_of(page)):
        called = re.match(r"([A-Za-z_]\w*)\(", span)
        if called:
            assert called[1] in NAMES | NAMES_OF_OTHERS, span
        for name in re.findall(r"\bfunctional\.(\w+)", span):
            assert name in functional.__all__, span
        for name in re.findall(r"\bbrainscore_mouse\.([a-z_]\w*)\b", span):
            assert name in brainscore_mouse.__all__ or (REPOSITORY / name).exists() or name == "plugins", span
        if re.fullmatch(r"[\w/]+/[\w/]*\w\.py", span) and not span.startswith(
            ("models/my_", "metrics/my_", "benchmarks/my_")
        ):
            if span.split("/")[0] in {path.name for path in REPOSITORY.iterdir()}:
                assert (REPOSITORY / span).is_file(), span


@pytest.mark.parametrize("page", PAGES)
def test_code_is_valid_and_its_imports_exist(page):
    for code in blocks(text_of(page), "python"):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("brainscore_mouse"):
                exec(ast.unparse(node), {})  # noqa: S102
            if isinstance(node, ast.ImportFrom) and node.module == "brainscore_mouse":
                assert {alias.name for alias in node.names} <= set(brainscore_mouse.__all__), ast.unparse(node)


def slugs(page):
    """Return the anchors of a page's headings, as GitHub and mkdocs make them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_within_the_repository_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", text_of(page))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (REPOSITORY / page).parent / name if name else REPOSITORY / page
        assert path.exists(), target
        if anchor:
            assert anchor in slugs(path.resolve().relative_to(REPOSITORY.resolve()).as_posix()), target


def test_every_page_is_in_the_navigation():
    listed = (REPOSITORY / "mkdocs.yml").read_text()
    missing = [page for page in PAGES if page.startswith("docs/") and page.removeprefix("docs/") not in listed]
    assert all(page.startswith("docs/results/") for page in missing), missing


def test_every_public_function_is_in_the_reference():
    """Also those of `functional`; what the command line alone needs is not public."""
    reference = "".join(text_of(page) for page in PAGES if page.startswith("docs/reference/"))
    undocumented = [
        name
        for name in brainscore_mouse.__all__
        if not re.search(rf"\b{name}\b", reference) and name not in brainscore_mouse._ROOMS
    ]
    assert not undocumented


def run_blocks(page, home, tmp_path, monkeypatch, chosen=lambda options: True):
    """Run a page's Python code, and the commands that are marked so, in an empty folder; return what each printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BRAINSCORE_MOUSE_TUTORIAL", str(tmp_path))
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    namespace, printed = {"__name__": "__main__"}, []
    for found in FENCE.finditer(text_of(page)):
        if found["language"] == "python" and chosen(found["options"]):
            with contextlib.redirect_stdout(io.StringIO()) as output:
                exec(compile(found["code"], page, "exec"), namespace)  # noqa: S102
            printed.append(output.getvalue())
        if found["language"] == "bash" and "exec" in found["options"]:
            command = ["bash", "-e", "-o", "pipefail", "-c", found["code"]]
            done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
            printed.append(done.stdout)
    return printed


@pytest.mark.slow
def test_the_code_of_the_readme_prints_what_it_says(simulated_home, tmp_path, monkeypatch):
    printed = run_blocks("README.md", simulated_home, tmp_path, monkeypatch)
    (shown,) = blocks(text_of("README.md"), "text")
    assert printed[0] == shown


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [
        "docs/functional.md",
        "docs/tutorials/own_model.md",
        "docs/tutorials/add_an_area.md",
        "docs/tutorials/add_a_metric.md",
    ],
)
def test_the_code_of_the_tutorials_runs(page, simulated_home, tmp_path, monkeypatch):
    assert run_blocks(page, simulated_home, tmp_path, monkeypatch, lambda options: "exec" in options)


def test_the_tour_shows_what_its_code_gives():
    """The notebook is stored with its outputs, for GitHub; they must not be older than its code."""
    notebook = json.loads((REPOSITORY / "docs" / "tour.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(cells) > 5 and all(cell["outputs"] and cell["execution_count"] for cell in cells)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {kind for cell in cells for output in cell["outputs"] for kind in output.get("data", {})}
    assert kinds == {"text/plain", "text/html", "image/png"}
    assert not [output for cell in cells for output in cell["outputs"] if output["output_type"] == "error"]


@pytest.mark.slow
def test_the_tour_runs_and_its_first_score_is_the_stored_one(simulated_home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    notebook = json.loads((REPOSITORY / "docs" / "tour.ipynb").read_text(encoding="utf-8"))
    namespace = {}
    pyplot.switch_backend("agg")
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), namespace)  # noqa: S102
    pyplot.close("all")
    first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    (shown,) = [output["data"]["text/plain"] for output in first["outputs"] if "data" in output]
    assert repr(namespace["score"]) == "".join(shown)


def test_the_folder_of_arrays_in_data_md_is_packaged(home, tmp_path, monkeypatch):
    run_blocks("docs/data.md", home, tmp_path, monkeypatch, lambda options: False)
    code = next(code for code in blocks(text_of("docs/data.md"), "python") if "package_array_folder" in code)
    exec(compile(code, "docs/data.md", "exec"), {})  # noqa: S102
    assert "made-up-lab-VISp-rsa" in brainscore_mouse.list_benchmarks()
    assert Path("my-recordings").is_dir()


def test_the_untrained_control_of_models_md_is_the_mean_over_seeds_of_its_network():
    code = next(code for code in blocks(text_of("docs/models.md"), "python") if "UntrainedNetworks" in code)
    with mock.patch.dict(model_registry):
        exec(compile(code, "docs/models.md", "exec"), {})  # noqa: S102
        control = brainscore_mouse.load_model("small-net-random")
        one, other = (brainscore_mouse.load_model(f"small-net-random.{seed}") for seed in (3, 4))
    assert control.seeds == (0, 1, 2, 3, 4) and control.member(3).fingerprint == one.fingerprint != other.fingerprint


def test_tables_md_describes_all_columns_of_results():
    rows = [line for line in text_of("docs/tables.md").splitlines() if line.startswith("| `")]
    described = {span for row in rows for span in code_spans(row.split("|")[1])}
    assert {*RESULT_COLUMNS, "file"} - described == set()
