"""The panel of accuracies: a bar for each class, with what it lost or won against the untouched network."""

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QLabel

from engine.analysis.probes.class_accuracy import ClassAccuracy
from engine.core.language import mark, tr, with_marks
from gui.look.class_names import class_name, fitted_name, names_room
from gui.look.fonts import font, metrics, scaled
from gui.look.layout import add
from gui.look.percents import fine_percent
from gui.look.words import Elided, arrow, named, set_figure, set_tone
from gui.widgets.painted import RIGHT, Bar, Frame, Mark, Words, part_of, track_in
from gui.widgets.panel import Panel
from gui.widgets.plots.chart import Chart, Datum, Places

BAR, RADIUS, GLYPH_ROOM = 10, 3, 20

# Lower rows are in two columns; narrower ones do not show the change. Of more classes than have room some have a row;
# of ten each has one.
LEAST_ROW, LEAST_FOR_CHANGE, FEW = 14, 200, 10

NO_CHANGE = 0.0005  # a smaller change is no tenth of a percent


class AccuracyPanel(Panel):
    """Shows an accuracy for each class."""

    def __init__(self) -> None:
        super().__init__(tr("Accuracy"), "fingerprints.accuracy")
        self.overall: QLabel = self.add_figure()
        named(
            self.overall,
            "fingerprints.accuracy.overall",
            tip=tr("Accuracy on the test images: as trained → as changed"),
        )
        self.of = Elided("fingerprints.accuracy.of")
        self.bars = AccuracyBars("fingerprints.accuracy.bars")
        add(self.body, self.of, (self.bars, 1))
        set_figure(self.overall, "98.10 % → 93.10 %")
        self.show_accuracy(None)

    def show_accuracy(self, accuracy: ClassAccuracy | None, changes: str = "") -> None:
        """Show the accuracies of a network with `changes`, in words; `None`: nothing."""
        self.bars.show_accuracy(accuracy)
        set_tone(self.overall, "")
        if accuracy is None:
            set_figure(self.overall, "")
            self.of.set_words("")
            return
        images = int(accuracy.counts.sum())
        of = tr("on these {images:,} test images", images=images)
        remarks = [tr("not the run's data")] if accuracy.remark else []
        if changes:
            remarks.append(tr("with {changes}", changes=changes))
        self.of.set_words(", ".join([of, *remarks]), ", ".join([of, *remarks[-1:]]))
        now, before = (fine_percent(share, images) for share in (accuracy.accuracy, accuracy.before_accuracy))
        set_figure(self.overall, f"{before} {arrow()} {now}" if now != before else now)
        is_gain = accuracy.accuracy > accuracy.before_accuracy
        set_tone(self.overall, "" if now == before else "good" if is_gain else "changed")


class AccuracyBars(Chart):
    """A row for each class: its accuracy; what was lost is an empty orange part, what was gained a filled green one."""

    smooth = True

    def __init__(self, name: str) -> None:
        super().__init__(name, tr("Accuracy of each class"), size=(270, 180))
        self.found: ClassAccuracy | None = None
        self.texts: list[str] = []  # the figures behind the bars
        self.changes: list[str] = []  # by how much each class changed, in points; empty where it did not

    def show_accuracy(self, accuracy: ClassAccuracy | None) -> None:
        """Show the accuracies of all classes; `None`: nothing."""
        self.found, self.texts, self.changes, data = accuracy, [], [], []
        if accuracy is not None:
            columns = accuracy.counts, accuracy.class_accuracy, accuracy.before_class_accuracy
            for label, (count, now, before) in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
                text, change = fine_percent(now, count), now - before
                sign = "+" if change > 0 else "−"
                changed = with_marks(f"{sign}{100 * abs(change):.1f}") if abs(change) >= NO_CHANGE else ""
                self.texts.append(text)
                self.changes.append(changed)
                name = class_name(label)
                says = f"{name}: {text}"
                if changed:
                    says = tr("{name}: {accuracy}, {change} points", name=name, accuracy=text, change=changed)
                data.append(Datum((), says, tip_of(name, count, now, before)))
        self.show_data(data)

    def finding(self) -> str:
        """Return which class lost most; where nothing is changed, which is read worst."""
        accuracy = self.found
        if accuracy is None:
            return ""
        change = np.nan_to_num(accuracy.class_accuracy - accuracy.before_class_accuracy)
        if not any(self.changes):
            worst = int(np.nan_to_num(accuracy.class_accuracy, nan=2.0).argmin())
            return tr("Class {name} is read worst: {accuracy}.", name=class_name(worst), accuracy=self.texts[worst])
        label = int(change.argmin())
        sentence = mark("Class {name} lost most: {change} points, now {accuracy}.")
        if change[label] > -NO_CHANGE:
            label = int(change.argmax())
            sentence = mark("Class {name} gained most: {change} points, now {accuracy}.")
        return tr(sentence, name=class_name(label), change=self.changes[label], accuracy=self.texts[label])

    def shown(self) -> list[int]:
        """Return the classes that have a row: where there is no room for all, those that lost most, then the worst.

        A class without test images has none then.
        """
        accuracy, classes = self.found, len(self.texts)
        room = 2 * int(self.height() // scaled(LEAST_ROW))
        if accuracy is None or classes <= max(FEW, room):
            return list(range(classes))
        change = np.nan_to_num(accuracy.class_accuracy - accuracy.before_class_accuracy)
        is_unknown = accuracy.counts == 0
        worst = np.lexsort((np.arange(classes), accuracy.class_accuracy, change, is_unknown))
        return sorted(worst[: max(1, min(room, classes - is_unknown.sum()))].tolist())

    def places(self) -> Places:
        """Return the rows from top to bottom, in two columns where they would be too low in one."""
        shown = self.shown()
        columns = 1 if self.height() / max(1, len(shown)) >= scaled(LEAST_ROW) else 2
        rows = -(-len(shown) // columns)
        gap = metrics()["space"]["medium"]
        width, height = (self.width() - (columns - 1) * gap) / columns, self.height() / max(1, rows)
        return [
            (label, QRectF(column * (width + gap), round(row * height), width, round(height)))
            for place, label in enumerate(shown)
            for column, row in [divmod(place, rows)]
        ]

    def marks(self, seen: Places) -> Iterator[Mark]:
        accuracy, letters, space = self.found, font("small_value", numbers=True), metrics()["space"]["small"]
        if accuracy is None or not seen:
            return
        measure, wide = QFontMetricsF(letters).horizontalAdvance, seen[0][1].width()
        shows_change = wide >= scaled(LEAST_FOR_CHANGE)
        left = names_room(len(self.texts), letters, scaled(GLYPH_ROOM), 0.35 * wide)
        figure = measure("100.0 %") + space
        right = figure + (measure("−00.0") + space if shows_change else 0)
        for label, row in seen:
            yield Words(row, fitted_name(label, left - 4, letters), "muted", "small_value", numbers=True)
            yield Words(row, self.texts[label], "text", "small_value", RIGHT, numbers=True)
            if shows_change and (change := self.changes[label]):
                beside = row.adjusted(0, 0, -figure, 0)
                tone = "good" if change.startswith("+") else "curve_2_text"
                yield Words(beside, change, tone, "small_value", RIGHT, numbers=True)
            track = track_in(row, left, right, min(BAR, row.height() - 4), whole=False)
            now, before = float(accuracy.class_accuracy[label]), float(accuracy.before_class_accuracy[label])
            yield Bar(track, "raised", radius=RADIUS)
            if now > before:
                yield Bar(part_of(track, now), "good", 0.45, RADIUS)
            elif before > now:
                yield Frame(part_of(track, before).adjusted(0.5, 0.5, -0.5, -0.5), "curve_2", radius=RADIUS)
            if (share := min(now, before)) * track.width() >= 0.5:
                yield Bar(part_of(track, share), "accent", radius=RADIUS)


def tip_of(name: str, count: int, now: float, before: float) -> str:
    """Return how many images of a class are classified correctly, of `count` images, now and before."""
    if not count:
        return tr("{name}: there are no test images.", name=name)
    right, before_right = round(now * count), round(before * count)
    text = mark("{name}: {right:,} of {count:,} correct; {before:,} before anything was changed")
    if right == before_right:
        text = mark("{name}: {right:,} of {count:,} correct")
    return tr(text, name=name, right=right, count=count, before=before_right)
