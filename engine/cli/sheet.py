"""The command `sheet`: what it is called with. Pages are set by what the window is made of, so `main.py` does it."""

from __future__ import annotations

import argparse

from engine.cli.parts.command import Command


def _flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "lesson",
        metavar="FILE.toml",
        nargs="*",
        help="a chapter each of a lesson of your own (default: the lesson that comes along)",
    )
    parser.add_argument("--out", metavar="OUT.pdf", required=True, help="the file to write")
    parser.add_argument("--paper", choices=("a4", "letter"), help="its size (default: the country's)")


COMMAND = Command(
    125,
    "a teacher's sheet of a lesson, as PDF",
    "A sheet for teachers as PDF: a lesson's aims, minutes, pages and right answers.",
    _flags,
    None,
)
