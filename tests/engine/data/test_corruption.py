"""Every way to spoil a picture, worked out once more pixel by pixel."""

import math

import numpy as np
import pytest

from engine.data.corruption import CORRUPTIONS, corrupted

ROWS, COLUMNS = 9, 7
IMAGES = np.random.default_rng(5).integers(0, 256, (3, ROWS, COLUMNS)).astype(np.uint8)
NUMBERS = np.array([4, 0, 77])


def stream(number, seed=7):
    return np.random.Generator(np.random.Philox(key=[seed, number]))


def read_between(image, y, x):
    """Linear between four pixels; beyond the edges is nothing."""
    around = np.pad(image.astype(float), 1)
    top, left = math.floor(y), math.floor(x)
    if not (-1 <= top < ROWS and -1 <= left < COLUMNS):
        return 0.0
    down, right = y - top, x - left
    return np.array([1 - down, down]) @ around[top + 1 : top + 3, left + 1 : left + 3] @ np.array([1 - right, right])


def by_hand(image, place_of):
    """Return the picture whose pixel (row, column) is read at `place_of` it."""
    return np.array([[read_between(image, *place_of(row, column)) for column in range(COLUMNS)] for row in range(ROWS)])


def close(one, other):
    np.testing.assert_allclose(one.astype(float), np.clip(other, 0, 255), atol=0.52)  # rounded to whole numbers


def test_noise_is_added_with_its_deviation():
    found = corrupted(IMAGES, "noise", 0.3, NUMBERS)
    for image, number, each in zip(IMAGES, NUMBERS, found, strict=True):
        close(each, image + 255 * 0.3 * stream(number).standard_normal((ROWS, COLUMNS), np.float32))
    grey = np.full((200, ROWS, COLUMNS), 128, np.uint8)
    noise = corrupted(grey, "noise", 0.1, np.arange(200)).astype(float) - 128
    assert noise.std() == pytest.approx(25.5, rel=0.02) and abs(noise.mean()) < 0.5


def test_blur_is_a_bell_around_each_pixel():
    deviation = 0.8 * ROWS / 7
    found = corrupted(IMAGES, "blur", 0.8, NUMBERS)
    whole = sum(math.exp(-k * k / (2 * deviation**2)) for k in range(-60, 61)) ** 2
    for image, each in zip(IMAGES, found, strict=True):
        expected = np.zeros((ROWS, COLUMNS))
        for row, column, y, x in np.ndindex(ROWS, COLUMNS, ROWS, COLUMNS):
            apart = (row - y) ** 2 + (column - x) ** 2
            expected[row, column] += image[y, x] * math.exp(-apart / (2 * deviation**2)) / whole
        close(each, expected)


def test_a_shift_moves_by_its_distance_in_a_direction_of_its_own():
    distance = 0.5 * ROWS / 2
    found = corrupted(IMAGES, "shift", 0.5, NUMBERS)
    for image, number, each in zip(IMAGES, NUMBERS, found, strict=True):
        angle = stream(number).uniform(0, 2 * np.pi)
        down, across = distance * math.sin(angle), distance * math.cos(angle)
        close(each, by_hand(image, lambda r, c, d=down, a=across: (r - d, c - a)))


@pytest.mark.parametrize("strength", [0.13, 0.5, 1.0])
def test_a_rotation_turns_around_the_middle(strength):
    found = corrupted(IMAGES, "rotation", strength, NUMBERS)
    for image, number, each in zip(IMAGES, NUMBERS, found, strict=True):
        sign = 1 if stream(number).random() < 0.5 else -1
        angle = sign * math.radians(180 * strength)

        def place(row, column, angle=angle):
            y, x = row - (ROWS - 1) / 2, column - (COLUMNS - 1) / 2
            # Undo the turn: where has this pixel been?
            radius, direction = math.hypot(y, x), math.atan2(y, x) - angle
            return radius * math.sin(direction) + (ROWS - 1) / 2, radius * math.cos(direction) + (COLUMNS - 1) / 2

        close(each, by_hand(image, place))


def test_occlusion_takes_the_ink_out_of_a_rectangle():
    found = corrupted(IMAGES, "occlusion", 0.4, NUMBERS)
    for image, number, each in zip(IMAGES, NUMBERS, found, strict=True):
        down, across = stream(number).random(2)
        expected = image.astype(float)
        for row in range(ROWS):
            for column in range(COLUMNS):
                covered = 1.0
                for at, side, place in ((row, ROWS, down), (column, COLUMNS, across)):
                    begin = 0.6 * place * side
                    covered *= max(0.0, min(begin + 0.4 * side, at + 1) - max(begin, at))
                expected[row, column] *= 1 - covered
        close(each, expected)
    assert not corrupted(IMAGES, "occlusion", 1.0, NUMBERS).any()


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_nothing_is_nothing_and_the_same_again_is_the_same(kind):
    np.testing.assert_array_equal(corrupted(IMAGES, kind, 0.0, NUMBERS), IMAGES)
    whole = corrupted(IMAGES, kind, 0.6, NUMBERS)
    assert whole.dtype == np.uint8 and (whole != IMAGES).any()
    np.testing.assert_array_equal(whole[1:], corrupted(IMAGES[1:], kind, 0.6, NUMBERS[1:]))
    if kind != "blur":
        assert (corrupted(IMAGES, kind, 0.6, NUMBERS, seed=8) != whole).any()


def test_amounts_are_told_in_plain_units():
    said = {kind: corruption.say(0.5, 28) for kind, corruption in CORRUPTIONS.items()}
    assert said == {
        "noise": "0.50 of full ink", "blur": "2.0 px", "shift": "7.0 px", "rotation": "90°",
        "occlusion": "50 % of each side",
    }  # fmt: skip
