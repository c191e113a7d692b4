"""What a session keeps: one change after the other, and none of a former session's in the next one."""

from PySide6.QtCore import QObject

from engine.core.messages import JobEnded
from engine.session.jobs.kept import keep_sets
from gui.state.history import History
from gui.state.kept import KeptByName
from tests.gui.session_messages import opened
from tests.gui.worlds import World


def test_a_change_that_waits_when_another_session_opens_is_not_made_there(qapp):
    world, parent = World(), QObject()
    kept = KeptByName(world.bridge, History(), parent, keep_sets, lambda message: message.sets)
    for name in ("first", "second"):
        kept.put(name, name)
    assert world.asked(keep_sets) == [({"first": "first"}, 0)], "the second waits until the first is written"
    world.say(opened())
    assert not kept.things
    world.say(JobEnded(outcome="done"), job=world.job(keep_sets))
    assert len(world.asked(keep_sets)) == 1
    world.close()
