"""How a picture becomes what the network receives: as MNIST's own images were made, or plainly scaled."""

from __future__ import annotations

from typing import Any

import numpy as np

INNER = 20 / 28
"""MNIST's digits lie in a box of 20 pixels, within 28."""


def prepared(
    picture: np.ndarray[Any, Any], *, raw: bool = False, shape: tuple[int, int] = (28, 28)
) -> np.ndarray[Any, Any]:
    """Return `picture` (rows, columns), 0 for the ground to 1 for ink, as float32 of `shape`.

    The ink's box is scaled into MNIST's 20 x 20 pixels and placed by its centre of mass; `raw`: all is only scaled.
    """
    picture = np.asarray(picture, np.float32)
    if raw:
        return _scaled(picture, shape)
    made = np.zeros(shape, np.float32)
    rows, columns = (np.flatnonzero(picture.max(axis=axis) > 0.05) for axis in (1, 0))
    if not len(rows):
        return made
    ink = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = round(INNER * min(shape)) / max(ink.shape)
    small = _scaled(ink, (max(1, round(ink.shape[0] * scale)), max(1, round(ink.shape[1] * scale))))
    places = []
    for axis, (side, length) in enumerate(zip(shape, small.shape, strict=True)):
        weights = small.sum(axis=1 - axis)
        centre = float((weights * (np.arange(length) + 0.5)).sum() / weights.sum())
        places.append(min(max(round(side / 2 - centre), 0), side - length))
    made[places[0] : places[0] + small.shape[0], places[1] : places[1] + small.shape[1]] = small
    return made


def _scaled(picture: np.ndarray[Any, Any], shape: tuple[int, int]) -> np.ndarray[Any, Any]:
    down, across = (_weights(old, new) for old, new in zip(picture.shape, shape, strict=True))
    return np.clip(down @ picture @ across.T, 0, 1).astype(np.float32)


def _weights(old: int, new: int) -> np.ndarray[Any, Any]:
    edges = np.arange(new + 1) * (old / new)
    low, high = edges[:-1, None], edges[1:, None]
    cells = np.arange(old)[None, :]
    share = np.clip(np.minimum(high, cells + 1) - np.maximum(low, cells), 0, None)
    return (share / share.sum(axis=1, keepdims=True)).astype(np.float32)
