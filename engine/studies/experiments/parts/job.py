"""The job `reproduce`: other processes carry out seeds of experiments, and their runs are gathered in the session."""

import contextlib
import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.core.errors import UserError
from engine.core.language import tr, tr_plural
from engine.core.messages import Job, Message, Notice, Rest, Turns
from engine.data.formats.sample import is_full
from engine.data.sources import MNIST, SAMPLE, mnist_there
from engine.model.training.messages import Member, Parent
from engine.model.training.run import Moments, Run
from engine.session.session import EXPERIMENTS, Session, save_all
from engine.session.store.opening import open_store
from engine.studies.experiments.parts.experiment import MOST_SEEDS, OF_SAMPLE, Experiment, Look, Row, experiment_called
from engine.studies.experiments.parts.kept import as_plain, number_from_plain, picture_from_plain, results_in
from engine.studies.experiments.parts.messages import (
    ExperimentPicture,
    ExperimentProgress,
    ExperimentResult,
    ExperimentStarted,
)
from engine.studies.experiments.parts.trial import Keep, Trial, of_others
from engine.studies.sweep.job import REST_SECONDS, Workers
from engine.studies.sweep.messages import RunGathered
from engine.studies.sweep.processes import Processes, TaskNews, fitting_processes

SOONEST = 0.02  # share of an experiment after which it can be estimated how long the rest takes

# Starts workers for trials, which write into a folder, on the data set of that name (see `open_dataset`).
type MakeWorkers = Callable[[Sequence[Trial], Path, str], Workers]


def processes(trials: Sequence[Trial], folder: Path, dataset: str) -> Workers:
    """Start as many processes on this machine as fit, one core each."""
    return Processes(trials, folder, dataset, fitting_processes(), "engine.studies.experiments.parts.trial")


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
    """Carry out each of these experiments with each seed; their runs join the session, a group for each experiment.

    By default the seeds are 1 to the experiment's number. The data are MNIST if it is on this computer, else the
    embedded sample; with `own_data` those that are open. Yields `ExperimentStarted`, `ExperimentProgress` and
    `ExperimentPicture`, and after each seed `RunGathered` for its runs and the `ExperimentResult` of the seeds so far,
    which the session stores with the `predicted` choice. All moments of the first seed's runs are kept, of the others'
    the first and the last. It ends if another session is opened. A turn may wait `wait_seconds` for news of the
    workers. Raises `UserError` if there is no such experiment, or its data cannot be read.
    """
    if len(seeds) > MOST_SEEDS:
        raise UserError(
            tr_plural("{count} seed is too many.", "{count} seeds are too many.", len(seeds)),
            hint=tr("Name {most} at most.", most=MOST_SEEDS),
        )
    experiments = {name: experiment_called(name) for name in names}
    dataset, remark = _data(session, own_data=own_data)
    plans = [
        _Plan(session, name, experiment, sorted(set(seeds)) or range(1, experiment.seeds + 1), predicted, remark)
        for name, experiment in experiments.items()
    ]
    yield from _Reproduction(session, plans, keep_runs=keep_runs).run(make_workers or processes, dataset, wait_seconds)


def _data(session: Session, *, own_data: bool) -> tuple[str, str]:
    """Return the name of the data for workers, and a remark on them."""
    opened = session.dataset
    if opened is not None and (own_data or is_full(opened)):
        if opened.examples:
            sentence = tr("An experiment cannot be carried out on data with examples of one's own.")
            raise UserError(sentence, hint=tr("Look at a run that was not taught any."))
        return opened.wanted or SAMPLE, of_others(opened)
    return (MNIST, "") if mnist_there() else (SAMPLE, OF_SAMPLE)


@dataclass(slots=True)
class _Done:
    """The result of a finished seed in plain values, and the names of its runs in the session by those in its file."""

    report: dict[str, Any]
    runs: dict[str, str]


@dataclass(slots=True, eq=False)
class _Plan:
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
    started: float | None = None
    # The time of a seed's first report, and the share then: before it, TensorFlow and the data were loaded.
    first_report: tuple[float, float] | None = None
    before: ExperimentResult | None = None  # the session's result of an earlier time

    def __post_init__(self) -> None:
        self.group = self.session.free_group(self.experiment.title)
        self.before = results_in(self.session.view, {self.name: self.experiment}).get(self.name)

    def start(self) -> Job:
        """Announce it, once."""
        if self.started is None:
            self.started = time.monotonic()
            yield ExperimentStarted(experiment=self.name, group=self.group, remark=self.remark)

    def progress(self, words: str) -> ExperimentProgress:
        """Return the progress of all seeds together."""
        ended = len(self.done) + len(self.refused)
        running = sum(share for seed, share in self.shares.items() if seed not in self.done | self.refused)
        share = (ended + running) / len(self.seeds)
        now = time.monotonic()
        self.first_report = self.first_report or (now, share)
        seconds, passed = now - self.first_report[0], share - self.first_report[1]
        left = seconds * (1 - share) / passed if passed >= SOONEST else None
        return ExperimentProgress(experiment=self.name, share=share, words=words, seconds_left=left)

    def result(self) -> ExperimentResult:
        """Return the result of the finished seeds."""
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
            seconds=time.monotonic() - (self.started or time.monotonic()),
            processor=math.fsum(report["processor"] for report in reports),
            seeds=tuple(seeds),
            is_whole=self.is_whole,
            predicted=self.predicted,
        )

    @property
    def is_whole(self) -> bool:
        """Whether all its seeds are finished, or refused."""
        return len(self.done) + len(self.refused) == len(self.seeds)

    def stored_result(self) -> ExperimentResult:
        """Return the result so far, and store it, unless one of an earlier time has more seeds."""
        result = self.result()
        if self.before is None or self.is_whole:
            stored = self.session.view.get(EXPERIMENTS)
            results = stored if isinstance(stored, Mapping) else {}
            self.session.keep_part(EXPERIMENTS, {**results, self.name: as_plain(result)})
        return result


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
                    for item in news:
                        yield from self._take(item, folder)
                        left -= item.done or bool(item.refused)
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
            yield Notice(
                sentence=tr(
                    "{experiment}, seed {seed}: {reason}",
                    experiment=tr(plan.experiment.title),
                    seed=trial.seed,
                    reason=news.refused,
                )
            )
            if plan.done:
                yield plan.stored_result()
        elif "share" in news.report:
            plan.shares[trial.seed] = news.report["share"]
            yield plan.progress(
                tr("Seed {seed}: {words}", seed=trial.seed, words=plan.experiment.say(news.report["words"]))
            )
        elif trial.seed == plan.seeds[0]:
            yield ExperimentPicture(experiment=plan.name, picture=picture_from_plain(news.report["picture"]))

    def _gather(self, trial: Trial, plan: _Plan, report: dict[str, Any], folder: Path) -> Job:
        session = self._session
        runs = (yield from _read(trial.file(folder))) if trial.keep else {}
        if session.runs is not self._runs:
            return
        number = sum(len(seed.runs) for seed in plan.done.values())
        messages = list[Message]()
        names: dict[str, str] = {}
        for place, (name, run) in enumerate(runs.items()):
            session.adopt(run)
            names[name] = run.name
            run.title = f"{run.title}, seed {trial.seed}"  # no text, as it is kept
            run.member = Member(plan.group, number + place)
            run.parent, run.taught_from = _renamed(run.parent, names), _renamed(run.taught_from, names)
            messages.append(RunGathered(summary=run.summary()))
        plan.done[trial.seed] = _Done(report, names)
        messages += [plan.stored_result(), plan.progress(tr("Seed {seed} is finished", seed=trial.seed))]
        try:
            yield from save_all(session, list(names.values()))
            while messages:
                yield messages.pop(0)
        finally:
            session.post_later(messages)  # it was stopped


def _renamed(parent: Parent | None, names: Mapping[str, str]) -> Parent | None:
    return parent and parent._replace(run=names[parent.run])


def _read(file: Path) -> Turns[dict[str, Run]]:
    """Return the runs of a trial's file by their names in it, with all moments in memory, and delete the file."""
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
