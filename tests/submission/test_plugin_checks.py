"""Submissions that are refused before any of their code runs."""

import os
import socket
import stat
import struct
import tarfile
import zipfile

import pytest
from brainscore_mouse.core.errors import BrainscoreMouseError, SubmissionError
from brainscore_mouse.submission import archive
from brainscore_mouse.submission.archive import copy_submission
from brainscore_mouse.submission.score_submission import checked_submission
from submissions import PLUGIN_HEAD, hash_of_folder

PLUGIN = PLUGIN_HEAD + "model_registry['mine'] = lambda: None\n"


@pytest.fixture
def target(tmp_path):
    folder = tmp_path / "inner" / "target"
    folder.mkdir(parents=True)
    return folder


def zip_of(path, entries):
    """Write a zip file; entries are (name or ZipInfo, content)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("models/mine/__init__.py", PLUGIN)
        for entry, content in entries:
            packed.writestr(entry, content)
    return path


def entry_of_kind(name, kind):
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (kind | 0o777) << 16
    return entry


ARCHIVES = {
    "path traversal": ([("../../escaped.txt", "x")], r"escaped\.txt"),
    "path traversal within": ([("models/mine/../../../escaped.txt", "x")], r"escaped\.txt"),
    "absolute path": ([("/etc/escaped.txt", "x")], r"escaped\.txt"),
    "drive letter": ([("C:/escaped.txt", "x")], r"escaped\.txt"),
    "backslashes": ([("..\\..\\escaped.txt", "x")], r"escaped\.txt"),
    "control characters": ([("models/\x1b[2J.py", "x")], r"'models/\?\[2J\.py'"),
    "symbolic link": ([(entry_of_kind("link", stat.S_IFLNK), "/etc/passwd")], "'link'"),
    "device": ([(entry_of_kind("null", stat.S_IFCHR), "")], "'null'"),
    "named pipe": ([(entry_of_kind("pipe", stat.S_IFIFO), "")], "'pipe'"),
    "zip bomb": ([("bomb.bin", bytes(30 * 2**20))], rf"bomb\.bin.*\b{30 * 2**20}\b"),
    "many files": ([(f"{number}.txt", "") for number in range(2001)], r"\b2000\b"),
    "names that collide in case": ([("a/X.py", ""), ("A/x.py", "")], "'A/x.py'.*'a/X.py'"),
    "names that collide in normal form": ([("a/\u00e9.py", ""), ("a/e\u0301.py", "")], r"'a/.+\.py'.*'a/.+\.py'"),
    "a file that is also a folder": ([("a", ""), ("a/b", "")], "'a/?"),
    "name too long": ([("x" * 250, "")], "xxx"),
    "path too long": ([("/".join(["x" * 100] * 15), "")], "xxx"),
}


@pytest.mark.parametrize(("entries", "message"), ARCHIVES.values(), ids=ARCHIVES)
def test_unsafe_archives(entries, message, target, tmp_path, home):
    packed = zip_of(tmp_path / "submission.zip", entries)
    before = hash_of_folder(tmp_path)
    with pytest.raises(SubmissionError, match=message):
        checked_submission(packed, target)
    assert hash_of_folder(tmp_path) == before  # nothing was written, inside or outside
    assert not list(home.iterdir())


def test_the_same_name_twice(target, tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        packed = zip_of(tmp_path / "submission.zip", [("a.py", "1"), ("a.py", "2")])
    with pytest.raises(SubmissionError, match=r"'a.py'.*'a.py'"):
        copy_submission(packed, target)


def test_more_bytes_than_allowed(target, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)
    packed = zip_of(tmp_path / "submission.zip", [("a.bin", os.urandom(2000))])
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.bin").write_bytes(bytes(2000))
    for source in (packed, folder):
        with pytest.raises(SubmissionError, match=r"\bGiB\b"):
            copy_submission(source, target)


def patched(path, offset_in_entry, value):
    """Change one 16-bit field of the last entry in the central directory."""
    content = bytearray(path.read_bytes())
    start = content.rindex(b"PK\x01\x02") + offset_in_entry
    content[start : start + 2] = struct.pack("<H", value)
    path.write_bytes(content)
    return path


def test_encrypted_entry(target, tmp_path):
    packed = patched(zip_of(tmp_path / "submission.zip", [("a.py", "x = 1")]), 8, 1)
    with pytest.raises(SubmissionError, match=r"'a.py'"):
        copy_submission(packed, target)


def test_damaged_archives(target, tmp_path):
    packed = zip_of(tmp_path / "submission.zip", [("a.bin", os.urandom(5000))])
    content = bytearray(packed.read_bytes())
    content[content.index(b"a.bin") + 1000] ^= 0xFF  # in the packed bytes: another checksum
    packed.write_bytes(content)
    with pytest.raises(SubmissionError, match=r"submission.zip"):
        copy_submission(packed, target)
    unknown_compression = patched(zip_of(tmp_path / "other.zip", [("b.py", "x = 1")]), 10, 99)
    with pytest.raises(SubmissionError, match=r"other.zip"):
        copy_submission(unknown_compression, target / "other")


def test_neither_folder_nor_zip(target, tmp_path):
    """A tar file may hold hard links and devices; it is not opened at all."""
    with tarfile.open(tmp_path / "submission.tar", "w") as packed:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.LNKTYPE, "/etc/passwd"
        packed.addfile(link)
    with pytest.raises(SubmissionError, match=r"submission.tar"):
        copy_submission(tmp_path / "submission.tar", target)
    with pytest.raises(SubmissionError, match="nothing"):
        copy_submission(tmp_path / "nothing", target)


def test_folders_of_anything_but_files(target, tmp_path):
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    for number, make in enumerate(
        [
            lambda path: path.symlink_to(outside),
            lambda path: path.symlink_to(tmp_path),
            os.mkfifo,
            lambda path: socket.socket(socket.AF_UNIX).bind(os.fspath(path)),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "__init__.py").write_text(PLUGIN)
        make(folder / "odd")
        with pytest.raises(SubmissionError, match="odd"):
            copy_submission(folder, target)
    (tmp_path / "linked").symlink_to(tmp_path / "0")
    with pytest.raises(SubmissionError, match="linked"):
        copy_submission(tmp_path / "linked", target)


# Name -> (files of the plugin, the message).
PLUGINS = {
    "nothing at all": ({}, "__init__.py"),
    "missing registry line": ({"__init__.py": PLUGIN_HEAD + "def get_model(): ..."}, r"model_registry\['id'\]"),
    "registry line in a comment": ({"__init__.py": "# model_registry['mine'] = 1"}, r"model_registry\['id'\]"),
    "registry line under another name": (
        {"__init__.py": "from brainscore_mouse import model_registry as r\nr['mine'] = 1"},
        r"model_registry\['id'\]",
    ),
    "computed identifier": ({"__init__.py": PLUGIN_HEAD + "model_registry['mi' + 'ne'] = 1"}, r"__init__\.py, line 2"),
    "f-string as identifier": ({"__init__.py": PLUGIN_HEAD + "model_registry[f'{1}'] = 1"}, r"__init__\.py, line 2"),
    "number as identifier": ({"__init__.py": PLUGIN_HEAD + "model_registry[1] = 1"}, r"__init__\.py, line 2"),
    "registry lines in a loop": (
        {"__init__.py": PLUGIN_HEAD + "for i in 'ab':\n    model_registry[i] = 1"},
        r"__init__\.py, line 3",
    ),
    "update of the registry": (
        {"__init__.py": PLUGIN_HEAD + "model_registry.update(pixels=1)\nmodel_registry['mine'] = 1"},
        r"__init__\.py, line 2",
    ),
    "space within the line": (
        {"__init__.py": PLUGIN_HEAD + "model_registry[ 'mine' ] = 1"},
        r"line 2.*model_registry\['mine'\]",
    ),
    "duplicate registry lines": ({"__init__.py": PLUGIN + PLUGIN}, r"'mine'.*\b2\b"),
    "existing model": ({"__init__.py": PLUGIN.replace("mine", "pixels")}, "'pixels'"),
    "existing model in other case": ({"__init__.py": PLUGIN.replace("mine", "Pixels")}, "'pixels'"),
    "existing model of Brain-Score": ({"__init__.py": PLUGIN.replace("mine", "CORnet-S")}, "'CORnet-S'"),
    "identifier with a slash": ({"__init__.py": PLUGIN.replace("mine", "a/b")}, "'a/b'"),
    **{
        f"identifier of {prefix}": ({"__init__.py": PLUGIN.replace("mine", f"{prefix}:mine")}, f"'{prefix}:mine'")
        for prefix in ("timm", "hf", "hf-hub", "torchvision", "torch-file", "mouse-model", "brainscore")
    },
    "identifier with dots": ({"__init__.py": PLUGIN.replace("mine", "../../x")}, r"'\.\./\.\./x'"),
    "empty identifier": ({"__init__.py": PLUGIN.replace("mine", "")}, "''"),
    "a benchmark, too": (
        {"__init__.py": "from brainscore_mouse import benchmark_registry\n" + PLUGIN},
        "benchmark_registry",
    ),
    "folder of benchmarks": (
        {"models/mine/__init__.py": PLUGIN, "benchmarks/mine/__init__.py": ""},
        "benchmarks",
    ),
    "two plugins": ({"models/a/__init__.py": PLUGIN, "models/b/__init__.py": PLUGIN}, r"\b2\b"),
    "folder that Brain-Score skips": ({"models/_mine/__init__.py": PLUGIN}, "'_mine'"),
    "syntax error": ({"__init__.py": PLUGIN, "model.py": "def get_model(:\n"}, "model.py, line 1"),
    "not UTF-8": ({"__init__.py": PLUGIN, "model.py": b"name = '\xe9'"}, r"model\.py.*UTF-8.*\b8\b"),
    "NUL characters": ({"__init__.py": PLUGIN, "model.py": b"x = 1\0"}, "model.py"),
    "source of 2 MiB": ({"__init__.py": PLUGIN, "model.py": b"#" * 2**21}, rf"model\.py.*\b{2**20}\b"),
    "deeply nested source": ({"__init__.py": PLUGIN, "model.py": "x = " + "-" * 100_000 + "1"}, "model.py"),
    "missing requirement": (
        {"__init__.py": PLUGIN, "requirements.txt": "no-such-package>=2  # needed\ntorch"},
        "pip install 'no-such-package>=2'",
    ),
    "requirement of another version": (
        {"__init__.py": PLUGIN, "requirements.txt": "numpy>=99"},
        r"numpy>=99.*\b1\.",
    ),
    "options for pip": (
        {"__init__.py": PLUGIN, "requirements.txt": "--index-url http://evil.example"},
        "'--index-url http://evil.example'",
    ),
    "import of a missing package": (
        {"__init__.py": PLUGIN, "model.py": "from no_such_package.sub import x"},
        "no_such_package",
    ),
    "layer map that is no JSON": (
        {"__init__.py": PLUGIN, "region_layer_map/mine.json": "{"},
        "region_layer_map/mine.json",
    ),
    "layer map of numbers": (
        {"__init__.py": PLUGIN, "region_layer_map/mine.json": '{"VISp": 3}'},
        "region_layer_map/mine.json",
    ),
    "metadata that are code": (
        {"__init__.py": PLUGIN, "metadata.yaml": "!!python/object/apply:os.system ['true']"},
        "metadata.yaml",
    ),
    "metadata without models": ({"__init__.py": PLUGIN, "metadata.yaml": "a: 1"}, "metadata.yaml.*'models'"),
}


def write_files(folder, files):
    folder.mkdir()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@pytest.mark.parametrize(("files", "message"), PLUGINS.values(), ids=PLUGINS)
def test_broken_plugins(files, message, target, tmp_path, home):
    folder = write_files(tmp_path / "submission", files)
    before = hash_of_folder(folder)
    with pytest.raises(BrainscoreMouseError, match=message):
        checked_submission(folder, target)
    assert hash_of_folder(folder) == before and not list(home.iterdir())


def test_all_problems_are_told_at_once(target, tmp_path):
    files = {"__init__.py": PLUGIN.replace("mine", "pixels"), "model.py": "import no_such_package\n", "bad.py": "x ="}
    with pytest.raises(SubmissionError) as refusal:
        checked_submission(write_files(tmp_path / "submission", files), target)
    assert all(text in str(refusal.value) for text in ("'pixels'", "no_such_package", "bad.py, line 1"))


def test_nothing_of_a_checked_plugin_runs(target, tmp_path):
    trace = tmp_path / "trace"
    code = f"open({str(trace)!r}, 'w')\n"
    files = {"__init__.py": code + PLUGIN, "setup.py": code, "test.py": code, "model.py": code, "conftest.py": code}
    plugin = checked_submission(write_files(tmp_path / "submission", files), target)
    assert plugin.identifiers == ("mine",) and not trace.exists()
    assert any("setup.py" in note for note in plugin.notes)


@pytest.mark.parametrize("prefix", ["", "models/mine/", "top/", "top/models/mine/"])
@pytest.mark.parametrize("packed", [False, True])
def test_layouts(prefix, packed, target, tmp_path):
    files = {
        f"{prefix}__init__.py": PLUGIN,
        f"{prefix}region_layer_map/mine.json": '{"VISp": "conv"}',
        "__MACOSX/._x": "junk",
    }
    source = write_files(tmp_path / "submission", files)
    if packed:
        source = tmp_path / "submission.zip"
        with zipfile.ZipFile(source, "w") as archive_:
            for name, content in files.items():
                archive_.writestr(name, content)
    plugin = checked_submission(source, target)
    assert plugin.identifiers == ("mine",)
    assert plugin.region_layer_maps == {"mine": {"VISp": "conv"}}
    assert plugin.n_files == 2 and "test.py" in plugin.notes[0]
    # the hash is that of the plugin, however it was packed
    assert plugin.sha256 == "878b5fd6442c0f16e5f5103c82a4b6e8726c5781e1de93f442b5d04de6f127f1"
