"""The command `code`: prints the script of a tab, or saves it with the files that it reads."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from engine.base.errors import UserError
from engine.base.knobs import knobs
from engine.base.turns import run_through
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset, tab
from engine.cli.parts.silence import add_silence, lens_of
from engine.cli.parts.terminal import say, shown
from engine.cli.parts.which import add_which, open_data, place_to_save, which
from engine.scripts.parts.tabs import tabs, teller

if TYPE_CHECKING:
    from engine.base.lens import Lens
    from engine.session.session import Session


def code_command(wanted: argparse.Namespace) -> int:
    """Print the script on stdout and where its files lie on stderr, or save all; returns the exit status."""
    from engine.scripts.parts.show_code import CodeShown, save_code, show_code

    settings = settings_of(wanted.tab, wanted.set)
    path = place_to_save(wanted.out) if wanted.out else None
    with _looked_at(wanted, settings) as (session, lens):
        job = show_code(session, lens, wanted.tab, settings)
        code = next(message for message in job if isinstance(message, CodeShown))
        if path:
            run_through(save_code(session, code, path))
            print(f"Saved {shown(path)}", flush=True)
            return 0
    if code.files:
        say(f"What the script reads lies in {' and '.join(shown(file) for file in code.files)}.")
    print(code.script, end="", flush=True)
    return 0


def settings_of(tab: str, words: list[str]) -> Mapping[str, Any]:
    """Return the settings that `NAME=VALUE` words give; raises `UserError` for what the tab does not have."""
    found = knobs(teller(tab).SETTINGS)
    settings: dict[str, Any] = {}
    for word in words:
        name, is_set, text = word.partition("=")
        if tab == "ideal" and name == "neurons" and is_set:
            settings[name] = _numbers(text)
        elif name not in found or not is_set:
            raise UserError(f"--set: “{word}” is not a setting of {tab}.", hint=f"It has {', '.join(found)}.")
        else:
            settings[name] = found[name].parse(text)
    return settings


@contextlib.contextmanager
def _looked_at(
    wanted: argparse.Namespace, settings: Mapping[str, Any]
) -> Iterator[tuple[Session, Lens | None]]:
    """Open the run and the data that the script is about; raises `UserError` where they are not there."""
    from engine.session.session import Session

    needs = teller(wanted.tab).needs(teller(wanted.tab).SETTINGS.from_dict(settings))
    if not needs & {"run", "data"}:
        yield Session(), None
        return
    with which(wanted) as meant:
        if "data" in needs:
            open_data(meant.session, wanted.dataset, meant.run.name)
        yield meant.session, lens_of(meant, wanted.silence)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise UserError(f"--set: “{text}” are not neurons.", hint="Write numbers such as 3,7,20.") from None


def _flags(parser: argparse.ArgumentParser) -> None:
    known = tabs()
    parser.add_argument("tab", metavar="TAB", type=tab, choices=known, help=f"one of {', '.join(known)}")
    add_which(parser)
    add_silence(parser)
    add_dataset(parser, of_run=True)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the tab, such as penalty=l2 of ideal, layer=2 of weights, size=5 of warmup; may be repeated",
    )
    parser.add_argument(
        "--out", metavar="OUT.py", help="save it there instead, and what it reads beside it (default: stdout)"
    )


COMMAND = Command(
    120,
    "a tab's script in plain TensorFlow and NumPy",
    "Print the short script that does what a tab shows, ready to be run.",
    _flags,
    code_command,
)
