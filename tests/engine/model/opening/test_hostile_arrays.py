"""Files of arrays that somebody broke on purpose, or that chance broke: one sentence each, and little memory."""

import json
import os
import pickle
import struct
import tracemalloc
import warnings
import zipfile
from functools import partial
from io import BytesIO

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.lib import format as npy
from torch_files import linear, npz, safetensors, with_head, write

from engine.core.errors import UserError
from engine.core.messages import run_through
from engine.model.opening import arrays_file, unfit
from engine.model.opening.arrays_network import opened_arrays

TABLE = 'input = [3, 3]\nlayers = "6 relu"\norder = "torch"'
STATE = linear("fc1", 9, 6, np.random.default_rng(1)) | linear("fc2", 6, 2, np.random.default_rng(2))
MIB = 1024**2

DAMAGED_NPZ = "model.npz is damaged, or no .npz file."
NO_ARRAYS = "no arrays of floating-point numbers of the shape "
NONE_LEFT = f"6 relu: {NO_ARRAYS}(6, 9) are left for it."
DAMAGED = "model.safetensors is damaged, or no .safetensors file."


def refusal(folder, content, name="model.npz", table=TABLE):
    with pytest.raises(UserError) as refused:
        run_through(opened_arrays(write(folder, content, table, name)))
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400
    return refused.value.sentence


def header(shape="(6, 9)", descr="'<f4'", version=(1, 0)):
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode("latin-1")
    return npy.magic(*version) + len(text).to_bytes(2 if version == (1, 0) else 4, "little") + text


def archive(member=None, name="fc1.weight.npy", packing=zipfile.ZIP_STORED, more=()):
    """The good network's file with one other member, or with more."""
    content = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice
        with zipfile.ZipFile(content, "w", packing) as file:
            for key, array in STATE.items():
                if f"{key}.npy" != name or member is None:
                    stored = BytesIO()
                    npy.write_array(stored, array)
                    file.writestr(f"{key}.npy", stored.getvalue())
            for key, bytes_of in [(name, member)] * (member is not None) + list(more):
                file.writestr(key, bytes_of)
    return content.getvalue()


def as_npy(array):
    content = BytesIO()
    npy.write_array(content, array, allow_pickle=True)
    return content.getvalue()


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


def changed(change):
    """The bytes of the good file with other bytes in it."""
    return change(bytearray(archive()))


def flipped(content):
    content[content.index(STATE["fc1.weight"].tobytes()[:16]) + 2] ^= 1
    return bytes(content)


def encrypted(content):
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def with_size(size):
    """The list of the archive says that its first member is that long."""

    def change(content):
        place = content.index(b"PK\x01\x02")
        content[place + 20 : place + 28] = struct.pack("<II", size, size)
        return bytes(content)

    return change


def with_kind(kind):
    return npz(STATE | {"fc1.weight": STATE["fc1.weight"].astype(kind)})


NPZ_ROWS = {
    "empty": (b"", DAMAGED_NPZ),
    "no archive": (b"garbage" * 100, DAMAGED_NPZ),
    "a pickle": (pickle.dumps(STATE), DAMAGED_NPZ),
    "cut short": (archive()[:-40], DAMAGED_NPZ),
    "without its beginning": (archive()[60:], DAMAGED_NPZ),
    "an empty archive": (npz({}), "no arrays"),
    "a member that is a pickle": (archive(pickle.dumps([1])), DAMAGED_NPZ),
    "a member without a header": (archive(b""), DAMAGED_NPZ),
    "a header of another version": (archive(npy.magic(9, 0) + bytes(100)), DAMAGED_NPZ),
    "a header of 2 GB": (archive(npy.magic(2, 0) + b"\xff\xff\xff\x7f{"), DAMAGED_NPZ),
    "a long header": (archive(header("(6, 9)" + " " * 20_000)), DAMAGED_NPZ),
    "a nested header": (archive(header("(" * 3000 + ")" * 3000)), DAMAGED_NPZ),
    "a header that is code": (archive(header("__import__('os').mkdir('x')")), DAMAGED_NPZ),
    "a shape that is longer than the file": (archive(header() + bytes(100)), DAMAGED_NPZ),
    "a shape of exabytes": (archive(header("(2**31, 2**31)")), DAMAGED_NPZ),
    "a shape of exabytes in digits": (archive(header(f"({10**18}, {10**18})")), DAMAGED_NPZ),
    "a negative shape": (archive(header("(-6, -9)") + bytes(216)), NONE_LEFT),
    "a shape of nothing": (archive(header("(0, 9)")), NONE_LEFT),
    "a shape of many sides": (archive(header(f"({'1, ' * 30})") + bytes(4)), DAMAGED_NPZ),
    "numbers behind the array": (archive(as_npy(STATE["fc1.weight"]) + b"more"), DAMAGED_NPZ),
    "Python objects": (archive(as_npy(np.array([[None] * 9] * 6))), DAMAGED_NPZ),
    "pointers to Python objects": (archive(header(descr="'|O'") + bytes(54 * 8)), DAMAGED_NPZ),
    "records": (archive(header(descr="[('a', '<f4')]") + bytes(216)), NONE_LEFT),
    "a name that is there twice": (archive(more=[("fc1.weight.npy", as_npy(STATE["fc1.weight"]))]), DAMAGED_NPZ),
    "a name of 10,000 letters": (archive(more=[("a" * 10_000 + ".npy", as_npy(np.ones(1)))]), DAMAGED_NPZ),
    "BZIP2": (archive(packing=zipfile.ZIP_BZIP2), DAMAGED_NPZ),
    "LZMA": (archive(packing=zipfile.ZIP_LZMA), DAMAGED_NPZ),
    "a flipped bit": (changed(flipped), DAMAGED_NPZ),
    "a password": (changed(encrypted), DAMAGED_NPZ),
    "a member of 2 GB": (changed(with_size(2**31)), "it has more in it than Layerlight opens: 1 GB"),
    "a member of 0.9 GB": (changed(with_size(9 * 10**8)), DAMAGED_NPZ),
    "a thousand arrays": (npz({f"a{number}": np.ones(1) for number in range(1001)}), "in 1,000 arrays"),
    "whole numbers": (with_kind("<i4"), NONE_LEFT),
    "complex numbers": (with_kind("<c8"), NONE_LEFT),
    "text": (with_kind("<U8"), NONE_LEFT),
    "long doubles": (with_kind("longdouble"), NONE_LEFT),
    "NaN": (npz(STATE | {"fc1.bias": np.full(6, np.nan)}), "model.npz, 6 relu: its weights are NaN or infinite."),
    "too large for a float32": (npz(STATE | {"fc2.bias": np.full(2, 1e300)}), "the outputs: its weights are NaN"),
}  # fmt: skip


@pytest.mark.parametrize("row", NPZ_ROWS)
def test_a_hostile_npz_file_is_refused_in_a_sentence(tmp_path, row):
    content, words = NPZ_ROWS[row]
    assert words in refusal(tmp_path, content)


def tensors(**changes):
    """The entries of the good network's list, in which one may be another; and the arrays."""
    content = safetensors(STATE)
    length = int.from_bytes(content[:8], "little")
    head = json.loads(content[8 : 8 + length])
    head["fc1.weight"] = head["fc1.weight"] | changes
    return head, content[8 + length :]


def of_tensors(**changes):
    head, contents = tensors(**changes)
    return with_head(json.dumps(head), contents)


def with_entry(name, entry):
    head, contents = tensors()
    return with_head(json.dumps(head | {name: entry}), contents)


def twice(name):
    head, contents = tensors()
    return with_head(f'{{"{name}": {json.dumps(head[name])}, {json.dumps(head)[1:]}', contents)


GOOD = safetensors(STATE)
START, END = tensors()[0]["fc1.weight"]["data_offsets"]

SAFETENSORS_ROWS = {
    "empty": (b"", DAMAGED),
    "seven bytes": (b"\0" * 7, DAMAGED),
    "no list": (b"\0" * 8, DAMAGED),
    "a list longer than the file": (struct.pack("<Q", 5000) + b"{}", DAMAGED),
    "a list of 2 MB": (struct.pack("<Q", 2 * MIB) + b"{}", "it has more in it than Layerlight opens"),
    "a list of exabytes": (struct.pack("<Q", 2**63) + b"{}", "it has more in it than Layerlight opens"),
    "no JSON": (with_head("{"), DAMAGED),
    "another JSON": (with_head("[]"), DAMAGED),
    "nested JSON": (with_head("[" * 100_000), DAMAGED),
    "NaN in JSON": (with_head('{"a": NaN}'), DAMAGED),
    "a number of many digits": (with_head('{"a": %s}' % ("9" * 5000)), DAMAGED),
    "no UTF-8": (struct.pack("<Q", 2) + b"\xff\xfe", DAMAGED),
    "one name twice": (twice("fc1.weight"), DAMAGED),
    "no entries": (with_head("{}"), "no arrays"),
    "an entry that is none": (with_entry("a", 3), DAMAGED),
    "an entry without offsets": (with_entry("a", {"dtype": "F32", "shape": [1]}), DAMAGED),
    "texts that are none": (with_entry("__metadata__", {"layers": 3}), DAMAGED),
    "unknown numbers": (of_tensors(dtype="F31"), DAMAGED),
    "numbers of no name": (of_tensors(dtype=["F32"]), DAMAGED),
    "whole numbers": (of_tensors(dtype="I32"), NONE_LEFT),
    "a larger shape": (of_tensors(shape=[6, 10]), DAMAGED),
    "a negative shape": (of_tensors(shape=[-6, -9]), DAMAGED),
    "a shape of truth": (of_tensors(shape=[True, 54]), DAMAGED),
    "a shape of fractions": (of_tensors(shape=[6.0, 9]), DAMAGED),
    "a shape of exabytes": (of_tensors(shape=[10**18, 10**18]), DAMAGED),
    "a shape of many sides": (of_tensors(shape=[1] * 9), DAMAGED),
    "offsets before the file": (of_tensors(data_offsets=[-4, END - START - 4]), DAMAGED),
    "offsets behind the file": (of_tensors(data_offsets=[START + 4000, END + 4000]), DAMAGED),
    "offsets the other way": (of_tensors(data_offsets=[END, START]), DAMAGED),
    "an array that ends later": (of_tensors(data_offsets=[START, END + 4]), DAMAGED),
    "three offsets": (of_tensors(data_offsets=[START, END, END]), DAMAGED),
    "arrays that overlap": (of_tensors(data_offsets=[0, END - START]), DAMAGED),
    "numbers of no array": (GOOD + b"\0\0\0\0", DAMAGED),
    "cut short": (GOOD[:-4], DAMAGED),
    "a thousand arrays": (safetensors({f"a{n}": np.ones(1, np.float32) for n in range(1001)}), "in 1,000 arrays"),
    "a long name": (with_entry("a" * 1000, {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}), DAMAGED),
    "infinity": (safetensors(STATE | {"fc2.weight": np.full((2, 6), np.inf)}), "the outputs: its weights are NaN"),
    "an archive": (archive(), "it has more in it than Layerlight opens"),
}  # fmt: skip


@pytest.mark.parametrize("row", SAFETENSORS_ROWS)
def test_a_hostile_safetensors_file_is_refused_in_a_sentence(tmp_path, row):
    content, words = SAFETENSORS_ROWS[row]
    assert words in refusal(tmp_path, content, "model.safetensors")


def test_the_files_that_these_were_made_of_are_opened(tmp_path):
    for content, name in ((archive(), "a.npz"), (GOOD, "b.safetensors"), (of_tensors(), "c.safetensors")):
        assert len(run_through(opened_arrays(write(tmp_path, content, TABLE, name)))[2]) == 4


def test_a_pickle_never_runs(tmp_path):
    marker = tmp_path / "it ran"
    payload = as_npy(np.array([[Payload(marker)] * 9] * 6))
    for member in (payload, pickle.dumps(Payload(marker)), header(descr="'|O'") + pickle.dumps(Payload(marker))):
        assert DAMAGED_NPZ in refusal(tmp_path, archive(member))
    assert not marker.exists()
    np.load(BytesIO(payload), allow_pickle=True)
    assert marker.exists(), "the payload is a true one"


def bomb(shape, mebibytes):
    """The good network with zeros for its first kernel, well packed, that say to have this shape."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for key, array in STATE.items():
            if key != "fc1.weight":
                file.writestr(f"{key}.npy", as_npy(array))
        with file.open("fc1.weight.npy", "w") as member:
            member.write(header(shape))
            for _ in range(mebibytes):
                member.write(bytes(MIB))
    return content.getvalue()


def peak_of(work):
    tracemalloc.start()
    try:
        return work(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_bomb_swells_no_further_than_the_shape_of_the_layer_that_takes_it(tmp_path):
    content = bomb("(6, 4194304)", 96)
    sentence, peak = peak_of(lambda: refusal(tmp_path, content))
    assert NONE_LEFT in sentence and peak < 4 * MIB
    true, said = ((size + len(header())).to_bytes(4, "little") for size in (24 * MIB, 216))
    content = bomb("(6, 9)", 24)
    assert true in content
    sentence, peak = peak_of(lambda: refusal(tmp_path, content.replace(true, said)))
    assert sentence == DAMAGED_NPZ and peak < 4 * MIB, "one whose list calls it small"


def test_an_array_that_ends_before_its_list_says_is_refused(tmp_path):
    content, whole = BytesIO(), as_npy(STATE["fc1.weight"])
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for key, array in STATE.items():
            file.writestr(f"{key}.npy", whole[:-8] if key == "fc1.weight" else as_npy(array))
    true, said = ((len(whole) - less).to_bytes(4, "little") for less in (8, 0))
    assert content.getvalue().count(true) == 2
    assert refusal(tmp_path, content.getvalue().replace(true, said)) == DAMAGED_NPZ


def test_large_files_and_many_parameters_are_refused_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(unfit, "MOST_PARAMETERS", 70)
    assert "it has 74 parameters, and at most 70 are opened" in refusal(tmp_path, archive())
    monkeypatch.setattr(arrays_file, "MOST_BYTES", 1000)
    for content, name in ((archive(), "model.npz"), (GOOD + bytes(1000), "model.safetensors")):
        assert "it has more in it than Layerlight opens" in refusal(tmp_path, content, name)


@pytest.mark.parametrize("outputs", [1, 101])
def test_a_network_has_from_two_to_a_hundred_classes(tmp_path, outputs):
    state = STATE | linear("fc2", 6, outputs, np.random.default_rng(0))
    assert f"it has {outputs} outputs; Layerlight's networks have 2 to 100" in refusal(tmp_path, npz(state))


def test_negative_variances_are_refused(tmp_path):
    state = {"bn.running_mean": np.zeros(6), "bn.running_var": np.full(6, -0.1)} | STATE
    table = TABLE.replace("relu", "batchnorm, relu").replace("6 batch", "6, batch")
    assert "its variance is negative" in refusal(tmp_path, npz(state), table=table)


LEFT_OVER = "no layer takes its array "


@pytest.mark.parametrize(
    ("state", "table", "words"),
    [
        (STATE | linear("fc3", 6, 2, np.random.default_rng(0)), TABLE, f"{LEFT_OVER}fc3.weight, fc3.bias"),
        (STATE | {"scale": np.ones(3)}, TABLE, f"{LEFT_OVER}scale"),
        (STATE, TABLE.replace("torch", "keras"), "model.npz, 6 relu: " + NO_ARRAYS + "(9, 6)"),
        (STATE, TABLE.replace("6 relu", "6 relu, 6 relu"), NO_ARRAYS + "(6, 6)"),
        (STATE, TABLE.replace("6 relu", "6 relu, 7"), "7: " + NO_ARRAYS + "(7, 6)"),
        ({"fc1.weight": np.ones((6, 9)), "x.weight": np.ones(6)}, TABLE, "the outputs: " + NO_ARRAYS + "(…, 6)"),
        (STATE, TABLE + '\nnames = ["fc1"]', f"{LEFT_OVER}fc2.weight, fc2.bias"),
        (
            STATE,
            TABLE + '\nnames = ["fc1", "fc2", "fc3"]',
            "the number of names is 3, and that of layers with weights 2: 6 relu, the outputs",
        ),
        (STATE, TABLE + '\nnames = ["fc1", "fc3"]', "the outputs: there are no arrays called fc3"),
        (STATE, TABLE + '\nnames = ["fc2", "fc1"]', "6 relu: the array fc2.weight has the shape (2, 6), and (6, 9) is"),
        (
            STATE | {"fc1.weight": STATE["fc1.weight"].astype(int)},
            TABLE + '\nnames = ["fc1", "fc2"]',
            "the array fc1.weight has no floating-point numbers",
        ),
        (
            STATE | {"fc1.gamma": np.ones(6)},
            TABLE.replace("6 relu", "6, batchnorm, relu") + '\nnames = ["fc1", "fc1x", "fc2"]',
            "there are no arrays called fc1x",
        ),
        (
            STATE | {"bn.weight": np.ones(6), "bn.running_mean": np.ones(6)},
            TABLE.replace("6 relu", "6, batchnorm, relu") + '\nnames = ["fc1", "bn", "fc2"]',
            "there is no array for its variance in bn",
        ),
        (
            STATE | {"bn.weight": np.ones(6), "bn.running_mean": np.ones(6)},
            TABLE.replace("6 relu", "6, layernorm, relu") + '\nnames = ["fc1", "bn", "fc2"]',
            "it has no use for the array bn.running_mean",
        ),
        (
            STATE | {"bn.weight": np.ones(6), "bn.running_mean": np.ones(6)},
            TABLE.replace("6 relu", "6, layernorm, relu"),
            "layernorm: no arrays of floating-point numbers",
        ),
        ({"a": np.ones((6, 9)), "b": np.ones((2, 6))}, TABLE.replace('order = "torch"', ""), "its order is not known"),
        ({"a": np.ones((6, 9)), "b": np.ones(6), "c": np.ones((2, 7))}, TABLE, "the outputs: no arrays"),
        (STATE | {"fc2.bias": np.ones(3)}, TABLE, "the array fc2.bias has the shape (3), and (2) is needed"),
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit_the_table_are_named(tmp_path, state, table, words):
    assert words in refusal(tmp_path, npz(state), table=table)


def test_arrays_whose_order_no_name_tells_must_be_named_in_a_file_without_an_order(tmp_path):
    drawn = partial(linear, generator=np.random.default_rng(0))
    state = drawn("second", 9, 9) | drawn("first", 9, 9) | drawn("out", 9, 2)
    table = 'input = [3, 3]\nlayers = "9 relu, 9 relu"'
    sentence = refusal(tmp_path, safetensors(state), "model.safetensors", table)
    assert sentence == "model.safetensors, 9 relu: several arrays fit it: first, second."
    named = f'{table}\nnames = ["second", "first", "out"]'
    path = write(tmp_path, safetensors(state), named, "model.safetensors")
    np.testing.assert_array_equal(run_through(opened_arrays(path))[2][0], state["second.weight"].T)


OF_LAYERS = "model.toml cannot be opened: Layers: "


def rows(*lines):
    return "\n".join(lines)


TABLE_ROWS = {
    "empty": ("", "model.toml cannot be read: its entry input is missing."),
    "no TOML": (rows("input = [3, 3]", "layers = 6 relu"), "model.toml cannot be read: line 2 is no TOML."),
    "no UTF-8": ("\udcff", "it is no TOML"),
    "nested": ("a = " + "[" * 50_000, "is no TOML"),
    "an entry twice": (rows(TABLE, "input = [3, 3]"), "is no TOML"),
    "long": ("#" * 70_000, "it is longer than 65,536 bytes"),
    "no layers": ("input = [3, 3]", "its entry layers is missing"),
    "another entry": (rows(TABLE, "epsilon = 3"), "there is no entry epsilon, but input and layers"),
    "one side": (TABLE.replace("[3, 3]", "[9]"), "input must be rows and columns such as [28, 28]"),
    "four sides": (TABLE.replace("[3, 3]", "[1, 1, 3, 3]"), "input must be rows"),
    "two channels": (TABLE.replace("[3, 3]", "[2, 5, 5]"), "input must be rows"),
    "no rows": (TABLE.replace("[3, 3]", "[0, 3]"), "input must be rows"),
    "large images": (TABLE.replace("[3, 3]", "[3000, 3000]"), "input must be rows"),
    "sides as text": (TABLE.replace("[3, 3]", '"3x3"'), "input must be rows"),
    "fractions": (TABLE.replace("[3, 3]", "[3.0, 3.0]"), "input must be rows"),
    "infinite images": (TABLE.replace("[3, 3]", "[inf, nan]"), "input must be rows"),
    "layers as a list": (TABLE.replace('"6 relu"', '["6 relu"]'), "layers must be a text of at most 5,000 letters"),
    "many layers": (TABLE.replace("6 relu", "6, " * 2000), "layers must be a text"),
    "no layer": (TABLE.replace("6 relu", "lambda 6"), OF_LAYERS),
    "code": (TABLE.replace("6 relu", "__import__('os')"), OF_LAYERS),
    "a layer of exabytes": (TABLE.replace("6 relu", "9999999999"), OF_LAYERS),
    "a layer that does not fit": (TABLE.replace("6 relu", "6, conv 3 3x3"), OF_LAYERS),
    "another order": (TABLE.replace("torch", "caffe"), "order must be torch or keras"),
    "order as a number": (TABLE.replace('"torch"', "1"), "order must be torch or keras"),
    "names as text": (rows(TABLE, 'names = "fc1"'), "names must be a list of names, each another one"),
    "names that are none": (rows(TABLE, "names = [1, 2]"), "names must be a list"),
    "a name twice": (rows(TABLE, 'names = ["fc1", "fc1"]'), "names must be a list"),
}  # fmt: skip


@pytest.mark.parametrize("row", TABLE_ROWS)
def test_a_wrong_table_is_refused_in_a_sentence_that_names_the_entry(tmp_path, row):
    table, words = TABLE_ROWS[row]
    path = write(tmp_path, archive(), None)
    path.with_suffix(".toml").write_bytes(table.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError) as refused:
        run_through(opened_arrays(path))
    assert words in refused.value.sentence and "\n" not in str(refused.value)


@settings(max_examples=300, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_chance_makes_of_a_file_it_is_opened_or_refused(tmp_path, data):
    is_npz = data.draw(st.booleans())
    content = bytearray(archive() if is_npz else GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, min(len(content) - 1, 400 if data.draw(st.booleans()) else len(content))))
        content[min(place, len(content) - 1)] = data.draw(st.integers(0, 255))
    path = write(tmp_path, bytes(content), TABLE, "model.npz" if is_npz else "model.safetensors")
    try:
        weights = run_through(opened_arrays(path))[2]
    except UserError as refused:
        assert "\n" not in str(refused)
    else:
        assert all(np.isfinite(array).all() for array in weights)
