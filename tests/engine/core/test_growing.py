"""Numbers of which there are ever more take no more room than they are, and stay as they were told."""

import tracemalloc

import numpy as np
import pytest

from engine.core.cache import FEWEST_SPARE, Growing

CHUNKS = np.random.default_rng(1).random((2_600, 7, 3)).astype(np.float32)


@pytest.fixture
def grown():
    """What was told after each chunk, and the rows themselves."""
    rows, told = Growing(3), []
    for chunk in CHUNKS:
        rows.extend(chunk)
        told.append(rows.so_far)
    return rows, told


def test_rows_that_were_told_stay_as_they_are(grown):
    rows, told = grown
    for number in (0, 1, 584, 585, 586, 2_599):
        np.testing.assert_array_equal(told[number], CHUNKS[: number + 1].reshape(-1, 3))
    assert len(rows) == 7 * 2_600


def test_nobody_can_write_to_them_and_they_are_not_copied(grown):
    rows, told = grown
    assert not any(each.flags.writeable for each in told)
    assert np.shares_memory(told[-1], rows.so_far) and np.shares_memory(told[-1], told[-2])


@pytest.mark.parametrize("at_a_time", [1, 3, 160])
def test_a_row_takes_four_bytes_a_number_however_few_are_added_at_a_time(at_a_time):
    rows, added = Growing(), np.ones(at_a_time)
    tracemalloc.start()
    while len(rows) < 40_000:
        rows.extend(added)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 4 * (len(rows) + max(FEWEST_SPARE, len(rows) // 8)) + 2_000


def test_there_is_nothing_before_the_first():
    assert Growing().so_far.shape == (0,) and Growing(2).so_far.shape == (0, 2) and not Growing()
