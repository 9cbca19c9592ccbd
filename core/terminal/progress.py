"""Progress: a bar on terminals and in notebooks, a plain line every now and then in files and pipes."""

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import Any, Self, TextIO

_FIRST_LINE_AFTER = 5.0  # seconds
_LONGEST_SILENCE = 60.0


def progress(
    iterable: Iterable[Any] | None = None,
    *,
    desc: str,
    unit: str,
    total: int | None = None,
    leave: bool = True,
    disable: bool = False,
) -> Any:
    """Show how far a loop is, on standard error.

    On a terminal and in a notebook this is tqdm's bar. Elsewhere, such as in a batch job's log, it prints a line after
    5 s, then less and less often, at least once a minute as long as the loop advances. Nothing is shown where
    ``$TQDM_DISABLE`` is set, which ``brainscore-mouse -q`` does.

    Parameters
    ----------
    iterable : iterable, optional
        What to loop over. Without it, call `update` on what is returned.
    desc : str
        What is counted, such as 'scores'.
    unit : str
        One of them, such as 'score'.
    total : int, optional
        How many there are. Default: the length of `iterable`.
    leave : bool
        Whether the last state stays visible.
    disable : bool
        Whether to show nothing.

    Returns
    -------
    tqdm, or an object with its methods `update`, `set_postfix_str`, `write` and `close`
    """
    hidden = disable or bool(os.environ.get("TQDM_DISABLE"))
    if sys.stderr.isatty() or _in_notebook():
        from tqdm.auto import tqdm  # loads asyncio and more, which a quick command without a bar does without

        return tqdm(iterable, desc=desc, unit=unit, total=total, leave=leave, disable=hidden)
    return _Lines(iterable, desc, unit, total, leave, hidden)


class _Lines:
    """Progress as whole lines, with the methods of a tqdm bar that this package uses."""

    def __init__(
        self, iterable: Iterable[Any] | None, desc: str, unit: str, total: int | None, leave: bool, disable: bool
    ):
        self._iterable = iterable
        self._what = desc
        self._total = len(iterable) if total is None and isinstance(iterable, Sized) else total
        self._leaves_last = leave
        self._is_disabled = disable
        self._n = 0
        self._postfix = ""
        self._started = self._printed = time.monotonic()
        self._silence = _FIRST_LINE_AFTER
        self._has_printed = False

    def __iter__(self) -> Iterator[Any]:
        with self:
            for item in self._iterable or ():
                yield item
                self.update()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def update(self, n: int = 1) -> None:
        """Count, and print a line if the last one is long enough ago."""
        self._n += n
        if not self._is_disabled and time.monotonic() - self._printed >= self._silence:
            self._print()
            self._silence = min(2 * self._silence, _LONGEST_SILENCE)

    def set_postfix_str(self, text: str) -> None:
        """Set what lines end with."""
        self._postfix = text

    def write(self, text: str, file: TextIO) -> None:
        """Print a line of its own."""
        print(text, file=file, flush=True)

    def close(self) -> None:
        """Print the last state, if a line was printed before."""
        if self._has_printed and self._leaves_last:
            self._print()
        self._is_disabled, self._has_printed = True, False

    def _print(self) -> None:
        elapsed = time.monotonic() - self._started
        text = f"{self._what}: {self._n}" + (f" of {self._total}" if self._total else "")
        if self._total and 0 < self._n < self._total:
            text += f", about {_duration(elapsed / self._n * (self._total - self._n))} left"
        else:
            text += f", {_duration(elapsed)}"
        print(text + (f" ({self._postfix})" if self._postfix else ""), file=sys.stderr, flush=True)
        self._printed, self._has_printed = time.monotonic(), True


def _duration(seconds: float) -> str:
    """Write a duration in the unit that people would use."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def _in_notebook() -> bool:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"
