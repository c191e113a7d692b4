"""Drawings are kept in the session by name: in memory, in the file, and over the bundled session in a copy."""

import numpy as np
from told import told

from engine.core.drawing import Drawing, Point, Stroke
from engine.core.machine.bundled import BLOG, BUNDLED
from engine.session.jobs.files import SessionOpened, find_left_sessions, open_session
from engine.session.jobs.kept import keep_drawings
from engine.session.session import Session, SessionSaved
from engine.session.store import places

ONE = Drawing(strokes=(Stroke(points=(Point(14, 4), Point(14, 24)), width=2),))
DOT = Drawing(strokes=(Stroke(points=(Point(3, 3),), width=4),))
OVER = DOT.over(np.arange(784, dtype=np.uint8).reshape(28, 28), "Test image 3, a 0")


def keep(session, **drawings):
    return told(keep_drawings(session, drawings))


def reopened(session):
    """What another window finds in the session's file when this one has closed it."""
    path = session.store.path
    assert session.close()
    again = Session()
    opened = told(open_session(again, str(path)))[0]
    assert isinstance(opened, SessionOpened) and opened.drawings == again.drawings
    again.close()
    return dict(opened.drawings)


def test_a_drawing_of_another_name_or_place_is_the_same_drawing(session):
    keep(session, a=ONE, b=DOT, c=OVER)
    keep(session, c=OVER, β=DOT, a=ONE)
    assert list(reopened(session).items()) == [("c", OVER), ("β", DOT), ("a", ONE)]


def test_what_is_kept_over_the_bundled_session_is_there_after_a_restart_with_all_runs(session):
    before = BUNDLED.read_bytes()
    told(open_session(session, str(BUNDLED)))
    moments = list(session.runs[BLOG].moments)
    (moved,) = [message for message in keep(session, mine=OVER) if isinstance(message, SessionSaved)]
    assert not moved.is_saved and places.is_autosave(moved.path) and session.is_saved()
    assert session.close() and BUNDLED.read_bytes() == before
    (found,) = told(find_left_sessions(Session()))[0].sessions
    assert (found.path, found.crashed, found.runs, found.drawings) == (moved.path, False, 2, 1)
    told(open_session(session, str(found.path)))
    assert session.drawings == {"mine": OVER} and list(session.runs[BLOG].moments) == moments


def test_a_session_of_drawings_alone_is_found_again_and_one_without_them_is_not(session):
    keep(session, mine=ONE)
    path = session.store.path
    assert session.close() and path.exists()
    (found,) = told(find_left_sessions(Session()))[0].sessions
    assert (found.path, found.runs, found.epochs, found.accuracy) == (path, 0, 0, "")
    assert found.drawings == 1 and not found.losses.size
    told(open_session(session, str(path)))
    keep(session)
    assert session.close() and not path.exists()
