"""The command `sweep`: many trainings, whose runs are gathered in one session."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from engine.cli.parts.command import AnswerWithStatus, Given, Knobs, Row, UsageError, command
from engine.cli.parts.terminal import InterruptedJobError, messages, say, say_notice
from engine.cli.parts.which import Dataset
from engine.core.errors import UserError
from engine.core.language import mark, tr, with_marks
from engine.core.machine.signals import interruptible
from engine.core.messages import Notice
from engine.core.specs import PRESETS, TrainSpec
from engine.core.text import accuracy_words, fitted, in_columns, printable

if TYPE_CHECKING:
    from engine.model.training.messages import RunSummary
    from engine.studies.sweep.job import MakeWorkers
    from engine.studies.sweep.plan import Plan

SLURM, RAY = "slurm", "ray"
LONGEST_NAME = 100  # letters of a sweep's name; the rest is cut
WAIT_SECONDS = 0.2  # how long a turn waits for news; signals are handled at its end


@command(11, mark("train many networks"))
def sweep_command(
    *,
    preset: Annotated[str | None, tuple(PRESETS)] = None,
    over: Sequence[str] = (),
    session: Path,
    name: str | None = None,
    on: str | None = None,
    resume: bool = False,
    dataset: Dataset = None,
    json: Annotated[bool, "print one JSON object per finished run"] = False,
    settings: Annotated[Given, Knobs(TrainSpec, None)],
) -> AnswerWithStatus:
    """Train one network for each combination of settings, several at a time, and gather all runs in one session.

    preset: the settings to start from (default: quick)
    over SETTING=VALUES: a setting and its values, such as seed=1..8 or layers=10,50,300-100 (the layers of one network
        are joined by -); named several times: all combinations
    session FILE: the session that gets the runs, made if need be
    name: what the sweep is called (default: its settings)
    on WHERE: a number of processes of this computer (default: as many as cores and memory allow), slurm, or
        ray://HOST:PORT
    resume: go on with the sweep of the session that was interrupted
    """
    if resume and (over or preset or dataset or name or settings):
        raise UsageError(tr("--resume: the sweep goes on with its own settings and data"))
    if not resume and not over:
        raise UsageError(tr("--over is missing: name a setting and its values, such as seed=1..8"))
    from engine.cli.parts.train_session import session_at
    from engine.session.store.places import sweep_folder
    from engine.studies.sweep.job import distinct, sweep
    from engine.studies.sweep.messages import RunGathered, SweepEnded, TaskRefused
    from engine.studies.sweep.plan import Plan

    path = session.absolute()
    folder = sweep_folder(path)
    # Signals are heard until the session is closed, since a terminal that goes away sends several of them.
    with interruptible() as interrupted:
        if resume:
            plan = Plan.read(folder)
        else:
            plan = _plan(path.name, folder, name, PRESETS[preset or "quick"].spec.but(**settings), over, dataset)
        make_workers = workers_for(on)
        opened = session_at(path)
        status, gathered = 0, 0
        try:
            if not resume:
                plan = distinct(plan, opened)
            over_all = ", ".join(plan.over)
            yield Row(None, tr("{runs:,} runs over {settings}.", runs=len(plan), settings=over_all))
            job = sweep(opened, plan, folder, make_workers, wait_seconds=WAIT_SECONDS)
            for message in messages(job, interrupted, with_tensorflow=False):
                if isinstance(message, Notice):
                    say_notice(message)
                elif isinstance(message, RunGathered):
                    gathered += 1
                    yield _row(gathered, message.summary)
                elif isinstance(message, TaskRefused):
                    say(f"{message.title}: {message.sentence}")
                elif isinstance(message, SweepEnded):
                    status = int(message.refused > 0)
                    sentence = mark("{done:,} of {runs:,} runs, {seconds:,.0f} s.")
                    yield Row(None, tr(sentence, done=message.done, runs=len(plan), seconds=message.seconds))
        except InterruptedJobError as signal:
            status = signal.status
        finally:
            runs = [run.summary() for run in opened.runs.values() if run.member and run.member.sweep == plan.name]
            if interrupted:
                sentence = mark("Interrupted: {done} of {runs} runs are finished. Go on with --resume.")
                say(tr(sentence, done=len(runs), runs=len(plan)))
            place = opened.store.path if opened.store else path  # it may have been moved
            is_saved = opened.close()
    if not is_saved:
        say(tr("{file} could not be written; what is missing there lies in {folder}.", file=path.name, folder=folder))
        return status or 1
    if not interrupted:
        yield Row(None, [*_table(plan, runs), tr("Saved in {path}.", path=place)])
    return status


def _plan(
    session: str, folder: Path, name: str | None, spec: TrainSpec, over: Sequence[str], dataset: str | None
) -> Plan:
    """Return what is to be trained; the data are opened here, so that bad ones are refused before a task is made."""
    from engine.data.sources import SAMPLE, open_dataset
    from engine.studies.sweep.plan import FILE, plan

    if (folder / FILE).exists():
        sentence = tr("{file} has a sweep that is not finished.", file=session)
        raise UserError(sentence, hint=tr("Go on with it by --resume, or delete the folder {folder}.", folder=folder))
    title = printable(name or "")[:LONGEST_NAME] or " × ".join(setting.partition("=")[0].strip() for setting in over)
    planned = plan(title, spec, over, None)
    data, notice = open_dataset(dataset)
    say(notice)
    return dataclasses.replace(planned, dataset=data.wanted or SAMPLE)


def workers_for(on: str | None) -> MakeWorkers:
    """Return the function that starts the workers of `--on`; raises `UserError` if there are none of that name."""
    from engine.studies.sweep.processes import Processes, fitting_processes

    if on is None or (on.isascii() and on.isdecimal()):
        count = int(on) if on else fitting_processes()
        if not 1 <= count <= 1024:
            raise UserError(tr("--on {place}: between 1 and 1024 processes.", place=on))
        return lambda tasks, folder, data: Processes(tasks, folder, data, count)
    from engine.studies.sweep.cluster import Ray, Slurm

    place, is_there, _ = on.partition("://")
    if place == SLURM and not is_there:
        return Slurm
    if place == RAY and is_there:
        return lambda tasks, folder, data: Ray(tasks, folder, data, on)
    raise UserError(
        tr("--on {place} is no place to train.", place=on),
        hint=tr("Write a number of processes, slurm, or ray://host:10001."),
    )


def _row(number: int, run: RunSummary) -> Row:
    """Return the final figures of a run, the `number`-th that is gathered."""
    from engine.model.training.courses import changes_as_plain
    from engine.session.jobs.runs import final_figures

    figures = {"run": run.name, "title": run.title, **final_figures(run)}
    share = figures["test_accuracy"]
    accuracy = tr("no test") if share is None else accuracy_words(share, figures["test_images"])
    facts = {**figures, "settings": run.spec.as_dict(), "changes": changes_as_plain(run)}
    return Row(facts, f"{with_marks(f'{number:>6,}')}  {run.name:<4} {accuracy}  {run.title}")


def _table(plan: Plan, runs: Sequence[RunSummary]) -> Iterator[str]:
    """Yield range, mean and deviation of the final accuracy of the runs that differ only in their seeds."""
    from engine.model.training.courses import beyond_seed

    names = [name for name in plan.over if name != "seed"]
    groups: dict[str, list[RunSummary]] = {}
    for run in runs:
        if run.last_test:
            title = ", ".join(f"{name} {getattr(run.spec, name)}" for name in names) or tr("all")
            groups.setdefault(title, []).append(run)
    heads = "", tr("runs"), tr("mean"), tr("min"), tr("max"), tr("deviation")
    width = max(map(len, groups), default=0)
    forms = fitted((f"<{width}", ">4", ">7", ">7", ">7", ">9"), [heads])
    yield ""
    yield in_columns(forms, heads)
    for title, members in groups.items():
        values = [test.accuracy for run in members if (test := run.last_test)]
        differs = beyond_seed(members)
        mean = "–" if differs else f"{statistics.fmean(values):.2%}"
        deviation = "–" if differs or len(values) < 2 else f"{statistics.stdev(values):.2%}"
        why = f"  {tr('not repetitions: {settings} differ', settings=', '.join(differs))}" if differs else ""
        figures = f"{len(values)}", mean, f"{min(values):.2%}", f"{max(values):.2%}", deviation
        yield in_columns(forms, (title, *map(with_marks, figures))) + why
