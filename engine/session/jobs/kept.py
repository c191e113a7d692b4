"""Jobs that store named drawings and sets of neurons, the canvas, the lesson's progress, and acts."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.core.act import MOST_ACTS, Act
from engine.core.drawing import Drawing
from engine.core.lens import Lens, NeuronSet
from engine.core.messages import Job
from engine.core.text import storable
from engine.model.network.mixture import shares_of
from engine.session.session import CANVAS, LESSON, Session, save_all, tell

ON_THE_WAY_SECONDS = 8.0  # an act is replaced by one of the same tab and run that follows within this time


# These two, and `keep_examples`, replace the things when the job is submitted, not in its first turn: another session
# that is opened right after would have its turn first, and get the things of this one. If another session was opened
# before, which the window did not know yet, the `number` of theirs tells, and they are dropped.


def keep_drawings(session: Session, drawings: Mapping[str, Drawing], number: int | None = None) -> Job:
    """Replace the named drawings, in this order, and save."""
    if number in (None, session.number):
        session.drawings = {storable(name): drawing for name, drawing in drawings.items()}
    return save_all(session)


def keep_sets(session: Session, sets: Mapping[str, NeuronSet], number: int | None = None) -> Job:
    """Replace the named sets, in this order, and save."""
    if number in (None, session.number):
        session.sets = {storable(name): neurons for name, neurons in sets.items()}
    return save_all(session)


def keep_canvas(session: Session, canvas: Mapping[str, Any] | None) -> Job:
    """Store the canvas with the session, as plain values, or in the state folder; `None` for an empty one."""
    session.keep_part(CANVAS, canvas)
    yield from save_all(session)
    session.note_canvas()


def keep_lesson(session: Session, lesson: Mapping[str, Any]) -> Job:
    """Store the lesson's progress with the session, as plain values; a session without a file gets none for it."""
    session.keep_part(LESSON, lesson)
    yield from save_all(session)


def note_act(session: Session, tab: str, settings: Mapping[str, Any], lens: Lens | None) -> Job:
    """Add an act in a tab, whose settings are those for `show_code`, with its moment, unless there is a similar one."""
    if lens is not None:
        moments = session.run(lens.run).moments
        if not moments:
            return
        mixed = tuple(share for *_, share in shares_of(session, lens))
        lens = replace(lens, moment=moments.newest if lens.moment is None else lens.moment, mixed=mixed)
    data = session.dataset.fingerprint() if session.dataset else ""
    act = Act.of(tab, settings, lens, data, time.time())
    if not any(noted.is_like(act) for noted in session.acts.values()):
        acts = dict(session.acts)
        last = next(reversed(acts), None)
        if last is not None:
            before = acts[last]
            runs = {noted.lens.run if noted.lens else "" for noted in (before, act)}
            is_soon = act.when - before.when < ON_THE_WAY_SECONDS
            if before.tab == act.tab and len(runs) == 1 and is_soon:
                del acts[last]
        acts[1 + (last or 0)] = act
        session.acts = dict([*acts.items()][-MOST_ACTS:])
        yield from tell(session.save())
