"""Knowing which files of results there are: never other ones than listing everything finds."""

import os
import time

import pytest
from brainscore_mouse.results.file_tree import file_tree, files_in

OLD = time.time_ns() - 3600 * 10**9


def age(folder):
    """Make all files and folders look as if they had not changed for an hour."""
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, ns=(OLD, OLD))


@pytest.fixture
def store(tmp_path):
    folder = tmp_path / "results"
    for name in ("a/x/1.json", "a/y/2.json", "b/x/3.json", "b/x/failure.json", "b/x/.hidden.json", "b/x/note.txt", "c"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (folder / "empty" / "pair").mkdir(parents=True)
    age(folder)
    return folder


def listed(folder):
    """Return what is there by listing everything."""
    found = {}
    for path in folder.glob("*/*/[!.]*.json"):
        status = path.stat()
        found[path.relative_to(folder).as_posix()] = (status.st_mtime_ns, status.st_size)
    return found


CHANGES = {
    "nothing": lambda store: None,
    "a file changed in its place": lambda store: (store / "a/x/1.json").write_text("other"),
    "a file of the same size changed in its place": lambda store: (store / "a/x/1.json").write_text("a/x/9.json"),
    "another file in a folder": lambda store: (store / "a/x/4.json").write_text("new"),
    "the first file in an empty folder": lambda store: (store / "empty/pair/5.json").write_text("new"),
    "a file gone": lambda store: (store / "b/x/3.json").unlink(),
    "another benchmark": lambda store: ((store / "b/z").mkdir(), (store / "b/z/6.json").write_text("new")),
    "another model": lambda store: ((store / "d/x").mkdir(parents=True), (store / "d/x/7.json").write_text("new")),
    "a file where a folder was": lambda store: ((store / "a/y/2.json").unlink(), (store / "a/y").rmdir(),
                                                (store / "a/y").write_text("x")),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_found_again_is_what_is_there(store, change):
    known = file_tree(store)
    assert dict(files_in(known)) == listed(store)
    change(store)
    again = file_tree(store, known)
    assert dict(files_in(again)) == listed(store)
    assert (again["root"] == known["root"]) is (change is CHANGES["nothing"])


def test_a_folder_that_changed_just_before_it_was_listed_is_listed_again(store):
    """As where two changes fall into one tick of the file system's clock: the folder's time tells nothing."""
    now = time.time_ns()
    os.utime(store / "a" / "x", ns=(now, now))
    known = file_tree(store)
    (store / "a/x/4.json").write_text("new")
    os.utime(store / "a" / "x", ns=(now, now))
    assert "a/x/4.json" in dict(files_in(file_tree(store, known)))


def test_folders_that_have_not_changed_are_not_listed(store, monkeypatch):
    known = file_tree(store)
    listings = []
    monkeypatch.setattr(os, "listdir", lambda path: listings.append(path) or [])
    assert file_tree(store, known)["root"] == known["root"] and listings == []


def test_no_store_has_no_files(tmp_path):
    assert dict(files_in(file_tree(tmp_path / "nothing"))) == {}
