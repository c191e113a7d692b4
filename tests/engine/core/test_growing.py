"""Numbers that are added again and again take no more room than they are, and stay as they were handed out."""

import tracemalloc

import numpy as np
import pytest

from engine.core.cache import FEWEST_SPARE, Growing


def test_rows_that_were_handed_out_stay_as_they_are_and_are_not_copied():
    chunks = np.random.default_rng(1).random((2_600, 7, 3)).astype(np.float32)
    rows, handed_out = Growing(3), []
    for chunk in chunks:
        rows.extend(chunk)
        handed_out.append(rows.so_far)
    for number in (0, 1, 584, 585, 586, 2_599):
        np.testing.assert_array_equal(handed_out[number], chunks[: number + 1].reshape(-1, 3))
    assert len(rows) == 7 * 2_600 and not any(each.flags.writeable for each in handed_out)
    assert np.shares_memory(handed_out[-1], rows.so_far) and np.shares_memory(*handed_out[-2:])
    assert Growing().so_far.shape == (0,) and Growing(2).so_far.shape == (0, 2) and not Growing()


@pytest.mark.parametrize("at_a_time", [1, 3, 160])
def test_a_row_takes_four_bytes_a_number_however_few_are_added_at_a_time(at_a_time):
    rows, added = Growing(), np.ones(at_a_time)
    tracemalloc.start()
    while len(rows) < 40_000:
        rows.extend(added)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 4 * (len(rows) + max(FEWEST_SPARE, len(rows) // 8)) + 2_000
