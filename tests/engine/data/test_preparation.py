"""MNIST's preparation: digits of MNIST come out of it as they were, and drawings wherever they are."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures_of_digits import enlarged

from engine.data.formats.sample import open_sample
from engine.data.preparation import area_averaged, prepared


@pytest.fixture(scope="module")
def digits():
    return open_sample().test_images / np.float32(255)


def stroke(side, points, width):
    """A line through points (shares of the side) on a square, with soft edges, by distance."""
    rows, columns = np.mgrid[:side, :side] + 0.5
    nearest = np.full((side, side), np.inf)
    for (y, x), (v, u) in itertools.pairwise(points):
        a, b = np.array([y, x]) * side, np.array([v, u]) * side
        along = np.clip(((rows - a[0]) * (b - a)[0] + (columns - a[1]) * (b - a)[1]) / ((b - a) @ (b - a)), 0, 1)
        away = np.hypot(rows - a[0] - along * (b - a)[0], columns - a[1] - along * (b - a)[1])
        nearest = np.minimum(nearest, away)
    return np.clip(width * side / 2 - nearest + 0.5, 0, 1).astype(np.float32)


SEVEN = ((0.2, 0.3), (0.2, 0.7), (0.8, 0.4))


def mass_centre(picture):
    total = picture.sum()
    return tuple(picture.sum(axis=1 - axis) @ np.arange(picture.shape[axis]) / total for axis in (0, 1))


def one_pixel_apart(one, other):
    """The least mean difference over shifts by up to one pixel: a centre of mass may lie just between two."""
    shifts = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return min(np.abs(np.roll(one, shift, (0, 1)) - other).mean() for shift in shifts)


@pytest.mark.parametrize("times", [1, 10])
def test_a_digit_of_mnist_comes_out_as_it_was_however_much_it_is_enlarged(digits, times):
    differences = []
    for digit in digits[::10]:
        full = np.flatnonzero(digit.max(axis=1) >= 0.03), np.flatnonzero(digit.max(axis=0) >= 0.03)
        if max(np.ptp(lines) + 1 for lines in full) != 20:
            continue  # a few are smaller than the box that all were scaled into
        differences.append(np.abs(prepared(enlarged(digit, times)) - digit).max())
    assert len(differences) > 90
    assert np.quantile(differences, 0.97) < 0.03
    assert np.mean(np.array(differences) < 0.03) > 0.97


def test_the_centre_of_mass_lies_where_mnist_has_it(digits):
    theirs = np.array([mass_centre(digit) for digit in digits])
    assert np.abs(theirs - 14).max() <= 0.501
    drawn = [stroke(140, SEVEN, 0.05), stroke(90, ((0.1, 0.1), (0.3, 0.2)), 0.03), *digits[:50]]
    for picture in drawn:
        assert np.abs(np.array(mass_centre(prepared(picture))) - 14).max() <= 0.501


@settings(max_examples=40, deadline=None)
@given(top=st.integers(0, 60), left=st.integers(0, 60), wider=st.integers(0, 80))
def test_a_drawing_gives_the_same_wherever_it_lies_on_the_paper(top, left, wider):
    drawn = stroke(100, SEVEN, 0.05)
    paper = np.zeros((160, 160 + wider), np.float32)
    paper[top : top + 100, left : left + 100] = drawn
    np.testing.assert_array_equal(prepared(paper), prepared(drawn))


@settings(max_examples=12, deadline=None)
@given(side=st.integers(250, 500), share=st.floats(0.5, 1.0))
def test_a_drawing_gives_nearly_the_same_however_large_it_is(side, share):
    points = [(0.5 + (y - 0.5) * share, 0.5 + (x - 0.5) * share) for y, x in SEVEN]
    one, other = prepared(stroke(side, points, 0.05 * share)), prepared(stroke(280, SEVEN, 0.05))
    assert one_pixel_apart(one, other) < 0.03


def test_the_ink_keeps_its_proportions_and_its_longer_side_fills_the_box_of_any_data_set():
    tall = np.zeros((200, 200))
    tall[20:180, 90:110] = 1
    result = prepared(tall)
    assert np.flatnonzero(result.any(axis=1)).size == 20
    assert result.sum() == pytest.approx(20 * 2.5, rel=1e-6)
    result = prepared(stroke(100, SEVEN, 0.1), shape=(8, 12))
    assert result.shape == (8, 12) and result.max() == 1


def test_a_pixel_is_the_exact_mean_of_the_area_that_it_covers():
    generator = np.random.default_rng(3)
    picture = generator.random((9, 14))
    fine = np.kron(picture, np.ones((4, 6)))  # 36 x 84: a multiple of both sizes
    wanted = fine.reshape(4, 9, 6, 14).mean(axis=(1, 3))
    np.testing.assert_allclose(area_averaged(picture, (4, 6)), wanted, atol=1e-12)


def test_raw_is_the_whole_picture_and_nothing_else(digits):
    np.testing.assert_array_equal(prepared(digits[0], raw=True), digits[0])
    corner = np.zeros((280, 280))
    corner[:30, :20] = 0.5
    wanted = np.zeros((28, 28), np.float32)
    wanted[:3, :2] = 0.5
    np.testing.assert_allclose(prepared(corner, raw=True), wanted, atol=1e-6)


@pytest.mark.parametrize("raw", [False, True])
def test_where_nothing_is_drawn_all_is_zero(raw):
    for picture in (np.zeros((50, 70)), np.zeros((0, 5)), np.full((4, 4), np.nan)):
        result = prepared(picture, raw=raw)
        assert result.shape == (28, 28) and result.dtype == np.float32 and not result.any()


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 40), columns=st.integers(1, 40), seed=st.integers(0, 99), share=st.floats(0, 1),
    raw=st.booleans(),
)  # fmt: skip
def test_whatever_is_drawn_stays_between_ground_and_ink(rows, columns, seed, share, raw):
    generator = np.random.default_rng(seed)
    picture = generator.random((rows, columns)) * (generator.random((rows, columns)) < share)
    result = prepared(picture, raw=raw)
    assert result.shape == (28, 28) and result.min() >= 0 and result.max() <= 1


def test_a_line_finer_than_a_pixel_is_not_pale_and_mnists_digits_stay_as_they_are(digits):
    thin = [np.minimum.reduce([np.roll(each, shift, (0, 1)) for shift in AROUND]) for each in digits[:200]]
    pale = [each for each in thin if each.max() > 0.3 and depth(each) < 0.6]
    assert len(pale) > 20
    assert np.quantile([depth(prepared(each)) for each in pale], 0.1) > 0.649
    pale = [digit for digit in digits if depth(digit) < 0.65]
    assert len(pale) <= 0.002 * len(digits)
    for digit in digits[:200]:
        again = prepared(digit)
        assert again.max() == 1 and depth(again) == pytest.approx(depth(digit), abs=0.03)


AROUND = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0))


def depth(ink):
    """How dark ink is on average, weighted with itself."""
    return (ink**2).sum() / ink.sum()
