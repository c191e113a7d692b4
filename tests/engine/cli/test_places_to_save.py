"""What saves refuses a hopeless place in one sentence, before it works, and never replaces what it reads."""

import os
import socket
import stat
from pathlib import Path

import pytest
from made_sessions import arrays_of, files_in

from engine.cli.parts.command import command_called
from engine.cli.parts.parser import parse
from engine.cli.parts.which import look_at
from engine.core.errors import UserError
from engine.data.sources import open_dataset
from engine.export.scripts.parts.show_code import CodeShown, save_code
from engine.session.jobs.export import export_arrays
from engine.session.jobs.files import save_session_as
from engine.session.jobs.runs import export_history
from engine.session.session import Session

pytestmark = pytest.mark.usefixtures("own_home")

OF_SESSION = (
    *("export --csv", "export --weights", "export --keras", "weights --out", "ideal --out", "ideal --picture"),
    "export --safetensors",
)
OF_DATA = ("activations --out", "fingerprints --out", "fingerprints --picture", "map --out", "code mistakes --out")
SAVE = {
    **dict.fromkeys(OF_SESSION, ("--session", "{made}")),
    **dict.fromkeys(OF_DATA, ("--session", "{made}", "--dataset", "{data}")),
    **dict.fromkeys(("graph --of warmup --out", "code warmup --out"), ()),
}


def save(command, place, made, data):
    more = [word.format(made=made, data=data) for word in SAVE[command]]
    wanted = parse([*command.split(), str(place), *more])
    return command_called(wanted.command).run(wanted)


@pytest.mark.parametrize("command", SAVE)
def test_a_hopeless_place_is_refused_in_a_sentence_before_anything_is_opened(command, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(tmp_path / "socket"))
        before = kinds_in(tmp_path)
        for place, sentence in {
            "/": "is a folder",
            "folder": "is a folder",
            "none/file": "there is no folder",
            "pipe/file": "cannot be saved: Not a directory",
            "n" * 300: "cannot be saved: File name too long",
            "loop": "cannot be saved: Too many levels",
            "socket": "cannot be saved: it is a socket",
        }.items():
            with pytest.raises(UserError, match=sentence):
                save(command, tmp_path / place, tmp_path / "none.layerlight", "none.npz")
        assert kinds_in(tmp_path) == before


def kinds_in(folder):
    return {path: path.lstat().st_mode for path in folder.rglob("*") if "home" not in path.parts}


@pytest.fixture
def pipe(tmp_path):
    """A pipe, and its end to read from."""
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    yield tmp_path / "pipe", reading
    os.close(reading)


@pytest.mark.parametrize(
    ("command", "read"),
    [
        *((command, "stripes.npz") for command in OF_DATA),
        *((command, "made.layerlight") for command in (*OF_SESSION[:2], *OF_SESSION[3:5], OF_DATA[0])),
    ],
)
def test_what_is_read_is_never_replaced_by_whatever_name(command, read, made, stripes_file, tmp_path):
    file = tmp_path / read
    before = file.read_bytes()
    suffix = ".png" if "picture" in command else file.suffix
    link, hard = tmp_path / f"link{suffix}", tmp_path / f"hard{suffix}"
    link.symlink_to(file)
    os.link(file, hard)
    for place in (file, link, hard, tmp_path / "home" / ".." / read):
        sentence = r"is the data set that is open|is the session itself|is not what this network reads|\.png"
        with pytest.raises(UserError, match=sentence):
            save(command, place, made, stripes_file)
    assert file.read_bytes() == before and link.is_symlink()


TWICE = {  # by command and flag: another flag that names a file to be written
    "export --csv": "--weights",
    "export --weights": "--keras",
    "fingerprints --out": "--picture",
    "ideal --picture": "--out",
}


@pytest.mark.parametrize("command", TWICE)
def test_two_flags_that_name_one_file_are_refused_before_the_session_is_opened(command, made, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "there").write_text("an older one")
    (tmp_path / "link").symlink_to("there")
    os.link(tmp_path / "there", tmp_path / "hard")
    (tmp_path / "ahead").symlink_to("new")
    alike = "new new, new folder/../new, ahead new, there link, hard there"
    for one, other in (names.split() for names in alike.split(", ")):
        words = [*command.split(), str(tmp_path / one), TWICE[command], str(tmp_path / other)]
        wanted = parse([*words, "--session", str(tmp_path / "none.layerlight")])
        with pytest.raises(UserError, match="are one and the same file"):
            command_called(wanted.command).run(wanted)
    assert (tmp_path / "there").read_text() == "an older one" and not (tmp_path / "new").exists()


def test_two_flags_may_name_one_device_that_swallows_both(made):
    wanted = parse(["export", "--csv", os.devnull, "--weights", os.devnull, "--session", str(made)])
    assert command_called(wanted.command).run(wanted) == 0


@pytest.mark.parametrize("command", ["export --csv", "weights --out", "code warmup --out"])
def test_a_pipe_with_a_reader_gets_what_a_file_would_get(command, made, stripes_file, tmp_path, pipe):
    for place in (pipe[0], tmp_path / "file"):
        assert save(command, place, made, stripes_file) == 0
    assert os.read(pipe[1], 60_000) == (tmp_path / "file").read_bytes()
    assert stat.S_ISFIFO(pipe[0].stat().st_mode)


def test_where_others_wait_as_well_nothing_is_written_into_a_pipe(made, pipe):
    with look_at(made) as session:
        session.waits_for_readers = False
        for write in (
            export_history(session, "A", pipe[0]),
            export_arrays(session, {}, pipe[0]),
            save_code(session, CodeShown(tab="warmup", script="", note="", files=()), pipe[0]),
        ):
            with pytest.raises(UserError, match="pipe cannot be saved: it is no ordinary file"):
                list(write)
    assert os.read(pipe[1], 1) == b""


def test_a_script_that_goes_into_a_pipe_has_no_files_beside_it(made, stripes_file, tmp_path, pipe):
    before = files_in(tmp_path)
    assert save("code mistakes --out", pipe[0], made, stripes_file) == 0
    script = os.read(pipe[1], 60_000).decode()
    assert files_in(tmp_path) == before
    assert arrays_of(script.partition("np.load(")[2].partition(".npz")[0].strip('"') + ".npz")


def test_what_a_script_reads_never_replaces_the_data(made, stripes_file, tmp_path):
    data = stripes_file.rename(tmp_path / "script-weights.npz")
    (tmp_path / "script.py").write_text("an older one")
    before = data.read_bytes()
    with pytest.raises(UserError, match="is the data set that is open"):
        save("code mistakes --out", tmp_path / "script.py", made, data)
    assert data.read_bytes() == before and (tmp_path / "script.py").read_text() == "an older one"


def test_a_session_is_saved_as_a_file_and_as_nothing_else(stripes_file, tmp_path):
    session = Session(open_dataset(str(stripes_file))[0])
    os.mkfifo(tmp_path / "pipe.layerlight")
    (tmp_path / "folder.layerlight").mkdir()
    (tmp_path / "data.layerlight").symlink_to(stripes_file)
    before = stripes_file.read_bytes()
    for name, sentence in (
        ("pipe", "pipe.layerlight cannot be written: it is no ordinary file"),
        ("folder", "folder.layerlight cannot be written: it is a folder"),
        ("data", "data.layerlight is the data set that is open"),
        ("n" * 300, "cannot be written: file name too long"),
    ):
        with pytest.raises(UserError, match=sentence):
            list(save_session_as(session, str(tmp_path / f"{name}.layerlight")))
    assert stat.S_ISFIFO((tmp_path / "pipe.layerlight").stat().st_mode)
    assert stripes_file.read_bytes() == before
    for target in (tmp_path / "real.layerlight", Path("real.layerlight")):
        (tmp_path / "link.layerlight").unlink(missing_ok=True)
        (tmp_path / "link.layerlight").symlink_to(target)
        list(save_session_as(session, str(tmp_path / "link.layerlight")))
        assert (tmp_path / "link.layerlight").is_symlink() and (tmp_path / "real.layerlight").is_file()
    session.close()
