"""The canvas as part of the session's view: every bit comes back, what no canvas is made of is refused."""

import base64
import contextlib
import copy
import json
import math
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


def open_again(path=BUNDLED, **how):
    """Return the view that the next window finds in that session."""
    again = Session(new_place=places.new_autosave)
    list(open_session(again, str(path), **how))
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


def test_what_no_canvas_and_no_drawing_is_made_of_is_refused():
    for values in damaged():
        with pytest.raises(NO_CANVAS):
            CanvasState.from_plain(values)
    dot = {"points": [[1, 1, 1]], "width": 2, "erases": False}
    assert Drawing.from_plain([dot]).strokes
    for change in ({"points": []}, {"points": [[math.nan, 1, 1]]}, {"points": [[1, 1, 7]]}, {"width": math.inf}):
        with pytest.raises(ValueError, match="No pen"):
            Drawing.from_plain([dot | change])


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


@pytest.fixture
def of_a_drawing(session):
    """A session in a file with a canvas; what else it holds must stay."""
    session.drawings = {"one": Drawing(strokes=(STROKE,))}
    session.view = {"tab": "Map"}
    list(keep_canvas(session, plain()))
    return session


def test_canvas_and_lesson_are_in_the_sessions_own_file_at_once_and_other_state_stays(of_a_drawing):
    path = of_a_drawing.store.path
    log = path.with_name(f"{path.name}-wal")
    before = log.read_bytes()
    list(keep_canvas(of_a_drawing, copy.deepcopy(plain())))
    assert log.read_bytes() == before, "a view that has not changed is not written again"

    list(keep_lesson(of_a_drawing, {"place": [2, 1]}))
    assert of_a_drawing.is_saved() and not list((places.folders.state() / "canvas").glob("*"))
    of_a_drawing.close()
    assert open_again(path) == {"tab": "Map", "canvas": plain(), "lesson": {"place": [2, 1]}}

    list(open_session(of_a_drawing, str(path)))
    list(keep_canvas(of_a_drawing, None))
    of_a_drawing.close()
    assert "canvas" not in open_again(path), "an emptied one is stored too"


def test_the_bundled_session_keeps_its_canvas_and_gets_no_file_for_it(session):
    list(open_session(session, str(BUNDLED)))
    before = BUNDLED.read_bytes()
    list(keep_canvas(session, plain()))
    assert session.is_only_read and not list(places.autosaves().glob("*"))
    assert open_again()["canvas"] == plain()
    list(keep_canvas(session, None))
    assert "canvas" not in open_again() and BUNDLED.read_bytes() == before


def test_what_a_session_that_is_looked_at_or_has_no_file_leaves_behind(session):
    list(keep_lesson(session, {"place": [2, 1]}))
    assert session.store is None and not list(places.autosaves().glob("*")), "how far a lesson is makes no file"
    list(open_session(session, str(BUNDLED)))
    session.close({"tab": "Draw", "lens": None})
    assert not (places.folders.state() / "canvas").exists(), "nothing was drawn"
    list(new_session(session))
    session.close({"canvas": plain()})
    assert open_again()["canvas"] == plain(), "it is there at the next start"
    command = Session()
    list(open_session(command, str(BUNDLED)))
    command.close({})
    assert places.noted_canvas(None) == plain(), "commands leave it alone"


def test_a_sessions_own_newer_canvas_goes_before_one_that_was_drawn_while_it_was_read_only(of_a_drawing):
    path = of_a_drawing.store.path
    of_a_drawing.close()
    places.note_canvas(path, plain(is_raw=True))
    for is_newer in (False, True):
        if is_newer:
            os.utime(path, (time.time() + 60, time.time() + 60))
        assert open_again(path, copy=True)["canvas"]["is_raw"] is not is_newer


def test_only_the_newest_canvases_are_kept_and_a_broken_note_is_no_canvas(own_home, tmp_path):
    for number in range(places.MOST_CANVASES + 5):
        places.note_canvas(tmp_path / f"{number}.layerlight", plain())
    notes = list((places.folders.state() / "canvas").glob("*.json"))
    assert len(notes) == places.MOST_CANVASES
    for note in notes:
        note.write_bytes(b"\xff{")
    assert places.noted_canvas(tmp_path / f"{number}.layerlight") is None
