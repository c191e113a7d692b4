"""What the tests of the Train tab share."""

import pytest

from tests.gui.tabs.train.train_world import World


@pytest.fixture
def world(qtbot, request):
    return getattr(request.module, "World", World)(qtbot)


@pytest.fixture
def trained(world):
    """A run A of three epochs is looked at, live."""
    world.run()
    return world
