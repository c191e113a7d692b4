"""Downloads come whole or not at all: whatever a server does, in a short time, and nothing wrong gets a file's name."""

import gzip
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from data_files import as_idx, write_idx
from download_server import ARRAYS, FILES, IMAGES, Server, a_set, digest, leave_alone

from engine.core.errors import UserError
from engine.core.turns import run_through
from engine.data.download import download, download_child
from engine.data.download.catalogue import FASHION, KMNIST, KNOWN, LETTERS, MNIST, Stored, title_of
from engine.data.download.download import downloading
from engine.data.formats.reading import DOWNLOADING, WAITING, UnsureError
from engine.data.sources import local_datasets, open_dataset
from engine.session.jobs.data import open_data
from engine.session.session import Session

REPOSITORY = Path(__file__).resolve().parents[3]
PATIENCE = 0.6


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Without data anywhere, and with little patience."""
    leave_alone(monkeypatch, tmp_path)
    monkeypatch.setattr("engine.data.download.download.PATIENCE", PATIENCE)
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
def known(serve, monkeypatch):
    """A set that a server sends as it should."""
    known = a_set(serve().base)
    monkeypatch.setitem(KNOWN, known.key, known)
    return known


def files_in(known):
    """What lies in a set's folder under final names."""
    there = {each.name for each in known.folder.iterdir()} if known.folder.is_dir() else set()
    return {name for name in there if not name.endswith(".part") and name != ".lock"}


def fetched(known):
    return run_through(downloading(known))


def refused(known):
    """Download what cannot be had; return the sentence."""
    with pytest.raises(UserError) as caught:
        fetched(known)
    sentence = caught.value.sentence
    assert sentence.startswith("Tiny set cannot be downloaded: 127.0.0.1 ") and sentence.endswith(".")
    assert "open a file" in caught.value.hint and not files_in(known)
    return sentence.removeprefix("Tiny set cannot be downloaded: 127.0.0.1 ")


def processes():
    """The downloading processes of this one."""
    me = os.getpid()
    found = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(me)], capture_output=True, text=True)
    return [line for line in found.stdout.splitlines() if "download_child" in line]


# What it is for -------------------------------------------------------------------------------------------------------


def test_a_set_is_downloaded_opened_and_found_again(known, home):
    assert title_of(known.folder) == "tiny-set" and not local_datasets()
    messages = []
    job = open_data(session := Session(), known.key, fetch=True)
    messages += [message for message in job if message is not None]
    assert messages[0].act == DOWNLOADING and messages[0].file == "Tiny set"
    data = session.data()
    assert (data.name, data.known, data.classes) == ("Tiny set", "tiny-set", ("ape", "bee", "cat"))
    assert np.array_equal(data.test_images, ARRAYS["t10k-images-idx3-ubyte.gz"])
    assert data.source == known.folder and files_in(known) == set(FILES)
    assert local_datasets() == [known.folder]
    assert open_dataset(known.key)[0].known == open_dataset(str(known.folder))[0].known == "tiny-set"


def test_what_is_there_is_not_downloaded_again(known, serve):
    fetched(known)
    silent = known._replace(mirrors=(serve("stalls before the header").base,))
    assert fetched(silent) == known.folder


@pytest.mark.parametrize("kind", ["npz", "idx"])
def test_a_copy_elsewhere_is_used_instead_whatever_its_format(known, monkeypatch, home, kind):
    arrays = dict(zip(["x_train", "y_train", "x_test", "y_test"], ARRAYS.values(), strict=True))
    if kind == "npz":
        copy = home / "copy.npz"
        np.savez_compressed(copy, **arrays)
    else:
        copy = home / "data" / "TinySet" / "raw"
        write_idx(copy, arrays)
    monkeypatch.setattr("engine.data.sources.copies_of", lambda known: [home / "gone.npz", copy])
    data, _ = open_dataset(known.key, fetch=True)
    assert data.source == copy and data.known == known.key and not files_in(known)


def test_a_copy_with_other_images_is_not_taken_for_it(known, monkeypatch, home):
    arrays = dict(zip(["x_train", "y_train", "x_test", "y_test"], ARRAYS.values(), strict=True))
    arrays["x_test"] = arrays["x_test"].copy()
    arrays["x_test"][59, 27, 27] ^= 1
    np.savez(home / "other.npz", **arrays)
    monkeypatch.setattr("engine.data.sources.copies_of", lambda known: [home / "other.npz"])
    assert open_dataset(known.key, fetch=True)[0].source == known.folder


@pytest.mark.parametrize("spoil", ["cut", "other"])
def test_what_was_downloaded_and_is_spoilt_now_is_downloaded_once_more(known, monkeypatch, spoil):
    fetched(known)
    monkeypatch.setattr("engine.data.sources.copies_of", lambda known: [known.folder])
    content = FILES[IMAGES][:-50] if spoil == "cut" else gzip.compress(as_idx(255 - ARRAYS[IMAGES]))
    (known.folder / IMAGES).write_bytes(content)
    assert open_dataset(known.key, fetch=True)[0].known == known.key
    assert (known.folder / IMAGES).read_bytes() == FILES[IMAGES]


def test_where_memory_lacks_nothing_is_thrown_away_nor_downloaded_anew(serve, monkeypatch):
    server = serve()
    known = a_set(server.base)
    monkeypatch.setitem(KNOWN, known.key, known)
    fetched(known)
    monkeypatch.setattr("engine.data.formats.reading.HARMLESS", 0)
    monkeypatch.setattr("engine.data.formats.reading.free_memory", lambda: 400_000)
    with pytest.raises(UnsureError):
        open_dataset(known.key, fetch=True)
    assert open_dataset(known.key, sure=True, fetch=True)[0].known == known.key
    monkeypatch.setattr("engine.data.formats.reading.free_memory", lambda: 40_000)
    with pytest.raises(UserError, match="are free"):
        open_dataset(known.key, sure=True, fetch=True)
    assert files_in(known) == set(FILES) and len(server.asked) == len(FILES)


def test_a_name_alone_opens_no_connection(known):
    """A stranger's session may name any data."""
    with pytest.raises(UserError, match="Tiny set is not on this computer") as caught:
        open_dataset(known.key)
    assert "main.py download tiny-set" in caught.value.hint and not known.folder.exists()


def test_sets_that_are_known_by_their_files_are_checked_by_these(serve):
    files = tuple(Stored(name, len(content), packed=digest(content)) for name, content in FILES.items())
    known = a_set(serve().base)._replace(files=files)
    assert fetched(known) == known.folder and download.has_files(known.folder, known)
    (known.folder / IMAGES).write_bytes(FILES[IMAGES][:-1] + b"x")
    assert not download.has_files(known.folder, known)


def zipped(**changes):
    """A zip as that of EMNIST: more than is wanted, in a folder."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("gzip/emnist-digits-train-images-idx3-ubyte.gz", bytes(999))
        for name, array in ARRAYS.items():
            stem = name.replace("t10k", "test")
            lying = array.swapaxes(1, 2) if array.ndim == 3 else array + 1
            inner = changes.get(name, gzip.compress(as_idx(lying)))
            archive.writestr(f"gzip/emnist-letters-{stem}", inner)
    return content.getvalue()


def letters(base, content):
    return LETTERS._replace(mirrors=(base,), files=(Stored("gzip.zip", len(content), packed=digest(content)),))


def test_the_letters_come_out_of_a_zip_upright_with_their_names(serve, monkeypatch):
    content = zipped()
    known = letters(serve(files={"gzip.zip": content}).base, content)
    monkeypatch.setitem(KNOWN, known.key, known)
    data, _ = open_dataset("emnist-letters", fetch=True)
    assert data.name == "EMNIST letters" and data.classes[:3] == ("A", "B", "C")
    assert np.array_equal(data.train_images, ARRAYS[IMAGES])
    assert data.test_labels.max() == 2 and data.test_labels.min() == 0
    assert files_in(known) == set(LETTERS.members), "neither the zip nor what else is in it stays"
    assert local_datasets() == [known.folder] and title_of(known.folder) == "EMNIST letters"


def test_a_member_of_a_zip_that_is_larger_than_known_is_not_unpacked(serve, monkeypatch):
    content = zipped(**{"train-labels-idx1-ubyte.gz": bytes(2_000_000)})
    known = letters(serve(files={"gzip.zip": content}).base, content)
    with pytest.raises(UserError, match="without emnist-letters-train-labels"):
        fetched(known)
    assert not known.is_there


def test_the_table_holds_what_is_published_of_all_four():
    assert list(KNOWN) == ["mnist", "fashion-mnist", "kmnist", "emnist-letters"]
    for known in KNOWN.values():
        assert known.mirrors and all(mirror.endswith("/") for mirror in known.mirrors)
        assert all(len(file.packed or file.numbers) == 64 for file in known.files)
        assert all(mirror.startswith(("https://", "http://")) for mirror in known.mirrors)
        assert known.mirrors[0].startswith("https://")
    assert MNIST.arrays.keys() == FASHION.arrays.keys() and not KMNIST.arrays and not LETTERS.arrays


@pytest.fixture
def true_fashion():
    path = Path("/usr/share/datasets/fashion-mnist")
    if not path.exists():
        pytest.skip(f"there is no {path}: Debian's package dataset-fashion-mnist has it")
    return path


@pytest.mark.parametrize(
    ("copy", "known"), [("full_mnist", MNIST), ("true_fashion", FASHION)], ids=["MNIST", "Fashion-MNIST"]
)
def test_the_arrays_of_the_table_are_those_of_true_copies(request, copy, known):
    data, _ = open_dataset(str(request.getfixturevalue(copy)))
    assert (data.name, data.known) == (known.title, known.key)
    assert data.classes == (known.classes or tuple("0123456789"))


# Misbehaviour ---------------------------------------------------------------------------------------------------------

MISBEHAVIOURS = {
    "not found": "does not have it any more (404).",
    "broken": "answered 500 (Internal Server Error).",
    "cuts": "ended the connection too early.",
    "sends wrong bytes": f"sent something else than {IMAGES}.",
    "redirects in a circle": "leads in circles.",
    "redirects to a file": "leads to an address that is neither http nor https.",
    "redirects to ftp": "leads to an address that is neither http nor https.",
    "redirects with an endless body": "leads in circles.",
    "promises too much": f"wants to send 1,000,000,000,000 bytes where {len(FILES[IMAGES]):,} are known.",
    "sends without an end": f"sends more than the {len(FILES[IMAGES]):,} bytes that are known.",
    "speaks no http": "does not answer as a server does.",
    "hangs up": "does not answer as a server does.",
}


@pytest.mark.parametrize("behave", MISBEHAVIOURS)
def test_a_server_that_misbehaves_is_named_in_a_sentence_and_leaves_no_file(serve, behave):
    assert refused(a_set(serve(behave).base)) == MISBEHAVIOURS[behave]
    assert not processes()


def test_of_a_server_that_lets_one_wait_it_is_said_that_it_sends_next_to_nothing(serve):
    """All of them at once, as patience is what it takes."""
    ways = (
        "stalls before the header",
        "stalls in the middle",
        "trickles",
        "trickles its header",
        "says go on for ever",
    )
    sets = [a_set(serve(behave).base)._replace(key=f"set {number}") for number, behave in enumerate(ways)]
    with ThreadPoolExecutor(len(ways)) as pool:
        said = dict(zip(ways, pool.map(refused, sets), strict=True))
    assert said == dict.fromkeys(ways, "sends nothing, or next to nothing.")
    assert not processes()


def test_where_nobody_listens_the_connection_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert refused(a_set(f"http://127.0.0.1:{port}/")) == "refuses the connection."


def test_without_a_network_it_says_that_one_is_offline():
    sentence = r"nowhere\.invalid cannot be found: you seem to be offline"
    with pytest.raises(UserError, match=sentence) as caught:
        fetched(a_set("http://nowhere.invalid/"))
    assert "open a file" in caught.value.hint


@pytest.mark.parametrize("inside", ["all", "after the array"])
def test_a_gzip_bomb_is_not_unpacked(serve, inside):
    array = as_idx(ARRAYS[IMAGES]) if inside == "after the array" else b""
    bomb = gzip.compress(array + bytes(200_000_000), 1)
    known = a_set(serve(files=FILES | {IMAGES: bomb}).base)
    files = (known.files[0]._replace(size=len(bomb)), *known.files[1:])
    assert refused(known._replace(files=files)) == f"sent something else than {IMAGES}."


def test_the_next_mirror_is_asked_where_the_first_fails(serve):
    good = serve()
    for behave in ("not found", "sends wrong bytes", "stalls in the middle", "cuts"):
        known = a_set(serve(behave).base, good.base)
        assert fetched(known) == known.folder
        download.forget(known)
    with pytest.raises(UserError, match="does not have it any more"):  # the first one is named
        fetched(a_set(serve("not found").base, serve("broken").base))


def test_a_connection_that_is_cut_once_is_taken_up_where_it_was(serve):
    server = serve("cuts once")
    known = a_set(server.base)
    assert fetched(known) == known.folder
    assert f"range: bytes={len(FILES[IMAGES]) // 2}-" in server.asked[1]


def test_a_redirect_is_followed(serve):
    known = a_set(serve("moved").base)
    assert fetched(known) == known.folder


def test_proxies_are_honoured(serve, monkeypatch):
    proxy = serve()
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    known = a_set("http://far.invalid/sets/")
    assert fetched(known) == known.folder
    assert proxy.asked[0].startswith("get http://far.invalid/sets/train-images-idx3-ubyte.gz http")


def test_a_folder_that_cannot_be_had_is_named(known, monkeypatch, home):
    (home / ".cache").mkdir()
    (home / ".cache" / "layerlight").write_bytes(b"in the way")
    with pytest.raises(UserError, match="Nothing can be kept in"):
        fetched(known)


@pytest.mark.parametrize("came", [0, 700])
def test_a_set_for_which_the_disk_has_no_room_is_not_begun(known, monkeypatch, came):
    known.folder.mkdir(parents=True)
    (known.folder / f"{IMAGES}.part").write_bytes(bytes(came))
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


@pytest.mark.slow
def test_the_true_patience_is_ten_seconds_for_all_mirrors_together(serve, monkeypatch):
    monkeypatch.undo()
    for mirrors in (1, 2):
        known = a_set(*(serve("stalls in the middle").base for _ in range(mirrors)))._replace(key=f"tiny-{mirrors}")
        begin = time.monotonic()
        with pytest.raises(UserError, match="sends nothing"):
            fetched(known)
        assert 9 < time.monotonic() - begin < 15


# Resuming, giving up, two at once -------------------------------------------------------------------------------------


def half(known, content=FILES[IMAGES]):
    """Let lie what a download left that was ended in its middle."""
    known.folder.mkdir(parents=True, exist_ok=True)
    part = known.folder / f"{IMAGES}.part"
    part.write_bytes(content[: len(FILES[IMAGES]) // 2])
    return len(part.read_bytes())


def test_it_goes_on_where_it_was(serve):
    server = serve()
    known = a_set(server.base)
    there = half(known)
    assert fetched(known) == known.folder
    assert f"range: bytes={there}-" in server.asked[0] and len(server.asked) == 4
    assert (known.folder / IMAGES).read_bytes() == FILES[IMAGES]


def test_a_server_that_knows_no_ranges_sends_it_anew(serve):
    known = a_set(serve("knows no ranges").base)
    half(known)
    assert fetched(known) == known.folder


def test_a_server_that_sends_another_part_is_refused(serve):
    known = a_set(serve("sends another part").base)
    half(known)
    assert refused(known) == "sent another part than was asked for."


def test_what_lay_there_is_checked_with_the_rest_and_thrown_away_where_it_is_spoilt(serve):
    server = serve()
    known = a_set(server.base)
    half(known, bytes(len(FILES[IMAGES])))
    assert fetched(known) == known.folder
    assert "range" in server.asked[0] and "range" not in server.asked[1]


@pytest.mark.parametrize("longer", [0, 1])
def test_a_part_that_is_whole_already_or_too_long(serve, longer):
    server = serve()
    known = a_set(server.base)
    known.folder.mkdir(parents=True)
    (known.folder / f"{IMAGES}.part").write_bytes(FILES[IMAGES] + bytes(longer))
    assert fetched(known) == known.folder
    assert len(server.asked) == 3 + longer


def until(job, event):
    """Take turns until something has happened."""
    while not event.is_set():
        next(job)


@pytest.mark.parametrize("behave", ["stalls before the header", "stalls in the middle", "trickles"])
def test_it_is_given_up_at_once_whatever_the_server_does(serve, behave, monkeypatch):
    monkeypatch.setattr("engine.data.download.download.PATIENCE", 10_000)
    server = serve(behave)
    known = a_set(server.base)
    job = downloading(known)
    until(job, server.stalls)
    job.close()
    assert not processes() and not files_in(known)


def test_what_a_killed_process_left_is_taken_up(serve, monkeypatch):
    monkeypatch.setattr("engine.data.download.download.PATIENCE", 60)
    server = serve("stalls in the middle")
    known = a_set(server.base)
    job = downloading(known)
    part = known.folder / f"{IMAGES}.part"
    while not (part.exists() and part.stat().st_size == len(FILES[IMAGES]) // 2):
        next(job)
    (line,) = processes()
    os.kill(int(line.split()[0]), signal.SIGKILL)
    with pytest.raises(RuntimeError, match="ended with -9"):
        run_through(job)
    server.behave = "ok"
    assert fetched(known) == known.folder
    assert f"range: bytes={len(FILES[IMAGES]) // 2}-" in server.asked[-4]


def test_of_two_at_once_one_downloads_and_the_other_waits(serve, monkeypatch):
    monkeypatch.setattr("engine.data.download.download.PATIENCE", 60)
    server = serve("stalls in the middle")
    known = a_set(server.base)
    first = downloading(known)
    until(first, server.stalls)
    second = downloading(known)
    message = next(second)
    while message is None or message.act != WAITING:
        message = next(second)
    assert len(server.asked) == 1
    server.behave = "ok"
    first.close()
    assert run_through(second) == known.folder and files_in(known) == set(FILES)


def test_two_threads_that_download_the_same_both_have_it(serve):
    server = serve()
    known = a_set(server.base)
    got = []
    threads = [threading.Thread(target=lambda: got.append(fetched(known))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert got == [known.folder] * 3 and len(server.asked) == 4


def copy_in(folder):
    """Write the set's arrays as a file that somebody got another way."""
    arrays = dict(zip(("x_train", "y_train", "x_test", "y_test"), ARRAYS.values(), strict=True))
    np.savez_compressed(folder / "copy.npz", **arrays)
    return folder / "copy.npz"


def test_what_came_of_a_download_goes_as_soon_as_a_copy_is_opened_that_came_another_way(known, home):
    there = half(known)
    assert known.came == there and len(known.parts) == 1
    data, _ = open_dataset(str(copy_in(home)))
    assert data.known == known.key and known.came == 0 and not known.parts


def test_it_stays_while_somebody_downloads_it_and_where_the_copy_is_another_set(serve, monkeypatch, home):
    server = serve("stalls in the middle")
    known = a_set(server.base)
    monkeypatch.setitem(KNOWN, known.key, known)
    monkeypatch.setattr("engine.data.download.download.PATIENCE", 60)
    job = downloading(known)
    until(job, server.stalls)
    while not known.came:
        next(job)
    open_dataset(str(copy_in(home)))
    assert known.came
    server.behave = "ok"
    job.close()
    open_dataset("sample")
    assert known.came, "it is no copy of this set"
    assert fetched(known) == known.folder and f"range: bytes={len(FILES[IMAGES]) // 2}-" in server.asked[1]
    assert known.came == known.size and not known.parts


# The command line -----------------------------------------------------------------------------------------------------


def command(*words):
    program = [sys.executable, REPOSITORY / "main.py", "download", *words]
    return subprocess.run(program, capture_output=True, text=True, timeout=60)


def test_the_command_lists_what_can_be_had():
    listed = [json.loads(line) for line in command("--json").stdout.splitlines()]
    assert [each["name"] for each in listed] == list(KNOWN)
    assert all(each["bytes"] > 10_000_000 for each in listed)
    assert "emnist-letters" in command().stdout


def test_the_command_tells_how_much_of_a_set_came_of_a_download_that_was_given_up():
    MNIST.folder.mkdir(parents=True)
    (MNIST.folder / f"{MNIST.files[0].name}.part").write_bytes(bytes(4_600_000))
    (told, *others) = (json.loads(line) for line in command("--json").stdout.splitlines())
    assert told["came"] == 4_600_000 and {each["came"] for each in others} == {0}
    assert "12 MB to download, 4.6 of them have come" in command().stdout.splitlines()[0]


def test_the_command_is_refused_in_one_line_where_there_is_no_network(monkeypatch):
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")  # nobody listens there
    done = command("kmnist", "--json")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "KMNIST cannot be downloaded: codh.rois.ac.jp refuses the connection." in done.stderr
    assert all(json.loads(line)["act"] == "downloading" for line in done.stdout.splitlines())


def test_another_name_is_wrong_usage():
    assert command("imagenet").returncode == 2
