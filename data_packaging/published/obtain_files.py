"""The published files of a dataset on this machine: found in a folder, or downloaded, and checked."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from ...core.errors import DatasetNotFoundError, RemoteObjectMissingError, WrongChecksumError
from ...core.files import sha256_of_file
from ..packaged_dataset import digest_of_files
from ..remote_objects.sources import FolderSource, Source
from .published_dataset import PublishedFile

_BYTES_PER_REQUEST = 16 * 2**20


def obtain_files(source: Source, files: Sequence[PublishedFile], downloads: Path, where: str) -> dict[str, Path]:
    """Return where the files of a dataset are on this machine, after downloading and checking them.

    Parameters
    ----------
    source : Source
        A folder, whose files are used as they are, or a server, which has the files under their names.
    files : sequence of PublishedFile
        Which files.
    downloads : Path
        Where files of a server are put. A download that was cut off is resumed.
    where : str
        Where else to get the files, for the message about missing ones.

    Returns
    -------
    dict of str to Path
        By the files' names.

    Raises
    ------
    DatasetNotFoundError
        If the source lacks files; of a folder, the message lists all of them.
    WrongChecksumError
        If a file does not have the MD5 that its publisher states; a downloaded file is removed then.
    RemoteReadError
        If a server cannot be read.
    """
    if isinstance(source, FolderSource):
        return _files_in_folder(Path(source.location), files, where)
    return {file.name: _downloaded(source, file, downloads, where) for file in files}


def files_here(location: str, files: Sequence[PublishedFile], downloads: Path) -> dict[str, Path]:
    """Return those files that are on this machine: in a folder, or completely downloaded from a server.

    Parameters
    ----------
    location : str
        The folder, or the server's URL.
    files, downloads
        As of `obtain_files`.

    Returns
    -------
    dict of str to Path
        By the files' names.
    """
    folder = downloads if "://" in location else Path(location)
    paths = {file.name: _in_folder(folder, file) for file in files}
    return {name: path for name, path in paths.items() if path is not None}


def checksum_of(path: Path) -> str:
    """Return the SHA-256 of a file, or one over the arrays in a folder that a zip file unpacks to."""
    if path.is_file():
        return sha256_of_file(path)
    # Other files do not belong to the data: neuralpredictors puts a config.json there.
    return digest_of_files({str(each.relative_to(path)): sha256_of_file(each) for each in path.rglob("*.npy")})


def _files_in_folder(folder: Path, files: Sequence[PublishedFile], where: str) -> dict[str, Path]:
    found, missing = {}, []
    for file in files:
        path = _in_folder(folder, file)
        if path is None:
            missing.append(file.name)
        else:
            found[file.name] = path
    if missing:
        raise DatasetNotFoundError(
            f"{folder} lacks {len(missing)} of {len(files)} files: {', '.join(missing)}. {where} Put them there and "
            "run the same command again."
        )
    for file in files:
        _check_md5(found[file.name], file)
    return found


def _in_folder(folder: Path, file: PublishedFile) -> Path | None:
    """Return the file, or the folder that it unpacks to; None if there is neither."""
    candidates = [folder / file.name]
    if file.name.endswith(".zip"):
        candidates.append(folder / file.name.removesuffix(".zip"))
    return next((each for each in candidates if each.exists()), None)


def _downloaded(source: Source, file: PublishedFile, folder: Path, where: str) -> Path:
    path, unfinished = folder / file.name, folder / f"{file.name}.part"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{file.name}.lock"):
        if not path.exists():
            try:
                _append_the_rest(source, file.name, unfinished)
                _check_md5(unfinished, file)
            except RemoteObjectMissingError as error:
                raise DatasetNotFoundError(
                    f"{source.location} has no {file.name}. {where} Then run the command with --source and the folder "
                    "of the files."
                ) from error
            except WrongChecksumError:
                unfinished.unlink()
                raise
            unfinished.replace(path)
    return path


def _append_the_rest(source: Source, name: str, path: Path) -> None:
    """Append what a file lacks; each request's answer is whole or not there."""
    with open(path, "ab") as file:
        while True:
            start = file.tell()
            part = source.read_range(name, start, start + _BYTES_PER_REQUEST)
            file.write(part.content)
            file.flush()
            if start + len(part.content) >= part.object_size:
                return


def _check_md5(path: Path, file: PublishedFile) -> None:
    if file.md5 is None:
        return
    with open(path, "rb") as content:
        md5 = hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if md5 != file.md5:
        raise WrongChecksumError(
            f"{file.name} has the MD5 {md5}, and its publisher states {file.md5}. It is incomplete, or another "
            "version: download it again."
        )
