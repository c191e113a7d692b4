"""A session with a file of its own."""

import pytest

from engine.session.session import Session
from engine.session.store import places


@pytest.fixture
def session(own_home):
    made = Session(new_place=places.new_autosave)
    yield made
    made.close()
