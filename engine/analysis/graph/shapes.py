"""The outline and colour of each kind of node, for the window and for files."""

from __future__ import annotations

from engine.analysis.graph.messages import Kind

# Tokens of the theme: colour-blind readers can distinguish those of the classes.
COLORS: dict[Kind, str] = {
    "placeholder": "class_0",
    "constant": "class_3",
    "variable": "class_1",
    "operation": "muted",
    "loss": "class_4",
    "gradient": "class_6",
    "optimiser": "class_9",
    "output": "accent",
}

CORNER = 8.0


def outline(kind: Kind, x: float, y: float, width: float, height: float) -> tuple[list[tuple[float, float]], float]:
    """Return the corners of a kind's outline in this rectangle and their radius; no corners for a rounded rectangle."""
    right, bottom, middle, cut = x + width, y + height, y + height / 2, min(CORNER, height / 3)
    if kind == "placeholder":  # a slanted box, as input has in flow charts
        return [(x + cut, y), (right, y), (right - cut, bottom), (x, bottom)], 0
    if kind == "loss":
        return [
            (x + cut, y),
            (right - cut, y),
            (right, middle),
            (right - cut, bottom),
            (x + cut, bottom),
            (x, middle),
        ], 0
    if kind == "gradient":  # points back
        return [(x + cut, y), (right, y), (right, bottom), (x + cut, bottom), (x, middle)], 0
    if kind == "output":  # points on
        return [(x, y), (right - cut, y), (right, middle), (right - cut, bottom), (x, bottom)], 0
    if kind == "optimiser":
        return [
            (x + cut, y), (right - cut, y), (right, y + cut), (right, bottom - cut),
            (right - cut, bottom), (x + cut, bottom), (x, bottom - cut), (x, y + cut),
        ], 0  # fmt: skip
    return [], {"constant": height / 2, "variable": 0.0}.get(kind, CORNER)
