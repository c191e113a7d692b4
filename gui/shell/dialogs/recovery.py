"""The sheet of sessions that were left without a file of their own: after a crash, or at a person's request."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from PySide6.QtCore import QLocale, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QWidget

from engine.core.language import language, mark, tr, tr_plural
from engine.core.lazy import Array
from engine.session.jobs.files import LeftSession
from gui.look.fonts import metrics, scaled, set_font
from gui.look.layout import SPRING, hbox, set_margins, vbox
from gui.look.theme import theme
from gui.look.words import Elided, named, words
from gui.shell.dialogs.sheets import Sheet
from gui.widgets.painted import Bar, Dot, Frame, Repainted, draw, smooth_painter

WIDTH, MOST_ROWS = 860, 5
CRASHED, NOT_WRITTEN = mark("Layerlight ended unexpectedly"), mark("What could not be saved in its file")
PICTURE = (112, 52)
CURVE_WIDTH, DOT, INSET = 2.0, 3.0, 8.0


class RecoveryDialog(Sheet):
    """A list of sessions. Discarded ones are deleted only when it closes."""

    restoreWanted = Signal(object)
    lookWanted = Signal(object)
    discardWanted = Signal(object)  # they carry the path of the session

    def __init__(self, parent: QWidget, *, crashed: bool) -> None:
        title = tr(CRASHED) if crashed else tr("Sessions without a name")
        super().__init__(parent, "recovery" if crashed else "unsaved", title)
        self._crashed = crashed
        self.rows: list[SessionRow] = []
        self._title = words(title, "title")
        self._sentence = words(tr("Looking for them …"), "label", wrapped=True)
        sheet = named(QWidget(), "content")
        self._list = vbox(SPRING, gap="small", on=sheet)
        tip = tr("The sessions that were kept, the newest first.")
        self._area = named(QScrollArea(), f"{self.objectName()}.list", title=tr("Sessions"), tip=tip)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidgetResizable(True)
        self._area.setWidget(sheet)
        text, tip = tr("Close"), tr("Close this list. (Esc)")
        if crashed:
            text, tip = tr("Later"), tr("Keep them all. They are offered again at the next start. (Esc)")
        self.later = self.button("later", text, tip, self.reject)
        head, foot = vbox(self._title, self._sentence, gap="tight"), hbox(SPRING, self.later)
        self._column = vbox(head, (self._area, 1), foot, gap="medium", edges=(24, "large"), on=self)
        self.resize(scaled(WIDTH), scaled(240))

    def turn_to(self, sessions: Sequence[LeftSession]) -> None:
        """Fill the list, the newest first."""
        assert not self.rows, "The list is filled once."
        for number, session in enumerate(sessions, 1):
            self._add(number, session)
        refuges = [session.is_refuge for session in sessions]
        if self._crashed and all(refuges):
            self._title.setText(tr(NOT_WRITTEN))
            self.setWindowTitle(tr(NOT_WRITTEN))
        self._sentence.setText(self._say(len(sessions), all(refuges)))
        self._fit(len(sessions))
        (self.rows[0].restore if self.rows else self.later).setFocus()

    def done(self, result: int) -> None:
        """Close, and send which sessions to delete."""
        for row in self.rows:
            if row.discarded:
                self.discardWanted.emit(row.session.path)
        super().done(result)

    def _add(self, number: int, session: LeftSession) -> None:
        text = tr("Restore") if self._crashed else tr("Open")
        tip = tr("Go on with this session where it ended.") if self._crashed else tr("Go on with this session.")
        row = SessionRow(f"{self.objectName()}.{number}", session, text, tip)
        row.restoreWanted.connect(lambda: self._restore(session.path))
        row.lookWanted.connect(lambda: self.lookWanted.emit(session.path))
        self.rows.append(row)
        self._list.insertWidget(len(self.rows) - 1, row)

    def _restore(self, path: Path) -> None:
        self.restoreWanted.emit(path)
        self.accept()

    def _say(self, number: int, are_refuges: bool) -> str:
        if self._crashed and are_refuges:
            return tr_plural(
                "Its file could not be written at the end, so it was kept here as a whole.",
                "Their files could not be written at the end, so they were kept here as a whole.",
                number,
            )
        if self._crashed:
            kept = tr_plural("This session was kept.", "These sessions were kept.", number)
            return f"{kept} {tr('Nothing is removed unless you discard it.')}"
        if not number:
            return tr("There are none. A session that is not saved under a name is kept here when it is left.")
        return tr("Not saved under a name yet. Open one, then File > Save as saves it as a file.")

    def _fit(self, number: int) -> None:
        """Take the height that the rows need; more than `MOST_ROWS` scroll."""
        shown = min(number, MOST_ROWS)
        if number > MOST_ROWS:
            set_margins(self._list, 0, 0, metrics()["space"]["medium"], 0)
        gaps = metrics()["space"]["small"] * max(0, shown - 1)
        rows = shown * self.rows[0].sizeHint().height() + gaps if self.rows else 0
        rest = self._column.sizeHint().height() - self._area.sizeHint().height()
        self.resize(scaled(WIDTH), rest + rows)


class SessionRow(QFrame):
    """One session; a discarded one only offers *Undo*."""

    restoreWanted = Signal()
    lookWanted = Signal()

    def __init__(self, name: str, session: LeftSession, restore: str, restore_help: str) -> None:
        super().__init__()
        self.session = session
        self.discarded = False
        named(
            self,
            name,
            title=tr("Session of {when}: {facts}", when=when(session.changed), facts=facts(session)),
            look="panel",
        )
        self._when = words(when(session.changed), "value")
        self._facts = Elided(f"{name}.facts", "label")
        self._facts.set_words(facts(session))
        set_font(self._facts, "label", numbers=True)
        self._note = words(tr("Discarded"), "label")
        self.restore = self._button("restore", restore, restore_help)
        self.look = self._button(
            "look", tr("Open a copy"), tr("Open a copy of it. The session itself stays in this list, as it is now.")
        )
        self.discard = self._button("discard", tr("Discard"), tr("Remove the session when this window is closed."))
        self.undo = self._button("undo", tr("Undo"), tr("Keep the session after all."))
        hbox(
            LossPicture(self.session.losses),
            "small",
            (vbox(SPRING, self._when, self._facts, SPRING, gap="tight"), 1),
            self._note,
            self.restore,
            self.look,
            self.discard,
            self.undo,
            gap="small",
            edges=("small", "small", "medium", "small"),
            on=self,
        )
        self.restore.clicked.connect(self.restoreWanted)
        self.look.clicked.connect(self.lookWanted)
        self.discard.clicked.connect(lambda: self._set_discarded(True))
        self.undo.clicked.connect(lambda: self._set_discarded(False))
        self._show()

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        title = tr("{action}: session of {when}", action=text, when=when(self.session.changed))
        button = named(QPushButton(text), f"{self.objectName()}.{name}", title=title, tip=tip)
        button.setAutoDefault(False)
        return button

    def _set_discarded(self, discarded: bool) -> None:
        self.discarded = discarded
        self._show()
        (self.undo if discarded else self.discard).setFocus()

    def _show(self) -> None:
        for button in (self.restore, self.look, self.discard):
            button.setVisible(not self.discarded)
        for widget in (self._note, self.undo):
            widget.setVisible(self.discarded)
        for label in (self._when, self._facts):
            label.setEnabled(not self.discarded)
            letters = label.font()
            letters.setStrikeOut(self.discarded)
            label.setFont(letters)


class LossPicture(Repainted):
    """The train loss per epoch as a small curve; a dot for a single epoch, a bare line for none."""

    def __init__(self, losses: Array) -> None:
        super().__init__("", tr("Training loss"), tip=tr("Training loss of the newest run."))
        self.setFixedSize(*PICTURE)
        self._losses = np.asarray(losses, dtype=float)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = smooth_painter(self), theme().current
        frame, radius = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), metrics()["radius"]["field"]
        draw(painter, Bar(frame, "raised", radius=radius), Frame(frame, radius=radius))
        area = QRectF(self.rect()).adjusted(INSET, INSET, -INSET, -INSET)
        points = curve(self._losses, area)
        if not points:
            painter.drawLine(area.bottomLeft(), area.bottomRight())
            return
        painter.setPen(QPen(colors.color("curve_1"), CURVE_WIDTH))
        if len(points) > 1:
            painter.drawPolyline(QPolygonF(points))
        draw(painter, Dot(points[-1], DOT / 2, "curve_1", "curve_1", CURVE_WIDTH))


def curve(losses: Array, area: QRectF) -> list[QPointF]:
    """Return the points of the finite `losses` (epochs,) in `area`, from the largest at its top to 0."""
    finite = np.isfinite(losses)
    if not finite.any():
        return []
    top = max(float(losses[finite].max()), 1e-12)
    places = np.linspace(area.left(), area.right(), len(losses)) if len(losses) > 1 else [area.center().x()]
    return [
        QPointF(place, area.bottom() - loss / top * area.height())
        for place, loss in zip(places, losses, strict=True)
        if np.isfinite(loss)
    ]


def facts(session: LeftSession) -> str:
    """Return what a session contains: `2 runs · 40 epochs · 97.8 % of 1,000 test images after epoch 20 · 1 drawing`."""
    parts = []
    if session.runs or not session.drawings:
        parts = [
            tr_plural("{count:,} run", "{count:,} runs", session.runs),
            tr_plural("{count:,} epoch", "{count:,} epochs", session.epochs),
        ]
    if session.accuracy:
        parts.append(session.accuracy)
    if session.drawings:
        parts.append(tr_plural("{count:,} drawing", "{count:,} drawings", session.drawings))
    if session.is_refuge:
        parts.append(tr("its file could not be written"))
    return "  ·  ".join(parts)


def when(changed: float, now: datetime | None = None) -> str:
    """Return a time in words: `today 14:03`, `yesterday 9:12`, `23 November 14:03`, `2 May 2024 8:00`."""
    moment, now = datetime.fromtimestamp(changed), now or datetime.now()
    clock = f"{moment.hour}:{moment.minute:02}"
    if moment.date() == now.date():
        return tr("today {clock}", clock=clock)
    if moment.date() == now.date() - timedelta(days=1):
        return tr("yesterday {clock}", clock=clock)
    # Qt's names of months, because Python's follow the system's language.
    day, month, year = moment.day, QLocale(language()).monthName(moment.month), f"{moment.year}"
    if moment.year == now.year:
        return tr("{day} {month} {clock}", day=day, month=month, clock=clock)
    return tr("{day} {month} {year} {clock}", day=day, month=month, year=year, clock=clock)
