"""The job `split`: two runs that differ in one setting, the twins, are trained in turns, as one job.

Each is an ordinary training that does not know of the other, with the same figures, bit for bit, as alone.
"""
# Each twin has its own learner: exchanging weights in one would save a second of compiling, but cost 5 % of each turn.

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from engine.core.errors import NotYetError
from engine.core.knobs import in_sentence
from engine.core.language import untranslated
from engine.core.machine.device import Choice
from engine.core.messages import Changes, Job, Message
from engine.core.runner import failure_of
from engine.core.specs import TrainSpec
from engine.model.training import messages
from engine.model.training.changed import Changed
from engine.model.training.room import question_of_both
from engine.session.jobs.train import RunStart, Training, learned_from, origin
from engine.session.session import Session, tell


def split(
    session: Session,
    spec: TrainSpec,
    changed: Changed,
    parent: messages.Parent | None = None,
    on: Choice = "auto",
    *,
    of: str = "",
    large: bool = False,
    is_only_asked: bool = False,
) -> Job:
    """Train two new runs, one with `spec` and its twin with one setting changed, on the same batches, as one group.

    They start from initial weights, or from the moment `parent` of another run, as in `train`. `of` is the run that
    they are twins of: they learn from its data, otherwise from the open ones; without `parent` they start as it did.

    The run with fewer epochs has the next turn. Yields the messages of both, as `TwinsStepped` and `TwinsTested` if the
    other one has come as far. Changes go to both, those of the changed setting only to the changed twin. If one ends or
    fails, the other continues; a failure yields a `JobFailed` and a `RunFinished`. Raises what `train` and
    `Changed.check` raise; the question about memory is for both.
    """
    moment = parent
    if parent is None and of:
        run = session.run(of)
        if run.parent is not None:
            moment = messages.Parent(of, run.step_at(run.parent.step))
        elif run.taught_from is not None:
            moment = messages.Parent(of, min(run.moments))
    changed.check(spec, on_the_way=moment is not None)
    of_run = of or (moment.run if moment else "")
    of_run = f" of {of_run}" if of_run else ""  # no text
    with untranslated():
        group = session.free_group(f"Split{of_run}: {in_sentence(changed.knob.title)}")  # no text, as it is kept
    trainings = []
    for number, own in enumerate((spec, changed.applied(spec))):
        if moment is not None:
            start: RunStart = origin(session, own, moment)
        else:
            start = RunStart(data=learned_from(session, session.run(of)) if of else session.data())
        # Without refusing one alone, as the sentence is about both together.
        twin = changed.title(own), messages.Member(group, number)
        trainings.append(Training(session, own, start, on, large=True, is_only_asked=True, twin=twin))
    question = question_of_both([training.needs for training in trainings], on, refuses=not is_only_asked)
    if question and not large:
        asked = messages.MemoryAsked(sentence=question, spec=spec, parent=parent, on=on, changed=changed, of=of)
        return tell([asked])
    if is_only_asked:
        return tell([])
    return _Turns(trainings, changed.setting).run()


# Does these checks while another run is still in memory, as `train.ask_first` does.
ask_first = partial(split, is_only_asked=True)


@dataclass(slots=True, eq=False)
class _Twin:
    job: Job
    run: str = ""
    is_running: bool = True
    is_started: bool = False
    step: int = 0
    steps_per_epoch: int = 1
    tested: int = 0  # the last epoch that was tested
    changes: dict[str, float | str] = field(default_factory=dict)  # changes that it has not received yet

    @property
    def progress(self) -> tuple[float, int]:
        """The number of epochs, and the last tested epoch."""
        return self.step / self.steps_per_epoch, self.tested

    def next(self) -> Message | None:
        """Advance the job by a turn; raises what it raises."""
        changes, self.changes = (self.changes, {}) if self.is_started else (None, self.changes)
        self.is_started = True
        message = self.job.send(changes or None)
        if isinstance(message, messages.RunStarted):
            self.run, self.steps_per_epoch = message.run, message.steps_per_epoch
        elif isinstance(message, messages.StepsDone):
            self.step = message.last_step
        elif isinstance(message, messages.EpochDone):
            self.tested = message.epoch
        return message


class _Turns:
    def __init__(self, trainings: Sequence[Training], setting: str) -> None:
        self._twins = [_Twin(training.run()) for training in trainings]
        self._setting = setting
        self._steps_per_turn = 0.0
        self._stepped: set[_Twin] = set()  # those that took steps since both did

    @property
    def _running(self) -> list[_Twin]:
        return [twin for twin in self._twins if twin.is_running]

    def run(self) -> Job:
        with contextlib.ExitStack() as at_end:
            for twin in self._twins:
                at_end.callback(twin.job.close)
            for twin in self._twins:  # both appear before the first one is compiled, which takes a while
                yield from self._advance(twin, (messages.RunStarted,))
            while running := self._running:
                # By epochs, as all time axes count them, and a setting may change their steps; single steps alternate.
                if self._steps_per_turn and self._stepped:
                    running = [twin for twin in running if twin not in self._stepped] or running
                behind = min(running, key=lambda twin: twin.progress)
                yield from self._advance(behind, (messages.StepsDone, messages.EpochDone))

    def _advance(self, twin: _Twin, until: tuple[type[Message], ...]) -> Generator[Any, Any, None]:
        """Advance one twin until it yields such a message."""
        message = None
        while twin.is_running and not isinstance(message, until):
            try:
                message = twin.next()
            except (StopIteration, NotYetError):
                twin.is_running = False
            except Exception as error:
                twin.is_running = False
                if not self._running:
                    raise
                self._take((yield failure_of(error)))
                if twin.run:
                    self._take((yield messages.RunFinished(run=twin.run, reason="failed", epoch=twin.tested)))
            else:
                self._take((yield self._leveled(twin, message)))

    def _leveled(self, twin: _Twin, message: Message | None) -> Message | None:
        """Return a twin's message, as one for both if each running twin has come as far."""
        if isinstance(message, messages.StepsDone):
            self._stepped.add(twin)
            if self._stepped.issuperset(self._running):
                self._stepped.clear()
                return messages.TwinsStepped(**vars(message))
        elif isinstance(message, messages.EpochDone) and all(own.tested >= message.epoch for own in self._running):
            return messages.TwinsTested(**vars(message))
        return message

    def _take(self, changes: Changes | None) -> None:
        for name, value in (changes or {}).items():
            if name == "steps_per_turn":
                self._steps_per_turn = float(value)
            for twin in self._twins[1:] if name == self._setting else self._twins:
                twin.changes[name] = value
