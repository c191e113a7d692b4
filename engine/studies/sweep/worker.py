"""The process that runs tasks of a sweep one by one; it imports TensorFlow and reads the data once.

In: a line of JSON with `dataset` and `folder`, then one for each task, with `number` and `spec`. Out: lines of JSON.
`{"ready": true}`; for each epoch `number`, `epoch` and `accuracy`; at a task's end `number` and `done`, or `refused`
with the reason. It ends when its input or output is closed. `serve` runs other tasks in the same way.
"""

import json
import logging
import os
import queue
import sqlite3
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from engine.core.errors import UserError
from engine.core.machine import folders
from engine.core.machine.beside import stand_back
from engine.core.machine.logs import start_logging
from engine.core.specs import TrainSpec
from engine.data.dataset import Dataset
from engine.data.sources import open_dataset
from engine.session.store.trouble import plain_reason
from engine.studies.sweep.plan import Task, run_task

type Tell = Callable[..., None]  # reports something on the task, in values for JSON

log = logging.getLogger(__name__)

NICE = 5  # below the window


def main() -> None:
    """Run the tasks that arrive on stdin, until it is closed."""
    serve(_train)


def serve(run: Callable[[dict[str, Any], Dataset, Path, Tell], Any]) -> None:
    """Answer the lines of stdin on stdout; `run` does a task, with a function for progress, and returns a report."""
    stand_back(NICE)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # TensorFlow's prints must not mix with the answers
    start_logging(folders.log_file())
    _work(out, run)


def _work(out: TextIO, run: Callable[[dict[str, Any], Dataset, Path, Tell], Any]) -> None:
    request, tasks = json.loads(sys.stdin.readline()), queue.SimpleQueue[str]()
    folder = Path(request["folder"])
    threading.Thread(target=_listen, args=(tasks,), name="tasks", daemon=True).start()
    try:
        data, _ = open_dataset(request["dataset"])
    except UserError as error:
        _tell(out, refused=str(error))
        return
    _tell(out, ready=True)
    while True:
        task = json.loads(tasks.get())
        tell = partial(_tell, out, number=task["number"])
        try:
            report = run(task, data, folder, tell)
        except BrokenPipeError:  # nobody reads any more
            os._exit(0)
        except (UserError, OSError, sqlite3.Error) as error:
            log.warning("Task %d failed.", task["number"], exc_info=True)
            is_file = isinstance(error, sqlite3.Error)
            tell(refused=plain_reason(error, folder / "run") if is_file else str(error))
        else:
            tell(done=True, report=report)


def _listen(tasks: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        tasks.put(line)
    os._exit(0)  # the sweep was killed, and another process may continue its files


def _train(plain: dict[str, Any], data: Dataset, folder: Path, tell: Tell) -> None:
    task = Task(plain["number"], TrainSpec.from_dict(plain["spec"]))
    run_task(task, data, folder, lambda done: tell(epoch=done.epoch, accuracy=done.test_accuracy))


def _tell(out: TextIO, **message: Any) -> None:
    out.write(f"{json.dumps(message)}\n")
    out.flush()
