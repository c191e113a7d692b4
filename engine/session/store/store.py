"""The store: an open session file that follows the session in memory, and from which moments are read.

Invariant: the file always has a state that the session had. Each write is one transaction; what it could not write
stays in memory, and the next one tries again. A file that another program has taken is not written any more.
"""

import contextlib
import errno
import platform
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from engine import VERSION
from engine.core.act import Act
from engine.core.drawing import Drawing
from engine.core.errors import UserError
from engine.core.example import Example
from engine.core.language import mark, tr
from engine.core.messages import Turns
from engine.model.training.run import LostMomentError, Moment, Moments, Run
from engine.session.store import schema, writing
from engine.session.store.arrays import Arrays, DamagedError, hash_of
from engine.session.store.guard import Bounds
from engine.session.store.reading import Contents, read_contents
from engine.session.store.schema import Access, check, connect, put, rows, to_json, transaction
from engine.session.store.seal import seal, unseal
from engine.session.store.watch import Lock, TakenError, Watch
from engine.session.store.writing import Numbered, RunWriter, Target, Written

PACKAGES = ("tensorflow", "keras", "numpy")


class StoredMoment(NamedTuple):
    """A moment in the file: the hashes of its arrays, separated by spaces."""

    store: "Store"
    run: str
    step: int
    weights: str
    optimizer: str

    def read(self) -> Moment:
        """Read it; raises `UserError` if its arrays are damaged or cannot be read."""
        return self.store.read(self)


class Store:
    """A session file, open for writing or only for reading. Only one thread uses it."""

    def __init__(self, path: Path, access: Access, lock: Lock | None = None) -> None:
        """Open the file, whose `lock` is acquired; raise `UserError` if it is no session, or `sqlite3.Error`."""
        self.path, self.read_only, self.lock = path, access in ("read", "still"), lock
        if access == "write":
            check(path)  # nothing is written into a file that is refused
            unseal(path)
        self.database = connect(path, access)
        try:
            self._watch = None if self.read_only else Watch(path, self.database)
        except BaseException:
            self.database.close()
            raise
        self._is_closed = False
        self.taken: TakenError | None = None  # why the file is not written any more
        self._arrays = Arrays(self.database)
        self._written: dict[str, Written] = {}
        self._not_left: dict[str, set[int]] = {}  # steps in the file, by run, that may also be in memory
        self._view, self._sets = "", writing.plain_sets({})
        # The window's state that equals `_view`: it may contain a picture, so it is not compared each time.
        self._known_view: Mapping[str, Any] | None = None
        self._drawings: dict[str, Drawing] = {}
        self.lost: list[tuple[str, int]] = []  # moments that are damaged in another file, not reported yet
        self._pictures: dict[str, str] = {}  # the hash of the picture below each drawing, empty for none
        self._acts: Numbered[Act] = {}
        self._examples: Numbered[Example] = {}  # of the shelf

    def load(self) -> Contents:
        """Read everything but the arrays, which the runs' moments read on access."""
        self.database.execute("BEGIN")  # one snapshot, even if another process writes meanwhile
        try:
            contents = read_contents(self.database, self.path, lambda *which: StoredMoment(self, *which), self._arrays)
        finally:
            with contextlib.suppress(sqlite3.Error):
                self.database.execute("ROLLBACK")
        for run in contents.runs.values():
            self._know(run)
            for stored in self._written[run.name].moments.values():
                self._arrays.count(" ".join(stored).split())
            self._arrays.count(self._written[run.name].examples.split())
        self._view, self._drawings = to_json(contents.view), dict(contents.drawings)
        self._sets = writing.plain_sets(contents.sets)
        self._pictures = {
            name: "" if drawing.picture is None else hash_of(drawing.picture)
            for name, drawing in contents.drawings.items()
        }
        self._arrays.count(filter(None, self._pictures.values()))
        self._acts = {
            number: (act, " ".join(map(hash_of, act.arrays.values()))) for number, act in contents.acts.items()
        }
        self._arrays.count(filter(None, (key for _, key in self._acts.values())))
        self._examples = {number: (example, hash_of(example.image)) for number, example in contents.examples.items()}
        self._arrays.count(key for _, key in self._examples.values())
        return contents

    def check_written(self) -> Turns[None]:
        """Read all rows again in turns; raise `OSError` unless each is intact, and no run or moment is missing."""

        def refuse(*_: object) -> None:
            raise OSError(errno.EIO, "The file does not hold what was written", str(self.path))

        present = set[tuple[Any, ...]]()
        for table in schema.TABLES:
            if table is schema.ARRAYS:  # each is checked whenever it is read
                continue
            bounds = Bounds(self.database, self.path)
            for number, row in enumerate(rows(self.database, table, refuse, bounds)):
                if table in (schema.RUNS, schema.MOMENTS):
                    present.add(row[: table.keys])
                if number % writing.ROWS_AT_ONCE == 0:
                    yield
        moments = {(name, step) for name, written in self._written.items() for step in written.moments}
        if present != moments | {(name,) for name in self._written}:
            refuse()

    def take_over(self, before: "Store", contents: Contents) -> None:
        """Continue from `before`, now closed, which wrote this file under another name with all of the contents."""
        self._written, self._sets, self.lost = before._written, before._sets, before.lost
        self._view, self._known_view = before._view, before._known_view
        self._drawings, self._pictures = before._drawings, before._pictures
        self._acts, self._examples = before._acts, before._examples
        self._arrays.count_uses(before._arrays.uses)
        for name, run in contents.runs.items():
            stored = self._written[name].moments
            in_file = {step: StoredMoment(self, name, step, *hashes) for step, hashes in stored.items()}
            newest = run.moments.kept(run.moments.newest) if run.moments else None  # it may have just started
            run.moments = Moments({**in_file, newest.step: newest} if isinstance(newest, Moment) else in_file)

    def _know(self, run: Run) -> None:
        moments = {}
        for step in run.moments:
            stored = run.moments.kept(step)
            assert isinstance(stored, StoredMoment)
            moments[step] = stored.weights, stored.optimizer
        bookmarks = {step: name for step, name in run.bookmarks.items() if step in moments}
        examples = " ".join(hash_of(example.image) for example in run.examples)
        written = Written(about=writing.about(run), moments=moments, bookmarks=bookmarks, examples=examples)
        self._written[run.name] = writing.with_history(written, run)

    def write(self, contents: Contents, *, leave: bool = True, only: Collection[str] | None = None) -> bool:
        """Bring the file up to date in one transaction; return whether it has everything now, or must be called again.

        `only` are the names of the runs that may have changed. With `leave`, the written moments, except for the newest
        of each run, are released from memory. Raises `sqlite3.Error` or `OSError`, and `TakenError` if another program
        has changed the file: then call `part`. Raises `UserError` when everything is written except for moments that
        cannot be read from another file for now.
        """
        self._look()
        if only is None and self.is_current(contents):
            if leave:
                self._leave_to_file(contents.runs)
            return True
        runs = contents.runs if only is None else {name: contents.runs[name] for name in only if name in contents.runs}
        target = Target(self.database, self._arrays)
        try:
            with transaction(self.database):
                self._look()  # again, as from here on no other process can write through SQLite
                written, is_done = self._write_runs(target, runs, are_all=only is None)
                if not self._written:
                    from importlib.metadata import version  # 5 ms that the window's first picture must not wait for

                    versions = {"layerlight": VERSION, "python": platform.python_version()}
                    versions |= {name: version(name) for name in PACKAGES}
                    put(self.database, schema.FACTS, "written_by", to_json(versions))
                if self._is_other_view(contents.view):
                    put(self.database, schema.FACTS, "view", to_json(contents.view))
                if writing.plain_sets(contents.sets) != self._sets:
                    writing.write_sets(self.database, contents.sets)
                pictures = self._pictures
                if list(contents.drawings.items()) != list(self._drawings.items()):
                    pictures = writing.write_drawings(target, contents.drawings, pictures)
                acts = writing.write_acts(target, contents.acts, self._acts)
                examples = writing.write_examples(target, contents.examples, self._examples)
        except TakenError:
            raise
        except BaseException:
            self._note()
            raise
        self._note()
        self._arrays.count_uses(target.uses)
        self._written = written if only is None else self._written | written
        if self._is_other_view(contents.view):
            self._view, self._known_view = to_json(contents.view), contents.view
        self._drawings, self._pictures = dict(contents.drawings), pictures
        self._acts, self._examples = acts, examples
        self._sets = writing.plain_sets(contents.sets)
        for run, step in target.lost:
            del contents.runs[run].moments[step]
        self.lost += target.lost
        for name, steps in target.stored.items():
            self._not_left.setdefault(name, set()).update(steps)
        if leave:
            self._leave_to_file(runs)
        if target.unread and is_done:
            raise target.unread[-1]
        return is_done and (self.is_current(contents) if only is None else self.holds(runs))

    def holds(self, runs: Mapping[str, Run]) -> bool:
        """Whether the file has all of these runs, with everything of each."""
        return all(name in self._written and writing.is_written(run, self._written[name]) for name, run in runs.items())

    def is_current(self, contents: Contents, *, even_view: bool = True) -> bool:
        """Whether the file has all of the contents; without `even_view`, window's state and acts are ignored."""
        runs = contents.runs
        return (
            runs.keys() == self._written.keys()
            and list(contents.drawings.items()) == list(self._drawings.items())
            and writing.plain_sets(contents.sets) == self._sets
            and _are_same(contents.examples, self._examples)
            and not (even_view and (self._is_other_view(contents.view) or not _are_same(contents.acts, self._acts)))
            and self.holds(runs)
        )

    def _is_other_view(self, view: Mapping[str, Any]) -> bool:
        if view is not self._known_view:
            if to_json(view) != self._view:
                return True
            self._known_view = view
        return False

    def read(self, moment: StoredMoment) -> Moment:
        """Return a moment with its arrays; raise `LostMomentError` if they are damaged, `UserError` if unreadable."""
        try:
            return Moment(
                step=moment.step, weights=self._arrays.get(moment.weights), optimizer=self._arrays.get(moment.optimizer)
            )
        except DamagedError as error:
            sentence = mark("The weights of run {run} at step {step:,} in {file} are damaged.")
            raise LostMomentError(_say(sentence, moment), moment=moment, file=self.path) from error
        except (sqlite3.Error, MemoryError) as error:
            if self.taken and self.taken.happening == "changed":  # such as truncated
                sentence = mark("The weights of run {run} at step {step:,} in {file} are lost.")
                raise LostMomentError(_say(sentence, moment), moment=moment, file=self.path) from error
            sentence = mark("The weights of run {run} at step {step:,} in {file} cannot be read.")
            raise UserError(_say(sentence, moment), hint=tr("Look whether the disk is there.")) from error

    def damaged_moments(self, runs: Mapping[str, Run]) -> Iterator[StoredMoment | None]:
        """Check all arrays against their hashes: yield each moment with damaged ones, and `None` between turns."""
        for run in runs.values():
            for moment in [run.moments.kept(step) for step in run.moments]:
                if isinstance(moment, StoredMoment):
                    try:
                        self.read(moment)
                    except LostMomentError:
                        yield moment
                    except UserError:
                        return  # the disk is gone, which says nothing about the others
                yield None

    def part(self, taken: TakenError) -> None:
        """Stop writing a file that another program has taken; SQLite's log is moved into one with another name."""
        self.taken, self.read_only = taken, True
        self.database.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)
        if taken.happening in ("moved", "replaced") and self._watch:
            descriptor = self.lock.descriptor if self.lock else None
            if self._watch.is_untouched(descriptor) and self._finish():
                self._watch.remove_beside()

    def close(self, *, whole: bool = True) -> None:
        """Close the file; if `whole`, with a seal, so that later damage is detected and repaired."""
        if self._is_closed:
            return
        self._is_closed = True
        is_ours = not self.read_only and self._is_ours()
        is_done = not self.read_only and self._finish()
        self.database.close()
        if self.taken and self.taken.happening == "changed" and self._watch:
            self._watch.remove_beside()  # or the log would be taken for a part of the other program's file
        if whole and is_done and is_ours:
            with contextlib.suppress(OSError):
                seal(self.path)
        if self.lock:
            self.lock.release()

    def _is_ours(self) -> bool:
        """Whether the file is in its place and unchanged; if another program has taken it, call `part`."""
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
        """Let SQLite move its log into the file; return whether that succeeded."""
        with contextlib.suppress(sqlite3.Error):
            busy, *_ = self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
        return False

    def _write_runs(self, target: Target, runs: Mapping[str, Run], *, are_all: bool) -> tuple[dict[str, Written], bool]:
        """Write runs, and delete others if they `are_all`; return what the file has of each, and whether all fitted."""
        now, left = dict[str, Written](), writing.Allowance()
        for name in self._written.keys() - runs.keys() if are_all else ():
            if rest := writing.drop_run(target, name, self._written[name], left):
                now[name] = rest
        # The newest first: it may be training, and what is printed about it must be in the file.
        in_turn = list(runs.items())[::-1]
        in_turn.sort(key=lambda item: item[1].deleted)
        for name, run in in_turn:
            known = self._written.get(name)
            if known and (left.is_spent or writing.is_written(run, known)):
                now[name] = known
            elif not left.is_spent:
                writer = RunWriter(target, run, known or Written())
                writer.write(left)
                now[name] = writer.written
        return now, not left.is_spent

    def _leave_to_file(self, runs: Mapping[str, Run]) -> None:
        """Release from memory the moments that the file has, except for each run's newest."""
        for name, run in runs.items():
            waiting, moments = self._not_left.pop(name, set()) | run.moments.in_memory, run.moments
            for step in waiting & self._written[name].moments.keys() if name in self._written else ():
                if step != moments.newest or step not in moments.in_memory:
                    moments[step] = StoredMoment(self, name, step, *self._written[name].moments[step])


def _are_same[T](numbered: Mapping[int, T], known: Mapping[int, tuple[T, str]]) -> bool:
    return numbered.keys() == known.keys() and all(item is known[n][0] for n, item in numbered.items())


def _say(sentence: str, moment: StoredMoment) -> str:
    return tr(sentence, run=moment.run, step=moment.step, file=moment.store.path.name)
