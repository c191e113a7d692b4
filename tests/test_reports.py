"""A test that fails says why, whatever is in its words."""

import execnet
import pytest


def parts(name):
    """What a report can carry of a name."""
    return {
        "longrepr": f"{name} is no name",
        "sections": [("Captured stdout", name)],
        "user_properties": [(name, {"names": [name]})],
    }


@pytest.mark.parametrize("part", parts(""))
def test_a_failure_with_words_that_are_not_utf_8_reaches_the_process_that_prints_it(request, part):
    told = {"longrepr": None, part: parts("caf\udce9, café")[part]}
    report = pytest.TestReport("test_x", ("x.py", 1, "test_x"), {}, "failed", when="call", **told)
    hook, config = request.config.hook, request.config
    sent = execnet.dumps(hook.pytest_report_to_serializable(config=config, report=report))
    heard = hook.pytest_report_from_serializable(config=config, data=execnet.loads(sent))
    assert getattr(heard, part) == parts(r"caf\udce9, café")[part]
