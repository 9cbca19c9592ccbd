"""Where objects are read from: a bucket by HTTP, or a folder of the same layout."""

import errno
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import requests
import urllib3

from ...core.errors import RemoteObjectMissingError, RemoteReadError
from ...core.home import absolute_path

_PASSING_STATUSES = {408, 425, 429, 500, 502, 503, 504}  # the server may answer better a little later
_MAX_RETRY_AFTER_S = 60.0
_BYTES_PER_READ = 64 * 1024
_TYPES_OF_PAGES = ("text/html", "application/xhtml+xml")
_ADDRESS_ERRORS = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema)


@dataclass(frozen=True)
class RetryPolicy:
    """How patiently a bucket is read.

    Attributes
    ----------
    attempts : int
        How often a range is asked for before giving up.
    first_delay_s : float
        Pause after the first failure; it doubles with each further one.
    timeout_s : float
        Longest wait for a connection, or for any byte.
    slowest_bytes_per_s : float
        An answer that takes `timeout_s` longer than at this rate has failed.
    """

    attempts: int = 6
    first_delay_s: float = 0.5
    timeout_s: float = 30.0
    slowest_bytes_per_s: float = 20_000.0


@dataclass(frozen=True)
class ByteRange:
    """A part of an object, as it was read.

    Attributes
    ----------
    content : bytes
        From the requested first byte to the requested end, or to the object's where that comes first.
    object_size : int
        In bytes.
    """

    content: bytes
    object_size: int


class Source(Protocol):
    """Something that objects are read from.

    Attributes
    ----------
    location : str
        What messages and manifests call it.
    bytes_read : int
        How much was read so far.
    """

    location: str
    bytes_read: int

    def read_range(self, key: str, start: int, stop: int) -> ByteRange:
        """Read bytes [start, stop) of an object.

        Raises
        ------
        RemoteObjectMissingError
            If there is no such object.
        RemoteReadError
            If it cannot be read.
        """
        ...


def source_at(location: str, policy: RetryPolicy | None = None) -> Source:
    """Return the source at an http(s) URL or in a local folder.

    Raises
    ------
    RemoteReadError
        If there is no such folder.
    """
    if location.startswith(("http://", "https://")):
        return HttpSource(location, policy or RetryPolicy())
    folder = absolute_path(location)
    if not folder.is_dir():
        raise RemoteReadError(f"The source {location!r} is neither an http(s) URL nor a folder on this machine.")
    return FolderSource(folder)


class FolderSource:
    """A local folder of a bucket's layout; see `Source`."""

    def __init__(self, folder: Path):
        self._folder = folder.resolve()
        self.location = str(self._folder)
        self.bytes_read = 0

    def read_range(self, key: str, start: int, stop: int) -> ByteRange:
        """See `Source.read_range`."""
        path = self._folder / key
        try:
            with open(path, "rb") as file:
                file.seek(start)
                content = file.read(stop - start)
            size = path.stat().st_size
        except FileNotFoundError as error:
            raise RemoteObjectMissingError(f"There is no {key} in {self.location}.") from error
        except OSError as error:
            raise RemoteReadError(f"{path} cannot be read: {error}.") from error
        if len(content) != max(min(stop, size) - start, 0):
            raise RemoteReadError(f"{path} cannot be read: it changed its length meanwhile.")
        self.bytes_read += len(content)
        return ByteRange(content, size)


class _PassingError(Exception):
    """A failure that another attempt may not meet."""

    def __init__(self, reason: str, wait_s: float = 0.0):
        super().__init__(reason)
        self.wait_s = wait_s


class HttpSource:
    """A bucket that answers range requests; see `Source`. Usable from several threads.

    What may pass is tried again. What another attempt cannot change fails at once: an address that is not one, a
    certificate that is not valid, a server that ignores ranges, and, before the server has answered for the first time,
    a name that cannot be resolved or a connection that is refused.

    Parameters
    ----------
    base_url : str
        Object keys are appended to it.
    policy : RetryPolicy
        When to try again and when to give up.
    """

    def __init__(self, base_url: str, policy: RetryPolicy):
        self.location = base_url.rstrip("/")
        self.bytes_read = 0
        self._policy = policy
        self._counter = threading.Lock()
        self._of_thread = threading.local()  # requests' sessions are not made for several threads
        self._has_answered = False
        self._has_sent_ranges = False

    def read_range(self, key: str, start: int, stop: int) -> ByteRange:
        """See `Source.read_range`; failures that may pass are retried with growing pauses."""
        delay_s = self._policy.first_delay_s
        for attempt in range(1, self._policy.attempts + 1):
            try:
                return self._attempt(key, start, stop)
            except _PassingError as error:
                if attempt == self._policy.attempts:
                    raise RemoteReadError(
                        f"{self.location}/{key}, bytes {start} to {stop}, could not be read in {attempt} attempts; "
                        f"the last failed because {error}. What is complete is kept: run the same again to continue."
                    ) from None
                time.sleep(max(delay_s, error.wait_s))
                delay_s *= 2
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _attempt(self, key: str, start: int, stop: int) -> ByteRange:
        # "identity": a length or range of a compressed transfer would not be that of the object.
        headers = {"Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}
        url = f"{self.location}/{quote(key)}"
        try:
            with self._session().get(url, headers=headers, stream=True, timeout=self._policy.timeout_s) as response:
                self._has_answered = True
                self._check_status(response, key)
                self._check_is_object(response, key)
                self._check_ranges(response, key, start, stop)
                size, expected = _announced(response, start, stop)
                return ByteRange(self._body(response, expected), size)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            lasting = _lasting_reason(error, self._has_answered)
            if lasting:
                raise RemoteReadError(f"{self.location} cannot be read: {lasting}.") from None
            first = list(_causes(error))[-1]
            raise _PassingError(f"the connection failed ({type(first).__name__}: {first})") from error

    def _check_is_object(self, response: requests.Response, key: str) -> None:
        """Raise RemoteReadError where something in between changes what is sent, or answers in the server's place."""
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise RemoteReadError(
                f"{self.location} sends {encoding} though it is not asked to compress, so that {key} cannot be read by "
                "ranges. Use a network without such a proxy, or another server."
            )
        content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if content_type in _TYPES_OF_PAGES and not key.lower().endswith((".html", ".htm")):
            raise RemoteReadError(
                f"{self.location} answered with a web page instead of {key}, as networks and servers do that ask for a "
                f"login. Open {response.url} in a browser."
            )

    def _check_ranges(self, response: requests.Response, key: str, start: int, stop: int) -> None:
        """Raise RemoteReadError where the whole of a larger object comes, from a server that has never sent ranges."""
        if response.status_code == 206:
            self._has_sent_ranges = True
        elif not self._has_sent_ranges and "bytes" not in response.headers.get("Accept-Ranges", ""):
            if start > 0 or _whole_number(response.headers.get("Content-Length", "")) > stop:
                raise RemoteReadError(
                    f"{self.location} does not send ranges of bytes, by which {key} is read. Use a server that does, "
                    "or, for a folder on a disk that this machine can read, give the folder itself as source."
                )

    def _session(self) -> requests.Session:
        if not hasattr(self._of_thread, "session"):
            self._of_thread.session = requests.Session()
        return self._of_thread.session

    def _check_status(self, response: requests.Response, key: str) -> None:
        status = response.status_code
        if status in _PASSING_STATUSES:
            raise _PassingError(f"the server answered {status} {response.reason}", _retry_after_s(response.headers))
        if status in (403, 404, 410):
            raise RemoteObjectMissingError(
                f"{self.location} answered {status} {response.reason} for {key}: it has no such object, or does not "
                "give it to the public."
            )
        if status not in (200, 206):
            raise RemoteReadError(f"{self.location} answered {status} {response.reason} for {key}.")

    def _body(self, response: requests.Response, expected: int) -> bytes:
        """Read the body, which must have the expected length and come at a bearable rate."""
        deadline = time.monotonic() + self._policy.timeout_s + expected / self._policy.slowest_bytes_per_s
        body = bytearray()
        # read1 returns what has come; iter_content would wait, and wait, for whole pieces.
        while part := response.raw.read1(_BYTES_PER_READ):
            body += part
            with self._counter:
                self.bytes_read += len(part)
            if len(body) > expected:
                break
            if time.monotonic() > deadline:
                raise _PassingError(f"it came too slowly ({len(body)} of {expected} bytes)")
        if len(body) != expected:
            raise _PassingError(f"{len(body)} bytes or more came instead of {expected}")
        return bytes(body)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it wraps, the innermost last; urllib3 and requests hide it in arguments and `reason`."""
    yield error
    for inner in (getattr(error, "reason", None), error.__cause__, error.__context__, *error.args):
        if isinstance(inner, BaseException):
            yield from _causes(inner)
            return


def _lasting_reason(error: BaseException, has_answered: bool) -> str | None:
    """Return why another attempt would fail as well; None if it may not."""
    if isinstance(error, _ADDRESS_ERRORS):
        return f"it is not an address ({error})"
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not valid ({cause.verify_message})"
        # A server that was there may be back soon.
        if has_answered:
            continue
        if isinstance(cause, socket.gaierror):
            return "its name cannot be resolved; check the address and the network"
        if isinstance(cause, ConnectionRefusedError):
            return "nothing answers at this address (connection refused)"
        if isinstance(cause, OSError) and cause.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
            return "there is no way to it in the network"
    if isinstance(error, requests.exceptions.ProxyError) and not has_answered:
        return f"the proxy does not connect ({list(_causes(error))[-1]})"
    return None


def _announced(response: requests.Response, start: int, stop: int) -> tuple[int, int]:
    """Return the object's size and the length of the body, as the headers tell; check that they fit the request."""
    if response.status_code == 200:  # the whole object, whatever range was asked for
        size = _whole_number(response.headers.get("Content-Length", ""))
        if start > 0 or size > stop:
            raise _PassingError("the server ignored the requested range")
        return size, size
    unit_and_range, _, total = response.headers.get("Content-Range", "").partition("/")
    size = _whole_number(total)
    if unit_and_range != f"bytes {start}-{min(stop, size) - 1}":
        raise _PassingError(f"the server sent the range {unit_and_range!r} instead of {start} to {stop}")
    return size, min(stop, size) - start


def _whole_number(text: str) -> int:
    if not text.isdecimal():
        raise _PassingError(f"the server did not tell the object's size, but {text!r}")
    return int(text)


def _retry_after_s(headers: Mapping[str, str]) -> float:
    text = headers.get("Retry-After", "")
    return min(float(text), _MAX_RETRY_AFTER_S) if text.isdecimal() else 0.0
