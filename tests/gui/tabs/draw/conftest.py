"""What the tests of the Draw tab share."""

import pytest

from tests.gui.tabs.draw.draw_world import World
from tests.gui.tabs.draw.drawing_hands import draw


@pytest.fixture
def world(qtbot):
    return World(qtbot)


@pytest.fixture
def drawn(world):
    draw(world.canvas, (4, 4), (14, 14))
    return world


@pytest.fixture
def rested(drawn):
    drawn.rest()
    return drawn


@pytest.fixture
def answered(rested):
    rested.answer()
    return rested
