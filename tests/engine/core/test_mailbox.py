"""The mailbox keeps the order and drops only what is worthless; nobody can write to the arrays of an answer."""

from dataclasses import replace

import numpy as np
import pytest

from engine.core.lazy import Array
from engine.core.mailbox import Mailbox
from engine.core.messages import Answer, LensAnswer, Message


class Line(Message):
    text: str


class Found(Answer):
    """An answer with all that an answer can hold; of a job only the latest is of use."""

    whole: Array
    parts: tuple[Array, ...] = ()
    none: Array | None = None
    words: tuple[str, ...] = ()


def test_letters_come_out_once_in_their_order_but_for_an_unread_answer_with_a_newer_one_of_its_job():
    mailbox = Mailbox()
    first, newest = Found(whole=np.zeros(1)), Found(whole=np.ones(1))
    letters = [(1, Line(text="a")), (1, first), (2, first), (1, Line(text="b")), (1, LensAnswer(run="A", step=3))]
    for job, message in [*letters, *[(1, first)] * 10_000, (1, newest)]:
        mailbox.post(job, message)
    del letters[1]
    assert [tuple(letter) for letter in mailbox.drain()] == [*letters, (1, newest)]
    assert mailbox.drain() == []


def test_what_the_probe_goes_on_writing_to_is_copied():
    whole, part = np.arange(3), np.zeros(2)
    answer = Found(whole=whole, parts=(part,), words=("a", "b"))
    whole[0], part[0] = 7, 7
    assert answer.whole.tolist() == [0, 1, 2] and answer.parts[0].tolist() == [0, 0]
    assert answer.none is None and answer.words == ("a", "b")
    for array in (answer.whole, *answer.parts):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_what_nobody_can_write_to_is_shared():
    whole = np.arange(3)
    whole.flags.writeable = False
    parts = (whole, whole)
    answer = Found(whole=whole, parts=parts)
    assert answer.whole is whole and answer.parts is parts
    assert replace(answer, words=("c",)).whole is whole
