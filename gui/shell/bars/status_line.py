"""The status line: what is running, its progress, speed and time left; at the right notices, what is being opened, and
whether all is saved."""

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from engine.core.language import mark, tr, tr_plural
from gui.look.fonts import scaled, set_font, sized
from gui.look.icons import picture, set_icon
from gui.look.layout import SPRING, Fitted, hbox, set_margins
from gui.look.percents import fine_percent
from gui.look.theme import theme
from gui.look.words import Elided, Tone, named, plain_tip, set_title, set_tone, words
from gui.shell.menus.facts import SilencingChip
from gui.state.notices import Notices
from gui.state.sessions import Sessions
from gui.state.training.ongoing import Ongoing
from gui.state.training.run_progress import duration
from gui.state.training.runs import Run
from gui.widgets.painted import Ground

if TYPE_CHECKING:
    from gui.shell.parts import Parts  # which knows the window, and so this line

HEIGHT, GAP = 28, 24

# Maximum width, in pixels, of the words on what is being opened or written: names of files may be very long.
WIDEST = 330

CANCEL_OPENING = mark("Cancel opening"), mark("Do not open it: the data that are open stay.")
STOP_SWEEP = (
    mark("Stop the sweep"),
    mark("Finished runs stay; the others can be trained later, by Repeat in the menu of runs."),
)
STOP_EXPERIMENT = mark("Stop the experiment"), mark("End it here: what the finished seeds came to stays.")
CANCEL_HANDOUT = mark("Cancel writing"), mark("Do not write it: what lay in that place before stays.")


class Doing(NamedTuple):
    """What a training does: with the selected run, with another one, with two in turns."""

    selected: str
    other: str
    twins: str


TRAINING = Doing(mark("Training"), mark("Training run {run}"), mark("Training runs {one} and {twin}"))
PAUSED = Doing(mark("Paused"), mark("Paused: run {run}"), mark("Paused: runs {one} and {twin}"))


class StatusLine(Fitted, Ground):
    """Follows the run in words, as many as a notice has no need of, with what is ongoing and what is changed."""

    has_line = True

    def __init__(self, parts: "Parts") -> None:
        super().__init__()
        named(self, "status", title=tr("Status"))
        sized(self.setFixedHeight, HEIGHT)
        self._controls, self._progress = parts.controls, parts.progress
        self._timeline, self._runs = parts.timeline, parts.bridge.runs
        self._words = Elided("status.words", "label")
        self._words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        set_font(self._words, "label", numbers=True)
        notice, *others = self._others = (
            NoticeBar(parts.notices),
            OngoingWord("status.opening", parts.reading, *CANCEL_OPENING),
            OngoingWord("status.handout", parts.handouts, *CANCEL_HANDOUT),
            OngoingWord("status.sweep", parts.sweeps, *STOP_SWEEP, word=mark("Stop")),
            OngoingWord("status.experiment", parts.experiments, *STOP_EXPERIMENT),
            SaveWord(parts.sessions),
            stop_saving(parts.sessions),
            SilencingChip(parts.selection, parts.bridge.runs),
        )
        hbox(self._words, (notice, 1), *others, gap=GAP, edges=(16, 0, 8, 0), on=self)
        parts.notices.changed.connect(self._fit)
        parts.controls.stateChanged.connect(self._show)
        for model in (parts.progress, parts.timeline):
            model.changed.connect(self._show)
        parts.bridge.runs.changed.connect(lambda changes: self._show() if changes.listed else None)
        self._show()

    def show_words(self, shown: bool) -> None:
        """Show the words on the run, or give their room to the notice."""
        self._words.setVisible(shown)

    def _fit(self) -> None:
        others = [part for part in self._others if not part.isHidden()]
        self._words.setMaximumWidth(max(0, self.width() - sum(GAP + part.sizeHint().width() for part in others) - GAP))

    def _show(self) -> None:
        parts = list(filter(None, self._parts()))
        self._words.set_words("  ·  ".join(parts), parts[0])

    def _parts(self) -> list[str]:
        state = self._controls.state
        if state == "starting":
            return [self._controls.waits_for]
        progress, selected = self._progress, self._timeline.run
        if state == "idle":
            return self._end_of(selected) if selected else [tr("Ready")]
        if not progress.steps_per_epoch or not progress.run:
            return [tr("Preparing the run")]
        words = PAUSED if state == "paused" else TRAINING
        if len(progress.going) > 1:
            one, twin = (run.name for run in progress.going)
            doing = tr(words.twins, one=one, twin=twin)
        elif selected and selected.name != progress.run:  # then it must be clear which one these words are about
            doing = tr(words.other, run=self._runs.label(progress.run))
        else:
            doing = tr(words.selected)
        epoch = min(int(progress.epoch) + 1, progress.epochs)
        where = tr("epoch {epoch} of {epochs}", epoch=epoch, epochs=progress.epochs)
        if state == "paused":
            return [doing, where]
        speed, seconds = progress.images_per_second, progress.seconds_left()
        left = tr("{duration} left", duration=duration(seconds)) if seconds is not None else ""
        return [doing, where, tr("{speed:,.0f} images/s", speed=speed) if speed else "", left]

    def _end_of(self, run: Run) -> list[str]:
        """Say how the selected run ended, whichever was trained last."""
        how, finished = run.say_end(), self._progress.finished
        # Translators: how is the end of the sentence: is done, stopped at epoch 1.6 of 40.
        end = tr("Run {run} {how}", run=run.look.label, how=how)
        if finished and (finished.run, finished.reason) == (run.name, "taught"):
            end = tr("Run {run} {how}: it reads all examples right", run=run.look.label, how=how)
        done = ""
        if run.epochs and run.ending != "stopped":
            done = tr_plural("{count:,} epoch", "{count:,} epochs", run.epochs[-1].epoch)
        accuracy = run.say_accuracy(run.newest)
        if run.taught_from and (test := run.tested.get(0)):
            before = fine_percent(test.accuracy, run.test_images)
            accuracy = tr("{accuracy}, {before} before", accuracy=accuracy, before=before)
        return [end, done, accuracy]


class NoticeBar(QWidget):
    """Shows the current notice, the number of others, and buttons for its offer, its details and closing it."""

    def __init__(self, notices: Notices) -> None:
        super().__init__()
        self.setObjectName("status.notice")
        self._notices = notices
        self._sign = named(words(""), "status.notice.sign")
        # In the middle, because the end says what to do.
        self._label = Elided("status.notice.text", "", Qt.TextElideMode.ElideMiddle)
        self._label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._waiting = _link("waiting", "", tr("Show all notices, the newest first, as Help > Earlier notices does."))
        self._copy = _link("copy", tr("Copy details"), tr("Copy the technical details, for a report of the problem."))
        self._offer = _link("offer", "", tr("Take up what the notice offers. Closing the notice declines it."))
        tip = tr("Close this notice. Help > Earlier notices shows it again.")
        self._close = named(QToolButton(), "status.notice.close", title=tr("Close this notice"), tip=tip)
        set_icon(self._close, "close", "muted", side=14)
        self._copy.clicked.connect(self._copy_details)
        self._offer.clicked.connect(notices.take_offer)
        self._waiting.clicked.connect(notices.listWanted)
        self._close.clicked.connect(notices.close_current)
        buttons = self._offer, self._waiting, self._copy, self._close
        hbox(SPRING, self._sign, self._label, *buttons, gap=6, on=self)
        for button in buttons:
            sized(button.setFixedHeight, 24)
        notices.changed.connect(self._show)
        theme().changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        line = self._notices.current
        offer = line.offer if line else None
        self._offer.setVisible(offer is not None)
        set_title(self._offer, offer.title if offer else "", "" if offer else tr("No offer"))
        for part in (self._sign, self._label, self._copy, self._close):
            part.setVisible(line is not None)
        others = max(0, len(self._notices.waiting) - 1)
        more = tr_plural("{count:,} more notice", "{count:,} more notices", others)
        set_title(self._waiting, tr_plural("{count} more", "{count} more", others), more)
        self._waiting.setVisible(others > 0)
        if line is None:
            self.setAccessibleName(tr("No notice"))
            return
        self.setAccessibleName(line.text)
        self._label.set_words(line.text)
        name, tint = ("warning", "warn") if line.failure else ("info", "muted")
        self._sign.setPixmap(picture(name, theme().current.code(tint), scaled(16), self.devicePixelRatioF()))
        self._sign.setAccessibleName(tr("Warning") if line.failure else tr("News"))
        self._copy.setVisible(bool(line.details))

    def _copy_details(self) -> None:
        if line := self._notices.current:
            QGuiApplication.clipboard().setText(f"{line.text}\n\n{line.details}")


def _link(name: str, text: str, tip: str) -> QPushButton:
    return named(QPushButton(text), f"status.notice.{name}", tip=tip, look="link")


class SaveWord(QLabel):
    """Says whether all is saved, as soon as the session has a run of its own."""

    def __init__(self, sessions: Sessions) -> None:
        super().__init__()
        named(self, "status.saved", look="label")
        self.setTextFormat(Qt.TextFormat.PlainText)
        set_margins(self, 0, 0, 8, 0)
        self._sessions = sessions
        sessions.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        text, tip, tone = self._words()
        self.setText(text)
        self.setToolTip(plain_tip(tip))
        self.setAccessibleName(f"{text}. {tip}" if text else tr("Nothing to save yet"))
        set_tone(self, tone)
        self.setVisible(bool(text))

    def _words(self) -> tuple[str, str, Tone]:
        session = self._sessions
        if session.saving:
            tip = tr("A training goes on meanwhile.") if session.is_saving_as else tr("The window closes then.")
            return session.saving, tip, "muted"
        if session.is_bundled:
            return "", "", "muted"
        if session.read_only:
            return tr("Read only"), session.read_only, "warn"
        if session.trouble:
            return tr("Not being saved"), session.trouble, "warn"
        if not session.runs:
            return "", "", "muted"
        tip = tr("Every step is kept in an autosave; File > Save as makes it a file.")
        if session.is_saved:
            tip = tr("Every step is kept in {path}.", path=session.path)
        return tr("All work saved"), tip, "muted"


def stop_saving(sessions: Sessions) -> QToolButton:
    """Return the button that cancels *Save as*; it is visible while that is going on."""
    tip = tr("Do not save it there: that place stays as it was, and the session goes on where it is.")
    button = cancel_button("status.saved.cancel", tr("Cancel saving"), tip)
    button.clicked.connect(sessions.stop_saving)
    sessions.changed.connect(lambda: button.setVisible(sessions.is_saving_as))
    button.hide()
    return button


class OngoingWord(QWidget):
    """Shows work that takes long, while it runs, with a button that stops it."""

    def __init__(self, name: str, work: Ongoing, says: str, tip: str, *, word: str = mark("Cancel")) -> None:
        """`says`, `tip` and `word` are accessible name, tooltip and text of the button, not translated yet."""
        super().__init__()
        self._work = work
        self._words = Elided(name, "label", Qt.TextElideMode.ElideMiddle)
        set_font(self._words, "label", numbers=True)
        self._words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        sized(self._words.setMaximumWidth, WIDEST)
        cancel = cancel_button(f"{name}.cancel", tr(says), tr(tip))
        cancel.setText(tr(word))
        cancel.clicked.connect(work.give_up)
        hbox(self._words, cancel, gap=6, on=self)
        work.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self._words.set_words(self._work.words)
        self.setVisible(bool(self._work.words))


def cancel_button(name: str, says: str, tip: str) -> QToolButton:
    """Return a button of the status line that stops something; `says` is for screen readers."""
    button = named(QToolButton(), name, title=says, tip=tip, look="")
    button.setText(tr("Cancel"))
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
