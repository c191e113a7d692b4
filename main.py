"""Layerlight: `python main.py` opens the window; `python main.py --help` names what runs without one."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

if sys.flags.safe_path:  # then Python does not look beside this file
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from engine.base.errors import UserError
from engine.base.preload import check_address_space, leave
from engine.cli.parts import terminal
from engine.cli.parts.parser import parse


def main(words: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit status.

    0 done, 1 refused (a sentence on stderr), 2 wrong usage, 130 interrupted. Only here do both the window and the
    engine's own command line stand side by side; each is imported when it is wanted, so `--help` answers at once.
    """
    terminal.prepare()
    os.umask(os.umask(0o077) & 0o077)  # what one saves one may read oneself
    if any(action == "error" for action, *_ in warnings.filters):
        warnings.simplefilter("default")  # what a person wants of programs of their own would stop libraries
    try:
        status = _run(parse(sys.argv[1:] if words is None else words))
    except SystemExit as ended:  # after help, and where the usage is wrong
        status = ended.code if isinstance(ended.code, int) else 0
    return terminal.finish(status)


def _run(wanted: argparse.Namespace) -> int:
    try:
        f"{__file__}{sys.prefix}".encode()
    except UnicodeEncodeError:
        folder = "Layerlight or its Python lies in a folder whose name is not UTF-8"
        terminal.say(f"{folder}, and neither NumPy nor Qt can be loaded from there. Rename that folder.")
        return 1
    if wanted.command == "window":
        try:
            check_address_space()
        except UserError as error:
            terminal.say(str(error))
            return 1
        from gui.app import run

        return run(wanted.file, reset_settings=wanted.reset_settings, restore=wanted.restore)
    from engine.cli.parts.commands import run_command

    if wanted.command == "version":
        return run_command(wanted, _version)
    if wanted.command == "screenshots":
        return run_command(wanted, _screenshots)
    if wanted.command == "sheet":
        return run_command(wanted, _sheet)
    if wanted.command == "film" and wanted.what != "ideal":
        return run_command(wanted, _film)
    if wanted.command == "figure":
        return run_command(wanted, _figure)
    if wanted.command == "handout":
        return run_command(wanted, _handout)
    return run_command(wanted)


def _version(_: argparse.Namespace) -> int:
    from engine.system.about import facts
    from engine.system.device import device

    print(facts(device().name))
    return 0


def _screenshots(wanted: argparse.Namespace) -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if wanted.tour:
        from gui.stage.tour import take_tour as take
    else:
        from gui.stage.screenshots import take_screenshots as take

    take(Path(wanted.folder))
    return 0


def _sheet(wanted: argparse.Namespace) -> int:
    from engine.base.numbers import plural
    from engine.cli.parts.which import place_to_save
    from engine.system.folders import as_path

    path = place_to_save(wanted.out)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from gui.stage.sheet import write_sheet

    chapters = write_sheet(path, [as_path(file) for file in wanted.lesson], wanted.paper)
    print(f"Saved {terminal.shown(path)}: {plural(chapters, 'chapter')}", flush=True)
    return 0


def _film(wanted: argparse.Namespace) -> int:
    from engine.cli.film import said, show_progress, what_to_film
    from engine.cli.parts.which import look_at, session_path

    file = session_path(wanted.session).absolute()
    with look_at(file) as session:
        filmed = what_to_film(wanted, session)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from gui.stage.film import make_film

    status = make_film(
        file,
        wanted.dataset,
        wanted.what,
        wanted.panel,
        filmed.lens,
        filmed.steps,
        filmed.spec,
        filmed.path,
        look=wanted.look,
        size=wanted.size,
        told=show_progress,
    )
    if not status:
        print(said(filmed), flush=True)
    return status


def _figure(wanted: argparse.Namespace) -> int:
    from engine.cli.parts.silence import lens_of
    from engine.cli.parts.which import place_to_save, session_path, which

    path = place_to_save(wanted.out)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from gui.stage.figure import Wanted, check_kind, write_figure

    check_kind(path)
    session = lens = None
    if wanted.tab != "warmup":
        session = session_path(wanted.session)
        with which(wanted) as meant:
            lens = lens_of(meant, wanted.silence)
    title = write_figure(
        path,
        Wanted(
            tab=wanted.tab,
            panel=wanted.panel,
            scene=wanted.scene,
            session=session,
            lens=lens,
            dataset=wanted.dataset,
            look=wanted.look,
            size=wanted.size,
        ),
    )
    print(f"Saved {terminal.shown(path)}: {title}", flush=True)
    return 0


def _handout(wanted: argparse.Namespace) -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from gui.stage.handout import write_handout

    return write_handout(wanted)


if __name__ == "__main__":
    leave(main())
