"""A visitor: mouse and keys on the whole window, as a person has them, and what the window complains of meanwhile."""

import logging
import sys
import traceback
from collections import Counter

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QDialog, QFileDialog, QMenu, QWidget
from shiboken6 import isValid

from gui.look.theme import theme
from gui.widgets.forms.fold import Fold

CLOSING_MS = 10
ENDS_THE_WINDOW = {"action.file.quit", "action.file.close"}
SELDOM = 0.05
LOOKED_AT_AFTER = 10
"""Events after which a walk looks anew at what is to be seen."""
KEYS = ("Space", "Tab", "Backtab", "Esc", "Return", "Left", "Right", "Up", "Down", "Del", "PgDown", "PgUp", "Home")
GRID = 3
"""Points a side at which the mouse rests on a widget."""
FINE_GRID = 6
LARGE = 40_000
"""Square pixels from which a widget gets the fine grid: plots and maps say something else at each place."""
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

    def bugs(self, application):
        """What the person was told of as a bug."""
        return [line.details for line in application.notices.history if line.details]

    def all(self, application):
        """All complaints in one list."""
        return [*self.tracebacks, *self.logged, *self.qt_warnings, *self.bugs(application)]

    def report(self, application):
        """The first of them in full."""
        return "\n".join(self.all(application)[:5])


class FileAnswers:
    """What leaves the process: dialogs for files answer with places in `folder`, and nothing else is opened."""

    def __init__(self, monkeypatch, folder):
        self._folder, self._count = folder, 0
        monkeypatch.setattr(QFileDialog, "getSaveFileName", self.save)
        monkeypatch.setattr(QFileDialog, "getOpenFileName", self.open)
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
    """Mouse and keys on one window, through the window itself, so that whatever lies there gets them."""

    def __init__(self, window, complaints):
        self.window, self._complaints = window, complaints
        self.events = 0
        self.answer_menu = lambda menu: None
        """Says which action of an open menu is taken; `None` for no one."""
        self._closer = QTimer(window)  # a menu or a question with an event loop of its own would wait for ever
        self._closer.timeout.connect(self.close_what_is_open)
        self._closer.start(CLOSING_MS)

    def leave(self):
        """Go: nothing is closed any more."""
        self._closer.stop()

    def close_what_is_open(self):
        """Close menus, lists of choices and sheets as a person does: with the Escape key, twice where it is a sheet."""
        popup = QApplication.activePopupWidget()
        if popup:
            chosen = self.answer_menu(popup) if isinstance(popup, QMenu) else None
            popup.close()
            if chosen is not None:
                chosen.trigger()
        for dialog in QApplication.topLevelWidgets():
            if isinstance(dialog, QDialog) and dialog.isVisible():
                QTest.keyClick(dialog, Qt.Key.Key_Escape)
                QTest.keyClick(dialog, Qt.Key.Key_Escape)

    def note(self, act, widget):
        self.events += 1
        self._complaints.doing = f"event {self.events}, {act} {_name(widget)}"

    def widgets(self, root):
        """All widgets inside `root` that are to be seen, in a fixed order."""
        return [
            each
            for each in root.findChildren(QWidget)
            if each.isVisible() and each.window() is self.window and not each.visibleRegion().isEmpty()
        ]

    def place(self, widget, point):
        """Where a point of a widget lies in the window; the window's edge for what lies beyond it."""
        place = widget.mapTo(self.window, point)
        room = self.window.size().boundedTo(self.window.windowHandle().size())  # a new size comes with the next turn
        return QPoint(min(max(place.x(), 0), room.width() - 1), min(max(place.y(), 0), room.height() - 1))

    def is_hit(self, widget, point):
        """Whether the mouse would hit just this widget there."""
        return self.window.childAt(self.place(widget, point)) is widget

    def move(self, widget, point):
        self.note("move over", widget)
        QTest.mouseMove(self.window.windowHandle(), self.place(widget, point))

    def click(self, widget, point, button=LEFT, keys=PLAIN):
        self.note("click", widget)
        QTest.mouseClick(self.window.windowHandle(), button, keys, self.place(widget, point))

    def double_click(self, widget, point):
        self.note("double click", widget)
        QTest.mouseDClick(self.window.windowHandle(), LEFT, PLAIN, self.place(widget, point))

    def drag(self, widget, start, end):
        self.note("drag", widget)
        handle = self.window.windowHandle()
        QTest.mousePress(handle, LEFT, PLAIN, self.place(widget, start))
        end = self.place(widget, end)  # the press may have taken the widget away
        QTest.mouseMove(handle, end)
        QTest.mouseRelease(handle, LEFT, PLAIN, end)

    def wheel(self, widget, point, turn):
        self.note("wheel", widget)
        QTest.wheelEvent(self.window.windowHandle(), self.place(widget, point), QPoint(0, turn))

    def press(self, keys):
        """Press a key, or the keys of a shortcut; whatever has the focus gets them."""
        self.note(f"press {QKeySequence(keys).toString()} on", self.window.focusWidget() or self.window)
        if not self.window.isActiveWindow():
            self.window.activateWindow()  # as a window manager does when a sheet before it has gone
        QTest.keySequence(self.window.windowHandle(), QKeySequence(keys))

    # Sweeping -----------------------------------------------------------------------------------------------------

    def hover_all(self, root):
        """Rest the mouse at a grid of points of each widget inside `root`."""
        for widget in self.widgets(root):
            for point in grid(widget):
                if isValid(widget) and self.is_hit(widget, point):
                    self.move(widget, point)

    def use_all(self, root, rounds=3):
        """Do with each widget inside `root` all that a mouse can; then with what that brought up."""
        used = set()
        for _ in range(rounds):
            for widget in [each for each in self.widgets(root) if _name(each) not in used]:
                used.add(_name(widget))
                self.use(widget)

    def use(self, widget):
        """Do with one widget all that a mouse can."""
        for act in (
            lambda at: self.click(widget, at, RIGHT),
            lambda at: self.wheel(widget, at, 120),
            lambda at: self.wheel(widget, at, -120),
            lambda at: self.click(widget, at),
            lambda at: self.double_click(widget, at),
        ):
            self.close_what_is_open()
            if not (isValid(widget) and widget.isVisible() and widget.window() is self.window):
                return
            middle = widget.rect().center()
            if self.is_hit(widget, middle):
                act(middle)

    def press_all(self, sequences):
        """Press these keys one after the other."""
        for keys in sequences:
            self.close_what_is_open()
            self.press(keys)


class Wanderer:
    """A visitor without aim, the same one for the same random numbers: all acts in all places, in any order."""

    def __init__(self, visitor, random):
        self._visitor, self._random = visitor, random
        self._widgets, self._left = [], 0
        self.visits = Counter()
        """Events by the title of the tab that was in front."""
        visitor.answer_menu = self._choose
        self._keys = [*KEYS, *shortcuts(visitor.window, of_files=False)]
        self._keys += shortcuts(visitor.window, of_files=True)
        self._acts = [self._move] * 6 + [self._click] * 5 + [self._press] * 3 + [self._drag] * 2
        self._acts += [self._double_click, self._right_click, self._wheel, self._wheel, self._scroll]
        self._seldom = [self._resize, self._change_tab, self._change_tab, self._change_theme, self._type]
        self._seldom += [self._open_menu, self._unfold]

    def step(self):
        """Do one thing."""
        self._visitor.close_what_is_open()
        tabs = self._visitor.window.tabs
        self.visits[tabs.tabText(tabs.currentIndex())] += 1
        self._random.choice(self._seldom if self._random.random() < SELDOM else self._acts)()

    def _target(self):
        if self._left == 0:
            self._widgets, self._left = self._visitor.widgets(self._visitor.window), LOOKED_AT_AFTER
        self._left -= 1
        widget = self._random.choice(self._there() or [self._visitor.window])
        return widget, self._point(widget)

    def _there(self):
        return [widget for widget in self._widgets if isValid(widget) and widget.isVisible()]

    def _point(self, widget):
        return QPoint(*(self._random.randrange(max(1, side)) for side in (widget.width(), widget.height())))

    def _move(self):
        self._visitor.move(*self._target())

    def _click(self):
        self._visitor.click(*self._target())

    def _right_click(self):
        self._visitor.click(*self._target(), RIGHT)

    def _double_click(self):
        self._visitor.double_click(*self._target())

    def _drag(self):
        widget, point = self._target()
        self._visitor.drag(widget, point, self._point(widget))

    def _wheel(self):
        self._visitor.wheel(*self._target(), self._random.choice((-1200, -120, 120, 1200)))

    def _scroll(self):
        """Go to an end of what scrolls, and ask there for what can be done."""
        areas = [area for area in self._there() if isinstance(area, QAbstractScrollArea)]
        bars = [area.verticalScrollBar() for area in areas if area.verticalScrollBar().maximum()]
        if bars:
            bar = self._random.choice(bars)
            self._visitor.note("scroll", bar)
            bar.setValue(self._random.choice((bar.minimum(), bar.maximum())))
            area = bar.parentWidget().parentWidget()
            self._visitor.click(area, self._point(area), RIGHT)

    def _open_menu(self):
        """Open a menu of the bar; which of its entries is taken, chance says."""
        bar = self._visitor.window.menus
        action = self._random.choice(bar.actions())
        self._visitor.click(bar, bar.actionGeometry(action).center())

    def _unfold(self):
        """Open or close a heading that folds."""
        folds = [fold for fold in self._there() if isinstance(fold, Fold)]
        if folds:
            heading = self._random.choice(folds).heading
            self._visitor.click(heading, heading.rect().center())

    def _press(self):
        self._visitor.press(self._random.choice(self._keys))

    def _type(self):
        for letter in self._random.choices("0123456789.,-abcP ", k=4):
            self._visitor.press(letter)

    def _resize(self):
        self._visitor.note("resize", self._visitor.window)
        self._visitor.window.resize(self._random.randint(960, 1920), self._random.randint(600, 1080))
        self._left = 0

    def _change_tab(self):
        tabs = self._visitor.window.tabs
        self._visitor.note("change the tab of", tabs)
        tabs.setCurrentIndex(self._random.randrange(tabs.count()))
        self._left = 0

    def _change_theme(self):
        self._visitor.note("change the theme of", self._visitor.window)
        theme().choose(self._random.choice(("light", "dark", "system")))

    def _choose(self, menu):
        """Take any entry of an open menu, or leave it."""
        actions = [each for each in menu.actions() if each.isEnabled() and not each.isSeparator()]
        actions = [each for each in actions if each.objectName() not in ENDS_THE_WINDOW and not each.menu()]
        if actions and self._random.random() < 0.5:
            return self._random.choice(actions)
        return None


def grid(widget):
    """The points of a widget at which the mouse rests."""
    count = FINE_GRID if widget.width() * widget.height() > LARGE else GRID
    return [
        QPoint(round((column + 0.5) * widget.width() / count), round((row + 0.5) * widget.height() / count))
        for row in range(count)
        for column in range(count)
    ]


def shortcuts(window, *, of_files):
    """All keys of the window's actions but those that end it; of files, which change the session, or all others."""
    return [
        keys
        for action in window.findChildren(QAction)
        for keys in action.shortcuts()
        if action.objectName() not in ENDS_THE_WINDOW and action.objectName().startswith("action.file.") == of_files
    ]


def _name(widget):
    if not isValid(widget):
        return "what is gone"
    names, each = [], widget
    while each is not None and len(names) < 3:
        names.append(each.objectName() or type(each).__name__)
        each = each.parentWidget()
    return " in ".join(names)
