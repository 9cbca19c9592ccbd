"""Pausing garbage collection leaves it as it was."""

import gc
import weakref

import pytest
from brainscore_mouse.core.quick_imports.without_garbage_collection import without_garbage_collection


class Circle:
    def __init__(self):
        self.itself = self


@pytest.fixture(autouse=True)
def as_before():
    yield
    gc.unfreeze()
    gc.enable()


def test_nothing_is_collected_inside_and_all_is_afterwards():
    with without_garbage_collection():
        assert not gc.isenabled()
        circle = weakref.ref(Circle())
    assert gc.isenabled() and circle() is not None
    gc.collect()
    assert circle() is None


def test_where_it_was_off_it_stays_off():
    gc.disable()
    with pytest.raises(KeyError), without_garbage_collection():
        raise KeyError
    assert not gc.isenabled()


def test_what_others_have_set_aside_stays_so():
    gc.freeze()
    n_set_aside = gc.get_freeze_count()
    with without_garbage_collection():
        pass
    assert gc.get_freeze_count() >= n_set_aside - 5 and gc.isenabled()


def test_afterwards_the_new_objects_are_old():
    with without_garbage_collection():
        made = [Circle() for _ in range(1000)]
    young = {id(one) for one in gc.get_objects(generation=0)}
    assert not [one for one in made if id(one) in young]
