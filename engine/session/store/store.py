"""The store: an open session file that follows the session in memory, and gives moments back.

Invariant: the file always holds something that was. Each write is one transaction; what a write could not bring into
the file stays in memory, and the next one tries again. A file that others have taken is not written any more.
"""

from __future__ import annotations

import contextlib
import errno
import platform
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import VERSION
from engine.core.act import Act
from engine.core.drawing import Drawing
from engine.core.errors import UserError
from engine.core.example import Example
from engine.core.turns import Turns
from engine.model.training.run import LostMomentError, Moment, Moments, Run
from engine.session.store.arrays import Arrays, DamagedError, hash_of
from engine.session.store.guard import Bounds
from engine.session.store.lock import Lock
from engine.session.store.reading import Contents, read_contents
from engine.session.store.schema import (
    ARRAYS,
    FACTS,
    MOMENTS,
    RUNS,
    TABLES,
    Access,
    check,
    connect,
    put,
    rows,
    to_json,
    transaction,
)
from engine.session.store.seal import seal, unseal
from engine.session.store.watch import TakenError, Watch
from engine.session.store.writing import (
    ROWS_AT_ONCE,
    Allowance,
    RunWriter,
    Written,
    about,
    drop_run,
    is_written,
    plain_sets,
    with_history,
    write_acts,
    write_drawings,
    write_examples,
    write_sets,
)

PACKAGES = ("tensorflow", "keras", "numpy")


@dataclass(frozen=True, slots=True)
class StoredMoment:
    """A moment that lies in the file: its arrays by their hashes, separated by blanks."""

    store: Store
    run: str
    step: int
    weights: str
    optimizer: str

    def read(self) -> Moment:
        """Read it; raises `UserError` when its arrays are damaged or cannot be read."""
        return self.store.read(self)


@dataclass(slots=True)
class _Outcome:
    """What a transaction did with the runs: what is written of each, and the moments that are not."""

    written: dict[str, Written] = field(default_factory=dict)
    stored: dict[str, list[int]] = field(default_factory=dict)
    """The steps of the moments that were written, by run."""
    lost: list[tuple[str, int]] = field(default_factory=list)
    unread: UserError | None = None
    is_done: bool = False  # whether there was room for more


class Store:
    """A session file, open for writing or only for reading. All of it belongs to one thread."""

    def __init__(self, path: Path, access: Access, lock: Lock | None = None) -> None:
        """Open the file; `lock` was taken for it and is given back by `close`.

        Raises `UserError` when it is no session, `sqlite3.Error` or `OSError` when it cannot be opened.
        """
        self.path, self.read_only, self.lock = path, access in ("read", "still"), lock
        if access == "write":
            check(path)  # nothing is written into a file that is refused
            unseal(path)
        self.database = connect(path, access)
        """The open file."""
        try:
            self._watch = None if self.read_only else Watch(path, self.database)
        except BaseException:
            self.database.close()
            raise
        self._is_closed = False
        self.taken: TakenError | None = None
        """Why the file is written no more; `None` as long as it is this process's."""
        self._arrays = Arrays(self.database)
        self._written: dict[str, Written] = {}
        self._not_left: dict[str, set[int]] = {}
        """Steps of the moments, by run, that are in the file but may still be held elsewhere, too."""
        self._view, self._sets = "", plain_sets({})
        self._known_view: Mapping[str, Any] | None = None
        """The window's state that was found to be `_view`: it may hold a picture, so it is not compared each time."""
        self._drawings: dict[str, Drawing] = {}
        self.lost: list[tuple[str, int]] = []
        """Run and step of each snapshot that was given up because it is damaged in another file; not reported yet."""
        self._pictures: dict[str, str] = {}
        """The hash of the picture below each drawing, empty where there is none."""
        self._acts: dict[int, tuple[Act, str]] = {}
        """Each act with its array's hash, empty where it has none."""
        self._examples: dict[int, tuple[Example, str]] = {}
        """Each example on the shelf with its picture's hash."""

    def load(self) -> Contents:
        """Read everything but the arrays; the moments of the runs read these when they are asked for."""
        self.database.execute("BEGIN")  # what another process writes meanwhile must not be seen by halves
        try:
            contents = read_contents(
                self.database, self.path, lambda *which: StoredMoment(self, *which), self._arrays
            )
        finally:
            with contextlib.suppress(sqlite3.Error):
                self.database.execute("ROLLBACK")
        for run in contents.runs.values():
            self._know(run)
            for kept in self._written[run.name].moments.values():
                self._arrays.count(" ".join(kept).split())
            self._arrays.count(self._written[run.name].examples.split())
        self._view, self._drawings = to_json(contents.view), dict(contents.drawings)
        self._sets = plain_sets(contents.sets)
        self._pictures = {
            name: "" if drawing.picture is None else hash_of(drawing.picture)
            for name, drawing in contents.drawings.items()
        }
        self._arrays.count(filter(None, self._pictures.values()))
        self._acts = {
            number: (act, " ".join(map(hash_of, act.arrays.values())))
            for number, act in contents.acts.items()
        }
        self._arrays.count(filter(None, (key for _, key in self._acts.values())))
        self._examples = {number: (each, hash_of(each.image)) for number, each in contents.examples.items()}
        self._arrays.count(key for _, key in self._examples.values())
        return contents

    def check_written(self) -> Turns[None]:
        """Read all rows back in turns; raise `OSError` unless each is whole, and each run and moment is there."""

        def refuse(*_: object) -> None:
            raise OSError(errno.EIO, "The file does not hold what was written", str(self.path))

        found = set[tuple[Any, ...]]()
        for table in TABLES:
            if table is ARRAYS:  # each is checked when it is read
                continue
            bounds = Bounds(self.database, self.path)
            for number, row in enumerate(rows(self.database, table, refuse, bounds)):
                if table in (RUNS, MOMENTS):
                    found.add(row[: table.keys])
                if number % ROWS_AT_ONCE == 0:
                    yield
        moments = {(name, step) for name, written in self._written.items() for step in written.moments}
        if found != moments | {(name,) for name in self._written}:
            refuse()

    def take_over(self, before: Store, contents: Contents) -> None:
        """Go on in the file that `before`, now closed, has written elsewhere, with all of the contents in it.

        Their moments are held by this file from then on, but for the newest of each run where that is in memory.
        """
        self._written, self._sets, self.lost = before._written, before._sets, before.lost
        self._view, self._known_view = before._view, before._known_view
        self._drawings, self._pictures = before._drawings, before._pictures
        self._acts, self._examples = before._acts, before._examples
        self._arrays.count_uses(before._arrays.uses)
        for name, run in contents.runs.items():
            stored = self._written[name].moments
            kept = {step: StoredMoment(self, name, step, *hashes) for step, hashes in stored.items()}
            newest = run.moments.kept(run.moments.newest) if run.moments else None  # it may have just started
            run.moments = Moments({**kept, newest.step: newest} if isinstance(newest, Moment) else kept)

    def _know(self, run: Run) -> None:
        """Note that all of a run is in the file, each of its moments as a `StoredMoment`."""
        moments = {}
        for step in run.moments:
            kept = run.moments.kept(step)
            assert isinstance(kept, StoredMoment)
            moments[step] = kept.weights, kept.optimizer
        bookmarks = {step: name for step, name in run.bookmarks.items() if step in moments}
        examples = " ".join(hash_of(each.image) for each in run.examples)
        written = Written(about=about(run), moments=moments, bookmarks=bookmarks, examples=examples)
        self._written[run.name] = with_history(written, run)

    def write(self, contents: Contents, *, leave: bool = True, only: Collection[str] | None = None) -> bool:
        """Bring the file up to date in one transaction; return whether all is in it now.

        With `only`, these runs alone, by name: all others are as they were, which need not be looked for then.

        One call writes or deletes a turn's worth: where it returns `False`, it wants to be called again. With `leave`
        the moments that are written, but for the newest of each run, are held by the file alone from then on. Raises
        `sqlite3.Error` or `OSError`, and `TakenError` when the file is not as it was left: then `part` from it. Raises
        `UserError` once all is written but for moments that cannot be read from another file now.
        """
        self._look()
        if only is None and self.is_current(contents):
            if leave:
                self._leave_to_file(contents.runs)
            return True
        runs = contents.runs if only is None else {name: contents.runs[name] for name in only}
        uses: Counter[str] = Counter()
        try:
            with transaction(self.database):
                self._look()  # again: from here on nobody else can write through SQLite
                outcome = self._write_runs(runs, uses, are_all=only is None)
                self._write_facts(contents)
                pictures = self._write_drawings(contents.drawings, uses)
                acts = write_acts(self.database, self._arrays, uses, contents.acts, self._acts)
                examples = write_examples(
                    self.database, self._arrays, uses, contents.examples, self._examples
                )
        except TakenError:
            raise
        except BaseException:
            self._note()
            raise
        self._note()
        self._arrays.count_uses(uses)
        self._written = outcome.written if only is None else self._written | outcome.written
        if self._is_other_view(contents.view):
            self._view, self._known_view = to_json(contents.view), contents.view
        self._drawings, self._pictures = dict(contents.drawings), pictures
        self._acts, self._examples = acts, examples
        self._sets = plain_sets(contents.sets)
        for run, step in outcome.lost:
            del contents.runs[run].moments[step]
        self.lost += outcome.lost
        for name, steps in outcome.stored.items():
            self._not_left.setdefault(name, set()).update(steps)
        if leave:
            self._leave_to_file(runs)
        if outcome.unread and outcome.is_done:
            raise outcome.unread
        return outcome.is_done and (self.is_current(contents) if only is None else self.holds(runs))

    def holds(self, runs: Mapping[str, Run]) -> bool:
        """Whether the file has all of these runs."""
        return all(
            name in self._written and is_written(run, self._written[name]) for name, run in runs.items()
        )

    def is_current(self, contents: Contents, *, even_view: bool = True) -> bool:
        """Whether the file holds all of the contents; without `even_view` window's state and acts do not count."""
        runs = contents.runs
        return (
            runs.keys() == self._written.keys()
            and list(contents.drawings.items()) == list(self._drawings.items())
            and plain_sets(contents.sets) == self._sets
            and _are_same(contents.examples, self._examples)
            and not (
                even_view and (self._is_other_view(contents.view) or not _are_same(contents.acts, self._acts))
            )
            and self.holds(runs)
        )

    def _is_other_view(self, view: Mapping[str, Any]) -> bool:
        if view is not self._known_view:
            if to_json(view) != self._view:
                return True
            self._known_view = view
        return False

    def read(self, moment: StoredMoment) -> Moment:
        """Return a moment with its arrays; raise `UserError` when they cannot be read, `LostMomentError` if damaged."""
        try:
            return Moment(
                step=moment.step,
                weights=self._arrays.get(moment.weights),
                optimizer=self._arrays.get(moment.optimizer),
            )
        except DamagedError as error:
            raise LostMomentError(f"{_say(moment)} are damaged.", moment=moment, file=self.path) from error
        except (sqlite3.Error, MemoryError) as error:
            if self.taken and self.taken.happening == "changed":  # cut off, say
                raise LostMomentError(f"{_say(moment)} are lost.", moment=moment, file=self.path) from error
            raise UserError(
                f"{_say(moment)} cannot be read.", hint="Look whether the disk is there."
            ) from error

    def damaged_moments(self, runs: Mapping[str, Run]) -> Iterator[StoredMoment | None]:
        """Check all arrays against their hashes: yield each moment whose are damaged, and `None` now and then."""
        for run in runs.values():
            for kept in [run.moments.kept(step) for step in run.moments]:
                if isinstance(kept, StoredMoment):
                    try:
                        self.read(kept)
                    except LostMomentError:
                        yield kept
                    except UserError:
                        return  # the disk is gone: nothing can be said of the others
                yield None

    def part(self, taken: TakenError) -> None:
        """Write no more into the file, which others have taken. It can be read as long as it is open.

        Where it was only moved or deleted, what SQLite keeps beside its old name is brought into it first.
        """
        self.taken, self.read_only = taken, True
        self.database.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)
        if taken.happening in ("moved", "replaced") and self._watch:
            descriptor = self.lock.descriptor if self.lock else None
            if self._watch.is_untouched(descriptor) and self._finish():
                self._watch.remove_beside()

    def close(self, *, whole: bool = True) -> None:
        """Close the file; `whole`: in an orderly way, so that later damage to it is noticed and mended."""
        if self._is_closed:
            return
        self._is_closed = True
        is_ours = not self.read_only and self._is_ours()
        is_done = not self.read_only and self._finish()
        self.database.close()
        if self.taken and self.taken.happening == "changed" and self._watch:
            self._watch.remove_beside()  # else it would be taken for a part of what the other program wrote
        if whole and is_done and is_ours:
            with contextlib.suppress(OSError):
                seal(self.path)
        if self.lock:
            self.lock.release()

    def _is_ours(self) -> bool:
        """Whether the file is in its place and as it was left; where it was taken, part from it."""
        try:
            self._look()
        except TakenError as taken:
            self.part(taken)
            return False
        except (OSError, sqlite3.Error):
            return False
        return True

    def _look(self) -> None:
        if self._watch:
            self._watch.look()

    def _note(self) -> None:
        if self._watch:
            self._watch.note()

    def _finish(self) -> bool:
        """Let SQLite bring all it keeps beside the file into it; return whether it could."""
        with contextlib.suppress(sqlite3.Error):
            busy, *_ = self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
        return False

    def _write_runs(self, runs: Mapping[str, Run], uses: Counter[str], *, are_all: bool) -> _Outcome:
        """Write runs; where they `are_all`, what else is in the file is deleted."""
        outcome, left = _Outcome(), Allowance()
        for name in self._written.keys() - runs.keys() if are_all else ():
            if rest := drop_run(self.database, self._arrays, uses, name, self._written[name], left):
                outcome.written[name] = rest
        # The newest first: it may be training, and what is reported of it is in the file already.
        in_turn = list(runs.items())[::-1]
        in_turn.sort(key=lambda item: item[1].deleted)
        for name, run in in_turn:
            known = self._written.get(name)
            if known and (left.is_spent or is_written(run, known)):
                outcome.written[name] = known
            elif not left.is_spent:
                writer = RunWriter(self.database, self._arrays, uses, run, known or Written())
                writer.write(left)
                outcome.written[name] = writer.written
                outcome.stored[name] = writer.stored
                outcome.lost += [(name, step) for step in writer.lost]
                outcome.unread = writer.unread or outcome.unread
        outcome.is_done = not left.is_spent
        return outcome

    def _write_facts(self, contents: Contents) -> None:
        if not self._written:
            put(self.database, FACTS, "written_by", to_json(_versions()))
        if self._is_other_view(contents.view):
            put(self.database, FACTS, "view", to_json(contents.view))
        if plain_sets(contents.sets) != self._sets:
            write_sets(self.database, contents.sets)

    def _write_drawings(self, drawings: Mapping[str, Drawing], uses: Counter[str]) -> dict[str, str]:
        if list(drawings.items()) == list(self._drawings.items()):
            return self._pictures
        return write_drawings(self.database, self._arrays, uses, drawings, self._pictures)

    def _leave_to_file(self, runs: Mapping[str, Run]) -> None:
        """Let the file alone hold what it has of the moments, but for each run's newest where that is in memory."""
        for name, run in runs.items():
            waiting, moments = self._not_left.pop(name, set()) | run.moments.in_memory, run.moments
            for step in waiting & self._written[name].moments.keys() if name in self._written else ():
                if step != moments.newest or step not in moments.in_memory:
                    moments[step] = StoredMoment(self, name, step, *self._written[name].moments[step])


def _are_same[T](numbered: Mapping[int, T], known: Mapping[int, tuple[T, str]]) -> bool:
    return numbered.keys() == known.keys() and all(each is known[n][0] for n, each in numbered.items())


def _say(moment: StoredMoment) -> str:
    name = moment.store.path.name
    return f"The weights of run {moment.run} at step {moment.step:,} in {name}"


def _versions() -> dict[str, str]:
    from importlib.metadata import version  # 5 ms, which the window's first picture need not wait for

    return {"layerlight": VERSION, "python": platform.python_version()} | {
        name: version(name) for name in PACKAGES
    }
