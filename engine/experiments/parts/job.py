"""The job `reproduce`: one experiment is carried out in the session, on MNIST where this computer has it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from engine.base.messages import Job
from engine.base.preload import tensorflow_there
from engine.data.jobs import dataset_opened
from engine.data.sources import MNIST, SAMPLE, mnist_there, opening_dataset
from engine.data.unseen import is_full
from engine.experiments.parts.experiment import Row, experiment_called
from engine.experiments.parts.kept import as_plain
from engine.experiments.parts.lab import Lab
from engine.experiments.parts.messages import ExperimentResult, ExperimentStarted
from engine.session.session import EXPERIMENTS

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.experiments.parts.experiment import Measured, Measuring
    from engine.session.session import Session

OF_OTHERS = "The figures here are of {}, the paper's are of MNIST: they need not agree."


def reproduce(
    session: Session,
    name: str,
    sizes: Any = None,
    *,
    own_data: bool = False,
    predicted: int | None = None,
) -> Job:
    """Carry an experiment out: its runs come into the session as one group, and `ExperimentResult` is the end.

    With other `sizes` it is smaller, say. The data are MNIST where it is found on this computer and else the embedded
    sample, and become the session's; with `own_data` they are those that the session has already. Data that are opened
    meanwhile change nothing; where another session is opened it ends without a result. The session keeps the result
    with the window's state, and with it which choice was `predicted`. Yields `ExperimentStarted`, `ExperimentProgress`
    and `ExperimentPicture`, besides what the trainings themselves tell. Raises `UserError` where there is no such
    experiment, or its data cannot be read.
    """
    experiment = experiment_called(name)
    if not own_data:
        yield from _open_digits(session)
    yield from tensorflow_there()
    data = session.data()
    remark = "" if is_full(data) else OF_OTHERS.format(data.summary)
    begun = time.monotonic()
    lab = Lab(session, name, experiment.title)
    yield ExperimentStarted(experiment=name, group=lab.group, remark=remark)
    measured = yield from _on(session, data, experiment.measure(lab, sizes or experiment.sizes))
    if measured is None:
        return
    result = ExperimentResult(
        experiment=name,
        group=lab.group,
        rows=tuple(
            Row(figure=figure, here=float(here))
            for figure, here in zip(experiment.figures, measured.here, strict=True)
        ),
        picture=measured.picture,
        verdict=measured.verdict,
        remark=remark,
        look=measured.look,
        runs=lab.runs,
        seconds=time.monotonic() - begun,
        predicted=predicted,
    )
    known = session.view.get(EXPERIMENTS)
    others = known if isinstance(known, Mapping) else {}
    session.keep_part(EXPERIMENTS, {**others, name: as_plain(result)})
    yield from session.save()
    yield result


def _open_digits(session: Session) -> Generator[Any, Any, None]:
    if session.dataset is not None and is_full(session.dataset):
        return
    take = session.opening()
    opened, _ = yield from opening_dataset(MNIST if mnist_there() else SAMPLE)
    if take(opened):
        yield dataset_opened(session.data())


def _on(session: Session, data: Dataset, measuring: Measuring) -> Generator[Any, Any, Measured | None]:
    """Let an experiment have these data in each of its turns, whichever a person has opened meanwhile.

    Returns what was measured; `None` where another session was opened: its runs are not to be among that one's.
    """
    runs, changes = session.runs, None
    with contextlib.closing(measuring):
        while session.runs is runs:
            opened, session.dataset = session.dataset, data
            try:
                message = measuring.send(changes)
            except StopIteration as end:
                measured: Measured = end.value
                return measured
            finally:
                session.dataset = opened
            changes = yield message
    return None
