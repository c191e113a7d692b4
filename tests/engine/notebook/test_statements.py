"""A script in its parts, and what of it a notebook needs that has made some things already."""

import pytest

from engine.notebook.statements import Made, cut, text_of

SCRIPT = '''\
"""Do something. And more.

Needs nothing.
"""

import numpy as np
import tensorflow as tf

data = np.load("digits.npz")
test_images = data["x_test"]
weights = dict(np.load("weights.npz"))
# What some neurons pass on
passed1 = np.ones(3)
passed1[np.r_[1]] = 0
passed1[2] = 3


def network(images):
    """Return x."""
    return images @ weights["layer1/kernel"] * passed1


@tf.function
def paint(images):
    return network(images)


# The answer
answer = network(test_images)
print(answer)
np.savez("x-result.npz",
         answer=answer)

try:
    import matplotlib.pyplot as plt
except ImportError:
    print("No picture is drawn.")
else:
    figure, place = plt.subplots()
    for each in answer:
        place.plot(each)
    plt.savefig("x-result.png", dpi=150)
    plt.show()
'''


def first_lines(statements):
    return [each.text.split("\n")[0] for each in statements]


def test_a_script_is_cut_into_its_statements_without_what_writes_files():
    found = cut(SCRIPT)
    assert found.sentence == "Do something. And more."
    assert first_lines(found.statements) == [
        'data = np.load("digits.npz")',
        'test_images = data["x_test"]',
        'weights = dict(np.load("weights.npz"))',
        "# What some neurons pass on",
        "def network(images):",
        "@tf.function",
        "# The answer",
        "print(answer)",
    ]
    assert found.drawing == (
        "figure, place = plt.subplots()\nfor each in answer:\n    place.plot(each)\nplt.show()"
    )
    assert text_of(found.statements[2:5]) == (
        'weights = dict(np.load("weights.npz"))\n# What some neurons pass on\npassed1 = np.ones(3)\n'
        "passed1[np.r_[1]] = 0\npassed1[2] = 3\n\n\n"
        'def network(images):\n    """Return x."""\n    return images @ weights["layer1/kernel"] * passed1'
    )


def missing(made, script):
    return first_lines(made.missing(cut(script).statements))


def test_what_is_read_and_defined_already_is_left_out_and_what_does_something_is_not():
    made = Made()
    assert len(missing(made, SCRIPT)) == 8
    assert missing(made, SCRIPT) == ["@tf.function", "# The answer", "print(answer)"]


@pytest.mark.parametrize(
    ("other", "again"),
    [
        ('weights = dict(np.load("others.npz"))', ['weights = dict(np.load("weights.npz"))']),
        ('data = np.load("others.npz")', ['data = np.load("digits.npz")']),
        (
            'data = np.load("others.npz")\ntest_images = data["x"]',
            ['data = np.load("digits.npz")', 'test_images = data["x_test"]'],
        ),
        ("test_images = test_images[:5]", ['test_images = data["x_test"]']),
        ("test_images[0] = 1", ['test_images = data["x_test"]']),
        ("passed1[1] = 5", ["# What some neurons pass on"]),
        ("for weights in range(3):\n    pass", ['weights = dict(np.load("weights.npz"))']),
        ("def network(images):\n    return 0", ["def network(images):"]),
        ("network = 5", ["def network(images):"]),
        ("unknown = 5", []),
    ],
)
def test_what_others_have_changed_meanwhile_is_made_again(other, again):
    made = Made()
    missing(made, SCRIPT)
    assert missing(made, other)[0] == other.split("\n")[0]
    assert missing(made, SCRIPT) == [*again, "@tf.function", "# The answer", "print(answer)"]


def test_an_array_that_is_filled_otherwise_is_another_one():
    made = Made()
    missing(made, SCRIPT)
    assert "# What some neurons pass on" in missing(made, SCRIPT.replace("passed1[2] = 3", "passed1[2] = 4"))
    assert "# What some neurons pass on" in missing(made, SCRIPT)


def test_what_is_said_in_the_same_words_of_other_data_is_read_again():
    made, read = Made(), 'data = np.load("{}.npz")\ntest_images = data["x_test"]\n'
    for name in ("one", "other", "one"):
        assert missing(made, read.format(name)) == read.format(name).strip().split("\n")
    assert missing(made, read.format("one")) == []


def test_what_does_something_is_done_each_time_whatever_it_makes():
    made, loop = Made(), "for weights in range(3):\n    print(3)\n"
    assert missing(made, loop) == missing(made, loop) == ["for weights in range(3):"]


def test_what_has_a_state_is_made_anew_each_time():
    made, script = Made(), "generator = np.random.default_rng(1)\nprint(generator.random())\n"
    assert missing(made, script) == missing(made, script) == script.strip().split("\n")
