"""An exception that nobody caught is logged and told once, and everything goes on."""

import gc
import subprocess
import sys
import threading

import pytest
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QLabel, QPushButton

from gui.shell.process.crash import QUIET_SECONDS, CrashLog, Hooks


@pytest.fixture
def told(clock):
    """What the hooks reported; they are installed during the test, instead of pytest-qt's own."""
    reports = []
    hooks = Hooks(lambda sentence, details: reports.append((sentence, details)), clock.now)
    hooks.install()
    yield reports
    hooks.uninstall()


def fail():
    raise ZeroDivisionError("a bug")


def test_whatever_raises_is_told_and_the_other_slots_of_a_signal_are_called(qapp, qtbot, told, clock):
    class Broken(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.User:
                fail()
            return False

    class Dying:
        def __del__(self):
            fail()

    def die():
        Dying()
        gc.collect()

    def in_a_thread():
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()

    button, filters, target, called = QPushButton(), Broken(), QObject(), []
    qtbot.addWidget(button)
    button.clicked.connect(fail)
    button.clicked.connect(lambda: called.append(True))
    target.installEventFilter(filters)
    for count, act in enumerate(
        (
            button.click,
            lambda: QTimer.singleShot(0, button, fail),
            lambda: qapp.postEvent(target, QEvent(QEvent.Type.User)),
            in_a_thread,
            die,
        ),
        1,
    ):
        act()
        qtbot.waitUntil(lambda count=count: len(told) == count)
        clock.advance(1000 * QUIET_SECONDS)
    assert called == [True]
    sentence, details = told[0]
    assert sentence == "Layerlight made a mistake; your work is safe."
    assert "a bug" in details and "in fail" in details


def test_a_paint_event_that_raises_is_told_once(qtbot, told):
    painted = []

    class Broken(QLabel):
        def paintEvent(self, event):
            painted.append(1)
            self.update()
            fail()

    broken = Broken()
    qtbot.addWidget(broken)
    broken.show()
    qtbot.waitUntil(lambda: len(painted) >= 3)
    assert len(told) == 1


def test_the_same_error_is_told_again_after_a_while_and_leaving_is_none(told, clock):
    for _ in range(3):
        sys.excepthook(ValueError, ValueError("x"), None)
    assert len(told) == 1
    clock.advance(1000 * QUIET_SECONDS)
    sys.excepthook(ValueError, ValueError("x"), None)
    sys.excepthook(ValueError, ValueError("y"), None)
    assert len(told) == 3
    for kind in (KeyboardInterrupt, SystemExit):
        sys.excepthook(kind, kind(), None)
    assert len(told) == 3


def test_the_stacks_of_a_crash_are_found_at_the_next_start(tmp_path):
    script = (
        "import sys, os, signal; from pathlib import Path; from gui.shell.process.crash import CrashLog\n"
        "log = CrashLog(Path(sys.argv[1]))\n"
        "os.kill(os.getpid(), signal.SIGABRT)"
    )
    path = tmp_path / "crash.log"
    ended = subprocess.run([sys.executable, "-c", script, path], timeout=20, check=False)
    assert ended.returncode < 0
    log = CrashLog(path)
    log.close()
    assert "Fatal Python error: Aborted" in log.earlier
    again = CrashLog(path)
    again.close()
    assert again.earlier == ""
