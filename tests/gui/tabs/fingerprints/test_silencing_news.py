"""What silencing costs is told once a hand rests, and taken back when it is no longer true."""

import dataclasses

import pytest

from engine.core.lens import Lens, Neuron
from engine.core.messages import Notice
from gui.state.selection import Selection
from gui.state.silencing import Silencing
from gui.tabs.fingerprints.silencing import REST_MS, SilencingNews
from tests.gui.fake_clock import FakeClock
from tests.gui.tabs.fingerprints.fingerprint_messages import accuracy

FIRST, SECOND = Neuron(0, 3), Neuron(0, 7)


class World:
    """Where neurons are silenced; `told` is what stood in the line of notices, by topic at last."""

    def __init__(self):
        self.clock, self.selection, self.told, self.topics = FakeClock(), Selection(), [], set()
        self.selection.change(lens=Lens("A"))
        self.silencing = Silencing(self.selection, {"A", "B"}, self.selection.history)
        self.news = SilencingNews(self, self.selection, self.silencing, self.selection, self.clock)

    def submit(self, tell, *sentences, topic):
        """Stand in for the bridge: what the job would say is said at once."""
        for notice in tell(None, *sentences, topic=topic):
            assert isinstance(notice, Notice)
            self.told.append(f"{notice.sentence} {notice.hint}".strip())
            self.topics.add(notice.topic)


@pytest.fixture
def world(qapp):
    return World()


def test_what_it_costs_is_told_once_a_hand_rests(world):
    world.news.take(accuracy(0.981))
    for neuron, found in ((FIRST, 0.98), (SECOND, 0.931)):
        world.silencing.silence([neuron])
        world.news.take(accuracy(found))
        world.clock.advance(REST_MS - 1)
    assert not world.told
    world.clock.advance(1)
    undo = "Undo brings them back."
    assert world.told == [f"2 neurons silenced: 98.10 % → 93.10 % of these 10,000 test images. {undo}"]
    world.news.take(accuracy(0.94))  # at another moment, say
    world.clock.advance(REST_MS)
    assert len(world.told) == 1
    world.silencing.boost([FIRST], 2)
    world.news.take(accuracy(0.95))
    world.clock.advance(REST_MS)
    assert world.told[1:] == [f"2 neurons changed: 98.10 % → 95.00 % of these 10,000 test images. {undo}"]
    world.silencing.restore_all()
    world.news.take(accuracy(0.981))
    world.clock.advance(REST_MS)
    assert world.told[2:] == ["All neurons are as trained: 98.10 % of these 10,000 test images."]


def test_a_neuron_that_costs_one_image_in_ten_thousand_is_seen_to_cost_it(world):
    world.silencing.silence([FIRST])
    world.news.take(accuracy(0.9802, before=0.9803))
    world.clock.advance(REST_MS)
    sentence = "1 neuron silenced: 98.03 % → 98.02 % of these 10,000 test images. Undo brings it back."
    assert world.told == [sentence]
    world.silencing.silence([SECOND])
    world.news.take(accuracy(0.9803, before=0.9803))
    world.clock.advance(REST_MS)
    assert "98.03 % of these 10,000 test images, as before." in world.told[-1]


def test_what_it_cost_is_taken_back_where_undo_meets_a_hidden_tab(world):
    world.silencing.silence([FIRST])
    world.news.take(accuracy(0.98))
    world.clock.advance(REST_MS)
    world.selection.change(lens=dataclasses.replace(world.selection.lens, moment=7))
    world.clock.advance(REST_MS)
    assert len(world.told) == 1, "it is silenced still"
    world.selection.history.undo()
    world.clock.advance(REST_MS)
    assert world.told[1:] == [""] and len(world.topics) == 1
    world.news.take(accuracy(0.981))
    world.clock.advance(REST_MS)
    assert len(world.told) == 2, "that all are as trained is no news"
