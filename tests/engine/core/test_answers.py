"""Nobody can write to the arrays of an answer, and only what could be written to is copied."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from engine.core.lazy import Array
from engine.core.mailbox import Mailbox
from engine.core.messages import Answer, LensAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Answer):
    """An answer with all that an answer can hold."""

    whole: Array
    parts: tuple[Array, ...] = ()
    none: Array | None = None
    words: tuple[str, ...] = ()


def test_what_the_probe_goes_on_writing_to_is_copied():
    whole, part = np.arange(3), np.zeros(2)
    found = Found(whole=whole, parts=(part,), words=("a", "b"))
    whole[0], part[0] = 7, 7
    assert found.whole.tolist() == [0, 1, 2] and found.parts[0].tolist() == [0, 0]
    assert found.none is None and found.words == ("a", "b")
    for array in (found.whole, *found.parts):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_what_nobody_can_write_to_is_shared():
    whole = np.arange(3)
    whole.flags.writeable = False
    parts = (whole, whole)
    found = Found(whole=whole, parts=parts)
    assert found.whole is whole and found.parts is parts
    assert replace(found, words=("c",)).whole is whole


def test_a_newer_answer_makes_an_unread_older_one_worthless():
    mailbox, newest = Mailbox(), Found(whole=np.ones(1))
    for answer in (Found(whole=np.zeros(1)), LensAnswer(run="A", step=3), newest):
        mailbox.post(1, answer)
    assert [letter.message for letter in mailbox.drain()] == [LensAnswer(run="A", step=3), newest]
