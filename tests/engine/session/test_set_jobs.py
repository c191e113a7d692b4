"""Sets of neurons are kept in the session by name: in the file at once, and over the bundled session in a copy."""

import pytest
from made_sessions import make_session
from told import told

from engine.core.lens import Adjusted, Lens, Neuron, NeuronSet
from engine.core.machine.bundled import BUNDLED
from engine.core.messages import Notice
from engine.session.jobs.examples import keep_examples
from engine.session.jobs.files import SessionOpened, open_session
from engine.session.jobs.kept import keep_drawings, keep_sets
from engine.session.session import Session, SessionSaved
from engine.session.store import places
from engine.session.store.schema import SETS as STORED
from engine.session.store.schema import put

THREE = NeuronSet(frozenset({Neuron(0, 2), Neuron(1, 0), Neuron(0, 299)}))
MIXED = NeuronSet(frozenset({Neuron(0, 7)}), frozenset({Adjusted(0, 3, 3.0, 0.0), Adjusted(1, 2, 0.0, 0.1 + 0.2)}))
SETS = {"three “best”": THREE, "a mix": MIXED}


@pytest.fixture
def session(own_home, tmp_path):
    made = Session(new_place=places.new_autosave)
    told(open_session(made, str(make_session(tmp_path / "made.layerlight"))))
    yield made
    made.close()


def opened(path):
    """What another window finds in a session file."""
    again = Session()
    messages = told(open_session(again, str(path)))
    (message,) = [message for message in messages if isinstance(message, SessionOpened)]
    assert message.sets == again.sets
    assert again.close()
    return list(message.sets.items()), [message for message in messages if isinstance(message, Notice)]


def test_the_bundled_session_is_copied_at_the_first_set(own_home):
    session, before = Session(new_place=places.new_autosave), BUNDLED.read_bytes()
    told(open_session(session, str(BUNDLED), copy=True))
    messages = told(keep_sets(session, SETS))
    assert any(isinstance(message, SessionSaved) for message in messages)
    path = session.store.path
    assert places.is_autosave(path) and BUNDLED.read_bytes() == before
    assert session.close()
    assert opened(path)[0] == list(SETS.items())


@pytest.mark.parametrize(
    "value",
    [
        "{}",
        "[]",
        '{"silenced": [[0, -1]], "adjusted": []}',
        '{"silenced": [[0, 1.5]], "adjusted": []}',
        '{"silenced": [], "adjusted": [[0, 1, "nan", 0]]}',
        '{"silenced": [[0]], "adjusted": []}',
    ],
)
def test_what_makes_no_sense_is_left_out_and_named_and_all_others_are_there(session, value):
    told(keep_sets(session, {**SETS, "odd": THREE}))
    path = session.store.path
    put(session.store.database, STORED, "odd", 2, value)
    assert session.close()
    found, notices = opened(path)
    assert found == list(SETS.items())
    assert "the set of neurons “odd”" in notices[0].sentence


def test_a_damaged_row_costs_one_set_and_is_gone_when_the_sets_are_written_anew(session):
    told(keep_sets(session, SETS))
    path = session.store.path
    session.store.database.execute("UPDATE sets SET number = 7 WHERE name = 'a mix'")
    assert session.close()
    found, notices = opened(path)
    assert found == [("three “best”", THREE)] and "the set of neurons “a mix”" in notices[0].sentence
    again = Session()
    told(open_session(again, str(path)))
    told(keep_sets(again, {"new": MIXED}))
    assert again.close()
    found, notices = opened(path)
    assert found == [("new", MIXED)] and not any("damaged" in notice.sentence for notice in notices)


def test_sets_that_are_kept_just_before_another_session_is_opened_are_of_the_former_one(session, tmp_path):
    """The engine gives the job that came last the first turn."""
    other = make_session(tmp_path / "other.layerlight")
    path, job = session.store.path, keep_sets(session, SETS)
    told(open_session(session, str(other)))
    told(job)
    assert not session.sets and opened(path)[0] == list(SETS.items())


@pytest.mark.parametrize("things", ["drawings", "sets", "examples"])
def test_what_was_kept_before_the_window_knew_of_another_session_changes_nothing_there(session, tmp_path, things):
    keep = {"drawings": keep_drawings, "sets": keep_sets, "examples": keep_examples}[things]
    former = session.number
    told(open_session(session, str(make_session(tmp_path / "other.layerlight"))))
    told(keep(session, {1: "of the former one"}, former))
    assert not getattr(session, things)


def test_a_set_is_what_a_lens_changes():
    lens = Lens("A", 5, MIXED.silenced, MIXED.adjusted)
    assert NeuronSet.of(lens) == MIXED
    assert MIXED.neurons == {Neuron(0, 7), Neuron(0, 3), Neuron(1, 2)}
    assert NeuronSet.from_plain(MIXED.as_plain()) == MIXED
