"""A table that opens beside the answer: how much of what is unlike its training images the network notices."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMenu, QWidget, QWidgetAction

from engine.analysis.probes.noticing import COUNT, Noticing
from engine.core.text import printable
from engine.data.strange import KINDS
from gui.look.fonts import sized
from gui.look.layout import gridbox, vbox
from gui.look.percents import percent
from gui.look.words import figure, named, words

TITLE = "How well does it notice?"
TIP = "Show the network pictures that are none of its classes, and count how many it finds unlike its training images."

SAID = (
    f"Of {COUNT} pictures of each kind, drawn by the program, this share is called unlike anything in the training "
    "images:"
)

FALSE_ALARMS = "test images (false alarms)"
PENDING = "…"
WIDTH = 270


class NoticingMenu(QMenu):
    """Shows the table as it is measured while it is open."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "draw.noticing", title=TITLE)
        self.page = named(QWidget(), "draw.noticing.page")
        self.page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._said = words("", "caption", wrapped=True)
        self._remark = words("", "caption", wrapped=True)
        sized(self._said.setFixedWidth, WIDTH)
        sized(self._remark.setFixedWidth, WIDTH)
        self._rows: dict[str, tuple[QLabel, QLabel]] = {}
        grid = gridbox(columns={0: 1}, gap=("medium", "tight"))
        for row, kind in enumerate((*KINDS, FALSE_ALARMS)):
            share = named(figure("", "small value"), f"draw.noticing.{row}")
            self._rows[kind] = words(kind, "label"), share
            for place, label in enumerate(self._rows[kind]):
                grid.addWidget(label, row, place)
        vbox(words(TITLE, "title"), self._said, grid, self._remark, edges=("medium", "small"), on=self.page)
        self._entry = QWidgetAction(self)
        self._entry.setDefaultWidget(self.page)
        self.addAction(self._entry)
        self.show_noticing(None)

    @property
    def shares(self) -> dict[str, str]:
        """The text beside each kind."""
        return {kind: share.text() for kind, (name, share) in self._rows.items() if not name.isHidden()}

    def show_noticing(self, noticing: Noticing | None) -> None:
        """Show the shares that are known so far; `None` for none."""
        shares = dict.fromkeys(KINDS) if noticing is None else dict(noticing.shares)
        shares[FALSE_ALARMS] = None if noticing is None else noticing.false_alarms
        for kind, labels in self._rows.items():
            value = shares.get(kind)
            labels[1].setText(PENDING if value is None else percent(value, 1 if kind == FALSE_ALARMS else 0))
            for label in labels:
                label.setVisible(kind in shares)
        if noticing is not None:
            self._rows[FALSE_ALARMS][0].setText(f"{noticing.tested:,} {FALSE_ALARMS}")
        remark = "" if noticing is None else printable(noticing.remark)
        self._say(SAID, remark)

    def refuse(self, sentence: str) -> None:
        """Say why nothing can be measured."""
        self.show_noticing(None)
        self._say(sentence)

    def _say(self, sentence: str, remark: str = "") -> None:
        self._said.setText(sentence)
        self._remark.setText(remark)
        self._remark.setVisible(bool(remark))
        if layout := self.page.layout():
            layout.activate()
        self._entry.setText(f"{sentence} {remark}")  # a menu takes an entry's new height only then
