"""Jobs that store named drawings and sets of neurons, the canvas, the lesson's progress, and acts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from engine.core.act import MOST_ACTS, Act
from engine.core.drawing import Drawing
from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.core.messages import Job, Message
from engine.core.neuron_set import NeuronSet
from engine.core.text import storable
from engine.model.network.mixture import shares_of
from engine.session.session import CANVAS, LESSON, Session, save_all, tell

ON_THE_WAY_SECONDS = 8.0  # an act is replaced by one of the same tab and run that follows within this time


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawingsKept(Message):
    """The named drawings in their order. When a session is opened, they are in `SessionOpened`."""

    latest_only: ClassVar[bool] = True
    drawings: Mapping[str, Drawing]


def keep_drawing(session: Session, name: str, drawing: Drawing, place: int | None = None) -> Job:
    """Store a drawing under a name, replacing one of that name; a new one at index `place`, by default as the last.

    Answers `DrawingsKept`. Raises `UserError` for an empty name.
    """
    if not name:
        raise UserError("A drawing that is kept needs a name.")
    name = storable(name)
    drawings = list(session.drawings.items())
    if name not in session.drawings:
        drawings.insert(len(drawings) if place is None else place, (name, drawing))
    session.drawings = dict(drawings) | {name: drawing}
    yield from _kept(session)


def rename_drawing(session: Session, name: str, new: str) -> Job:
    """Rename a drawing, which keeps its place. Answers `DrawingsKept`.

    Raises `UserError` if there is no such drawing, or already one of the new name.
    """
    _check(session, name)
    new = storable(new)
    if not new or (new in session.drawings and new != name):
        raise UserError(f"There is a drawing called “{new}” already." if new else "A drawing needs a name.")
    session.drawings = {new if key == name else key: drawing for key, drawing in session.drawings.items()}
    yield from _kept(session)


def forget_drawing(session: Session, name: str) -> Job:
    """Remove a drawing. Answers `DrawingsKept`. Raises `UserError` if there is no such drawing."""
    _check(session, name)
    session.drawings = {key: drawing for key, drawing in session.drawings.items() if key != name}
    yield from _kept(session)


def keep_canvas(session: Session, canvas: Mapping[str, Any] | None) -> Job:
    """Store the canvas with the session, as plain values; `None` for an empty one.

    A session without a writable file gets none for it: its canvas is stored in the state folder.
    """
    session.keep_part(CANVAS, canvas)
    yield from save_all(session)
    session.note_canvas()


def keep_lesson(session: Session, lesson: Mapping[str, Any]) -> Job:
    """Store the lesson's progress with the session, as plain values; a session without a file gets none for it."""
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
    """The named sets in their order. When a session is opened, they are in `SessionOpened`."""

    latest_only: ClassVar[bool] = True
    sets: Mapping[str, NeuronSet]


def keep_sets(session: Session, sets: Mapping[str, NeuronSet]) -> Job:
    """Replace the named sets, in this order, and save. Answers `SetsKept`."""
    session.sets = {storable(name): neurons for name, neurons in sets.items()}
    yield SetsKept(sets=dict(session.sets))
    yield from save_all(session)


def note_act(session: Session, tab: str, settings: Mapping[str, Any], lens: Lens | None) -> Job:
    """Add an act in a tab, whose settings are those for `show_code`, unless there is a similar one.

    For a live lens it has the newest moment. A session without a writable file gets none for it.
    """
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
