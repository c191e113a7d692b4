"""An act: what it says comes back as it was, and what somebody else says is checked."""

import json

import numpy as np
import pytest

from engine.core.act import MOST_SETTINGS, Act
from engine.core.lens import Adjusted, Lens, Neuron, Share

LENS = Lens("A", 12, frozenset({Neuron(0, 3), Neuron(0, 7)}), frozenset({Adjusted(1, 2, 0.0, 0.5)}))
PICTURE = np.random.default_rng(1).random((28, 28), np.float32)


def act(**changes):
    said = {"tab": "draw", "settings": {"method": "gradient", "against": -1}, "lens": LENS, "data": "0123", "when": 7.0}
    said |= changes
    return Act.of(said["tab"], said["settings"], said["lens"], said["data"], said["when"])


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

WRONG = {
    "tab": (7, None, "x" * 2_000),
    "settings": ([], 7, {"a": None}, {"a": [1.5]}, {"a": ["x"]}, {"a": {"b": 1}}, {"a": True}, {"a": 1e300},
                 {"a": [-1]}, {"a": [2**31]}, {"a": "x" * 2_000}, {"x" * 2_000: 1}, {"a": [1] * 20_000},
                 {f"{n}": 1 for n in range(MOST_SETTINGS + 1)}),
    "array": ("picture", "weights", None, 7),
    "lens": (7, [], {}, {"run": "A", "step": 12}, {"run": "A", "step": 1.5, "silenced": [], "adjusted": []},
             {"run": "A", "step": -1, "silenced": [], "adjusted": []},
             {"run": 7, "step": 1, "silenced": [], "adjusted": []},
             {"run": "A", "step": 1, "silenced": [[0, -1]], "adjusted": []},
             {"run": "A", "step": 1, "silenced": [], "adjusted": [[0, 0, "nan", 0.0]]},
             *({"run": "A", "step": 1, "silenced": [], "adjusted": [], "mixed": mixed} for mixed in NO_SHARES)),
    "data": (7, None, "x" * 2_000),
    "when": ("now", -1, 1e300, None, True),
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_what_no_act_says_is_refused(name, value):
    said = act().as_plain()
    assert Act.from_plain(said, None).is_like(act())
    with pytest.raises((ValueError, TypeError, LookupError)):
        Act.from_plain(said | {name: value}, None)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(28, np.float32), np.zeros((0, 28), np.float32), np.zeros((300, 2), np.float32),
        np.zeros((2, 2, 2), np.float32), np.zeros((2, 2), np.int64), np.full((2, 2), np.nan, np.float32),
    ],
)  # fmt: skip
def test_an_array_that_is_no_picture_is_refused(array):
    said = act().as_plain() | {"array": "picture"}
    assert Act.from_plain(said, PICTURE).arrays["picture"] is PICTURE
    with pytest.raises(ValueError, match="rows and columns"):
        Act.from_plain(said, array)


@pytest.mark.parametrize("name", ["", "weights", None])
def test_an_array_of_no_name_or_of_another_is_refused(name):
    with pytest.raises((ValueError, TypeError)):
        Act.from_plain(act().as_plain() | {"array": name}, PICTURE)
