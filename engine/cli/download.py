"""The command `download`: download a known data set, or list all of them."""

import sys
from typing import Annotated

from engine.cli.parts.command import Answer, Row, command
from engine.cli.parts.terminal import InterruptedJobError, messages, say
from engine.core.language import mark, tr
from engine.data.dataset import Dataset as Data
from engine.data.dataset import say_summary
from engine.data.download.catalogue import KNOWN, KnownSet
from engine.data.formats.reading import OPENING, DatasetReading, Reading

STEP = 0.05  # share of the work between two lines that do not go to a terminal
SIZES = ", ".join(f"{known.key} ({known.size / 1e6:,.0f} MB)" for known in KNOWN.values())


@command(25, mark("download a data set: MNIST, Fashion-MNIST, KMNIST, EMNIST letters"))
def download_command(
    name: Annotated[str | None, tuple(KNOWN), f"NAME: {SIZES} (default: tell which are there)"] = None,
    *,
    json: Annotated[bool, "print one JSON object per line: how far it is, at last where the data set lies"] = False,
) -> Answer:
    """Download a known data set into the cache folder, unless a copy of it is on this computer; --dataset NAME of other
    commands opens it then. Interrupted, it goes on where it was. Proxies are taken from the environment.
    """
    from engine.data.sources import opening_dataset

    if name is None:
        yield from map(_row, KNOWN.values())
        return
    known = KNOWN[name]
    opened: list[Data] = []

    def opening() -> Reading[None]:
        opened.append((yield from opening_dataset(known.key, fetch=True))[0])

    line = _Line(is_on_terminal=sys.stderr.isatty())
    try:
        for message in messages(opening(), with_tensorflow=False):
            left = None if message.left is None else round(message.left, 1)
            yield Row({"act": message.act.lower(), "share": round(message.share, 4), "seconds_left": left}, None)
            if not json:
                line.show(message)
    except InterruptedJobError:
        line.end()
        say(tr("{data} was not downloaded. What has come is kept for the next time.", data=known.title))
        raise
    line.end()
    (data,) = opened
    facts = {"name": data.name, "source": str(data.source), "summary": data.summary}
    flag = f"--dataset {known.key}"  # no text
    there = mark("{data} images, in {path}. Train with: {flag}")
    yield Row(facts, tr(there, data=say_summary(data.summary), path=data.source, flag=flag))


def _row(known: KnownSet) -> Row:
    from engine.data.sources import copies_of

    copies = [str(path) for path in copies_of(known)]
    facts = {
        "name": known.key,
        "bytes": known.size,
        "came": 0 if copies else known.came,
        "about": known.about,
        "copies": copies,
    }
    if copies:
        where = tr("in {path}", path=copies[0])
    elif known.came:
        sentence = mark("{size:,.0f} MB to download, {came:,.1f} of them have come")
        where = tr(sentence, size=known.size / 1e6, came=known.came / 1e6)
    else:
        where = tr("{size:,.0f} MB to download", size=known.size / 1e6)
    return Row(facts, f"{known.key:16}{tr(known.about)}; {where}")


class _Line:
    """Prints progress on stderr: one changing line on a terminal, some lines elsewhere."""

    def __init__(self, *, is_on_terminal: bool) -> None:
        self._is_on_terminal = is_on_terminal
        self._last_share = -1.0
        self._is_open = False

    def show(self, message: DatasetReading) -> None:
        is_news = message.act != OPENING and not 0 <= message.share - self._last_share < STEP
        if not (self._is_on_terminal or is_news):
            return
        self._last_share = message.share
        line = f"{message.begin(message.file)} {100 * message.share:.0f} %"
        if message.left is not None:
            line += tr(", {seconds:,.0f} s left", seconds=message.left)
        if self._is_on_terminal:
            sys.stderr.write(f"\r{line:60}")
            sys.stderr.flush()
            self._is_open = True
        else:
            say(line)

    def end(self) -> None:
        """End the changing line."""
        if self._is_open:
            sys.stderr.write("\n")
