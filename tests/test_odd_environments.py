"""Wherever it is started, each command does its work or says in a sentence why it cannot, and nothing lies around."""

import json
import os
import subprocess
import sys

import pytest
from odd_environments import CHEAP, COSTLY, ODD, ROOT, WINDOW, Ended, possible, started
from PIL import Image

from engine.data.sample import open_sample

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="its places are those of Linux")


@pytest.fixture(scope="module")
def digit(tmp_path_factory):
    file = tmp_path_factory.mktemp("digit") / "digit.png"
    Image.fromarray(open_sample().test_images[0]).save(file)
    return file


def test_commands_work_or_say_why_in_every_odd_environment(digit):
    command = [sys.executable, str(ROOT / "tests" / "odd_environments.py"), str(digit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    found = [Ended(**json.loads(line)) for line in done.stdout.splitlines()]
    assert {each.odd: faults for each in found if (faults := each.faults())} == {}
    assert len(found) >= (45 if os.geteuid() == 0 else 30)


def test_so_they_do_where_python_itself_is_started_oddly(digit):
    names = ("version", "info of a session")
    for name in [name for name, odd in possible().items() if odd.at_start]:
        found = started(name, {each: CHEAP[each] for each in names}, digit)
        assert found.faults() == [], (name, found)


def test_the_program_finds_itself_where_python_does_not_look_beside_it(tmp_path):
    command = [sys.executable, "-P", str(ROOT / "main.py"), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD)
def test_every_command_works_or_says_why(name, digit):
    if name not in possible():
        pytest.skip("only root can be another user")
    found = started(name, CHEAP | COSTLY, digit)
    assert found.faults() == [], found


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD)
def test_the_window_opens_trains_and_closes(name, digit):
    if name not in possible():
        pytest.skip("only root can be another user")
    found = started(name, {"an open window": WINDOW}, digit)
    assert found.faults() == [], found
