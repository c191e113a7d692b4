"""An act: what it says comes back as it was, and what somebody else says is checked."""

import json

import numpy as np
import pytest

from engine.core.act import Act
from engine.core.lens import Adjusted, Lens, Neuron, Share

LENS = Lens("A", 12, frozenset({Neuron(0, 3), Neuron(0, 7)}), frozenset({Adjusted(1, 2, 0.0, 0.5)}))
PICTURE = np.random.default_rng(1).random((28, 28), np.float32)


def act(**changes):
    said = {"tab": "draw", "settings": {"method": "gradient", "against": -1}, "lens": LENS, "data": "0123", "when": 7.0}
    return Act.of(**said | changes)


def again(made):
    """What comes out of a file."""
    (array,) = made.arrays.values() or (None,)
    return Act.from_plain(json.loads(json.dumps(made.as_plain())), array)


@pytest.mark.parametrize(
    "made",
    [
        act(),
        act(settings={"image": 3, "picture": PICTURE}),
        act(tab="warmup", settings={"size": 3, "learning_rate": 0.5, "matrix": np.eye(3)}, lens=None, data=""),
        act(lens=Lens("A", 12, mixed=(Share("B", 24, 0.25, matched=True), Share("A", 0, 0.5)))),
        act(tab="ideal", settings={"neurons": (3, 7), "steps": np.int64(5), "weight": np.float32(0.25)}),
    ],
)
def test_it_comes_back_as_it_was(made):
    back = again(made)
    assert back.is_like(made) and (back.when, back.lens, back.data) == (made.when, made.lens, made.data)
    assert not any(array.flags.writeable for array in made.arrays.values())


def test_two_are_alike_when_they_show_the_same_whenever_that_was():
    first = act(settings={"picture": PICTURE})
    assert first.is_like(act(settings={"picture": PICTURE.copy()}, when=9.0))
    other = PICTURE.copy()
    other[3, 3] += 0.001
    for changes in (
        {"settings": {"picture": other}},
        {"settings": {}},
        {"settings": {"picture": PICTURE, "against": 4}},
        {"settings": {"matrix": PICTURE}},
        {"settings": {"picture": PICTURE}, "lens": Lens("A", 12)},
        {"settings": {"picture": PICTURE}, "data": "4567"},
        {"settings": {"picture": PICTURE}, "tab": "activations"},
    ):
        assert not first.is_like(act(**changes)) and not act(**changes).is_like(first)


NO_SHARES = (
    7, "B", {}, [7], [[]], [["B", 24, 0.5]], [["B", None, 0.5, False]], [["B", -1, 0.5, False]],
    [["B", 24, 1.5, False]], [["B", 24, -0.1, False]], [["B", 24, float("nan"), False]], [["B", 24, "0.5", False]],
    [["B", 24, True, False]], [["B", 24, 0.5, 1]], [[7, 24, 0.5, False]], [["B" * 2_000, 24, 0.5, False]],
    [["B", 24.0, 0.5, False]], [["B", 24, 0.1, False]] * 9,
)  # fmt: skip


def test_a_mixture_of_no_shares_is_refused():
    """Other things that no act says are in crafted session files."""
    said = act().as_plain()
    assert Act.from_plain(said, None).is_like(act())
    for mixed in NO_SHARES:
        with pytest.raises((ValueError, TypeError, LookupError)):
            Act.from_plain(said | {"lens": said["lens"] | {"mixed": mixed}}, None)


def test_an_array_that_is_no_picture_or_of_another_name_is_refused():
    said = act().as_plain()
    assert Act.from_plain(said | {"array": "picture"}, PICTURE).arrays["picture"] is PICTURE
    for array in (
        *(np.zeros(shape, np.float32) for shape in ((28,), (0, 28), (300, 2), (2, 2, 2))),
        np.zeros((2, 2), np.int64),
        np.full((2, 2), np.nan, np.float32),
    ):
        with pytest.raises(ValueError, match="rows and columns"):
            Act.from_plain(said | {"array": "picture"}, array)
    for name in ("", "weights", None):
        with pytest.raises((ValueError, TypeError)):
            Act.from_plain(said | {"array": name}, PICTURE)
