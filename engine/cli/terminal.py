"""What is said to the person at the terminal: one line each, whatever a file's names try."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.text import printable


def say(sentence: str) -> None:
    """Print a sentence on stderr."""
    print(f"layerlight: {printable(sentence)}", file=sys.stderr)


def shown(path: Path) -> str:
    """Return a path as the terminal can show it."""
    return printable(str(path))
