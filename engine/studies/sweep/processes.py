"""Workers of a sweep or an experiment in processes of this machine."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from engine.core.errors import UserError
from engine.core.machine.beside import start_beside
from engine.core.machine.device import cores
from engine.core.machine.memory import MOST_SHARE, free_memory

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = ["-m", "engine.studies.sweep.worker"]

TRIES = 3
"""How many times a task is started whose process dies."""

PROCESS_BYTES = 850_000_000
"""What TensorFlow and MNIST take in a process at most (825 MB), and a little more."""


class TaskNews(NamedTuple):
    """What a worker reports of a task: how far it is, that it is done, or why it was refused."""

    number: int
    epoch: int = 0
    accuracy: float = 0.0
    done: bool = False
    refused: str = ""
    report: Any = None
    """What else it says, in values that JSON has."""


class AnyTask(Protocol):
    """What a worker does, and its number."""

    @property
    def number(self) -> int:
        """Its number in the plan."""

    def said(self) -> dict[str, Any]:
        """Return it in values that JSON has, with its number."""


def fitting_processes() -> int:
    """Return how many processes this machine has cores and memory for: at least one."""
    free = free_memory()
    return max(1, cores() if free is None else min(cores(), int(MOST_SHARE * free / PROCESS_BYTES)))


class _Worker:
    """One process and the thread that listens to it."""

    def __init__(
        self,
        heard: queue.SimpleQueue[tuple[_Worker, dict[str, Any] | None]],
        threads: int,
        program: Sequence[str],
    ) -> None:
        limits = dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"), f"{threads}")
        self.process = start_beside(program, errors=subprocess.DEVNULL, **limits)
        self.task: AnyTask | None = None
        self._heard = heard
        threading.Thread(target=self._listen, name="sweep", daemon=True).start()

    def say(self, **said: Any) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # its end is heard of
            self.process.stdin.write(f"{json.dumps(said)}\n".encode())
            self.process.stdin.flush()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(OSError, ValueError):  # closed meanwhile
            for line in self.process.stdout:
                self._heard.put((self, json.loads(line)))
        self._heard.put((self, None))


class Processes:
    """Runs tasks in `count` processes. A task whose process dies is started again in another. `close` ends them all."""

    def __init__(
        self,
        tasks: Iterable[AnyTask],
        folder: Path,
        dataset: str | None,
        count: int,
        program: Sequence[str] = (),
    ) -> None:
        """Start the interpreter with `program`, by default the one that trains for a sweep."""
        self._program = program or PROGRAM
        self._waiting = list(tasks)[::-1]
        self._folder, self._dataset = folder, dataset
        self._heard: queue.SimpleQueue[tuple[_Worker, dict[str, Any] | None]] = queue.SimpleQueue()
        self._tries: dict[int, int] = {}
        self._threads = max(1, cores() // count)
        self._workers = [self._start() for _ in range(min(count, len(self._waiting)))]

    def news(self, seconds: float = 0.0) -> list[TaskNews]:
        """Return what happened since the last call; wait up to `seconds` for the first of it.

        Raises `UserError` where the data cannot be read.
        """
        found: list[TaskNews] = []
        with contextlib.suppress(queue.Empty):
            while True:
                worker, said = self._heard.get(timeout=0.0 if found or not seconds else seconds)
                if worker not in self._workers:
                    continue
                if said is None:
                    found += self._take_end(worker)
                elif "number" not in said:
                    if "refused" in said:
                        raise UserError(said["refused"])
                    self._hand_out(worker)
                else:
                    found.append(TaskNews(**said))
                    if {"done", "refused"} & said.keys():
                        worker.task = None
                        self._hand_out(worker)
        return found

    @property
    def ids(self) -> list[int]:
        """The numbers of the processes."""
        return [worker.process.pid for worker in self._workers]

    def close(self) -> None:
        """End all processes, whatever they do."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.end()

    def _start(self) -> _Worker:
        worker = _Worker(self._heard, self._threads, self._program)
        worker.say(dataset=self._dataset, folder=str(self._folder))
        return worker

    def _hand_out(self, worker: _Worker) -> None:
        if self._waiting:
            worker.task = self._waiting.pop()
            worker.say(**worker.task.said())
        else:
            self._workers.remove(worker)
            worker.end()

    def _take_end(self, worker: _Worker) -> list[TaskNews]:
        """Replace a process that has died, and put its task back into the queue."""
        self._workers.remove(worker)
        worker.end()
        task = worker.task
        number = -1 if task is None else task.number
        self._tries[number] = self._tries.get(number, 0) + 1
        refused: list[TaskNews] = []
        if self._tries[number] < TRIES:
            if task is not None:
                self._waiting.append(task)
        elif task is None:
            raise UserError(
                "The processes that train end before they have begun.", hint="The log has the details."
            )
        else:
            why = f"Its process ended with status {worker.process.returncode}, {TRIES} times."
            refused = [TaskNews(number, refused=why)]
        if self._waiting:
            self._workers.append(self._start())
        return refused
