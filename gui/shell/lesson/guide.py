"""The guide: a card at the left of the tabs with one page of a lesson, and its place in the window."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QMouseEvent, QPen, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QToolButton,
    QWidget,
)
from shiboken6 import isValid

from engine.core.language import tr
from gui.look.focus_ring import MOVES, Ring, raise_ring, up_to_window
from gui.look.fonts import metrics, scaled
from gui.look.icons import facing, picture
from gui.look.layout import SPRING, hbox, holder, pixels, scrolling, vbox
from gui.look.theme import theme
from gui.look.words import named, native, reserve, set_look, set_title, set_tone, words
from gui.shell.help.help_texts import linked, terms_in
from gui.shell.lesson.pages import ANSWERS, FIGURE, TALK, Page
from gui.shell.lesson.registry import Measured, say
from gui.shell.main_window import MainWindow
from gui.shell.process.window_geometry import LEAST
from gui.state.link.clock import one_shot
from gui.widgets.forms.controls import Choice, icon_button
from gui.widgets.forms.fold import reveal

# Width as a card and as a strip, for letters of 100 %, and the margin around the card, in pixels.
WIDTH, STRIP, EDGE = 258, 44, 8

BACK_KEY, NEXT_KEY = "Alt+PgUp", "Alt+PgDown"  # no text
NEXT_WIDTH = 84
SIGN, BUTTON = 18, 26
PERCENT = "\N{NO-BREAK SPACE}%"
SHOWN = (QEvent.Type.ShowToParent, QEvent.Type.HideToParent)


class Guide(QFrame):
    """One page (text, question, goal, outcome) and the buttons to turn pages; terms in it are links to the glossary."""

    answered = Signal(int)  # carries the place of the guessed answer

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "lesson", title=tr("Lesson"), look="panel")
        self._page = Page(text="")
        tip = tr("The chapters of the lesson; each can be read by itself.")
        self.chapter = named(Choice(), "lesson.chapter", title=tr("Chapter"), tip=tip)
        self.chapter.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.where = named(QPushButton(), "lesson.where", title=tr("Place"), tip=tr("Show what the page is about."))
        self.text = named(words("", wrapped=True), "lesson.text")
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.question = named(words("", "value", wrapped=True), "lesson.question")
        self.answers = [self._make_answer(place) for place in range(ANSWERS[1])]
        self.sign = named(QLabel(), "lesson.goal.sign", title=tr("Goal"))
        self.goal = named(words("", "label", wrapped=True), "lesson.goal")
        self.reply = named(words("", wrapped=True), "lesson.reply")
        self.talk = named(words("", wrapped=True), "lesson.talk")
        self.place = named(words("", "caption"), "lesson.place")
        tip = tr("Fold the lesson away. Teach > Lesson brings it back where it is.")
        self.fold = _tool("fold", "close", tip, tr("Fold the lesson away"))
        self.aside = _tool("aside", "chevron-left", tr("Put the page aside: the tab is seen whole."))
        self.unfold = _tool("unfold", "chevron-right", tr("Read the page again."))
        self.strip_sign = named(QLabel(), "lesson.strip.sign")
        self.strip_place = named(words("", "caption"), "lesson.strip.place")
        self.back = named(
            QPushButton(tr("Back")),
            "lesson.back",
            title=tr("Back"),
            tip=tr("The page before ({key})", key=native(BACK_KEY)),
        )
        self.next = named(
            QPushButton(tr("Next")),
            "lesson.next",
            title=tr("Next"),
            tip=tr("The next page ({key})", key=native(NEXT_KEY)),
        )
        for button, key in ((self.back, BACK_KEY), (self.next, NEXT_KEY)):
            # Not the button's own shortcut, which Qt removes when the text changes.
            QShortcut(QKeySequence(key), self).activated.connect(button.click)
        reserve(self.next, tr("Next"), tr("Skip"), tr("Finish"), least=NEXT_WIDTH, fixed=True)
        body = named(QWidget(), "lesson.body")
        goal = hbox((self.sign, 0, Qt.AlignmentFlag.AlignTop), (self.goal, 1), gap=pixels("small") - 2)
        top, asked = (self.where, self.text), (self.question, *self.answers)
        vbox(*top, "tight", *asked, "tight", goal, self.reply, "tight", self.talk, SPRING, gap="small", on=body)
        self._area = scrolling(body, "lesson.page")
        self._area.setAutoFillBackground(False)
        head = hbox((self.chapter, 1), self.aside, self.fold, gap="tight")
        foot = hbox(self.back, SPRING, self.next)
        above = vbox(head, self.place, gap="tight")
        self._card = holder(vbox(above, (self._area, 1), foot, gap="medium", edges="medium"))
        centre = Qt.AlignmentFlag.AlignHCenter
        parts = [(part, 0, centre) for part in (self.unfold, self.strip_sign, self.strip_place)]
        self._strip = holder(vbox(*parts, SPRING, gap="small", edges=(0, "small")))
        self._strip.hide()
        vbox(self._card, self._strip, on=self)

    def show_chapters(self, titles: Sequence[str]) -> None:
        self.chapter.offer({number: f"{number}  {title}" for number, title in enumerate(titles, 1)})

    def show_page(self, pages: Sequence[Page], chapter: int, number: int) -> None:
        """Show the page at place `number` of a chapter; terms that it names first are links to the glossary."""
        page, count = pages[number], len(pages)
        before = " ".join(page.text for page in pages[:number])
        self._page = page
        self.chapter.setCurrentIndex(chapter)
        self.text.setText(linked(page.text, terms_in(before)))
        self.text.setAccessibleName(page.text)
        self.place.setText(place_words(chapter + 1, self.chapter.count(), number + 1, count))
        self.strip_place.setText(f"{number + 1}/{count}")
        self.strip_place.setAccessibleName(self.place.text())
        self.back.setEnabled(chapter > 0 or number > 0)
        self.question.setVisible(page.asks is not None)
        self.question.setText(page.asks.question if page.asks else "")
        answers = page.asks.answers if page.asks else ()
        for place, button in enumerate(self.answers):
            button.setVisible(place < len(answers))
            if place < len(answers):
                button.set_words(answers[place])
        for label in (self.goal, self.sign, self.strip_sign):
            label.setVisible(page.goal is not None)
        self.talk.setText(tr(TALK, question=page.talk.question) if page.talk else "")
        self.talk.setVisible(page.talk is not None)
        self._area.verticalScrollBar().setValue(0)

    def show_place(self, place: str, is_shown: bool) -> None:
        """Name the place that the page is about, and offer the way there unless it is shown."""
        set_title(self.where, place if is_shown else tr("Go to {place}", place=place))
        set_look(self.where, "look", "link" if is_shown else "primary")
        self.where.setEnabled(not is_shown)

    def show_progress(self, measured: Measured, guess: int | None, *, is_past: bool, is_last: bool) -> None:
        """Show the goal, the guessed answer and the outcome; `is_past` says that the figure is of another moment."""
        page, is_met = self._page, measured.met
        reply = outcome(page, measured, guess, is_past=is_past)
        for place, button in enumerate(self.answers):
            button.setChecked(place == guess)
        if page.goal is not None:
            figure = "" if measured.figure in reply else measured.figure
            text = goal_words(say(page.goal), figure, is_met=is_met, is_past=is_past)
            self.goal.setText(text.replace(" %", PERCENT))
            set_tone(self.goal, "good" if is_met else "muted")
            sign, tint = ("good", "good") if is_met else ("arrow-right", "muted")
            color = theme().current.code(tint)
            for label in (self.sign, self.strip_sign):
                label.setPixmap(picture(facing(sign), color, scaled(SIGN), self.devicePixelRatioF()))
            self.strip_sign.setToolTip(self.goal.text())
            self.strip_sign.setAccessibleName(self.goal.text())
        self.reply.setText(reply.replace(" %", PERCENT))
        self.reply.setVisible(bool(reply))
        can_go_on = is_met or page.goal is None
        set_title(self.next, tr("Finish") if is_last else tr("Next") if can_go_on else tr("Skip"))
        set_look(self.next, "look", "primary" if can_go_on else "")
        if is_met:
            self._area.ensureWidgetVisible(self.reply if reply else self.goal)
        set_look(self.unfold, "look", "accent" if is_met else "")

    def set_aside(self, aside: bool, *, can_be: bool) -> None:
        """Become a strip or a card; `can_be` says whether the card offers to become a strip."""
        focus: QWidget | None = self.window().focusWidget()
        had_focus = focus is not None and self.isAncestorOf(focus)
        self.aside.setVisible(can_be)
        if aside == self.is_aside:
            return
        shown, hidden = (self._strip, self._card) if aside else (self._card, self._strip)
        shown.show()
        if had_focus:  # before the focused widget is hidden: Qt would move the focus to the tab
            (self.unfold if aside else self.next).setFocus()
        hidden.hide()

    @property
    def is_aside(self) -> bool:
        return not self._strip.isHidden()

    def wanted_height(self, width: int) -> int:
        margins = self.contentsMargins()
        inner = width - 2 * metrics()["space"]["medium"] - margins.left() - margins.right()
        inner -= self._area.verticalScrollBar().sizeHint().width()  # or its bar, once there, would stay
        body = self._area.widget()
        layout = body.layout() if body else None
        text = layout.totalHeightForWidth(inner) if layout else 0
        space, height = metrics()["space"], metrics()["height"]
        place = self.place.sizeHint().height() + space["tight"]
        return text + place + 4 * space["medium"] + scaled(height["field"] + height["button"]) + 8

    def _make_answer(self, place: int) -> "Answer":
        name, title = f"lesson.answer.{place + 1}", tr("Answer {number}", number=place + 1)
        tip = tr("Guess before you try: what comes of it is shown beside your guess.")
        button = Answer()
        button.setCheckable(True)
        named(button, name, title=title, tip=tip)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda: self.answered.emit(place))
        return button


class Answer(QPushButton):
    """A button whose words take as many lines as they need."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""

    def set_words(self, words: str) -> None:
        self.words = words
        self.setAccessibleName(words)
        self._wrap()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._wrap()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self.words:
            self._wrap()

    def _wrap(self) -> None:
        self.ensurePolished()
        option = QStyleOptionButton()
        self.initStyleOption(option)
        room = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self).width()
        lines = [""]
        for word in self.words.replace("&", "&&").split(" "):
            longer = f"{lines[-1]} {word}".lstrip()
            if lines[-1] and self.fontMetrics().horizontalAdvance(longer) > room:
                lines.append(word)
            else:
                lines[-1] = longer
        self.setText("\n".join(lines))


def _tool(name: str, sign: str, tip: str, title: str = "") -> QToolButton:
    return icon_button(f"lesson.{name}", sign, tip, title=title, side=BUTTON, inside=14)


def place_words(chapter: int, chapters: int, page: int, pages: int) -> str:
    """Return where a page is, from 1: `Chapter 2 of 7 · page 1 of 5`; of one chapter the page only."""
    if chapters == 1:
        return tr("Page {page} of {pages}", page=page, pages=pages)
    return tr(
        "Chapter {chapter} of {chapters} · page {page} of {pages}",
        chapter=chapter,
        chapters=chapters,
        page=page,
        pages=pages,
    )


def goal_words(goal: str, figure: str, *, is_met: bool, is_past: bool) -> str:
    """Return a goal with its figure, if there is one; one that `is_past` was measured before."""
    if not figure:
        return tr("Goal reached: {goal}.", goal=goal) if is_met else tr("Goal: {goal}.", goal=goal)
    if is_past:
        return tr("Goal reached: {goal} (before: {figure}).", goal=goal, figure=figure)
    if is_met:
        return tr("Goal reached: {goal} ({figure}).", goal=goal, figure=figure)
    return tr("Goal: {goal} (now {figure}).", goal=goal, figure=figure)


def outcome(page: Page, measured: Measured, guess: int | None, *, is_past: bool) -> str:
    """Return the guess beside what was measured, once the goal is met; empty before.

    A figure that `is_past` is said to be: the window shows another one now.
    """
    asks = page.asks
    if asks is None or not measured.met or (FIGURE in asks.reply and not measured.figure):
        return ""
    text = asks.reply.replace(FIGURE, measured.figure)
    if is_past and FIGURE in asks.reply:
        text = tr("Before: {reply}", reply=text)
    if guess is None:
        return text
    verdict = tr("Right.") if guess == asks.right else ""
    return " ".join(filter(None, (tr("You guessed: {answer}.", answer=asks.answers[guess]), verdict, text)))


class Beside(QObject):
    """Places the guide beside the tabs if the window is wide enough for both.

    Otherwise it lies on top of them while it is read: at the left, or at the right if it covers less there of what the
    page marks, which `marked` returns. The row of tabs stays free. The first click into the tab puts it aside: it
    becomes a strip, for which the tabs leave room all the time, so nothing else moves. The tabs need 950 pixels, and a
    horizontal scroll bar would hide as much as the card, and move.
    """

    def __init__(self, window: MainWindow, guide: Guide, marked: Callable[[], Sequence[QRect]]) -> None:
        super().__init__(guide)
        self._window, self._guide, self._marked = window, guide, marked
        self._is_aside = self._is_upon = False
        self._watched: QObject | None = None
        for widget in (window.tabs, guide):
            widget.installEventFilter(self)
        guide.aside.clicked.connect(lambda: self.put(True))
        guide.unfold.clicked.connect(lambda: self.put(False))
        theme().changed.connect(self.place)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow_focus)

    def put(self, aside: bool) -> None:
        """Put the card aside, or back, if it has no room beside the tabs."""
        if aside != self._is_aside:
            self._is_aside = aside
            self.place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window and the guide's visibility, and clicks while the card lies on the tabs."""
        if watched is self._watched:
            if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
                place, tabs = event.position().toPoint(), self._window.tabs
                on_tabs = QRect(tabs.mapTo(self._window, QPoint()), tabs.size()).contains(place)
                if on_tabs and not self._guide.geometry().contains(place):
                    self.put(True)
            return False
        kinds = (QEvent.Type.Resize, QEvent.Type.Move) if watched is self._window.tabs else SHOWN
        if event.type() in kinds:
            self.place()
        return False

    def place(self) -> None:
        """Set the geometry of the guide, and its room beside the tabs."""
        window, guide = self._window, self._guide
        content, is_shown = window.centralWidget(), not guide.isHidden()
        if content is None:
            return
        wide, strip = scaled(WIDTH), scaled(STRIP)
        is_beside = is_shown and content.width() - wide >= scaled(LEAST.width())
        window.keep_room((wide if is_beside else strip) if is_shown else 0)
        is_aside = self._is_aside and not is_beside
        self._watch(is_shown and not is_beside and not is_aside)
        if not is_shown:
            return
        guide.set_aside(is_aside, can_be=not is_beside)
        room, turned = window.room, partial(QStyle.visualRect, window.layoutDirection(), window.room)
        area = QRect(room.topLeft(), QSize(strip if is_aside else wide, window.tabs.height()))
        if self._is_upon:
            area.setTop(area.top() + window.tabs.tabBar().height())
            area.setHeight(min(area.height(), guide.wanted_height(wide - 2 * EDGE) + 2 * EDGE))
            at_end = turned(area.translated(room.width() - wide, 0))
            area = at_end if self._covered(at_end) < self._covered(turned(area)) else turned(area)
        else:
            area = turned(area)
        left, right = (EDGE, EDGE if self._is_upon else 0)[:: -1 if guide.isRightToLeft() else 1]
        guide.setGeometry(area.adjusted(left, EDGE, -right, -EDGE))
        guide.raise_()
        raise_ring(window)

    def _watch(self, is_upon: bool) -> None:
        """Filter events of the window only while the card lies on the tabs: each event costs time."""
        self._is_upon = is_upon
        wanted = self._window.windowHandle() if is_upon else None
        if wanted is not self._watched:
            if self._watched is not None and isValid(self._watched):
                self._watched.removeEventFilter(self)
            self._watched = wanted
            if wanted is not None:
                wanted.installEventFilter(self)

    def _follow_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        if self._is_upon and now is not None and self._window.tabs.isAncestorOf(now):
            self.put(True)

    def _covered(self, area: QRect) -> list[int]:
        """Return how much of each marked widget an area covers, and so first of what is to be clicked first."""
        parts = (area.intersected(place) for place in self._marked())
        return [0 if part.isEmpty() else part.width() * part.height() for part in parts]


class Mark(Ring):
    """Dashed, thicker and of another colour, so that nobody takes it for the ring of the focus."""

    GAP = 2
    DASH, SPACE = 3.0, 1.6  # lengths of dashes and gaps, in widths of the line

    def width_of_line(self) -> int:
        return super().width_of_line() + 1

    def pen(self) -> QPen:
        pen = QPen(theme().current.color("mark"), self.width_of_line())
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern([self.DASH, self.SPACE])
        return pen


class Marks(QObject):
    """Rings in one window, below its `card`; those of hidden widgets appear with them."""

    def __init__(self, window: QWidget, card: QWidget) -> None:
        super().__init__(window)
        self._window, self._card = window, card
        self._rings: list[tuple[QWidget, Mark]] = []
        self._watched: list[QWidget] = []
        self._late = one_shot(self, self._bring)

    def show(self, names: Sequence[str]) -> None:
        self.clear()
        for name in names:
            widget = self._window.findChild(QWidget, name)
            if isinstance(widget, QWidget):
                self._rings.append((widget, Mark(self._window, "lesson.mark")))
                self._watched += [part for part in up_to_window(widget) if part not in self._watched]
        for widget in self._watched:
            widget.installEventFilter(self)
        self._bring()
        self._place()

    def clear(self) -> None:
        for widget in filter(isValid, self._watched):
            widget.removeEventFilter(self)
        for _, ring in self._rings:
            ring.hide()
            ring.deleteLater()
        self._rings, self._watched = [], []

    @property
    def places(self) -> list[QRect]:
        shown = [widget for widget, _ in self._rings if isValid(widget) and widget.isVisible()]
        return [QRect(widget.mapTo(self._window, widget.rect().topLeft()), widget.size()) for widget in shown]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in MOVES:
            self._place()
        if event.type() == QEvent.Type.Resize and watched is self._window:
            self._late.start()  # after the layout
        return False

    def _bring(self) -> None:
        for widget, _ in reversed(self._rings):  # the first one last, so that it is visible in any case
            if isValid(widget):
                reveal(widget)

    def _place(self) -> None:
        for widget, ring in self._rings:
            if isValid(widget) and isValid(ring):
                ring.surround(widget)
        self._card.raise_()  # above the rings, if it has no room beside what is marked
        raise_ring(self._window)
