"""A run's history, the figures of its epochs and of its steps, is kept small, and comes out as it went in."""

import dataclasses
import math
import tracemalloc

import numpy as np
import pytest
from told import epoch_done

from engine.model.training.epochs import FEWEST_SPARE, FIGURES, Epochs, Growing


def told(number, **other):
    figures = {
        "train_loss": 1 / 3 / number, "test_loss": math.pi / number, "test_accuracy": 1 - 0.7 / number,
        "images_per_second": 1e5 / number, "seconds": 0.1 * number, "gradient_norms": (0.1 / number, 2e-9),
        "dead": (number % 3,), "widths": (300,),
    }  # fmt: skip
    return epoch_done(number, steps=40, **figures | other)


MANY = [told(number) for number in range(1, 400)]


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"finite": False, "train_loss": math.inf},
        {"gradient_norms": ()},
        {"gradient_norms": (1.0, 2.0, 3.0), "dead": (7, 8), "widths": (16, 32)},
        {"dead": (), "widths": ()},
        {"step": 2**52 + 1, "dead": (2**40,)},
        {"run": "AB"},
        {"validation_loss": 0.25, "validation_accuracy": 0.5},
    ],
)
def test_an_epoch_comes_out_as_it_went_in_among_others(other):
    before = [*MANY[:70], dataclasses.replace(MANY[70], **other), *MANY[71:]]
    kept = Epochs(before)
    assert list(kept) == before and kept == before and len(kept) == len(before)
    known = [name for name in FIGURES if getattr(kept[70], name) is not None]
    kinds = [int, int, *[float] * (len(known) - 3), bool]
    assert len(known) == len(FIGURES) - (0 if "validation_loss" in other else 2)
    assert [type(getattr(kept[70], name)) for name in known] == kinds
    assert all(type(count) is int for count in kept[70].dead)


def test_epochs_are_picked_as_from_a_list_and_a_figure_of_all_is_a_column():
    kept = Epochs(MANY)
    for place in (0, -1, 398, slice(3), slice(-5, None), slice(300, 10), slice(None, None, -7)):
        assert kept[place] == MANY[place]
    for place in (0, -1):
        with pytest.raises(IndexError):
            _ = Epochs()[place]
    assert list(Epochs()) == [] and not Epochs() and Epochs().column("step").shape == (0,)

    for name in FIGURES:
        wanted = [math.nan if (figure := getattr(done, name)) is None else figure for done in MANY]
        np.testing.assert_array_equal(kept.column(name), wanted)


OTHERS = [
    *MANY[:70],
    dataclasses.replace(MANY[70], gradient_norms=(math.nan, 2.0, 3.0), dead=(7, 8), widths=(16, 32)),
    dataclasses.replace(MANY[71], gradient_norms=(), dead=(), widths=()),
    *MANY[72:],
]


@pytest.mark.parametrize("all_told", [[], MANY, OTHERS])
@pytest.mark.parametrize("layer", [0, 1, 2])
def test_norms_and_shares_of_dead_neurons_of_a_layer_come_with_the_epochs_that_tell_them(all_told, layer):
    kept = Epochs(all_told)
    norms = [(each.epoch, each.gradient_norms[layer]) for each in all_told if layer < len(each.gradient_norms)]
    dead = [(each.epoch, each.dead[layer] / each.widths[layer]) for each in all_told if layer < len(each.dead)]
    for (epochs, figures), wanted in ((kept.gradient_norms(layer), norms), (kept.dead_shares(layer), dead)):
        np.testing.assert_array_equal(epochs, [epoch for epoch, _ in wanted])
        np.testing.assert_array_equal(figures, [figure for _, figure in wanted])


def test_epochs_take_little_room_and_curves_of_those_that_are_alike_none():
    kept = Epochs()
    tracemalloc.start()
    for number in range(1, 2_001):
        kept.append(told(number))
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(kept) == 2_000 and taken < 300_000
    (epochs, norms), table = kept.gradient_norms(1), kept.column("step").base
    assert all(np.shares_memory(each, table) for each in (epochs, norms, kept.column("test_loss")))


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
