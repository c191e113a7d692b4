"""Files that somebody broke on purpose, or that chance broke: no code runs, no memory goes, one kind of refusal."""

import os
import pickle
import zipfile

import numpy as np
import pytest
from data_files import as_npy, fuzzing, mutated, peak_of, read_or_refuse, refusal
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.lib import format as npy

from engine.data.formats.sample import open_sample
from tests.engine.data.data_files import read_npz

MIB = 1024**2


def header(shape="(12, 4, 5)", descr="'|u1'", version=(1, 0)):
    """The beginning of a .npy file with any text in it."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode("latin-1")
    length = len(text).to_bytes(2 if version == (1, 0) else 4, "little")
    return npy.magic(*version) + length + text


def write(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)


def good_members(arrays):
    return {name: as_npy(array) for name, array in arrays.items()}


seeds = st.integers(0, 2**32)


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("how", ["array of objects", "member that is a pickle", "file that is a pickle"])
def test_a_pickle_is_refused_and_never_runs(path, tmp_path, arrays, how):
    marker = tmp_path / "it-ran"
    payload = Payload(marker)
    if how == "file that is a pickle":
        path.write_bytes(pickle.dumps(payload))
    else:
        member = as_npy(np.array([payload])) if how == "array of objects" else pickle.dumps(payload)
        write(path, good_members(arrays) | {"x_train": member})
    refusal(path)
    assert not marker.exists()
    if how == "array of objects":  # the payload is a true one
        np.load(path, allow_pickle=True)["x_train"]
        assert marker.exists()


def test_a_pickle_would_not_run_even_if_its_header_slipped_through(path, tmp_path, arrays, monkeypatch):
    marker = tmp_path / "it-ran"
    content = pickle.dumps(Payload(marker)).ljust(12 * 4 * 5 * 8, b".")  # as long as that number of pointers
    write(path, good_members(arrays) | {"x_train": header(descr="'|O'") + content})
    monkeypatch.setattr("engine.data.formats.npz.NUMBERS", "buifO")
    assert "damaged" in refusal(path)
    assert not marker.exists()


def write_bomb(path, shape, mebibytes):
    """Write zeros, well packed, and say that they have this shape."""
    arrays = {"y_train": np.arange(int(shape[0])) % 2, "x_test": np.zeros((2, *shape[1:]), np.uint8)}
    write(path, good_members(arrays | {"y_test": np.arange(2)}))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("x_train.npy", "w") as member:
        member.write(header(str(shape)))
        for _ in range(mebibytes):
            member.write(bytes(MIB))


@pytest.mark.parametrize(
    ("shape", "mebibytes", "words"),
    [((384, 256, 256), 24, "swell"), ((16384, 2, 2), 24, "not as long as it says")],
    ids=["one that says how large it is", "one that calls itself small"],
)
def test_a_bomb_is_refused_before_it_swells(path, shape, mebibytes, words, monkeypatch):
    monkeypatch.setattr("engine.data.formats.npz.HARMLESS", 4 * MIB)
    write_bomb(path, shape, mebibytes)
    assert path.stat().st_size < 0.1 * MIB
    sentence, peak = peak_of(lambda: refusal(path))
    assert words in sentence
    assert peak < 8 * MIB


def test_a_bomb_whose_archive_calls_it_small_too_swells_no_further_than_that(path):
    write_bomb(path, (16384, 2, 2), 24)
    told, true = ((size + len(header("(16384, 2, 2)"))).to_bytes(4, "little") for size in (16384 * 4, 24 * MIB))
    assert path.read_bytes().count(true)
    path.write_bytes(path.read_bytes().replace(true, told))
    sentence, peak = peak_of(lambda: refusal(path))
    assert "damaged" in sentence
    assert peak < 8 * MIB


def test_an_array_that_ends_before_its_archive_says_is_refused(path, arrays):
    """Its checksum fits what is there, so nothing but its length is wrong; what is missing must not be made up."""
    arrays |= {"x_train": np.tile(arrays["x_train"], (400, 1, 1)), "y_train": np.tile(arrays["y_train"], 400)}
    whole = as_npy(arrays["x_train"])
    write(path, good_members(arrays) | {"x_train": whole[:-4096]})
    true, told = ((len(whole) - less).to_bytes(4, "little") for less in (4096, 0))
    assert path.read_bytes().count(true) == 2
    path.write_bytes(path.read_bytes().replace(true, told))
    assert "damaged" in refusal(path)


def test_arrays_beyond_the_budget_are_refused(path, arrays, monkeypatch):
    write(path, good_members(arrays))
    size = sum(array.nbytes for array in arrays.values())
    with monkeypatch.context() as patch:
        patch.setattr("engine.data.formats.reading.BUDGET", size - 1)
        assert "at most" in refusal(path)
    read_npz(path)
    write(path, good_members(arrays | {"x_train": np.asfortranarray(arrays["x_train"])}))
    monkeypatch.setattr("engine.data.formats.reading.BUDGET", size + arrays["x_train"].nbytes - 1)
    assert "at most" in refusal(path), "bytes in another order count twice"


def test_data_that_packs_well_is_opened_when_it_is_small_or_not_packed(path, monkeypatch):
    monkeypatch.setattr("engine.data.formats.npz.HARMLESS", 4 * MIB)
    images, labels = np.zeros((4_000, 40, 40), np.uint8), np.arange(4_000) % 2
    images[0, 0, 0] = 200
    for save, count in ((np.savez_compressed, 2_000), (np.savez, 4_000)):  # of 3 and of 6 MB
        save(path, x_train=images[:count], y_train=labels[:count], x_test=images[:2], y_test=labels[:2])
        assert len(read_npz(path).train_images) == count
    np.savez_compressed(path, x_train=images, y_train=labels, x_test=images[:2], y_test=labels[:2])
    assert "swell" in refusal(path)


# an array that is allowed by its size, and must not be inflated where it cannot be a part of a data set
LARGE = 4 * MIB

UNFIT = {
    "labels for 12 images": ("y_train", (LARGE,), "12 images and y_train"),
    "labels in a column": ("y_test", (LARGE, 1), "6 images and y_test"),
    "labels in rows": ("y_train", (LARGE // 4, 4), "12 images and y_train"),
    "labels in long rows": ("y_train", (LARGE // 200, 200), "not labels"),
    "images without labels": ("x_train", (LARGE // 20, 4, 5), "12 labels"),
    "images of another size": ("x_test", (6, LARGE // 6 // 200, 200), "too large"),
    "images of two sizes": ("x_train", (12, 200, 200), "of 200 × 200 pixels"),
    "colours": ("x_test", (6, LARGE // 6 // 4, 4, 1, 1), "these are not images"),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_arrays_that_do_not_belong_together_are_refused_by_their_headers(path, arrays, kind):
    name, shape, words = UNFIT[kind]
    content = np.random.default_rng(1).bytes(MIB) * (int(np.prod(shape)) // MIB + 1)
    wide = header(str(shape)) + content[: int(np.prod(shape))]
    write(path, good_members(arrays) | {name: wide}, zipfile.ZIP_STORED)
    sentence, peak = peak_of(lambda: refusal(path))
    assert words in sentence
    assert peak < MIB


def test_more_images_than_anybody_has_are_refused_by_their_headers(path, arrays, monkeypatch):
    monkeypatch.setattr("engine.data.formats.checks.MOST_IMAGES", 11)
    write(path, good_members(arrays))
    assert "12 images, and at most 11" in refusal(path)


def test_other_arrays_in_the_file_are_not_looked_at(path, arrays):
    write(path, good_members(arrays) | {"extra": bytes(LARGE), "x_valid": header("(7)", "'|O'")})
    data, peak = peak_of(lambda: read_npz(path))
    assert len(data.train_images) == 12
    assert peak < MIB


def test_a_list_of_arrays_without_end_is_refused_before_it_is_read(path, arrays):
    write(path, good_members(arrays), zipfile.ZIP_STORED)
    content = path.read_bytes()
    start, end = content.index(b"PK\1\2"), content.index(b"PK\5\6")
    entry = content[start:end]
    many = entry * (2 * MIB // len(entry))
    length = len(many).to_bytes(4, "little")
    path.write_bytes(content[:start] + many + content[end : end + 12] + length + content[end + 16 :])
    sentence, peak = peak_of(lambda: refusal(path))
    assert "not an .npz file" in sentence
    assert peak < MIB


@pytest.mark.parametrize(
    ("dtype", "order", "largest"),
    [("bool", "C", 1), ("u1", "C", 200), ("i1", "F", 31), ("f2", "C", 1), ("f8", "F", 200)],
)
def test_reading_takes_the_memory_that_is_counted(path, dtype, order, largest, monkeypatch):
    monkeypatch.setattr("engine.data.formats.checks.BLOCK", 2**14)
    images = np.zeros((1500, 28, 28), dtype, order)
    images[::7] = largest
    labels = (np.arange(1500) % 2).astype("f8")
    np.savez(path, x_train=images, y_train=labels, x_test=images[:2], y_test=labels[:2])
    counted = images.nbytes + images.size * (images.itemsize > 1 or order == "F")
    data, peak = peak_of(lambda: read_npz(path))
    assert data.train_images[7].max() == (255 if dtype in ("bool", "i1") or largest == 1 else largest)
    assert peak < counted + 0.6 * MIB


SHAPES = [
    "(9999999999, 28, 28)", "(-12, 4, 5)", "(-12, -4, 5)", "(0, 4294967295, 4294967295)", "(12, 4)", "12", "()",
    "(0x" + "f" * 4000 + ", 0x" + "f" * 4000 + ")", "(" * 300 + ")" * 300, "-" * 8000 + "1", "[12, 4, 5]",
    "(12, 4, 5", "(12.0, 4, 5)", "(True, 240)", "open('x', 'w')", "(1, " * 60 + ")" * 60, "(" + "1, " * 3000 + ")",
]  # fmt: skip
TYPES = ["'O'", "'|V0'", "'<U0'", "'<c8'", "'<M8[s]'", "[('a', '|u1')]", "('|u1', (2,))", "'?!'", "7"]
MEMBERS = {
    **{f"shape {number}": header(shape) + bytes(240) for number, shape in enumerate(SHAPES)},
    **{f"version {version}": header(SHAPES[0], version=(version, 0)) + bytes(240) for version in (2, 3, 9)},
    **{f"type {descr}": header(descr=descr) + bytes(240) for descr in TYPES},
    "a header of megabytes": header("(12, 4, 5)" + " " * MIB, version=(2, 0)) + bytes(240),
    **{f"no array: {content}": content for content in (b"", b"\x93NUMPY", b"\x93NUMPY\1\0", b"12,3")},
    "a header without an end": b"\x93NUMPY\1\0\xff\xff{",
}


@pytest.mark.parametrize("member", MEMBERS.values(), ids=MEMBERS)
def test_a_member_with_a_wrong_header_is_refused(path, arrays, member):
    write(path, good_members(arrays) | {"x_train": member})
    assert "x_train" in refusal(path)


def test_a_header_of_version_2_is_read(path, arrays):
    write(path, good_members(arrays) | {"x_train": header(version=(2, 0)) + arrays["x_train"].tobytes()})
    assert np.array_equal(read_npz(path).train_images, arrays["x_train"])


def test_a_header_that_swells_is_refused_before_it_does(path, arrays):
    swollen = npy.magic(2, 0) + LARGE.to_bytes(4, "little") + b" " * LARGE
    write(path, good_members(arrays) | {"x_train": swollen})
    sentence, peak = peak_of(lambda: refusal(path))
    assert "x_train in letters.npz is damaged" in sentence
    assert peak < MIB


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_inflate_without_a_limit_are_refused(path, arrays, compression):
    pytest.importorskip({zipfile.ZIP_BZIP2: "bz2", zipfile.ZIP_LZMA: "lzma"}[compression])
    write(path, good_members(arrays), compression)
    assert "packed" in refusal(path)


@pytest.mark.parametrize("images", [12, 12_000])
def test_an_array_with_a_flipped_bit_is_refused(path, arrays, images):
    arrays |= {name: np.resize(arrays[name], (images, *arrays[name].shape[1:])) for name in ("x_train", "y_train")}
    write(path, good_members(arrays), zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[content.index(arrays["x_train"].tobytes()) + 10 * images] ^= 1
    path.write_bytes(content)
    assert "x_train in letters.npz is damaged" in refusal(path)


def test_an_encrypted_file_is_refused(path, arrays):
    write(path, good_members(arrays))
    content = bytearray(path.read_bytes())
    for start in range(len(content) - 4):
        if content[start : start + 4] == b"PK\1\2":
            content[start + 8] |= 1
    path.write_bytes(content)
    refusal(path)


def test_a_file_that_is_no_archive_or_was_cut_short_anywhere_is_refused(path, arrays):
    np.savez(path, **arrays)
    whole = path.read_bytes()
    cut = [whole[:length] for length in range(0, len(whole), 37)]
    for content in (*cut, b"PK", b"PK\5\6" + bytes(18), b"\x89HDF\r\n", b"x" * 5000):
        path.write_bytes(content)
        refusal(path)


@fuzzing
@given(seed=seeds, packed=st.booleans())
def test_any_bytes_give_a_data_set_or_a_refusal(path, arrays, seed, packed):
    write(path, good_members(arrays), zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)
    path.write_bytes(mutated(path.read_bytes(), seed))
    read_or_refuse(path)


@fuzzing
@given(seed=seeds, name=st.sampled_from(["x_train", "y_train", "x_test", "y_test"]))
def test_any_bytes_inside_a_sound_archive_give_a_data_set_or_a_refusal(path, arrays, seed, name):
    members = good_members(arrays)
    write(path, members | {name: mutated(members[name], seed)})
    read_or_refuse(path)


numbers = hnp.arrays(
    st.one_of(hnp.scalar_dtypes(), st.sampled_from(["?", "i1", ">i2", "f2", "f4", ">f8", "g"])),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
)


@fuzzing
@given(images=numbers, labels=numbers)
@example(images=np.full((12, 4, 5), 1e300), labels=np.zeros(12))
@example(images=np.full((12, 4, 5), 2**64 - 1, "u8"), labels=np.full(12, 2**64 - 1, "u8"))
@example(images=np.ones((12, 4, 5), bool), labels=np.arange(12) % 2 == 0)
def test_any_arrays_give_a_data_set_or_a_refusal(path, arrays, images, labels):
    write(path, good_members(arrays | {"x_train": images, "y_train": labels}))
    read_or_refuse(path)
    write(path, good_members({"x_train": images, "y_train": labels, "x_test": images, "y_test": labels}))
    read_or_refuse(path)


def test_a_file_is_read_where_python_asks_for_all_that_follows_as_its_3_12_1_does(monkeypatch):
    class Older(zipfile.ZipFile):
        def __init__(self, file):
            file.seek(-22, 2)  # where a zip's end begins
            assert len(file.read()) == 22
            super().__init__(file)

    monkeypatch.setattr(zipfile, "ZipFile", Older)
    assert len(open_sample().train_images) == 4_000
