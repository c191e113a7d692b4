"""The transport bar: start and pause, single steps, stop, slow motion; at the right the time slider."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QMenu, QPushButton, QSizePolicy, QStyle, QToolButton, QWidget

from engine.core.language import mark, tr, tr_plural, with_marks
from engine.core.lens import Share
from gui.look.first_look import rarely
from gui.look.fonts import font, keep, scaled, set_font, sized
from gui.look.icons import icon
from gui.look.layout import Fitted, hbox, holder
from gui.look.percents import fine_percent, percent
from gui.look.theme import theme
from gui.look.words import Look, enable, named, set_look, set_title, words
from gui.shell.bars.time_slider import TimeSlider
from gui.shell.menus.actions import Actions, plain
from gui.state.lens_words import is_average, say_end, say_mixture
from gui.state.silencing import changes_of
from gui.state.time.timeline import SPEEDS, Timeline
from gui.state.training.run_controls import RunControls
from gui.state.training.runs import Run
from gui.widgets.forms.controls import Choice
from gui.widgets.forms.name_field import ask_name
from gui.widgets.forms.road_slider import RoadSlider
from gui.widgets.painted import Ground

HEIGHT = 48
GAP = 8
PRIMARY_WIDTH = 112
PACE, NARROW_PACE = 142, 64  # minimum widths of the choice of a pace: usual, and in a small window

PACES: dict[float | None, str] = {
    None: mark("Full speed"),
    16.0: mark("16 steps a second"),
    4.0: mark("4 steps a second"),
    1.0: mark("1 step a second"),
}

FIGURES: dict[str, Look] = {"epoch": "value", "accuracy": "label"}  # with their looks

CONTINUE = mark("Continue")
SLIDER = 150  # minimum width of the slider beside a button with a word
LIVE = mark("You look at the latest weights, and follow the run while it trains.")
PAST = mark("You look at an earlier snapshot. Click to come back to the latest.")
MIXED = mark("You look at a mixture of two networks. Click to look at run {run} alone.")


class Transport(Fitted, Ground):
    """Buttons for actions of the Run menu, and the bar of the run's snapshots."""

    has_line = True

    def __init__(self, actions: Actions, controls: RunControls, timeline: Timeline) -> None:
        super().__init__()
        named(self, "transport", title=tr("Training and its snapshots"))
        sized(self.setFixedHeight, HEIGHT)
        self._controls = controls
        tip = tr("How fast to train: at full speed, or in slow motion, one step at a time.")
        self._pace = named(Choice(), "run.pace", title=tr("Speed of training"), tip=tip)
        self._pace.offer({pace: tr(text) for pace, text in PACES.items()})
        self._pace.activated.connect(lambda _: self._controls.set_pace(self._pace.currentData()))
        self._timeline = timeline
        self.time = TimeBar(actions, timeline)
        self._go_on = ActionButton(actions["run.train_on"], "run.continue", look="icon", text=tr(CONTINUE))
        self._stop = ActionButton(actions["run.stop"], "run.stop", look="icon")
        self.start = ActionButton(actions["run.start"], "run.start", look="primary")
        self._step = ActionButton(actions["run.step"], "run.step", look="icon")
        epoch = ActionButton(actions["run.epoch"], "run.epoch", look="icon")
        rarely(self._step, epoch, self._pace)
        self._is_mixed = False  # whether the bar leaves room for the words on a mixture
        # Which of the two that share a place was pressed last, until the other one is shown.
        self._pressed: ActionButton | None = None
        for button in (self._go_on, self._stop):
            button.clicked.connect(partial(self._note_press, button))
        # Of *Continue* and *Stop* one is shown: a run that trains can be stopped, a stopped one continued.
        parts = self.start, self._go_on, self._stop, self._step, epoch, self._pace
        self._training, self._stands_back = holder(hbox(*parts, gap=GAP)), False
        hbox(self._training, (self.time, 1), gap=GAP, edges=(16, 0), on=self)
        controls.paceChanged.connect(self._show_pace)
        controls.stateChanged.connect(lambda _: self._show_interruption())
        controls.stateChanged.connect(lambda _: self._keep_focus())
        controls.stateChanged.connect(lambda _: self.stand_back(self._stands_back))
        timeline.changed.connect(self._show_interruption)
        theme().changed.connect(self._fit)
        self._show_pace()
        self._show_interruption()

    def stand_back(self, on: bool) -> None:
        """Leave *Run* to a page that has its own: show what steers a training only while there is one."""
        self._stands_back = on
        self._training.setHidden(on and self._controls.job() is None)
        self._fit()
        set_look(self.start, "look", "plain primary" if on else "primary")  # no text
        self.start.follow()

    def _fit(self) -> None:
        """With large letters in a small window hide what is shown elsewhere too, the least important first.

        First the word of *Continue*, whose icon and tooltip stay. The accuracy is in Train too, and the epoch in the
        slider's tooltip; the pace is nowhere else, so it only becomes narrower.
        """
        inside, spare = self.time.layout(), (self.time.accuracy, self.time.epoch)
        assert inside is not None
        self._pace.setMinimumWidth(scaled(PACE))
        widths = {widget: widget.minimumWidth() + inside.spacing() for widget in spare}
        hidden = sum(width for widget, width in widths.items() if widget.isHidden())
        self._go_on.setText(tr(CONTINUE))
        if self._needed() + hidden + SLIDER > self.width():
            self._go_on.setText("")
        needed = self._needed() + hidden
        for widget, width in widths.items():
            widget.setVisible(needed <= self.width())
            needed -= width * widget.isHidden()
        self._pace.setMinimumWidth(max(scaled(NARROW_PACE), scaled(PACE) - max(0, needed - self.width())))

    def _needed(self) -> int:
        """Return the least width of the bar; its parts learn of their new sizes now, as its layout would too late."""
        for part in (self.time, self._training):
            if layout := part.layout():
                layout.activate()
        return self.minimumSizeHint().width()

    def _show_interruption(self) -> None:
        """Offer *Continue* in place of *Stop* for a run that was interrupted; other words need other room."""
        is_interrupted, is_mixed = bool(self._timeline.interruption), bool(self._timeline.mixture)
        if self._go_on.isHidden() is is_interrupted or is_mixed is not self._is_mixed:
            self._is_mixed = is_mixed
            self._go_on.setVisible(is_interrupted)
            self._stop.setVisible(not is_interrupted)
            self._fit()

    def _note_press(self, button: "ActionButton", *_: bool) -> None:
        self._pressed = button

    def _keep_focus(self) -> None:
        """Move the focus from the button that was hidden to the one in its place; Qt would give it to *Step*."""
        shown = self._stop if self._go_on.isHidden() else self._go_on
        if self._pressed not in (None, shown) and shown.isEnabled():
            self._pressed = None
            if self._step.hasFocus():
                shown.setFocus()

    def _show_pace(self) -> None:
        self._pace.setCurrentIndex(list(PACES).index(self._controls.pace))


class ActionButton(QPushButton):
    """A button that triggers an action, and has its icon, tooltip and enabled state; a primary one has its text too."""

    def __init__(self, action: QAction, name: str, *, look: Literal["primary", "icon"], text: str = "") -> None:
        """`text` stands beside an icon."""
        super().__init__(text)
        named(self, name, look=look)
        self._action = action
        self._primary = look == "primary"
        sized(self.setIconSize, QSize(16, 16))
        self.clicked.connect(action.trigger)
        action.changed.connect(self.follow)
        self.follow()

    def sizeHint(self) -> QSize:
        """Return a size with room for the widest text of the primary button, so that nothing moves."""
        hint = super().sizeHint()
        return hint.expandedTo(QSize(scaled(PRIMARY_WIDTH), 0)) if self._primary else hint

    def follow(self) -> None:
        """Look and behave as the action does."""
        if self._primary:
            self.setText(plain(self._action.text()))
        _show_action(self, self._action, "on_accent" if self.property("look") == "primary" else "text")


class TimeBar(QWidget):
    """Shows the position on the timeline, and moves it.

    While another network is mixed in, the slider is the road between both and the chip leads back, so that no tab shows
    a mixture unnoticed.
    """

    def __init__(self, actions: Actions, timeline: Timeline) -> None:
        super().__init__()
        named(self, "time", title=tr("Snapshots"))
        self._timeline = timeline
        self.slider, self.road = TimeSlider(), RoadSlider("time.road")
        self.epoch, self.accuracy = (_figure(name) for name in FIGURES)
        self._chip = LiveChip(actions["time.live"], timeline.unmix)
        rarely(self._chip)
        self.road.setMinimumWidth(self.slider.minimumWidth())
        figures = self.epoch, self.accuracy
        hbox((self.slider, 1), (self.road, 1), PlayButton(actions), 4, *figures, self._chip, gap=4, on=self)
        self.slider.moved.connect(timeline.go)
        self.slider.liveWanted.connect(timeline.live)
        self.road.moved.connect(timeline.go_along)
        timeline.changed.connect(self._show_moment)
        timeline.bookmarkWanted.connect(self._ask_name)
        self._show_moment()

    def _show_moment(self) -> None:
        timeline, run = self._timeline, self._timeline.run
        position = timeline.position
        mixed = timeline.mixture if run else ()
        self.road.setVisible(len(mixed) == 1)  # of more than two there is no road
        self.slider.setHidden(len(mixed) == 1)
        self._chip.show_live(
            timeline.is_live, there_is_a_run=run is not None, back_to=run.name if run and mixed else ""
        )
        self.slider.show_run(run, position, live=timeline.is_live)
        if run and mixed:
            self._show_mixture(run, mixed)
            return
        self.epoch.setText(run.say_epoch(position) if run else "")
        self.epoch.setToolTip(tr("Step {step:,}", step=position) if run else "")
        text, tip = self._accuracy(run, position) if run else ("", "")
        self.accuracy.setText(text)
        self.accuracy.setToolTip(tip)

    def _show_mixture(self, run: Run, mixed: tuple[Share, ...]) -> None:
        lens = self._timeline.selection.lens
        share, mixture = mixed[0], say_mixture(self._timeline.runs, lens)
        self.road.show_place(share.weight, run.name, say_end(self._timeline.runs, share))
        is_road = len(mixed) == 1
        weights = tr("mixture")
        if is_road:
            weights = tr("{share} to {run}", share=percent(share.weight, 0), run=share.run)
        elif lens and is_average(lens):
            weights = tr("average of {count}", count=len(mixed) + 1)
        self.epoch.setText(weights)
        self.accuracy.setText(tr("neurons matched") if any(share.matched for share in mixed) else "")
        for figure in (self.epoch, self.accuracy):
            tip = tr("All tabs look at a mixture: run {run}, {mixture}.", run=run.look.label, mixture=mixture)
            figure.setToolTip(tip)

    def _accuracy(self, run: Run, position: int) -> tuple[str, str]:
        """Return the run's accuracy at a position, and a tooltip on what it is of; empty before the first test."""
        if (test := run.shown_test(position)) is None:
            return "", ""
        after = run.say_after(test)
        # Translators: after is words such as: after epoch 14.
        lines = [tr("Accuracy on the run's test images {after}.", after=after)]
        if run.test_images is not None:
            lines = [
                tr_plural(
                    "Accuracy on the run's {count:,} test image {after}.",
                    "Accuracy on the run's {count:,} test images {after}.",
                    run.test_images,
                    after=after,
                )
            ]
        if run.lacks_test(position):
            lines.append(tr("The weights that are looked at are later ones, which were not tested."))
        text = run.say_short(position)
        if changes := changes_of(self._timeline.selection.lens):
            text = tr("{accuracy} as trained", accuracy=fine_percent(test.accuracy, run.test_images))
            lines.append(tr("With all neurons as trained, not with {changes}.", changes=changes))
        if run.dataset and self._timeline.dataset and run.dataset != self._timeline.dataset:
            lines.append(tr("Other data are open now; what the tabs measure is of their test images."))
        return text, "\n".join(lines)

    def _ask_name(self) -> None:
        run, step = self._timeline.run, self._timeline.moment
        if run is None or step is None:
            return
        above = self.slider.place_of(step).toPoint() - QPoint(0, self.height() // 2 + 4)
        name, moment = run.bookmarks.get(step, ""), run.say_epoch(step)
        ask_name(
            self,
            "time.bookmark",
            tr("Name of the snapshot at {moment}", moment=moment),
            tr("Enter gives the snapshot this name, Esc leaves it as it is. An empty name takes it away."),
            partial(self._set_name, step),
            above=self.slider.mapTo(self.window(), above),
            text=name,
            placeholder=tr("Name for {moment}", moment=moment),
            delete_tip=tr("Take the name away; the snapshot stays.") if name else "",
        )

    def _set_name(self, step: int, name: str) -> None:
        run = self._timeline.run
        if run is not None and (name or step in run.bookmarks):
            self._timeline.set_bookmark(name or None, step)


class PlayButton(QToolButton):
    """Plays or pauses the film; its arrow opens the speeds and the sheet that saves a film."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        named(self, "time.play", look="split")
        sized(self.setIconSize, QSize(18, 18))
        sized(self.setFixedSize, 46, 30)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = named(QMenu(self), "time.play.menu")
        menu.setToolTipsVisible(True)
        menu.addActions([actions[f"time.speed.{speed}"] for speed in SPEEDS])
        menu.addSeparator()
        menu.addAction(actions["file.film"])
        self.setMenu(menu)
        self._action = actions["time.play"]
        self.clicked.connect(self._action.trigger)
        self._action.changed.connect(self._follow)
        self._follow()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = scaled(10)
        place = QRect(self.width() - side - 5, (self.height() - side) // 2, side, side)
        place = QStyle.visualRect(self.layoutDirection(), self.rect(), place)
        icon("chevron-down", "muted" if self.isEnabled() else "faint").paint(QPainter(self), place)

    def _follow(self) -> None:
        _show_action(self, self._action, "text")


def _show_action(button: QAbstractButton, action: QAction, tint: str) -> None:
    button.setIcon(icon(action.property("icon name"), tint))
    button.setEnabled(action.isEnabled())
    button.setToolTip(action.toolTip())
    button.setAccessibleName(plain(action.text()))
    button.setAccessibleDescription(action.toolTip())


class LiveChip(QPushButton):
    """Filled while the lens is live; otherwise an outline, and a click makes the lens live."""

    def __init__(self, action: QAction, unmix: Callable[[], object]) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setText(tr("Latest"))
        named(self, "time.live", look="chip")
        sized(self.setIconSize, QSize(14, 14))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._shown: tuple[bool, bool, str] | None = None
        self.clicked.connect(self._come_back)
        self._action, self._unmix = action, unmix

    def show_live(self, live: bool, *, there_is_a_run: bool, back_to: str = "") -> None:
        """Show whether the lens is live; `back_to` is the run whose network is mixed with another one, if it is."""
        filled = live and there_is_a_run
        self.setChecked(filled)
        if (live, there_is_a_run, back_to) == self._shown:
            return
        self._shown = live, there_is_a_run, back_to
        if back_to:
            set_title(self, tr("Back to {run}", run=back_to), tr("Back to run {run}", run=back_to))
        else:
            set_title(self, tr("Latest"), tr("Latest") if live else tr("Back to the latest"))
        tip = tr(MIXED, run=back_to) if back_to else tr(LIVE) if live else tr(PAST)
        enable(self, there_is_a_run, tip, tr("There is no run yet."))
        self.setIcon(icon("live", "accent") if filled else icon("past", "muted"))

    def _come_back(self) -> None:
        if self._shown is not None and self._shown[2]:
            self._unmix()
        else:
            self._action.trigger()
        self.setChecked(self._shown == (True, True, ""))  # the click has toggled it


def _figure(name: str) -> QLabel:
    label = named(words("", FIGURES[name]), f"transport.{name}")
    role = "value" if name == "epoch" else "body"
    widest = tr("{accuracy} as trained", accuracy=with_marks("99.99 %"))  # room is kept for it
    if name == "epoch":
        widest = tr("epoch {number}", number=with_marks("0,000.0"))

    def make_room(label: QLabel) -> None:
        measure = QFontMetrics(font(role, numbers=True))
        label.setFixedSize(measure.horizontalAdvance(widest) + 4, measure.height())

    set_font(label, role, numbers=True)
    keep(label, make_room)
    return label
