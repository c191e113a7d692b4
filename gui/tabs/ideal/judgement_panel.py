"""How far an ideal image is from real ones: the nearest of them, how similar it is, and what the runs say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QToolButton

from engine.base.numbers import written
from gui.look.fonts import metrics
from gui.look.icons import icon
from gui.look.named import named
from gui.look.words import words
from gui.tabs.ideal.word_bars import Row, WordBars
from gui.widgets.image_grid import ImageGrid
from gui.widgets.panel import Panel

if TYPE_CHECKING:
    from engine.probes.judge import Judgement

GRID_HEIGHT, ROW_HEIGHT, IN_A_ROW = 172, 86, 4
"""Two rows of pictures with their labels; one; pictures in a row."""

LOW = 500
"""Less high, the panel has room for one row."""

NONE = "There are no real images of this shape to compare with."
BLANK = "The image is blank: it is like nothing."
SHORT_MEASURE = (
    "Regardless of contrast: the same picture is 100\N{NO-BREAK SPACE}%, "
    "nothing in common 0\N{NO-BREAK SPACE}%."
)
MEASURE = (
    "The cosine of the angle between the two pictures, regardless of contrast. 100 %: the same but for contrast; "
    "0 %: nothing in common; below: ink where the other is negative."
)


class JudgementPanel(Panel):
    """Stands in the place of the settings while it is open."""

    closeWanted = Signal()
    imageChosen = Signal(int)
    """Carries the number of a test image."""

    def __init__(self, width: int) -> None:
        super().__init__("How far from real?", "ideal.judgement")
        self.setFixedWidth(width)
        self.nearest = ImageGrid("ideal.judgement.nearest", "Nearest test images")
        self.nearest.setFixedHeight(GRID_HEIGHT)
        self.nearest.setToolTip("The test images that are most like it, with their labels")
        self.likeness = WordBars("ideal.judgement.likeness", "Cosine similarity to the nearest real image")
        self.likeness.setToolTip(MEASURE)
        self.verdicts = WordBars("ideal.judgement.verdicts", "What the runs say of it")
        self.sentence = named(words("", "label", wrapped=True), "ideal.judgement.sentence")
        self._numbers: tuple[int, ...] = ()
        self._found: Judgement | None = None
        self._runs = words("What the runs take it for", "title")
        self._lay_out()
        self.nearest.chosen.connect(lambda place: self.imageChosen.emit(self._numbers[place]))

    def begin(self, subject: str) -> None:
        """Say whose judgement is asked for; what is shown is still that of an earlier one."""
        self.set_title(f"The ideal {subject}, and real ones")

    def show_judgement(self, found: Judgement) -> None:
        """Show what was found."""
        self._found = found
        self._show_nearest(found)
        self.likeness.show_rows(_rows(found))
        self.sentence.setText(sentence(found))
        self.verdicts.show_rows(
            [
                Row(
                    f"{verdict.run} {verdict.title}".strip(),
                    verdict.probability,
                    f"{verdict.answer}, {100 * verdict.probability:.0f} %",
                    f"Run {' · '.join(filter(None, (verdict.run, verdict.title)))} takes it for a {verdict.answer}"
                    f" with a probability of {verdict.probability:.4f}",
                    place == 0,
                )
                for place, verdict in enumerate(found.verdicts)
            ]
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many pictures as there is room for."""
        super().resizeEvent(event)
        height = ROW_HEIGHT if self.height() < LOW else GRID_HEIGHT
        if height != self.nearest.height():
            self.nearest.setFixedHeight(height)
            if self._found is not None:
                self._show_nearest(self._found)

    def _show_nearest(self, found: Judgement) -> None:
        most = IN_A_ROW * (1 if self.height() < LOW else 2)
        self._numbers = tuple(int(number) for number in found.numbers[:most])
        tips = [
            f"Test image {number:,}, a {label}, cosine similarity {similarity_words(likeness)}"
            for number, label, likeness in zip(self._numbers, found.labels, found.likeness, strict=False)
        ]
        labels = [str(label) for label in found.labels[:most]]
        self.nearest.show_images(found.pictures[:most], labels, tips)

    def _lay_out(self) -> None:
        space = metrics()["space"]
        close = named(QToolButton(), "ideal.judgement.close")
        close.setIcon(icon("close", "muted"))
        close.setIconSize(QSize(16, 16))
        close.setFixedSize(26, 26)
        close.setToolTip("Back to the settings")
        close.setAccessibleName("Back to the settings")
        close.clicked.connect(self.closeWanted)
        self.close_button = close
        self.head.addStretch(1)
        self.head.addWidget(close)
        self.body.addWidget(words("The test images most like it", "label"))
        self.body.addWidget(self.nearest)
        self.body.addWidget(words("Cosine similarity to the nearest real image", "label"))
        self.body.addWidget(self.likeness)
        self.body.addWidget(words(SHORT_MEASURE, "caption", wrapped=True))
        self.body.addWidget(self.sentence)
        self.body.addSpacing(space["small"])
        self.body.addWidget(self._runs)
        self.body.addWidget(self.verdicts)
        self.body.addStretch(1)


def sentence(found: Judgement) -> str:
    """Return in words how like real images it is, measured by how like these are to each other."""
    if not found.asked:
        return NONE
    if not len(found.likeness):
        return BLANK
    nearest, real = float(found.likeness[0]), _real(found)
    if nearest < found.least:
        return f"Unlike any real digit: all {found.asked:,} real {real} that were looked at are more like another."
    if nearest < found.odd:
        return f"As unusual as the most unusual of real {real}: 95 of 100 are more like another."
    if nearest < found.usual:
        return f"Like a rather unusual one of the real {real}."
    return f"As like a real digit as real {real} are to each other."


def _rows(found: Judgement) -> list[Row]:
    if not found.asked:
        return []
    nearest = float(found.likeness[0]) if len(found.likeness) else 0.0
    one = "digit" if found.label is None else found.label
    usual = "On average, to another real image"
    odd = "The 5th percentile: 95 of 100 real ones are more like another than that"
    return [
        Row("this image", max(0.0, nearest), similarity_words(nearest), MEASURE),
        Row(f"a real {one}", found.usual, similarity_words(found.usual), usual, False),
        Row(f"an unusual {one}", found.odd, similarity_words(found.odd), odd, False),
    ]


def _real(found: Judgement) -> str:
    return "digits" if found.label is None else f"{found.label}s"


def similarity_words(likeness: float) -> str:
    """Return a cosine similarity as a whole percentage."""
    return f"{written(100 * likeness, '.0f')} %"
