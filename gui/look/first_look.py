"""The first look: what the window shows until a person wants everything. Each widget is marked where it is made."""

from collections.abc import Iterable

from PySide6.QtWidgets import QApplication, QWidget

# A property of the application: whether everything is shown; and one of widgets: whether the first look has them.
EVERYTHING, AT_FIRST = "everything is shown", "in the first look only"  # no text


def shows_everything() -> bool:
    """Return whether all pages and controls are shown, not the first look."""
    app = QApplication.instance()
    return app is None or app.property(EVERYTHING) is not False


def show_everything(on: bool) -> None:
    """Show everything in all windows, or the first look."""
    if app := QApplication.instance():
        app.setProperty(EVERYTHING, on)
    for widget in QApplication.allWidgets():
        if (at_first := widget.property(AT_FIRST)) is not None:
            widget.setVisible(at_first is not on)


def rarely(*widgets: QWidget) -> None:
    """Leave widgets out of the first look. Nothing else may show or hide them."""
    _mark(widgets, at_first=False)


def plainly[W: QWidget](widget: W) -> W:
    """Return a widget that is shown in the first look only: a sentence in place of figures."""
    _mark([widget], at_first=True)
    return widget


def bring(widget: QWidget) -> None:
    """Show a widget that was left out: it is wanted by its name, and stays until the first look is chosen again."""
    if widget.property(AT_FIRST) is False:
        widget.show()


def _mark(widgets: Iterable[QWidget], *, at_first: bool) -> None:
    for widget in widgets:
        widget.setProperty(AT_FIRST, at_first)
        if at_first is shows_everything():
            widget.hide()
