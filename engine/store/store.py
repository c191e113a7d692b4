"""The store: an open session file that follows the session in memory, and gives moments back.

Invariant: the file always holds something that was. Each write is one transaction; what a write could not bring into
the file stays in memory, and the next one tries again.
"""

from __future__ import annotations

import contextlib
import errno
import platform
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from engine import VERSION
from engine.errors import UserError
from engine.store.arrays import Arrays, DamagedError
from engine.store.lock import Lock
from engine.store.reading import Contents, read_contents
from engine.store.schema import FACTS, connect, put, remove_empty_log, to_json, transaction
from engine.store.seal import seal, unseal
from engine.store.writing import RunWriter, Written, about, drop_run, is_written
from engine.training.run import Moment, Run

PACKAGES = ("tensorflow", "keras", "numpy")
AT_ONCE = 8
"""So many moments at most are written in one go: with their arrays they are what takes time."""


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


class Store:
    """A session file, open for writing or only for reading. All of it belongs to one thread."""

    def __init__(self, path: Path, *, read_only: bool = False, lock: Lock | None = None) -> None:
        """Open the file, made if need be; `lock` was taken for it and is given back by `close`.

        Raises `UserError` when it is no session, `sqlite3.Error` or `OSError` when it cannot be opened.
        """
        self.path, self.read_only = path, read_only
        self.lock = lock
        if not read_only and path.exists():
            unseal(path)
        self._database = connect(path, read_only=read_only)
        self._identity = _identity(path)
        self._arrays = Arrays(self._database)
        self._written: dict[str, Written] = {}
        self._view = ""

    def load(self) -> Contents:
        """Read everything but the arrays; the moments of the runs read these when they are asked for."""
        self._database.execute("BEGIN")  # what another process writes meanwhile must not be seen by halves
        try:
            contents = read_contents(self._database, lambda *which: StoredMoment(self, *which))
        finally:
            if self._database.in_transaction:
                self._database.execute("COMMIT")
        for name, run in contents.runs.items():
            self._written[name] = written = Written(
                about(run), len(run.epochs), len(run.losses), len(run.changes)
            )
            for step in run.moments:
                kept = run.moments.kept(step)
                assert isinstance(kept, StoredMoment)
                written.moments[step] = run.bookmarks.get(step), kept.weights, kept.optimizer
                self._arrays.count((*kept.weights.split(), *kept.optimizer.split()))
        self._view = to_json(contents.view)
        return contents

    def adopt(self, runs: Mapping[str, Run]) -> None:
        """Take over runs that another store has written into this file."""
        loaded = self.load()
        for name, run in runs.items():
            for step in run.moments:
                if not isinstance(run.moments.kept(step), Moment):
                    run.moments[step] = loaded.runs[name].moments.kept(step)

    def write(self, runs: Mapping[str, Run], view: Mapping[str, Any], *, leave: bool = True) -> bool:
        """Bring the file up to date with the runs in one transaction; return whether all is in it now.

        At most a few moments are written at once: where it returns `False`, it wants to be called again. With `leave`
        the moments that are written, but for the newest of each run, are held by the file alone from then on. Raises
        `sqlite3.Error` or `OSError`, `FileNotFoundError` when the file is no longer in its place.
        """
        if self.is_gone():
            raise FileNotFoundError(errno.ENOENT, "The file is no longer there", str(self.path))
        if self.is_current(runs, view):
            return True
        uses: Counter[str] = Counter()
        with transaction(self._database):
            after = self._write_runs(runs, uses)
            self._write_facts(view)
        self._arrays.count_uses(uses)
        self._written, self._view = after, to_json(view)
        if leave:
            self._leave_to_file(runs)
        return self.is_current(runs, view)

    def is_current(self, runs: Mapping[str, Run], view: Mapping[str, Any] | None = None) -> bool:
        """Whether the file holds all of the runs, and of the window's state if that is asked for."""
        return (
            runs.keys() == self._written.keys()
            and (view is None or to_json(view) == self._view)
            and all(is_written(run, self._written[name]) for name, run in runs.items())
        )

    def read(self, moment: StoredMoment) -> Moment:
        """Return a moment with its arrays; raise `UserError` when they are damaged or cannot be read."""
        try:
            return Moment(
                step=moment.step,
                weights=self._arrays.get(moment.weights),
                optimizer=self._arrays.get(moment.optimizer),
            )
        except DamagedError as error:
            raise UserError(
                f"The weights of run {moment.run} at step {moment.step:,} in {self.path.name} are damaged.",
                hint="Look at another moment.",
            ) from error

    def damaged_moments(self, runs: Mapping[str, Run]) -> Iterator[StoredMoment | None]:
        """Check all arrays against their hashes: yield each moment whose are damaged, and `None` now and then."""
        for run in runs.values():
            for kept in [run.moments.kept(step) for step in run.moments]:
                if isinstance(kept, StoredMoment):
                    try:
                        self.read(kept)
                    except UserError:
                        yield kept
                yield None

    def is_gone(self) -> bool:
        """Whether the file is no longer in its place: SQLite would write on into nowhere."""
        return _identity(self.path) != self._identity

    def close(self, *, whole: bool = True) -> None:
        """Close the file; `whole`: in an orderly way, so that later damage to it is noticed and mended."""
        is_done = not self.read_only and self._finish()
        self._database.close()
        if whole and is_done and not self.is_gone():
            with contextlib.suppress(OSError):
                seal(self.path)
        if self.lock:
            if self.read_only and (self.lock.is_held or self.lock.take()):
                remove_empty_log(self.path)
            self.lock.release()

    def _finish(self) -> bool:
        """Let SQLite bring all it keeps beside the file into it; return whether it could."""
        with contextlib.suppress(sqlite3.Error):
            busy, *_ = self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
        return False

    def _write_runs(self, runs: Mapping[str, Run], uses: Counter[str]) -> dict[str, Written]:
        after, left = {}, AT_ONCE
        for name in self._written.keys() - runs.keys():
            drop_run(self._database, self._arrays, uses, name, self._written[name])
        for name, run in runs.items():
            writer = RunWriter(self._database, self._arrays, uses, run, self._written.get(name, Written()))
            left -= writer.write(left)
            after[name] = writer.written
        return after

    def _write_facts(self, view: Mapping[str, Any]) -> None:
        if not self._written:
            put(self._database, FACTS, "written_by", to_json(_versions()))
        if to_json(view) != self._view:
            put(self._database, FACTS, "view", to_json(view))

    def _leave_to_file(self, runs: Mapping[str, Run]) -> None:
        for name, run in runs.items():
            for step, (_, weights, optimizer) in self._written[name].moments.items():
                kept = run.moments.kept(step)
                is_here = isinstance(kept, StoredMoment) and kept.store is self
                if not is_here and step != run.moments.newest:
                    run.moments[step] = StoredMoment(self, name, step, weights, optimizer)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _versions() -> dict[str, str]:
    return {"layerlight": VERSION, "python": platform.python_version()} | {
        name: version(name) for name in PACKAGES
    }
