"""The command `notebook`: a session's runs and what was done with them, as a Jupyter notebook or as one script."""

from __future__ import annotations

import argparse

from engine.base.turns import run_through
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset
from engine.cli.parts.terminal import say, shown
from engine.cli.parts.which import data_for, look_at, place_to_save, say_meant, session_path


def notebook_command(wanted: argparse.Namespace) -> int:
    """Write the notebook and the folder beside it, saying so; returns the exit status."""
    path = place_to_save(wanted.out)
    with look_at(session_path(wanted.session)) as session:
        from engine.notebook.export import export_notebook

        say_meant(wanted, session)
        opened, notice = data_for(wanted.dataset, next(reversed(session.runs.values()), None))
        session.replace_data(opened)
        if notice:
            say(notice)
        run_through(export_notebook(session, path))
    print(f"Saved {shown(path)}", flush=True)
    return 0


def _flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--session", metavar="FILE", help="a session (default: the last one, else the one that comes along)"
    )
    add_dataset(parser, of_run=True)
    parser.add_argument(
        "--out",
        metavar="OUT.ipynb",
        required=True,
        help="the file to write, .ipynb or .py; what it reads lies in a folder beside it",
    )


COMMAND = Command(
    123,
    "a session as a notebook, or as one script",
    "Write a session's runs, and what was looked at in them, as a notebook that runs by itself.",
    _flags,
    notebook_command,
)
