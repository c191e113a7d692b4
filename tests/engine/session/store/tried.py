"""How a session file of somebody else is tried: looked at, opened, with what memory and time it may take."""

import contextlib
import resource
import time
from pathlib import Path

from engine.core.errors import UserError
from engine.core.messages import run_through
from engine.session.jobs.files import open_session, say_damage
from engine.session.session import Session
from engine.session.store import places
from engine.session.store.opening import open_store

MOST_SECONDS, MOST_MEMORY = 2.0, 2**30


def looked_at(path):
    """What is said of a file that is only looked at, with every moment of it."""
    opened = run_through(open_store(path, look_only=True))
    try:
        contents = opened.store.load()
        return say_damage(path, [*contents.damage, *lost(contents.runs)])
    finally:
        opened.store.close()


def opened(path):
    """What is said of a file that is opened to be worked on, with every moment of it, and written."""
    session = Session(new_place=places.new_autosave)
    try:
        sentences = [getattr(message, "sentence", "") for message in open_session(session, str(path))]
        sentences.append(say_damage(path, lost(session.runs)))
        session.save()
        return " ".join(sentence for sentence in sentences if path.name in sentence)
    finally:
        session.close()


def lost(runs):
    """The moments that cannot be looked at."""
    found = []
    for run in runs.values():
        run.summary()
        for step in run.moments:
            try:
                run.moments[step]
            except UserError as error:
                assert error.sentence.endswith("are damaged.")
                found.append(f"the weights at step {step}")
    return found


def said(act, path):
    """What `act` says of a file, and whether it refuses it; it takes little time and memory."""
    begin = time.thread_time()
    with less_memory():
        try:
            sentence, is_refused = act(path), False
        except UserError as error:
            sentence, is_refused = error.sentence, True
    assert time.thread_time() - begin < MOST_SECONDS
    assert sentence.isprintable() and len(sentence) < 400, sentence
    return sentence, is_refused


@contextlib.contextmanager
def less_memory():
    """Inside, this process gets at most so much more memory; what wants more is a `MemoryError`."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MOST_MEMORY, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def everything(folder):
    """What lies in a folder: names, kinds, contents."""
    return {
        path.relative_to(folder): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
        if not path.is_symlink()
    }
