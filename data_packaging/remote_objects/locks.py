"""Trust on first use: what was read of remote objects, so that a later change is noticed."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from ...core.errors import CorruptDatasetError
from ...core.files import written_whole

BLOCK_BYTES = 256 * 1024
"""Objects are read, and locked, in blocks of this size."""


@dataclass
class ObjectLock:
    """What is known of one remote object.

    Attributes
    ----------
    size : int
        In bytes.
    sha256_of_block : dict of int to str
        Block number -> SHA-256, of the blocks of `BLOCK_BYTES` that were read; the last may be shorter.
    """

    size: int
    sha256_of_block: dict[int, str] = field(default_factory=dict)


class LockFolder:
    """Lock files on disk: one small JSON file for each remote object, at the object's key plus ``.lock.json``.

    Parameters
    ----------
    folder : Path
        The folder; made with the first lock.
    """

    def __init__(self, folder: Path):
        self._folder = folder

    def path(self, key: str) -> Path:
        """Return where the lock of an object is."""
        return self._folder / f"{key}.lock.json"

    def read(self, key: str) -> ObjectLock | None:
        """Return the lock of an object, or None if it was never read.

        Raises
        ------
        CorruptDatasetError
            If the lock file was damaged.
        """
        path = self.path(key)
        if not path.is_file():
            return None
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            blocks = {int(number): str(sha256) for number, sha256 in content["sha256_of_block"].items()}
            if content["block_bytes"] != BLOCK_BYTES:
                raise ValueError(f"blocks of {content['block_bytes']} bytes")
            return ObjectLock(int(content["size"]), blocks)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CorruptDatasetError(
                f"The lock file {path} is damaged ({error}). Remove it to trust the object's present content."
            ) from error

    def write(self, key: str, lock: ObjectLock) -> None:
        """Store the lock of an object."""
        content = {
            "key": key,
            "size": lock.size,
            "block_bytes": BLOCK_BYTES,
            "sha256_of_block": {str(number): lock.sha256_of_block[number] for number in sorted(lock.sha256_of_block)},
        }
        with written_whole(self.path(key)) as temporary:
            temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
