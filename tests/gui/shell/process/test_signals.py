"""Ctrl-C, the polite kill and a terminal that closes close the window as a person would."""

import json
import signal

import pytest

ASKED_BY = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))

SECONDS = 60  # a signal that is not heard would be waited for longer

START = """
import signal, sys
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever the tests were started with
from gui.shell.application import Application
def tell(word):  # in one piece: print writes the end of its line by itself, and two threads tell
    sys.stdout.write(word + "\\n")
    sys.stdout.flush()
begin = Application.begin
def begin_and_tell(self, file=None):
    self.controls.stateChanged.connect(tell)
{then}
    tell("begun")
Application.begin = begin_and_tell
{first}
from gui.app import run
sys.exit(run())
"""
FAKE_ENGINE = """
from tests.gui.fake_engine import fake_prepare, fake_train
import gui.shell.process.startup, gui.shell.process.tab_building
from gui.tabs.train.tab import TrainTab
from gui.shell.process.tab_building import TabsFound
def find_tabs(session, *names):
    yield TabsFound(tabs=(TrainTab,) if len(names) == 1 else ())
gui.shell.process.tab_building.find_tabs = find_tabs
gui.shell.process.startup.prepare = fake_prepare
make = Application.__init__
def make_with_it(self, *args, **more):
    make(self, *args, train=fake_train, **more)
Application.__init__ = make_with_it
"""
TRAINING = """
    from engine.core.specs import TrainSpec
    self.controls.set_spec_source(lambda: TrainSpec(epochs=10_000))
    self.controls.stateChanged.connect(lambda state: state == "idle" and self.controls.start(TrainSpec(epochs=10_000)))
    begin(self, file)
"""
STUCK = """
    tell(f"drops moves: {Compressing.testAttribute(COMPRESSES)}")
    import time
    def stuck(session):
        tell("stuck")
        time.sleep(600)
        yield None
    self.bridge.submit(stuck)
"""
SAVING = """
import time
from engine.session.session import Session
close = Session.close
def close_slowly(self, view):
    tell("closing")
    time.sleep(0.5)
    tell(f"closed: {close(self, view)}")
Session.close = close_slowly
"""
COMPRESSING = """
import gui.shell.application
from PySide6.QtCore import Qt
COMPRESSES = Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents
class Compressing(gui.shell.application.QtApplication):  # as Qt itself does on X11
    def __init__(self, words):
        super().__init__(words)
        self.setAttribute(COMPRESSES)
gui.shell.application.QtApplication = Compressing
"""


@pytest.fixture
def start(start_script):
    """Starts the application; `then` is done when it begins, `first` before."""
    return lambda then="", first="": start_script(START.format(then=then, first=first))


def wait_for_line(process, line):
    for read in process.stdout:
        if read.strip() == line:
            return
    pytest.fail(f"The process ended before it said {line!r}: {process.stderr.read()}")


def settings(tmp_path):
    return json.loads((tmp_path / ".config" / "layerlight" / "settings.json").read_text())


@pytest.mark.parametrize(
    "number", [*(pytest.param(each, marks=pytest.mark.slow) for each in ASKED_BY[:-1]), ASKED_BY[-1]]
)
def test_a_signal_ends_a_window_whose_engine_is_stuck_that_drops_no_move_of_the_mouse(start, tmp_path, number):
    process = start(then=STUCK, first=COMPRESSING)
    wait_for_line(process, "drops moves: False")
    wait_for_line(process, "stuck")
    process.send_signal(number)
    assert process.wait(timeout=SECONDS) == 0
    left, top, width, height = settings(tmp_path)["geometry"]
    assert width > 0 <= left and left + width <= 800  # the offscreen screen's 800 x 800
    assert height >= 520 and top + height <= 800
    assert process.stderr.read() == ""


def test_a_signal_ends_a_window_that_trains_and_a_second_one_cuts_off_nothing_that_is_still_saved(start, tmp_path):
    process = start(TRAINING, SAVING + FAKE_ENGINE)
    wait_for_line(process, "running")
    process.send_signal(signal.SIGTERM)
    wait_for_line(process, "closing")
    for number in (signal.SIGHUP, signal.SIGTERM):  # as at a logout
        process.send_signal(number)
    wait_for_line(process, "closed: True")
    assert process.wait(timeout=SECONDS) == 0
    assert settings(tmp_path)["tab"]
    assert process.stderr.read() == ""


def test_a_second_ctrl_c_ends_the_process_at_once(start):
    # Not by print: a signal may come while "begun" is being flushed, and a buffer is not entered twice.
    process = start(first="import os; Application.leave = lambda self: os.write(1, b'asked\\n')")
    wait_for_line(process, "begun")
    process.send_signal(signal.SIGINT)
    wait_for_line(process, "asked")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=SECONDS) == 128 + signal.SIGINT
