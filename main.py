"""Layerlight: `python main.py` opens the window; `python main.py --help` names what runs without one."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.cli.parser import parse


def main(words: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit status.

    0 done, 1 refused (a sentence on stderr), 2 wrong usage, 130 interrupted. Only here do both the window and the
    engine's own command line stand side by side; each is imported when it is wanted, so `--help` answers at once.
    """
    wanted = parse(sys.argv[1:] if words is None else words)
    if wanted.command == "window":
        from gui.app import run

        return run(wanted.file, reset_settings=wanted.reset_settings, restore=wanted.restore)
    from engine.cli.commands import run_command

    if wanted.command == "screenshots":
        return run_command(wanted, _screenshots)
    if wanted.command == "bench":
        of_window = (name for name in _BENCHES_OF_THE_WINDOW if getattr(wanted, name))
        return run_command(wanted, next((_BENCHES_OF_THE_WINDOW[name] for name in of_window), None))
    return run_command(wanted)


def _screenshots(wanted: argparse.Namespace) -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if wanted.tour:
        from gui.tour import take_tour as take
    else:
        from gui.screenshots import take_screenshots as take

    take(Path(wanted.folder))
    return 0


def _bench_gui(wanted: argparse.Namespace) -> int:
    from gui.bench import bench_gui, bench_lines

    figures = bench_gui(wanted.dataset)
    print(json.dumps(figures) if wanted.json else "\n".join(bench_lines(figures)))
    return 0


def _bench_slider(wanted: argparse.Namespace) -> int:
    from gui.bench_slider import bench_slider, slider_lines

    figures = bench_slider(wanted.dataset)
    print(json.dumps(figures) if wanted.json else "\n".join(slider_lines(figures)))
    return 0


def _bench_pen(wanted: argparse.Namespace) -> int:
    from gui.bench_pen import bench_pen, pen_lines

    figures = bench_pen(wanted.dataset)
    print(json.dumps(figures) if wanted.json else "\n".join(pen_lines(figures)))
    return 0


def _bench_live(wanted: argparse.Namespace) -> int:
    from gui.bench_live import bench_live, live_lines

    figures = bench_live(wanted.dataset)
    print(json.dumps(figures) if wanted.json else "\n".join(live_lines(figures)))
    return 0


def _bench_start(wanted: argparse.Namespace) -> int:
    from gui.bench_start import bench_start, start_lines

    figures = bench_start(wanted.rounds)
    print(json.dumps(figures) if wanted.json else "\n".join(start_lines(figures)))
    return 0


_BENCHES_OF_THE_WINDOW = {
    "gui": _bench_gui,
    "slider": _bench_slider,
    "pen": _bench_pen,
    "live": _bench_live,
    "start": _bench_start,
}

if __name__ == "__main__":
    sys.exit(main())
