"""The job that checks whether a film may be written to a path, before any frame is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.core.machine.atomic import cannot_save, check_ordinary, check_place
from engine.core.messages import Job, Message
from engine.export.film.settings import check_kind
from engine.session.jobs.export import keep_inputs
from engine.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmAllowed(Message):
    """A film may be written to the path."""

    path: Path


def ask_film(session: Session, path: Path) -> Job:
    """Answer with `FilmAllowed`; raise `UserError` if none can be written there, or it would replace an open file."""
    check_kind(path)
    keep_inputs(session, path)
    check_place(path)
    try:
        check_ordinary(path)
    except OSError as error:
        raise cannot_save(path, error) from error
    yield FilmAllowed(path=path)
