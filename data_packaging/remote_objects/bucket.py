"""A bucket of objects that are read by ranges, checked against their locks, and handed to readers as files."""

import hashlib
import io
import struct
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from ...core.errors import RemoteObjectChangedError, UnexpectedFormatError
from .locks import BLOCK_BYTES, LockFolder, ObjectLock
from .sources import Source

T = TypeVar("T")

# What comes out of h5py, json, numpy, Pillow, zipfile and our readers when bytes are not what they should be.
_SIGNS_OF_BAD_BYTES = (
    *(UnexpectedFormatError, OSError, ValueError, LookupError, RuntimeError, EOFError, TypeError, AttributeError),
    *(ArithmeticError, MemoryError, SyntaxError, struct.error, zipfile.BadZipFile, zlib.error),
)
_READINGS = 3
_CACHED_BLOCKS = 128
_BLOCKS_PER_REQUEST = 64


class Bucket:
    """Objects of a source, trusted on first use.

    Parameters
    ----------
    source : Source
        Where the bytes come from.
    locks : LockFolder
        What is known of the objects.
    """

    def __init__(self, source: Source, locks: LockFolder):
        self.source = source
        self._locks = locks

    def read(self, key: str, reader: Callable[["RemoteFile"], T], min_request_bytes: int = BLOCK_BYTES) -> T:
        """Give an object to a reader, and lock what it read once the reader is content.

        Bytes damaged on their way are asked for again: where a block differs from its lock, and, at first use,
        where the reader fails.

        Parameters
        ----------
        key : str
            The object.
        reader : callable
            Takes the object as a binary file; raises where the content is not what it should be.
        min_request_bytes : int
            Read at least so much at a time: more for objects that are read from begin to end.

        Raises
        ------
        RemoteObjectMissingError, RemoteReadError
            If the object cannot be read.
        RemoteObjectChangedError
            If it is not what it was when it was first read.
        UnexpectedFormatError
            If the reader failed, on the same bytes, again and again; names the object.
        """
        lock = self._locks.read(key)
        problem: Exception | None = None
        blocks_of_last_reading: dict[int, str] | None = None
        for _ in range(_READINGS):
            file = RemoteFile(self.source, key, lock, min_request_bytes)
            try:
                content = reader(file)
            except _SIGNS_OF_BAD_BYTES as error:
                problem = error
                if file.sha256_of_block == blocks_of_last_reading:
                    break  # the object is like that
                blocks_of_last_reading = file.sha256_of_block
                continue
            known = lock.sha256_of_block if lock else {}
            if not file.sha256_of_block.items() <= known.items():
                self._locks.write(key, ObjectLock(file.size, {**known, **file.sha256_of_block}))
            return content
        if isinstance(problem, UnexpectedFormatError):
            raise UnexpectedFormatError(f"{key} of {self.source.location}: {problem}") from problem
        raise UnexpectedFormatError(
            f"{key} of {self.source.location} cannot be read ({type(problem).__name__}: {problem})."
        ) from problem


class RemoteFile(io.RawIOBase):
    """An object as a binary file for reading; blocks are fetched when they are needed, and some are kept.

    Parameters
    ----------
    source : Source
        Where the bytes come from.
    key : str
        The object.
    lock : ObjectLock or None
        What is known of the object.
    min_request_bytes : int
        Read at least so much at a time.
    """

    def __init__(self, source: Source, key: str, lock: ObjectLock | None, min_request_bytes: int = BLOCK_BYTES):
        super().__init__()
        self.key = key
        self.sha256_of_block: dict[int, str] = {}
        self._source = source
        self._lock = lock
        self._position = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._min_blocks = max(1, min_request_bytes // BLOCK_BYTES)
        self.size = lock.size if lock else -1  # -1: not known before the first answer
        self._fetch(0, self._min_blocks)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move the position, and return it."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = base + offset
        return self._position

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def, override]
        """Read into a buffer until it is full or the object ends; return the number of bytes."""
        view = memoryview(buffer).cast("B")
        stop = min(self._position + len(view), self.size)
        done = 0
        while self._position < stop:
            number, offset = divmod(self._position, BLOCK_BYTES)
            if number not in self._blocks:
                self._fetch(number, -(-stop // BLOCK_BYTES))
            self._blocks.move_to_end(number)
            part = self._blocks[number][offset : offset + stop - self._position]
            view[done : done + len(part)] = part
            done += len(part)
            self._position += len(part)
        return done

    def prefetch(self, start: int, stop: int) -> None:
        """Fetch what is missing of bytes [start, stop), as far as it can be kept.

        h5py reads under a lock of its own: what is there before does not keep other threads waiting.
        """
        first, last = start // BLOCK_BYTES, -(-min(stop, self.size) // BLOCK_BYTES)
        for number in range(first, min(last, first + _CACHED_BLOCKS)):
            if number not in self._blocks:
                self._fetch(number, last)

    def _fetch(self, first: int, stop: int) -> None:
        """Fetch a run of blocks that are not here, beginning with `first` and at most up to `stop`."""
        stop = max(stop, first + self._min_blocks)
        stop = min(stop, first + max(_BLOCKS_PER_REQUEST, self._min_blocks))
        if self.size >= 0:
            stop = min(stop, -(-self.size // BLOCK_BYTES))
        stop = next((number for number in range(first + 1, stop) if number in self._blocks), max(stop, first + 1))
        for reading in range(_READINGS):
            content = self._content(first, stop)
            blocks = {
                first + i // BLOCK_BYTES: content[i : i + BLOCK_BYTES] for i in range(0, len(content), BLOCK_BYTES)
            }
            digests = {number: hashlib.sha256(block).hexdigest() for number, block in blocks.items()}
            changed = [number for number, digest in digests.items() if self._known(number, digest) != digest]
            if not changed:
                break
            if reading == _READINGS - 1:
                raise self._changed(f"block {changed[0]} (of {BLOCK_BYTES} bytes) has another SHA-256")
        self.sha256_of_block.update(digests)
        self._blocks.update(blocks)
        while len(self._blocks) > max(_CACHED_BLOCKS, len(blocks)):
            self._blocks.popitem(last=False)

    def _content(self, first: int, stop: int) -> bytes:
        answer = self._source.read_range(self.key, first * BLOCK_BYTES, stop * BLOCK_BYTES)
        if self.size >= 0 and answer.object_size != self.size:
            raise self._changed(f"it has {answer.object_size} bytes and had {self.size}")
        self.size = answer.object_size
        return answer.content

    def _known(self, number: int, digest: str) -> str:
        """Return the block's SHA-256 as it was before, or `digest` if it was not read before."""
        if number in self.sha256_of_block:
            return self.sha256_of_block[number]
        return self._lock.sha256_of_block.get(number, digest) if self._lock else digest

    def _changed(self, how: str) -> RemoteObjectChangedError:
        return RemoteObjectChangedError(
            f"{self.key} of {self._source.location} has changed since it was first read: {how}. If the change is "
            "intended, remove the object's lock file and fetch the dataset again."
        )
