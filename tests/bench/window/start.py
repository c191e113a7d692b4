"""How long a start takes: until the window is painted, the canvas is there, a stroke is read, and TensorFlow too."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from engine.core.errors import UserError

ROOT = Path(__file__).resolve().parents[3]

CHILD = """
import sys
sys.path.append("tests")
from gui import app
def watch(application):
    from bench.window.start_watch import StartWatch
    StartWatch(application)
app.watchers.append(watch)
from main import main
sys.exit(main([]))
"""

SECONDS = 120  # so long a start may take at most

TITLES = {
    "painted": "window painted",
    "canvas": "canvas there",
    "answer": "first answer to a stroke painted",
    "ready": "TensorFlow ready",
    "longest_wait": "longest wait of the pen until then",
}


def measure(rounds: int = 5) -> dict[str, Any]:
    """Return the seconds from the start of the process on, of `rounds` starts, each with an empty home folder.

    A hand draws as soon as the canvas is painted for the first time, and goes on until TensorFlow is there.
    """
    starts = [_start() for _ in range(rounds)]
    return {"starts": starts, "medians": {name: statistics.median(start[name] for start in starts) for name in TITLES}}


def lines(figures: dict[str, Any]) -> list[str]:
    """Return the figures as lines for the terminal."""
    starts = figures["starts"]
    told = [f"Start with an empty home folder, seconds; medians of {len(starts)}, and all of them"]
    for name, title in TITLES.items():
        each = "  ".join(f"{start[name]:.2f}" for start in starts)
        told.append(f"  {title:<36}{figures['medians'][name]:6.2f}   {each}")
    return told


def _start() -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="layerlight-") as home:
        begin = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", CHILD],
            cwd=ROOT,
            env=fresh_environment(home),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    try:
        times: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise UserError("The start could not be measured.", hint=done.stderr.strip()[-400:]) from None
    wait = times.pop("longest_wait")
    return {**{name: at - begin for name, at in times.items()}, "longest_wait": wait}


def fresh_environment(home: str) -> dict[str, str]:
    """Return this environment for somebody who has nothing yet."""
    own = ("XDG_", "LAYERLIGHT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    if "XDG_RUNTIME_DIR" in os.environ:
        kept["XDG_RUNTIME_DIR"] = os.environ["XDG_RUNTIME_DIR"]  # where a Wayland display is found
    return kept | {"HOME": home, "USERPROFILE": home, "APPDATA": home, "LOCALAPPDATA": home}
