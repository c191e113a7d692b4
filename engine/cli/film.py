"""The command `film`: a run's snapshots as a film, of the ideal images or of what a tab of the window shows."""

from __future__ import annotations

import argparse
import itertools
import sys
from typing import TYPE_CHECKING, NamedTuple

from engine.base.errors import UserError
from engine.base.knobs import knobs
from engine.base.numbers import say_epoch
from engine.base.text import isolated
from engine.cli.figure import size
from engine.cli.ideal import add_objective, objective, vain_neurons
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset, checked, flag, knob_help, metavar, tab
from engine.cli.parts.silence import add_silence, lens_of
from engine.cli.parts.terminal import shown
from engine.cli.parts.which import (
    FIRST,
    MOMENT_HELP,
    Which,
    add_run,
    look_at,
    open_data,
    place_to_save,
    run_called,
    say_meant,
    session_path,
    step_called,
)
from engine.film.settings import FEWEST, FilmFile, FilmSpec, check_kind, picked
from engine.ideal.spec import IdealSpec
from engine.scripts.parts.tabs import tabs
from engine.system.signals import interruptible, status_of, until_interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from PIL import Image

    from engine.base.lens import Lens
    from engine.ideal.job import IdealImages
    from engine.session.session import Session
    from engine.training.run import Run

IDEAL = "ideal"
"""What is drawn without the window."""

SIZE = 1280, 720

ONLY_IDEAL = ("layer", "neurons", *knobs(IdealSpec))
"""Flags that say how ideal images are painted."""


class Filmed(NamedTuple):
    """What the flags name: where the film goes, how it is to be, through which lens and at which moments."""

    path: Path
    spec: FilmSpec
    lens: Lens
    """Of the first moment."""
    steps: tuple[int, ...]


def film_command(wanted: argparse.Namespace) -> int:
    """Paint the ideal images of all snapshots and write the film; returns the exit status."""
    from engine.session.export import keep_inputs

    with look_at(session_path(wanted.session)) as session:
        filmed = what_to_film(wanted, session)
        keep_inputs(session, filmed.path)
        return _film_ideal(wanted, session, filmed)


def what_to_film(wanted: argparse.Namespace, session: Session) -> Filmed:
    """Return what the flags name in a session; raises `UserError` where it is not there, or is no film."""
    path = place_to_save(wanted.out)
    check_kind(path)
    run = run_called(session, wanted.run)
    steps = _steps(run, wanted)
    say_meant(wanted, session, (run, steps[-1]))
    spec = FilmSpec(**{name: getattr(wanted, name) for name in knobs(FilmSpec)})
    lens = lens_of(Which(session, run, steps[0]), wanted.silence)
    return Filmed(path, spec, lens, picked(steps, spec.frames))


def said(filmed: Filmed) -> str:
    """Return the line that says that the film is there."""
    size = filmed.path.stat().st_size / 1e6
    return f"Saved {shown(filmed.path)}: {len(filmed.steps)} snapshots, {size:.1f} MB"


def show_progress(done: int, total: int) -> None:
    """Tell a person, not a file, how far it is."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{done} of {total} snapshots   ", end=end, file=sys.stderr, flush=True)


def _steps(run: Run, wanted: argparse.Namespace) -> list[int]:
    first, last = step_called(run, wanted.first or FIRST), step_called(run, wanted.last)
    steps = [step for step in sorted(run.moments) if first <= step <= last]
    if len(steps) < FEWEST:
        raise UserError(
            f"A film needs two snapshots at least, and run {run.name} has {len(steps) or 'none'} there.",
            hint="Choose others with --from and --to.",
        )
    return steps


def _film_ideal(wanted: argparse.Namespace, session: Session, filmed: Filmed) -> int:
    from engine.film.writing import write_film
    from engine.ideal.job import IdealImages
    from engine.ideal.over_training import ideal_over_training
    from engine.system.atomic import cannot_save

    spec, neurons = objective(wanted)
    if spec.start == "mean":
        open_data(session, wanted.dataset, filmed.lens.run)
    painted: list[IdealImages] = []
    with interruptible() as interrupted:
        job = ideal_over_training(session, filmed.lens, filmed.steps, spec, neurons)
        for message in until_interrupted(job, interrupted):
            if isinstance(message, IdealImages):
                painted.append(message)
                show_progress(len(painted), len(filmed.steps))
    if interrupted:
        return status_of(interrupted[0])
    frames = _frames(session.run(filmed.lens.run), filmed.spec, painted)
    first = next(frames)
    film = FilmFile.of(filmed.spec, first.size, len(painted))
    try:
        write_film(filmed.path, film, itertools.chain([first], frames))
    except OSError as error:
        raise cannot_save(filmed.path, error) from error
    print(said(filmed), flush=True)
    return 0


def _frames(run: Run, spec: FilmSpec, painted: Sequence[IdealImages]) -> Iterator[Image.Image]:
    """Yield the sheet of each moment, as wide as wanted; in all of them the strongest colour means the same."""
    from PIL import Image

    from engine.ideal.sheet import drawn_sheet, largest, probability_words

    signed = painted[0].spec.pixels == "free"
    most = max(largest(each.images) for each in painted) if signed else 1.0
    for told in painted:
        own = told.wanted if told.layer is None else told.probabilities.argmax(axis=1)
        sheet = drawn_sheet(
            told.images,
            [str(what) for what in told.wanted],
            [
                probability_words(float(row[place]))
                for row, place in zip(told.probabilities, own, strict=True)
            ],
            signed=signed,
            most=most,
            foot=f"Run {isolated(run.label)} · {say_epoch(told.step, run.steps_per_epoch)} · step {told.step:,}",
        )
        high = round(sheet.height * spec.width / sheet.width)
        yield sheet.resize((spec.width, high), Image.Resampling.LANCZOS)


def _flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        type=tab,
        choices=tabs(),
        metavar="WHAT",
        help="ideal: the ideal images, each snapshot's painted to the end from the same start; or what a tab shows: "
        f"{', '.join(sorted(set(tabs()) - {IDEAL}))}",
    )
    add_run(parser)
    parser.add_argument("--from", dest="first", metavar="SNAPSHOT", help=f"{MOMENT_HELP} (default: first)")
    parser.add_argument("--to", dest="last", metavar="SNAPSHOT", help="likewise (default: last)")
    add_silence(parser)
    for each in knobs(FilmSpec).values():
        parser.add_argument(
            flag(each),
            type=checked(each),
            default=each.default,
            metavar=metavar(each),
            help=f"{knob_help(each)[:-1]}; default: {each.default:g})",
        )
    parser.add_argument(
        "--out", required=True, metavar="OUT.webp", help="the film: WebP, GIF or MP4, as the name ends"
    )
    parser.add_argument(
        "--panel",
        metavar="PANEL",
        help="of a tab only one panel, by its title or name (default: the whole tab)",
    )
    parser.add_argument(
        "--look", choices=("light", "dark"), default="light", help="the colours of a tab (default: light)"
    )
    parser.add_argument(
        "--size", type=size, default=SIZE, metavar="WxH", help="of a tab's window (default: 1280x720)"
    )
    add_dataset(parser, "for a tab, and for --start mean; ", of_run=True)
    add_objective(parser)


def _contradiction(wanted: argparse.Namespace) -> str:
    if wanted.what != IDEAL:
        vain = [name for name in ONLY_IDEAL if getattr(wanted, name) not in (None, ())]
        return f"film: --{vain[0].replace('_', '-')} is of use only with ideal" if vain else ""
    of_a_tab = {"panel": wanted.panel, "look": wanted.look == "dark", "size": wanted.size != SIZE}
    if vain := [name for name, is_set in of_a_tab.items() if is_set]:
        return f"film: --{vain[0]} is of use only with a tab of the window"
    return vain_neurons("film", wanted)


COMMAND = Command(
    95,
    "a run's snapshots as a film: WebP, GIF or MP4",
    "A film over training: one frame for each snapshot of a run, of its ideal images or of a tab of the window.",
    _flags,
    film_command,
    _contradiction,
)
