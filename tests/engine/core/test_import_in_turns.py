"""TensorFlow is imported on a thread of its own; jobs that NumPy is enough for have their turns meanwhile."""

import subprocess
import sys

from made_sessions import ROOT, home_in

SCRIPT = """
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


def run(then, tmp_path, before=""):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(then=then, before=before)],
        cwd=ROOT,
        env=home_in(tmp_path),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.stdout.splitlines()[-1:] == ["fine"], done.stderr


def test_drawings_are_answered_while_reasons_wait_for_tensorflow_and_whoever_uses_it_gets_the_whole_of_it(tmp_path):
    run(IN_TURNS, tmp_path)


def test_an_import_that_fails_is_told_to_who_needs_it(tmp_path):
    run(TOLD, tmp_path, BREAK)
