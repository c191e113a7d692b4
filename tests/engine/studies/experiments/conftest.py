"""Each small experiment is carried out once, for all that is to be seen in it."""

import functools

import pytest

from engine.session.session import Session
from tests.engine.studies.experiments.tiny import carried_out


@pytest.fixture(scope="session")
def done(dataset):
    """Return what gives the session of a small experiment, all that it told, and its result."""

    @functools.cache
    def carry_out(name):
        session = Session(dataset)
        return session, *carried_out(session, name)

    return carry_out
