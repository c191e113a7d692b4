"""The command `film`: a run's snapshots as a film, of the ideal images or of what a tab of the window shows."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Annotated, Literal

from engine.cli.code import TABS
from engine.cli.ideal import Objective
from engine.cli.parts import which
from engine.cli.parts.command import Answer, Given, Knobs, Place, UsageError, command, saved
from engine.cli.parts.terminal import messages, show_progress
from engine.core.errors import UserError
from engine.core.language import mark, tr, tr_plural
from engine.core.text import isolated, say_epoch
from engine.export.film.settings import FEWEST, FilmFile, FilmSpec, check_kind, picked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from PIL import Image

    from engine.analysis.ideal.job import IdealImages
    from engine.core.lens import Lens
    from engine.model.training.run import Run
    from engine.session.session import Session

IDEAL = "ideal"  # the one subject that is drawn without the window
SIZE = 1280, 720
OF_TABS = ", ".join(sorted({*TABS} - {IDEAL}))


@command(95, mark("a run's snapshots as a film: WebP, GIF or MP4"))
def film_command(
    what: Annotated[
        str,
        which.tab,
        TABS,
        "WHAT: ideal: the ideal images, each snapshot's painted to the end from the same start; or what a tab shows: "
        f"{OF_TABS}",
    ],
    *,
    of: which.OfRun,
    from_: Annotated[str | None, f"SNAPSHOT: {which.MOMENT_HELP} (default: first)"] = None,
    to: str | None = None,
    silence: which.Silence = None,
    settings: Annotated[Given, Knobs(FilmSpec, "g")],
    out: Place,
    panel: str | None = None,
    look: Literal["light", "dark"] = "light",
    size: which.Size = SIZE,
    dataset: Annotated[str | None, f"DATA: for a tab, and for --start mean; {which.DATASET_HELP}{which.OF_RUN}"] = None,
    objective: Objective,
) -> Answer:
    """A film over training: one frame for each snapshot of a run, of its ideal images or of a tab of the window.

    to SNAPSHOT: likewise (default: last)
    out OUT.webp: the film: WebP, GIF or MP4, as the name ends
    panel PANEL: of a tab only one panel, by its title or name (default: the whole tab)
    look: the colours of a tab (default: light)
    size WxH: of a tab's window (default: 1280x720)
    """
    from engine.session.named import run_called

    if what == IDEAL:
        of_a_tab = {"panel": panel, "look": look == "dark", "size": size != SIZE}
        if vain := [name for name, is_given in of_a_tab.items() if is_given]:
            raise UsageError(tr("film: --{option} is of use only with a tab of the window", option=vain[0]))
        objective.check("film")
    elif vain := objective.given():
        raise UsageError(tr("film: --{option} is of use only with ideal", option=vain[0].replace("_", "-")))
    spec = FilmSpec(**settings)
    check_kind(out)
    file = which.session_path(of.session)
    with which.look_at(file) as session:
        run = run_called(session, of.run)
        steps = _steps(run, from_, to)
        which.say_meant(of.session, session, (run, steps[-1]))
        lens = which.lens_of(which.Which(session, run, steps[0]), silence)
        filmed = picked(steps, spec.frames)
        if what == IDEAL:
            _film_ideal(session, lens, filmed, dataset, objective, spec, out)
    if what != IDEAL:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        from gui.stage.figure import View, make_film

        place = file.absolute()
        view = View(tab=what, panel=panel, session=place, lens=lens, dataset=dataset, look=look, size=size)
        make_film(out, spec, view, run.name, filmed, _show_progress)
    count = tr_plural("{count:,} snapshot", "{count:,} snapshots", len(filmed))
    yield saved(out, f": {tr('{snapshots}, {size:.1f} MB', snapshots=count, size=out.stat().st_size / 1e6)}")


def _show_progress(done: int, total: int) -> None:
    show_progress(
        tr_plural("{done} of {count} snapshots", "{done} of {count} snapshots", total, done=done), is_done=done == total
    )


def _steps(run: Run, from_: str | None, to: str | None) -> list[int]:
    from engine.session.named import FIRST, step_called

    first, last = step_called(run, from_ or FIRST), step_called(run, to)
    steps = [step for step in sorted(run.moments) if first <= step <= last]
    if len(steps) < FEWEST:
        words = tr("A film needs two snapshots at least, and run {run} has none there.", run=run.name)
        if steps:
            words = tr("A film needs two snapshots at least, and run {run} has 1 there.", run=run.name)
        raise UserError(words, hint=tr("Choose others with --from and --to."))
    return steps


def _film_ideal(
    session: Session,
    lens: Lens,
    steps: Sequence[int],
    dataset: str | None,
    objective: Objective,
    film: FilmSpec,
    out: Path,
) -> None:
    from engine.analysis.ideal.job import IdealImages, ideal_over_training
    from engine.core.machine.atomic import saving
    from engine.export.film.writing import write_film
    from engine.session.jobs.export import keep_inputs

    keep_inputs(session, out)
    spec = objective.spec()
    if spec.start == "mean":
        which.open_data(session, dataset, lens.run)
    painted: list[IdealImages] = []
    for message in messages(ideal_over_training(session, lens, steps, spec, objective.of_neurons())):
        if isinstance(message, IdealImages):
            painted.append(message)
            _show_progress(len(painted), len(steps))
    frames = _frames(session.run(lens.run), film, painted)
    first = next(frames)
    with saving(out):
        write_film(out, FilmFile.of(film, first.size, len(painted)), itertools.chain([first], frames))


def _frames(run: Run, spec: FilmSpec, painted: Sequence[IdealImages]) -> Iterator[Image.Image]:
    """Yield the sheet of each snapshot in the film's width, all with one colour scale."""
    from PIL import Image

    from engine.analysis.ideal.sheet import largest

    signed = painted[0].spec.pixels == "free"
    most = max(largest(images.images) for images in painted) if signed else 1.0
    for images in painted:
        foot = tr(
            "Run {run} · {epoch} · step {step:,}",
            run=isolated(run.label),
            epoch=say_epoch(images.step, run.steps_per_epoch),
            step=images.step,
        )
        sheet = images.sheet(most=most, foot=foot)
        high = round(sheet.height * spec.width / sheet.width)
        yield sheet.resize((spec.width, high), Image.Resampling.LANCZOS)
