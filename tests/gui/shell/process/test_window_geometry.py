"""Where the window lies: on the screen with its frame, at any size and scale, and maximised again after full screen."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QMargins, QRect, Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from gui.shell.process.window_geometry import FRAME, LEAST, clamped, first_geometry, fit_frame, place
from gui.state.settings import Settings
from tests.gui.worlds import TITLES, empty_tabs

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
def test_a_window_comes_back_on_a_screen(wanted, expected):
    assert clamped(wanted, [SCREEN, SECOND], NO_FRAME) == expected


def test_a_small_screen_makes_the_window_small():
    assert clamped(QRect(100, 100, 1280, 720), [QRect(0, 0, 800, 600)], NO_FRAME) == QRect(0, 0, 800, 600)


def test_a_window_from_a_larger_screen_has_room_for_its_frame():
    wanted = clamped(QRect(-50, 0, 1920, 1080), [SCREEN])
    assert SCREEN.contains(wanted.marginsAdded(FRAME))


@pytest.mark.parametrize("pixels", PIXELS)
@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5, 2.0])
def test_the_first_window_lies_on_any_screen_with_its_frame_and_in_its_middle(pixels, scale):
    screen = QRect(0, 0, round(pixels[0] / scale), round(pixels[1] / scale))
    made = first_geometry(screen)
    framed = made.marginsAdded(FRAME)
    assert screen.contains(framed) and made.width() > 400 and made.height() > 200
    assert abs(framed.center().x() - screen.center().x()) <= 1
    assert abs(framed.center().y() - screen.center().y()) <= 1


def test_a_larger_screen_gives_a_larger_first_window():
    sizes = [first_geometry(QRect(0, 0, *pixels)).size().toTuple() for pixels in PIXELS]
    assert sizes == [(1008, 552), (1264, 672), (1280, 720), (1536, 864), (1920, 1152), (1920, 1200)]


@pytest.fixture
def screens(monkeypatch):
    made = [QRect(0, 0, 1024, 600)]
    screens = lambda: [SimpleNamespace(availableGeometry=lambda each=each: each) for each in made]  # noqa: E731
    monkeypatch.setattr("gui.shell.process.window_geometry.QGuiApplication", SimpleNamespace(screens=screens))
    return made


@pytest.fixture
def widget(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_a_screen_smaller_than_the_least_window_still_holds_it(widget, screens):
    screens[:] = [QRect(0, 0, 853, 480)]
    place(widget, None)
    assert screens[0].contains(widget.geometry().marginsAdded(FRAME))


def test_a_window_is_where_it_was_when_that_was_on_a_screen(widget, screens):
    place(widget, QRect(3, 21, 1000, 550))
    assert widget.geometry() == QRect(3, 21, 1000, 550)
    assert widget.minimumSize() == LEAST


def test_a_frame_that_leaves_the_screen_is_brought_back(widget, screens, monkeypatch):
    place(widget, None)
    widget.show()
    frame = QMargins(5, 60, 5, 5)
    handle = SimpleNamespace(frameMargins=lambda: frame)
    monkeypatch.setattr(widget, "windowHandle", lambda: handle)
    fit_frame(widget)
    assert screens[0].contains(widget.geometry().marginsAdded(frame))


def test_full_screen_is_left_by_its_key_and_by_escape_and_the_window_is_maximised_again(ready, qtbot):
    window, action = ready.window, ready.actions["view.full_screen"]
    window.activateWindow()
    window.showMaximized()
    for key in (Qt.Key.Key_F11, Qt.Key.Key_Escape):
        qtbot.keyClick(window, Qt.Key.Key_F11)
        assert window.isFullScreen() and window.is_maximized and action.isChecked()
        qtbot.keyClick(window, key)
        assert not window.isFullScreen() and window.isMaximized() and not action.isChecked()
    window.showNormal()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isFullScreen() and not window.isMaximized()


@pytest.mark.tabs("train")
def test_escape_in_a_field_leaves_full_screen_too(ready, qtbot):
    ready.window.activateWindow()
    ready.window.show_tab("Train")
    ready.window.toggle_full_screen()
    field = ready.window.findChild(QLineEdit, "train.batch")
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not ready.window.isFullScreen()


def test_a_window_closed_in_full_screen_is_remembered_as_maximised(ready):
    ready.window.showMaximized()
    ready.window.toggle_full_screen()
    assert ready.window.close()
    assert ready.settings.maximized


@pytest.mark.tabs(*empty_tabs(*TITLES))
def test_the_smallest_window_is_520_high(ready):
    ready.window.resize(100, 100)
    assert ready.window.size() == LEAST and LEAST.toTuple() == (960, 520)


def test_settings_of_another_computer_are_fitted_to_this_screen(screens, widget):
    geometry = Settings(geometry=(2500, 900, 1900, 1000)).geometry
    place(widget, QRect(*geometry))
    assert screens[0].contains(widget.geometry().marginsAdded(FRAME))
