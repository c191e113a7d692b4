"""The place of the window on a screen, with the frame that the desktop draws around it."""

from collections.abc import Sequence

from PySide6.QtCore import QMargins, QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from gui.state.link.clock import one_shot

# Margins for a frame whose size is unknown before the window is shown; that of GNOME is 37 pixels high.
FRAME = QMargins(8, 40, 8, 8)

FRAME_MS = 400  # time after which the frame exists and its size is known

# Minimum size, below which parts of the tabs would be cut off; a smaller screen makes it smaller.
LEAST = QSize(1006, 520)

PROJECTOR, MOST = QSize(1280, 720), QSize(1920, 1200)
# Share of a screen's width and height that the first window covers, between the sizes `PROJECTOR` and `MOST`.
SHARE = 0.8


def first_geometry(screen: QRect) -> QRect:
    """Return the place of the first window, without its frame, in the middle of a screen."""
    room = screen.marginsRemoved(FRAME)
    share = QSize(round(SHARE * screen.width()), round(SHARE * screen.height()))
    size = share.expandedTo(PROJECTOR).boundedTo(MOST).boundedTo(room.size())
    place = QRect(room.topLeft(), size)
    place.translate((room.width() - size.width()) // 2, (room.height() - size.height()) // 2)
    return place


def clamped(wanted: QRect, screens: Sequence[QRect], frame: QMargins = FRAME) -> QRect:
    """Return `wanted` moved and shrunk onto the screen that shows most of it, with its frame; else onto the first."""

    def overlap(screen: QRect) -> int:
        part = screen.intersected(wanted)
        return part.width() * part.height() if part.isValid() else 0

    room = max(screens, key=overlap).marginsRemoved(frame)
    size = wanted.size().boundedTo(room.size())
    left = min(max(wanted.left(), room.left()), room.left() + room.width() - size.width())
    top = min(max(wanted.top(), room.top()), room.top() + room.height() - size.height())
    return QRect(left, top, size.width(), size.height())


def place(window: QWidget, remembered: QRect | None) -> None:
    """Move a window that is not shown yet to the remembered place, or to that of the first window."""
    screens = _screens()
    if remembered is None:
        geometry = first_geometry(screens[0])
    elif any(screen.contains(remembered) for screen in screens):
        geometry = remembered  # its frame had room there
    else:
        geometry = clamped(remembered, screens)
    window.setMinimumSize(LEAST.boundedTo(geometry.size()))
    window.setGeometry(geometry)
    one_shot(window, lambda: fit_frame(window), ms=FRAME_MS).start()


def fit_frame(window: QWidget) -> None:
    """Move and shrink a window that leaves the screen because its frame is larger than `FRAME`."""
    if window.isHidden() or window.isMaximized() or window.isFullScreen() or window.isMinimized():
        return
    fitting = clamped(window.geometry(), _screens(), window.windowHandle().frameMargins())
    if fitting != window.geometry():
        window.setMinimumSize(window.minimumSize().boundedTo(fitting.size()))
        window.setGeometry(fitting)


def _screens() -> list[QRect]:
    return [screen.availableGeometry() for screen in QGuiApplication.screens()]
