"""Trust on first use: what was read of remote objects, so that a later change is noticed."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from ...core.errors import CorruptDatasetError
from ...core.files import written_whole
from ...core.json_files.kind import COUNT, TEXT, mapping_of, object_with
from ...core.json_files.read_json import read_json

BLOCK_BYTES = 256 * 1024
"""Objects are read, and locked, in blocks of this size."""
_LOCK = object_with({"size": COUNT, "block_bytes": COUNT, "sha256_of_block": mapping_of(TEXT)})
_HOW_TO_TRUST = "Remove it to trust the object's present content."


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
        content = read_json(path, _LOCK, CorruptDatasetError, _HOW_TO_TRUST)
        try:
            blocks = {int(number): sha256 for number, sha256 in content["sha256_of_block"].items()}
            if content["block_bytes"] != BLOCK_BYTES:
                raise ValueError(f"blocks of {content['block_bytes']} bytes")
        except ValueError as error:
            raise CorruptDatasetError(f"The lock file {path} is damaged ({error}). {_HOW_TO_TRUST}") from error
        return ObjectLock(content["size"], blocks)

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
