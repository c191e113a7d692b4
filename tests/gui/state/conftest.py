"""What the tests of the models share."""

import pytest


@pytest.fixture
def world(qapp, request):
    """The models of the module, over an engine that runs nothing."""
    made = request.module.World()
    yield made
    made.close()
