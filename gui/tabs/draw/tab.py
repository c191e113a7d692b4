"""The Draw tab: a canvas, and beside it what the network receives, why it answers so, and its answer."""

import itertools
import json
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QGridLayout, QWidget

from engine.analysis.probes.answer import PictureAnswer
from engine.analysis.probes.breakdown import Breakdown
from engine.analysis.probes.class_means import ClassMeans
from engine.analysis.probes.familiarity import Familiarity
from engine.analysis.probes.nearest import NearestImages
from engine.analysis.probes.noticing import Noticing, noticing
from engine.analysis.probes.reading import near_drawing, read_drawing
from engine.analysis.probes.saliency import Saliency
from engine.core.example import Example
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.lens import Lens, Neuron
from engine.core.messages import Message
from engine.model.training.messages import EpochDone
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.examples import export_example_pictures, export_examples, use_examples
from engine.session.jobs.export import save_file
from engine.session.jobs.files import SessionOpened
from gui.look.fonts import grown, metrics, scaled
from gui.look.layout import NO_LIMIT
from gui.state.file_content import PICTURES, is_picture, png_of
from gui.state.link.query import Query, Request
from gui.tabs.draw.answer_panel import AnswerPanel
from gui.tabs.draw.canvas import is_as_is, received
from gui.tabs.draw.canvas_panel import CanvasPanel
from gui.tabs.draw.charts import OverTraining
from gui.tabs.draw.evidence_panel import EvidencePanel
from gui.tabs.draw.examples import Examples
from gui.tabs.draw.fingerprint_panel import FingerprintPanel
from gui.tabs.draw.ink import Sheet
from gui.tabs.draw.kept_drawings import CanvasKeeping, KeptDrawings
from gui.tabs.draw.pictures import COPIED, ImageImport
from gui.tabs.draw.play import DrawPlay, Replay
from gui.tabs.draw.reasons import PointedNeuron, ShownReasons
from gui.tabs.draw.receives_panel import ReceivesPanel
from gui.tabs.draw.why_panel import WhyPanel
from gui.widgets.figures.save_place import ask_where, choose_file, start_folder
from gui.widgets.panel import Panel
from gui.widgets.reflow import Reflow
from gui.widgets.tab import Tab

PERIOD_MS = 6  # shortest interval between answers; a mouse reports its place every 8 ms

# Beside a training the pen's moves within so long are drawn, asked about and painted together: whatever the window
# does holds up all cores of a step.
TRAINING_PERIOD_MS = 28

# While a network trains, all beside the answer follows the pen no faster than this, in seconds: the cores are the
# training's, and shorter turns of it cost a sixth of its speed.
SIDES_SECONDS = 0.1

REST_MS = 150  # reasons take longer than the answer: they wait until pen, film and slider rest

# While a network trains, reasons are asked for no more often, nor class means, which change with each epoch.
TRAINING_REST_MS = 1000

REASONS = Saliency, Breakdown
NO_NETWORK = mark("There is no network yet.")
NOTHING_DRAWN = mark("The answer comes while you draw.")

# In a narrower window all edges are tight; pictures and gaps are no smaller with small letters. Where it is narrower
# than the present text size wants, the field of classes has less room.
NARROW, BRIEF = 1120, 900

# How much narrower the canvas' panel is than the tab is high, and the least width of the others.
CANVAS_REST, OTHERS_ROOM = 94, 742

WORDY_CANVAS = 430  # in a narrower panel of the canvas the buttons have shorter words


class DrawTab(Tab):
    """Asks about the canvas: for the answer while something moves, for its reasons once that rests."""

    TITLE, PLACE, ORDER, SHORTCUT = mark("Draw"), "Draw", 10, "Ctrl+1"  # no text
    PLAIN = True
    FOCUS = ("draw.canvas",)
    LEAST_HEIGHT, LEAST_WIDTH, FIXED_WIDTH = 440, 948, 304
    HELP = mark("Draw something, see what the network reads, and why.")

    def __init__(self, *models: Any) -> None:
        super().__init__(*models)
        self.sheet, self.receives, self.why = CanvasPanel(self.clock), ReceivesPanel(), WhyPanel()
        self.answer, self.fingerprint, self.evidence = AnswerPanel(self.clock), FingerprintPanel(), EvidencePanel()
        self.canvas = self.sheet.canvas
        self._shape = (28, 28)
        self.answered: PictureAnswer | None = None  # the answer that is shown
        self._means: ClassMeans | None = None
        self._against: int | None = None
        self._method: Any = "integrated"
        self._sides_due = True
        self._is_raw = False
        self._is_mnist_style = True
        # Whether a session has just restored how the canvas is read, and its data are yet to come.
        self._is_from_session = False
        self._example_sheets: dict[Example, Sheet] = {}  # the sheets of examples on the shelf
        self._sides_shown = -math.inf
        self.shown = ShownReasons(self.answer, self.why, self.evidence, self.fingerprint, self.clock)

        self._pictures: dict[type[Message], list[QWidget]] = {
            PictureAnswer: [self.answer, self.fingerprint],
            Saliency: [self.why],
            Breakdown: [self.evidence.breakdown],
            NearestImages: [self.evidence.nearest],
        }
        shows = self._shown_in
        how: Any = {"refused": self._refuse, "shows": shows}
        self._reading = self.query(self._ask_answer, every_ms=PERIOD_MS, **how)
        self._reasons = self.query(self._ask_reasons, every_ms=PERIOD_MS, live_ms=TRAINING_REST_MS, **how)
        self._nearest = self.query(self._ask_nearest, every_ms=0, patience_ms=0, live_ms=TRAINING_REST_MS, shows=shows)
        self._known: PictureAnswer | None = None  # its network answers without the engine
        table = self.answer.noticing
        self._noticing = self.query(self._ask_noticing, table.page, every_ms=0, refused=table.refuse)

        self.brought, self.kept, self.examples = ImageImport(self), KeptDrawings(self), Examples(self)
        self.pointed = PointedNeuron(self)
        self.replay = Replay(self.canvas.show_instead, self)
        self.play = DrawPlay(self, self.canvas, self._received)
        self.over_training = OverTraining(self, self.evidence.training.chart)
        self._replayed, self._asked_part = Sheet(), 0.0

        self.keeping = CanvasKeeping(self, self.canvas)

        self.reflow = self._layout = DrawLayout(
            self, self.sheet, self.receives, self.why, self.answer, self.fingerprint, self.evidence
        )
        self._connect()
        self.listen(DatasetOpened, self._show_dataset)
        self.listen(SessionOpened, self._show_session)
        self.listen(EpochDone, self._show_epoch)
        for query in (self._reading, self._reasons):
            query.listen(PictureAnswer, partial(self._show_answer, query))
            query.ended.connect(self._keep_network)
            query.listen(ClassMeans, self._show_means)
        self._reasons.listen(Saliency, self.shown.show)
        self._reasons.listen(Breakdown, self._show_breakdown)
        self._reasons.ended.connect(lambda: self._show_end(*REASONS))
        self._nearest.listen(NearestImages, self.shown.show)
        self._nearest.listen(Familiarity, self.shown.show)
        self._nearest.ended.connect(lambda: self._show_end(NearestImages, Familiarity))
        self._noticing.listen(Noticing, self.answer.noticing.show_noticing)
        self._show_nothing()

    def _show_dataset(self, message: DatasetOpened) -> None:
        self._refuse()
        self._shape = message.shape
        # Drawings are read as these data lie, unless a person, or the session's canvas, has chosen otherwise for such
        # data.
        is_new = message.is_mnist_style != self._is_mnist_style
        self._is_mnist_style = message.is_mnist_style
        self.receives.show_data(message.shape, mnist_style=message.is_mnist_style)
        if is_new and not self._is_from_session:
            self.receives.switch.choose("prepared" if message.is_mnist_style else "raw")
        self._is_from_session = False
        self.answer.set_classes(message.classes)
        self.why.set_classes(message.classes)
        self._against = None  # the open data may have no such class
        self.sheet.set_images(message.test_images, message.classes)
        self._show_examples()
        self._want_rested()

    def _show_session(self, _: SessionOpened) -> None:
        self._known = self.answered = None
        self._want_rested()

    def _show_epoch(self, message: EpochDone) -> None:
        if self.is_live(message.run) and not self.canvas.is_empty:
            for query in (self._reading, self._nearest, self._reasons):
                query.follow()

    def _keep_network(self) -> None:
        self._known = self.answered or self._known

    def _show_answer(self, query: Query, message: PictureAnswer) -> None:
        self.answered = message
        if not self._wants_means:  # then there is no need to wait for the end of the job
            self._keep_network()
        if self.replay.is_going_on:
            self.evidence.replay.chart.add(self._asked_part, message.probabilities)
        self.answer.show_answer(message.probabilities, message.logits)
        self.shown.show_winner(self._winner())
        if self._sides_due:
            self.fingerprint.show_answer(message, self._means)
        query.answered()

    def _show_means(self, message: ClassMeans) -> None:
        self._means = message
        self.fingerprint.show_answer(self.answered, message)
        self._show_neuron()

    def _show_breakdown(self, message: Breakdown) -> None:
        self.shown.show(message)
        self.pointed.ask_again()

    def _refuse(self, sentence: str = "", *, with_offer: bool = False) -> None:
        """Show why there is no answer, or only that there is none yet; the shown one is about something else."""
        self.answered = None
        self.answer.say(sentence, with_offer=with_offer)
        self.shown.show_nothing()
        self.fingerprint.clear()
        self.veils.clear(*itertools.chain(*self._pictures.values()))

    def _shown_in(self, message: Message) -> list[QWidget]:
        pictures = self._pictures.get(type(message), [])
        return pictures[:1] if isinstance(message, PictureAnswer) and not self._sides_due else pictures

    def _show_end(self, *kinds: type[Message]) -> None:
        self.shown.end(*kinds)
        if not (self._reasons.is_pending or self._nearest.is_pending):
            self.shown.wait_no_more()

    def _show_neuron(self) -> None:
        neuron, means = self.selection.neuron, self._means
        is_there = neuron is not None and means is not None and neuron.layer == means.layer
        self.fingerprint.mark(neuron.number if neuron is not None and is_there else None)

    def _want(self) -> None:
        """Ask for the answer now, and for its reasons once nothing changes for a while."""
        if self.canvas.is_empty:
            self._show_nothing()
            return
        self.answer.hold_words()
        for query in (self._nearest, self._reasons):
            query.drop()
        self._want_rested(TRAINING_REST_MS if self._is_training else REST_MS)
        self._reading.refresh()

    def _want_rested(self, ms: int | None = None) -> None:
        """Ask for the answer with its reasons, now or once nothing has changed for a while.

        Of jobs that wait together the engine takes the newest first: the nearest images can wait longest.
        """
        for query in (self._nearest, self._reasons):
            query.refresh() if ms is None else query.refresh_after(ms)

    def _ask_answer(self) -> Request[...] | PictureAnswer | None:
        lens = self.selection.lens
        if lens is None or self.canvas.is_empty:
            self._show_nothing()
            return None
        self._asked_part = self.replay.part
        picture = self._show_received()
        return self._known_answer(lens, picture) or Request(read_drawing, lens, picture, means=self._wants_means)

    def _known_answer(self, lens: Lens, picture: Array) -> PictureAnswer | None:
        """Return the answer of the network that the engine has handed out, if that is the one that the lens shows."""
        known, content = self._known, self.bridge.runs.content
        if known is None or known.to is None or known.picture.shape != picture.shape:
            return None
        return known.to(picture) if content(lens) == content(known.lens) is not None else None

    def _ask_reasons(self) -> Request[...] | None:
        if self.bridge.is_holding:
            # Reasons need TensorFlow, which is not loaded before the window is complete; then all is wanted again.
            self._reading.refresh()
            return None
        self._reading.drop()  # the answer comes with them
        lens = self.selection.lens
        if lens is None or self.canvas.is_empty:
            self._show_nothing()
            return None
        self._asked_part = self.replay.part
        picture = self._show_received(sides=True)
        winner, other = self._winner(), self._against
        page = self.evidence.page.key
        on_breakdown = page == "breakdown"
        self.shown.expect(Saliency, *((Breakdown,) if on_breakdown else ()))
        if page == "training":
            self.over_training.ask(lens, picture)
        why = None, None if other == winner else other, self._method
        return Request(read_drawing, lens, picture, why=why, breakdown=on_breakdown)

    def _choose_training_image(self, place: int) -> None:
        nearest = self.evidence.nearest
        self.selection.change(training=nearest.numbers[place], label=nearest.labels[place])

    def _ask_nearest(self) -> Request[...] | None:
        lens = self.selection.lens
        if lens is None or self.canvas.is_empty or self.bridge.is_holding:
            return None
        self.shown.expect(NearestImages, Familiarity)
        return Request(near_drawing, lens, self._received(), by=self.evidence.ranking)

    def _ask_noticing(self) -> Request[...] | None:
        lens = self.selection.lens
        if lens is None:
            self.answer.noticing.refuse(tr(NO_NETWORK))
            return None
        self.answer.noticing.show_noticing(None)
        return Request(noticing, lens)

    def _show_nothing(self) -> None:
        """Show what there is without an answer: the drawing alone, or nothing."""
        for query in (self._reading, self._reasons, self._nearest):
            query.drop()
        if self.canvas.is_empty:
            self.receives.show_picture(None)
            self.selection.show_drawing(None)
        else:
            self._show_received()
        # A session with networks may be about to be opened, or be open and its runs yet to be shown.
        is_starting = self.bridge.awaits_session or self.bridge.is_holding
        has_none = self.selection.lens is None and not is_starting
        self._refuse(tr(NO_NETWORK if has_none else NOTHING_DRAWN), with_offer=has_none)
        self.over_training.forget()

    def _received(self) -> Array:
        return received(self.canvas, raw=self._is_raw, shape=self._shape)

    def _show_received(self, *, sides: bool = False) -> Array:
        """Show what the network receives and return it; `sides`: at once, not only as often as a training allows."""
        picture = self._received()
        now = self.clock.now()
        self._sides_due = sides or not self._is_training or now > self._sides_shown + SIDES_SECONDS
        if self._sides_due:
            self._sides_shown = now
            as_is = is_as_is(self.canvas, self._shape)
            drawn_on = bool(self.canvas.shown_sheet.strokes) or self.canvas.is_drawing
            self.receives.show_picture(picture, as_is=as_is, drawn_on=drawn_on)
            self.selection.show_drawing(picture)
        return picture

    @property
    def _is_training(self) -> bool:
        return self.controls.state == "running"

    @property
    def _wants_means(self) -> bool:
        """Whether class means come with an answer: not beside a training, nor before TensorFlow may be loaded."""
        return not (self._is_training or self.bridge.is_holding)

    def _winner(self) -> int | None:
        return int(self.answered.probabilities.argmax()) if self.answered else None

    def _show_ink(self) -> None:
        if not self.canvas.shows_other:
            self.replay.stop()  # a new stroke, or undo
        if self.canvas.sheet is not self._replayed:
            self.evidence.replay.chart.clear()
        self.evidence.replay.set_possible(bool(self.canvas.sheet.strokes))
        self.why.show_change(None if self.canvas.is_drawing else self.canvas.sheet.change)
        self.answer.learn.show_drawn(not self.canvas.is_empty)
        self._want()

    def _keep(self, text: str, before: Sheet, after: Sheet) -> None:
        do, undo = partial(self.canvas.set_sheet, after), partial(self._go_back_to, before)
        self.history.do(text, do, undo, of_session=False)
        self._want()

    def _go_back_to(self, sheet: Sheet) -> None:
        self.canvas.set_sheet(self.keeping.in_place_of(sheet))

    def _begin_replay(self) -> None:
        self.evidence.replay.chart.clear()
        self._replayed = self.canvas.sheet
        self.replay.begin(self._replayed)

    def _show_play(self) -> None:
        self.answer.play.show_going_on(self.play.going_on)
        if self.play.going_on is None:
            self._want_rested()

    def _prepare_otherwise(self, key: str) -> None:
        self._is_raw = self.keeping.is_raw = key == "raw"
        self.keeping.want()
        self._want_rested()

    def _show_kept_canvas(self, sheet: Sheet, is_raw: bool) -> None:
        self._is_from_session = True
        self.receives.switch.choose("raw" if is_raw else "prepared")
        self.canvas.set_sheet(sheet)

    def _choose_method(self, method: str) -> None:
        self._method = method
        self._reasons.refresh()

    def _choose_against(self, other: int | None) -> None:
        self._against = other
        self._reasons.refresh()

    def _point_at(self, number: int | None) -> None:
        neuron = None
        if number is not None and self.answered:
            neuron = Neuron(len(self.answered.hidden) - 1, number)
        self.selection.change(neuron=neuron)
        self.pointed.point_at(neuron)

    def _show_examples(self) -> None:
        """Show the shelf in the order of the classes, and whether a training can start."""
        classes, counts = self.examples.classes, self.examples.counts()
        on_shelf = self.examples.things
        ordered = sorted(on_shelf, key=lambda number: (classes.index(on_shelf[number].label), number))
        sheets = {number: self._sheet_of(number) for number in ordered}
        self._example_sheets = {on_shelf[number]: sheets[number] for number in ordered}
        shelf = self.sheet.examples
        shelf.show_sheets(sheets, {number: on_shelf[number].label for number in ordered})
        shelf.show_counts({name: counts[name] for name in classes if counts[name]}, is_reading=self.examples.is_reading)
        self.answer.learn.show_classes(classes)
        self._show_why_not()

    def _sheet_of(self, number: int) -> Sheet:
        """Return the sheet of an example, always the same one: its thumbnail is painted already."""
        return self._example_sheets.get(self.examples.things[number]) or self.examples.sheet(number)

    def _show_why_not(self) -> None:
        why_not = self.controls.why_not
        if not why_not and self.selection.lens is None:
            why_not = tr(NO_NETWORK)
        self.sheet.examples.show_why_not(why_not)
        self.answer.learn.show_examples(len(self.examples.things), why_not)

    def _learn(self, label: str) -> None:
        if not self.canvas.is_empty:
            self.examples.learn(self._received(), label, self.keeping.plain())

    def _ask_relabel(self, numbers: Sequence[int]) -> None:
        self.answer.learn.ask_class(partial(self.examples.relabel, numbers), self.sheet.examples.place_to_ask())

    def _take_files(self, paths: Sequence[str]) -> None:
        """Add what was dropped on the shelf; pictures need a class, folders and data have their own."""
        add = partial(self.examples.add_files, paths, shape=self._shape, raw=self._is_raw)
        if any(is_picture(path) for path in paths):
            self.answer.learn.ask_class(lambda label: add(label=label))
        else:
            add(label="")

    def _do_more(self, key: str) -> None:
        if key == "add":
            kinds = tr("Pictures ({endings})", endings=PICTURES)
            files, _ = QFileDialog.getOpenFileNames(self, tr("Add pictures"), str(start_folder()), kinds)
            if files:
                self._take_files(files)
        elif key == "use":
            self.bridge.submit(use_examples)
        elif key == "npz":
            if path := choose_file(self, tr("Export the examples"), "examples.npz", {".npz": tr("Data set (*.npz)")}):
                self.bridge.submit(export_examples, path)
        else:
            name, _ = ask_where(self, tr("Export the examples as pictures"), "examples", "")
            if name:
                self.bridge.submit(export_example_pictures, Path(name))

    def _show_state(self) -> None:
        self._show_why_not()
        self.canvas.pace.period_ms = TRAINING_PERIOD_MS if self._is_training else 0

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            lens = self.selection.lens
            if self.answered is not None and (lens is None or lens.run != self.answered.run):
                self._refuse()
            self._show_why_not()
            self._want()
        if "neuron" in changed:
            self._show_neuron()
        if "training" in changed:
            self.evidence.nearest.mark_number(self.selection.training)

    @property
    def shows_act(self) -> bool:
        return super().shows_act and not self.canvas.is_empty

    def code_settings(self) -> dict[str, Any]:
        against = self._against if self._against is not None and self._against != self._winner() else -1
        picture = {} if self.canvas.is_empty else {"picture": self._received()}
        chosen = {"method": self._method, "against": against, "by": self.evidence.ranking}
        return {**chosen, "image": self.selection.image or 0, **picture}

    @property
    def is_settled(self) -> bool:
        return super().is_settled and self.play.going_on is None

    def _fit(self) -> None:
        self._layout.fit(self.width(), self.height())

    def _connect(self) -> None:
        self.offer_network(self.answer.offer)
        self.canvas.say_answer = self.answer.bars.finding
        self.canvas.inkChanged.connect(self._show_ink)
        self.canvas.edited.connect(self._keep)
        self.canvas.imageGiven.connect(self.brought.take_picture)
        self.canvas.fileGiven.connect(self.brought.take_file)
        self.keeping.found.connect(self._show_kept_canvas)
        self.sheet.undo.clicked.connect(self.history.undo)
        self.sheet.imageWanted.connect(self.brought.take_image)
        self.brought.sheetMade.connect(self.canvas.put)
        self.sheet.keepWanted.connect(lambda name: self.kept.keep(name, self.canvas.sheet))
        self.sheet.copyWanted.connect(self._copy)
        self.sheet.fileWanted.connect(self._save)
        self.sheet.shelf.renamed.connect(self.kept.rename)
        self.sheet.shelf.forgotten.connect(self.kept.forget)
        self.kept.shown.connect(self.sheet.show_kept)
        self.receives.switch.chosen.connect(self._prepare_otherwise)
        self.why.methodChosen.connect(self._choose_method)
        self.why.againstChosen.connect(self._choose_against)
        self.evidence.page.chosen.connect(lambda _: self._reasons.refresh())
        self.evidence.rankingChosen.connect(self._nearest.refresh)
        self.evidence.nearest.chosen.connect(self._choose_training_image)
        self.evidence.nearest.sent.connect(lambda _: self.selection.tabWanted.emit("data"))
        self.evidence.replay.button.clicked.connect(self._begin_replay)
        self.replay.ended.connect(lambda: self.canvas.show_instead(None))
        self.answer.noticing.aboutToShow.connect(self._noticing.refresh)
        self.answer.noticing.aboutToHide.connect(self._noticing.drop)
        self.answer.play.wanted.connect(self.play.begin)
        self.answer.play.stopWanted.connect(self.play.stop)
        self.play.changed.connect(self._show_play)
        self.evidence.breakdown.neuronPointed.connect(self._point_at)
        self.pointed.pictured.connect(self.why.show_neuron)
        self.selection.changed.connect(self._show_selection)
        self.controls.stateChanged.connect(self._show_state)
        self.history.canUndoChanged.connect(self.sheet.set_undo)
        self.examples.changed.connect(self._show_examples)
        self.answer.learn.wanted.connect(self._learn)
        self.answer.learn.shelfWanted.connect(self.sheet.show_examples)
        self.answer.learn.trainWanted.connect(self.examples.train_on)
        shelf = self.sheet.examples
        shelf.train.clicked.connect(self.examples.train_on)
        shelf.removed.connect(self.examples.remove)
        shelf.chosen.connect(lambda number: self.sheet.put_on_canvas(self._sheet_of(number)))
        shelf.relabelWanted.connect(self._ask_relabel)
        shelf.filesGiven.connect(self._take_files)
        shelf.moreWanted.connect(self._do_more)
        self._show_examples()
        self.clipboard = {"cut": self._cut, "copy": self._copy, "paste": self.brought.paste}

    def _cut(self) -> None:
        if not self.canvas.is_empty:
            self._copy()
            self.canvas.clear()

    def _copy(self) -> None:
        """Copy the ink on its ground, without grid and frame, and the canvas, which is pasted here to the last bit."""
        data = QMimeData()
        data.setImageData(self.canvas.as_image())
        data.setData(COPIED, json.dumps(self.keeping.plain()).encode())
        QGuiApplication.clipboard().setMimeData(data)

    def _save(self) -> None:
        """Ask for a file, and have the engine write the picture."""
        image = self.canvas.as_image()  # as it was when the person asked
        if path := choose_file(self, tr("Save the drawing"), "drawing.png", {".png": tr("Picture (*.png)")}):
            self.bridge.submit(save_file, path, png_of(image))


type Cells = tuple[tuple[int, int] | tuple[int, int, int, int], ...]

# Rows and columns of canvas, input, why, answer, fingerprint, evidence.
CELLS: Cells = (0, 0, 4, 1), (0, 1, 2, 1), (2, 1, 2, 1), (0, 2, 3, 2), (3, 2), (3, 3)
NARROW_CELLS: Cells = (0, 0), (1, 0), (1, 1), (0, 1), (2, 0), (2, 1)
NARROW_CANVAS, LOW_CANVAS = 0.45, 0.4  # most of a narrow page's width for the canvas; where that page is low

# A canvas that would be smaller has a low screen for itself, but for the edges: the tools lie below the screen.
LEAST_CANVAS, ALONE = 240, 32

# Shares of the height: what the network receives has the first two rows, why the others.
ROWS, TIGHT_ROWS = (133, 133, 36, 230), (95, 95, 68, 158)

# Room around the pictures in the middle, for letters of 100 %, and what their panels' edges take besides.
ABOVE_AND_BELOW, BESIDE, EDGES = 42, 60, 38

# Least width of all beside the middle, and the fingerprint's part of it; most of the canvas' right for the middle.
ANSWER_ROOM, FINGERPRINT_ROOM, MIDDLE = 492, 126, 0.42


class DrawLayout(Reflow):
    """A grid: the canvas at the left, what the network receives and why in the middle, the answer at the right.

    On a narrow page the answer stands beside the canvas, and the others below both, two by two.
    """

    screens = len(NARROW_CELLS) // 2

    def __init__(
        self, tab: QWidget, sheet: CanvasPanel, receives: ReceivesPanel, why: WhyPanel, *others: Panel
    ) -> None:
        """`others` are the answer, the fingerprint and the evidence."""
        super().__init__()
        self._tab, self._panels = tab, (sheet, receives, why, *others)
        self._sheet, self._receives, self._why = sheet, receives, why
        self._grid = grid = QGridLayout(tab)
        # With shorter words its least width is smaller: those come once it is narrow.
        grid.setSizeConstraint(QGridLayout.SizeConstraint.SetNoConstraint)
        self._place(CELLS)

    def turn(self, room: QSize, *, narrow: bool) -> None:
        if narrow != self.is_narrow:
            self._place(NARROW_CELLS if narrow else CELLS)
        super().turn(room, narrow=narrow)
        if narrow:
            self.fit(room.width(), self._tab.height())

    def _place(self, cells: Cells) -> None:
        for panel, cell in zip(self._panels, cells, strict=True):
            self._grid.addWidget(panel, *cell)
        for column, stretch in enumerate((0, 1, 0, 0) if cells is NARROW_CELLS else (0, 46, 14, 40)):
            self._grid.setColumnStretch(column, stretch)

    def fit(self, width: int, height: int) -> None:
        """Make the pictures as wide as high, as far as there is room; tighten all edges where there is little."""
        space, tight = metrics()["space"], self.is_narrow or width < grown(NARROW)
        edge, gap = (space["small"],) * 2 if tight else (space["large"], space["medium"])
        self._grid.setContentsMargins(edge, edge, edge, gap)
        self._grid.setSpacing(gap)
        for row, stretch in enumerate((1, 1, 1, 0) if self.is_narrow else TIGHT_ROWS if tight else ROWS):
            self._grid.setRowStretch(row, stretch)
        for panel in self._panels:
            panel.set_tight(tight)
        self._why.set_brief(width < scaled(BRIEF))
        first = canvas = min(height - scaled(CANVAS_REST), width - grown(OTHERS_ROOM))
        is_low = self.is_narrow and self.room.height() - scaled(CANVAS_REST) < LEAST_CANVAS
        if self.is_narrow:
            high = self.room.height() - (ALONE if is_low else scaled(CANVAS_REST))
            first = round((LOW_CANVAS if is_low else NARROW_CANVAS) * self.room.width())
            canvas = min(high, first)
        self._sheet.canvas.setMinimumHeight(canvas if is_low else 0)
        self._sheet.canvas.setMaximumHeight(canvas if is_low else NO_LIMIT)
        self._sheet.set_brief(canvas < scaled(WORDY_CANVAS))
        self._why.set_room(0 if tight else width - canvas)
        high = (height - edge - 2 * gap) // 2 - scaled(ABOVE_AND_BELOW) - EDGES
        middle = self._receives.pixels.width_at(high) + scaled(BESIDE) + EDGES
        middle = min(middle, round(MIDDLE * (width - canvas)), width - canvas - grown(ANSWER_ROOM))
        for column, least in ((0, first), (1, 0 if tight else middle), (2, 0 if tight else scaled(FINGERPRINT_ROOM))):
            self._grid.setColumnMinimumWidth(column, max(0, least))
        if not self.is_narrow and (lacks := self._grid.totalMinimumSize().width() - width) > 0:
            self._grid.setColumnMinimumWidth(0, max(0, first - lacks))  # others have longer words than in English
