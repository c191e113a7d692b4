"""The command `figure`: what it is called with. It needs the window, so `main.py` does it."""

from __future__ import annotations

import argparse
import re

from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset, tab
from engine.cli.parts.silence import add_silence
from engine.cli.parts.which import add_which
from engine.scripts.parts.tabs import tabs

LEAST, MOST = 320, 8000

WITHOUT_CODE = ("experiments",)
"""The tabs that have no script of their own; all others are known by theirs."""


def size(text: str) -> tuple[int, int]:
    """Read the size of a window in pixels: 1280x720."""
    found = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", text)
    wide, high = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(LEAST <= side <= MOST for side in (wide, high)):
        raise argparse.ArgumentTypeError(
            f"“{text}” is no size; write one such as 1280x720, {LEAST} to {MOST} pixels"
        )
    return wide, high


def _flags(parser: argparse.ArgumentParser) -> None:
    known = (*tabs(), *WITHOUT_CODE)
    parser.add_argument("tab", metavar="TAB", type=tab, choices=known, help=f"one of {', '.join(known)}")
    add_which(parser)
    add_silence(parser)
    add_dataset(parser)
    parser.add_argument(
        "--panel",
        metavar="PANEL",
        help="one panel by its title or name, such as Confusion (default: the whole tab)",
    )
    parser.add_argument(
        "--scene",
        metavar="SCENE",
        help="what is arranged first, such as silenced of fingerprints (default: nothing)",
    )
    parser.add_argument(
        "--look", choices=("light", "dark"), default="light", help="its colours (default: light, for paper)"
    )
    parser.add_argument(
        "--size", type=size, default=(1280, 720), metavar="WxH", help="that of the window (default: 1280x720)"
    )
    parser.add_argument(
        "--out",
        metavar="OUT",
        required=True,
        help="the file to write: .png (at twice the pixels), .svg, or .csv with the numbers behind a panel",
    )


COMMAND = Command(
    122,
    "a panel, or a whole tab, as PNG, SVG or CSV",
    "Write what a tab, or one panel of it, shows of a network: a picture, a drawing, or the numbers behind it.",
    _flags,
    None,
)
