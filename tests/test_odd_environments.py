"""Wherever it is started, each command does its work or says in a sentence why it cannot, and nothing lies around."""

import os
import subprocess
import sys

import pytest
from odd_environments import CHEAP, COSTLY, FEW, ODD, ROOT, WINDOW_OPENS, ended, possible
from PIL import Image

from engine.data.formats.sample import open_sample

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="its places are those of Linux")


# one of each sort: a place that cannot be written, a stream, a bound
SOME = ("HOME is a file", "stdout full", "no file may grow")


@pytest.fixture(scope="module")
def digit(tmp_path_factory):
    file = tmp_path_factory.mktemp("digit") / "digit.png"
    Image.fromarray(open_sample().test_images[0]).save(file)
    return file


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("name", "commands"),
    [
        *((name, FEW) for name in SOME),
        *(
            pytest.param(name, commands, marks=pytest.mark.slow)
            for name in ODD
            for commands in ((*CHEAP, *COSTLY), (WINDOW_OPENS,))
        ),
    ],
)
def test_every_command_works_or_says_why_and_the_window_trains(name, commands, digit):
    if name not in possible():
        pytest.skip("only root can be another user")
    found = ended(name, commands, digit)
    assert found.faults() == [], found


def test_the_program_finds_itself_where_python_does_not_look_beside_it(tmp_path):
    command = [sys.executable, "-P", str(ROOT / "main.py"), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [["version"], ["x.layerlight"], []], ids=["command", "file", "window"])
def test_where_too_few_addresses_are_allowed_one_sentence_says_so(tmp_path, words):
    """Native code would end the process without one, with whatever status."""
    line = 'ulimit -v 2000000; exec "$@"'
    home = {**os.environ, "HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    command = ["sh", "-c", line, "sh", sys.executable, str(ROOT / "main.py"), *words]
    done = subprocess.run(command, env=home, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "2.0 GB of addresses (ulimit -v)" in done.stderr
