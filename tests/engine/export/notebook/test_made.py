"""A notebook leaves out what it has read and defined already, unless something was changed since."""

import pytest

from engine.export.notebook.book import CellState, code_of
from engine.export.scripts.parts.template import Cell

DATA = Cell('data = np.load("digits.npz")', ("data",), is_shared=True)
IMAGES = Cell('test_images = data["x_test"]', ("test_images",), "data", is_shared=True)
WEIGHTS = Cell('weights = dict(np.load("weights.npz"))', ("weights",), is_shared=True)
NAMED = Cell("passed1 = np.ones(3)\npassed1[2] = 3", ("passed1",), is_shared=True)
READ = Cell('passed1, added1 = weights["a"], weights["b"]', ("passed1", "added1"), "weights", is_shared=True)
NETWORK = Cell("\n\ndef network(images):\n    return images", ("network",), is_shared=True)
ANSWER = Cell("\n\nprint(network(test_images))")
SCRIPT = [DATA, IMAGES, WEIGHTS, NAMED, NETWORK, ANSWER]


def test_what_is_read_and_defined_already_is_left_out_and_what_does_something_is_not():
    made = CellState()
    assert made.missing(SCRIPT) == SCRIPT
    assert made.missing(SCRIPT) == made.missing(SCRIPT) == [ANSWER]


@pytest.mark.parametrize(
    ("other", "again"),
    [
        (WEIGHTS._replace(text='weights = dict(np.load("others.npz"))'), [WEIGHTS]),
        (DATA._replace(text='data = np.load("others.npz")'), [DATA]),
        (Cell("for weights in road:\n    pass", ("weights",)), [WEIGHTS]),
        (NETWORK._replace(text="def network(images):\n    return 0"), [NETWORK]),
        (NAMED._replace(text="passed1 = np.ones(3)\npassed1[2] = 4"), [NAMED]),
        (READ, [NAMED]),
        (Cell("unknown = 5"), []),
    ],
)
def test_what_others_have_changed_meanwhile_is_made_again(other, again):
    made = CellState()
    made.missing(SCRIPT)
    assert made.missing([other]) == [other]
    assert made.missing(SCRIPT) == [*again, ANSWER]


def test_what_is_read_in_the_same_words_from_something_else_is_read_again():
    made, others = CellState(), DATA._replace(text='data = np.load("others.npz")')
    for data in (DATA, others, DATA):
        assert made.missing([data, IMAGES]) == [data, IMAGES]
    for cells in ([WEIGHTS, READ], [WEIGHTS._replace(text="weights = 5"), READ], [WEIGHTS, READ]):
        assert made.missing(cells) == cells
    assert made.missing([DATA, IMAGES, WEIGHTS, READ]) == []


def test_cells_stand_as_far_apart_as_in_the_script():
    assert code_of([NAMED, NETWORK, ANSWER]) == (
        "passed1 = np.ones(3)\npassed1[2] = 3\n\n\n"
        "def network(images):\n    return images\n\n\nprint(network(test_images))"
    )
