"""What a session keeps: each change goes to the engine at once, with the number of the session that it is of."""

import dataclasses

from PySide6.QtCore import QObject

from engine.session.jobs.kept import keep_sets
from gui.state.history import History
from gui.state.kept import KeptByName
from tests.gui.session_messages import opened
from tests.gui.worlds import World


def test_no_change_waits_in_the_window_where_another_session_would_end_it_and_each_names_its_session(qapp):
    world, parent = World(), QObject()
    kept = KeptByName(world.bridge, History(), parent, keep_sets, lambda message: message.sets)
    for name in ("first", "second"):
        kept.put(name, name)
    wanted = [({"first": "first"}, 0), ({"first": "first", "second": "second"}, 0)]
    assert world.asked(keep_sets) == wanted
    world.say(dataclasses.replace(opened(), number=3))
    assert not kept.things
    kept.put("third", "third")
    assert world.asked(keep_sets) == [*wanted, ({"third": "third"}, 3)]
    world.close()
