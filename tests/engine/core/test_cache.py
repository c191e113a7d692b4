"""What is kept as long as there is room for it."""

import pytest

from engine.core.cache import Cache


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
