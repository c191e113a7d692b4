"""Sessions as two windows have them, each with a file of its own."""

import pytest

from engine.session.session import Session
from engine.session.store import places


@pytest.fixture
def session(monkeypatch):
    monkeypatch.setattr("engine.session.session.RETRY_SECONDS", 0.0)
    made = Session(new_place=places.new_autosave)
    yield made
    made.close()


@pytest.fixture
def other(monkeypatch):
    made = Session(new_place=places.new_autosave)
    yield made
    made.close()


@pytest.fixture
def small_turns(monkeypatch):
    """A file is written in turns of a few moments."""
    monkeypatch.setattr("engine.session.store.writing.ROWS_AT_ONCE", 15)
