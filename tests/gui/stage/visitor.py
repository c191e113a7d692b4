"""A visitor: mouse and keys on the whole window, as a person has them, and what the window complains of meanwhile."""

import contextlib
import logging
import random
import sys
import traceback
from collections import Counter
from functools import partial

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QDialog, QFileDialog, QMenu, QWidget
from shiboken6 import isValid

from engine.core.machine.bundled import BUNDLED
from gui.look.theme import theme
from gui.stage.stage import Stage
from gui.widgets.forms.fold import Fold

CLOSING_MS = 10
ENDS_THE_WINDOW = {"action.file.quit", "action.file.close"}
SELDOM = 0.05
LOOKED_AT_AFTER = 10  # events after which a walk looks again at what is to be seen
KEYS = ("Space", "Tab", "Backtab", "Esc", "Return", "Left", "Right", "Up", "Down", "Del", "PgDown", "PgUp", "Home")
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
PLAIN = Qt.KeyboardModifier.NoModifier


class Complaints(logging.Handler):
    """All that went wrong since it was made: what nobody caught, what was logged, what Qt said, what was told as a bug.

    `doing` is what the visitor does just now, so that each complaint names its place.
    """

    def __init__(self, monkeypatch, qtlog):
        super().__init__(logging.WARNING)
        self.doing = "open the window"
        self.tracebacks, self.logged = [], []
        self._qtlog = qtlog
        monkeypatch.setattr(sys, "excepthook", self._take)
        monkeypatch.setattr(sys, "unraisablehook", lambda args: self._take(None, args.exc_value, args.exc_traceback))

    def __enter__(self):
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_):
        logging.getLogger().removeHandler(self)

    def emit(self, record):
        if record.name == "tensorflow":
            return  # it advises against compiling so often; each run is compiled anew, on purpose
        self.logged.append(f"{self.doing}: {record.name}: {record.getMessage()}")

    def _take(self, kind, error, trace):
        text = "".join(traceback.format_exception(kind or type(error), error, trace))
        self.tracebacks.append(f"{self.doing}:\n{text}")

    @property
    def qt_warnings(self):
        """What Qt itself warned of, but for what the offscreen platform lacks."""
        return [
            record.message for record in self._qtlog.records if record.matches_level("WARNING") and not record.ignored
        ]

    def all(self, application):
        told_as_bugs = [line.details for line in application.notices.history if line.details]
        return [*self.tracebacks, *self.logged, *self.qt_warnings, *told_as_bugs]

    def report(self, application):
        return "\n".join(self.all(application)[:5])


class FileAnswers:
    """What leaves the process: dialogs for files answer with places in `folder`, and nothing else is opened."""

    def __init__(self, monkeypatch, folder):
        self._folder, self._count = folder, 0
        monkeypatch.setattr(QFileDialog, "getSaveFileName", self.save)
        monkeypatch.setattr(QFileDialog, "getOpenFileName", self.open)
        monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([], ""))
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
        monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: True)

    def save(self, parent, title, name, filters="", *_):
        """A new place each time, named by a person who forgets the suffix every second time; no filter was chosen."""
        self._count += 1
        suffix = name.rpartition(".")[2] if self._count % 2 else ""
        return str(self._folder / f"saved-{self._count}{'.' if suffix else ''}{suffix}"), ""

    def open(self, parent, title, folder="", filters="", *_):
        """The session that was saved last, if there is one; otherwise the person gives up."""
        found = sorted(self._folder.glob("*.layerlight"), key=lambda file: int(file.stem.split("-")[-1]))
        return (str(found[-1]), "") if found else ("", "")


class Visitor:
    """Mouse and keys without aim, the same ones for the same seed: all acts in all places, in any order.

    They go through the window itself, so that whatever lies there gets them.
    """

    def __init__(self, window, complaints, seed):
        self.window, self._complaints, self._random = window, complaints, random.Random(seed)
        self.events = 0
        self.visits = Counter()  # events by the title of the tab that was in front
        self._widgets, self._left = [], 0
        self._keys = [*KEYS, *shortcuts(window)]
        self._acts = [self._move] * 6 + [self._click] * 5 + [self._press] * 3 + [self._drag] * 2
        self._acts += [self._double_click, partial(self._click, button=RIGHT), self._wheel, self._wheel, self._scroll]
        self._seldom = [self._resize, self._change_tab, self._change_tab, self._change_theme, self._type]
        self._seldom += [self._open_menu, self._unfold]
        self._closer = QTimer(window)  # a menu or a question with an event loop of its own would wait for ever
        self._closer.timeout.connect(self._close_what_is_open)
        self._closer.start(CLOSING_MS)

    def leave(self):
        self._closer.stop()

    def step(self):
        self._close_what_is_open()
        tabs = self.window.tabs
        self.visits[tabs.tabText(tabs.currentIndex())] += 1
        self._random.choice(self._seldom if self._random.random() < SELDOM else self._acts)()

    def _close_what_is_open(self):
        """Close menus, lists of choices and sheets as a person does: with the Escape key, twice where it is a sheet."""
        popup = QApplication.activePopupWidget()
        if popup:
            chosen = self._entry_of(popup) if isinstance(popup, QMenu) else None
            popup.close()
            if chosen is not None:
                chosen.trigger()
        for dialog in QApplication.topLevelWidgets():
            if isinstance(dialog, QDialog) and dialog.isVisible():
                QTest.keyClick(dialog, Qt.Key.Key_Escape)
                QTest.keyClick(dialog, Qt.Key.Key_Escape)

    def _entry_of(self, menu):
        actions = [each for each in menu.actions() if each.isEnabled() and not each.isSeparator()]
        actions = [each for each in actions if each.objectName() not in ENDS_THE_WINDOW and not each.menu()]
        return self._random.choice(actions) if actions and self._random.random() < 0.5 else None

    def _there(self):
        return [widget for widget in self._widgets if isValid(widget) and widget.isVisible()]

    def _target(self):
        if self._left == 0:
            self._widgets = [
                each
                for each in self.window.findChildren(QWidget)
                if each.isVisible() and each.window() is self.window and not each.visibleRegion().isEmpty()
            ]
            self._left = LOOKED_AT_AFTER
        self._left -= 1
        return self._random.choice(self._there() or [self.window])

    def _place(self, widget, point=None):
        """Where a point of a widget, any one by default, lies in the window; its edge for what lies beyond it."""
        x, y = (self._random.randrange(max(1, side)) for side in (widget.width(), widget.height()))
        place = widget.mapTo(self.window, point or QPoint(x, y))
        room = self.window.size().boundedTo(self._handle.size())  # a new size comes with the next turn
        return QPoint(min(max(place.x(), 0), room.width() - 1), min(max(place.y(), 0), room.height() - 1))

    @property
    def _handle(self):
        return self.window.windowHandle()

    def _note(self, act, widget):
        self.events += 1
        self._complaints.doing = f"event {self.events}, {act} {_name(widget)}"
        return widget

    def _move(self):
        QTest.mouseMove(self._handle, self._place(self._note("move over", self._target())))

    def _click(self, widget=None, button=LEFT, point=None):
        widget = self._note("click", widget or self._target())
        QTest.mouseClick(self._handle, button, PLAIN, self._place(widget, point))

    def _double_click(self):
        QTest.mouseDClick(self._handle, LEFT, PLAIN, self._place(self._note("double click", self._target())))

    def _drag(self):
        widget = self._note("drag", self._target())
        QTest.mousePress(self._handle, LEFT, PLAIN, self._place(widget))
        end = self._place(widget) if isValid(widget) else QPoint()  # the press may have taken the widget away
        QTest.mouseMove(self._handle, end)
        QTest.mouseRelease(self._handle, LEFT, PLAIN, end)

    def _wheel(self):
        turn = QPoint(0, self._random.choice((-1200, -120, 120, 1200)))
        QTest.wheelEvent(self._handle, self._place(self._note("wheel", self._target())), turn)

    def _scroll(self):
        """Go to an end of what scrolls, and ask there for what can be done."""
        areas = [area for area in self._there() if isinstance(area, QAbstractScrollArea)]
        bars = [area.verticalScrollBar() for area in areas if area.verticalScrollBar().maximum()]
        if bars:
            bar = self._note("scroll", self._random.choice(bars))
            bar.setValue(self._random.choice((bar.minimum(), bar.maximum())))
            self._click(bar.parentWidget().parentWidget(), RIGHT)

    def _open_menu(self):
        """Open a menu of the bar; which of its entries is taken, chance says."""
        bar = self.window.menus
        self._click(bar, point=bar.actionGeometry(self._random.choice(bar.actions())).center())

    def _unfold(self):
        folds = [fold for fold in self._there() if isinstance(fold, Fold)]
        if folds:
            self._click(self._random.choice(folds).heading)

    def _press(self, keys=None):
        """Press a key, or the keys of a shortcut; whatever has the focus gets them."""
        keys = QKeySequence(keys or self._random.choice(self._keys))
        self._note(f"press {keys.toString()} on", self.window.focusWidget() or self.window)
        if not self.window.isActiveWindow():
            self.window.activateWindow()  # as a window manager does when a sheet before it has gone
        QTest.keySequence(self._handle, keys)

    def _type(self):
        for letter in self._random.choices("0123456789.,-abcP ", k=4):
            self._press(letter)

    def _resize(self):
        self._note("resize", self.window).resize(self._random.randint(960, 1920), self._random.randint(600, 1080))
        self._left = 0

    def _change_tab(self):
        tabs = self._note("change the tab of", self.window.tabs)
        tabs.setCurrentIndex(self._random.randrange(tabs.count()))
        self._left = 0

    def _change_theme(self):
        self._note("change the theme of", self.window)
        theme().choose(self._random.choice(("light", "dark", "system")))


@contextlib.contextmanager
def first_start(monkeypatch, folder):
    """The whole window as at a first start: an empty home, the session that comes along, no data but the sample."""
    monkeypatch.setenv("HOME", str(folder))
    stage = Stage(bundled=BUNDLED, settings_file=folder / "settings.json")
    stage.open(None)
    stage.wait_for(lambda: stage.application.selection.lens is not None)
    yield stage
    for job in set(stage.mailbox.working):  # a visitor may have started a long one
        stage.application.runner.stop(job)
    stage.wait_for(lambda: not stage.mailbox.working)  # it may be compiling
    stage.finish()


def shortcuts(window):
    """All keys of the window's actions but those that end it."""
    actions = [each for each in window.findChildren(QAction) if each.objectName() not in ENDS_THE_WINDOW]
    return [keys for action in actions for keys in action.shortcuts()]


def _name(widget):
    if not isValid(widget):
        return "what is gone"
    names, each = [], widget
    while each is not None and len(names) < 3:
        names.append(each.objectName() or type(each).__name__)
        each = each.parentWidget()
    return " in ".join(names)
