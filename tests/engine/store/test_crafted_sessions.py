"""Whatever somebody made of a session file: it is named in one sentence, and nothing is done that it says."""

import shutil
import time
from pathlib import Path

import pytest

from engine.errors import UserError
from engine.session import Session
from engine.session_jobs import open_session, say_damage
from engine.store import places
from engine.store.block_sums import run_through
from engine.store.opening import open_store
from engine.store.seal import seal, unseal
from tests.engine.store.crafted_sessions import ALL, make_whole


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return make_whole(tmp_path_factory.mktemp("whole") / "whole.layerlight")


@pytest.fixture
def made(whole, tmp_path):
    """Makes a crafted file in a folder of its own, with files beside that folder that must stay as they are."""

    def make(crafted):
        for name in ("canary", "victim"):
            (tmp_path / name).write_text(name)
        folder = tmp_path / "folder"
        folder.mkdir()
        path = Path(shutil.copy(whole, folder / "session.layerlight"))
        unseal(path)
        crafted.make(path)
        seal(path)
        return path

    return make


def everything(folder):
    """What lies in a folder: names, kinds, contents."""
    return {
        path.relative_to(folder): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
        if not path.is_symlink()
    }


def looked_at(path):
    """What is said of a file that is only looked at, with every moment of it."""
    opened = run_through(open_store(path, look_only=True))
    try:
        contents = opened.store.load()
        return say_damage(path, [*contents.damage, *lost(contents.runs)])
    finally:
        opened.store.close()


def lost(runs):
    """The moments that cannot be looked at."""
    return [
        f"the weights at step {step}" for run in runs.values() for step in run.moments if is_lost(run, step)
    ]


def is_lost(run, step):
    try:
        run.moments[step]
    except UserError as error:
        assert error.sentence.endswith("are damaged.")
        return True
    return False


def opened(path):
    """What is said of a file that is opened to be worked on."""
    session = Session(new_place=places.new_autosave)
    try:
        told = list(open_session(session, str(path)))
        session.save()
        sentences = [getattr(message, "sentence", "") for message in told]
        sentences.append(say_damage(path, lost(session.runs)))
        return " ".join(sentence for sentence in sentences if path.name in sentence)
    finally:
        session.close()


def said(act, path):
    begin = time.thread_time()
    try:
        sentence, refused = act(path), False
    except UserError as error:
        sentence, refused = error.sentence, True
    assert time.thread_time() - begin < 2
    return sentence, refused


@pytest.mark.parametrize("crafted", ALL, ids=lambda crafted: crafted.name)
def test_a_crafted_file_is_named_in_one_sentence_and_does_nothing(made, crafted):
    path = made(crafted)
    before = everything(path.parent.parent)
    for act in (looked_at, opened):
        wrong = "" if act is looked_at and crafted.is_harmless_to_read else crafted.says
        sentence, refused = said(act, path)
        assert wrong in sentence and bool(wrong) == bool(sentence)
        assert sentence.isprintable() and len(sentence) < 400
        assert refused == (crafted.is_refused and bool(wrong))
        after = everything(path.parent.parent)
        if refused:
            assert after == before
        else:
            beside = {place: found for place, found in after.items() if path.name not in place.name}
            assert beside == {place: found for place, found in before.items() if path.name not in place.name}
