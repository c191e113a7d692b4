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
from engine.cli.parts.terminal import say, shown
from engine.core.errors import UserError
from engine.core.frozen import Frozen
from engine.core.machine import bundled
from engine.core.machine.folders import as_path

if TYPE_CHECKING:
    from engine.core.lens import Lens
    from engine.data.dataset import Dataset as Data
    from engine.model.training.run import Run
    from engine.session.session import Session

DATASET_HELP = (
    "an .npz file in Keras' layout, IDX files, a table in CSV (pixels and a label in each line), a folder "
    "with one of pictures for each class, mnist, fashion-mnist, kmnist or emnist-letters (where it "
    "is on this computer: see download), or sample (the embedded 5,000 digits)"
)

OF_RUN = "; default: what the run learned from"
MOST_LAYERS = 1000
SMALLEST, LARGEST = 320, 8000  # of a window's sides, in pixels


def numbers(text: str) -> tuple[int, ...]:
    """Read whole numbers with commas between them."""
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"whole numbers with commas between them, not “{text}”") from None


def count(text: str) -> int:
    """Read a number of images."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of images")
    return int(text)


def tab(text: str) -> str:
    """Read the name of a tab, or its title in the window: `Warm-up`, `Ideal images`."""
    return text.lower().replace("-", "").partition(" ")[0]


def layer(text: str) -> int:
    """Read the number of a layer, from 1."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_LAYERS:
        raise argparse.ArgumentTypeError(f"{text} is not the number of a layer; the first one is 1")
    return int(text)


def size(text: str) -> tuple[int, int]:
    """Read the size of a window in pixels: 1280x720."""
    match = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", text)
    wide, high = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(SMALLEST <= side <= LARGEST for side in (wide, high)):
        raise argparse.ArgumentTypeError(
            f"“{text}” is no size; write one such as 1280x720, {SMALLEST} to {LARGEST} pixels"
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

MOMENT_HELP = "SNAPSHOT is a step (550), the end of an epoch (e10), the name of a bookmark, first or last"

FIRST, LAST = "first", "last"
MOST_NAMED = 12  # maximum number of moments that are listed; of more only some at both ends

SESSION = "FILE: a session (default: the last one, else the one that comes along)"

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
    from engine.core.lens import Lens, Neuron

    widths = [layer.width for layer in meant.run.spec.hidden]
    silenced = set()
    for part in filter(None, (part.strip() for part in (silence or "").split(","))):
        match = re.fullmatch(r"(?:([0-9]{1,4}):)?([0-9]{1,9})", part)
        if not match:
            raise UserError(f"--silence: “{part}” is not a neuron.", hint="Write numbers such as 3,7,20 or 2:5.")
        layer, number = int(match[1] or 1), int(match[2])
        if not 1 <= layer <= len(widths):
            raise UserError(f"Run {meant.run.name} has no hidden layer {layer}, only {len(widths)}.")
        if number >= widths[layer - 1]:
            last = widths[layer - 1] - 1
            raise UserError(f"Run {meant.run.name} has no neuron {number} in hidden layer {layer}; the last is {last}.")
        silenced.add(Neuron(layer - 1, number))
    return Lens(meant.run.name, meant.step, frozenset(silenced))


def say_meant(named: str | None, session: Session, *meant: tuple[Run, int]) -> None:
    """Print session and networks on stderr if none is `named`: each `train` adds others, except to the bundled one."""
    if named is None and session.store is not None and not bundled.is_bundled(session.store.path):
        learned = [f", which learned from {run.dataset}" if run.dataset else "" for run, _ in meant]
        networks = [f"run {run.label} at step {step:,}{data}" for (run, step), data in zip(meant, learned, strict=True)]
        of = f"{' and '.join(networks)}, of the last session" if networks else "the last session"
        say(f"--session is not given: {of}, {shown(session.store.path)}.")


def session_path(wanted: str | None) -> Path:
    """Return the selected session: the named one, else the last one, else the bundled one."""
    from engine.session.store.places import last_session

    if wanted is not None:
        return as_path(wanted)
    if last := last_session():
        return last
    if bundled.BUNDLED.is_file():
        return bundled.BUNDLED
    raise UserError("There is no session yet.", hint=f"Train one with `{COMMAND} train`, or name one with --session.")


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
            say(f"Run {selected.label} learned from {selected.dataset}; --dataset is not given: {data.summary}.")


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
        return data, f"The data of run {run.label} cannot be opened. {refused.sentence} {notice}".strip()


def run_called(session: Session, wanted: str | None) -> Run:
    """Return the run with this letter or title, `None` for the newest or the blog's; `UserError` lists the runs."""
    if not session.runs:
        raise UserError("The session has no runs.", hint="Train one first.")
    if wanted is None and session.store and bundled.is_bundled(session.store.path):
        return session.runs[bundled.BLOG]
    if wanted is None:
        return next(reversed(session.runs.values()))
    runs = _runs_called(session, wanted)
    if len(runs) > 1:
        letters = " and ".join(run.name for run in runs)
        raise UserError(f"More than one run is called {wanted.strip()}: {letters}.", hint="Name one by its letter.")
    if not runs:
        verb = "is" if len(session.runs) == 1 else "are"
        there = ", ".join(f"{run.name} · {run.title}" if run.title else run.name for run in session.runs.values())
        raise UserError(f"There is no run {wanted.strip()}; there {verb} {there}.")
    return runs[0]


def moment_called(session: Session, wanted: str | None) -> tuple[Run, int]:
    """Return the run and step of `RUN` (its newest) or `RUN@MOMENT`; `UserError` lists the runs or moments."""
    places = [place for place, letter in enumerate(wanted or "") if letter == "@"]
    if wanted is None or not places or _runs_called(session, wanted):
        run = run_called(session, wanted)
        return run, step_called(run, None)
    place = next((place for place in reversed(places) if _runs_called(session, wanted[:place])), places[0])
    run = run_called(session, wanted[:place])
    return run, step_called(run, wanted[place + 1 :])


def step_called(run: Run, wanted: str | None) -> int:
    """Return the step of the moment, the last for `None`; bookmarks come last. `UserError` lists the moments."""
    steps = tuple(run.moments)
    if not steps:
        raise UserError(f"Run {run.name} has no snapshots.", hint="Choose another run.")
    text = (wanted if wanted is not None else LAST).strip()
    if text.lower() in (FIRST, LAST):
        return steps[0] if text.lower() == FIRST else steps[-1]
    number = re.fullmatch(r"(e|epoch)? *([0-9]{1,15})", text, re.IGNORECASE)
    if number:
        step = int(number[2]) * (run.steps_per_epoch if number[1] else 1)
        if step in run.moments:
            return step
    if named := [step for step, name in run.bookmarks.items() if name == text and step in run.moments]:
        return named[-1]
    is_epoch, is_step = bool(number and number[1]), bool(number and not number[1])
    raise UserError(_no_such_moment(run, text, is_epoch=is_epoch, is_step=is_step))


def _runs_called(session: Session, text: str) -> list[Run]:
    """Return the run with that letter, else those with that title, if necessary regardless of case."""
    text = text.strip()
    runs = session.runs.values()
    return (
        [run for run in runs if run.name == text.upper()]
        or [run for run in runs if run.title and run.title == text]
        or [run for run in runs if run.title and run.title.casefold() == text.casefold()]
    )


def _no_such_moment(run: Run, text: str, *, is_epoch: bool, is_step: bool) -> str:
    if is_epoch:
        ends = [step // run.steps_per_epoch for step in run.moments if step % run.steps_per_epoch == 0]
        there = _listed([f"e{epoch}" for epoch in ends])
    else:
        there = _listed([str(step) for step in run.moments])
    sentence = f"Run {run.name} has no snapshot {text}; its snapshots are {there}"
    names = [name for step, name in run.bookmarks.items() if step in run.moments]
    if names:
        sentence += f", and by name {', '.join(names)}"
    return f"{sentence}; write e{text} for the end of epoch {text}." if is_step else f"{sentence}."


def _listed(words: list[str]) -> str:
    if len(words) > MOST_NAMED:
        words[MOST_NAMED - 2 : -1] = ["…"]
    return ", ".join(words).replace("…,", "…")
