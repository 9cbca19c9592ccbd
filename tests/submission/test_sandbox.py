"""Submissions that pass the static checks and misbehave when they run: refused, with store and machine unharmed."""

import os
import re
import shutil
import socket
import threading

import numpy as np
import psutil
import pytest
from brainscore_mouse import failures_frame, load_benchmark
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import BrainscoreMouseError, SubmissionError
from brainscore_mouse.submission.isolation import why_not_isolated
from brainscore_mouse.submission.limits import Limits
from brainscore_mouse.submission.sandbox import Sandbox
from brainscore_mouse.submission.score_submission import checked_submission, score_submission
from submissions import BENCHMARK, NETWORK, hash_of_folder, package_tiny_lab, write_plugin
from typer.testing import CliRunner

NOT_ISOLATED = why_not_isolated()
needs_isolation = pytest.mark.skipif(NOT_ISOLATED is not None, reason=f"cannot isolate: {NOT_ISOLATED}")
pytestmark = pytest.mark.skipif(
    NOT_ISOLATED is not None and os.geteuid() == 0, reason=f"root runs nothing without isolation: {NOT_ISOLATED}"
)

LIMITS = Limits(seconds=20, memory_bytes=2**30, scratch_bytes=2**20, output_bytes=2**18, processes=16)
HASTY = Limits(seconds=1, memory_bytes=2**30, scratch_bytes=2**20, output_bytes=2**18, processes=16)


@pytest.fixture(scope="module")
def sandbox():
    """One process with torch loaded; each model runs in a fork of it."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def tiny_lab(home, tmp_path):
    (tmp_path / "stimuli").mkdir()
    package_tiny_lab(tmp_path / "stimuli")
    return load_benchmark(BENCHMARK)


def submit(sandbox, folder, benchmark, tmp_path, limits=LIMITS):
    (tmp_path / "copy").mkdir()
    plugin = checked_submission(folder, tmp_path / "copy")
    return list(score_submission(sandbox, plugin, [benchmark], limits))


# Name -> (what get_model does, the message). It runs in the model's process.
MISBEHAVIOURS = {
    "exits at once with success": ("import os; os._exit(0)", "status 0"),
    "exits at once with failure": ("import os; os._exit(3)", "status 3"),
    "sys.exit": ("import sys; sys.exit(0)", "SystemExit: 0"),
    "raises KeyboardInterrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "segmentation fault": ("import ctypes; ctypes.string_at(1)", "SIGSEGV"),
    "abort": ("import os; os.abort()", "SIGABRT"),
    "kills itself": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    "endless recursion": ("return get_model()", "RecursionError"),
    "memory hog, one process": ("return bytearray(3 * 2**30)", "MemoryError"),
    "memory hog, through torch": ("return torch.zeros(2**30)", "RuntimeError.*memory"),
    "import error": ("from torch import no_such_name", "ImportError.*no_such_name"),
    "raises with terminal commands": (r"raise ValueError('\x1b[2J\x1b]0;pwned\x07')", r"ValueError: \?\[2J"),
    "raises with an endless message": ("raise ValueError('x' * 10**8)", r"ValueError: x{2000}\n"),
    "no layers": ("return image_model(small(), [])", r"hostile.*\[\]"),
    "layer that does not exist": ("return image_model(small(), ['cnov'])", "'cnov'.*conv"),
    "returns no model": ("return 42", "int.*ImageModel"),
    "NaN weights": ("n = small(); n.conv.weight.data[:] = float('nan'); return image_model(n)", "'conv'.*'scene_"),
    "infinite activations": (
        "n = small(); n.conv.bias.data[:] = float('inf'); return image_model(n)",
        "'conv'.*'scene_",
    ),
    "constant activations": ("n = small(); n.conv.weight.data[:] = 0; return image_model(n)", "'conv'|1 layers"),
    "one row too few": (
        "return image_model(small(cut=Cut()), ['cut'])",
        r"'cut'.*\(\d+, .*\d+",
    ),
    "an output that is no tensor": ("return image_model(small(words=Words()), ['words'])", "'words'"),
}
MODULES = """
class Cut(nn.Module):
    def forward(self, x):
        return x[1:]

class Words(nn.Module):
    def forward(self, x):
        return "words"
"""

BY_US = r"(?s)^(?!.*(Error:|status|signal))"
"""What was handed back is refused: the code that forged it neither failed nor was stopped."""

# Through the pipe by which results are handed back, which a model can find.
FORGED = {
    "garbage instead of results": ("give(os.urandom(5000))", BY_US),
    "garbage that is long": ("give(bytes(10**8))", r"\d+ bytes"),
    "a line that looks like a score": ("give(b'{\"score\": 1.0}\\n')", BY_US),
    "deeply nested": ("give(b'[' * 10**5 + b'\\n')", BY_US),
    "too few bytes": ("give(forged(np.eye(16))[:-8])", "'a'"),
    "too many bytes": ("give(forged(np.eye(16)) + b'x')", r"\b1 bytes\b"),
    "wrong shape": ("give(forged(np.eye(12)))", "'a'"),
    "negative definite": ("give(forged(-np.eye(16)))", "'a'"),
    "'a'": ("give(forged(np.triu(np.ones((16, 16)))))", "'a'"),
    "NaN in the matrix": ("give(forged(np.full((16, 16), np.nan)))", "'a'"),
    "numbers that overflow": ("give(forged(1e200 * np.eye(16)))", "'a'"),
    "impossible number of features": ("give(forged(np.eye(16), n_features=-5))", "'a'"),
    "a layer twice": ("give(forged(np.eye(16), layers=('a', 'a')))", r"\b2\b.*\b1000\b"),
    "a layer's name with terminal commands": ("give(forged(np.eye(16), layers=('\\x1b[2J',)))", BY_US),
    "other stimuli": ("give(forged(np.eye(16), stimulus_set='mine'))", BY_US),
}
FORGERY = """
import json, os, sys
import numpy as np
pipes = [int(fd) for fd in os.listdir("/dev/fd" if sys.platform != "linux" else "/proc/self/fd") if int(fd) > 2]

def give(data):
    for fd in pipes:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view):]
        except OSError:
            pass
    os._exit(0)

def forged(matrix, n_features=100, layers=("a",), stimulus_set=None):
    table = json.loads(next(p for p in stimulus_tables()).read_text())
    name = stimulus_set or next(iter(table))
    header = {"layers": layers, "region_layer_map": {}, "stimulus_sets": {name: dict.fromkeys(layers, n_features)}}
    return json.dumps(header).encode() + b"\\n" + np.vstack([matrix, np.zeros((1, len(matrix)))]).tobytes()

def stimulus_tables():
    from pathlib import Path
    return Path.cwd().parent.glob("stimuli/stimuli.json")
"""

TOO_LONG = {
    "endless loop": ("while True: pass", "--time-limit"),
    "sleeps": ("import time; time.sleep(1000)", "--time-limit"),
    "waits for a thread that never ends": (
        "import threading, time; t = threading.Thread(target=time.sleep, args=(1000,)); t.start(); t.join()",
        "--time-limit",
    ),
    "ignores signals": (
        "import signal; [signal.signal(s, signal.SIG_IGN) for s in (1, 2, 3, 15, 24)]\n    while True: pass",
        "--time-limit",
    ),
    "leaves its process group": (
        "import os, time\n    if os.fork() == 0:\n        os.setsid()\n        while True: pass\n    time.sleep(1000)",
        "--time-limit",
    ),
}

TOO_MUCH = {
    "endless output": ("while True: print('score: 1.0 ' * 1000)", r"\b262144 bytes\b"),
    "fork bomb": (
        "import os, time\n    for _ in range(60): os.fork() or time.sleep(1000)\n    time.sleep(1000)",
        r"\b16\b",
    ),
    "memory hog, many processes with shared memory": (
        "import mmap, os, time\n    for _ in range(5):\n        if os.fork() == 0:\n"
        "            m = mmap.mmap(-1, 300 * 2**20); m.write(bytes(300 * 2**20))\n"
        "            time.sleep(1000)\n    time.sleep(1000)",
        "--memory-limit",
    ),
    "memory hog, many processes": (
        "import os, time\n    for _ in range(5):\n        if os.fork() == 0:\n            x = b'x' * (300 * 2**20)\n"
        "            time.sleep(1000)\n    time.sleep(1000)",
        "--memory-limit",
    ),
}


def assert_refused(sandbox, source, message, home, tiny_lab, tmp_path, limits=LIMITS, head=""):
    folder = write_plugin(tmp_path / "plugin", f"{head}\ndef get_model():\n    {source}\n")
    (home / "cache").mkdir(exist_ok=True)
    before = hash_of_folder(home)
    with pytest.raises(BrainscoreMouseError, match=message):
        submit(sandbox, folder, tiny_lab, tmp_path, limits)
    failures = failures_frame()
    assert failures[["model", "benchmark"]].values.tolist() == [["hostile", BENCHMARK]]
    assert re.search(message, failures["message"][0])
    shutil.rmtree(home / "cache" / "result_view")
    shutil.rmtree(home / "cache" / "prepared", ignore_errors=True)  # of the recordings, where the model got that far
    files = [path for path in (home / "results").rglob("*") if path.is_file()]
    assert [path.name for path in files] == ["failure.json"]
    shutil.rmtree(home / "results")
    assert hash_of_folder(home) == before
    left = [process for process in psutil.Process(sandbox._zygote.pid).children(recursive=True)]
    assert not [process for process in left if process.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize(("source", "message"), MISBEHAVIOURS.values(), ids=MISBEHAVIOURS)
@pytest.mark.slow
def test_misbehaving_models(source, message, sandbox, home, tiny_lab, tmp_path):
    assert_refused(sandbox, source, message, home, tiny_lab, tmp_path, head=MODULES)


@pytest.mark.parametrize(("source", "message"), FORGED.values(), ids=FORGED)
@pytest.mark.slow
def test_forged_results(source, message, sandbox, home, tiny_lab, tmp_path):
    assert_refused(sandbox, source, message, home, tiny_lab, tmp_path, head=FORGERY)


@pytest.mark.parametrize(("source", "message"), TOO_LONG.values(), ids=TOO_LONG)
def test_models_that_take_too_long(source, message, sandbox, home, tiny_lab, tmp_path):
    assert_refused(sandbox, source, message, home, tiny_lab, tmp_path, limits=HASTY)


@pytest.mark.parametrize(("source", "message"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_models_that_take_too_much(source, message, sandbox, home, tiny_lab, tmp_path):
    assert_refused(sandbox, source, message, home, tiny_lab, tmp_path)


@needs_isolation
def test_what_is_left_behind_ends_with_the_run(sandbox, home, tiny_lab, tmp_path):
    """A process that leaves its group and outlives the model: the end of the process namespace is its end."""
    source = "import os, time\n    if os.fork() == 0:\n        os.setsid()\n        while True: pass\n    os._exit(5)"
    assert_refused(sandbox, source, "status 5", home, tiny_lab, tmp_path)


NAMESPACES = """
libc = ctypes.CDLL(None, use_errno=True)

def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

def unshare(flags):
    checked(libc.unshare(flags))

def clone_into_a_user_namespace():
    pid = libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)  # clone(CLONE_NEWUSER | SIGCHLD) on x86_64
    if pid == 0:
        os._exit(0)
    checked(pid)
"""


@needs_isolation
@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        ("(ROOT / 'results').mkdir()", "Read-only file system|File exists"),
        ("(ROOT / 'datasets/tiny-lab/manifest.json').write_text('mine')", "Read-only|No such file"),
        ("list((ROOT / 'datasets').iterdir())[0]", "IndexError"),
        ("(Path.home().parents[3] / 'mine').write_text('x')", "Read-only|Permission"),
        ("(Path(__file__).parent / 'model.py').write_text('x')", "Read-only"),
        ("Path('/dev/shm/x').write_bytes(bytes(2**21))", "No space|too large"),
        ("Path('big').write_bytes(bytes(2**21))", "File too large|No space|SIGXFSZ"),
        ("[Path(str(n)).write_bytes(bytes(2**19)) for n in range(5)]", "No space left"),
        ("[p for p in Path('/proc').iterdir() if p.name.isdigit()][5]", "IndexError"),
        ("Path('/proc/sys/kernel/core_pattern').write_text('x')", "Read-only|Permission"),
        ("ctypes.CDLL(None, use_errno=True).umount2(b'/run', 2) and os.strerror(ctypes.get_errno())[99]", "IndexError"),
        ("subprocess.run(['unshare', '-Ur', 'true'], check=True)", "No space left|unshare"),
        ("unshare(0x10000000)", "No space left|Operation not permitted"),  # a user namespace
        ("unshare(0x10020000)", "No space left|Operation not permitted"),  # with one of mounts
        ("unshare(0x00020000)", "No space left|Operation not permitted"),
        ("clone_into_a_user_namespace()", "No space left|Operation not permitted"),
        ("Path('/proc/sys/user/max_user_namespaces').write_text('10')", "Read-only|Permission"),
        ("os.kill(os.getppid(), 9) or os.setuid(0)", "Operation not permitted|Invalid argument"),
    ],
)
@pytest.mark.slow
def test_files_and_processes_out_of_reach(attempt, message, sandbox, home, tiny_lab, tmp_path):
    head = f"import ctypes, os, subprocess\nfrom pathlib import Path\nROOT = Path({str(home)!r})\n{NAMESPACES}"
    assert_refused(sandbox, attempt, message, home, tiny_lab, tmp_path, head=head)


@needs_isolation
@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.1"])
def test_no_network(address, sandbox, home, tiny_lab, tmp_path):
    """A server on this very machine cannot be reached, nor any other."""
    connections = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)

        def accept():
            try:
                connections.append(server.accept())
            except TimeoutError:
                pass

        thread = threading.Thread(target=accept)
        thread.start()
        source = f"import socket; socket.create_connection(({address!r}, {server.getsockname()[1]}), 5)"
        assert_refused(sandbox, source, "Network is unreachable", home, tiny_lab, tmp_path)
        thread.join()
    assert not connections


UNIX_SOCKETS = {
    "a stream": "socket.socket(socket.AF_UNIX).connect(PATH)",
    "datagrams": "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'hello', PATH)",
    "by name in another namespace": "socket.socket(socket.AF_UNIX).connect('\\0' + PATH)",
    "a pair that is connected again": "socket.socketpair(type=socket.SOCK_DGRAM)[0].connect(PATH)",
    "a pair of raw ones": "socket.socketpair(type=socket.SOCK_RAW)[0].sendto(b'hello', PATH)",
    "without Python's socket module": "checked(libc.syscall(SOCKET, 1, 1, 0))",
    "with rubbish in the upper half": "checked(libc.syscall(SOCKET, ctypes.c_ulong(0xdead << 32 | 1), 1, 0))",
    "in a child": "os.waitstatus_to_exitcode(os.system(f'{sys.executable} -c \\'import socket; socket.socket(1)\\''))"
    " and checked(libc.syscall(SOCKET, 1, 1, 0))",
    "in a thread": "[f.result() for f in [ThreadPoolExecutor(1).submit(socket.socket, socket.AF_UNIX)]]",
    "io_uring": "checked(libc.syscall(425, 8, ctypes.create_string_buffer(120)))",
    "to the host of a virtual machine": "socket.socket(40, socket.SOCK_STREAM)",
    "of the kernel's own services": "socket.socket(38, socket.SOCK_SEQPACKET)",
}


@needs_isolation
@pytest.mark.parametrize("attempt", UNIX_SOCKETS.values(), ids=UNIX_SOCKETS)
@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
@pytest.mark.slow
def test_no_unix_sockets_of_others(attempt, kind, sandbox, home, tiny_lab, tmp_path):
    """A service that listens outside of /run: nobody comes, nothing is said to it."""
    if kind == "SOCK_DGRAM" and "PATH" not in attempt:
        pytest.skip("not to any service")
    with socket.socket(socket.AF_UNIX, getattr(socket, kind)) as server:
        server.bind(str(path := tmp_path / "service"))
        if kind == "SOCK_STREAM":
            server.listen()
        server.setblocking(False)
        number = {"x86_64": 41, "aarch64": 198}[os.uname().machine]
        head = (
            f"import ctypes, os, socket, sys\nfrom concurrent.futures import ThreadPoolExecutor\nPATH = {str(path)!r}"
        )
        head += f"\nSOCKET = {number}\n{NAMESPACES}"
        assert_refused(sandbox, attempt, "PermissionError|Permission denied", home, tiny_lab, tmp_path, head=head)
        with pytest.raises(BlockingIOError):
            server.accept() if kind == "SOCK_STREAM" else server.recv(10)


@needs_isolation
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="of x86_64")
def test_system_calls_by_other_numbers_end_the_model(sandbox, home, tiny_lab, tmp_path):
    head = f"import ctypes, os\n{NAMESPACES}"
    attempt = "libc.syscall(0x40000000 + 41, 1, 1, 0)"
    assert_refused(sandbox, attempt, "SIGSYS", home, tiny_lab, tmp_path, head=head)


# What a model may do beside its passes, in processes of its own.
PROCESSES = {
    "a pool": "assert multiprocessing.get_context('fork').Pool(2).map(abs, [-1, 2]) == [1, 2]",
    "a pipe": "a, b = multiprocessing.Pipe(); a.send('x'); assert b.recv() == 'x'",
    "a queue": "q = multiprocessing.get_context('fork').Queue(); q.put(3); assert q.get() == 3",
    "workers of a DataLoader": "assert [x.tolist() for x in DataLoader(torch.arange(6.), 3, num_workers=2)]"
    " == [[0, 1, 2], [3, 4, 5]]",
    "workers of a DataLoader with labels": "assert [y.tolist() for x, y in DataLoader(TensorDataset("
    "torch.ones(4, 3, dtype=torch.bfloat16), torch.arange(4)), 2, num_workers=1)] == [[0, 1], [2, 3]]",
    "tensors of every kind": "q = torch.multiprocessing.get_context('fork').Queue()\n"
    "    for x in (torch.empty(0), torch.eye(3)[:, 1], nn.Parameter(torch.ones(2)), torch.arange(6).reshape(2, 3).T):\n"
    "        q.put(x); assert torch.equal(q.get(), x)",
    "an event loop": "assert asyncio.run(asyncio.sleep(0, 'x')) == 'x'",
    "a command": "assert subprocess.run(['echo', 'x'], capture_output=True).stdout == b'x\\n'",
}


@needs_isolation
@pytest.mark.parametrize("use", PROCESSES.values(), ids=PROCESSES)
@pytest.mark.slow
def test_processes_of_the_models_own_work(use, sandbox, home, tiny_lab, tmp_path):
    head = "import asyncio, multiprocessing, subprocess\nfrom torch.utils.data import DataLoader, TensorDataset"
    plugin = write_plugin(
        tmp_path / "plugin",
        f"{head}\ndef get_model():\n    {use}\n    {HONEST}\n",
        registry="model_registry['p'] = get_model",
    )
    (score,) = submit(sandbox, plugin, tiny_lab, tmp_path / "plugin")
    assert np.isfinite(float(score))


def test_no_secrets_in_the_environment(sandbox, home, tiny_lab, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    source = (
        "import os; from pathlib import Path; p = Path('/proc/self/environ')\n"
        "    found = dict(os.environ); first = p.read_text() if p.exists() else ''\n"
        "    raise ValueError(f\"{'SECRET_TOKEN' in found} {'hunter2' in first} {Path.home() == Path.cwd()}\")"
    )
    assert_refused(sandbox, source, "ValueError: False False True", home, tiny_lab, tmp_path)


HONEST = "return image_model(small())"
TRICKS = {
    "a thread that never ends": "import threading, time; threading.Thread(target=time.sleep, args=(1000,)).start()",
    "prints results": "print('{\"score\": 1.0}'); print('hostile on tiny-lab-VISp-rsa: 1.000')",
    "deletes its working directory": "import os, shutil; shutil.rmtree(os.getcwd(), ignore_errors=True)",
    "replaces our metric": (
        "from brainscore_mouse.metrics.rsa import metric; metric.RSATarget.evaluate = lambda *_: 1.0\n"
        "    import brainscore_mouse.scoring.score_model as s; s.score_model = lambda *_: 1.0"
    ),
    "closes stdout": "import os; os.close(1); os.close(2)",
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
@pytest.mark.slow
def test_tricks_that_change_nothing(trick, sandbox, home, tiny_lab, tmp_path):
    """The score is that of the same network without the trick."""
    plain = write_plugin(
        tmp_path / "plain", f"def get_model():\n    {HONEST}\n", registry="model_registry['plain'] = get_model"
    )
    tricky = write_plugin(tmp_path / "tricky", f"def get_model():\n    {trick}\n    {HONEST}\n")
    (expected,) = submit(sandbox, plain, tiny_lab, tmp_path / "plain")
    (score,) = submit(sandbox, tricky, tiny_lab, tmp_path / "tricky")
    assert float(score) == pytest.approx(float(expected), abs=1e-5)  # of float32 activations in two processes
    assert np.isfinite(float(score)) and abs(float(score)) < 0.9


# What fails, in which line of the plugin's files, and what the message shows of it.
FAILURES = {
    "in the plugin": ("raise ValueError('wrong layer')", r"__init__\.py, line 19: raise ValueError\('wrong layer'\)"),
    "in a function of it": ("return helper()", r"line 19: return helper\(\)\n  \| __init__\.py, line 3: return 1 / 0"),
    "in a library": ("return torch.zeros(2) @ torch.zeros(3)", r"line 19: return torch\.zeros"),
    "while it is recorded": (
        "return image_model(small(bad=nn.Linear(70, 3)), ['bad'])",
        r"traceback:\n  \| \w+\.py, line",
    ),
    "after some words": (
        "print('loading weights'); raise KeyError('fc')",
        r"(?s)line 19.*last output:\n  \| loading weights",
    ),
}
HELPER = "\ndef helper():\n    return 1 / 0\n"


@pytest.mark.parametrize(("source", "message"), FAILURES.values(), ids=FAILURES)
def test_a_failing_model_shows_where_it_failed_and_what_it_said_last(
    source, message, sandbox, home, tiny_lab, tmp_path
):
    folder = write_plugin(tmp_path / "plugin", f"\ndef get_model():\n    {source}\n", head=HELPER + NETWORK)
    with pytest.raises(SubmissionError, match=message) as told:
        submit(sandbox, folder, tiny_lab, tmp_path)
    assert "zygote" not in str(told.value) and len(str(told.value).splitlines()) < 30
    assert failures_frame()["message"].tolist() == [str(told.value)]
    output = CliRunner().invoke(app, ["results", "failures"]).output
    assert f"hostile on {BENCHMARK}" in output and "SubmissionError" in output


def test_a_failing_model_does_not_keep_the_others_of_its_submission_from_being_scored(
    sandbox, home, tiny_lab, tmp_path
):
    lines = "\n".join(
        [
            "model_registry['broken'] = lambda: 1 / 0",
            "model_registry['hostile'] = lambda: image_model(small())",
        ]
    )
    folder = write_plugin(tmp_path / "plugin", "", registry=lines)
    (tmp_path / "copy").mkdir()
    scores = []
    with pytest.raises(SubmissionError, match=r"broken: .*ZeroDivisionError"):
        for score in score_submission(sandbox, checked_submission(folder, tmp_path / "copy"), [tiny_lab], LIMITS):
            scores.append(score.attrs["model_identifier"])  # those before the error count
    assert scores == ["hostile"] and failures_frame()["model"].tolist() == ["broken"]


def test_interruption_ends_the_model(sandbox, home, tiny_lab, tmp_path, monkeypatch):
    """Ctrl-C while a model runs."""
    folder = write_plugin(tmp_path / "plugin", "def get_model():\n    while True: pass\n")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sandbox, "_check_use", interrupt)
    with pytest.raises(KeyboardInterrupt):
        submit(sandbox, folder, tiny_lab, tmp_path)
    assert not psutil.Process(sandbox._zygote.pid).children(recursive=True)
