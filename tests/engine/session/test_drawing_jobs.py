"""Drawings are kept in the session by name: in memory, in the file, and over the bundled session in a copy."""

import numpy as np
import pytest
from told import told

from engine.core.drawing import Drawing, Point, Stroke
from engine.core.errors import UserError
from engine.core.machine.bundled import BLOG, BUNDLED
from engine.session.jobs.files import SessionOpened, find_left_sessions, open_session
from engine.session.jobs.kept import DrawingsKept, forget_drawing, keep_drawing, rename_drawing
from engine.session.session import Session, SessionSaved
from engine.session.store import places

ONE = Drawing(strokes=(Stroke(points=(Point(14, 4), Point(14, 24)), width=2),))
DOT = Drawing(strokes=(Stroke(points=(Point(3, 3),), width=4),))
OVER = DOT.over(np.arange(784, dtype=np.uint8).reshape(28, 28), "Test image 3, a 0")


def kept(job):
    (answer,) = [message for message in told(job) if isinstance(message, DrawingsKept)]
    return answer.drawings


def reopened(session):
    """What another window finds in the session's file when this one has closed it."""
    path = session.store.path
    assert session.close()
    again = Session()
    opened = told(open_session(again, str(path)))[0]
    assert isinstance(opened, SessionOpened) and opened.drawings == again.drawings
    again.close()
    return dict(opened.drawings)


def test_a_forgotten_drawing_can_come_back_to_its_place(session):
    for name in "abc":
        told(keep_drawing(session, name, ONE))
    assert list(kept(forget_drawing(session, "b"))) == ["a", "c"]
    assert list(kept(keep_drawing(session, "b", ONE, place=1))) == ["a", "b", "c"]
    assert list(reopened(session)) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda session: rename_drawing(session, "a", "b"), "There is a drawing called “b” already."),
        (lambda session: rename_drawing(session, "a", ""), "A drawing needs a name."),
        (lambda session: rename_drawing(session, "x", "y"), "There is no drawing called “x” in this session."),
        (lambda session: forget_drawing(session, "x"), "There is no drawing called “x” in this session."),
        (lambda session: keep_drawing(session, "", ONE), "A drawing that is kept needs a name."),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence_and_changes_nothing(session, make, sentence):
    told(keep_drawing(session, "a", ONE))
    told(keep_drawing(session, "b", DOT))
    with pytest.raises(UserError) as refused:
        told(make(session))
    assert refused.value.sentence == sentence and session.drawings == {"a": ONE, "b": DOT}


def test_a_message_does_not_change_with_the_session(session):
    first = kept(keep_drawing(session, "a", ONE))
    told(keep_drawing(session, "b", ONE))
    told(forget_drawing(session, "a"))
    assert list(first) == ["a"]


def test_what_is_kept_over_the_bundled_session_is_there_after_a_restart_with_all_runs(session):
    before = BUNDLED.read_bytes()
    told(open_session(session, str(BUNDLED)))
    moments = list(session.runs[BLOG].moments)
    (moved,) = [message for message in told(keep_drawing(session, "mine", OVER)) if isinstance(message, SessionSaved)]
    assert not moved.is_saved and places.is_autosave(moved.path) and session.is_saved()
    assert session.close() and BUNDLED.read_bytes() == before
    (found,) = told(find_left_sessions(Session()))[0].sessions
    assert (found.path, found.crashed, found.runs, found.drawings) == (moved.path, False, 2, 1)
    told(open_session(session, str(found.path)))
    assert session.drawings == {"mine": OVER} and list(session.runs[BLOG].moments) == moments


def test_a_session_of_drawings_alone_is_found_again_and_one_without_them_is_not(session):
    told(keep_drawing(session, "mine", ONE))
    path = session.store.path
    assert session.close() and path.exists()
    (found,) = told(find_left_sessions(Session()))[0].sessions
    assert (found.path, found.runs, found.epochs, found.accuracy) == (path, 0, 0, "")
    assert found.drawings == 1 and not found.losses.size
    told(open_session(session, str(path)))
    told(forget_drawing(session, "mine"))
    assert session.close() and not path.exists()
