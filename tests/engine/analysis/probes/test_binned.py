"""Pictures shrunk to the pixels there are: exact means by area, exact values where there is room."""

import numpy as np
import pytest

from engine.analysis.probes import fingerprints as module
from engine.analysis.probes.fingerprints import binned


def done(job):
    turns = 0
    while True:
        try:
            assert next(job) is None
            turns += 1
        except StopIteration as end:
            return turns, end.value


def by_area(count, bins):
    """The share of each of `count` rows in each bin, by how much of it lies there (bins, count)."""
    size = count / bins
    shares = np.zeros((bins, count))
    for number in range(bins):
        for row in range(count):
            overlap = min((number + 1) * size, row + 1) - max(number * size, row)
            shares[number, row] = max(overlap, 0) / size
    return shares


@pytest.mark.parametrize(("height", "width"), [(7, 5), (10, 13), (60, 40), (59, 39), (1, 1), (100, 100)])
def test_each_pixel_is_the_mean_of_what_falls_into_it_by_area(height, width):
    generator = np.random.default_rng(1)
    numbers = generator.normal(size=(80, 50)).astype(np.float32)
    rows, columns = generator.permutation(80)[:60], generator.permutation(50)[:40]
    _, found = done(binned(numbers, rows, columns, height, width))
    part = numbers[np.ix_(rows, columns)].astype(np.float64)
    down, across = by_area(60, min(height, 60)), by_area(40, min(width, 40))
    assert found.shape == (min(height, 60), min(width, 40)) and found.dtype == np.float32
    np.testing.assert_allclose(found, down @ part @ across.T, atol=1e-5)


def test_where_a_pixel_holds_one_number_it_is_that_number_to_the_bit():
    numbers = np.random.default_rng(2).normal(size=(30, 20)).astype(np.float32)
    rows, columns = np.arange(30)[::-1], np.arange(20)[5:]
    _, found = done(binned(numbers, rows, columns, 200, 150))
    np.testing.assert_array_equal(found, numbers[::-1, 5:])


def test_a_large_picture_is_shrunk_in_turns_with_the_same_result(monkeypatch):
    numbers = np.random.default_rng(3).normal(size=(90, 30)).astype(np.float16)
    rows, columns = np.random.default_rng(4).permutation(90), np.random.default_rng(5).permutation(30)
    turns, whole = done(binned(numbers, rows, columns, 37, 11))
    assert turns == 1
    monkeypatch.setattr(module, "AT_ONCE", 300)
    turns, in_parts = done(binned(numbers, rows, columns, 37, 11))
    assert turns >= 9
    np.testing.assert_allclose(in_parts, whole, atol=1e-5)


def test_nothing_to_show_is_an_empty_picture():
    numbers = np.ones((3, 4), np.float32)
    assert done(binned(numbers, np.arange(0), np.arange(4), 10, 10))[1].shape == (0, 4)
