"""What a person did is noted in the session: in its order, once, not without end; and it lies in the file."""

from types import SimpleNamespace

import pytest
from made_sessions import make_session
from told import told

from engine.core.act import MOST_ACTS
from engine.core.errors import NotYetError
from engine.core.lens import Lens, Neuron, Share
from engine.core.machine.bundled import BUNDLED
from engine.data.formats.sample import open_sample
from engine.session.jobs import kept
from engine.session.jobs.files import open_session, save_session_as
from engine.session.jobs.kept import note_act
from engine.session.session import Session
from engine.session.store import places

LENS = Lens("A", 110)


@pytest.fixture
def clock(monkeypatch):
    """A time that a test sets."""
    clock = SimpleNamespace(now=1000.0, time=lambda: clock.now)
    monkeypatch.setattr(kept, "time", clock)
    return clock


@pytest.fixture
def session(own_home, tmp_path, clock):
    made = Session(open_sample(), new_place=places.new_autosave)
    told(open_session(made, str(make_session(tmp_path / "made.layerlight"))))
    made.replace_data(open_sample())
    yield made
    made.close()


def note(session, clock, tab="fingerprints", lens=LENS, after=60.0, **settings):
    clock.now += after
    return told(note_act(session, tab, settings, lens))


def noted(session):
    return [(act.tab, dict(act.settings), act.lens) for act in session.acts.values()]


def test_they_are_in_their_order_with_their_time_the_data_and_the_snapshots_that_were_meant(session, clock, tmp_path):
    note(session, clock, layer=1)
    note(session, clock, "mistakes", lens=Lens("A", None, frozenset({Neuron(0, 1)})), page="spoil")
    live = Lens("A", 550, frozenset({Neuron(0, 1)}))
    wanted = [("fingerprints", {"layer": 1}, Lens("A", 110)), ("mistakes", {"page": "spoil"}, live)]
    assert noted(session) == wanted and session.is_saved()
    first, second = session.acts.values()
    assert (first.when, second.when) == (1060.0, 1120.0)
    assert first.data == session.dataset.fingerprint()

    note(session, clock, lens=Lens("A", None, mixed=(Share("A", 110, 0.25), Share("A", None, 0.5))))
    mixture = Lens("A", 550, mixed=(Share("A", 110, 0.25), Share("A", 550, 0.5)))
    assert noted(session)[-1][2] == mixture
    told(save_session_as(session, str(tmp_path / "mixture.layerlight")))
    told(open_session(session, str(tmp_path / "mixture.layerlight")))
    assert noted(session)[-1][2] == mixture


def test_what_was_noted_is_not_noted_again_and_what_was_only_on_the_way_gives_way(session, clock):
    for layer in (1, 2, 1, 2):
        note(session, clock, layer=layer)
    assert [settings["layer"] for _, settings, _ in noted(session)] == [1, 2]

    note(session, clock, after=3, layer=3)
    note(session, clock, after=3, layer=4)
    assert [settings["layer"] for _, settings, _ in noted(session)] == [1, 2, 4]

    note(session, clock, "mistakes", after=3)
    note(session, clock, "mistakes", Lens("B", 110), after=3)
    note(session, clock, "mistakes", Lens("B", 165), after=60)
    assert [(tab, lens.run, lens.moment) for tab, _, lens in noted(session)][2:] == [
        ("fingerprints", "A", 110),
        ("mistakes", "A", 110),
        ("mistakes", "B", 110),
        ("mistakes", "B", 165),
    ]


def test_there_are_never_more_than_the_newest_and_none_of_a_run_that_is_gone(session, clock):
    with pytest.raises(NotYetError):
        note(session, clock, lens=Lens("Z", 0))
    assert not session.acts
    for number in range(MOST_ACTS + 5):
        note(session, clock, layer=number)
    assert [settings["layer"] for _, settings, _ in noted(session)] == [*range(5, MOST_ACTS + 5)]


def test_a_session_that_is_only_read_and_one_without_a_file_get_no_file_for_them(own_home, clock):
    for path in (BUNDLED, None):
        made = Session(open_sample(), new_place=places.new_autosave)
        if path:
            told(open_session(made, str(path), copy=True))
        note(made, clock, "warmup", None, size=3)
        assert len(made.acts) == 1
        assert made.store is None or made.is_only_read
        assert made.close()
    assert not [*places.autosaves().glob("*")]
