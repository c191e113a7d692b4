"""Opening session files, which are examined and repaired first and locked for writing, and replacing them atomically.

A session is opened for writing twice: first without locks or files beside it, only to check it, and again if it is one.
So a file that is refused has not been changed.
"""

import contextlib
import errno
import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.machine.atomic import check_name, flush_folder, remove_leftovers, replace_file, temporary_name
from engine.core.machine.bundled import STAYS, is_bundled
from engine.core.machine.folders import machine
from engine.core.messages import Turns
from engine.data.formats.reading import require_file, unreadable
from engine.session.store import places
from engine.session.store.guard import JOURNAL, WAL, beside, check_beside, check_nothing_beside, has_beside
from engine.session.store.places import remove_session
from engine.session.store.reading import Contents
from engine.session.store.schema import SUFFIX, Access, check, connect
from engine.session.store.seal import Examination, check_length, examine, is_sealed, mend
from engine.session.store.store import Store
from engine.session.store.watch import Lock

log = logging.getLogger(__name__)

MAGIC = b"SQLite format 3\0"  # the beginning of each SQLite file
HEADER_BYTES = 100  # length of the header of each SQLite file
MOST_OF_COMMAND_LINE = 5  # untitled sessions of the command line that are kept

IN_USE = mark("{name} is open in another window, so it can only be looked at here.")
NOT_YOURS = mark("{name} may not be written by you, so it can only be looked at.")
ONLY_LOOKED_AT = mark("This is a copy of {name}; what you change goes into a new session.")


class Opened(NamedTuple):
    """An open file. `read_only` is a sentence on why it is not written, `mended` one on repairs; both may be empty."""

    store: Store
    read_only: str
    mended: str
    is_whole: bool  # whether the seal confirms every bit of it
    damaged: Sequence[int]  # numbers of the blocks that were damaged when it was opened, from 0,
    parts: int  # ... and the number of blocks, if the seal has it


def create_store(path: Path) -> Store:
    """Create a session file under a temporary name, and then give it its own: a kill leaves no half of one.

    Raises `sqlite3.Error`, `OSError` (`FileExistsError` if it is there), or `UserError` for files beside it.
    """
    check_name(path)
    lock = Lock(path)
    if path.exists() or not lock.take():
        raise FileExistsError(errno.EEXIST, "There is a file already", str(path))
    unfinished = temporary = temporary_name(path)
    try:
        check_nothing_beside(path)
        connect(temporary, "create").close()
        _put_in_place(temporary, path)
        unfinished = path
        lock.take_file()
        return Store(path, "write", lock)
    except BaseException:
        lock.release()
        with contextlib.suppress(OSError):
            remove_session(unfinished)
        raise


def _put_in_place(temporary: Path, path: Path) -> None:
    """Rename a file; raise `FileExistsError` if another process was faster."""
    try:
        os.link(temporary, path)  # unlike a rename, it never replaces a file
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(errno.EEXIST, "There is a file already", str(path)) from None
        replace_file(temporary, path)
    temporary.unlink(missing_ok=True)
    flush_folder(path.parent)


def open_store(path: Path, *, look_only: bool = False) -> Turns[Opened]:
    """Open a session file in turns, read-only with `look_only`, or if it has to be; raise `UserError` if it cannot."""
    require_file(path)
    check_beside(path, (JOURNAL, WAL))
    lock = Lock(path)
    is_free = is_bundled(path) or lock.take()  # nobody writes the bundled one, so it needs no lock
    reason = _reason(path, is_free=is_free, look_only=look_only)
    try:
        check_length(path)
        examination = yield from examine(path)
        access: Access = "write"
        if not reason:
            remove_leftovers(path.parent)
            mended = _mended(path, examination)
        else:
            if is_free:
                lock.release()
            access = "read" if not is_free or has_beside(path, WAL) else "still"  # a log beside it is a part of it
            is_damaged = examination.state == "damaged"
            mended = tr("{file} is damaged; what can be read of it was opened.", file=path.name) if is_damaged else ""
        store = _open(path, access, lock, is_free=is_free)
        is_whole = examination.state == "whole" or (bool(mended) and not reason)
        reason = tr(reason, name=path.name) if reason else ""
        return Opened(store, reason, mended, is_whole, examination.damaged, examination.blocks)
    except OSError as error:
        lock.release()
        raise unreadable(path, error) from error
    except BaseException:
        lock.release()
        raise


def replace_store(path: Path, contents: Callable[[], Contents]) -> Turns[Store]:
    """Write a session into a new file beside `path` in turns, rename it to `path`, and return it open.

    Raises what `Store.write` raises, and `UserError` if another window has `path` open; nothing has then changed.
    """
    check_name(path)
    path = path.resolve()
    lock = Lock(path)
    if not lock.take():
        raise UserError(
            tr("{file} is open in another window.", file=path.name), hint=tr("Choose another name, or close it there.")
        )
    remove_leftovers(path.parent)
    temporary = temporary_name(path)
    try:
        check_beside(path)
        store = Store(temporary, "create")
        try:
            while not store.write(contents(), leave=False):
                yield None
            yield from store.check_written()
            while not store.write(contents(), leave=False):  # what was added meanwhile
                yield None
        finally:
            store.close(whole=False)
        _settle(temporary)
        _settle(path)
        replace_file(temporary, path)
        flush_folder(path.parent)
        lock.take_file()
        moved = Store(path, "write", lock)
        moved.take_over(store, contents())
        return moved
    except BaseException:
        lock.release()
        with contextlib.suppress(OSError):
            remove_session(temporary)
        raise


def peek(path: Path) -> tuple[Contents, bool]:
    """Return the contents of a session that no process has open, unchanged, and whether it was not closed properly."""
    store = Store(path, "still")
    try:
        return store.load(), not is_sealed(path)
    finally:
        store.close()


def forget_old_command_line_sessions() -> None:
    """Remove all but the newest untitled sessions of this machine's command line, if no process has them open."""
    count = 0
    for path in sorted(places.autosaves().glob(f"{places.COMMAND_LINE}*-{machine()}-*{SUFFIX}"), key=_age):
        lock = Lock(path)
        if not lock.take():
            count += 1
            continue
        try:
            with contextlib.closing(connect(path, "still")) as database:
                row = database.execute("SELECT value FROM facts WHERE name = 'view'").fetchone()
            if row is None or row[0] == "{}":  # a window always writes its state
                count += 1
                if count > MOST_OF_COMMAND_LINE:
                    remove_session(path)
        except (OSError, UserError, sqlite3.Error):
            log.warning("%s cannot be looked at, so it stays.", path, exc_info=True)
        finally:
            lock.release()


def _age(path: Path) -> float:
    """Return a number that increases with the time since the last change of a file."""
    with contextlib.suppress(OSError):
        return -path.stat().st_mtime
    return 0.0


def _mended(path: Path, examination: Examination) -> str:
    """Repair a damaged block and return a sentence; if that is impossible, each row still has its own check."""
    if examination.state == "seal damaged":
        return tr("What guards {file} was damaged on the disk; all that is in it is whole.", file=path.name)
    if examination.state != "damaged":
        return ""
    with contextlib.suppress(UserError, OSError):
        mend(path)
        part = examination.damaged[0] + 1
        return tr(
            "Part {part:,} of {blocks:,} of {file} was damaged on the disk and has been restored.",
            part=part,
            blocks=examination.blocks,
            file=path.name,
        )
    return ""


def _open(path: Path, access: Access, lock: Lock, *, is_free: bool) -> Store:
    try:
        if access == "read" and is_free:
            check(path)  # so no file appears beside one that is refused
        return Store(path, access, lock)
    except sqlite3.Error as error:
        sentence = tr("{file} cannot be opened: {reason}.", file=path.name, reason=_what_ails(path))
        raise UserError(sentence, hint=tr("Open a copy of it, if you have one.")) from error


def _what_ails(path: Path) -> str:
    """Return why SQLite does not accept a file as a database, judging by its first bytes."""
    with path.open("rb") as file:
        header = file.read(32)
    size, magic = path.stat().st_size, MAGIC[: len(header)]
    page = int.from_bytes(header[16:18], "big")
    is_page = page == 1 or (page >= 512 and page & (page - 1) == 0)  # SQLite's possible page sizes
    if not header.startswith(magic) or (18 <= size < HEADER_BYTES and not is_page):
        return tr("it is no Layerlight session")
    if size >= HEADER_BYTES and not is_page:
        return tr("its beginning is damaged")
    whole = (65536 if page == 1 else page) * int.from_bytes(header[28:32], "big")
    if size < max(whole, len(MAGIC)):
        whole = max(whole, len(MAGIC))
        return tr("the file is cut short, {size:,} of {whole:,} bytes are there", size=size, whole=whole)
    return tr("its beginning is damaged")


def _reason(path: Path, *, is_free: bool, look_only: bool) -> str:
    """Return why a file must not be written; empty if it may be."""
    if is_bundled(path):
        return STAYS
    if look_only:
        return ONLY_LOOKED_AT
    if not is_free:
        return IN_USE
    return "" if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) else NOT_YOURS


def _settle(path: Path) -> None:
    """Move SQLite's log beside `path` into it, or it would be taken for a part of the file that replaces it."""
    log = beside(path, WAL)
    if log.exists() and path.exists():
        try:
            check(path)
            with contextlib.suppress(sqlite3.Error), contextlib.closing(connect(path, "write")) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except UserError as error:
            sentence = tr("{file} is no session, and {log} beside it belongs to it.", file=path.name, log=log.name)
            raise UserError(sentence, hint=tr("Choose another name.")) from error
    if log.exists() and log.stat().st_size:
        raise OSError(errno.ENOSPC, "SQLite could not finish its work", str(path))
    log.unlink(missing_ok=True)
