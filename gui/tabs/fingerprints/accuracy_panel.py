"""The panel of accuracies: a bar for each class, with what it lost or won against the untouched network."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

from engine.analysis.probes.class_accuracy import ClassAccuracy
from gui.look.class_names import class_name, fitted_name, names_room
from gui.look.elided import Elided
from gui.look.fonts import font, metrics
from gui.look.layout import add
from gui.look.percents import fine_percent
from gui.look.text_size import scaled
from gui.look.theme import theme
from gui.look.words import set_figure, set_tone
from gui.widgets.painted import Painted
from gui.widgets.panel import Panel

BAR, RADIUS, GLYPH_ROOM = 10, 3, 20

# Rows that would be lower than that stand in two columns; narrower ones do not tell the change in figures. Of more
# classes than there is room for some have a row; of ten each has one.
LEAST_ROW, LEAST_FOR_CHANGE, FEW = 14, 200, 10

NO_CHANGE = 0.0005  # a tenth of a percent is not to be seen below that


class AccuracyPanel(Panel):
    """Passive: shows what the engine told."""

    def __init__(self) -> None:
        super().__init__("Accuracy", "fingerprints.accuracy")
        self.overall: QLabel = self.add_figure()
        self.overall.setObjectName("fingerprints.accuracy.overall")
        self.overall.setToolTip("Accuracy on the test images: as trained → as changed")
        self.of = Elided("fingerprints.accuracy.of")
        self.bars = AccuracyBars("fingerprints.accuracy.bars")
        add(self.body, self.of, (self.bars, 1))
        set_figure(self.overall, "98.10 % → 93.10 %")
        self.show_accuracy(None)

    def show_accuracy(self, found: ClassAccuracy | None, changes: str = "") -> None:
        """Show what the engine told of a network with these changes, in words; or nothing."""
        self.bars.show_accuracy(found)
        set_tone(self.overall, "")
        if found is None:
            set_figure(self.overall, "")
            self.of.set_words("")
            return
        images = int(found.counts.sum())
        these = "of other data than the run's" if found.remark else ""
        of = f"on these {images:,} test images {these}".rstrip()
        self.of.set_words(f"{of}{f', with {changes}' if changes else ''}")
        now, before = (fine_percent(share, images) for share in (found.accuracy, found.before_accuracy))
        changed = now != before
        set_figure(self.overall, f"{before} → {now}" if changed else now)
        set_tone(self.overall, "changed" if changed else "")


class AccuracyBars(Painted):
    """Rows of fixed places: the bar as it is, and behind it, in orange, what is missing of it."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "Accuracy of each class", size=(270, 180))
        self.found: ClassAccuracy | None = None

    @property
    def texts(self) -> list[str]:
        """What stands behind the bars."""
        if self.found is None:
            return []
        shares, counts = self.found.class_accuracy.tolist(), self.found.counts.tolist()
        return [fine_percent(share, count) for share, count in zip(shares, counts, strict=True)]

    @property
    def changes(self) -> list[str]:
        """By how much each class changed, in points; nothing where it did not."""
        if self.found is None:
            return []
        found = (self.found.class_accuracy - self.found.before_class_accuracy).tolist()
        return [
            f"{'+' if change > 0 else '−'}{100 * abs(change):.1f}" if abs(change) >= NO_CHANGE else ""
            for change in found
        ]

    def show_accuracy(self, found: ClassAccuracy | None) -> None:
        """Show what the engine told, or nothing."""
        self.found = found
        rows = enumerate(zip(self.texts, self.changes, strict=True))
        self.setAccessibleDescription(
            ", ".join(f"{class_name(label)}: {text} {change}" for label, (text, change) in rows)
        )
        self.update()

    def tip_at(self, place: QPointF) -> str | None:
        if self.found is None:
            return None
        shown = self.shown()
        return next((self.tip(label) for label in shown if self.place_of(label).contains(place)), "")

    def tip(self, label: int) -> str:
        """Say how many images of a class are classified correctly, now and before."""
        assert self.found is not None
        count = int(self.found.counts[label])
        if not count:
            return f"{class_name(label)}: there are no test images."
        now, before = (
            round(float(shares[label]) * count)
            for shares in (self.found.class_accuracy, self.found.before_class_accuracy)
        )
        text = f"{class_name(label)}: {now:,} of {count:,} correct"
        return text if now == before else f"{text}; {before:,} before anything was changed"

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.found is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        changes = self.changes
        now, before = self.found.class_accuracy.tolist(), self.found.before_class_accuracy.tolist()
        texts = self.texts
        for place, label in enumerate(self.shown()):
            row = self._row(place)
            change = changes[label] if row.width() >= scaled(LEAST_FOR_CHANGE) else ""
            self._draw_row(painter, row, label, now[label], before[label], texts[label], change)

    def shown(self) -> list[int]:
        """Return the classes that have a row: where there is no room for all, those that lost most, then the worst."""
        found, classes = self.found, len(self.texts)
        if found is None or self._rows() == classes:
            return list(range(classes))
        change = np.nan_to_num(found.class_accuracy - found.before_class_accuracy)
        worst = np.lexsort((np.arange(classes), np.nan_to_num(found.class_accuracy, nan=2.0), change))
        return sorted(worst[: self._rows()].tolist())

    def _rows(self) -> int:
        """Return how many classes have a row."""
        room, classes = 2 * int(self.height() // scaled(LEAST_ROW)), len(self.texts)
        return classes if classes <= max(FEW, room) else max(1, room)

    def place_of(self, label: int) -> QRectF:
        """Return where the row of a class that has one lies."""
        return self._row(self.shown().index(label))

    def _row(self, place: int) -> QRectF:
        """Return where a row lies: below each other, or in two columns where they would be too low."""
        count = max(1, self._rows())
        abreast = 1 if self.height() / count >= scaled(LEAST_ROW) else 2
        down = -(-count // abreast)
        column, row = divmod(place, down)
        gap = metrics()["space"]["medium"]
        width = (self.width() - (abreast - 1) * gap) / abreast
        height = self.height() / down
        return QRectF(column * (width + gap), round(row * height), width, round(height))

    def _draw_row(
        self, painter: QPainter, row: QRectF, label: int, now: float, before: float, text: str, change: str
    ) -> None:
        colors, middle = theme().current, Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font("small_value", numbers=True))
        measure = QFontMetricsF(painter.font()).horizontalAdvance
        painter.setPen(colors.color("muted"))
        glyph_room = names_room(len(self.texts), painter.font(), scaled(GLYPH_ROOM), 0.35 * row.width())
        glyph = fitted_name(label, glyph_room - 4, painter.font())
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft | middle, glyph)
        painter.setPen(colors.color("text"))
        painter.drawText(row, Qt.AlignmentFlag.AlignRight | middle, text)
        percent_room = measure("100.0 %") + metrics()["space"]["small"]
        place = row.adjusted(0, 0, -percent_room, 0)
        painter.setPen(colors.color("curve_2_text"))
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | middle, change)
        is_wide = row.width() >= scaled(LEAST_FOR_CHANGE)
        room = percent_room + (measure("−00.0") + metrics()["space"]["small"] if is_wide else 0)
        high = min(BAR, row.height() - 4)
        track = QRectF(
            row.left() + glyph_room, row.center().y() - high / 2, row.width() - glyph_room - room, high
        )
        painter.setPen(Qt.PenStyle.NoPen)
        parts = (("raised", 1.0, 1.0), ("curve_2", 0.45, max(now, before)), ("accent", 1.0, min(now, before)))
        for color, opacity, share in parts:
            if share == share and share * track.width() >= 0.5:
                painter.setBrush(colors.color(color, opacity))
                bar = QRectF(track.left(), track.top(), share * track.width(), high)
                painter.drawRoundedRect(bar, min(RADIUS, bar.width() / 2), min(RADIUS, bar.width() / 2))
