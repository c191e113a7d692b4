"""The real application, killed while it trains or just after: its next start has the session again, bit for bit."""

import hashlib
import json
import random
import signal
import subprocess

import pytest

START = """
import json, sys
from engine.core.specs import PRESETS
from engine.session.jobs.files import SessionOpened
from engine.model.training.messages import EpochDone, RunFinished
from gui.shell.application import Application
from tests.gui.shell.process.test_crash_restore import digest
{first}
def tell(word, **values):  # in one piece: two threads tell
    sys.stdout.write(json.dumps([word, values]) + "\\n")
    sys.stdout.flush()
def tell_session(session, word):  # on the engine's thread, the only one that may look
    tell(word, rows=digest(session))
    yield None
begin = Application.begin
def begin_and_drive(self, file=None):
    ask = lambda word: self.bridge.submit(tell_session, word)
    self.bridge.listen(SessionOpened, lambda message: ask("opened"))
    self.bridge.listen(EpochDone, lambda message: ask("epoch"))
    self.bridge.listen(RunFinished, lambda message: ask("finished"))
    self.controls.stateChanged.connect(lambda state: state == "idle" and ready(self))
    begin(self, file)
def ready(self):
    tell("seen", title=self.window.windowTitle(), runs=sorted(self.sessions.runs),
         lens=repr(self.selection.lens), state=self.controls.state)
    if {epochs} and not self.sessions.runs:
        self.controls.start(PRESETS["quick"].spec.but(epochs={epochs}))
Application.begin = begin_and_drive
from main import main
sys.exit(main({words!r}))
"""


def digest(session):
    """Return name, epoch, figures and SHA-256 of weights and optimiser of every epoch of every run in `session`."""
    rows = []
    for run in session.runs.values():
        for done in run.epochs:
            moment = run.moments[done.step]
            arrays = (*moment.weights, *moment.optimizer)
            content = b"".join(str((array.shape, array.dtype)).encode() + array.tobytes() for array in arrays)
            figures = [done.step, done.train_loss, done.test_loss, done.test_accuracy, *done.gradient_norms]
            rows.append([run.name, done.epoch, *figures, hashlib.sha256(content).hexdigest()])
    return rows


@pytest.fixture
def start(start_script):
    """Starts the application with these words; with `epochs` it trains as soon as it can."""

    def start(*words, epochs=0, first=""):
        return start_script(START.format(words=list(words), epochs=epochs, first=first))

    return start


def wait_for(process, wanted, number=1):
    """Return what the process tells with its `number`-th `wanted`."""
    for line in process.stdout:
        word, values = json.loads(line)
        number -= word == wanted
        if not number:
            return values
    return pytest.fail(f"The process ended before it said {wanted!r}: {process.stderr.read()}")


def kill(process):
    """Kill the process as a full memory would, and return all the epochs that it had told of."""
    process.send_signal(signal.SIGKILL)
    told = [json.loads(line) for line in process.communicate()[0].splitlines() if line.endswith("]")]
    return next((values["rows"] for word, values in reversed(told) if word == "epoch"), [])


def leave(process):
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0


@pytest.mark.slow
def test_after_a_kill_the_next_start_has_history_and_weights_again(start):
    trained = start("sample", epochs=2)
    before = wait_for(trained, "finished")["rows"]
    assert [row[1] for row in before] == [1, 2]
    kill(trained)
    restored = start("--restore=yes")
    assert wait_for(restored, "opened")["rows"] == before
    seen = wait_for(restored, "seen")
    assert seen["runs"] == ["A"] and "Lens(run='A', moment=None" in seen["lens"]
    assert seen["title"] == "Untitled session (autosaved) — Layerlight"
    leave(restored)
    again = start()  # it was left cleanly, so it is opened without being asked about
    assert wait_for(again, "opened")["rows"] == before
    leave(again)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_killed_in_the_middle_of_training_it_loses_at_most_what_was_being_written(start, seed):
    trained = start("sample", epochs=10_000)
    first = wait_for(trained, "epoch", number=1 + seed % 3)["rows"]
    with pytest.raises(subprocess.TimeoutExpired):  # the moment of the kill is what this test is about
        trained.wait(timeout=random.Random(seed).uniform(0, 0.5))
    told = kill(trained) or first
    restored = wait_for(start("--restore=yes"), "opened")["rows"]
    assert len(restored) >= len(told) - 1
    assert restored[: len(told)] == told[: len(restored)]
