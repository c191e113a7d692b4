"""Each small experiment is carried out once, for all that is to be seen in it."""

import functools

import pytest

from engine.session.session import Session
from tests.engine.studies.experiments.tiny import carried_out, of_two_classes


@pytest.fixture(scope="session")
def done(dataset):
    """Return what gives the session of a small experiment, all that it told, and its result.

    The teacher's is on two classes, which people's own data may have.
    """

    @functools.cache
    def carry_out(name):
        session = Session(of_two_classes(dataset) if name == "teacher" else dataset)
        return session, *carried_out(session, name)

    return carry_out
