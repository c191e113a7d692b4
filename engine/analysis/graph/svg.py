"""A graph as an SVG file: outlines, wires and words, readable by any browser."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from engine.analysis.graph import drawing as drawings
from engine.analysis.graph.messages import KINDS, Drawing, Item, Kind, Wire
from engine.core.language import tr
from engine.core.machine.folders import RESOURCES
from engine.core.text import printable

MARGIN, LEGEND_HEIGHT, LEGEND_STEP = 24.0, 40.0, 150.0
FONT = "Inter, 'Helvetica Neue', Arial, sans-serif"  # no text
# Opacity of colours inside a node, a closed block and an open one.
FILL, BLOCK_FILL, FRAME_FILL = 0.16, 0.3, 0.05


def svg(drawing: Drawing, title: str, theme: str = "light") -> str:
    """Return the file's text; `theme` is `light` or `dark`."""
    colors = json.loads((RESOURCES / "theme" / f"{theme}.json").read_text("utf-8"))
    width = max(drawing.width, len(KINDS) * LEGEND_STEP) + 2 * MARGIN
    height = drawing.height + LEGEND_HEIGHT + 2 * MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" font-family={quoteattr(FONT)}>',
        f"<title>{escape(printable(title))}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="{colors["surface"]}"/>',
        *_legend(colors),
        f'<g transform="translate({MARGIN:g} {MARGIN + LEGEND_HEIGHT:g})">',
        *(line for item in drawing.items if item.is_open for line in _item(item, colors)),
        *(line for wire in drawing.wires for line in _wire(wire, colors)),
        *(line for label in labels(drawing.wires) for line in _label(*label, colors)),
        *(line for item in drawing.items if not item.is_open for line in _item(item, colors)),
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def color_of(kind: Kind, colors: Any) -> str:
    """Return the colour of a kind in a theme's tokens."""
    word, _, number = drawings.COLORS[kind].rpartition("_")
    return str(colors["classes"][int(number)] if word == "class" else colors[drawings.COLORS[kind]])


def wire_path(points: tuple[tuple[float, float], ...]) -> str:
    """Return a wire as an SVG path: straight and curved in turn."""
    (x, y), *rest = points
    parts = [f"M{x:.1f} {y:.1f}"]
    for place, (to_x, to_y) in enumerate(rest):
        if place % 2 == 0 or abs(to_y - y) < 0.5:
            parts.append(f"L{to_x:.1f} {to_y:.1f}")
        else:
            middle = (x + to_x) / 2
            parts.append(f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return "".join(parts)


def _item(item: Item, colors: Any) -> Iterator[str]:
    color = color_of(item.kind, colors)
    opacity = FRAME_FILL if item.is_open else BLOCK_FILL if item.is_block else FILL
    style = f'fill="{color}" fill-opacity="{opacity}" stroke="{color}" stroke-width="{2 if item.is_block else 1.5}"'
    yield f"<g id={quoteattr(item.key)}><title>{escape(printable(item.caption))}</title>"
    corners, radius = (
        ([], 8.0) if item.is_block else drawings.outline(item.kind, item.x, item.y, item.width, item.height)
    )
    if corners:
        shape = f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in corners)}"'
    else:
        place = f'x="{item.x:.1f}" y="{item.y:.1f}" width="{item.width:.1f}" height="{item.height:.1f}"'
        shape = f'<rect {place} rx="{radius:g}"'
    if not item.is_open:  # so that no wire shines through
        yield f'{shape} fill="{colors["surface"]}"/>'  # no text
    yield f"{shape} {style}/>"
    if item.kind == "variable" and not item.is_block:
        yield f'<path d="M{item.x + 4:.1f} {item.y:.1f}v{item.height:.1f}" stroke="{color}" stroke-width="1.5"/>'
    yield from _words(item, colors)
    yield "</g>"


def _words(item: Item, colors: Any) -> Iterator[str]:
    middle, weight = item.x + item.width / 2, 600 if item.is_block else 500
    if item.is_open:
        yield _text(item.x + 12, item.y + 20, item.label, colors["text"], drawings.TITLE_SIZE, weight, "start")
    elif item.is_block:
        yield _text(middle, item.y + item.height / 2 - 3, item.label, colors["text"], drawings.TITLE_SIZE, weight)
        yield _text(middle, item.y + item.height / 2 + 14, item.caption, colors["muted"], drawings.CAPTION_SIZE, 500)
    else:
        size = drawings.CAPTION_SIZE if item.kind == "constant" else drawings.NAME_SIZE
        yield _text(middle, item.y + item.height / 2 + 0.36 * size, item.label, colors["text"], size, weight)


def _wire(wire: Wire, colors: Any) -> Iterator[str]:
    color, opacity = colors["faint"], 0.6 if wire.is_control else 1
    style = f'stroke="{color}" fill="none" stroke-width="{1 if wire.is_control else 1.4}"'
    dashes = f' stroke-dasharray="3 4" stroke-opacity="{opacity}"' if wire.is_control else ""
    yield f'<path d="{wire_path(wire.points)}" {style}{dashes}/>'
    if corners := drawings.arrow_head(wire):
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        yield f'<polygon class="arrow" points="{places}" fill="{color}" fill-opacity="{opacity}"/>'


def labels(wires: Iterable[Wire]) -> list[tuple[float, float, str]]:
    """Return the places and words of labels, each once: wires that begin together share them."""
    return list(dict.fromkeys((*wire.label, wire.words) for wire in wires if wire.label))


def _label(x: float, y: float, words: str, colors: Any) -> Iterator[str]:
    shape, kind = drawings.label_lines(words)
    yield _text(x + drawings.LABEL_GAP, y - 3, shape, colors["muted"], drawings.LABEL_SIZE, 500, "start")
    if kind:
        yield _text(
            x + drawings.LABEL_GAP, y + drawings.LABEL_SIZE, kind, colors["muted"], drawings.LABEL_SIZE, 400, "start"
        )


def _legend(colors: Any) -> Iterator[str]:
    for place, (kind, words) in enumerate((kind, tr(words)) for kind, words in KINDS.items()):
        x, y = MARGIN + place * LEGEND_STEP, MARGIN
        corners, radius = drawings.outline(kind, x, y, 26, 16)
        color = color_of(kind, colors)
        style = f'fill="{color}" fill-opacity="{FILL}" stroke="{color}" stroke-width="1.5"'
        if corners:
            yield f'<polygon points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in corners)}" {style}/>'
        else:
            yield f'<rect x="{x}" y="{y}" width="26" height="16" rx="{radius:g}" {style}/>'
        yield _text(x + 34, y + 12, words.partition(":")[0], colors["muted"], 12, 500, "start")


def _text(x: float, y: float, words: str, color: str, size: float, weight: int, anchor: str = "middle") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}" font-weight="{weight}"'
    return f'<text {place} fill="{color}">{escape(printable(words))}</text>'
