"""Where the jobs of a table are done: in this process, in local processes, or on a Dask cluster."""

import contextlib
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from ..core.errors import BrainscoreMouseError, InvalidParameterError, PluginError
from ..core.versions import package_versions
from ..plugins.discovery import import_plugins
from ..plugins.plugin_files import PluginFile, adopt_plugin_files, loaded_plugin_files
from .worker_process import prepare_worker_process

_logger = logging.getLogger(__name__)
_SECONDS_TO_CONNECT = 20


class WorkerDiedError(BrainscoreMouseError):
    """A process ended while it did a job."""


class Workers(Protocol):
    """Places that do one job at a time."""

    def places(self) -> Sequence[str]:
        """Return the names of the places that there are now."""
        ...

    def submit(self, place: str, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have a place call a function."""
        ...

    def died(self, error: BaseException) -> bool:
        """Tell whether a future's error means that the process ended, and that the job may be tried again."""
        ...

    def close(self, at_once: bool) -> None:
        """End the processes; `at_once`: whatever they are at."""
        ...


class ThisProcess:
    """The process that makes the table."""

    def places(self) -> Sequence[str]:
        """See `Workers`."""
        return ["this process"]

    def submit(self, place: str, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """See `Workers`; the call has ended when this returns."""
        future: Future[Any] = Future()
        future.set_result(function(*arguments))  # Ctrl-C goes through
        return future

    def died(self, error: BaseException) -> bool:
        """See `Workers`."""
        return False

    def close(self, at_once: bool) -> None:
        """See `Workers`."""


class LocalProcesses:
    """Processes on this machine; one that dies is replaced.

    Parameters
    ----------
    n_processes : int
        How many.

    Raises
    ------
    InvalidParameterError
        If that is less than one.
    """

    def __init__(self, n_processes: int):
        if n_processes < 1:
            raise InvalidParameterError(f"The number of processes is {n_processes}; it must be at least 1.")
        self._places = [f"process {number + 1}" for number in range(n_processes)]
        # A pool of one process each: if it dies, the others go on.
        self._pools: dict[str, ProcessPoolExecutor] = {}
        self._pids: dict[str, int] = {}

    def places(self) -> Sequence[str]:
        """See `Workers`."""
        return self._places

    def submit(self, place: str, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """See `Workers`."""
        if place in self._pools:
            with contextlib.suppress(BrokenProcessPool):
                return self._pools[place].submit(function, *arguments)
            self._pools.pop(place).shutdown(wait=True)
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(1, mp_context=context, initializer=prepare_worker_process)
        self._pids[place] = pool.submit(os.getpid).result()
        self._pools[place] = pool
        return pool.submit(function, *arguments)

    def died(self, error: BaseException) -> bool:
        """See `Workers`."""
        return isinstance(error, BrokenProcessPool)

    def close(self, at_once: bool) -> None:
        """See `Workers`."""
        for place, pool in self._pools.items():
            if at_once:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._pids[place], signal.SIGKILL)
            pool.shutdown(wait=True, cancel_futures=True)


def use_plugin_files(files: Sequence[PluginFile]) -> None:
    """Load the plugin files of the process that makes the table; raises PluginError where that fails."""
    adopt_plugin_files(files)
    import_plugins()


class DaskWorkers:
    """The workers of a Dask cluster that is there already; they may come and go.

    Each needs this package, in the same versions. Dask gives the job of a worker that dies to another, at most
    ``distributed.scheduler.allowed-failures`` times (3, unless configured otherwise).

    Parameters
    ----------
    address : str
        Of the scheduler, such as 'tcp://10.0.0.1:8786'.

    Raises
    ------
    BrainscoreMouseError
        If dask.distributed is not installed, or no scheduler answers there.
    """

    def __init__(self, address: str):
        try:
            import distributed
        except ImportError as error:
            raise BrainscoreMouseError(
                f"A Dask cluster needs dask.distributed ({error}): pip install 'brainscore-mouse[cluster]'"
            ) from error
        self._address = address
        self._killed = distributed.KilledWorker
        try:
            self._client = distributed.Client(address, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise BrainscoreMouseError(f"No Dask scheduler answers at {address} ({error}).") from error
        self._checked: dict[str, Any] = {}

    def places(self) -> Sequence[str]:
        """See `Workers`; one place for each worker, however many threads it has.

        Raises
        ------
        BrainscoreMouseError
            If the scheduler is gone, or a worker has other versions.
        PluginError
            If a worker cannot use the plugin files of this process.
        """
        try:
            addresses = sorted(self._client.nthreads())
        except (OSError, RuntimeError) as error:
            raise self._gone() from error
        new = [address for address in addresses if address not in self._checked]
        if new:
            for address, versions in self._client.run(package_versions, workers=new, on_error="return").items():
                self._check(address, versions)
            self._share_plugin_files([address for address in new if address in self._checked])
        return [address for address in addresses if address in self._checked]

    def submit(self, place: str, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """See `Workers`; where the worker has gone meanwhile, another calls the function."""
        future: Future[Any] = self._checked[place].submit(function, *arguments)
        return future

    def died(self, error: BaseException) -> bool:
        """See `Workers`; Dask itself has tried again."""
        if isinstance(error, self._killed):
            return False
        if self._client.status != "running":
            raise self._gone() from error
        return False

    def close(self, at_once: bool) -> None:
        """See `Workers`; jobs that wait are taken back."""
        for executor in self._checked.values():
            executor.shutdown(wait=False)
        self._client.close()

    def _check(self, address: str, versions: Any) -> None:
        if isinstance(versions, OSError):  # it has gone meanwhile
            _logger.warning("The worker at %s does not answer: %s", address, versions)
            return
        if isinstance(versions, BaseException):
            raise BrainscoreMouseError(
                f"The worker at {address} cannot do jobs of brainscore-mouse: {type(versions).__name__}: {versions}. "
                "Install the same versions there as here."
            ) from versions
        ours = package_versions()
        differing = [
            f"{name} {versions.get(name)} (here {ours[name]})" for name in ours if versions.get(name) != ours[name]
        ]
        if differing:
            raise BrainscoreMouseError(
                f"The worker at {address} has {', '.join(differing)}. Scores of other versions do not compare: install "
                "the same versions there as here."
            )
        self._checked[address] = self._client.get_executor(workers=[address], allow_other_workers=True, pure=False)

    def _share_plugin_files(self, addresses: list[str]) -> None:
        if not addresses:
            return
        import_plugins()
        outcomes = self._client.run(use_plugin_files, loaded_plugin_files(), workers=addresses, on_error="return")
        for address, outcome in outcomes.items():
            if isinstance(outcome, OSError):  # it has gone meanwhile
                _logger.warning("The worker at %s does not answer: %s", address, outcome)
                del self._checked[address]
            elif isinstance(outcome, BaseException):
                raise PluginError(f"The worker at {address} cannot use the plugin files: {outcome}") from outcome

    def _gone(self) -> BrainscoreMouseError:
        return BrainscoreMouseError(
            f"The Dask scheduler at {self._address} is gone. What is done is stored: the same command goes on from "
            "there."
        )
