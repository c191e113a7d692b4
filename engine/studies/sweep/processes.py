"""Workers of a sweep or an experiment in processes of this machine."""

import contextlib
import json
import queue
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.machine.beside import start_beside
from engine.core.machine.device import cores
from engine.core.machine.memory import MOST_SHARE, free_memory

PROGRAM = "engine.studies.sweep.worker"

MOST_STARTS = 3  # of a task whose process dies
PROCESS_BYTES = 850_000_000  # the most that TensorFlow and MNIST take in a process (825 MB), rounded up


class TaskNews(NamedTuple):
    """A worker's report on a task: its progress, its end, or why it was refused."""

    number: int
    epoch: int = 0
    accuracy: float = 0.0
    done: bool = False
    refused: str = ""
    report: Any = None  # anything else, in values for JSON


class AnyTask(Protocol):
    """A task for a worker."""

    @property
    def number(self) -> int:
        """Its number in the plan."""

    def as_plain(self) -> dict[str, Any]:
        """Return the task as values for JSON, with its number."""


def fitting_processes() -> int:
    """Return the number of processes for which this machine has cores and memory: at least one."""
    free = free_memory()
    return max(1, cores() if free is None else min(cores(), int(MOST_SHARE * free / PROCESS_BYTES)))


class _Worker:
    def __init__(
        self, received: "queue.SimpleQueue[tuple[_Worker, dict[str, Any] | None]]", threads: int, program: str
    ) -> None:
        limits = dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"), f"{threads}")
        self.process = start_beside(program, errors=subprocess.DEVNULL, **limits)
        self.task: AnyTask | None = None
        self._received = received
        threading.Thread(target=self._listen, name="sweep", daemon=True).start()

    def send(self, **message: Any) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # the reading thread reports its end
            self.process.stdin.write(f"{json.dumps(message)}\n".encode())
            self.process.stdin.flush()

    def end(self) -> None:
        with contextlib.suppress(OSError), self.process:  # which closes its pipes
            self.process.kill()
            self.process.wait()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(OSError, ValueError):  # closed meanwhile
            for line in self.process.stdout:
                self._received.put((self, json.loads(line)))
        self._received.put((self, None))


class Processes:
    """Runs tasks in `count` processes. A task whose process dies is started again in another. `close` ends them all."""

    def __init__(
        self, tasks: Iterable[AnyTask], folder: Path, dataset: str | None, count: int, program: str = ""
    ) -> None:
        """Start processes with the module `program`, by default the one that trains for a sweep."""
        self._program = program or PROGRAM
        self._waiting = list(tasks)[::-1]
        self._folder, self._dataset = folder, dataset
        self._received: queue.SimpleQueue[tuple[_Worker, dict[str, Any] | None]] = queue.SimpleQueue()
        self._starts: dict[int, int] = {}
        self._threads = max(1, cores() // count)
        self._workers = [self._start() for _ in range(min(count, len(self._waiting)))]

    def news(self, seconds: float = 0.0) -> list[TaskNews]:
        """Return the news since the last call, or within `seconds`; raise `UserError` for data that cannot be read."""
        news: list[TaskNews] = []
        with contextlib.suppress(queue.Empty):
            while True:
                worker, message = self._received.get(timeout=0.0 if news or not seconds else seconds)
                if worker not in self._workers:
                    continue
                if message is None:
                    news += self._replace(worker)
                elif "number" not in message:
                    if "refused" in message:
                        raise UserError(message["refused"])
                    self._hand_out(worker)
                else:
                    news.append(TaskNews(**message))
                    if {"done", "refused"} & message.keys():
                        worker.task = None
                        self._hand_out(worker)
        return news

    @property
    def ids(self) -> list[int]:
        """The numbers of the processes."""
        return [worker.process.pid for worker in self._workers]

    def close(self) -> None:
        """Kill all processes."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.end()

    def _start(self) -> _Worker:
        worker = _Worker(self._received, self._threads, self._program)
        worker.send(dataset=self._dataset, folder=str(self._folder))
        return worker

    def _hand_out(self, worker: _Worker) -> None:
        if self._waiting:
            worker.task = self._waiting.pop()
            worker.send(**worker.task.as_plain())
        else:
            self._workers.remove(worker)
            worker.end()

    def _replace(self, worker: _Worker) -> list[TaskNews]:
        """Replace a process that has died, and put its task back into the queue."""
        self._workers.remove(worker)
        worker.end()
        task = worker.task
        number = -1 if task is None else task.number
        self._starts[number] = self._starts.get(number, 0) + 1
        refused: list[TaskNews] = []
        if self._starts[number] < MOST_STARTS:
            if task is not None:
                self._waiting.append(task)
        elif task is None:
            raise UserError(
                tr("The processes that train end before they have begun."), hint=tr("The log has the details.")
            )
        else:
            why = tr(
                "Its process ended with status {status}, {times} times.",
                status=worker.process.returncode,
                times=MOST_STARTS,
            )
            refused = [TaskNews(number, refused=why)]
        if self._waiting:
            self._workers.append(self._start())
        return refused
