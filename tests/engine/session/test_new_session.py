"""Another session takes the place of the present one in a single turn."""

from engine.core.messages import Notice
from engine.session.jobs.files import SessionOpened, new_session, open_session
from engine.session.jobs.kept import keep_drawings
from engine.session.session import SessionSaved
from tests.engine.session.test_drawing_jobs import ONE


def with_untold_news(session):
    """Let the session have something to say of itself, as after a run that was stopped."""
    for _ in keep_drawings(session, {"one": ONE}):
        pass
    session.post_later([session.moved(), Notice(sentence="Some of it was damaged.")])
    return session


def test_a_new_session_is_said_in_the_turn_in_which_it_is_there(session):
    """A run that another job begins in the next turn belongs to it, and so comes after it for the window as well."""
    first, *later = new_session(with_untold_news(session))
    assert isinstance(first, SessionOpened) and first.runs == ()
    assert [message.sentence for message in later] == ["Some of it was damaged."]


def test_a_session_that_is_opened_is_said_before_what_is_left_to_say_of_the_one_before(session):
    path = with_untold_news(session).store.path
    list(new_session(session))
    messages = [m for m in open_session(with_untold_news(session), str(path)) if m is not None]
    assert isinstance(messages[0], SessionOpened) and messages[0].path == path
    assert not any(isinstance(message, SessionSaved) for message in messages)
