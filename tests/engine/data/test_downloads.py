"""Downloads come whole or not at all: whatever a server does, in a short time, and nothing wrong gets a file's name."""

import gzip
import io
import json
import os
import signal
import socket
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from data_files import as_idx, write_idx
from download_server import ARRAYS, FILES, IMAGES, Server, a_set, digest, leave_alone
from made_sessions import files_in

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.errors import UserError
from engine.core.messages import run_through
from engine.data.download import download, download_child
from engine.data.download.catalogue import FASHION, KMNIST, KNOWN, LETTERS, MNIST, Stored, title_of
from engine.data.download.download import downloading
from engine.data.formats.reading import DOWNLOADING, WAITING, UnsureError
from engine.data.sources import local_datasets, open_dataset
from engine.session.jobs.data import open_data
from engine.session.session import Session

KERAS_ARRAYS = dict(zip(("x_train", "y_train", "x_test", "y_test"), ARRAYS.values(), strict=True))
HALF = len(FILES[IMAGES]) // 2


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Without data anywhere, and with patience on a machine with much else to do."""
    leave_alone(monkeypatch, tmp_path)
    monkeypatch.setattr("engine.data.download.download.PATIENCE", 60)
    return tmp_path


@pytest.fixture
def serve():
    """Start servers that behave so; all of them end with the test."""
    servers = []

    def serve(behave="ok", files=FILES):
        servers.append(Server(files, behave))
        return servers[-1]

    yield serve
    for server in servers:
        server.close()


@pytest.fixture
def server(serve):
    return serve()


@pytest.fixture
def known(server, monkeypatch):
    known = a_set(server.base)
    monkeypatch.setitem(KNOWN, known.key, known)
    return known


@pytest.fixture
def copies(monkeypatch):
    """The places where copies of any set are looked for, in a list that a test fills."""
    places = []
    monkeypatch.setattr("engine.data.sources.copies_of", lambda known: places)
    return places


def final_files(known):
    """The names in a set's folder that are final."""
    there = files_in(known.folder) if known.folder.is_dir() else set()
    return {name for name in there if not name.endswith(".part") and name != ".lock"}


def fetched(known):
    return run_through(downloading(known))


def refused(known, patience=None):
    """Download what cannot be had; return the sentence."""
    with pytest.raises(UserError) as caught:
        run_through(downloading(known, patience))
    assert "open a file" in caught.value.hint and not final_files(known)
    return caught.value.sentence


def leave_part(known, content):
    """Let an incomplete file lie where a download left it."""
    known.folder.mkdir(parents=True)
    (known.folder / f"{IMAGES}.part").write_bytes(content)


def processes():
    found = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True
    )
    return [line for line in found.stdout.splitlines() if "download_child" in line]


def until(job, condition):
    """Take turns until something is so."""
    while not condition():
        next(job)


def test_a_name_alone_opens_no_connection(known, server):
    """A stranger's session may name any data."""
    with pytest.raises(UserError, match="Tiny set is not on this computer") as caught:
        open_dataset(known.key)
    assert "main.py download tiny-set" in caught.value.hint
    assert not known.folder.exists() and not server.asked


def test_a_set_is_downloaded_once_opened_found_again_and_what_is_spoilt_is_downloaded_once_more(known, server, copies):
    assert title_of(known.folder) == "tiny-set" and not local_datasets()
    job = open_data(session := Session(), known.key, fetch=True)
    first, *_ = (message for message in job if message is not None)
    assert (first.act, first.file) == (DOWNLOADING, "Tiny set")
    data = session.data()
    assert (data.name, data.known, data.classes) == ("Tiny set", "tiny-set", ("ape", "bee", "cat"))
    assert np.array_equal(data.test_images, KERAS_ARRAYS["x_test"])
    assert data.source == known.folder and final_files(known) == set(FILES)
    assert known.came == known.size and not known.parts

    copies.append(known.folder)
    assert local_datasets() == [known.folder]
    assert open_dataset(str(known.folder))[0].known == open_dataset(known.key, fetch=True)[0].known == "tiny-set"
    assert fetched(known) == known.folder and len(server.asked) == len(FILES)

    for spoilt in (FILES[IMAGES][:-50], gzip.compress(as_idx(255 - ARRAYS[IMAGES]))):
        (known.folder / IMAGES).write_bytes(spoilt)
        assert open_dataset(known.key, fetch=True)[0].known == known.key
        assert (known.folder / IMAGES).read_bytes() == FILES[IMAGES]


def test_a_copy_elsewhere_is_used_instead_whatever_its_format_unless_its_images_are_others(known, copies, home):
    np.savez_compressed(home / "copy.npz", **KERAS_ARRAYS)
    write_idx(home / "data" / "TinySet" / "raw", KERAS_ARRAYS)
    for copy in (home / "copy.npz", home / "data" / "TinySet" / "raw"):
        copies[:] = [home / "gone.npz", copy]
        data, _ = open_dataset(known.key, fetch=True)
        assert data.source == copy and data.known == known.key and not final_files(known)

    others = KERAS_ARRAYS["x_test"].copy()
    others[59, 27, 27] ^= 1
    np.savez(home / "other.npz", **KERAS_ARRAYS | {"x_test": others})
    copies[:] = [home / "other.npz"]
    assert open_dataset(known.key, fetch=True)[0].source == known.folder


def test_where_memory_lacks_nothing_is_thrown_away_nor_downloaded_anew(known, server, monkeypatch):
    fetched(known)
    monkeypatch.setattr("engine.data.formats.reading.HARMLESS", 0)
    monkeypatch.setattr("engine.data.formats.reading.free_memory", lambda: 400_000)
    with pytest.raises(UnsureError):
        open_dataset(known.key, fetch=True)
    assert open_dataset(known.key, sure=True, fetch=True)[0].known == known.key
    monkeypatch.setattr("engine.data.formats.reading.free_memory", lambda: 40_000)
    with pytest.raises(UserError, match="are free"):
        open_dataset(known.key, sure=True, fetch=True)
    assert final_files(known) == set(FILES) and len(server.asked) == len(FILES)


def test_sets_that_are_known_by_their_files_are_checked_by_these(server):
    files = tuple(Stored(name, len(content), packed=digest(content)) for name, content in FILES.items())
    known = a_set(server.base)._replace(files=files)
    assert fetched(known) == known.folder and download.has_files(known.folder, known)
    (known.folder / IMAGES).write_bytes(FILES[IMAGES][:-1] + b"x")
    assert not download.has_files(known.folder, known)


def letters(serve, **changes):
    """EMNIST's letters in a zip like the true one, with more than is wanted in it, and some members changed."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("gzip/emnist-digits-train-images-idx3-ubyte.gz", bytes(999))
        for name, array in ARRAYS.items():
            lying = array.swapaxes(1, 2) if array.ndim == 3 else array + 1
            inner = changes.get(name, gzip.compress(as_idx(lying)))
            archive.writestr(f"gzip/emnist-letters-{name.replace('t10k', 'test')}", inner)
    files = {"gzip.zip": content.getvalue()}
    stored = Stored("gzip.zip", len(files["gzip.zip"]), packed=digest(files["gzip.zip"]))
    return LETTERS._replace(mirrors=(serve(files=files).base,), files=(stored,))


def test_the_letters_come_out_of_a_zip_upright_with_their_names(serve, monkeypatch):
    known = letters(serve)
    monkeypatch.setitem(KNOWN, known.key, known)
    data, _ = open_dataset("emnist-letters", fetch=True)
    assert data.name == "EMNIST letters" and data.classes[:3] == ("A", "B", "C")
    assert np.array_equal(data.train_images, ARRAYS[IMAGES])
    assert data.test_labels.max() == 2 and data.test_labels.min() == 0
    assert final_files(known) == set(LETTERS.members), "neither the zip nor what else is in it stays"
    assert local_datasets() == [known.folder] and title_of(known.folder) == "EMNIST letters"


def test_a_member_of_a_zip_that_is_larger_than_known_is_not_unpacked(serve):
    known = letters(serve, **{"train-labels-idx1-ubyte.gz": bytes(2_000_000)})
    with pytest.raises(UserError, match="without emnist-letters-train-labels"):
        fetched(known)
    assert not known.is_there


def test_the_table_holds_what_is_published_of_all_four():
    assert list(KNOWN) == ["mnist", "fashion-mnist", "kmnist", "emnist-letters"]
    for known in KNOWN.values():
        assert known.mirrors[0].startswith("https://")
        assert all(mirror.startswith(("https://", "http://")) and mirror.endswith("/") for mirror in known.mirrors)
        assert all(len(file.packed or file.numbers) == 64 for file in known.files)
    assert MNIST.arrays.keys() == FASHION.arrays.keys() and not KMNIST.arrays and not LETTERS.arrays


def test_the_arrays_of_the_table_are_those_of_a_true_copy():
    path = Path("/usr/share/datasets/fashion-mnist")
    if not path.exists():
        pytest.skip(f"there is no {path}: Debian's package dataset-fashion-mnist has it")
    data, _ = open_dataset(str(path))
    assert (data.name, data.known, data.classes) == (FASHION.title, FASHION.key, FASHION.classes)


MISBEHAVIOURS = {
    "not found": "does not have it any more (404)",
    "broken": "answered 500 (Internal Server Error)",
    "cuts": "ended the connection too early",
    "sends wrong bytes": f"sent something else than {IMAGES}",
    "redirects to a file": "leads to an address that is neither http nor https",
    "redirects to ftp": "leads to an address that is neither http nor https",
    "redirects with an endless body": "leads in circles",
    "promises too much": f"wants to send 1,000,000,000,000 bytes where {len(FILES[IMAGES]):,} are known",
    "sends without an end": f"sends more than the {len(FILES[IMAGES]):,} bytes that are known",
    "speaks no http": "does not answer as a server does",
    **dict.fromkeys(
        ("stalls before the header", "trickles", "says go on for ever"), "sends nothing, or next to nothing"
    ),
}


def test_a_server_that_misbehaves_is_named_in_a_sentence_and_leaves_no_file(serve):
    """All of them at once, as patience is what some take."""
    sets = [a_set(serve(behave).base)._replace(key=behave) for behave in MISBEHAVIOURS]
    patience = [0.6 if words.startswith("sends nothing") else 60 for words in MISBEHAVIOURS.values()]
    with ThreadPoolExecutor(6) as pool:
        said = dict(zip(MISBEHAVIOURS, pool.map(refused, sets, patience), strict=True))
    assert said == {
        behave: f"Tiny set cannot be downloaded: 127.0.0.1 {words}." for behave, words in MISBEHAVIOURS.items()
    }
    assert not processes()


def test_a_server_that_cannot_be_reached_is_named_with_the_reason(serve):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    assert refused(a_set(nobody)).endswith("127.0.0.1 refuses the connection.")
    offline = "nowhere.invalid cannot be found: you seem to be offline."
    assert refused(a_set("http://nowhere.invalid/")).endswith(offline)


def test_a_gzip_bomb_is_not_unpacked(serve):
    bomb = gzip.compress(as_idx(ARRAYS[IMAGES]) + bytes(20_000_000), 1)
    known = a_set(serve(files=FILES | {IMAGES: bomb}).base)
    files = (known.files[0]._replace(size=len(bomb)), *known.files[1:])
    assert refused(known._replace(files=files)).endswith(f"127.0.0.1 sent something else than {IMAGES}.")


def test_the_next_mirror_is_asked_where_the_first_fails(serve):
    bad = [serve(behave).base for behave in ("not found", "sends wrong bytes")]
    assert "does not have it any more" in refused(a_set(*bad)), "the first one is named"
    known = a_set(*bad, serve().base)
    assert fetched(known) == known.folder


def test_proxies_are_honoured(server, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
    known = a_set("http://far.invalid/sets/")
    assert fetched(known) == known.folder
    assert server.asked[0].startswith("get http://far.invalid/sets/train-images-idx3-ubyte.gz http")


def test_a_folder_that_cannot_be_had_is_named(known, home):
    (home / ".cache").mkdir()
    (home / ".cache" / "layerlight").write_bytes(b"in the way")
    with pytest.raises(UserError, match="Nothing can be kept in"):
        fetched(known)


@pytest.mark.parametrize("came", [0, 700])
def test_a_set_for_which_the_disk_has_no_room_is_not_begun(known, monkeypatch, came):
    leave_part(known, bytes(came))
    free = known.size - came
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    download_child.check_room(list(known.files), known.folder)
    free -= 1
    with pytest.raises(OSError, match="No space left") as caught:
        download_child.check_room(list(known.files), known.folder)
    sentence, hint = download_child.cannot_keep(known.folder, caught.value)
    assert sentence == f"The disk of {known.folder} is full." and "goes on from there" in hint


def test_the_time_that_is_left_follows_from_what_came_in_it(known, monkeypatch):
    now = 100.0
    monkeypatch.setattr("engine.data.download.download.time", SimpleNamespace(monotonic=lambda: now))
    coming = download.Coming(known._replace(files=(Stored("one", 10_000),)), 60)
    coming.stands_still({"done": 4_000, "checked": 0})  # was there already, perhaps
    now = 100.5
    coming.stands_still({"done": 4_500, "checked": 0})
    assert (coming.message().share, coming.message().left) == (0.45, None), "too early to tell"
    now = 102.0
    coming.stands_still({"done": 5_000, "checked": 0})
    assert coming.message().left == pytest.approx(10)


FROM_HALF = f"range: bytes={HALF}-"


@pytest.mark.parametrize(
    ("behave", "part", "requests"),
    [
        ("cuts once", None, ["get", FROM_HALF, *["get"] * 3]),
        ("moved", None, ["get"] * 8),
        ("knows no ranges", FILES[IMAGES][:HALF], [FROM_HALF, *["get"] * 3]),
        ("ok", bytes(HALF), [FROM_HALF, *["get"] * 4]),
        ("ok", FILES[IMAGES], ["get"] * 3),
        ("ok", FILES[IMAGES] + b"x", ["get"] * 4),
    ],
    ids=["cut once", "redirected", "no ranges", "spoilt half", "whole", "too long"],
)
def test_a_download_goes_on_where_it_was_and_asks_for_no_more_than_it_must(serve, behave, part, requests):
    server = serve(behave)
    known = a_set(server.base)
    if part is not None:
        leave_part(known, part)
    assert fetched(known) == known.folder
    assert (known.folder / IMAGES).read_bytes() == FILES[IMAGES]
    assert [FROM_HALF if FROM_HALF in asked else asked[:3] for asked in server.asked] == requests


def test_a_server_that_sends_another_part_is_refused(serve):
    known = a_set(serve("sends another part").base)
    leave_part(known, FILES[IMAGES][:HALF])
    assert refused(known).endswith("127.0.0.1 sent another part than was asked for.")


def test_what_a_killed_process_left_is_taken_up(serve):
    server = serve("stalls in the middle")
    known = a_set(server.base)
    job = downloading(known)
    part = known.folder / f"{IMAGES}.part"
    until(job, lambda: part.exists() and part.stat().st_size == HALF)
    (line,) = processes()
    os.kill(int(line.split()[0]), signal.SIGKILL)
    with pytest.raises(RuntimeError, match="ended with -9"):
        run_through(job)
    server.behave = "ok"
    assert fetched(known) == known.folder and FROM_HALF in server.asked[-4]


def test_of_two_at_once_one_downloads_and_the_other_waits_until_that_is_given_up(serve):
    server = serve("stalls in the middle")
    known = a_set(server.base)
    first, second = downloading(known), downloading(known)
    until(first, server.stalls.is_set)
    message = next(second)
    while message is None or message.act != WAITING:
        message = next(second)
    assert len(server.asked) == 1
    server.behave = "ok"
    first.close()
    assert len(processes()) <= 1, "the other one goes on at once, and may have all"
    assert run_through(second) == known.folder and final_files(known) == set(FILES)


def test_what_came_of_a_download_goes_as_soon_as_a_copy_is_opened_that_came_another_way(known, server, home):
    np.savez(home / "copy.npz", **KERAS_ARRAYS)
    server.behave = "stalls in the middle"
    job = downloading(known)
    until(job, lambda: known.came == HALF)
    open_dataset(str(home / "copy.npz"))
    assert known.came == HALF and len(known.parts) == 1, "it is being downloaded"

    job.close()
    open_dataset("sample")
    assert known.came == HALF, "it is no copy of this set"
    data, _ = open_dataset(str(home / "copy.npz"))
    assert data.known == known.key and known.came == 0 and not known.parts


def test_the_command_lists_what_can_be_had_and_how_much_has_come_of_it(capsys):
    MNIST.folder.mkdir(parents=True)
    (MNIST.folder / f"{MNIST.files[0].name}.part").write_bytes(bytes(4_600_000))
    assert run_wanted(parse(["download", "--json"])) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["name"] for each in listed] == list(KNOWN)
    assert all(each["bytes"] > 10_000_000 for each in listed)
    assert [each["came"] for each in listed] == [4_600_000, 0, 0, 0]

    assert run_wanted(parse(["download"])) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "12 MB to download, 4.6 of them have come" in lines[0] and "emnist-letters" in lines[3]
    with pytest.raises(SystemExit, match="2"):
        parse(["download", "imagenet"])


def test_the_command_is_refused_in_one_sentence_where_there_is_no_network(monkeypatch, capsys):
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")  # nobody listens there
    with pytest.raises(UserError, match=r"KMNIST cannot be downloaded: codh\.rois\.ac\.jp refuses the connection\."):
        run_wanted(parse(["download", "kmnist", "--json"]))
    assert all(json.loads(line)["act"] == "downloading" for line in capsys.readouterr().out.splitlines())
