"""Work in several threads gives what it gives in one, and a job of a table keeps to its own."""

import signal
import subprocess
import sys
import threading
import time

import pytest
from brainscore_mouse.core.threads import in_threads, one_thread
from places import REPOSITORY


def test_results_are_in_the_order_of_the_items_whichever_is_done_first(four_threads):
    assert in_threads(lambda item: time.sleep(0.02 * (8 - item)) or item**2, iter(range(8))) == [
        item**2 for item in range(8)
    ]


def test_as_many_items_are_worked_on_at_the_same_time_as_torch_has_threads(four_threads):
    together = threading.Barrier(4, timeout=30)  # broken if fewer than four ever wait for each other
    in_threads(lambda item: together.wait(), range(8))


def test_a_job_of_a_table_works_on_its_own_thread_only(four_threads):
    with one_thread():
        assert set(in_threads(lambda item: threading.get_ident(), range(8))) == {threading.get_ident()}
    assert threading.get_ident() not in in_threads(lambda item: threading.get_ident(), range(8))


def test_the_first_item_in_order_that_fails_is_the_one_that_is_raised(four_threads):
    def fails(item):
        if item == 1:
            time.sleep(0.1)
        if item in (1, 2):
            raise ValueError(item)

    with pytest.raises(ValueError) as raised:
        in_threads(fails, range(8))
    assert raised.value.args == (1,)


@pytest.fixture
def interrupts_are_heard():
    """Workers of pytest-xdist ignore them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_ends_it_before_all_is_done(four_threads, interrupts_are_heard):
    begun = []

    def interrupts(item):
        begun.append(item)
        if item == 0:
            signal.raise_signal(signal.SIGINT)
        time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        in_threads(interrupts, range(1000))
    assert len(begun) < 500


def test_looking_for_twins_does_not_load_torch_only_to_ask_how_many_threads_it_has():
    code = (
        f"import sys; sys.path.insert(0, {str(REPOSITORY.parent)!r})\n"
        "from brainscore_mouse.data_packaging.twin_stimuli import twins_of\n"
        "assert twins_of({}) == [] and 'torch' not in sys.modules"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert run.returncode == 0, run.stderr
