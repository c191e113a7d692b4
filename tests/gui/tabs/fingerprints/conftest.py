"""What the tests of the Fingerprints tab share."""

import pytest

from tests.gui.tabs.fingerprints.fingerprints_world import World


@pytest.fixture
def world(qtbot):
    made = World(qtbot)
    made.settle()
    return made
