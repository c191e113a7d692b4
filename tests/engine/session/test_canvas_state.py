"""The canvas as part of the session's view: every bit comes back, what no canvas is made of is refused."""

import base64
import contextlib
import copy
import json
import os
import time
import zlib

import numpy as np
import pytest

from engine.core.drawing import NO_CANVAS, CanvasState, Drawing, Point, Stroke, plain_array, plain_stroke
from engine.core.machine.bundled import BUNDLED
from engine.session.jobs.files import new_session, open_session
from engine.session.jobs.kept import keep_canvas, keep_lesson
from engine.session.session import Session
from engine.session.store import places

STROKE = Stroke(points=(Point(0.1, 27.9, 0.3), Point(1 / 3, -2.0, 1.0)), width=2.2, erases=True)
PICTURE = np.random.default_rng(5).normal(size=(28, 28)).astype(np.float32)


def plain(**changes):
    values = {"strokes": [plain_stroke(STROKE)], "picture": None, "caption": "", "change": None}
    return values | {"is_raw": False} | changes


def packed(content):
    return base64.b64encode(zlib.compress(content)).decode()


def open_again(path=None):
    """Return the view that the next window finds in that session, `None`: the bundled one."""
    again = Session(new_place=places.new_autosave)
    list(open_session(again, str(path or BUNDLED)))
    view = dict(again.view)
    again.close()
    return view


def test_strokes_and_pictures_come_back_to_the_last_bit():
    through_json = json.loads(
        json.dumps(plain(picture=plain_array(PICTURE), change=plain_array(-PICTURE), caption="More 3"))
    )
    state = CanvasState.from_plain(through_json)
    assert state.drawing.strokes == (STROKE,) and state.drawing.caption == "More 3"
    assert state.drawing.picture.tobytes() == PICTURE.tobytes()
    assert state.change.tobytes() == (-PICTURE).tobytes()


def damaged():
    stroke, picture = plain_stroke(STROKE), plain_array(PICTURE)
    wild = {**stroke, "points": packed(np.array([[np.nan, 0, 1], [0, 0, 1]], "<f8").tobytes())}
    far = {**stroke, "points": packed(np.array([[1e9, 0, 1], [0, 0, 1]], "<f8").tobytes())}
    bomb = packed(bytes(50_000_000))
    yield from (
        *(None, [], "canvas", 7, {}, plain(strokes=[]), plain(strokes=None), plain(strokes=[{}])),
        *(plain(strokes=[each]) for each in (wild, far, stroke | {"count": 0}, stroke | {"count": 10**9})),
        *(plain(strokes=[stroke | {"width": width}]) for width in ("nan", 0, -1, 1e9, None)),
        *(plain(strokes=[stroke | {"points": each}]) for each in (bomb, "AAAA", "§", packed(b""))),
        *(plain(picture=picture | {"shape": shape}) for shape in ([0, 5], [5, 0], [28], [10**6, 10**6], [-1, -784])),
        *(plain(picture=picture | {"type": kind}) for kind in ("float64", "object", None)),
        plain(picture=picture | {"content": bomb}),
        plain(picture=plain_array(np.full((2, 2), np.inf, np.float32))),
        plain(picture=picture, change=plain_array(PICTURE[1:])),
        plain(picture=picture, change=plain_array(PICTURE * np.float32(np.nan))),
    )


@pytest.mark.parametrize("values", list(damaged()))
def test_what_no_canvas_is_made_of_is_refused(values):
    with pytest.raises(NO_CANVAS):
        CanvasState.from_plain(values)


@pytest.mark.parametrize(
    "stroke",
    [
        {"points": [], "width": 2, "erases": False},
        {"points": [[float("nan"), 1, 1]], "width": 2, "erases": False},
        {"points": [[1, 1, 7]], "width": 2, "erases": False},
        {"points": [[1, 1, 1]], "width": float("inf"), "erases": False},
    ],
)
def test_a_saved_drawing_with_strokes_that_no_pen_makes_is_refused(stroke):
    with pytest.raises(ValueError, match="No pen"):
        Drawing.from_plain([stroke])


def test_strokes_of_more_points_than_a_canvas_has_are_refused_before_they_are_unpacked(monkeypatch):
    stroke = {"points": packed(bytes(24 * 60_000)), "count": 60_000, "width": 2.0, "erases": False}
    with monkeypatch.context() as patch:
        patch.setattr("zlib.decompressobj", lambda: pytest.fail("unpacked"))
        with pytest.raises(ValueError, match="fewer points"):
            CanvasState.from_plain(plain(strokes=[stroke] * 2))
    for most in (2, 1):
        monkeypatch.setattr("engine.core.drawing.MOST_POINTS", most)
        with contextlib.nullcontext() if most == 2 else pytest.raises(ValueError, match="fewer than that"):
            assert CanvasState.from_plain(plain()).drawing.strokes == (STROKE,)


def test_the_canvas_lies_in_the_sessions_own_file_at_once_and_other_state_stays(session):
    session.drawings = {"one": Drawing(strokes=(STROKE,))}
    session.view = {"tab": "Map"}
    list(keep_canvas(session, plain()))
    path = session.store.path
    assert session.is_saved() and not list((places.folders.state() / "canvas").glob("*"))
    session.close()
    assert open_again(path) == {"tab": "Map", "canvas": plain()}


def test_how_far_the_lesson_is_lies_in_the_sessions_own_file_at_once_and_other_state_stays(session):
    session.drawings = {"one": Drawing(strokes=(STROKE,))}
    session.view = {"tab": "Map"}
    list(keep_canvas(session, plain()))
    list(keep_lesson(session, {"place": [2, 1]}))
    path = session.store.path
    assert session.is_saved()
    session.close()
    assert open_again(path) == {"tab": "Map", "canvas": plain(), "lesson": {"place": [2, 1]}}


def test_how_far_the_lesson_is_makes_no_file_of_a_session_without_one(session):
    list(keep_lesson(session, {"place": [2, 1]}))
    assert session.store is None and not list(places.autosaves().glob("*"))


def test_an_emptied_canvas_is_stored_too(session):
    session.drawings = {"one": Drawing(strokes=(STROKE,))}
    list(keep_canvas(session, plain()))
    list(keep_canvas(session, None))
    path = session.store.path
    session.close()
    assert "canvas" not in open_again(path)


def test_the_bundled_session_keeps_its_canvas_and_gets_no_file_for_it(session):
    list(open_session(session, str(BUNDLED)))
    before = BUNDLED.read_bytes()
    list(keep_canvas(session, plain()))
    assert session.is_only_read and not list(places.autosaves().glob("*"))
    assert open_again()["canvas"] == plain()
    list(keep_canvas(session, None))
    assert "canvas" not in open_again() and BUNDLED.read_bytes() == before


def test_a_session_that_is_only_looked_at_leaves_nothing_behind(session):
    list(open_session(session, str(BUNDLED)))
    session.close({"tab": "Draw", "lens": None})
    assert not (places.folders.state() / "canvas").exists()


def test_what_is_drawn_in_a_new_session_is_there_at_the_next_start(session):
    list(new_session(session))
    session.close({"canvas": plain()})
    assert open_again()["canvas"] == plain()


def test_commands_leave_the_canvas_alone(own_home):
    places.note_canvas(None, plain())
    session = Session()
    list(open_session(session, str(BUNDLED)))
    session.close({})
    assert places.noted_canvas(None) == plain()


def test_a_sessions_own_newer_canvas_goes_before_one_that_was_drawn_while_it_was_read_only(session, tmp_path):
    session.drawings = {"one": Drawing(strokes=(STROKE,))}
    list(keep_canvas(session, plain()))
    session.close()
    (path,) = places.autosaves().glob("*.layerlight")
    places.note_canvas(path, plain(is_raw=True))
    reader = Session(new_place=places.new_autosave)
    list(open_session(reader, str(path), copy=True))
    assert reader.view["canvas"]["is_raw"] is True
    reader.close()
    os.utime(path, (time.time() + 60, time.time() + 60))
    reader = Session(new_place=places.new_autosave)
    list(open_session(reader, str(path), copy=True))
    assert reader.view["canvas"]["is_raw"] is False
    reader.close()


def test_only_the_newest_canvases_are_kept_and_a_broken_note_is_no_canvas(own_home, tmp_path):
    for number in range(places.MOST_CANVASES + 5):
        places.note_canvas(tmp_path / f"{number}.layerlight", plain())
    notes = list((places.folders.state() / "canvas").glob("*.json"))
    assert len(notes) == places.MOST_CANVASES
    for note in notes:
        note.write_bytes(b"\xff{")
    assert places.noted_canvas(tmp_path / f"{number}.layerlight") is None


def test_a_view_that_has_not_changed_is_not_written_again(session, monkeypatch):
    session.drawings = {"one": Drawing(strokes=(STROKE,))}
    list(keep_canvas(session, plain()))
    before = session.store.path.with_name(session.store.path.name + "-wal").read_bytes()
    list(keep_canvas(session, copy.deepcopy(plain())))
    assert session.store.path.with_name(session.store.path.name + "-wal").read_bytes() == before
