"""From runs and drawings to the rows of a session file: only what is not there yet is written."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.core.errors import UserError
from engine.model.training.run import LostMomentError
from engine.session.store.arrays import Arrays
from engine.session.store.schema import (
    ACTS,
    CHANGES,
    DRAWINGS,
    EPOCHS,
    EXAMPLES,
    FACTS,
    MOMENTS,
    PICTURES,
    RUNS,
    SETS,
    SETS_ONCE,
    STEPS,
    drop,
    put,
    to_json,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.core.act import Act
    from engine.core.array import Array
    from engine.core.drawing import Drawing
    from engine.core.example import Example
    from engine.core.neuron_set import NeuronSet
    from engine.model.training.run import Run


@dataclass(frozen=True, slots=True)
class Written:
    """How much of a run is in the file: counts from the beginning, and each moment with its arrays."""

    about: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 0
    steps: int = 0
    norms: int = 0  # of how many steps there are gradient norms
    changes: int = 0
    moments: dict[int, tuple[str, str]] = field(default_factory=dict)
    bookmarks: dict[int, str] = field(default_factory=dict)  # of these moments
    examples: str = ""
    """The hashes of the pictures that it has learned from, which never change, separated by blanks."""


def is_written(run: Run, written: Written) -> bool:
    """Whether the file holds all of the run. Cheap: every write asks it of every run."""
    return (
        written.epochs == len(run.epochs)
        and written.steps == len(run.losses)
        and written.changes == len(run.changes)
        and written.moments.keys() == run.moments.keys()
        and written.bookmarks == _bookmarks(run, written)
        and written.about == about(run)
    )


def about(run: Run) -> Mapping[str, Any]:
    """Return all that is said of a run once."""
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
        "tested": [
            run.tested[step] for step in run.tested
        ],  # calls nothing: this is asked of thousands of runs
        "started": run.started,
        "moment_bytes": run.moment_bytes,
        "deleted": run.deleted,
        "member": run.member,
    }


def _bookmarks(run: Run, written: Written) -> dict[int, str]:
    return {step: name for step, name in run.bookmarks.items() if step in written.moments}


ROWS_AT_ONCE, BYTES_AT_ONCE = 400, 8_000_000
"""What one transaction writes or deletes, with the first row beyond it: some 20 ms of work."""


@dataclass(slots=True)
class Allowance:
    """What a transaction may still write or delete: it is a turn's work, however much there is."""

    rows: int = field(default_factory=lambda: ROWS_AT_ONCE)
    bytes: int = field(default_factory=lambda: BYTES_AT_ONCE)

    def spend(self, rows: int, size: int = 0) -> None:
        """Note what was written or deleted."""
        self.rows, self.bytes = self.rows - rows, self.bytes - size

    @property
    def is_spent(self) -> bool:
        """Whether the rest is for another transaction."""
        return self.rows <= 0 or self.bytes <= 0


class RunWriter:
    """Writes one run within a transaction. The caller takes `written` over when that is committed."""

    def __init__(
        self, database: sqlite3.Connection, arrays: Arrays, uses: Counter[str], run: Run, written: Written
    ) -> None:
        self._database, self._arrays, self._uses, self._run = database, arrays, uses, run
        self.written = replace(written, moments=dict(written.moments))
        self.stored: list[int] = []
        """Steps of the moments that were written, ..."""
        self.lost: list[int] = []
        """... of those that lie damaged in another file, ..."""
        self.unread: UserError | None = None
        """... and why there is one that cannot be read there now. All others are written."""

    def write(self, left: Allowance) -> None:
        """Write what is missing, as much as the allowance lets it; moments that were given up are deleted first."""
        self._write_examples(left)
        self._write_about(left)
        self._write_history(left)
        for step in self.written.moments.keys() - self._run.moments.keys():
            if not left.is_spent:
                hashes = self.written.moments.pop(step)
                _drop_moment(self._database, self._arrays, self._uses, (self._run.name, step), hashes, left)
                left.spend(0, self._run.moment_bytes)
        for step in sorted(self._run.moments.keys() - self.written.moments.keys()):
            if not left.is_spent:
                self._put_moment(step, left)
        self._write_bookmarks()

    def _write_examples(self, left: Allowance) -> None:
        if self.written.about or not self._run.examples:
            return
        hashes = []
        for number, each in enumerate(self._run.examples):
            hashes.append(self._arrays.put((each.image,), self._uses))
            about = to_json({"label": each.label, "source": "", "canvas": None})
            put(self._database, EXAMPLES, self._run.name, number, about, hashes[-1])
        left.spend(len(hashes))
        self.written = replace(self.written, examples=" ".join(hashes))

    def _write_about(self, left: Allowance) -> None:
        said = about(self._run)
        if said != self.written.about:
            put(self._database, RUNS, self._run.name, to_json({**said, "spec": self._run.spec.as_dict()}))
            self.written = replace(self.written, about=said)
            left.spend(1)

    def _write_history(self, left: Allowance) -> None:
        run, written = self._run, self.written
        for done in run.epochs[written.epochs :]:
            figures = {key: value for key, value in asdict(done).items() if key not in ("run", "epoch")}
            put(self._database, EPOCHS, run.name, done.epoch, to_json(figures))
        losses, norms = run.losses.so_far[written.steps :], run.norms.so_far[written.norms :]
        if len(losses):
            put(self._database, STEPS, run.name, 1 + written.steps, _bytes(losses), _bytes(norms))
        for number, change in enumerate(run.changes[written.changes :], start=written.changes):
            put(self._database, CHANGES, run.name, number, *change)
        left.spend(len(run.epochs) - written.epochs, losses.nbytes + norms.nbytes)
        self.written = with_history(written, run)

    def _put_moment(self, step: int, left: Allowance) -> None:
        try:
            moment = self._run.moments[step]
        except LostMomentError:
            self.lost.append(step)
            left.spend(1, self._run.moment_bytes)
            return
        except UserError as error:
            self.unread = error
            return
        weights = self._arrays.put(moment.weights, self._uses)
        optimizer = self._arrays.put(moment.optimizer, self._uses)
        left.spend(1 + len(moment.weights) + len(moment.optimizer), moment.bytes)
        self.written.moments[step] = weights, optimizer
        self.stored.append(step)
        self._put_row(step)

    def _put_row(self, step: int) -> None:
        bookmark = self._run.bookmarks.get(step)
        put(self._database, MOMENTS, self._run.name, step, bookmark, *self.written.moments[step])

    def _write_bookmarks(self) -> None:
        before, now = self.written.bookmarks, _bookmarks(self._run, self.written)
        for step in before.keys() | now.keys():
            if step in self.written.moments and before.get(step) != now.get(step):
                self._put_row(step)
        self.written = replace(self.written, bookmarks=now)


def drop_run(
    database: sqlite3.Connection,
    arrays: Arrays,
    uses: Counter[str],
    run: str,
    written: Written,
    left: Allowance,
) -> Written | None:
    """Delete a run with all that belongs to it, its moments first; return what is left of it, `None` for nothing."""
    moments = dict(written.moments)
    for step in sorted(moments):  # the last one last: what a kill leaves of a run is one with fewer moments
        if left.is_spent:
            break
        _drop_moment(database, arrays, uses, (run, step), moments.pop(step), left)
        left.spend(0, written.about.get("moment_bytes", 0))
    if moments:
        return replace(written, moments=moments)
    for table in (RUNS, EPOCHS, STEPS, CHANGES, MOMENTS, EXAMPLES):
        drop(database, table, run)
    arrays.drop(written.examples.split(), uses)
    return None


def _drop_moment(
    database: sqlite3.Connection,
    arrays: Arrays,
    uses: Counter[str],
    key: tuple[str, int],
    hashes: tuple[str, str],
    left: Allowance,
) -> None:
    """Delete the moment of a run, as (run, step), and of its arrays those that no other uses."""
    drop(database, MOMENTS, *key)
    used = " ".join(hashes).split()
    arrays.drop(used, uses)
    left.spend(1 + len(used))


def plain_sets(sets: Mapping[str, NeuronSet]) -> str:
    """Return as JSON the named sets of neurons, in their order: what tells whether they have changed."""
    return to_json([[name, each.as_plain()] for name, each in sets.items()])


def write_sets(database: sqlite3.Connection, sets: Mapping[str, NeuronSet]) -> None:
    """Write all named sets instead of those that are there, damaged ones too: they are few and small."""
    drop(database, FACTS, SETS_ONCE)
    database.execute(f"DELETE FROM {SETS.name}")
    for number, (name, each) in enumerate(sets.items()):
        put(database, SETS, name, number, to_json(each.as_plain()))


def write_drawings(
    database: sqlite3.Connection,
    arrays: Arrays,
    uses: Counter[str],
    drawings: Mapping[str, Drawing],
    before: Mapping[str, str],
) -> dict[str, str]:
    """Write all drawings in their order instead of those `before`: the hashes of their pictures by name.

    An empty hash stands for no picture. Return the same of what is there now.
    """
    after = {}
    for name in before.keys() - drawings.keys():
        drop(database, DRAWINGS, name)
    for name in before:
        drop(database, PICTURES, name)
    for number, (name, drawing) in enumerate(drawings.items()):
        put(database, DRAWINGS, name, number, to_json(drawing.as_plain()))
        after[name] = "" if drawing.picture is None else arrays.put((drawing.picture,), uses)
        if after[name]:
            put(database, PICTURES, name, drawing.caption, after[name])
    arrays.drop(filter(None, before.values()), uses)
    return after


def write_acts(
    database: sqlite3.Connection,
    arrays: Arrays,
    uses: Counter[str],
    acts: Mapping[int, Act],
    before: Mapping[int, tuple[Act, str]],
) -> dict[int, tuple[Act, str]]:
    """Write the acts by their numbers that are not among those `before`, and delete those that are no more.

    Return what is there now: each act with its array's hash, empty where it has none.
    """
    after = {number: kept for number, kept in before.items() if acts.get(number) is kept[0]}
    for number in before.keys() - after.keys():
        drop(database, ACTS, number)
        arrays.drop(before[number][1].split(), uses)
    for number in acts.keys() - after.keys():
        key = arrays.put(tuple(acts[number].arrays.values()), uses)
        put(database, ACTS, number, to_json(acts[number].as_plain()), key)
        after[number] = acts[number], key
    return after


def write_examples(
    database: sqlite3.Connection,
    arrays: Arrays,
    uses: Counter[str],
    examples: Mapping[int, Example],
    before: Mapping[int, tuple[Example, str]],
) -> dict[int, tuple[Example, str]]:
    """Write the examples on the shelf that are not among those `before`, and delete those that are no more.

    Return what is there now: each with its picture's hash.
    """
    after = {number: kept for number, kept in before.items() if examples.get(number) is kept[0]}
    for number in before.keys() - after.keys():
        drop(database, EXAMPLES, "", number)
        arrays.drop(before[number][1].split(), uses)
    for number in examples.keys() - after.keys():
        each = examples[number]
        key = arrays.put((each.image,), uses)
        about = to_json({"label": each.label, "source": each.source, "canvas": each.canvas})
        put(database, EXAMPLES, "", number, about, key)
        after[number] = each, key
    return after


def with_history(written: Written, run: Run) -> Written:
    """Return that all of the run's history is in the file as well: epochs, steps and changes."""
    return replace(
        written, epochs=len(run.epochs), steps=len(run.losses), norms=len(run.norms), changes=len(run.changes)
    )


def _bytes(numbers: Array) -> bytes:
    return numbers.astype("<f4").tobytes()
