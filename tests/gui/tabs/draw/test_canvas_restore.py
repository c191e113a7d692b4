"""The real application, left or killed after a drawing was made: its next start shows the same drawing and answer."""

import json

import pytest

from tests.gui.shell.process.test_crash_restore import kill, leave, wait_for

START = """
import hashlib, json, sys
import numpy as np
from PySide6.QtCore import QTimer
from engine.core.messages import JobEnded
from engine.session.jobs.kept import keep_canvas
from gui.shell.application import Application
from gui.tabs.draw.ink import Sheet
from tests.gui.tabs.draw.drawing_hands import draw
TOLD = []
def tell(word, **values):
    if (word, values) not in TOLD:
        TOLD.append((word, values))
        print(json.dumps([word, values]), flush=True)
def of(array):
    return None if array is None else hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
def look(self):
    tab = next((each for each in self.window.all_tabs() if each.TITLE == "Draw"), None)
    if tab is None or self.controls.state != "idle":
        return
    sheet, answer = tab.canvas.sheet, tab.answer.bars.probabilities
    seen = dict(ink=of(tab.canvas.picture()), received=of(tab.selection.drawing), caption=sheet.caption,
        strokes=len(sheet.strokes), change=of(sheet.change), raw=tab.receives.switch.key == "raw",
        title=tab.window().windowTitle(), runs=sorted(self.sessions.runs))
    if not TOLD:
        tell("ready", **seen)
        {hands}
    elif answer is not None:
        tell("answer")
        if tab.is_settled:  # the answer that came before TensorFlow was there has other last digits
            tell("settled", answer=np.round(answer, 5).tolist(), **seen)
def begin_and_look(self, file=None, begin=Application.begin):
    timer, submit = QTimer(self), self.bridge.submit
    timer.timeout.connect(lambda: look(self))
    timer.start(20)
    def watch(make, *args, **kwargs):
        job = submit(make, *args, **kwargs)
        if make is keep_canvas:
            self.bridge.listen(JobEnded, lambda message: tell("stored"), lambda: job)
        return job
    self.bridge.submit = watch
    begin(self, file)
Application.begin = begin_and_look
from main import main
sys.exit(main([]))
"""

STROKES = "draw(tab.canvas, (9, 6), (12, 14), (20, 13)); draw(tab.canvas, (18, 5), (17, 15), (16, 24))"
RAW = "tab.receives.switch.choose('raw'); " + STROKES
REPAINTED = """
        picture = np.random.default_rng(1).random((28, 28), np.float32)
        change = picture - np.float32(0.25)
        tab.canvas.put("repaint", Sheet(picture=picture, caption="More 3, 2 steps", as_is=True, change=change))
"""


@pytest.fixture
def start(start_script):
    """Starts the application; `hands` draws as soon as it is ready."""

    def start(hands="pass"):
        return start_script(START.format(hands=hands.strip()))

    return start


def stored_and_settled(process):
    """Return what is seen when the drawing is stored and its answer and reasons are there."""
    is_stored, settled = False, None
    for line in process.stdout:
        said, values = json.loads(line)
        is_stored |= said == "stored"
        settled = values if said == "settled" else settled
        if is_stored and settled:
            return settled
    return pytest.fail(f"The process ended before that: {process.stderr.read()}")


@pytest.mark.slow
@pytest.mark.parametrize(("hands", "strokes"), [(REPAINTED, 0), (RAW, 2)], ids=["repainted", "raw"])
def test_a_drawing_in_the_bundled_session_survives_a_kill_to_the_last_bit(start, hands, strokes):
    first = start(hands=hands)
    before = stored_and_settled(first)
    assert before["strokes"] == strokes and before["raw"] is (hands is RAW)
    assert (before["change"] is not None) is (hands is REPAINTED)
    kill(first)
    again = start()
    assert wait_for(again, "settled") == before
    leave(again)  # nothing was drawn: it is there at the third start as well
    assert wait_for(start(), "settled") == before


@pytest.mark.slow
def test_a_drawing_survives_when_one_quits_before_it_is_stored(start, tmp_path):
    first = start(hands=STROKES)
    wait_for(first, "answer")
    leave(first)
    assert not any((tmp_path / ".local").rglob("*.layerlight"))  # it was no reason for a session file
    again = wait_for(start(), "settled")
    assert again["strokes"] == 2 and again["title"] == "Bundled session — Layerlight"


@pytest.mark.slow
def test_a_damaged_drawing_is_dropped_and_everything_else_opens(start, tmp_path):
    first = start(hands=STROKES)
    before = stored_and_settled(first)
    kill(first)
    (note,) = (tmp_path / ".local" / "state" / "layerlight" / "canvas").glob("*.json")
    whole = note.read_text()
    note.write_text(whole.replace('"points":"', '"points":"AAAA'))
    assert note.read_text() != whole
    again = start()
    seen = wait_for(again, "ready")
    assert seen["strokes"] == 0 and seen["runs"] == before["runs"]
    leave(again)
