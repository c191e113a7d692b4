"""Whatever somebody made of a session file: it is named in one sentence, and nothing is done that it says."""

import os
import shutil
import zlib

import pytest
from made_sessions import planned_by

from engine.cli.parts.parser import parse, run_command
from engine.core.errors import UserError
from engine.session.jobs.files import find_left_sessions, open_session, save_session_as
from engine.session.session import Session
from engine.session.store import places
from engine.session.store.opening import create_store
from engine.session.store.seal import BLOCK, Record, read_header, run_through, sum_blocks, unseal
from tests.engine.session.store.crafted_sessions import ALL, BESIDE, OBJECTS, ROWS, lay, make_whole
from tests.engine.session.store.tried import everything, less_memory, looked_at, opened, said

COMMANDS = {
    "info": ["info", "{}"],
    "info --json": ["info", "{}", "--json"],
    "weights": ["weights", "--session", "{}", "--json"],
    "export": ["export", "--session", "{}", "--csv", "{}.csv"],
    "code": ["code", "weights", "--session", "{}"],
    "mistakes": ["mistakes", "--session", "{}", "--dataset", "sample", "--json"],
    "train": ["train", "--session", "{}", "--dataset", "sample"],
    "train --resume": [
        "train", "--session", "{}", "--resume", "A@165", "--dataset", "sample", "--epochs", "20",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return make_whole(tmp_path_factory.mktemp("whole") / "whole.layerlight")


def every(step, files, of):
    """Parametrize a test with the files; of those in `of`, all but every `step`-th are slow."""
    params = [
        pytest.param(crafted, marks=pytest.mark.slow if crafted in of and number % step else (), id=crafted.name)
        for number, crafted in enumerate(files)
    ]
    return pytest.mark.parametrize("crafted", params)


@every(5, ALL, of=ROWS)
def test_a_crafted_file_is_named_in_one_sentence_and_does_nothing(whole, tmp_path, crafted):
    path = lay(whole, crafted, tmp_path)
    before = everything(tmp_path)
    acts = (looked_at, opened)
    if crafted in ROWS:  # one of them in turn: both read rows alike
        acts = (acts[ROWS.index(crafted) // 5 % 2],)
    for act in acts:
        wrong = "" if act is looked_at and crafted.is_harmless_to_read else crafted.says
        sentence, is_refused = said(act, path)
        assert wrong in sentence and bool(wrong) == bool(sentence)
        assert is_refused == (crafted.is_refused and bool(wrong))
        after = everything(tmp_path)
        if is_refused:
            assert after == before
        else:
            assert without(after, path) == without(before, path)


def without(found, path):
    return {place: content for place, content in found.items() if not place.name.startswith(path.name)}


def test_there_are_enough_of_them_and_each_has_a_name():
    assert len({crafted.name for crafted in ALL}) == len(ALL) > 500


@pytest.fixture
def command_says(whole, tmp_path, capfd, monkeypatch):
    """Looks whether a command says in one line what is wrong with a file."""
    monkeypatch.setattr("engine.cli.parts.parser.start_logging", lambda file: None)

    def command_says(crafted, command):
        folder = tmp_path / f"{ALL.index(crafted)}"
        folder.mkdir()
        path = lay(whole, crafted, folder)
        wanted = parse([word.format(path) for word in COMMANDS[command]])
        with less_memory():
            status = run_command(wanted, begun if wanted.command == "train" else None)
        printed = capfd.readouterr().err
        assert "made a mistake" not in printed and "Traceback" not in printed, crafted.name
        assert status in (0, 1) and (status == 0 or printed.startswith("layerlight: ")), crafted.name
        assert printed.count("\n") <= 2, crafted.name
        for name in ("canary", "victim"):
            assert (folder / name).read_text() == name, crafted.name

    return command_says


# some of the files, with one of the commands in turn
SOME = [(crafted, list(COMMANDS)[number % len(COMMANDS)]) for number, crafted in enumerate(ALL[::24])]


@pytest.mark.parametrize(("crafted", "command"), SOME, ids=lambda each: getattr(each, "name", each))
def test_a_command_says_it_in_one_line_and_ends_with_status_1(command_says, crafted, command):
    command_says(crafted, command)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_it_of_every_file(command_says, command):
    """One test for all files: thousands of tests that are seldom run would take seconds at each start of pytest."""
    for crafted in ALL:
        command_says(crafted, command)


def begun(wanted):
    """Do all that the command `train` does before it trains."""
    plan = planned_by(wanted)
    plan.session.close()
    return 0


LONG = 2**32


def right(path):
    """The sums and the parity of the file, and of nothing but zeros behind it."""
    with path.open("rb") as file:
        sums, parity = run_through(sum_blocks(file, path.stat().st_size))
    return sums + (zlib.crc32(bytes(BLOCK)),) * (LONG // BLOCK - len(sums)), parity


@pytest.mark.parametrize(
    ("seal_of", "later"),
    [(None, 0), (right, 0), (right, 1), (lambda path: ((7,) * (LONG // BLOCK), bytes(BLOCK)), 0)],
    ids=["without a seal", "whose seal is right", "whose seal is of another time", "whose seal is made up"],
)
def test_a_file_far_longer_than_what_it_holds_is_refused_before_it_is_read(whole, tmp_path, seal_of, later):
    path = shutil.copy(whole, tmp_path / "long.layerlight")
    unseal(path)
    held = path.stat().st_size
    trailer = bytes(1)
    if seal_of:
        sums, parity = seal_of(path)
        with path.open("rb") as file:
            counter = read_header(file).counter
        trailer = Record(LONG, counter + later, sums).trailer(parity)
    with path.open("r+b") as file:
        file.truncate(LONG)  # what is not written takes no room
        file.seek(LONG)
        file.write(trailer)
    before = path.stat().st_mtime_ns
    for act in (looked_at, opened):
        assert said(act, path) == (
            f"long.layerlight is no session: it is {LONG + len(trailer):,} bytes long and holds {held:,}.",
            True,
        )
    assert path.stat().st_mtime_ns == before and list(tmp_path.iterdir()) == [path]


@every(2, BESIDE, of=BESIDE)
def test_where_something_lies_already_no_session_is_made_and_one_that_is_saved_is_not_changed_by_it(
    whole, tmp_path, crafted
):
    path = lay(whole, crafted, tmp_path)
    before = everything(tmp_path)
    session = Session(new_place=places.new_autosave)
    list(open_session(session, str(whole), copy=True))
    try:
        list(save_session_as(session, str(path)))
    except UserError:
        assert everything(tmp_path) == before
    else:
        assert session.store.path == path
    session.close()
    for name in ("canary", "victim"):
        assert (tmp_path / name).read_text() == name
    if not crafted.says:
        assert looked_at(path) == ""

    if not crafted.name.startswith("a log "):
        (tmp_path / "again").mkdir()
        path = lay(whole, crafted, tmp_path / "again")
        path.unlink()
        before = everything(tmp_path)
        with pytest.raises(UserError, match=r"^Beside the session lies session\.layerlight-"):
            create_store(path)
        assert everything(tmp_path) == before


def test_sessions_that_were_left_are_found_beside_those_that_are_none(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(places, "autosaves", lambda: tmp_path)
    os.mkfifo(tmp_path / "pipe.layerlight")
    (tmp_path / "folder.layerlight").mkdir()
    for number, crafted in enumerate([*OBJECTS[:9], *BESIDE[:12]]):
        folder = tmp_path / str(number)
        folder.mkdir()
        for each in lay(whole, crafted, folder).parent.iterdir():
            each.rename(tmp_path / each.name.replace("session", str(number)))
    shutil.copy(whole, tmp_path / "good.layerlight")
    (found,) = list(find_left_sessions(Session()))[-1:]
    assert [left.path.name for left in found.sessions] == ["good.layerlight"]
