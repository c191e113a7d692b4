"""Where the window lies: on the screen with its frame, at any size and scale, and maximised again after full screen."""

import itertools
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QMargins, QRect, Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from gui.shell.process.window_geometry import FRAME, LEAST, clamped, first_geometry, fit_frame, place
from gui.state.settings import Settings

SCREEN, SECOND = QRect(0, 0, 1366, 740), QRect(1366, 0, 1920, 1080)
NO_FRAME = QMargins()
PIXELS = [(1024, 600), (1280, 720), (1366, 768), (1920, 1080), (2560, 1440), (3840, 2160)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (QRect(10, 20, 800, 600), QRect(10, 20, 800, 600)),
        (QRect(5000, 5000, 800, 600), QRect(566, 140, 800, 600)),
        (QRect(-700, -500, 800, 600), QRect(0, 0, 800, 600)),
        (QRect(0, 0, 4000, 3000), QRect(1366, 0, 1920, 1080)),
        (QRect(1500, 900, 800, 600), QRect(1500, 480, 800, 600)),
    ],
)
def test_a_window_comes_back_on_a_screen_and_a_small_one_makes_it_small(wanted, expected):
    assert clamped(wanted, [SCREEN, SECOND], NO_FRAME) == expected
    assert clamped(QRect(100, 100, 1280, 720), [QRect(0, 0, 800, 600)], NO_FRAME) == QRect(0, 0, 800, 600)
    wanted = clamped(QRect(-50, 0, 1920, 1080), [SCREEN])
    assert SCREEN.contains(wanted.marginsAdded(FRAME))


def test_the_first_window_lies_on_any_screen_with_its_frame_and_in_its_middle():
    for pixels, scale in itertools.product(PIXELS, (1.0, 1.25, 1.5, 2.0)):
        screen = QRect(0, 0, round(pixels[0] / scale), round(pixels[1] / scale))
        made = first_geometry(screen)
        framed = made.marginsAdded(FRAME)
        assert screen.contains(framed) and made.width() > 400 and made.height() > 200
        assert abs(framed.center().x() - screen.center().x()) <= 1
        assert abs(framed.center().y() - screen.center().y()) <= 1
    sizes = [first_geometry(QRect(0, 0, *pixels)).size().toTuple() for pixels in PIXELS]
    assert sizes == [(1008, 552), (1264, 672), (1280, 720), (1536, 864), (1920, 1152), (1920, 1200)]


def test_a_window_is_where_it_was_as_far_as_that_is_on_a_screen_with_its_frame(qtbot, monkeypatch):
    screens, widget = [QRect(0, 0, 1024, 600)], QWidget()
    qtbot.addWidget(widget)
    there = lambda: [SimpleNamespace(availableGeometry=lambda each=each: each) for each in screens]  # noqa: E731
    monkeypatch.setattr("gui.shell.process.window_geometry.QGuiApplication", SimpleNamespace(screens=there))
    place(widget, QRect(3, 21, 1008, 550))
    assert widget.geometry() == QRect(3, 21, 1008, 550)
    assert widget.minimumSize() == LEAST and LEAST.toTuple() == (1006, 520)
    place(widget, QRect(*Settings(geometry=(2500, 900, 1900, 1000)).geometry))  # of another computer
    assert screens[0].contains(widget.geometry().marginsAdded(FRAME))
    screens[:] = [QRect(0, 0, 853, 480)]  # smaller than the least window
    place(widget, None)
    assert screens[0].contains(widget.geometry().marginsAdded(FRAME))

    screens[:] = [QRect(0, 0, 1024, 600)]
    place(widget, None)
    widget.show()
    frame = QMargins(5, 60, 5, 5)
    handle = SimpleNamespace(frameMargins=lambda: frame)
    monkeypatch.setattr(widget, "windowHandle", lambda: handle)
    fit_frame(widget)
    assert screens[0].contains(widget.geometry().marginsAdded(frame))


@pytest.mark.tabs("train")
def test_full_screen_is_left_by_its_key_and_by_escape_and_the_window_is_maximised_again(ready, qtbot):
    window, action, signalled = ready.window, ready.actions["view.full_screen"], []
    window.showMaximized()
    for key in (Qt.Key.Key_F11, Qt.Key.Key_Escape):
        qtbot.keyClick(window, Qt.Key.Key_F11)
        assert window.isFullScreen() and window.is_maximized and action.isChecked()
        qtbot.keyClick(window, key)
        assert not window.isFullScreen() and window.isMaximized() and not action.isChecked()
    window.showNormal()
    window.show_tab("Train")
    qtbot.keyClick(window, Qt.Key.Key_F11)
    field = window.findChild(QLineEdit, "train.batch")
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not window.isFullScreen() and not window.isMaximized()

    window.fullScreenChanged.connect(signalled.append)
    window.toggle_full_screen()
    window.showNormal()  # as a desktop does
    assert signalled[0] is True and signalled[-1] is False
    window.showMaximized()
    window.toggle_full_screen()
    assert window.close()
    assert ready.settings.maximized
