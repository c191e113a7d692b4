"""Drawings and sets of neurons are kept by name: in the file at once, over the bundled session in a copy of it."""

import numpy as np
import pytest
from made_sessions import make_session
from told import of, told

from engine.core.drawing import Drawing, Point, Stroke
from engine.core.lens import Adjusted, Lens, Neuron, NeuronSet
from engine.core.machine.bundled import BLOG, BUNDLED, SHARP
from engine.core.messages import Notice
from engine.session.jobs.examples import keep_examples
from engine.session.jobs.files import SessionOpened, find_left_sessions, new_session, open_session
from engine.session.jobs.kept import keep_drawings, keep_sets
from engine.session.session import Session, SessionSaved
from engine.session.store import places
from engine.session.store.schema import SETS as STORED
from engine.session.store.schema import put

ONE = Drawing(strokes=(Stroke(points=(Point(14, 4), Point(14, 24)), width=2),))
THREE = NeuronSet(frozenset({Neuron(0, 2), Neuron(1, 0), Neuron(0, 299)}))
MIXED = NeuronSet(frozenset({Neuron(0, 7)}), frozenset({Adjusted(0, 3, 3.0, 0.0), Adjusted(1, 2, 0.0, 0.1 + 0.2)}))
SETS = {"three “best”": THREE, "a mix": MIXED}


@pytest.fixture
def in_file(session, tmp_path):
    """The session, of three runs in a file."""
    told(open_session(session, str(make_session(tmp_path / "made.layerlight"))))
    return session


@pytest.fixture
def other(tmp_path):
    return make_session(tmp_path / "other.layerlight")


def opened(path):
    """What another window finds in a session file: its sets and what is said of it."""
    again = Session()
    messages = told(open_session(again, str(path)))
    (message,) = of(SessionOpened, messages)
    assert message.sets == again.sets
    assert again.close()
    return list(message.sets.items()), of(Notice, messages)


def test_what_is_kept_over_the_bundled_session_is_in_a_copy_with_all_runs(session):
    before = BUNDLED.read_bytes(), sorted(BUNDLED.parent.iterdir())
    told(open_session(session, str(BUNDLED)))
    moments, sharp = list(session.runs[BLOG].moments), session.runs[SHARP].moment(None).weights
    (moved,) = of(SessionSaved, told(keep_drawings(session, {"mine": ONE})))
    told(keep_sets(session, SETS))
    assert not moved.is_saved and places.is_autosave(moved.path) and session.is_saved()
    assert session.close() and (BUNDLED.read_bytes(), sorted(BUNDLED.parent.iterdir())) == before
    (left,) = told(find_left_sessions(Session()))[0].sessions
    assert (left.path, left.crashed, left.runs, left.drawings) == (moved.path, False, 2, 1)
    told(open_session(session, str(left.path)))
    assert session.drawings == {"mine": ONE} and list(session.runs[BLOG].moments) == moments
    assert list(session.sets.items()) == list(SETS.items())
    for array, wanted in zip(session.runs[SHARP].moment(None).weights, sharp, strict=True):
        np.testing.assert_array_equal(array, wanted)


def test_a_session_of_drawings_alone_is_found_again_and_one_without_them_is_not(session):
    told(keep_drawings(session, {"mine": ONE}))
    path = session.store.path
    assert session.close() and path.exists()
    (left,) = told(find_left_sessions(Session()))[0].sessions
    assert (left.path, left.runs, left.epochs, left.accuracy) == (path, 0, 0, "")
    assert left.drawings == 1 and not left.losses.size
    told(open_session(session, str(path)))
    told(keep_drawings(session, {}))
    assert session.close() and not path.exists()


def test_a_damaged_set_is_left_out_and_named_and_is_gone_when_the_sets_are_written_again(in_file):
    told(keep_sets(in_file, {**SETS, "odd": THREE}))
    path = in_file.store.path
    put(in_file.store.database, STORED, "odd", 2, '{"silenced": [[0]], "adjusted": []}')
    in_file.store.database.execute("UPDATE sets SET number = 7 WHERE name = 'a mix'")
    assert in_file.close()
    sets, (notice, *_) = opened(path)
    assert sets == [("three “best”", THREE)]
    assert "the set of neurons “odd”" in notice.sentence and "the set of neurons “a mix”" in notice.sentence
    told(open_session(in_file, str(path)))
    told(keep_sets(in_file, {"new": MIXED}))
    assert in_file.close()
    sets, notices = opened(path)
    assert sets == [("new", MIXED)] and not any("damaged" in notice.sentence for notice in notices)


def test_sets_that_are_kept_just_before_another_session_is_opened_are_of_the_former_one(in_file, other):
    """The engine gives the job that came last the first turn."""
    path, job = in_file.store.path, keep_sets(in_file, SETS)
    told(open_session(in_file, str(other)))
    told(job)
    assert not in_file.sets and opened(path)[0] == list(SETS.items())


def test_what_was_kept_before_the_window_knew_of_another_session_changes_nothing_there(in_file, other):
    former = in_file.number
    told(open_session(in_file, str(other)))
    for keep in (keep_drawings, keep_sets, keep_examples):
        told(keep(in_file, {1: "of the former one"}, former))
    assert not (in_file.drawings or in_file.sets or in_file.examples)


def test_a_set_is_what_a_lens_changes():
    lens = Lens("A", 5, MIXED.silenced, MIXED.adjusted)
    assert NeuronSet.of(lens) == MIXED
    assert MIXED.neurons == {Neuron(0, 7), Neuron(0, 3), Neuron(1, 2)}
    assert NeuronSet.from_plain(MIXED.as_plain()) == MIXED


def test_a_session_that_takes_anothers_place_is_said_before_what_is_left_to_say_of_that(session, other):
    """A run that another job begins in the next turn belongs to it, and so comes after it for the window as well."""
    for replace in (new_session, lambda session: open_session(session, str(other))):
        told(keep_drawings(session, {"one": ONE}))
        session.post_later([session.moved(), Notice(sentence="Some of it was damaged.")])
        first, *later = told(replace(session))
        assert isinstance(first, SessionOpened)
        assert later[0] == Notice(sentence="Some of it was damaged.") and not of(SessionSaved, later)
