"""How far an ideal image is from real ones: its nearest neighbours among them, and what the runs say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QToolButton

from gui.fonts import metrics
from gui.icons import icon
from gui.named import named
from gui.widgets.image_grid import ImageGrid
from gui.widgets.panel import Panel
from gui.widgets.word_bars import Row, WordBars
from gui.widgets.words import words

if TYPE_CHECKING:
    from engine.probes.judge import Judgement

GRID_HEIGHT = 172
"""Two rows of pictures with their labels."""

SENTENCES = {
    "far": "No real digit is as far from all others.",
    "edge": "As far from the real ones as a rather odd real digit.",
    "near": "As near to a real digit as real digits are to each other.",
    "none": "There are no real images of this shape to compare with.",
}


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
        self.nearest.setToolTip("The test images that are nearest, pixel by pixel, with their labels")
        self.distances = WordBars("ideal.judgement.distances", "Distances to the nearest real image")
        self.distances.setToolTip("Root of the sum of all pixels' squared differences, pixels from 0 to 1")
        self.verdicts = WordBars("ideal.judgement.verdicts", "What the runs say of it")
        self.sentence = named(words("", "label", wrapped=True), "ideal.judgement.sentence")
        self._numbers: tuple[int, ...] = ()
        self._runs = words("What the runs take it for", "title")
        self._lay_out()
        self.nearest.chosen.connect(lambda place: self.imageChosen.emit(self._numbers[place]))

    def begin(self, subject: str) -> None:
        """Say whose judgement is asked for; what is shown is still that of an earlier one."""
        self.set_title(f"The ideal {subject}, and real ones")

    def show_judgement(self, found: Judgement) -> None:
        """Show what was found."""
        self._numbers = tuple(int(number) for number in found.numbers)
        tips = [
            f"Test image {number:,}, a {label}, at distance {distance:.2f}"
            for number, label, distance in zip(self._numbers, found.labels, found.distances, strict=True)
        ]
        self.nearest.show_images(found.pictures, [str(label) for label in found.labels], tips)
        self.distances.show_rows(_distances(found))
        self.sentence.setText(SENTENCES[_how(found)])
        self.verdicts.show_rows(
            [
                Row(
                    f"{verdict.run} {verdict.title}".strip(),
                    verdict.probability,
                    f"{verdict.answer}, {100 * verdict.probability:.0f} %",
                    f"Run {verdict.run} takes it for a {verdict.answer}"
                    f" with a probability of {verdict.probability:.4f}",
                    place == 0,
                )
                for place, verdict in enumerate(found.verdicts)
            ]
        )

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
        self.body.addWidget(words("The nearest test images, pixel by pixel", "label"))
        self.body.addWidget(self.nearest)
        self.body.addWidget(words("Distance to the nearest real image", "label"))
        self.body.addWidget(self.distances)
        self.body.addWidget(self.sentence)
        self.body.addSpacing(space["small"])
        self.body.addWidget(self._runs)
        self.body.addWidget(self.verdicts)
        self.body.addStretch(1)


def _distances(found: Judgement) -> list[Row]:
    if not len(found.distances):
        return []
    nearest = float(found.distances[0])
    most = max(nearest, found.far)
    return [
        Row("this image", nearest / most, f"{nearest:.2f}"),
        Row(
            "a real digit",
            found.usual / most,
            f"{found.usual:.2f}",
            "On average, to its nearest fellow",
            False,
        ),
        Row("an odd one", found.far / most, f"{found.far:.2f}", "95 of 100 real digits are nearer", False),
    ]


def _how(found: Judgement) -> str:
    if not len(found.distances) or np.isnan(found.usual):
        return "none"
    nearest = float(found.distances[0])
    return "near" if nearest <= found.usual else "edge" if nearest <= found.far else "far"
