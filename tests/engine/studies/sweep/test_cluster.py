"""Workers on other machines: what is handed to Ray and to submitit, and what becomes of what they hand back."""

import sys
import types
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

import pytest
from told import of

from engine.core.errors import UserError
from engine.session.store.opening import peek
from engine.studies.sweep.cluster import AHEAD, JOBS, Ray, Slurm
from engine.studies.sweep.job import sweep
from engine.studies.sweep.messages import TaskRefused
from engine.studies.sweep.plan import Task
from tests.engine.studies.sweep.sweeps import SPEC, members, plan, session_in

pytestmark = pytest.mark.usefixtures("own_home")


class FakeRay(types.ModuleType):
    """Ray as far as a sweep uses it: a task runs when somebody waits for it."""

    def __init__(self, cpus=1, refused=(), init_error=None):
        super().__init__("ray")
        self.cpus, self.refused, self.init_error = cpus, refused, init_error
        self.inits, self.options, self.submitted, self.cancelled, self.is_down = [], [], [], [], False

    def init(self, **options):
        self.inits.append(options)
        if self.init_error:
            raise self.init_error

    def remote(self, **options):
        self.options.append(options)

        def submit(function, *given):
            self.submitted.append(given)
            return partial(function, *given)

        return lambda function: types.SimpleNamespace(remote=partial(submit, function))

    def cluster_resources(self):
        return {"CPU": self.cpus}

    def wait(self, asked, num_returns, timeout):
        return asked[:num_returns], []

    def get(self, asked):
        if asked.args[0] in self.refused:
            raise RuntimeError("lost\nThe worker ran out of memory.")
        return asked()

    def cancel(self, asked, force):
        self.cancelled.append(asked)

    def shutdown(self):
        self.is_down = True


class FakeSubmitit(types.ModuleType):
    """submitit as far as a sweep uses it: a job runs when it is asked whether it is done."""

    cluster = "slurm"

    def __init__(self, refused=()):
        super().__init__("submitit")
        self.refused, self.jobs = refused, []
        self.AutoExecutor = lambda folder: self

    def update_parameters(self, **parameters):
        self.parameters = parameters

    def submit(self, function, *given):
        job = Job(function, given, given[0] in self.refused)
        self.jobs.append(job)
        return job


class Job(Future):
    def __init__(self, function, given, is_refused):
        super().__init__()
        self.run = function, given, is_refused

    def done(self):
        function, given, is_refused = self.run
        if not super().done():
            if is_refused:
                self.set_exception(RuntimeError("The node has failed."))
            else:
                self.set_result(function(*given))
        return True


@pytest.fixture
def install(monkeypatch):
    def module(fake):
        monkeypatch.setitem(sys.modules, fake.__name__, fake)
        monkeypatch.setenv("PYTHONPATH", "")
        return fake

    return module


def swept(tmp_path, dataset, stripes_file, make_workers):
    """Return the numbers of the runs that are gathered, and what is told of tasks that are refused."""
    session = session_in(tmp_path / "s.layerlight", dataset)
    messages = list(sweep(session, replace(plan(), dataset=str(stripes_file)), tmp_path / "s.sweep", make_workers))
    result = members(session)
    assert session.close()
    return result, [message.sentence for message in of(TaskRefused, messages)]


def test_runs_of_a_ray_cluster_are_gathered_and_a_task_that_fails_is_told(install, dataset, stripes_file, tmp_path):
    cluster = install(FakeRay(refused=[1]))
    answer = swept(tmp_path, dataset, stripes_file, lambda *given: Ray(*given, "ray://127.0.0.1:1"))
    assert answer == ([0, 2], ["The worker ran out of memory."]), "with the last line of the reason"
    assert cluster.is_down and [given[0] for given in cluster.submitted] == [0, 1, 2]
    assert cluster.options == [{"num_cpus": 1, "max_retries": -1}], "a task whose node is lost is run again"
    (asked,) = cluster.inits
    assert asked["address"] == "ray://127.0.0.1:1" and asked["runtime_env"]["working_dir"]
    kept = peek(tmp_path / "s.layerlight")[0].runs.values()
    assert sorted(run.spec.seed for run in kept) == [1, 3]


def test_a_cluster_gets_few_tasks_at_a_time_and_those_that_are_left_are_cancelled(install, tmp_path):
    cluster = install(FakeRay(cpus=2))
    workers = Ray((Task(number, SPEC) for number in range(100)), tmp_path, "sample", "ray://127.0.0.1:1")
    cluster.wait = lambda *_, **__: ([], [])
    assert workers.news() == [] and workers.news() == []
    assert len(cluster.submitted) == 2 * AHEAD
    workers.close()
    assert len(cluster.cancelled) == 2 * AHEAD and cluster.is_down


def test_jobs_of_slurm_are_gathered(install, dataset, stripes_file, tmp_path):
    queue = install(FakeSubmitit(refused=[2]))
    assert swept(tmp_path, dataset, stripes_file, Slurm) == ([0, 1], ["The node has failed."])
    assert len(queue.jobs) == 3 and queue.parameters["cpus_per_task"] == 1
    assert not (tmp_path / "s.sweep").exists()


def test_a_queue_gets_no_more_jobs_than_it_may(install, tmp_path):
    queue = install(FakeSubmitit())
    workers = Slurm((Task(number, SPEC) for number in range(1_000)), tmp_path, "sample")
    for job in queue.jobs:
        job.done = lambda: False
    queue.submit = lambda *given: types.SimpleNamespace(done=lambda: False, cancel=lambda: queue.jobs.append(given))
    assert workers.news() == [] and workers.news() == []
    workers.close()
    assert len(queue.jobs) == JOBS, "those are cancelled"


def test_a_cluster_that_does_not_answer_is_one_sentence_and_so_is_what_is_not_installed(install, monkeypatch, tmp_path):
    install(FakeRay(init_error=ConnectionError("nobody is there")))
    with pytest.raises(UserError, match=r"There is no Ray cluster at ray://127\.0\.0\.1:1: nobody is there"):
        Ray([], tmp_path, None, "ray://127.0.0.1:1")
    for name, make in (("ray", partial(Ray, address="ray://x")), ("submitit", Slurm)):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(UserError, match="is not installed") as refused:
            make([], tmp_path, None)
        assert "cluster" in refused.value.hint
