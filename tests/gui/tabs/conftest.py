"""What the tests of the tabs share."""

import pytest


@pytest.fixture
def world(qtbot, request):
    """The tab of the module, and hands for engine and person."""
    return request.module.World(qtbot)
