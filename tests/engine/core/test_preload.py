"""TensorFlow is loaded and imported while others go on: threads, and jobs that NumPy is enough for."""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile

import pytest
from made_sessions import ROOT, home_in

from engine.core.errors import UserError
from engine.core.preload import LEAST_ADDRESS_SPACE, check_address_space, set_environment
from tests.faults import refusing

SCRIPT = """
import sys, threading
from engine.core.preload import preload_tensorflow
ticks, done = 0, threading.Event()
def tick():
    global ticks
    while not done.wait(0.002):
        ticks += 1
thread = threading.Thread(target=tick)
thread.start()
preload_tensorflow()
done.set()
thread.join()
assert "tensorflow" not in sys.modules
assert "libtensorflow_cc" in open("/proc/self/maps").read()
assert ticks > 10, ticks
import sqlite3  # bound to the SQLite of TensorFlow if it came only now
print(sqlite3.sqlite_version)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="done on Linux only")
def test_the_libraries_are_loaded_and_the_other_threads_go_on():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, f"{sqlite3.sqlite_version}\n"), done.stderr


def test_where_nothing_may_be_written_anywhere_tensorflow_still_finds_a_name_for_temporary_files(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", None)
        patch.setattr(tempfile, "gettempdir", refusing(FileNotFoundError("No usable temporary directory found")))
        set_environment()
        assert tempfile.tempdir == os.devnull


def test_a_shell_that_allows_too_few_addresses_is_named(monkeypatch):
    resource = pytest.importorskip("resource")
    for limit in (resource.RLIM_INFINITY, LEAST_ADDRESS_SPACE):
        monkeypatch.setattr("resource.getrlimit", lambda which, limit=limit: (limit, limit))
        check_address_space()
    monkeypatch.setattr("resource.getrlimit", lambda which: (LEAST_ADDRESS_SPACE - 1, LEAST_ADDRESS_SPACE))
    with pytest.raises(UserError, match=r"GB of addresses \(ulimit -v\)"):
        check_address_space()


SESSION = """
import sys, threading
import numpy as np
from engine.core.machine.bundled import BUNDLED
from engine.core.lens import Lens
from engine.session.jobs.data import prepare
from engine.analysis.probes.answer import PictureAnswer
from engine.analysis.probes.saliency import Saliency
from engine.analysis.probes.reading import read_drawing
from engine.session.session import Session
from engine.session.jobs.files import open_session
{before}
session = Session()
list(open_session(session, str(BUNDLED)))
picture = np.zeros((28, 28), np.float32)
picture[4:24, 13:16] = 1
def read():
    return read_drawing(session, Lens("A"), picture, why=(None, None, "gradient"))
{then}
"""

IN_TURNS = """
import engine.core.preload as preload
job, ready, answers = read(), prepare(session), 0
assert isinstance(next(job), PictureAnswer)
assert "tensorflow" not in sys.modules and not preload.is_importing()
assert next(job) is None and preload.is_importing()  # its reasons need it
for message in ready:  # and so does this, which waits too while others have a turn
    answers += message is None and preload.is_importing() and isinstance(next(read()), PictureAnswer)
    if answers == 10:
        break
from engine.core.lazy import tf
assert preload.is_importing() and tf.constant(1).numpy() == 1
assert not preload.is_importing() and threading.active_count() == 1  # the first use has waited for all of it
assert type([*ready][-1]).__name__ == "EngineReady"
assert [type(message) for message in job if message is not None][-1] is Saliency
from engine.core.lazy import keras
assert not {"matplotlib", "sklearn"} & set(sys.modules), "what takes a third of the import, and is not used"
assert "tensorflow.lite.python.lite" not in sys.modules, "which nobody has looked at yet"
import matplotlib, tensorflow  # who wants it has it
assert tensorflow.lite.Interpreter and tensorflow.lite.TFLiteConverter and tensorflow.compat.v1.Session
print(keras.config.backend(), keras.config.floatx(), keras.config.image_data_format(), keras.config.epsilon())
print("fine")
"""

BREAK = """
import importlib.abc
class Broken(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "tensorflow":
            raise ImportError("no such thing here")
sys.meta_path.insert(0, Broken())
"""

TOLD = """
try:
    list(prepare(session))
except ImportError as error:
    assert "no such thing here" in str(error)
    print("fine")
"""


def run(then, tmp_path, before="", **environment):
    """Carry this out in a session of a process's own, in which TensorFlow is not there yet; return what it prints."""
    command = [sys.executable, "-c", SESSION.format(then=then, before=before)]
    how = {"cwd": ROOT, "env": home_in(tmp_path) | environment}
    done = subprocess.run(command, **how, capture_output=True, text=True, timeout=100)
    assert done.stdout.splitlines()[-1:] == ["fine"], done.stderr
    return done.stdout.splitlines()[:-1]


def test_drawings_are_answered_while_reasons_wait_for_tensorflow_and_whoever_uses_it_gets_the_whole_of_it(tmp_path):
    """What a person has set for Keras elsewhere changes nothing here, and what is not used does not come with it."""
    settings = tmp_path / ".keras" / "keras.json"
    settings.parent.mkdir()
    others = {"backend": "torch", "floatx": "float64", "image_data_format": "channels_first", "epsilon": 0.1}
    settings.write_text(json.dumps(others))
    printed = run(IN_TURNS, tmp_path, KERAS_HOME=str(settings.parent), KERAS_BACKEND="jax")
    assert printed == ["tensorflow float32 channels_last 1e-07"]


def test_an_import_that_fails_is_told_to_who_needs_it(tmp_path):
    run(TOLD, tmp_path, BREAK)
