"""What each command may import: a person waits for it before anything else happens."""

import json
import shlex
import subprocess
import sys

import pytest
from stored_scores import store_table

NUMBERS = {"numpy"}
TABLES = {"numpy", "pandas", "scipy"}
# In this order, since all run in one process: what one has imported the next may have.
MAY_IMPORT = {
    "--help": set(),
    "--version": set(),
    "run --help": set(),
    "list models": set(),
    "list benchmarks": set(),
    "list benchmarks '*-VISp-rsa' --local": set(),
    "list metrics": set(),
    "list datasets": set(),
    "data list": set(),
    "status": set(),
    "cache info": NUMBERS,
    "results query 'SELECT COUNT(*) FROM results'": NUMBERS,
    "results failures": NUMBERS,
    "results show": NUMBERS,
    f"results verify {'0' * 64}": TABLES,
    "leaderboard --output leaderboard --benchmarks '*-ridge'": TABLES,
}
HEAVY = (
    *("numpy", "pandas", "scipy", "scipy.stats", "xarray", "netCDF4", "dask", "sklearn", "matplotlib"),
    *("torch", "torchvision", "timm", "transformers", "huggingface_hub", "brainscore_core", "brainscore_vision"),
)
PROGRAM = """
import io, json, sys
from contextlib import redirect_stdout
from brainscore_mouse.command_line import app
imported = {}
for command, arguments in json.loads(sys.argv[1]).items():
    with redirect_stdout(io.StringIO()):
        try:
            app(arguments, standalone_mode=False)
        except SystemExit:
            pass
    imported[command] = [name for name in json.loads(sys.argv[2]) if name in sys.modules]
print(json.dumps(imported))
"""


@pytest.fixture
def imported(home, tmp_path):
    store_table(["resnet18", "my-net"])
    commands = {command: shlex.split(command) for command in MAY_IMPORT}
    arguments = [sys.executable, "-c", PROGRAM, json.dumps(commands), json.dumps(HEAVY)]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603
    assert (tmp_path / "leaderboard" / "index.html").is_file()
    return json.loads(done.stdout)


@pytest.mark.slow
def test_commands_that_look_import_only_what_they_need(imported):
    too_much = {command: set(imported[command]) - allowed for command, allowed in MAY_IMPORT.items()}
    assert not {command: names for command, names in too_much.items() if names}
