"""From the rows of a session file to runs and drawings: what is damaged or makes no sense is left out and named."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.drawing import Drawing
from engine.errors import UserError
from engine.lazy import np
from engine.neuron_set import NeuronSet
from engine.specs import TrainSpec
from engine.store.arrays import DamagedError
from engine.store.guard import Bounds
from engine.store.schema import (
    CHANGES,
    DRAWINGS,
    EPOCHS,
    FACTS,
    MOMENTS,
    PICTURES,
    RUNS,
    SCHEMA,
    SETS,
    SETS_ONCE,
    STEPS,
    Table,
    rows,
    schema_of,
)
from engine.training.messages import EpochDone, Parent
from engine.training.run import Run, Unread

if TYPE_CHECKING:
    from engine.lens import Weights

NONSENSE = (
    *(LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError),
    *(UserError, DamagedError),
)
"""What rows raise that are whole but hold what Layerlight never wrote, or an array that is damaged."""

type MakeMoment = Callable[[str, int, str, str], Unread]
"""Makes a moment that lies in the file of: run, step, the hashes of its weights and of the optimiser's state."""


@dataclass(slots=True)
class Contents:
    """What a session file holds, or is to hold."""

    runs: Mapping[str, Run] = field(default_factory=dict)
    view: Mapping[str, Any] = field(default_factory=dict)
    """The window's state: plain values."""
    drawings: Mapping[str, Drawing] = field(default_factory=dict)
    sets: Mapping[str, NeuronSet] = field(default_factory=dict)
    """Named sets of neurons, in their order."""
    written_by: Mapping[str, str] = field(default_factory=dict)
    """Versions of Layerlight and what it stands on, by name, when the file was made."""
    schema: int = SCHEMA
    damage: list[str] = field(default_factory=list)
    """What was left out, in words: `epoch 7 of run A`."""


def read_contents(
    database: sqlite3.Connection, path: Path, make_moment: MakeMoment, get: Callable[[str], Weights]
) -> Contents:
    """Read everything but the moments' arrays from the file at `path`; `get` returns those with the given hashes.

    Raises `UserError` when there is no end to it.
    """
    with Bounds(database, path) as bounds:
        return _Reading(database, bounds, make_moment, get).contents


class _Reading:
    """One pass over the tables, each with what takes a row in and what a row is called when it is spoilt."""

    def __init__(
        self,
        database: sqlite3.Connection,
        bounds: Bounds,
        make_moment: MakeMoment,
        get: Callable[[str], Weights],
    ) -> None:
        self._database, self._bounds, self._make_moment, self._get = database, bounds, make_moment, get
        self.contents = Contents(schema=schema_of(database))
        self._drawn: dict[str, tuple[int, Drawing]] = {}
        self._sets: dict[str, tuple[int, NeuronSet]] = {}
        self._runs: dict[str, Run] = {}
        self._read(FACTS, self._take_fact, lambda name: f"what is noted as {name}")
        self._read(RUNS, self._take_run, lambda run: f"the settings of run {run}")
        names = sorted(self._runs, key=lambda name: (len(name), name))
        self.contents.runs = {name: self._runs[name] for name in names}
        self._read(EPOCHS, self._take_epoch, lambda run, epoch: f"epoch {epoch} of run {run}")
        self._read(STEPS, self._take_steps, lambda run, step: f"the losses of run {run} from step {step} on")
        self._read(CHANGES, self._take_change, lambda run, _: f"a changed setting of run {run}")
        self._read(MOMENTS, self._take_moment, lambda run, step: f"the moment at step {step} of run {run}")
        self._read(DRAWINGS, self._take_drawing, lambda name: f"the drawing “{name}”")
        self._read(PICTURES, self._take_picture, lambda name: f"the picture below the drawing “{name}”")
        self._read(SETS, self._take_set, lambda name: f"the set of neurons “{name}”")
        self.contents.drawings, self.contents.sets = _in_order(self._drawn), _in_order(self._sets)

    def _read(self, table: Table, take: Callable[..., None], say: Callable[..., str]) -> None:
        def spoilt(keys: tuple[Any, ...]) -> None:
            self.contents.damage.append(say(*keys) if keys else f"a part of the table {table.name}")

        if table.since > self.contents.schema:  # an older file that is only looked at
            return
        for row in rows(self._database, table, spoilt, self._bounds):
            try:
                take(*row)
            except NONSENSE:
                spoilt(row[: table.keys])

    def _take_fact(self, name: str, value: str) -> None:
        if name == "view":
            self.contents.view = dict(json.loads(value))
        elif name == SETS_ONCE:
            for number, (called, plain) in enumerate(json.loads(value)):
                self._sets[str(called)] = number, NeuronSet.from_plain(plain)
        elif name == "written_by":
            self.contents.written_by = {str(key): str(number) for key, number in json.loads(value).items()}

    def _take_run(self, name: str, about: str) -> None:
        said = json.loads(about)
        self._runs[name] = Run(
            name=name,
            spec=TrainSpec.from_dict(said["spec"]),
            steps_per_epoch=max(1, int(said["steps_per_epoch"])),
            title=str(said["title"]),
            color=int(said["color"]),
            pinned=bool(said["pinned"]),
            dataset=str(said["dataset"]),
            fingerprint=str(said["fingerprint"]),
            source=str(said["source"]),
            shape=(int(said["shape"][0]), int(said["shape"][1])),
            parent=Parent(str(said["parent"][0]), int(said["parent"][1])) if said["parent"] else None,
            started=float(said["started"]),
            moment_bytes=int(said["moment_bytes"]),
            deleted=bool(said["deleted"]),
        )

    def _take_epoch(self, run: str, number: int, figures: str) -> None:
        said = json.loads(figures)
        done = EpochDone(
            run=run,
            epoch=number,
            step=int(said["step"]),
            train_loss=float(said["train_loss"]),
            test_loss=float(said["test_loss"]),
            test_accuracy=float(said["test_accuracy"]),
            images_per_second=float(said["images_per_second"]),
            seconds=float(said["seconds"]),
            gradient_norms=tuple(float(norm) for norm in said["gradient_norms"]),
            dead=tuple(int(count) for count in said["dead"]),
            widths=tuple(int(count) for count in said["widths"]),
            finite=bool(said["finite"]),
        )
        self._run(run).epochs.append(done)

    def _take_steps(self, run: str, first_step: int, losses: bytes, norms: bytes) -> None:
        kept = self._run(run)
        missing = first_step - 1 - sum(len(chunk) for chunk in kept.losses)
        if missing > 0:  # a spoilt row: the curve has a gap there
            kept.losses.append(np.full(missing, np.nan, np.float32))
            kept.norms.append(np.zeros((0, len(kept.spec.hidden) + 1), np.float32))
        kept.losses.append(np.frombuffer(losses, "<f4"))
        kept.norms.append(np.frombuffer(norms, "<f4").reshape(-1, len(kept.spec.hidden) + 1))

    def _take_change(self, run: str, number: int, step: int, setting: str, value: float) -> None:
        self._run(run).changes.append((int(step), str(setting), float(value)))

    def _take_moment(self, run: str, step: int, name: str | None, weights: str, optimizer: str) -> None:
        kept = self._run(run)
        kept.moments[int(step)] = self._make_moment(run, int(step), str(weights), str(optimizer))
        if name is not None:
            kept.bookmarks[step] = str(name)

    def _take_drawing(self, name: str, number: int, strokes: str) -> None:
        self._drawn[name] = int(number), Drawing.from_plain(json.loads(strokes))

    def _take_picture(self, name: str, caption: str, picture: str) -> None:
        number, drawing = self._drawn[name]
        (array,) = self._get(picture)
        self._drawn[name] = number, drawing.over(array, str(caption))

    def _take_set(self, name: str, number: int, neurons: str) -> None:
        self._sets[name] = int(number), NeuronSet.from_plain(json.loads(neurons))

    def _run(self, name: str) -> Run:
        """Return the run that a row belongs to; `LookupError` where that one is spoilt."""
        return self._runs[name]


def _in_order[T](numbered: Mapping[str, tuple[int, T]]) -> dict[str, T]:
    return {name: each for name, (_, each) in sorted(numbered.items(), key=lambda item: item[1][0])}
