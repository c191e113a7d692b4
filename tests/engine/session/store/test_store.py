"""What is written into a session file comes out again, to the last bit, and is written once."""

import dataclasses
import gc
import math
import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import runs
from runs import add_epoch, ask, assert_same_run, made_epoch, made_run

from engine.core.act import Act
from engine.core.drawing import Drawing, Point, Stroke, plain_stroke
from engine.core.errors import UserError
from engine.core.example import Example
from engine.core.lens import Adjusted, Lens, Neuron, NeuronSet
from engine.core.messages import run_through
from engine.model.training.messages import Parent
from engine.session.store.opening import create_store, open_store
from engine.session.store.reading import Contents
from engine.session.store.schema import APPLICATION, EXAMPLES, FACTS, SCHEMA, SETS_ONCE, put, to_json

VIEW = {"tab": "Train", "moment": 20}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "größe & more.layerlight"


@pytest.fixture
def store(file):
    made = create_store(file)
    yield made
    made.close()


@pytest.fixture
def opened():
    stores = []

    def opened(file, **how):
        found = run_through(open_store(file, **how))
        stores.append(found.store)
        return found

    yield opened
    for store in stores:
        store.close()


@pytest.fixture
def read(file, store, opened):
    held = [store]

    def contents(**how):
        held[-1].close()
        held.append(opened(file, **how).store)
        return held[-1].load()

    return contents


def written(store, runs, view=VIEW, drawings=None, sets=None, acts=None, examples=None):
    while not store.write(Contents(runs, view, drawings or {}, sets or {}, acts or {}, examples or {})):
        pass


def test_figures_that_are_no_numbers_come_out_as_they_were(store, read):
    run = made_run(epochs=0)
    odd = {"train_loss": math.nan, "test_loss": math.inf, "gradient_norms": (-math.inf, 1.0)}
    run.epochs.append(dataclasses.replace(made_epoch(1), **odd))
    written(store, {"A": run})
    done = read().runs["A"].epochs[0]
    assert math.isnan(done.train_loss)
    assert (done.test_loss, done.gradient_norms) == (math.inf, (-math.inf, 1.0))


def count(file, table):
    return ask(file, f"SELECT count(*) FROM {table}")[0][0]


def test_half_floats_come_out_as_float32_and_are_guarded_like_all_others(file, store, read):
    run = made_run(epochs=0)
    exact = run.moments[0].weights
    halves = tuple(array.astype(np.float16) for array in exact)
    run.moments[0] = dataclasses.replace(run.moments[0], weights=halves)
    written(store, {"A": run})
    for one, half in zip(read(look_only=True).runs["A"].moments[0].weights, halves, strict=True):
        assert one.dtype == np.float32 and not one.flags.writeable
        assert np.array_equal(one, half.astype(np.float32))
    changed = bytes(halves[0].nbytes)
    ask(file, "UPDATE arrays SET content = ? WHERE type = '<f2' AND length(content) = ?", changed, len(changed))
    with pytest.raises(UserError, match="are damaged"):
        read(look_only=True).runs["A"].moments[0]


def test_a_closed_file_is_one_file_and_nothing_in_it_is_pickled(file, store):
    run = made_run()
    written(store, {"A": run})
    with pytest.raises(ValueError, match="read-only"):
        run.moments[0].weights[0][0] = np.float32(1)
    store.close()
    assert list(file.parent.glob("*layerlight*")) == [file]
    for name, value in (("integrity_check", "ok"), ("application_id", APPLICATION), ("user_version", SCHEMA)):
        assert ask(file, f"PRAGMA {name}") == [(value,)]
    assert set(ask(file, "SELECT DISTINCT type FROM arrays")) == {("<f4",), ("<i8",)}
    content, *_ = ask(file, "SELECT content FROM arrays WHERE shape = '[64, 16]'")
    assert len(content[0]) == 64 * 16 * 4


def test_what_is_no_session_is_refused_in_a_sentence_and_left_alone(file, opened):
    ask(file, "CREATE TABLE things (name)")
    database = file.read_bytes()
    for content in (database, b"", b"SQLite format 3\0 and nothing more", b"PK\x03\x04" * 5000):
        file.write_bytes(content)
        for how in ({}, {"look_only": True}):
            with pytest.raises(UserError, match="no Layerlight session"):
                opened(file, **how)
        assert file.read_bytes() == content
        assert list(file.parent.iterdir()) == [file]


THREE = Drawing(
    strokes=(
        Stroke(points=(Point(8.0, 5.5), Point(20.25, 9.0, 0.5)), width=2.5),
        Stroke(points=(Point(14.0, 14.0),), width=4.0, erases=True),
    )
)


SHADES = (np.arange(784) % 251).astype(np.uint8).reshape(28, 28)
OVER = THREE.over(SHADES[:20], "a picture")


def test_of_a_drawing_whose_picture_is_damaged_the_strokes_are_left(file, store, opened):
    written(store, {}, drawings={"mine": OVER})
    store.close(whole=False)
    before = file.read_bytes()
    for damage in (
        "UPDATE arrays SET content = zeroblob(560)",
        "DELETE FROM arrays",
        "UPDATE pictures SET caption = 'x'",
        "UPDATE arrays SET shape = '[560]'",
    ):
        file.write_bytes(before)
        ask(file, damage)
        found = opened(file).store
        contents = found.load()
        assert contents.drawings == {"mine": THREE}
        assert contents.damage == ["the picture below the drawing “mine”"]
        found.close(whole=False)


def test_drawings_are_alike_when_they_look_alike_to_the_last_pixel():
    one = SHADES.copy()
    one[3, 4] += 1
    assert THREE.over(SHADES, "a") == THREE.over(SHADES.copy(), "a")
    assert THREE.over(SHADES, "a") != THREE.over(one, "a")
    assert THREE.over(SHADES, "a") != THREE.over(SHADES, "b")
    assert THREE.over(SHADES, "") != THREE and dataclasses.replace(THREE) != OVER and OVER == OVER
    assert dataclasses.replace(THREE, strokes=()) != THREE and OVER != "a picture"
    assert len({THREE.over(SHADES, "a"), THREE.over(SHADES.copy(), "a")}) == 1
    for wrong in (SHADES / 255.0, SHADES[0], SHADES[:0], SHADES * np.float32(np.nan)):
        with pytest.raises(ValueError, match="no picture"):
            THREE.over(wrong, "a")


LENS = Lens("A", 20, frozenset({Neuron(0, 1)}), frozenset({Adjusted(0, 2, 0.0, 0.5)}))
ACTS = {
    3: Act.of("fingerprints", {"layer": 1, "rows": "class"}, LENS, "0123", 1000.5),
    4: Act.of("draw", {"image": 7, "picture": (SHADES / 255).astype(np.float32)}, LENS, "0123", 1001.0),
    7: Act.of("warmup", {"size": 2, "neurons": (1, 2), "matrix": np.eye(2)}, None, "", 1002.0),
}


def assert_same_acts(found, wanted):
    assert list(found) == list(wanted)
    for number, act in found.items():
        assert act.is_like(wanted[number]) and act.when == wanted[number].when


def test_an_array_of_acts_stays_as_long_as_one_needs_it(file, store):
    written(store, {}, acts=ACTS)
    again = Act.of("activations", dict(ACTS[4].arrays), LENS, "0123", 1003.0)
    for acts, arrays in ((ACTS | {8: again}, 2), ({7: ACTS[7], 8: again}, 2), ({7: ACTS[7]}, 1), ({}, 0)):
        assert not store.is_current(Contents({}, VIEW, acts=acts))
        assert store.is_current(Contents({}, VIEW, acts=acts), even_view=False), "they alone need no file"
        before = store.database.total_changes
        written(store, {}, acts=acts)
        assert store.database.total_changes - before <= 5, "only what changed is written"
        assert (count(file, "acts"), count(file, "arrays")) == (len(acts), arrays)


CANVAS = {
    "strokes": [plain_stroke(THREE.strokes[0])], "picture": None, "caption": "", "change": None,
    "is_raw": False,
}  # fmt: skip
EXAMPLES_KEPT = {
    2: Example(image=SHADES, label="heart", canvas=CANVAS),
    5: Example(image=SHADES[::-1].copy(), label="3", source="three.png"),
    6: Example(image=SHADES, label="<b>star</b>"),
}


def assert_same_examples(found, wanted):
    assert list(found) == list(wanted)
    for number, each in found.items():
        assert each == wanted[number] and not each.image.flags.writeable
        assert (each.canvas, each.source) == (wanted[number].canvas, wanted[number].source)


def test_what_makes_no_example_is_left_out_and_named(store, read):
    run = made_run("A")
    written(store, {"A": run}, examples=EXAMPLES_KEPT)
    example = {"label": "heart", "source": "", "canvas": None}
    keys = dict(store.database.execute("SELECT shape, sha256 FROM arrays").fetchall())
    picture = keys["[28, 28]"]
    wrong = [
        ("Z", 1, example, picture),
        ("", -1, example, picture),
        *(("", number, about, picture) for number, about in enumerate((
            *(example | {"label": label} for label in ("", "x" * 41, 7)),
            example | {"canvas": {"strokes": [{"points": "?"}]}}, {"label": "heart"}, ["heart"]), start=10)),
        *(("", 20 + number, example, key) for number, key in enumerate(
            (*(key for shape, key in keys.items() if shape != "[28, 28]"), "", "0" * 64))),
    ]  # fmt: skip
    for run, number, about, key in wrong:
        put(store.database, EXAMPLES, run, number, to_json(about), key)
    contents = read()
    assert len(contents.damage) == len(wrong) and all("example" in each for each in contents.damage)
    assert_same_examples(contents.examples, EXAMPLES_KEPT)


def test_more_examples_than_a_session_keeps_are_left_out_and_named(store, read, monkeypatch):
    written(store, {}, examples=EXAMPLES_KEPT)
    monkeypatch.setattr("engine.session.store.reading.MOST_EXAMPLES", len(EXAMPLES_KEPT) - 1)
    contents = read()
    assert (list(contents.examples), contents.damage) == ([2, 5], ["example 6"])


GOLDEN = Path(__file__).parent / "golden"
KEPT_SETS = {
    "two": NeuronSet(frozenset({Neuron(0, 1), Neuron(0, 2)})),
    "a mix": NeuronSet(frozenset({Neuron(0, 0)}), frozenset({Adjusted(0, 1, 3.0, 0.0)})),
}


def test_there_is_a_file_of_every_format():
    wanted = [f"schema-{number}.layerlight" for number in range(1, SCHEMA + 1)]
    assert [path.name for path in sorted(GOLDEN.iterdir())] == wanted


@pytest.mark.parametrize("number", range(1, SCHEMA + 1))
@pytest.mark.parametrize("look_only", [True, False])
def test_a_file_of_an_older_format_opens_with_all_that_is_in_it(tmp_path, monkeypatch, number, look_only, opened):
    monkeypatch.setattr(runs, "SHAPES", ((6, 3), (3,), (3, 2), (2,)))
    monkeypatch.setattr(runs, "IMAGES", (2, 3))

    def since(first, things):
        return things if number >= first else {}

    copy = Path(shutil.copy(GOLDEN / f"schema-{number}.layerlight", tmp_path))
    before = copy.read_bytes()
    found = opened(copy, look_only=look_only)
    contents = found.store.load()
    assert (found.is_whole, contents.damage, contents.view) == (True, [], {"tab": "Train"})
    first, second = made_run(epochs=2, pinned=True), made_run("B", epochs=1, seed=1, pinned=True)
    first.title, first.bookmarks[10], first.changes = "the first", "knee", [(5, "learning_rate", 0.05)]
    second.parent = Parent("A", 10)
    assert_same_run(contents.runs["A"], first)
    assert_same_run(contents.runs["B"], second)
    taught = {name: (run.examples, run.taught_from) for name, run in contents.runs.items()}
    kept = (*EXAMPLES_KEPT.values(),)
    assert taught == {"A": ((), None), "B": ((), None), **since(7, {"C": (kept, Parent("A", 10))})}
    over, repainted = THREE.over(SHADES, "Test image 7, a 9"), (SHADES / 255).astype(np.float32)
    later = since(3, {"over": over, "repainted": Drawing(strokes=()).over(repainted, "")})
    assert contents.drawings == since(2, {"three": THREE}) | later
    assert list(contents.sets.items()) == list(since(3, KEPT_SETS).items())
    assert_same_acts(contents.acts, since(6, ACTS))
    assert_same_examples(contents.examples, since(7, EXAMPLES_KEPT))
    if look_only:
        found.store.close()
        assert copy.read_bytes() == before
        return

    more = {"more": KEPT_SETS["two"], **KEPT_SETS}
    drawings, acts, examples = {"new": OVER}, {9: ACTS[4]}, {1: EXAMPLES_KEPT[6]}
    written(found.store, contents.runs, drawings=drawings, sets=more, acts=acts, examples=examples)
    found.store.close()
    again = opened(copy)
    contents = again.store.load()
    assert contents.drawings == drawings and list(contents.sets.items()) == list(more.items())
    assert_same_acts(contents.acts, acts)
    assert_same_examples(contents.examples, examples)
    assert count(copy, "facts") == 2, "what held all sets once is there no more"
    assert again.store.database.execute("PRAGMA user_version").fetchone() == (SCHEMA,)


def test_sets_of_an_older_format_that_make_no_sense_are_gone_once_sets_are_written(store):
    written(store, {"A": made_run()})
    put(store.database, FACTS, SETS_ONCE, "no JSON")
    contents = store.load()
    assert (contents.sets, contents.damage) == ({}, ["what is noted as neuron sets"])
    written(store, contents.runs, sets=KEPT_SETS)
    contents = store.load()
    assert (contents.sets, contents.damage) == (KEPT_SETS, [])


def test_moments_that_are_given_up_leave_nothing_in_memory_though_they_were_looked_at(store):
    run, room = made_run("A", epochs=0), []
    tracemalloc.start()
    for number in range(1, 91):
        add_epoch(run, number)
        for step in list(run.moments)[1:-3]:
            del run.moments[step]
        written(store, {"A": run})
        assert run.moments[list(run.moments)[-2]].weights[0].any()
        if number in (30, 90):
            gc.collect()
            room.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert room[1] - room[0] < 60 * 650, (
        "an epoch's figures and its losses; figures as a message took 600 more, an array's hash 200, arrays 10,000"
    )
