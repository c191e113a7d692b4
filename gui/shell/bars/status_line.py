"""The status line: what is running, its progress, speed and time left; at the right notices, what is being opened, and
whether all is saved."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from engine.core.text import plural
from gui.look.fonts import scaled, set_font, sized
from gui.look.icons import picture, set_icon
from gui.look.layout import SPRING, Fitted, hbox
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

CANCEL_OPENING = "Cancel opening", "Do not open it: the data that are open stay."
STOP_SWEEP = "Stop the sweep", "Finished runs stay; the others can be trained later, by Repeat in the menu of runs."
STOP_EXPERIMENT = "Stop the experiment", "End it here: what the finished seeds came to stays."
CANCEL_HANDOUT = "Cancel writing", "Do not write it: what lay in that place before stays."


class StatusLine(Fitted, Ground):
    """Follows the run in words, as many as a notice has no need of, with what is ongoing and what is changed."""

    has_line = True

    def __init__(self, parts: "Parts") -> None:
        super().__init__()
        named(self, "status", title="Status")
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
            OngoingWord("status.sweep", parts.sweeps, *STOP_SWEEP, word="Stop"),
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
            return self._end_of(selected) if selected else ["Ready"]
        if not progress.steps_per_epoch or not progress.run:
            return ["Preparing the run"]
        # If another run is selected, it must be clear which one these words are about.
        other = f" run {self._runs.label(progress.run)}" if selected and selected.name != progress.run else ""
        if len(progress.going) > 1:
            other = f" runs {' and '.join(run.name for run in progress.going)}"
        epoch = f"epoch {min(int(progress.epoch) + 1, progress.epochs)} of {progress.epochs}"
        if state == "paused":
            return [f"Paused{':' if other else ''}{other}", epoch]
        speed, seconds = progress.images_per_second, progress.seconds_left()
        left = f"{duration(seconds)} left" if seconds is not None else ""
        return [f"Training{other}", epoch, f"{speed:,.0f} images/s" if speed else "", left]

    def _end_of(self, run: Run) -> list[str]:
        """Say how the selected run ended, whichever was trained last."""
        how, finished = run.say_end(), self._progress.finished
        if finished and (finished.run, finished.reason) == (run.name, "taught"):
            how += ": it reads all examples right"
        done = "" if how.startswith("stopped") or not run.epochs else plural(run.epochs[-1].epoch, "epoch")
        before = run.tested.get(0) if run.taught_from else None
        was = f", {fine_percent(before.accuracy, run.test_images)} before" if before else ""
        return [f"Run {run.look.label} {how}", done, f"{run.say_accuracy(run.newest)}{was}"]


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
        self._waiting = _link("waiting", "", "Show all notices, the newest first, as Help > Earlier notices does.")
        self._copy = _link("copy", "Copy details", "Copy the technical details, for a report of the problem.")
        self._offer = _link("offer", "", "Take up what the notice offers. Closing the notice declines it.")
        tip = "Close this notice. Help > Earlier notices shows it again."
        self._close = named(QToolButton(), "status.notice.close", title="Close this notice", tip=tip)
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
        set_title(self._offer, offer.title if offer else "", "" if offer else "No offer")
        for part in (self._sign, self._label, self._copy, self._close):
            part.setVisible(line is not None)
        others = max(0, len(self._notices.waiting) - 1)
        set_title(self._waiting, f"{others} more", plural(others, "more notice"))
        self._waiting.setVisible(others > 0)
        if line is None:
            self.setAccessibleName("No notice")
            return
        self.setAccessibleName(line.text)
        self._label.set_words(line.text)
        name, tint = ("warning", "warn") if line.failure else ("info", "muted")
        self._sign.setPixmap(picture(name, theme().current.code(tint), scaled(16), self.devicePixelRatioF()))
        self._sign.setAccessibleName("Warning" if line.failure else "News")
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
        self.setContentsMargins(0, 0, 8, 0)
        self._sessions = sessions
        sessions.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        text, tip, tone = self._words()
        self.setText(text)
        self.setToolTip(plain_tip(tip))
        self.setAccessibleName(f"{text}. {tip}" if text else "Nothing to save yet")
        set_tone(self, tone)
        self.setVisible(bool(text))

    def _words(self) -> tuple[str, str, Tone]:
        session = self._sessions
        if session.saving:
            tip = "A training goes on meanwhile." if session.is_saving_as else "The window closes then."
            return session.saving, tip, "muted"
        if session.is_bundled:
            return "", "", "muted"
        if session.read_only:
            return "Read only", session.read_only, "warn"
        if session.trouble:
            return "Not being saved", session.trouble, "warn"
        if not session.runs:
            return "", "", "muted"
        where = f"in {session.path}" if session.is_saved else "in an autosave; File > Save as makes it a file"
        return "All work saved", f"Every step is kept {where}.", "muted"


def stop_saving(sessions: Sessions) -> QToolButton:
    """Return the button that cancels *Save as*; it is visible while that is going on."""
    tip = "Do not save it there: that place stays as it was, and the session goes on where it is."
    button = cancel_button("status.saved.cancel", "Cancel saving", tip)
    button.clicked.connect(sessions.stop_saving)
    sessions.changed.connect(lambda: button.setVisible(sessions.is_saving_as))
    button.hide()
    return button


class OngoingWord(QWidget):
    """Shows work that takes long, while it runs, with a button that stops it."""

    def __init__(self, name: str, work: Ongoing, says: str, tip: str, *, word: str = "Cancel") -> None:
        """`says`, `tip` and `word` are accessible name, tooltip and text of the button."""
        super().__init__()
        self._work = work
        self._words = Elided(name, "label", Qt.TextElideMode.ElideMiddle)
        set_font(self._words, "label", numbers=True)
        self._words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        sized(self._words.setMaximumWidth, WIDEST)
        cancel = cancel_button(f"{name}.cancel", says, tip)
        cancel.setText(word)
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
    button.setText("Cancel")
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
