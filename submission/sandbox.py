"""Running a submitted model in a process of its own, and ending it when it takes too much."""

import contextlib
import dataclasses
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psutil
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ..brainscore_bridge.internals import CACHING_VARIABLE, INSTALL_VARIABLE
from ..core.errors import SubmissionError
from ..core.home import HOME_VARIABLE, cache_folder, datasets_folder, downloads_folder, results_folder
from .handover import Handover, max_bytes, printable, read_handover
from .isolation import why_not_isolated
from .limits import SET_UP_FAILED, Limits
from .plugin_run import write_stimuli

_SECONDS_BETWEEN_CHECKS = 0.05
# To import torch, on a slow disk.
_SECONDS_TO_ANSWER = 300
_LINES_SHOWN = 10
_CHUNK = 2**16
# Everything else, tokens and keys among it, stays out of a submitted model's sight.
_ENVIRONMENT_KEPT = ("PATH", "LANG", "LC_ALL", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass
class _Run:
    """What a run has said so far."""

    result: bytearray = dataclasses.field(default_factory=bytearray)
    output: bytearray = dataclasses.field(default_factory=bytearray)
    status: int | None = None


class Sandbox:
    """Runs submitted models, one at a time; a context manager.

    Attributes
    ----------
    not_isolated : str or None
        Why models are not isolated from network and files on this machine; None where they are.

    Raises
    ------
    SubmissionError
        On entering: if this is root and isolation is impossible, or the process did not start.
    """

    def __init__(self) -> None:
        self.not_isolated = why_not_isolated()

    def __enter__(self) -> "Sandbox":
        if self.not_isolated is not None and os.geteuid() == 0:
            raise SubmissionError(
                f"A submitted model is not run as root without isolation, which fails here ({self.not_isolated}). "
                "Submit as an ordinary user."
            )
        self._folder = Path(tempfile.mkdtemp(prefix="brainscore-mouse-sandbox-"))
        self._control, theirs = socket.socketpair()
        self._control.settimeout(_SECONDS_TO_ANSWER)
        command = [sys.executable, "-P", "-m", f"{__package__}.zygote", str(theirs.fileno())]
        with theirs, open(self._folder / "zygote.log", "wb") as log:
            self._zygote = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env=_environment(self._folder),
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for this process, which then ends the others
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._control.close()
        self._zygote.kill()
        self._zygote.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(
        self,
        plugin: Path,
        identifier: str,
        stimulus_sets: Sequence[StimulusSet],
        region_layer_map: Mapping[str, str],
        limits: Limits,
    ) -> Handover:
        """Show stimuli to a submitted model.

        Parameters
        ----------
        plugin : Path
            The plugin's folder, checked; nothing is written there.
        identifier : str
            Which of its models.
        stimulus_sets : sequence of StimulusSet
            With different identifiers.
        region_layer_map : mapping of str to str
            Layers that the submission commits to areas.
        limits : Limits
            What the model may use.

        Raises
        ------
        SubmissionError
            If it used too much, failed, or returned something else than Gram matrices of these stimuli. What it
            printed last is part of the message.
        """
        n_stimuli = {stimulus_set.identifier: len(stimulus_set) for stimulus_set in stimulus_sets}
        with tempfile.TemporaryDirectory(prefix="run-", dir=self._folder, ignore_cleanup_errors=True) as name:
            folder = Path(name)
            (folder / "scratch").mkdir()
            (folder / "stimuli").mkdir()
            write_stimuli(folder / "stimuli", stimulus_sets)
            hidden = (datasets_folder(), downloads_folder(), cache_folder(), results_folder())
            job = {
                "plugin": str(plugin.resolve()),
                "identifier": identifier,
                "stimuli": str(folder / "stimuli"),
                "scratch": str(folder / "scratch"),
                "region_layer_map": dict(region_layer_map),
                "hidden": [str(folder.resolve()) for folder in hidden],
                "isolated": self.not_isolated is None,
                "limits": dataclasses.asdict(limits),
                "environment": _environment(folder / "scratch"),
            }
            run = self._supervised(job, limits, max_bytes(n_stimuli))
            try:
                return self._handover(run, n_stimuli)
            except SubmissionError as error:
                raise SubmissionError(f"{error}{_last_lines(run.output)}") from None

    def _handover(self, run: _Run, n_stimuli: Mapping[str, int]) -> Handover:
        if run.status == 0 and run.result:
            return read_handover(bytes(run.result), n_stimuli)
        if run.status == SET_UP_FAILED and not run.result:
            raise SubmissionError("The model's process could not be set up, or ended with the status 70.")
        raise SubmissionError(f"The model's process ended with {_told(run.status or 0)} and returned no result.")

    def _supervised(self, job: dict[str, object], limits: Limits, max_result_bytes: int) -> _Run:
        run = _Run()
        result_here, result_there = os.pipe()
        output_here, output_there = os.pipe()
        pid = None
        with contextlib.ExitStack() as descriptors:
            for descriptor in (result_here, output_here):
                os.set_blocking(descriptor, False)
                descriptors.callback(os.close, descriptor)
            try:
                socket.send_fds(self._control, [json.dumps(job).encode()], [result_there, output_there])
            except OSError:
                raise SubmissionError(self._why_dead()) from None
            finally:
                os.close(result_there)
                os.close(output_there)
            replies = self._replies()
            pid = next(replies)["pid"]
            try:
                self._watch(run, pid, limits, max_result_bytes, result_here, output_here, replies)
            except BaseException:  # Ctrl-C, too
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
                if run.status is None:
                    next(replies)
                raise
        return run

    def _watch(
        self,
        run: _Run,
        pid: int,
        limits: Limits,
        max_result_bytes: int,
        result: int,
        output: int,
        replies: Iterator[dict[str, int]],
    ) -> None:
        deadline = time.monotonic() + limits.seconds
        baseline = _own_memory(psutil.Process(self._zygote.pid))
        with selectors.DefaultSelector() as selector:
            for source in (result, output, self._control):
                selector.register(source, selectors.EVENT_READ)
            while run.status is None:
                ready = {key.fd for key, _ in selector.select(_SECONDS_BETWEEN_CHECKS)}
                if self._control.fileno() in ready:
                    run.status = next(replies)["status"]
                for source in ready & {result, output}:
                    if not _read(source, run.result if source == result else run.output):
                        selector.unregister(source)
                while run.status is not None and (_read(result, run.result) or _read(output, run.output)):
                    _check_sizes(run, limits, max_result_bytes)
                _check_sizes(run, limits, max_result_bytes)
                if run.status is None:
                    self._check_use(pid, limits, baseline, deadline, run)

    def _check_use(self, pid: int, limits: Limits, baseline: int, deadline: float, run: _Run) -> None:
        if time.monotonic() > deadline:
            raise SubmissionError(
                f"The model took longer than {limits.seconds:g} s (--time-limit).{_last_lines(run.output)}"
            )
        n_processes, n_bytes = _use_below(pid, baseline)
        if n_processes > limits.processes:
            raise SubmissionError(
                f"The model started {n_processes} processes; {limits.processes} are allowed.{_last_lines(run.output)}"
            )
        if n_bytes > limits.memory_bytes:
            raise SubmissionError(
                f"The model used more than {limits.memory_bytes / 2**30:g} GiB of memory (--memory-limit)."
                f"{_last_lines(run.output)}"
            )

    def _replies(self) -> Iterator[dict[str, int]]:
        buffered = b""
        while True:
            while b"\n" not in buffered:
                try:
                    received = self._control.recv(_CHUNK)
                except TimeoutError:
                    raise SubmissionError("The process that runs submitted models does not answer.") from None
                if not received:
                    raise SubmissionError(self._why_dead())
                buffered += received
            line, _, buffered = buffered.partition(b"\n")
            yield json.loads(line)

    def _why_dead(self) -> str:
        log = (self._folder / "zygote.log").read_bytes()
        return f"The process that runs submitted models ended.{_last_lines(log)}"


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT_KEPT if name in os.environ}
    return kept | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        HOME_VARIABLE: str(folder / "home"),
        INSTALL_VARIABLE: "no",
        CACHING_VARIABLE: "1",
        # A graphics card cannot be taken away again by killing a process, and its memory has no limit.
        "CUDA_VISIBLE_DEVICES": "",
    }


def _read(descriptor: int, into: bytearray) -> int:
    """Read what there is; 0 at the end or if there is nothing now."""
    try:
        data = os.read(descriptor, _CHUNK)
    except BlockingIOError:
        return 0
    into += data
    return len(data)


def _check_sizes(run: _Run, limits: Limits, max_result_bytes: int) -> None:
    if len(run.result) > max_result_bytes:
        raise SubmissionError(f"The model returned more than the {max_result_bytes} bytes it could need.")
    if len(run.output) > limits.output_bytes:
        raise SubmissionError(f"The model printed more than {limits.output_bytes} bytes.{_last_lines(run.output)}")


def _use_below(pid: int, baseline: int) -> tuple[int, int]:
    """Count the processes below one, and their resident memory beyond what each had from its parent."""
    n_processes, n_bytes = 0, 0
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                n_processes += 1
                n_bytes += max(0, _own_memory(process) - baseline)
    return n_processes, n_bytes


def _own_memory(process: psutil.Process) -> int:
    """Return the resident memory that is not of files: a fork has those of its parent only once it touches them."""
    status = Path(f"/proc/{process.pid}/status")
    try:
        lines = status.read_text().splitlines()
    except OSError:  # not Linux, or gone
        return process.memory_info().rss
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "RssShmem:"))]
    return 1024 * sum(kilobytes)


def _told(status: int) -> str:
    if status > 128:
        with contextlib.suppress(ValueError):
            number = signal.Signals(status - 128)
            hint = ": it used more processor time than allowed" if number == signal.SIGXCPU else ""
            return f"the signal {number.name}{hint}"
    return f"the status {status}"


def _last_lines(output: bytes | bytearray) -> str:
    lines = printable(bytes(output[-4096:]).decode(errors="replace")).strip().splitlines()[-_LINES_SHOWN:]
    return "" if not lines else "\nIts last output:\n" + "\n".join(f"  | {line[:300]}" for line in lines)
