"""A worker of a sweep that draws the weights of its runs, and waits to be killed where it is the first with task 0.

It needs no TensorFlow, whose import takes seconds in each process.
"""

import os
import signal

from engine.core.specs import TrainSpec
from engine.studies.sweep.plan import Task
from engine.studies.sweep.worker import serve
from tests.bench.many import make_tasks


def draw(plain, data, folder, tell):
    task = Task(plain["number"], TrainSpec.from_dict(plain["spec"]))
    part, waiting = folder / f"{os.getpid()}", folder.with_name("waiting")
    make_tasks(data, part, [task.spec])
    if task.number == 0 and not waiting.exists():
        (part / "number").write_text(f"{os.getpid()}")
        (part / "number").rename(waiting)
        tell(epoch=1, accuracy=0.5)
        signal.pause()
    tell(epoch=1, accuracy=0.5)
    Task(0, task.spec).file(part).rename(task.file(folder))
    part.rmdir()


def main():
    serve(draw)
