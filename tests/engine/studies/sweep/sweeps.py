"""Sweeps in tests: plans of quick trainings, and workers that do them in this process."""

from engine.core.specs import TrainSpec
from engine.session.session import Session
from engine.session.store.opening import create_store
from engine.studies.sweep.plan import Plan, run_task
from engine.studies.sweep.processes import TaskNews

SPEC = TrainSpec(layers="4", batch=40, epochs=2, loss="cross_entropy", learning_rate=0.5)


def plan(**over) -> Plan:
    return Plan(name="tried", spec=SPEC, over=over or {"seed": [1, 2, 3]})


class Here:
    """Does tasks in this process, one in each `news`; those with a number or a seed in `refused` it cannot do."""

    def __init__(self, data, refused=()):
        self.data, self.refused, self.done, self.is_closed = data, refused, [], False

    def __call__(self, tasks, folder, dataset):
        self.waiting, self.folder, self.dataset = list(tasks), folder, dataset
        return self

    def news(self, seconds=0.0):
        if not self.waiting:
            return []
        task = self.waiting.pop(0)
        if getattr(task, "seed", task.number) in self.refused:
            return [TaskNews(task.number, refused="There is no room.")]
        told = []
        report = self.do(task, lambda **news: told.append(TaskNews(task.number, **news)))
        self.done.append(task.number)
        return [*told, TaskNews(task.number, done=True, report=report)]

    def do(self, task, tell):
        run_task(task, self.data, self.folder, lambda done: tell(epoch=done.epoch))

    def close(self):
        self.is_closed = True


def session_in(path, data) -> Session:
    session = Session(data)
    session.begin(create_store(path))
    return session


def members(session) -> list[int]:
    """The numbers of the tasks whose runs a session has."""
    return sorted(run.member.number for run in session.runs.values() if run.member)
