"""The command `download`: bring a known data set onto this computer, or tell which there are."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from typing import TYPE_CHECKING

from engine.base.numbers import number
from engine.base.text import printable
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_json
from engine.cli.parts.terminal import say
from engine.data.catalogue import KNOWN, KnownSet
from engine.data.reading import OPENING
from engine.system.signals import interruptible, status_of

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.data.reading import DatasetReading, Reading

TELL_EVERY = 0.05
"""Share of the work after which a line is printed that is not for a terminal."""


def download_command(wanted: argparse.Namespace) -> int:
    """Download as asked and return the exit status; Ctrl-C and its like end it, and it goes on the next time."""
    if wanted.name is None:
        return _list(as_json=wanted.json)
    known = KNOWN[wanted.name]
    came: list[Dataset] = []
    teller = _Teller(known, as_json=wanted.json)
    with interruptible() as interrupted, contextlib.closing(_reading(known, came)) as turns:
        for message in turns:
            if interrupted:
                break
            if message is not None:
                teller.tell(message)
    teller.end()
    if interrupted:
        say(f"{known.title} was not downloaded. What has come is kept for the next time.")
        return status_of(interrupted[0])
    data = came[0]
    if wanted.json:
        print(json.dumps({"name": data.name, "source": str(data.source), "summary": data.summary}))
    else:
        print(printable(f"{data.summary} images, in {data.source}. Train with: --dataset {known.key}"))
    return 0


def _reading(known: KnownSet, came: list[Dataset]) -> Reading[None]:
    from engine.data.sources import opening_dataset

    data, _ = yield from opening_dataset(known.key, fetch=True)
    came.append(data)


def _list(*, as_json: bool) -> int:
    from engine.data.sources import copies_of

    for known in KNOWN.values():
        copies = [str(path) for path in copies_of(known)]
        if as_json:
            print(
                json.dumps(
                    {
                        "name": known.key,
                        "bytes": known.size,
                        "came": 0 if copies else known.came,
                        "about": known.about,
                        "copies": copies,
                    }
                )
            )
        else:
            came = f", {known.came / 1e6:,.1f} of them have come" if known.came else ""
            where = f"in {copies[0]}" if copies else f"{known.size / 1e6:,.0f} MB to download{came}"
            print(printable(f"{known.key:16}{known.about}; {where}"))
    return 0


class _Teller:
    """Says how far it is: one line that changes on a terminal, some lines elsewhere."""

    def __init__(self, known: KnownSet, *, as_json: bool) -> None:
        self._known, self._as_json = known, as_json
        self._on_terminal = not as_json and sys.stderr.isatty()
        self._told = -1.0
        self._is_open = False

    def tell(self, message: DatasetReading) -> None:
        if self._as_json:
            row = {
                "act": message.act.lower(),
                "share": round(message.share, 4),
                "seconds_left": None if message.left is None else number(round(message.left, 1)),
            }
            print(json.dumps(row, allow_nan=False), flush=True)
            return
        is_news = message.act != OPENING and not 0 <= message.share - self._told < TELL_EVERY
        if not (self._on_terminal or is_news):
            return
        self._told = message.share
        left = f", {message.left:,.0f} s left" if message.left is not None else ""
        line = f"{message.act} {message.file}… {100 * message.share:.0f} %{left}"
        if self._on_terminal:
            sys.stderr.write(f"\r{line:60}")
            sys.stderr.flush()
            self._is_open = True
        else:
            say(line)

    def end(self) -> None:
        """Leave the line that changes."""
        if self._is_open:
            sys.stderr.write("\n")


def _flags(parser: argparse.ArgumentParser) -> None:
    told = ", ".join(f"{known.key} ({known.size / 1e6:,.0f} MB)" for known in KNOWN.values())
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        choices=tuple(KNOWN),
        help=f"{told} (default: tell which are there)",
    )
    add_json(parser, "print one JSON object per line: how far it is, at last where the data set lies")


COMMAND = Command(
    25,
    "download a data set: MNIST, Fashion-MNIST, KMNIST, EMNIST letters",
    "Download a known data set into the cache folder, unless a copy of it is on this computer; --dataset NAME of other "
    "commands opens it then. Interrupted, it goes on where it was. Proxies are taken from the environment.",
    _flags,
    download_command,
)
