"""Where the window lies on a screen, together with the frame that the desktop puts around it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMargins, QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from gui.state.link.one_shot import one_shot

FRAME = QMargins(8, 40, 8, 8)
"""Room for a frame whose size is not known before the window is shown; that of GNOME is 37 pixels high."""

FRAME_MS = 400
"""After that time the frame is there, and its real size is known."""

LEAST = QSize(960, 520)
"""Below this size parts of the tabs would be cut off. A smaller screen makes a smaller window all the same."""

PROJECTOR, MOST = QSize(1280, 720), QSize(1920, 1200)
SHARE = 0.8
"""The first window covers this part of a screen's width and height: at least a projector's picture, where there is
room for it, and no more than `MOST`."""


def first_geometry(screen: QRect, frame: QMargins = FRAME) -> QRect:
    """Return the place of the first window, without its frame, in the middle of the room that a screen offers."""
    room = screen.marginsRemoved(frame)
    share = QSize(round(SHARE * screen.width()), round(SHARE * screen.height()))
    size = share.expandedTo(PROJECTOR).boundedTo(MOST).boundedTo(room.size())
    made = QRect(room.topLeft(), size)
    made.translate((room.width() - size.width()) // 2, (room.height() - size.height()) // 2)
    return made


def clamped(wanted: QRect, screens: Sequence[QRect], frame: QMargins = FRAME) -> QRect:
    """Return `wanted`, moved and shrunk so that it lies with its frame on the screen that shows most of it.

    That is the first screen where none shows any of it.
    """

    def seen(screen: QRect) -> int:
        part = screen.intersected(wanted)
        return part.width() * part.height() if part.isValid() else 0

    room = max(screens, key=seen).marginsRemoved(frame)
    size = wanted.size().boundedTo(room.size())
    left = min(max(wanted.left(), room.left()), room.left() + room.width() - size.width())
    top = min(max(wanted.top(), room.top()), room.top() + room.height() - size.height())
    return QRect(left, top, size.width(), size.height())


def place(window: QWidget, remembered: QRect | None) -> None:
    """Give a window that is not shown yet the remembered place, as far as that is on a screen, or the first one."""
    screens = _screens()
    if remembered is None:
        geometry = first_geometry(screens[0])
    elif any(screen.contains(remembered) for screen in screens):
        geometry = remembered  # where it was, its frame had room
    else:
        geometry = clamped(remembered, screens)
    window.setMinimumSize(LEAST.boundedTo(geometry.size()))
    window.setGeometry(geometry)
    one_shot(window, lambda: fit_frame(window), ms=FRAME_MS).start()


def fit_frame(window: QWidget) -> None:
    """Move and shrink a window whose frame is larger than was thought, and which therefore leaves the screen."""
    if window.isHidden() or window.isMaximized() or window.isFullScreen() or window.isMinimized():
        return
    frame = window.windowHandle().frameMargins()
    fitting = clamped(window.geometry(), _screens(), frame)
    if fitting != window.geometry():
        window.setMinimumSize(window.minimumSize().boundedTo(fitting.size()))
        window.setGeometry(fitting)


def _screens() -> list[QRect]:
    return [screen.availableGeometry() for screen in QGuiApplication.screens()]
