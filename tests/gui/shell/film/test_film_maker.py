"""A film goes through the snapshots, takes each as the tab shows it, and leaves the window as it was."""

import dataclasses
import itertools

import numpy as np
import pytest
from PIL import Image, ImageSequence
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.core.lens import Lens, Neuron
from engine.core.messages import Message
from engine.export.film.settings import END_MS, FilmSpec
from engine.model.training.messages import RunChanged
from engine.session.session import Session
from gui.shell.film.maker import FilmMaker, FilmRequest
from gui.state.link.query import Request
from gui.state.notices import Notices
from gui.state.time.timeline import Timeline
from gui.widgets.panel import Panel
from gui.widgets.tab import Tab
from tests.gui.session_messages import opened, summary
from tests.gui.worlds import World, true_engine

STEPS = (0, 300, 700, 1000, 1100)
WIDTH = 320


class Seen(Message):
    step: int


def seen(session, lens):
    for _ in range(3):
        yield None
    yield Seen(step=lens.moment if lens.moment is not None else STEPS[-1])


def colour(step):
    return QColor(step * 200 // STEPS[-1] + 20, 90, 220 - step * 200 // STEPS[-1])


class Painted(QWidget):
    def __init__(self):
        super().__init__()
        self.step = None

    def paintEvent(self, event):
        QPainter(self).fillRect(self.rect(), QColor("white") if self.step is None else colour(self.step))


class ColourTab(Tab):
    """Shows the snapshot as a colour, once the engine has answered."""

    TITLE, PLACE, ORDER, HELP = "Colours", "Inside", 1, "See it."
    HAS_SCALE = True

    def __init__(self, *models):
        super().__init__(*models)
        self.setObjectName("colours")
        self.picture, panel = Painted(), Panel("Colour", "colours.panel")
        panel.body.addWidget(self.picture, 1)
        QVBoxLayout(self).addWidget(panel)
        self.held, self.stays_at = [], None
        self._reading = self.query(lambda: Request(seen, self.selection.lens) if self.selection.lens else None)
        self._reading.listen(Seen, self._show)
        self.selection.changed.connect(lambda _: self._reading.refresh())

    def _show(self, message):
        self.picture.step = message.step
        self.picture.update()

    @property
    def is_settled(self):
        return super().is_settled and self.selection.lens.moment != self.stays_at

    def hold_scale(self):
        self.held.append(self.selection.lens.moment)
        return lambda: self.held.append("let go")


class FilmWorld(World):
    def __init__(self, qtbot, folder):
        super().__init__(*true_engine(Session()))
        self.qtbot, self.folder = qtbot, folder
        self.timeline = Timeline(self.bridge, self.selection, self.controls)
        self.notices = Notices()
        self.notices.listen_to(self.bridge)
        self.tab = ColourTab(self.bridge, self.controls, self.selection)
        qtbot.show(self.tab, WIDTH, 200)
        self.maker = FilmMaker(self.bridge, self.timeline, self.notices)
        runs = [summary(name, moments=STEPS, title=title) for name, title in (("A", ""), ("B", "<b>\u202ex\n"))]
        self.say(opened(runs=runs))
        self.look("A", moment=300)
        self.path = folder / "film.webp"

    def request(self, **changes):
        made = FilmRequest(
            tab=self.tab, view=self.tab, path=self.path, run="A", steps=STEPS, spec=FilmSpec(width=WIDTH, pace=20)
        )
        return dataclasses.replace(made, **changes)

    def film(self, **changes):
        self.maker.begin(self.request(**changes))
        self.wait()

    def wait(self):
        self.qtbot.waitUntil(lambda: not self.maker.is_busy)

    def until_filming(self, frames=2):
        """Wait until just so many frames are in the film, which is then at the next snapshot."""
        self.tab.stays_at = STEPS[frames]  # or a quick film would be at its end before anybody looks
        self.qtbot.waitUntil(lambda: self.maker.state == "filming" and self.maker.done >= frames)
        self.tab.stays_at = None

    def told(self):
        return [line.text for line in self.notices.history]

    def is_clean(self):
        return list(self.folder.iterdir()) == []

    def close(self):
        self.maker.finish()
        super().close()


@pytest.fixture
def world(qtbot, tmp_path):
    made = FilmWorld(qtbot, tmp_path)
    yield made
    made.close()


@pytest.fixture
def filming(world):
    world.maker.begin(world.request())
    world.until_filming()
    return world


def frames_of(path):
    with Image.open(path) as film:
        return [(np.asarray(each.convert("RGB")), each.info["duration"]) for each in ImageSequence.Iterator(film)]


def assert_shows(frames, steps):
    for step, frame in zip(steps, frames, strict=True):
        assert np.abs(np.subtract(frame[80, 100].astype(int), colour(step).getRgb()[:3])).max() <= 6, step


def test_each_frame_is_what_the_tab_shows_of_its_snapshot_and_the_lens_is_then_as_before(world):
    lens, through = Lens("A", None, frozenset({Neuron(0, 3)})), []
    world.selection.change(lens=lens)
    world.selection.changed.connect(lambda _: through.append(world.selection.lens))
    world.film()
    frames = frames_of(world.path)
    assert [ms for _, ms in frames] == [50] * (len(STEPS) - 1) + [50 + END_MS]
    assert_shows([frame for frame, _ in frames], STEPS)
    assert {frame.shape[1] for frame, _ in frames} == {WIDTH}
    assert world.told()[-1].startswith(f"Saved {world.path}: {len(STEPS)} snapshots, ")
    assert [each.moment for each in through] == [STEPS[-1], *STEPS, None] and world.selection.lens == lens
    assert {each.silenced for each in through} == {lens.silenced}
    assert world.tab.held == [STEPS[-1], "let go"], "colours are held as the last snapshot has them"

    del through[:], world.tab.held[:]
    world.film(run="B", holds_scale=False)
    assert {(each.run, each.silenced) for each in through[:-1]} == {("B", frozenset())}
    assert world.selection.lens == lens and world.tab.held == []
    feet = [frame[world.tab.height() + 2 :].astype(int) for frame, _ in frames_of(world.path)]
    for one, other in itertools.combinations(feet, 2):
        assert np.abs(one - other).max() > 60, "each snapshot has its own small print"
    assert all(foot.min() < 160 < foot.max() for foot in feet), "letters on the window's ground"


def test_a_film_that_is_cancelled_leaves_nothing_waits_while_its_tab_is_not_seen_and_is_given_up_for_another_snapshot(
    filming,
):
    filming.maker.cancel()
    filming.wait()
    assert filming.is_clean()
    assert filming.selection.lens == Lens("A", 300) and filming.tab.held[-1] == "let go"

    filming.maker.begin(filming.request())
    filming.until_filming()
    filming.tab.hide()
    filming.qtbot.waitUntil(lambda: filming.maker.waits)
    assert filming.maker.words == "Goes on as soon as Colours is shown"
    filming.tab.show()
    filming.tab.resize(500, 200)
    filming.wait()
    frames = [frame for frame, _ in frames_of(filming.path)]
    assert_shows(frames, STEPS)
    assert len({frame.shape for frame in frames}) == 1

    filming.path.unlink()
    filming.maker.begin(filming.request())
    filming.until_filming()
    filming.look("A", moment=0)
    filming.wait()
    assert filming.is_clean() and filming.selection.lens == Lens("A", 0)
    assert filming.told()[-1].startswith("The film was given up: another snapshot")


def test_a_panel_that_is_gone_ends_its_film_and_a_snapshot_that_is_given_up_is_shown_by_its_nearest(world):
    other = QWidget(world.tab)
    other.resize(100, 100)
    world.maker.begin(world.request(view=other))
    world.until_filming(1)
    other.setParent(None)
    other.deleteLater()
    world.wait()
    assert world.is_clean() and "no longer there" in world.told()[-1]

    world.maker.begin(world.request())
    world.until_filming()
    kept = tuple(step for step in STEPS if step != world.selection.lens.moment)
    world.say(RunChanged(run="A", title="", color=0, pinned=True, moments=kept, bookmarks={}))
    world.wait()
    assert len(frames_of(world.path)) in (len(STEPS), len(kept))


def test_what_cannot_be_written_is_a_sentence_before_or_while_it_is_filmed(world):
    world.film(path=world.folder / "gone" / "film.webp")
    assert world.told() == [f"film.webp cannot be saved: there is no folder {world.folder / 'gone'}."]
    assert world.selection.lens == Lens("A", 300) and world.maker.result == world.told()[0]

    place = world.folder / "place"
    place.mkdir()
    world.tab.stays_at = STEPS[-1]  # the first that is shown, for the size of the film: its file is not begun yet
    world.maker.begin(world.request(path=place / "film.webp"))
    world.qtbot.waitUntil(lambda: world.maker.state == "filming")
    place.rmdir()
    world.tab.stays_at = None
    world.wait()
    assert world.told()[-1].startswith("film.webp cannot be saved: No such file or directory.")
    assert world.selection.lens == Lens("A", 300)
