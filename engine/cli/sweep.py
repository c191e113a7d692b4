"""The command `sweep`: many trainings, whose runs are gathered in one session."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.base.errors import UserError
from engine.base.knobs import knobs
from engine.base.messages import Job, Message, Notice
from engine.base.numbers import accuracy_words
from engine.base.specs import PRESETS, TrainSpec
from engine.base.text import printable
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset, add_json, checked, flag, knob_help, metavar
from engine.cli.parts.terminal import say
from engine.system.folders import as_path
from engine.system.signals import interruptible, status_of

if TYPE_CHECKING:
    from engine.sweep.job import MakeWorkers
    from engine.sweep.plan import Plan
    from engine.training.messages import RunSummary

SLURM, RAY = "slurm", "ray"

LONGEST_NAME = 100
"""Letters of a sweep's name that are kept."""

WAIT_SECONDS = 0.2
"""How long a turn waits for news; a signal is heard of at its end."""


def sweep_command(wanted: argparse.Namespace) -> int:
    """Train as asked and return the exit status; Ctrl-C and its like keep what is finished."""
    from engine.cli.parts.train_session import session_at
    from engine.store.places import sweep_folder
    from engine.sweep.job import distinct, sweep

    path = as_path(wanted.session).absolute()
    folder = sweep_folder(path)
    with interruptible() as interrupted:
        made = _plan(wanted, path, folder)
        make_workers = workers_for(wanted.on)
        session = session_at(path)
        if not wanted.resume:
            made = distinct(made, session)
        teller = _Json() if wanted.json else _Lines(made)
        try:
            status = _run(
                sweep(session, made, folder, make_workers, wait_seconds=WAIT_SECONDS), teller, interrupted
            )
            runs = [
                run.summary() for run in session.runs.values() if run.member and run.member.sweep == made.name
            ]
            if interrupted:
                say(f"Interrupted: {len(runs)} of {len(made)} runs are finished. Go on with --resume.")
        finally:
            is_saved = session.close()
    if not is_saved:
        say(f"{path.name} could not be written; what is missing there lies in {folder}.")
        return status or 1
    if not interrupted:
        teller.tell_end(runs, path)
    return status


def _plan(wanted: argparse.Namespace, session: Path, folder: Path) -> Plan:
    """Return what is to be trained: that of the flags, or with `--resume` that of the folder.

    The data are opened once here: what cannot be read is refused before anything is made, and workers run elsewhere,
    where a relative path would lead to something else.
    """
    from engine.data.sources import SAMPLE, open_dataset
    from engine.sweep.plan import FILE, Plan, plan

    if wanted.resume:
        return Plan.read(folder)
    if (folder / FILE).exists():
        raise UserError(
            f"{session.name} has a sweep that is not finished.",
            hint=f"Go on with it by --resume, or delete the folder {folder}.",
        )
    given = {name: getattr(wanted, name) for name in knobs(TrainSpec) if getattr(wanted, name) is not None}
    spec = PRESETS[wanted.preset or "quick"].spec.but(**given)
    name = printable(wanted.name or "")[:LONGEST_NAME] or " × ".join(
        over.partition("=")[0].strip() for over in wanted.over
    )
    made = plan(name, spec, wanted.over, None)
    data, notice = open_dataset(wanted.dataset)
    if notice:
        say(notice)
    return dataclasses.replace(made, dataset=data.wanted or SAMPLE)


def workers_for(on: str | None) -> MakeWorkers:
    """Return what makes the workers that `--on` names; raises `UserError` where it names none."""
    from engine.sweep.processes import Processes, fitting_processes

    if on is None or (on.isascii() and on.isdecimal()):
        count = int(on) if on else fitting_processes()
        if not 1 <= count <= 1024:
            raise UserError(f"--on {on}: between 1 and 1024 processes.")
        return lambda tasks, folder, data: Processes(tasks, folder, data, count)
    from engine.sweep.cluster import Ray, Slurm

    place, is_there, _ = on.partition("://")
    if place == SLURM and not is_there:
        return Slurm
    if place == RAY and is_there:
        return lambda tasks, folder, data: Ray(tasks, folder, data, on)
    raise UserError(
        f"--on {on} is no place to train.", hint="Write a number of processes, slurm, or ray://host:10001."
    )


def _run(job: Job, teller: _Json | _Lines, interrupted: list[int]) -> int:
    from engine.sweep.messages import SweepEnded

    status = 0
    with contextlib.closing(job) as turns:
        for message in turns:
            if isinstance(message, Notice):
                say(f"{message.sentence} {message.hint}".strip())
            elif message is not None:
                teller.tell(message)
            if isinstance(message, SweepEnded):
                status = int(message.refused > 0)
            if interrupted:
                return status_of(interrupted[0])
    return status


def _row(run: RunSummary) -> dict[str, Any]:
    """Return the final figures of a run."""
    from engine.session.run_jobs import final_figures

    return {"run": run.name, "title": run.title, **final_figures(run)}


class _Json:
    """One JSON object per finished run on stdout; what a person should know goes to stderr."""

    def tell(self, message: Message) -> None:
        from engine.sweep.messages import RunGathered, TaskRefused
        from engine.training.courses import changes_as_plain

        if isinstance(message, RunGathered):
            run = message.summary
            more = {"settings": run.spec.as_dict(), "changes": changes_as_plain(run)}
            print(json.dumps({**_row(run), **more}, allow_nan=False), flush=True)
        elif isinstance(message, TaskRefused):
            say(f"{message.title}: {message.sentence}")

    def tell_end(self, runs: Sequence[RunSummary], path: Path) -> None:
        """Print nothing: each line is a run."""


class _Lines:
    """A line per finished run, and a table of all settings but the seed at the end."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._told = plan, 0
        print(f"{len(plan):,} runs over {', '.join(plan.over)}.", flush=True)

    def tell(self, message: Message) -> None:
        from engine.sweep.messages import RunGathered, SweepEnded, TaskRefused

        if isinstance(message, RunGathered):
            self._told += 1
            row = _row(message.summary)
            share, images = row["test_accuracy"], row["test_images"]
            accuracy = "no test" if share is None else accuracy_words(share, images)
            print(f"{self._told:>6,}  {row['run']:<4} {accuracy}  {row['title']}", flush=True)
        elif isinstance(message, TaskRefused):
            say(f"{message.title}: {message.sentence}")
        elif isinstance(message, SweepEnded):
            print(f"{message.done:,} of {len(self._plan):,} runs, {message.seconds:,.0f} s.", flush=True)

    def tell_end(self, runs: Sequence[RunSummary], path: Path) -> None:
        """Print range, and mean and deviation, of the final accuracy of those that differ in nothing but the seed."""
        from engine.training.courses import beyond_seed

        names = [name for name in self._plan.over if name != "seed"]
        groups: dict[str, list[RunSummary]] = {}
        for run in runs:
            if run.last_test:
                title = ", ".join(f"{name} {getattr(run.spec, name)}" for name in names) or "all"
                groups.setdefault(title, []).append(run)
        width = max(map(len, groups), default=0)
        print(f"\n{'':<{width}}  runs     mean      min      max  deviation")
        for title, members in groups.items():
            values = [test.accuracy for run in members if (test := run.last_test)]
            differs = beyond_seed(members)
            mean = "–" if differs else f"{statistics.fmean(values):.2%}"
            deviation = "–" if differs or len(values) < 2 else f"{statistics.stdev(values):.2%}"
            why = f"  not repetitions: {', '.join(differs)} differ" if differs else ""
            print(
                f"{title:<{width}}  {len(values):>4}  {mean:>7}  {min(values):7.2%}  {max(values):7.2%}  "
                f"{deviation:>9}{why}"
            )
        print(f"Saved in {path}.")


def _flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--preset", choices=tuple(PRESETS), help="the settings to start from (default: quick)"
    )
    parser.add_argument(
        "--over",
        action="append",
        default=[],
        metavar="SETTING=VALUES",
        help="a setting and its values, such as seed=1..8 or layers=10,50,300-100 (the layers of one network are "
        "joined by -); named several times: all combinations",
    )
    parser.add_argument(
        "--session", metavar="FILE", required=True, help="the session that gets the runs, made if need be"
    )
    parser.add_argument("--name", help="what the sweep is called (default: its settings)")
    parser.add_argument(
        "--on",
        metavar="WHERE",
        help="a number of processes of this computer (default: as many as cores and memory allow), slurm, or "
        "ray://HOST:PORT",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the sweep of the session that was interrupted"
    )
    add_dataset(parser)
    add_json(parser, "print one JSON object per finished run")
    for each in knobs(TrainSpec).values():
        parser.add_argument(flag(each), type=checked(each), metavar=metavar(each), help=knob_help(each))


def _contradiction(wanted: argparse.Namespace) -> str:
    if wanted.resume:
        given = [name for name in knobs(TrainSpec) if getattr(wanted, name) is not None]
        if wanted.over or wanted.preset or wanted.dataset or wanted.name or given:
            return "--resume: the sweep goes on with its own settings and data"
        return ""
    return "" if wanted.over else "--over is missing: name a setting and its values, such as seed=1..8"


COMMAND = Command(
    11,
    "train many networks",
    "Train one network for each combination of settings, several at a time, and gather all runs in one session.",
    _flags,
    sweep_command,
    _contradiction,
)
"""What commands share, and what is too heavy to be imported for `--help`."""
