"""The job `reproduce`: seeds of experiments are carried out by processes beside, and gathered in the session."""

from __future__ import annotations

import contextlib
import math
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.core.errors import UserError
from engine.core.messages import Job, Message, Notice, Rest
from engine.data.formats.unseen import is_full
from engine.data.sources import MNIST, SAMPLE, mnist_there
from engine.model.training.messages import Member
from engine.model.training.run import Moments
from engine.session.session import EXPERIMENTS, save_runs
from engine.session.store.opening import open_store
from engine.studies.experiments.parts.experiment import Look, Row, experiment_called
from engine.studies.experiments.parts.interval import MOST_SEEDS
from engine.studies.experiments.parts.kept import as_plain, number_from_plain, picture_from_plain, results_in
from engine.studies.experiments.parts.messages import (
    ExperimentPicture,
    ExperimentProgress,
    ExperimentResult,
    ExperimentStarted,
)
from engine.studies.experiments.parts.trial import OF_OTHERS, Trial, of_others
from engine.studies.sweep.job import REST_SECONDS, free_group
from engine.studies.sweep.messages import RunGathered
from engine.studies.sweep.processes import Processes, fitting_processes

if TYPE_CHECKING:
    from engine.model.training.messages import Parent
    from engine.model.training.run import Run
    from engine.session.session import Session
    from engine.studies.experiments.parts.experiment import Experiment
    from engine.studies.experiments.parts.trial import Keep
    from engine.studies.sweep.job import Workers
    from engine.studies.sweep.processes import TaskNews

PROGRAM = ["-m", "engine.studies.experiments.parts.worker"]

SOONEST = 0.02
"""Share of an experiment after which it can be estimated how long the rest takes."""

OF_SAMPLE = "the embedded MNIST sample"

type MakeWorkers = Callable[[Sequence[Trial], Path, str], Workers]
"""Starts workers for trials, which write into a folder, on the data set of that name (see `open_dataset`)."""


def processes(trials: Sequence[Trial], folder: Path, dataset: str) -> Workers:
    """Start as many processes of this machine as fit: one core carries out one trial after the other."""
    return Processes(trials, folder, dataset, fitting_processes(), PROGRAM)


def reproduce(
    session: Session,
    names: Sequence[str],
    *,
    seeds: Sequence[int] = (),
    own_data: bool = False,
    predicted: int | None = None,
    keep_runs: bool = True,
    make_workers: MakeWorkers | None = None,
    wait_seconds: float = 0.0,
) -> Job:
    """Carry out each of these experiments with each seed; the runs come into the session, as a group of each.

    Without `seeds` they are 1 to the number that the experiment has. All of them are carried out side by side, the
    longest first. The data are MNIST where it is on this computer and else the embedded sample; with `own_data` those
    that are open, which stay open and may be replaced meanwhile. Yields `ExperimentStarted`, `ExperimentProgress` and
    `ExperimentPicture`, and after each seed `RunGathered` for its runs and the `ExperimentResult` of the seeds so far.
    The session keeps that with the window's state, and with it which choice was `predicted`: also where the job is
    stopped later. All moments are kept of the first seed's runs, of the others' the first and the last. Where another
    session is opened it ends. A turn may wait `wait_seconds` for news of the workers. Raises `UserError` where there is
    no such experiment, or its data cannot be read.
    """
    if len(seeds) > MOST_SEEDS:
        raise UserError(f"{len(seeds)} seeds are too many.", hint=f"Name {MOST_SEEDS} at most.")
    found = {name: experiment_called(name) for name in names}
    dataset, remark = _data(session, own_data=own_data)
    plans = [
        _Plan(
            session, name, experiment, sorted(set(seeds)) or range(1, experiment.seeds + 1), predicted, remark
        )
        for name, experiment in found.items()
    ]
    yield from _Reproduction(session, plans, keep_runs=keep_runs).run(
        make_workers or processes, dataset, wait_seconds
    )


def _data(session: Session, *, own_data: bool) -> tuple[str, str]:
    """Return what workers find the data by, and what a person should know of them."""
    opened = session.dataset
    if opened is not None and (own_data or is_full(opened)):
        if opened.examples:
            raise UserError(
                "An experiment cannot be carried out on data with examples of one's own.",
                hint="Look at a run that was not taught any.",
            )
        return opened.wanted or SAMPLE, of_others(opened)
    return (MNIST, "") if mnist_there() else (SAMPLE, OF_OTHERS.format(OF_SAMPLE))


@dataclass(slots=True)
class _Done:
    """What a finished seed came to, in plain values, and its runs by their names in the session."""

    report: dict[str, Any]
    runs: dict[str, str]


@dataclass(slots=True, eq=False)
class _Plan:
    """One experiment, its seeds, and how far they are."""

    session: Session
    name: str
    experiment: Experiment
    seeds: Sequence[int]
    predicted: int | None
    remark: str
    group: str = field(init=False)
    done: dict[int, _Done] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    shares: dict[int, float] = field(default_factory=dict)
    begun: float | None = None
    first_report: tuple[float, float] | None = None
    """When a seed first said how far it is, and the share then: before, TensorFlow and the data came."""
    before: ExperimentResult | None = None
    """What the session keeps of an earlier time."""

    def __post_init__(self) -> None:
        self.group = free_group(self.session, self.experiment.title)
        self.before = results_in(self.session.view, {self.name: self.experiment}).get(self.name)

    def start(self) -> Job:
        """Announce it, once."""
        if self.begun is None:
            self.begun = time.monotonic()
            yield ExperimentStarted(experiment=self.name, group=self.group, remark=self.remark)

    def progress(self, words: str) -> ExperimentProgress:
        """Return how far all seeds are together."""
        ended = len(self.done) + len(self.refused)
        going = sum(share for seed, share in self.shares.items() if seed not in self.done | self.refused)
        share = (ended + going) / len(self.seeds)
        now = time.monotonic()
        self.first_report = self.first_report or (now, share)
        took, passed = now - self.first_report[0], share - self.first_report[1]
        left = took * (1 - share) / passed if passed >= SOONEST else None
        return ExperimentProgress(experiment=self.name, share=share, words=words, seconds_left=left)

    def result(self) -> ExperimentResult:
        """Return what the finished seeds came to."""
        seeds = sorted(self.done)
        first = self.done[seeds[0]]
        reports = [self.done[seed].report for seed in seeds]
        tab, run, step = first.report["look"]
        remark = first.report["remark"]
        return ExperimentResult(
            experiment=self.name,
            group=self.group,
            rows=tuple(
                Row(
                    figure=figure,
                    seeds=tuple(number_from_plain(report["here"][place]) for report in reports),
                    resolution=max(report["resolution"][place] for report in reports),
                    of_paper=not remark,
                )
                for place, figure in enumerate(self.experiment.figures)
            ),
            picture=picture_from_plain(first.report["picture"]),
            verdict=first.report["verdict"],
            remark=remark,
            look=Look(tab=tab, run=first.runs.get(run, run), step=step),
            runs=tuple(name for seed in self.done.values() for name in seed.runs.values()),
            seconds=time.monotonic() - (self.begun or time.monotonic()),
            processor=math.fsum(report["processor"] for report in reports),
            seeds=tuple(seeds),
            is_whole=self.is_whole,
            predicted=self.predicted,
        )

    @property
    def is_whole(self) -> bool:
        """Whether all its seeds are finished, or refused."""
        return len(self.done) + len(self.refused) == len(self.seeds)

    def kept_result(self) -> ExperimentResult:
        """Return what the finished seeds came to, which the session keeps then.

        It does so of all seeds, or of the finished ones where there is nothing of an earlier time.
        """
        result = self.result()
        if self.before is None or self.is_whole:
            self.session.keep_part(EXPERIMENTS, {**self._kept(), self.name: as_plain(result)})
        return result

    def _kept(self) -> Mapping[str, Any]:
        known = self.session.view.get(EXPERIMENTS)
        return known if isinstance(known, Mapping) else {}


class _Reproduction:
    def __init__(self, session: Session, plans: Sequence[_Plan], *, keep_runs: bool) -> None:
        self._session, self._runs = session, session.runs
        longest_first = sorted(plans, key=lambda plan: -plan.experiment.seconds)
        self._plans: list[_Plan] = []
        self._trials: list[Trial] = []
        for plan in longest_first:
            for seed in plan.seeds:
                keep: Keep = "" if not keep_runs else "all" if seed == plan.seeds[0] else "ends"
                self._trials.append(Trial(len(self._trials), plan.name, seed, keep))
                self._plans.append(plan)

    def run(self, make_workers: MakeWorkers, dataset: str, wait_seconds: float) -> Job:
        yield from self._plans[0].start()
        with tempfile.TemporaryDirectory(prefix="layerlight", ignore_cleanup_errors=True) as name:
            folder, left = Path(name), len(self._trials)
            with contextlib.closing(make_workers(self._trials, folder, dataset)) as workers:
                while left and self._session.runs is self._runs:
                    news = workers.news(wait_seconds)
                    for each in news:
                        yield from self._take(each, folder)
                        left -= each.done or bool(each.refused)
                    if not (news or wait_seconds):
                        yield Rest(seconds=REST_SECONDS)
                    else:
                        yield None
        for plan in dict.fromkeys(self._plans):
            if plan.refused and not plan.done:
                raise UserError(next(iter(plan.refused.values())))

    def _take(self, news: TaskNews, folder: Path) -> Job:
        trial, plan = self._trials[news.number], self._plans[news.number]
        yield from plan.start()
        if news.done:
            yield from self._gather(trial, plan, news.report, folder)
        elif news.refused:
            plan.refused[trial.seed] = news.refused
            yield Notice(sentence=f"{plan.experiment.title}, seed {trial.seed}: {news.refused}")
            if plan.done:
                yield plan.kept_result()
        elif "share" in news.report:
            plan.shares[trial.seed] = news.report["share"]
            yield plan.progress(f"Seed {trial.seed}: {news.report['words']}")
        elif trial.seed == plan.seeds[0]:
            yield ExperimentPicture(experiment=plan.name, picture=picture_from_plain(news.report["picture"]))

    def _gather(self, trial: Trial, plan: _Plan, report: dict[str, Any], folder: Path) -> Job:
        session = self._session
        runs = (yield from _read(trial.file(folder))) if trial.keep else {}
        if session.runs is not self._runs:
            return
        number = sum(len(seed.runs) for seed in plan.done.values())
        untold = list[Message]()
        names: dict[str, str] = {}
        for place, (name, run) in enumerate(runs.items()):
            session.adopt(run)
            names[name] = run.name
            run.title = f"{run.title}, seed {trial.seed}"
            run.member = Member(plan.group, number + place)
            run.parent, run.taught_from = _renamed(run.parent, names), _renamed(run.taught_from, names)
            untold.append(RunGathered(summary=run.summary()))
        plan.done[trial.seed] = _Done(report, names)
        untold += [plan.kept_result(), plan.progress(f"Seed {trial.seed} is finished")]
        try:
            yield from save_runs(session, list(names.values()))
            while untold:
                yield untold.pop(0)
        finally:
            session.post_later(untold)  # it was stopped


def _renamed(parent: Parent | None, names: Mapping[str, str]) -> Parent | None:
    return parent and parent._replace(run=names[parent.run])


def _read(file: Path) -> Generator[None, object, dict[str, Run]]:
    """Return the runs of a trial's file by their names there, with all moments in memory, and delete the file."""
    opened = yield from open_store(file, look_only=True)
    try:
        runs = dict(opened.store.load().runs)
        for run in runs.values():
            moments = Moments()
            for step, moment in run.moments.items():
                moments[step] = moment
                yield None
            run.moments = moments
    finally:
        opened.store.close(whole=opened.is_whole)
    file.unlink()
    return runs
