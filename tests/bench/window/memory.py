"""How much memory the window takes: at the start, after a training, in all pages, and through the lesson."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.window.command import parts
from bench.window.start import fresh_environment
from engine.core.errors import UserError

ROOT = Path(__file__).resolve().parents[3]

CHILD = """
import sys
import PySide6.QtCore
from gui.app import leave_sources_alone
leave_sources_alone()
sys.path.append("tests")
from bench.window.memory_story import tell
tell(sys.argv[1], sys.argv[2] or None)
"""

STORIES = {"pages": "All pages twice after a training", "lesson": "The bundled session and its lesson, with the sample"}

SECONDS = 1800  # maximum duration of a story


def measure(dataset: str | None, only: Sequence[str] = ()) -> dict[str, Any]:
    """Return the memory of a fresh process with an empty home folder, through each story; `dataset` is for `pages`."""
    return {name: memory_of(name, dataset if name == "pages" else None) for name in parts(only, STORIES)}


def lines(figures: dict[str, Any]) -> list[str]:
    """Return the figures as lines for the terminal."""
    return [line for name, story in figures.items() for line in _lines(STORIES[name], story)]


def _lines(title: str, story: dict[str, Any]) -> list[str]:
    stages = story["stages"]
    return [
        f"{title}: {story['data']}, MB",
        f"  {'':<34}{'resident':>9}{'anonymous':>10}{'files':>7}{'peak':>7}",
        *(f"  {what:<34}{all_of:9.0f}{own:10.0f}{files:7.0f}{peak:7.0f}" for what, all_of, own, files, peak in stages),
        f"  highest: {max(peak for *_, peak in stages):.0f}",
        *(
            f"  {what}: {', '.join(f'{name} {size:.1f}' for name, size in story[what].items())}"
            for what in ("mappings", "caches", "arrays")
        ),
    ]


def memory_of(story: str, dataset: str | None) -> dict[str, Any]:
    """Return what the process says that carries out a story."""
    with tempfile.TemporaryDirectory(prefix="layerlight-") as home:
        done = subprocess.run(
            [sys.executable, "-c", CHILD, story, dataset or ""],
            cwd=ROOT,
            env=fresh_environment(home) | {"QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    try:
        figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise UserError("The memory could not be measured.", hint=done.stderr.strip()[-400:]) from None
    return figures
