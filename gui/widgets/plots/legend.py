"""What stands beside a plot: a legend of switches with the newest values, and a button with the plot's menu."""

from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAction, QFontMetricsF, QPainter, QPaintEvent, QPen, QTransform
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLayout, QSizePolicy, QToolButton, QWidget

from engine.core.language import mark, tr
from gui.look.first_look import rarely
from gui.look.fonts import font, keep, scaled, sized
from gui.look.icons import icon
from gui.look.layout import Flow, hbox
from gui.look.theme import theme
from gui.look.words import named, plain_tip
from gui.widgets.figures.figure_menu import FigureButton, FigureMenu
from gui.widgets.painted import Bar, Frame, Words, draw, smooth_painter, turned
from gui.widgets.plots.curve import DOT, Stroke
from gui.widgets.plots.curve_plot import CurvePlot

LINE, GAP, MARGIN = 20.0, 6.0, 6.0
APART = 3.0  # how far two lines of a switch stand from its middle

NARROWEST = 120  # of a switch whose title has less room than it wants

SPOTS = 0.2, 0.8  # where the dots of a curve without a line stand in its length

SOLID, DASHED = 2.5, 1.75  # widths of the line; dashes are as long as it is wide, and a whole set of them must fit in


class CurveSwitch(QAbstractButton):
    """Shows a curve while it is checked. The room for the value is kept free, so that nothing moves."""

    def __init__(self, name: str, title: str, stroke: Stroke, widest: str = "", below: Stroke | None = None) -> None:
        super().__init__()
        self.setObjectName(name)
        self._below = below
        self.restyle(title, stroke)
        self.setCheckable(True)
        self.setChecked(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._widest, self.value = widest, ""
        theme().changed.connect(self.update)
        keep(self, CurveSwitch.updateGeometry)

    def restyle(self, title: str, stroke: Stroke) -> None:
        self._stroke = stroke
        self.setText(title)
        self.setAccessibleName(tr("Show {curve}", curve=title))
        self.setToolTip(plain_tip(tr("Show or hide {curve}", curve=title)))
        self.updateGeometry()
        self.update()

    @property
    def strokes(self) -> list[Stroke]:
        return [self._stroke, self._below] if self._below else [self._stroke]

    def set_value(self, value: str) -> None:
        """Show the newest value. One that is wider than any before gets its room, and keeps it."""
        if value != self.value:
            self.value = value
            if QAccessible.isActive():
                # Without one its tooltip is said.
                self.setAccessibleDescription(tr("Value: {value}", value=value) if value else "")
            measure = QFontMetricsF(font("small_value", numbers=True)).horizontalAdvance
            if len(value) > len(self._widest) and measure(value) > measure(self._widest):
                self._widest = value
                self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        width = MARGIN + LINE + GAP + self._title_width() + MARGIN
        if self._widest:
            width += GAP + QFontMetricsF(font("small_value", numbers=True)).horizontalAdvance(self._widest)
        return QSize(round(width + 0.5), scaled(24))

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(min(hint.width(), scaled(NARROWEST)), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, frame = smooth_painter(self), QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.underMouse() and self.isEnabled():
            draw(painter, Bar(frame, "raised", radius=6))
        if self.hasFocus():
            draw(painter, Frame(frame, "focus", 2, 6))
        self.draw_figure(painter)

    def draw_figure(self, painter: QPainter) -> None:
        """Draw line, title and value, which a figure has too."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, left, color = self.height() / 2, MARGIN + LINE + GAP, "text" if self.isChecked() else "faint"
        if self._below is None:
            self._draw_stroke(painter, self._stroke, middle)
        else:
            self._draw_stroke(painter, self._stroke, middle - APART)
            self._draw_stroke(painter, self._below, middle + APART)
        area = QRectF(self.rect())
        room, title = area.adjusted(left, 0, left, 0), self._shown_title()
        draw(painter, *turned(area, Words(room, title, color, "label")))
        if self.value and self.isChecked():
            room.translate(QFontMetricsF(font("label")).horizontalAdvance(title) + GAP, 0)
            draw(painter, *turned(area, Words(room, self.value, color, "small_value", numbers=True)))

    def _draw_stroke(self, painter: QPainter, stroke: Stroke, middle: float) -> None:
        pen = stroke.pen()
        pen.setWidthF(SOLID if pen.style() == Qt.PenStyle.SolidLine else DASHED)
        pen.setCosmetic(False)  # so that it has its width on every screen, and in a saved picture
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if not self.isChecked():
            pen = QPen(theme().current.color("line"), SOLID)
        painter.setPen(pen)
        left = self.width() - MARGIN - LINE if self.isRightToLeft() else MARGIN
        if stroke.dots:
            shape = QTransform.fromScale(DOT, DOT).map(Symbols[stroke.dots])
            for part in SPOTS:
                painter.fillPath(shape.translated(left + part * LINE, middle), pen.color())
            return
        painter.drawLine(QPointF(left, middle), QPointF(left + LINE, middle))

    def _title_width(self) -> float:
        return QFontMetricsF(font("label")).horizontalAdvance(self.text())

    def _shown_title(self) -> str:
        """Return the title, shortened in its middle where there is less room than it wants."""
        wanted, letters = self.sizeHint().width(), QFontMetricsF(font("label"))
        if self.width() >= wanted:
            return self.text()
        return letters.elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, self._title_width() + self.width() - wanted
        )


class Legend(QWidget):
    """Switches by key."""

    switched = Signal(str, bool)  # a curve was switched on or off

    def __init__(self, name: str, *, wraps: bool = False) -> None:
        """If `wraps`, switches that do not fit into a line begin the next one."""
        super().__init__()
        self.setObjectName(name)
        policy = QSizePolicy.Policy.Preferred if wraps else QSizePolicy.Policy.Fixed
        self.setSizePolicy(policy, policy)
        self._row: QLayout = Flow() if wraps else QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.setLayout(self._row)
        self.switches: dict[str, CurveSwitch] = {}

    def add(
        self, key: str, title: str, stroke: Stroke, widest: str = "", *, shown: bool = True, below: Stroke | None = None
    ) -> CurveSwitch:
        """Add or replace a switch; `widest` is its longest value, `below` the stroke of a second curve, if any."""
        self.remove(key)
        switch = CurveSwitch(f"{self.objectName()}.{key}", title, stroke, widest, below)
        switch.setChecked(shown)
        if isinstance(self._row, Flow):  # a title that is wider than the panel is shortened
            switch.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        switch.toggled.connect(lambda on: self.switched.emit(key, on))
        self.switches[key] = switch
        self._row.addWidget(switch)
        return switch

    def restyle(self, key: str, title: str, stroke: Stroke) -> None:
        self.switches[key].restyle(title, stroke)

    def remove(self, key: str) -> None:
        if switch := self.switches.pop(key, None):
            self._row.removeWidget(switch)
            switch.hide()
            switch.setObjectName("")  # so that the next one can have the name at once
            switch.deleteLater()

    def clear(self) -> None:
        for key in list(self.switches):
            self.remove(key)

    def set_value(self, key: str, text: str) -> None:
        self.switches[key].set_value(text)


FIT, FIT_TIP = mark("Show everything"), mark("Show everything (or double-click the plot)")


class PlotTools(QWidget):
    """A button with the plot's menu and, while zoomed, one that shows everything; `about` names the action `more`."""

    def __init__(self, plot: CurvePlot, *, log: bool = True, more: QAction | None = None, about: str = "") -> None:
        super().__init__()
        name = plot.objectName()
        self.log = named(QAction(icon("log-scale", "muted"), tr("Logarithmic axis"), self), f"{name}.log")
        self.log.setCheckable(True)
        self.log.setIconVisibleInMenu(False)  # it would take the place of the check mark
        self.log.setChecked(plot.log)
        self.log.toggled.connect(plot.set_log)
        plot.logChanged.connect(self.log.setChecked)
        self.fit = named(QAction(icon("zoom-reset", "muted"), tr(FIT), self), f"{name}.fit", tip=tr(FIT_TIP))
        self.fit.triggered.connect(plot.fit)
        sets = [*([self.log] if log else []), *([more] if more else []), self.fit]
        self.menu = FigureMenu(self, f"{name}.menu", sets)
        plot.menuWanted.connect(lambda place: self.menu.popup(place))

        self._fit_button = QToolButton()
        self._fit_button.setDefaultAction(self.fit)
        self._fit_button.setObjectName(f"{self.fit.objectName()}.button")
        self._fit_button.setAccessibleName(f"{plot.accessibleName()}: {tr(FIT_TIP)}")
        sized(self._fit_button.setIconSize, QSize(16, 16))
        entries = ", ".join((*([tr("axis")] if log else []), *([about] if about else []), tr("copy"), tr("save")))
        self.button = FigureButton(f"{name}.tools", plot.accessibleName(), f"{entries[:1].upper()}{entries[1:]}")
        self.button.setMenu(self.menu)
        rarely(self.button)  # a right click opens the same menu
        for button in (self._fit_button, self.button):
            sized(button.setFixedSize, 26, 26)
        hbox(self._fit_button, self.button, gap=0, on=self)
        self._show_fitted(plot.fitted)
        plot.fittedChanged.connect(self._show_fitted)

    def _show_fitted(self, fitted: bool) -> None:
        """Offer to show everything only while the plot is zoomed."""
        self.fit.setEnabled(not fitted)
        self._fit_button.setVisible(not fitted)
