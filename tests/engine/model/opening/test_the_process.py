"""The process that reads a foreign file: whatever happens in it, it ends, and so does the opening, in a sentence."""

import json
import subprocess
import sys

import numpy as np
import pytest
from keras_files import archive, hdf5, legacy, network, weights
from made_sessions import ROOT

from engine.core.errors import UserError
from engine.core.messages import run_through
from engine.model.opening import hdf5_process
from engine.model.opening.opening import opened_network


@pytest.fixture
def child(monkeypatch):
    """Lets another program stand in for the process; returns the processes that were started."""
    started = []

    def child(program):
        def start(*_, **__):
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            started.append(subprocess.Popen([sys.executable, "-c", program], **pipes))
            return started[-1]

        monkeypatch.setattr(hdf5_process, "start_beside", start)
        return started

    return child


def test_it_reads_either_kind_of_file_and_names_what_is_damaged_in_one(tmp_path):
    for name, content in (("a.keras", archive()), ("b.h5", legacy())):
        (tmp_path / name).write_bytes(content)
        read = run_through(opened_network(tmp_path / name)).weights
        for array, expected in zip(read, (array for pair in weights() for array in pair), strict=True):
            np.testing.assert_array_equal(array, expected)
    for content in (b"garbage" * 1000, hdf5()[:700]):
        (tmp_path / "a.keras").write_bytes(archive(content=content))
        with pytest.raises(UserError, match="no network that Keras saved"):
            run_through(opened_network(tmp_path / "a.keras"))


@pytest.mark.parametrize(
    "program",
    [
        "import os; os.abort()",
        "pass",
        "print('no JSON')",
        "print('[]')",
        "import sys; sys.stdout.write('{' * 100_000)",
        "import sys; sys.stdout.write('{}\\n' + ' ' * (2**23 + 1000))",
    ],
)
def test_a_process_that_crashes_or_answers_something_else_ends_in_a_sentence(child, tmp_path, program):
    (tmp_path / "model.keras").write_bytes(archive())
    started = child(program)
    with pytest.raises(UserError, match="took too much time or memory, as damaged files do, and was given up"):
        run_through(opened_network(tmp_path / "model.keras"))
    assert [process.returncode is not None for process in started] == [True], "none is left"


def test_a_process_that_never_answers_is_ended_when_its_time_is_over(child, monkeypatch, tmp_path):
    monkeypatch.setattr(hdf5_process, "SECONDS", 0.2)
    (tmp_path / "model.keras").write_bytes(archive())
    started = child("import time; time.sleep(600)")
    with pytest.raises(UserError, match="was given up"):
        run_through(opened_network(tmp_path / "model.keras"))
    assert started[0].returncode is not None


def test_an_opening_that_is_stopped_leaves_no_process(child, tmp_path):
    (tmp_path / "model.keras").write_bytes(archive())
    started = child("import time; time.sleep(600)")
    opening = opened_network(tmp_path / "model.keras")
    next(opening)
    opening.close()
    assert started[0].returncode is not None


def test_an_answer_of_another_length_is_refused(child, tmp_path):
    (tmp_path / "model.keras").write_bytes(archive())
    text = json.dumps(network())
    child(
        "import json, sys; request = json.loads(sys.stdin.readline()); "
        f"sys.stdout.write('{{}}\\n' + ('0000' if request['layers'] else {text!r}))"
    )
    with pytest.raises(UserError, match="was given up"):
        run_through(opened_network(tmp_path / "model.keras"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not limit the memory of a process")
def test_memory_and_processor_time_are_limited_and_no_file_can_be_written(tmp_path):
    program = (
        "import resource; from engine.model.opening.hdf5_process import limit; limit(); "
        "names = 'RLIMIT_AS', 'RLIMIT_CPU', 'RLIMIT_FSIZE'; "
        "print([resource.getrlimit(getattr(resource, name)) for name in names])"
    )
    printed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT)
    assert printed.stdout.strip() == str([(2 * 2**30,) * 2, (10, 10), (0, 0)])
