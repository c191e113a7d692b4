"""Pictures that a person brings: read from files and the clipboard, and turned into ink."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QImageReader

from engine.errors import UserError

MOST_PIXELS = 40_000_000
"""Larger pictures are refused before anything of them is read."""

SIDE_KEPT = 560
"""What is larger is made smaller: twice what the canvas is read at."""

GROUND_AT_MOST = 0.02
"""A ground that is this pale counts as none."""


def read_picture(file: str) -> QImage:
    """Return the picture in `file`; raise `UserError` where there is none that can be read."""
    name, reader = Path(file).name, QImageReader(file)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.width() * size.height() > MOST_PIXELS:
        raise UserError(f"{name} is too large to draw on.", hint="Make it smaller than 40 million pixels.")
    image = reader.read()
    if image.isNull():
        raise UserError(f"{name} cannot be read as a picture.", hint="Choose a PNG, JPEG or BMP file.")
    return image


def ink_of(image: QImage) -> np.ndarray[Any, Any]:
    """Return a picture as ink, float32 (rows, columns), 0 for the ground to 1.

    A transparent ground is paper; dark on light and light on dark are told apart by what lies along the edge.
    """
    if max(image.width(), image.height()) > SIDE_KEPT:
        image = image.scaled(
            SIDE_KEPT,
            SIDE_KEPT,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows, columns = image.height(), image.width()
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(rows, image.bytesPerLine())
    channels = lines[:, : 4 * columns].reshape(rows, columns, 4).astype(np.float32) / 255
    opacity = channels[:, :, 3]
    grey = channels[:, :, :3] @ np.array([0.299, 0.587, 0.114], np.float32)
    if _edge(opacity) < 0.5:
        drawn = float((grey * opacity).sum() / max(float(opacity.sum()), 1e-6))
        ink = opacity * (1 - grey if drawn < 0.5 else grey)
    else:
        ink = 1 - grey if _edge(grey) > 0.5 else grey
    return _stretched(ink)


def _edge(picture: np.ndarray[Any, Any]) -> float:
    """Return the median along the four edges."""
    return float(np.median(np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])))


def _stretched(ink: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return ink whose ground is nothing and whose darkest is 1; what is nothing already stays as it is."""
    ground = _edge(ink)
    if ground > GROUND_AT_MOST:
        ink = np.clip(ink - ground - 0.1, 0, None)  # paper is never quite even
    most = float(ink.max(initial=0.0))
    if ground > GROUND_AT_MOST or 0.2 < most < 0.9:
        ink = ink / max(most, 1e-6)
    return ink.astype(np.float32)
