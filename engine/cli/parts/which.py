"""Flags of several commands, and the session, run, moment and neurons that they select.

`--help` imports this, so at the top it imports neither TensorFlow nor NumPy.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from engine import COMMAND
from engine.cli.parts.terminal import joined, say, shown
from engine.core.errors import UserError
from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from engine.core.layers.kinds import MAX_FACTOR
from engine.core.machine import bundled
from engine.core.machine.folders import as_path
from engine.data.dataset import say_summary
from engine.data.location import Range

if TYPE_CHECKING:
    from engine.core.lens import Lens
    from engine.data.dataset import Dataset as Data
    from engine.model.training.run import Run
    from engine.session.session import Session

# The lines of help are translated as wholes, by command.py.
DATASET_HELP = (
    "an .npz file in Keras' layout, IDX files, a table in CSV (pixels and a label in each line), a folder with one of "
    "pictures for each class, mnist, fashion-mnist, kmnist or emnist-letters (where it is on this computer: see "
    "download), or sample (the embedded 5,000 digits)"  # no text
)
OF_RUN = "; default: what the run learned from"  # no text
MOST_LAYERS = 1000
SMALLEST, LARGEST = 320, 8000  # of a window's sides, in pixels


def numbers(text: str) -> tuple[int, ...]:
    """Read whole numbers with commas between them."""
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(
            tr("whole numbers with commas between them, not “{entry}”", entry=text)
        ) from None


def pixel_range(text: str) -> Range:
    """Read the values of black and of white pixels; white may be the smaller one."""
    with contextlib.suppress(ValueError):
        black, white = map(float, text.split(".."))
        if black != white and max(abs(black), abs(white)) <= MAX_FACTOR / 2:
            return Range(black, white)
    raise argparse.ArgumentTypeError(
        tr("“{entry}” is no range of pixels; write one such as 0..255, black first", entry=text)
    )


def count(text: str) -> int:
    """Read a number of images."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(tr("“{entry}” is not a number of images", entry=text))
    return int(text)


def tab(text: str) -> str:
    """Read the name of a tab, or its title in the window: `Warm-up`, `Ideal images`."""
    return text.lower().replace("-", "").partition(" ")[0]


def layer(text: str) -> int:
    """Read the number of a layer, from 1."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_LAYERS:
        raise argparse.ArgumentTypeError(tr("{entry} is not the number of a layer; the first one is 1", entry=text))
    return int(text)


def size(text: str) -> tuple[int, int]:
    """Read the size of a window in pixels: 1280x720."""
    match = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", text)
    wide, high = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(SMALLEST <= side <= LARGEST for side in (wide, high)):
        raise argparse.ArgumentTypeError(
            tr(
                "“{entry}” is no size; write one such as 1280x720, {smallest} to {largest} pixels",
                entry=text,
                smallest=SMALLEST,
                largest=LARGEST,
            )
        )
    return wide, high


Count = Annotated[int, count]
Dataset = Annotated[str | None, f"DATA: {DATASET_HELP}"]
RunsDataset = Annotated[str | None, f"DATA: {DATASET_HELP}{OF_RUN}"]
Device = Annotated[
    Literal["auto", "cpu"],
    "what to compute on: the first GPU that TensorFlow can use, or the CPU in any case (default: auto)",
]
Json = Annotated[bool, "as one JSON object"]
Layer = Annotated[int, layer]
Size = Annotated[tuple[int, int], size]

MOMENT_HELP = "SNAPSHOT is a step (550), the end of an epoch (e10), the name of a bookmark, first or last"  # no text

SESSION = "FILE: a session (default: the last one, else the one that comes along)"  # no text

Silence = Annotated[
    str | None,
    "NEURONS: neurons that pass nothing on, such as 3,7,20: numbers from 0 in the first hidden layer; "
    "2:5 is neuron 5 of the second",
]


class OfRun(Frozen):
    """The flags `--session` and `--run`."""

    session: Annotated[str | None, SESSION] = None
    run: Annotated[
        str | None,
        "RUN: a run by its letter or title (default: the newest; of the session that comes along, the blog's)",
    ] = None


class OfMoment(OfRun):
    """These and `--moment`, for `which`."""

    moment: Annotated[str | None, f"SNAPSHOT: {MOMENT_HELP} (default: last)"] = None


class OfLens(OfMoment):
    """These and `--silence`, for `lens_of`."""

    silence: Silence = None


class Which(NamedTuple):
    """An open session, a run in it, and the step of one of its moments."""

    session: Session
    run: Run
    step: int


@contextlib.contextmanager
def which(wanted: OfMoment) -> Iterator[Which]:
    """Open the selected session read-only. Raises `UserError` if the selection does not exist."""
    from engine.session.named import run_called, step_called

    with look_at(session_path(wanted.session)) as session:
        run = run_called(session, wanted.run)
        step = step_called(run, wanted.moment)
        say_meant(wanted.session, session, (run, step))
        yield Which(session, run, step)


@contextlib.contextmanager
def seen(wanted: OfLens, dataset: str | None) -> Iterator[tuple[Session, Run, Lens]]:
    """Open the selected session with its data, read-only, and yield the lens as well. Raises `UserError`."""
    with which(wanted) as meant:
        lens = lens_of(meant, wanted.silence)
        open_data(meant.session, dataset, meant.run.name)
        yield meant.session, meant.run, lens


def lens_of(meant: Which, silence: str | None) -> Lens:
    """Return the lens with the neurons of `silence` silenced; raise `UserError` for those that are not there."""
    from engine.core.lens import Lens
    from engine.session.named import neuron_called

    silenced = set()
    for part in filter(None, (part.strip() for part in (silence or "").split(","))):
        match = re.fullmatch(r"(?:([0-9]{1,4}):)?([0-9]{1,9})", part)
        if not match:
            raise UserError(
                tr("--silence: “{neuron}” is not a neuron.", neuron=part),
                hint=tr("Write numbers such as 3,7,20 or 2:5."),
            )
        silenced.add(neuron_called(meant.run, int(match[1] or 1), int(match[2])))
    return Lens(meant.run.name, meant.step, frozenset(silenced))


def say_meant(named: str | None, session: Session, *meant: tuple[Run, int]) -> None:
    """Print session and networks on stderr if none is `named`: each `train` adds others, except to the bundled one."""
    if named is None and session.store is not None and not bundled.is_bundled(session.store.path):
        networks = [
            tr(
                "run {run} at step {step:,}, which learned from {data}",
                run=run.label,
                step=step,
                data=say_summary(run.dataset),
            )
            if run.dataset
            else tr("run {run} at step {step:,}", run=run.label, step=step)
            for run, step in meant
        ]
        path = shown(session.store.path)
        if networks:
            sentence = mark("--session is not given: {networks}, of the last session, {path}.")
            say(tr(sentence, networks=joined(networks), path=path))
        else:
            say(tr("--session is not given: the last session, {path}.", path=path))


def session_path(wanted: str | None) -> Path:
    """Return the selected session: the named one, else the last one, else the bundled one."""
    from engine.session.store.places import last_session

    if wanted is not None:
        return as_path(wanted)
    if last := last_session():
        return last
    if bundled.BUNDLED.is_file():
        return bundled.BUNDLED
    raise UserError(
        tr("There is no session yet."),
        hint=tr("Train one with `{command} train`, or name one with --session.", command=COMMAND),
    )


@contextlib.contextmanager
def look_at(path: Path) -> Iterator[Session]:
    """Open a session read-only; another process may be writing it. Raises `UserError`."""
    from engine.core.messages import run_through
    from engine.session.session import Session
    from engine.session.store.opening import open_store
    from engine.session.store.trouble import cannot_read

    store = run_through(open_store(path, look_only=True)).store
    session = Session()
    try:
        session.begin(store, store.load())
        yield session
    except sqlite3.Error as error:
        raise cannot_read(path, error) from error
    finally:
        store.close()


def open_data(session: Session, wanted: str | None, run: str = "") -> None:
    """Open the named data, else those that the `run` learned from, and say remarks; `UserError` if named ones fail."""
    from engine.core.messages import run_through
    from engine.model.training.learned import own_part

    selected = session.run(run) if run else None
    data, notice = data_for(wanted, selected)
    session.replace_data(data)
    if selected is not None:
        session.replace_data(run_through(session.seen_with(selected)))
    say(notice)
    if wanted is None and selected is not None:
        there = [candidate for candidate in (session.dataset, data) if candidate is not None]
        if selected.fingerprint and not any(own_part(candidate, selected) for candidate in there):
            say(
                tr(
                    "Run {run} learned from {data}; --dataset is not given: {others}.",
                    run=selected.label,
                    data=say_summary(selected.dataset),
                    others=data.summary,
                )
            )


def data_for(wanted: str | None, run: Run | None) -> tuple[Data, str]:
    """Return the named data, else the run's, else others, and a remark; `UserError` if named ones cannot be opened."""
    from engine.data.download.catalogue import UNSEEN
    from engine.data.sources import SAMPLE, open_dataset

    if wanted is not None or run is None or run.source == UNSEEN:
        return open_dataset(wanted)
    try:
        return open_dataset(run.source or SAMPLE)
    except UserError as refused:
        data, notice = open_dataset(None)
        sentence = tr("The data of run {run} cannot be opened.", run=run.label)
        return data, f"{sentence} {refused.sentence} {notice}".strip()
