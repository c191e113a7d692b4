"""Writing runs and drawings as rows of a session file, of which only the missing ones are written.

So saving, catching up after a full disk, moving to another file and copying a read-only session are the same function.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from engine.core.act import Act
from engine.core.drawing import Drawing
from engine.core.errors import UserError
from engine.core.example import Example
from engine.core.lazy import Array
from engine.core.lens import NeuronSet, Weights
from engine.model.training.run import LostMomentError, Run
from engine.session.store import schema
from engine.session.store.arrays import Arrays
from engine.session.store.schema import Table, drop, put, to_json

# Items in the file by their numbers, each with the hash of its array, empty for none.
type Numbered[T] = dict[int, tuple[T, str]]


@dataclass(frozen=True, slots=True)
class Written:
    """What the file has of a run: counts from its start, and each moment with the hashes of its arrays."""

    about: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 0
    steps: int = 0
    norms: int = 0  # measured gradient norms
    changes: int = 0
    moments: dict[int, tuple[str, str]] = field(default_factory=dict)
    bookmarks: dict[int, str] = field(default_factory=dict)  # of these moments
    examples: str = ""  # hashes of its examples' pictures, which never change, separated by spaces


@dataclass(frozen=True, slots=True)
class Target:
    """Where a transaction writes: the database and its arrays; and what it changes."""

    database: sqlite3.Connection
    arrays: Arrays
    uses: Counter[str] = field(default_factory=Counter)  # changes of the arrays' uses
    stored: dict[str, list[int]] = field(default_factory=dict)  # the steps of the written moments, by run,
    lost: list[tuple[str, int]] = field(default_factory=list)  # ... those that are damaged in another file, and
    unread: list[UserError] = field(default_factory=list)  # ... errors of those that cannot be read there for now


def is_written(run: Run, written: Written) -> bool:
    """Whether the file has all of the run; this compares counts, as every write asks it of every run."""
    return (
        written.epochs == len(run.epochs)
        and written.steps == len(run.losses)
        and written.changes == len(run.changes)
        and written.moments.keys() == run.moments.keys()
        and written.bookmarks == _bookmarks(run, written)
        and written.about == about(run)
    )


def about(run: Run) -> Mapping[str, Any]:
    """Return the single values of a run."""
    # Spelled out, as a list of names would take twice as long, and each write asks this of every run.
    return {
        "title": run.title,
        "color": run.color,
        "pinned": run.pinned,
        "spec": run.spec,
        "dataset": run.dataset,
        "fingerprint": run.fingerprint,
        "source": run.source,
        "shape": run.shape,
        "classes": run.classes,
        "steps_per_epoch": run.steps_per_epoch,
        "parent": run.parent,
        "base": run.base,
        "taught_from": run.taught_from,
        "optimizers": run.optimizers,
        "tested": [run.tested[step] for step in run.tested],  # faster than list(values()), for thousands of runs
        "started": run.started,
        "moment_bytes": run.moment_bytes,
        "deleted": run.deleted,
        "member": run.member,
    }


def _bookmarks(run: Run, written: Written) -> dict[int, str]:
    return {step: name for step, name in run.bookmarks.items() if step in written.moments}


# The limits of a transaction, which may be exceeded by one row: some 20 ms of work.
ROWS_AT_ONCE, BYTES_AT_ONCE = 400, 8_000_000


@dataclass(slots=True)
class Allowance:
    """The rows and bytes that a transaction may still write or delete, as it must fit into a turn."""

    rows: int = field(default_factory=lambda: ROWS_AT_ONCE)
    bytes: int = field(default_factory=lambda: BYTES_AT_ONCE)

    def spend(self, rows: int, size: int = 0) -> None:
        """Count what was written or deleted."""
        self.rows, self.bytes = self.rows - rows, self.bytes - size

    @property
    def is_spent(self) -> bool:
        """Whether the rest has to wait for another transaction."""
        return self.rows <= 0 or self.bytes <= 0


class RunWriter:
    """Writes one run within a transaction. The caller keeps `written` after the commit."""

    def __init__(self, target: Target, run: Run, written: Written) -> None:
        self._target, self._database, self._run = target, target.database, run
        self.written = replace(written, moments=dict(written.moments))

    def write(self, left: Allowance) -> None:
        """Write the missing rows, within the allowance; dropped moments are deleted first."""
        run, target = self._run, self._target
        if run.examples and not self.written.about:
            hashes = []
            for number, example in enumerate(run.examples):
                hashes.append(target.arrays.put((example.image,), target.uses))
                plain = to_json({"label": example.label, "source": "", "canvas": None})
                put(self._database, schema.EXAMPLES, run.name, number, plain, hashes[-1])
            left.spend(len(hashes))
            self.written = replace(self.written, examples=" ".join(hashes))
        if (facts := about(run)) != self.written.about:
            put(self._database, schema.RUNS, run.name, to_json({**facts, "spec": run.spec.as_dict()}))
            self.written = replace(self.written, about=facts)
            left.spend(1)
        self._write_history(left)
        for step in self.written.moments.keys() - run.moments.keys():
            if not left.is_spent:
                _drop_moment(target, (run.name, step), self.written.moments.pop(step), left)
                left.spend(0, run.moment_bytes)
        for step in sorted(self._run.moments.keys() - self.written.moments.keys()):
            if not left.is_spent:
                self._put_moment(step, left)
        self._write_bookmarks()

    def _write_history(self, left: Allowance) -> None:
        run, written = self._run, self.written
        for done in run.epochs[written.epochs :]:
            figures = {key: value for key, value in asdict(done).items() if key not in ("run", "epoch")}
            put(self._database, schema.EPOCHS, run.name, done.epoch, to_json(figures))
        losses, norms = run.losses.so_far[written.steps :], run.norms.so_far[written.norms :]
        if len(losses):
            put(self._database, schema.STEPS, run.name, 1 + written.steps, _bytes(losses), _bytes(norms))
        for number, change in enumerate(run.changes[written.changes :], start=written.changes):
            put(self._database, schema.CHANGES, run.name, number, *change)
        left.spend(len(run.epochs) - written.epochs, losses.nbytes + norms.nbytes)
        self.written = with_history(written, run)

    def _put_moment(self, step: int, left: Allowance) -> None:
        try:
            moment = self._run.moments[step]
        except LostMomentError:
            self._target.lost.append((self._run.name, step))
            left.spend(1, self._run.moment_bytes)
            return
        except UserError as error:
            self._target.unread.append(error)
            return
        weights, optimizer = (
            self._target.arrays.put(arrays, self._target.uses) for arrays in (moment.weights, moment.optimizer)
        )
        left.spend(1 + len(moment.weights) + len(moment.optimizer), moment.bytes)
        self.written.moments[step] = weights, optimizer
        self._target.stored.setdefault(self._run.name, []).append(step)
        self._put_row(step)

    def _put_row(self, step: int) -> None:
        bookmark = self._run.bookmarks.get(step)
        put(self._database, schema.MOMENTS, self._run.name, step, bookmark, *self.written.moments[step])

    def _write_bookmarks(self) -> None:
        before, now = self.written.bookmarks, _bookmarks(self._run, self.written)
        for step in before.keys() | now.keys():
            if step in self.written.moments and before.get(step) != now.get(step):
                self._put_row(step)
        self.written = replace(self.written, bookmarks=now)


def drop_run(target: Target, run: str, written: Written, left: Allowance) -> Written | None:
    """Delete a run with all its rows, its moments first; return what is left of it, `None` for nothing."""
    moments = dict(written.moments)
    for step in sorted(moments):  # the last one last: a kill leaves a valid run with fewer moments
        if left.is_spent:
            break
        _drop_moment(target, (run, step), moments.pop(step), left)
        left.spend(0, written.about.get("moment_bytes", 0))
    if moments:
        return replace(written, moments=moments)
    for table in (schema.RUNS, schema.EPOCHS, schema.STEPS, schema.CHANGES, schema.MOMENTS, schema.EXAMPLES):
        drop(target.database, table, run)
    target.arrays.drop(written.examples.split(), target.uses)
    return None


def _drop_moment(target: Target, key: tuple[str, int], hashes: tuple[str, str], left: Allowance) -> None:
    """Delete the moment of a run, as (run, step), and its arrays that nothing else uses."""
    drop(target.database, schema.MOMENTS, *key)
    used = " ".join(hashes).split()
    target.arrays.drop(used, target.uses)
    left.spend(1 + len(used))


def plain_sets(sets: Mapping[str, NeuronSet]) -> str:
    """Return the named sets of neurons in their order as JSON, for comparison."""
    return to_json([[name, neurons.as_plain()] for name, neurons in sets.items()])


def write_sets(database: sqlite3.Connection, sets: Mapping[str, NeuronSet]) -> None:
    """Replace all named sets, including damaged ones: they are few and small."""
    drop(database, schema.FACTS, schema.SETS_ONCE)
    database.execute(f"DELETE FROM {schema.SETS.name}")
    for number, (name, neurons) in enumerate(sets.items()):
        put(database, schema.SETS, name, number, to_json(neurons.as_plain()))


def write_drawings(target: Target, drawings: Mapping[str, Drawing], before: Mapping[str, str]) -> dict[str, str]:
    """Replace all drawings; return the hashes of their pictures by name, empty for none, as `before` has them."""
    after = {}
    for name in before.keys() - drawings.keys():
        drop(target.database, schema.DRAWINGS, name)
    for name in before:
        drop(target.database, schema.PICTURES, name)
    for number, (name, drawing) in enumerate(drawings.items()):
        put(target.database, schema.DRAWINGS, name, number, to_json(drawing.as_plain()))
        picture = () if drawing.picture is None else (drawing.picture,)
        after[name] = target.arrays.put(picture, target.uses)
        if after[name]:
            put(target.database, schema.PICTURES, name, drawing.caption, after[name])
    target.arrays.drop(filter(None, before.values()), target.uses)
    return after


def write_acts(target: Target, acts: Mapping[int, Act], before: Numbered[Act]) -> Numbered[Act]:
    """Bring the acts in the file up to date."""
    return _write_numbered(
        target, schema.ACTS, (), acts, before, lambda act: (tuple(act.arrays.values()), act.as_plain())
    )


def write_examples(target: Target, examples: Mapping[int, Example], before: Numbered[Example]) -> Numbered[Example]:
    """Bring the shelf's examples in the file up to date."""

    def row(example: Example) -> tuple[Weights, dict[str, Any]]:
        about = {"label": example.label, "source": example.source, "canvas": example.canvas}
        return (example.image,), about

    return _write_numbered(target, schema.EXAMPLES, ("",), examples, before, row)


def _write_numbered[T](
    target: Target,
    table: Table,
    owner: tuple[str, ...],
    items: Mapping[int, T],
    before: Numbered[T],
    row: Callable[[T], tuple[Weights, Any]],
) -> Numbered[T]:
    """Write the items that are not in `before`, delete those that are gone; return what is in the file now.

    `owner` are the keys before the number, and `row` returns an item's arrays and its other values.
    """
    after = {number: known for number, known in before.items() if items.get(number) is known[0]}
    for number in before.keys() - after.keys():
        drop(target.database, table, *owner, number)
        target.arrays.drop(before[number][1].split(), target.uses)
    for number in items.keys() - after.keys():
        arrays, values = row(items[number])
        key = target.arrays.put(arrays, target.uses)
        put(target.database, table, *owner, number, to_json(values), key)
        after[number] = items[number], key
    return after


def with_history(written: Written, run: Run) -> Written:
    """Return `written` with all of the run's history: epochs, steps and changes."""
    return replace(
        written, epochs=len(run.epochs), steps=len(run.losses), norms=len(run.norms), changes=len(run.changes)
    )


def _bytes(numbers: Array) -> bytes:
    return numbers.astype("<f4").tobytes()
