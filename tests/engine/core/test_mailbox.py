"""The mailbox: order is kept, and only what is worthless is thrown away."""

from dataclasses import dataclass
from typing import ClassVar

from engine.core.mailbox import Mailbox
from engine.core.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Message):
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture(Message):
    latest_only: ClassVar[bool] = True
    number: int


def test_letters_come_out_in_the_order_in_which_they_were_posted_and_only_once():
    mailbox = Mailbox()
    for text in "abc":
        mailbox.post(1, Line(text=text))
    assert [letter.message.text for letter in mailbox.drain()] == ["a", "b", "c"]
    assert mailbox.drain() == []


def test_an_unread_picture_gives_way_to_the_next_of_its_job_and_lines_never_do():
    mailbox = Mailbox()
    mailbox.post(1, Picture(number=1))
    mailbox.post(2, Picture(number=7))
    mailbox.post(1, Line(text="between"))
    mailbox.post(1, Picture(number=2))
    assert [tuple(letter) for letter in mailbox.drain()] == [
        (2, Picture(number=7)),
        (1, Line(text="between")),
        (1, Picture(number=2)),
    ]


def test_ten_thousand_unread_pictures_are_one():
    mailbox = Mailbox()
    for number in range(10_000):
        mailbox.post(1, Picture(number=number))
    assert [letter.message.number for letter in mailbox.drain()] == [9_999]
