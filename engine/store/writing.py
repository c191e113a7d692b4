"""From runs and drawings to the rows of a session file: only what is not there yet is written."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.errors import UserError
from engine.lazy import np
from engine.store.arrays import Arrays
from engine.store.schema import (
    CHANGES,
    DRAWINGS,
    EPOCHS,
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
from engine.training.run import LostMomentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.drawing import Drawing
    from engine.neuron_set import NeuronSet
    from engine.training.run import Run


@dataclass(frozen=True, slots=True)
class Written:
    """How much of a run is in the file: counts from the beginning, and each moment with its bookmark and arrays."""

    about: str = ""
    epochs: int = 0
    steps: int = 0
    norms: int = 0
    """Of how many steps there are gradient norms."""
    changes: int = 0
    moments: dict[int, tuple[str | None, str, str]] = field(default_factory=dict)


def is_written(run: Run, written: Written) -> bool:
    """Whether the file holds all of the run."""
    return (
        written.epochs == len(run.epochs)
        and written.steps == _length(run.losses)
        and written.changes == len(run.changes)
        and written.moments.keys() == run.moments.keys()
        and all(bookmark == run.bookmarks.get(step) for step, (bookmark, *_) in written.moments.items())
        and written.about == about(run)
    )


def about(run: Run) -> str:
    """Return as JSON all that is said of a run once."""
    return to_json(
        {
            "title": run.title,
            "color": run.color,
            "pinned": run.pinned,
            "spec": run.spec.as_dict(),
            "dataset": run.dataset,
            "fingerprint": run.fingerprint,
            "source": run.source,
            "shape": run.shape,
            "steps_per_epoch": run.steps_per_epoch,
            "parent": run.parent,
            "started": run.started,
            "moment_bytes": run.moment_bytes,
            "deleted": run.deleted,
        }
    )


class RunWriter:
    """Writes one run within a transaction. The caller takes `written` over when that is committed."""

    def __init__(
        self, database: sqlite3.Connection, arrays: Arrays, uses: Counter[str], run: Run, written: Written
    ) -> None:
        self._database, self._arrays, self._uses, self._run = database, arrays, uses, run
        self.written = replace(written, moments=dict(written.moments))
        self.lost: list[int] = []
        """Steps of the moments that lie damaged in another file, ..."""
        self.unread: UserError | None = None
        """... and why there is one that cannot be read there now. All others are written."""

    def write(self, most: int) -> int:
        """Write what is missing, at most `most` moments with their arrays; return how many these were."""
        self._write_about()
        self._write_history()
        for step in self.written.moments.keys() - self._run.moments.keys():
            self._drop_moment(step)
        left = most
        for step in [step for step in self._run.moments if step not in self.written.moments]:
            if not left:
                break
            left -= self._put_moment(step)
        self._write_bookmarks()
        return most - left

    def _write_about(self) -> None:
        said = about(self._run)
        if said != self.written.about:
            put(self._database, RUNS, self._run.name, said)
            self.written = replace(self.written, about=said)

    def _write_history(self) -> None:
        run, written = self._run, self.written
        for done in run.epochs[written.epochs :]:
            figures = {key: value for key, value in asdict(done).items() if key not in ("run", "epoch")}
            put(self._database, EPOCHS, run.name, done.epoch, to_json(figures))
        losses, norms = _after(written.steps, run.losses), _after(written.norms, run.norms)
        if losses:
            put(self._database, STEPS, run.name, 1 + written.steps, _bytes(losses), _bytes(norms))
        for number, change in enumerate(run.changes[written.changes :], start=written.changes):
            put(self._database, CHANGES, run.name, number, *change)
        self.written = with_history(written, run)

    def _put_moment(self, step: int) -> bool:
        try:
            moment = self._run.moments[step]
        except LostMomentError:
            self.lost.append(step)
            return False
        except UserError as error:
            self.unread = error
            return False
        weights = self._arrays.put(moment.weights, self._uses)
        optimizer = self._arrays.put(moment.optimizer, self._uses)
        self._put_row(step, weights, optimizer)
        return True

    def _put_row(self, step: int, weights: str, optimizer: str) -> None:
        bookmark = self._run.bookmarks.get(step)
        put(self._database, MOMENTS, self._run.name, step, bookmark, weights, optimizer)
        self.written.moments[step] = bookmark, weights, optimizer

    def _drop_moment(self, step: int) -> None:
        drop(self._database, MOMENTS, self._run.name, step)
        _, weights, optimizer = self.written.moments.pop(step)
        self._arrays.drop((*weights.split(), *optimizer.split()), self._uses)

    def _write_bookmarks(self) -> None:
        for step, (bookmark, weights, optimizer) in list(self.written.moments.items()):
            if bookmark != self._run.bookmarks.get(step):
                self._put_row(step, weights, optimizer)


def drop_run(
    database: sqlite3.Connection, arrays: Arrays, uses: Counter[str], run: str, written: Written
) -> None:
    """Delete a run with all that belongs to it."""
    for table in (RUNS, EPOCHS, STEPS, CHANGES, MOMENTS):
        drop(database, table, run)
    for _, weights, optimizer in written.moments.values():
        arrays.drop((*weights.split(), *optimizer.split()), uses)


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


def with_history(written: Written, run: Run) -> Written:
    """Return that all of the run's history is in the file as well: epochs, steps and changes."""
    return replace(
        written,
        epochs=len(run.epochs),
        steps=_length(run.losses),
        norms=_length(run.norms),
        changes=len(run.changes),
    )


def _length(chunks: list[np.ndarray[Any, Any]]) -> int:
    return sum(map(len, chunks))


def _after(count: int, chunks: list[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    """Return what follows the first `count` rows of the chunks, which may have become fewer and longer meanwhile."""
    found, missing = list[Any](), _length(chunks) - count
    for chunk in reversed(chunks):
        if missing <= 0:
            break
        found.insert(0, chunk[-missing:])
        missing -= len(chunk)
    return found


def _bytes(chunks: list[np.ndarray[Any, Any]]) -> bytes:
    return np.concatenate(chunks).astype("<f4").tobytes() if chunks else b""
