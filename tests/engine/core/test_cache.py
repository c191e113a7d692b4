"""What is kept as long as there is room for it, and numbers that only grow: they take no more room than they are."""

import tracemalloc

import numpy as np
import pytest

from engine.core.cache import Cache
from engine.core.growing import FEWEST_SPARE, Growing


@pytest.fixture
def cache():
    return Cache(count=3, size=100, bytes_of=len)


def test_what_was_used_longest_ago_gives_way(cache):
    for key in "abc":
        assert cache.put(key, key.encode()) == key.encode()
    assert cache.get("a") == b"a"
    cache.put("d", b"d")
    assert [*cache] == ["c", "a", "d"] and cache.get("b") is None


def test_as_many_give_way_as_a_large_one_needs_room_for_and_the_newest_is_kept_however_large_it_is(cache):
    for key, size, left in (("a", 40, "a"), ("b", 40, "ab"), ("c", 61, "c"), ("d", 39, "cd"), ("e", 1000, "e")):
        cache.put(key, bytes(size))
        assert [*cache] == [*left]
    cache.put("f", bytes(10))
    assert [*cache] == ["f"]


def test_what_is_put_anew_popped_or_cleared_leaves_its_room(cache):
    cache.put("a", bytes(90))
    cache.put("a", bytes(50))
    cache.put("b", bytes(50))
    assert len(cache) == 2
    assert cache.pop("a") == bytes(50) and cache.pop("a") is None
    cache.put("c", bytes(50))
    assert [*cache] == ["b", "c"]
    cache.clear()
    cache.put("d", bytes(60))
    cache.put("e", bytes(40))
    assert dict(cache.items()) == {"d": bytes(60), "e": bytes(40)} and "b" not in cache


def test_limits_may_change_and_hold_from_then_on(cache):
    for key in "abc":
        cache.put(key, b"")
    cache.count, cache.size = None, None
    cache.put("d", bytes(1000))
    assert len(cache) == 4
    cache.count = 2
    cache.put("e", b"")
    assert [*cache] == ["d", "e"]


def test_rows_that_were_handed_out_stay_as_they_are_and_are_not_copied():
    chunks = np.random.default_rng(1).random((2_600, 7, 3)).astype(np.float32)
    rows, handed_out = Growing(3), []
    for chunk in chunks:
        rows.extend(chunk)
        handed_out.append(rows.so_far)
    for number in (0, 1, 584, 585, 586, 2_599):
        np.testing.assert_array_equal(handed_out[number], chunks[: number + 1].reshape(-1, 3))
    assert len(rows) == 7 * 2_600 and not any(array.flags.writeable for array in handed_out)
    assert np.shares_memory(handed_out[-1], rows.so_far) and np.shares_memory(*handed_out[-2:])
    assert Growing().so_far.shape == (0,) and Growing(2).so_far.shape == (0, 2) and not Growing()


@pytest.mark.parametrize("at_a_time", [3, 160])
def test_a_row_takes_four_bytes_a_number_however_few_are_added_at_a_time(at_a_time):
    rows, added = Growing(), np.ones(at_a_time)
    tracemalloc.start()
    while len(rows) < 40_000:
        rows.extend(added)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 4 * (len(rows) + max(FEWEST_SPARE, len(rows) // 8)) + 2_000
