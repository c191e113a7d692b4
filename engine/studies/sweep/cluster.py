"""Workers of a sweep on other machines: a Ray cluster, or Slurm by submitit, both extras imported on demand."""

import contextlib
import itertools
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine import PACKAGE
from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.machine.atomic import atomic_write
from engine.core.machine.folders import RESOURCES
from engine.core.specs import TrainSpec
from engine.data.sources import open_dataset
from engine.studies.sweep.plan import Task, run_task
from engine.studies.sweep.processes import TaskNews, fitting_processes

EXTRA = mark("Install the extra `cluster`: pip install 'ray[client]' submitit.")

AHEAD = 4  # number of tasks submitted at a time for each processor of a Ray cluster; the others wait here
JOBS = 200  # number of jobs submitted to Slurm at a time: its queue may have a limit
ROOT = RESOURCES.parent  # the program's folder: the checkout, or the installed package

# Parts of a checkout that are not sent to the other machines.
LEFT_OUT = [".git", ".venv", "tests", "docs", "**/__pycache__", ".*_cache", ".hypothesis"]

POLL_SECONDS = 0.5


class Ray:
    """Runs tasks on a Ray cluster, which retries those whose node is lost. Session files come back as bytes."""

    def __init__(self, tasks: Iterable[Task], folder: Path, dataset: str | None, address: str) -> None:
        try:
            import ray
        except ImportError:
            raise UserError(tr("Ray is not installed."), hint=tr(EXTRA)) from None
        self._ray, self._folder, self._dataset = ray, folder, dataset
        self._waiting = iter(tasks)
        self._running: dict[Any, Task] = {}
        environment = {"py_modules": [str(ROOT)]} if PACKAGE else {"working_dir": str(ROOT), "excludes": LEFT_OUT}
        try:
            ray.init(address=address, runtime_env=environment, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, OSError, ValueError, RuntimeError) as error:
            sentence = tr("There is no Ray cluster at {address}: {why}.", address=address, why=_last_line(error))
            raise UserError(sentence, hint=tr("Start one with `ray start --head`, or mend the address.")) from error

        def train(number: int, spec: dict[str, Any], dataset: str | None) -> bytes:
            # By value it also reaches Ray's server, which has not got the program; only a task's process has.
            from engine.studies.sweep.cluster import trained

            return trained(number, spec, dataset)

        self._train = ray.remote(num_cpus=1, max_retries=-1)(train)

    def news(self, seconds: float = 0.0) -> list[TaskNews]:
        """Return the tasks that have ended; wait up to `seconds` for the first."""
        most = AHEAD * max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        for task in itertools.islice(self._waiting, max(0, most - len(self._running))):
            future = self._train.remote(task.number, task.spec.as_dict(), self._dataset)
            self._running[future] = task
        done, _ = self._ray.wait(list(self._running), num_returns=1, timeout=seconds)
        news = []
        for future in done:
            task = self._running.pop(future)
            try:
                content = self._ray.get(future)
            except Exception as error:  # whatever happened on another machine
                news.append(TaskNews(task.number, refused=_last_line(error)))
            else:
                atomic_write(task.file(self._folder), content)
                news.append(TaskNews(task.number, done=True))
        return news

    def close(self) -> None:
        """Cancel the tasks that are not done, and disconnect."""
        for future in self._running:
            with contextlib.suppress(Exception):  # the cluster may be gone
                self._ray.cancel(future, force=True)
        self._ray.shutdown()


class Slurm:
    """Submits tasks to Slurm, or without Slurm to submitit's local executor. All must see the same folder."""

    def __init__(self, tasks: Iterable[Task], folder: Path, dataset: str | None) -> None:
        try:
            import submitit
        except ImportError:
            raise UserError(tr("submitit is not installed."), hint=tr(EXTRA)) from None
        self._folder, self._dataset = folder.resolve(), dataset
        self._waiting = iter(tasks)
        self._running: dict[int, tuple[Any, Task]] = {}
        if not PACKAGE:  # the jobs have this process' environment, by submitit as by Slurm, in other folders
            os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        self._logs = tempfile.TemporaryDirectory(prefix="jobs", dir=self._folder)
        self._executor = submitit.AutoExecutor(folder=self._logs.name)
        self._executor.update_parameters(name="layerlight", cpus_per_task=1, timeout_min=24 * 60)

    def news(self, seconds: float = 0.0) -> list[TaskNews]:
        """Return the tasks that have ended; wait up to `seconds` for the first."""
        most = JOBS if self._executor.cluster == "slurm" else fitting_processes()
        for task in itertools.islice(self._waiting, max(0, most - len(self._running))):
            job = self._executor.submit(train_into, task.number, task.spec.as_dict(), self._dataset, str(self._folder))
            self._running[task.number] = job, task
        news: list[TaskNews] = []
        until = time.monotonic() + seconds
        while not news and self._running:
            for number, (job, task) in list(self._running.items()):
                if job.done():
                    del self._running[number]
                    error = job.exception()
                    is_done = error is None or task.file(self._folder).exists()
                    news.append(TaskNews(number, done=is_done, refused="" if is_done else _last_line(error)))
            if not news and (left := until - time.monotonic()) > 0:
                time.sleep(min(left, POLL_SECONDS))
            elif not news:
                break
        return news

    def close(self) -> None:
        """Cancel the jobs that are not done."""
        for job, _ in self._running.values():
            with contextlib.suppress(Exception):  # the queue may be gone
                job.cancel()
        self._logs.cleanup()


def trained(number: int, spec: dict[str, Any], dataset: str | None) -> bytes:
    """Train one task on this machine and return the content of its session file."""
    with tempfile.TemporaryDirectory(prefix="layerlight") as folder:
        return train_into(number, spec, dataset, folder).read_bytes()


def train_into(number: int, spec: dict[str, Any], dataset: str | None, folder: str) -> Path:
    """Train one task, write its session file into a folder, and return the path."""
    task = Task(number, TrainSpec.from_dict(spec))
    run_task(task, open_dataset(dataset)[0], Path(folder), lambda _: None)
    return task.file(Path(folder))


def _last_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
