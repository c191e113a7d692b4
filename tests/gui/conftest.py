"""What the tests of the window share: an engine that trains nothing and answers at once, and a look for leftovers."""

import contextlib
import gc
import os
import subprocess
import sys
import threading
from functools import partial

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEvent, Qt
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog

from engine.core.mailbox import Mailbox
from engine.core.preload import wait_for_import
from engine.core.runner import Runner
from gui.look.class_names import names, use_names, use_names_of_run
from gui.look.first_look import show_everything
from gui.look.fonts import text_size
from gui.look.theme import is_thick, theme
from gui.shell.application import Application
from gui.shell.process.tab_building import TabsFound, tab_in
from gui.state.link.bridge import Bridge
from gui.state.settings import Settings, use_settings
from tests.gui.fake_clock import FakeClock
from tests.gui.fake_engine import fake_ask, fake_prepare, fake_train
from tests.gui.fake_files import FakeFiles
from tests.gui.worlds import empty_tabs

PATIENCE_MS = 30_000  # how long a test waits for what should be


FAR_AWAY = (10_000, 10_000)  # a place of the mouse beyond all windows


@pytest.fixture(scope="session", autouse=True)
def everything_at_first():
    """A window in a new home shows everything, unless a test wants the `first_look`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gui.state.settings.EVERYTHING_AT_FIRST", True)
        yield


@pytest.fixture
def first_look(monkeypatch):
    """A window in a new home shows the first look, as it does for a person."""
    monkeypatch.setattr("gui.state.settings.EVERYTHING_AT_FIRST", False)


def pytest_collection_modifyitems(items):
    # The offscreen platform complains of what it lacks: at every window with a smallest size, at every raise().
    lacks = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
    for item in items:
        item.add_marker(lacks)


@pytest.fixture(scope="session", autouse=True)
def program_letters(qapp):
    """As in the program the theme and its letters are there before the first widget, whichever test makes that one."""
    theme().apply()


@pytest.fixture(autouse=True)
def nothing_outlives_a_test(qapp):
    threads, clipboard = set(threading.enumerate()), QGuiApplication.clipboard()
    before = set(map(_address, QApplication.topLevelWidgets()))
    pressed_before = (QGuiApplication.mouseButtons(), Qt.MouseButton.NoButton)
    looks = theme().choice, theme().contrast, theme().maps, text_size(), is_thick()
    class_names, answers = names(), names(answer=True)
    yield
    use_settings(Settings())
    show_everything(True)
    use_names(class_names)
    use_names_of_run(answers if answers != class_names else ())
    clipboard.clear()
    QCursor.setPos(*FAR_AWAY)  # or the next test's window would be shown below the mouse
    pressed = QGuiApplication.mouseButtons()
    assert pressed in pressed_before, f"{pressed} is left pressed: moves of the mouse in later tests are drags"
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if _new_widgets(before):
        gc.collect()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = _new_widgets(before)
    assert not left, f"widgets outlive the test: {left}"
    wait_for_import()  # it ends by itself
    left = [thread for thread in threading.enumerate() if thread not in threads]
    assert not left, f"threads outlive the test: {left}"
    choice, contrast, maps, percent, thick = looks
    if (theme().choice, theme().contrast) != (choice, contrast):
        theme().choose(choice)
        theme().choose_contrast(contrast)
    theme().choose_maps(maps)
    theme().present(percent, thick=thick)


def _new_widgets(before):
    return [widget for widget in QApplication.topLevelWidgets() if _address(widget) not in before]


def _address(widget):
    """Where it lies in Qt's memory: Python makes a new object at each look at one that Qt has made."""
    return shiboken6.getCppPointer(widget)[0]


@pytest.fixture
def qtbot(qtbot):
    """Waits as long as a machine with much else to do may need: five seconds, as by itself, are too few for some."""

    def show(widget, *size):
        """Show a widget of that size until the test ends, and return it."""
        qtbot.addWidget(widget)
        widget.resize(*size)
        widget.show()
        return widget

    qtbot.show = show
    qtbot.waitUntil = partial(qtbot.waitUntil, timeout=PATIENCE_MS)
    qtbot.waitSignal = partial(qtbot.waitSignal, timeout=PATIENCE_MS)
    return qtbot


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def bridge(qapp, mailbox):
    """A bridge to a real engine thread. The clock stands still: `bridge.deliver()` hands out the mail."""
    made = Bridge(Runner(None, mailbox), mailbox)
    yield made
    made.close()
    assert made.runner.close()


@pytest.fixture
def all_tabs():
    """The window is to have all tabs."""


@pytest.fixture
def few_tabs(monkeypatch, request):
    """The window is to have the tabs of the marker `tabs`, besides a Draw and a Train with nothing on them."""
    marker = request.node.get_closest_marker("tabs")

    def find_tabs(session, *names, plugins=None):
        given = marker.args if marker else ()
        named = [each if isinstance(each, type) else tab_in(f"gui.tabs.{each}") for each in given]
        tabs = {tab.TITLE: tab for tab in (*empty_tabs("Draw", "Train"), *named)}
        first, *others = sorted(tabs.values(), key=lambda tab: tab.ORDER)
        yield TabsFound(tabs=(first,) if len(names) == 1 else tuple(others))

    monkeypatch.setattr("gui.shell.process.tab_building.find_tabs", find_tabs)


@contextlib.contextmanager
def running(settings, **more):
    """The program with a fake engine, which is closed at the end.

    Its last turn has the time that a machine with much else to do needs: a person would not wait so long.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gui.shell.application.ENGINE_SECONDS", PATIENCE_MS / 1000)
        application = Application(settings, train=fake_train, ask=fake_ask, **more)
        yield application
        application.window.close()
        assert application.finish()
    application.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def make_application(qapp, tmp_path):
    """Makes the program with a fake engine, as often as a test wants."""
    with contextlib.ExitStack() as stack:
        yield lambda **more: stack.enter_context(running(tmp_path / "settings.json", **more))


def get_ready(application):
    """Show the application, and wait until it is active and its engine ready; without the pauses of the bridge."""
    post, posted = application.mailbox.post, threading.Event()

    def post_and_say_so(job, message):
        post(job, message)
        posted.set()

    application.mailbox.post = post_and_say_so
    application.show()
    application.begin()
    application.window.activateWindow()
    patience = QDeadlineTimer(PATIENCE_MS)
    while not application.lesson or application.controls.state != "idle" or QApplication.activeWindow() is None:
        state = application.controls.state, application.lesson, QApplication.activeWindow()
        assert not patience.hasExpired(), f"engine, lesson and active window are {state}"
        posted.wait(0.002)  # looked at all the time, it would keep the engine's thread from answering
        posted.clear()
        application.bridge.deliver()
        QCoreApplication.processEvents()
    application.mailbox.post = post
    return application


def build_at_once(patch):
    """Let the window build its tabs without the rests in which a person draws."""
    patch.setattr("gui.shell.process.tab_building.REST", 0.0)
    patch.setattr("gui.shell.process.tab_building.LEAST_REST_MS", 0)


@pytest.fixture
def application(make_application, monkeypatch, request):
    """The window with `few_tabs`, if not with `all_tabs`; the engine's jobs are fakes."""
    monkeypatch.setattr("gui.shell.process.startup.prepare", fake_prepare)
    build_at_once(monkeypatch)
    if "all_tabs" not in request.fixturenames:
        request.getfixturevalue("few_tabs")
    return make_application(size=(1280, 720))


@pytest.fixture
def ready(application):
    """The application, shown, with its tabs and its engine ready."""
    return get_ready(application)


@pytest.fixture(scope="module")
def whole_window(qapp, tmp_path_factory):
    """An application that is ready, with all tabs, for a module's tests that only look at it: it takes a second."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "STATE", "CACHE", "DATA"):
            patch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
        patch.setattr("gui.shell.process.startup.prepare", fake_prepare)
        build_at_once(patch)
        with running(folder / "settings.json", size=(1280, 720)) as made:
            yield get_ready(made)


@pytest.fixture
def files(monkeypatch):
    """The window's jobs for sessions touch no files, and what was asked of them is kept."""
    made = FakeFiles()
    for module in (
        "gui.state.sessions",
        "gui.shell.process.startup",
        "gui.shell.process.left_sessions",
        "gui.shell.dialogs.dialogs",
    ):
        for name in [name for name in dir(FakeFiles) if not name.startswith("_")]:
            if hasattr(__import__(module, fromlist=["x"]), name):
                monkeypatch.setattr(f"{module}.{name}", getattr(made, name))
    return made


@pytest.fixture
def window(files, ready):
    return ready


@pytest.fixture
def place(monkeypatch, tmp_path):
    """The file dialog: it answers with `place.answer` and the kind `place.chosen`, and keeps what it proposed."""

    class Place:
        answer, chosen = str(tmp_path / "mine.layerlight"), ""
        title = proposed = kinds = None

    def ask(parent, *proposed):
        Place.title, Place.proposed, Place.kinds = proposed
        return Place.answer, Place.chosen

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    return Place


@pytest.fixture
def start_script(tmp_path):
    """Starts a Python script as a process with a home of its own; what still runs at the end is killed."""
    started = []

    def start_script(script):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            env={**kept, "HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start_script
    for process in started:
        process.kill()
        process.communicate()
