"""The jobs of what a session keeps: drawings and sets of neurons, by name; what a person did."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from engine.core.act import MOST_ACTS, Act
from engine.core.errors import UserError
from engine.core.messages import Job, Message
from engine.core.text import storable
from engine.model.network.mixture import shares_of
from engine.session.session import CANVAS, LESSON, Session, save_all, tell

if TYPE_CHECKING:
    from engine.core.drawing import Drawing
    from engine.core.lens import Lens
    from engine.core.neuron_set import NeuronSet


ON_THE_WAY_SECONDS = 8.0
"""An act that another one of the same tab and run follows within that time was only on the way to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawingsKept(Message):
    """What is kept now, by name, in its order. Of a session that opens `SessionOpened` tells it."""

    latest_only: ClassVar[bool] = True
    drawings: Mapping[str, Drawing]


def keep_drawing(session: Session, name: str, drawing: Drawing, place: int | None = None) -> Job:
    """Keep a drawing under a name, instead of another one of that name; a new one as number `place` (`None`: the last).

    Answers `DrawingsKept`. Raises `UserError` when the name is empty.
    """
    if not name:
        raise UserError("A drawing that is kept needs a name.")
    name = storable(name)
    kept = list(session.drawings.items())
    if name not in session.drawings:
        kept.insert(len(kept) if place is None else place, (name, drawing))
    session.drawings = dict(kept) | {name: drawing}
    yield from _kept(session)


def rename_drawing(session: Session, name: str, new: str) -> Job:
    """Call a drawing something else; it stays in its place. Answers `DrawingsKept`.

    Raises `UserError` when there is no such drawing, or already one of the new name.
    """
    _check(session, name)
    new = storable(new)
    if not new or (new in session.drawings and new != name):
        raise UserError(f"There is a drawing called “{new}” already." if new else "A drawing needs a name.")
    session.drawings = {new if each == name else each: kept for each, kept in session.drawings.items()}
    yield from _kept(session)


def forget_drawing(session: Session, name: str) -> Job:
    """Keep a drawing no longer. Answers `DrawingsKept`. Raises `UserError` when there is no such drawing."""
    _check(session, name)
    session.drawings = {each: kept for each, kept in session.drawings.items() if each != name}
    yield from _kept(session)


def keep_canvas(session: Session, canvas: Mapping[str, Any] | None) -> Job:
    """Store what lies on the canvas with the session, in plain values; `None` for an empty one.

    A session without a file of its own to write into gets none for that: its canvas lies in the state folder.
    """
    session.keep_part(CANVAS, canvas)
    yield from save_all(session)
    session.note_canvas()


def keep_lesson(session: Session, lesson: Mapping[str, Any]) -> Job:
    """Store how far the lesson is with the session, in plain values; one without a file gets none for that."""
    session.keep_part(LESSON, lesson)
    yield from save_all(session)


def _check(session: Session, name: str) -> None:
    if name not in session.drawings:
        raise UserError(f"There is no drawing called “{name}” in this session.")


def _kept(session: Session) -> Job:
    yield DrawingsKept(drawings=dict(session.drawings))
    yield from save_all(session)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsKept(Message):
    """What is kept now, by name, in its order. Of a session that opens `SessionOpened` tells it."""

    latest_only: ClassVar[bool] = True
    sets: Mapping[str, NeuronSet]


def keep_sets(session: Session, sets: Mapping[str, NeuronSet]) -> Job:
    """Keep just these sets, in this order, and write them at once. Answers `SetsKept`."""
    session.sets = {storable(name): each for name, each in sets.items()}
    yield SetsKept(sets=dict(session.sets))
    yield from save_all(session)


def note_act(session: Session, tab: str, settings: Mapping[str, Any], lens: Lens | None) -> Job:
    """Note what is done in a tab, whose settings are those for `show_code`, unless it was noted before.

    Of a live lens the newest moment is noted. A session without a file of its own to write into gets none for that.
    """
    if lens is not None:
        moments = session.run(lens.run).moments
        if not moments:
            return
        mixed = tuple(share for *_, share in shares_of(session, lens))
        lens = replace(lens, moment=moments.newest if lens.moment is None else lens.moment, mixed=mixed)
    data = session.dataset.fingerprint() if session.dataset else ""
    act = Act.of(tab, settings, lens, data, time.time())
    if not any(each.is_like(act) for each in session.acts.values()):
        acts = dict(session.acts)
        last = next(reversed(acts), None)
        if last is not None and _leads_to(acts[last], act):
            del acts[last]
        acts[1 + (last or 0)] = act
        session.acts = dict([*acts.items()][-MOST_ACTS:])
        yield from tell(session.save())


def _leads_to(before: Act, act: Act) -> bool:
    runs = {each.lens.run if each.lens else "" for each in (before, act)}
    is_soon = act.when - before.when < ON_THE_WAY_SECONDS
    return before.tab == act.tab and len(runs) == 1 and is_soon
