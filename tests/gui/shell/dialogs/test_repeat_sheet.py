"""*Repeat…* in the window: what makes a sweep, how far it is, stopping it and going on, and what is not repeated."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QMenu

from engine.core.lens import Lens
from engine.core.messages import Rest
from engine.core.specs import TrainSpec
from engine.model.training.messages import Member
from engine.session.jobs.runs import RunsTogether
from engine.studies.sweep.messages import RunGathered, SweepEnded, SweepProgress, SweepWaits, TaskRefused
from gui.shell.dialogs.repeat_sheet import RepeatSheet
from gui.shell.dialogs.split_sheet import SplitSheet
from gui.tabs.train.run_list import RunList
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import epoch
from tests.gui.worlds import tell

LEFT = Qt.MouseButton.LeftButton
SPEC = TrainSpec(layers="20", epochs=4)


class Sweep:
    """A sweep as the engine would do it: it gathers as many runs as it is let, and refuses some."""

    def __init__(self):
        self.asked, self.let, self.waiting, self.refused = [], 0, SweepWaits(), ()
        self.done = 0

    def sweep(self, session, plan, make_workers, *, again=False):
        self.asked.append((plan, again))
        assert make_workers((), None, None).news() == [], "no process is started before there is a task for it"
        self.done = self.done if again else 0
        try:
            while self.done < len(plan):
                yield self.progress(plan)
                if self.done >= self.let:
                    yield Rest(seconds=0.01)
                    continue
                number, self.done = self.done, self.done + 1
                name = f"R{'ABCDEFGHIJ'[number]}"
                spec = plan.specs()[number]
                if number in self.refused:
                    yield TaskRefused(sweep=plan.name, title=plan.title(spec), sentence="There is no room.")
                    continue
                tested = epoch(4, run=name, test_accuracy=0.9 + number / 100)
                told = summary(
                    name, spec=spec, title=plan.title(spec), member=Member(plan.name, number), epochs=(tested,)
                )
                yield RunGathered(summary=told)
            refused = len(self.refused)
            yield SweepEnded(sweep=plan.name, done=self.done - refused, refused=refused, seconds=65.0)
            self.waiting = SweepWaits()
        except GeneratorExit:
            self.waiting = SweepWaits(plan=plan, done=self.done)
            raise

    def progress(self, plan):
        share = self.done / len(plan)
        return SweepProgress(
            sweep=plan.name, done=self.done, refused=0, total=len(plan), epochs=share, seconds_left=130.0
        )

    def find(self, session):
        yield self.waiting

    def forget(self, session):
        self.waiting = SweepWaits()
        yield self.waiting


class World:
    def __init__(self, window, qtbot):
        self.app, self.qtbot = window, qtbot
        told = opened(runs=[summary("A", spec=SPEC, title="tried"), summary("B", spec=TrainSpec(seed=7))])
        tell(window, told)

    def open(self, run="A"):
        self.app.selection.repeatWanted.emit(run)
        self.sheet = self.app.window.findChild(RepeatSheet, "repeat")
        return self.sheet

    def press(self, name):
        QTest.mouseClick(self.sheet.findChild(QAbstractButton, f"repeat.{name}"), LEFT)

    def type(self, name, text):
        line = self.sheet.findChild(QLineEdit, f"repeat.{name}")
        line.setFocus()
        line.selectAll()
        QTest.keyClick(line, Qt.Key.Key_Delete)
        QTest.keyClicks(line, text)

    def over(self, number, setting, values):
        box = self.sheet.over[number].choice
        box.setCurrentIndex(box.findData(setting))
        self.type(f"values.{number + 1}", values)

    def until(self, condition):
        self.qtbot.waitUntil(lambda: bool(condition()))

    @property
    def status(self):
        return self.app.window.findChild(QLabel, "status.sweep")

    def told(self):
        return [line.text for line in self.app.notices.history]


@pytest.fixture
def sweep(monkeypatch):
    made = Sweep()
    for name, job in (("begin_sweep", made.sweep), ("find_sweep", made.find), ("forget_sweep", made.forget)):
        monkeypatch.setattr(f"gui.state.training.sweeps.{name}", job)
    return made


@pytest.fixture
def world(sweep, window, qtbot):
    return World(window, qtbot)


def test_values_of_two_settings_are_typed_as_on_the_command_line_and_what_cannot_be_is_one_sentence(world, sweep):
    world.open()
    error = world.sheet.findChild(QLabel, "repeat.values.1.error")
    for setting, values, sentence in (
        ("learning_rate", "0.1,x", "Learning rate must be a number, not “x”."),
        ("epochs", "5..2", "Epochs: 5..2 is no range."),
        ("layers", "10,fifty", "is not a layer"),
    ):
        world.over(0, setting, values)
        assert sentence in error.text() and error.isVisible() and not world.sheet.go.isEnabled()
        world.press("go")
        assert sweep.asked == []
        world.over(0, setting, "")
        assert not error.isVisible()

    world.over(0, "epochs", "1,2")
    world.over(1, "epochs", "3,4")
    assert world.sheet.said.words == "Choose two different settings." and not world.sheet.go.isEnabled()
    for over in world.sheet.over:
        over.choice.setCurrentIndex(0)
    assert world.sheet.go.isEnabled()
    world.type("seeds", "1")
    assert world.sheet.said.words == "One seed and no other setting make only one run."
    assert not world.sheet.go.isEnabled()

    world.type("seeds", "3")
    world.over(0, "layers", "10, 50,300-100")
    world.over(1, "learning_rate", "0.1,0.3")
    assert world.sheet.count.text().startswith("That makes 18 runs, about ")
    plan = world.sheet.plan()
    assert plan.name == "tried over hidden layers × learning rate × seed"
    seeds = [SPEC.seed, SPEC.seed + 1, SPEC.seed + 2]
    assert dict(plan.over) == {"layers": ["10", "50", "300-100"], "learning_rate": [0.1, 0.3], "seed": seeds}
    assert len({spec.hidden for spec in plan.specs()}) == 3 and len(plan) == 18
    world.app.mailbox.post(0, RunsTogether(removed=("A",)))
    world.until(lambda: world.sheet.said.words == "There is no run to repeat yet.")
    assert not world.sheet.go.isEnabled()


def test_it_says_how_far_it_is_in_the_status_line_and_the_runs_come_as_they_finish(world, sweep):
    sweep.let = 2
    world.open()
    world.type("seeds", "3")
    world.press("go")
    world.until(lambda: sweep.done == 2 and "2 of 3" in world.app.sweeps.words)
    assert world.app.sweeps.words == "Sweep: 2 of 3 runs · 2 min 10 s left" == world.sheet.said.words
    assert world.status.isVisible() and world.sheet.progress.value() == 667
    assert [run.name for run in world.app.bridge.runs] == ["A", "B", "RA", "RB"]
    assert [*world.app.bridge.runs.groups()] == ["tried over seed"]
    sweep.let = 3
    world.until(lambda: not world.app.sweeps.is_busy)
    assert not world.status.isVisible()
    told = "“tried over seed” is trained: 3 runs, 90.00 to 92.00 % of the test images, 1 min."
    assert told in world.told()
    assert world.sheet.said.words == told and world.sheet.progress.value() == 1000
    world.open()
    assert world.sheet.said.words == "" and world.sheet.progress.value() == 0, "it asks for the next one"

    sweep.refused = (1, 2)
    world.press("go")
    world.until(lambda: len(sweep.asked) == 2 and not world.app.sweeps.is_busy)
    (line,) = [text for text in world.told() if "could not be trained" in text]
    assert line == f"2 runs of “tried over seed” could not be trained. Seed {SPEC.seed + 1}: There is no room."


def test_stop_keeps_what_is_finished_and_go_on_trains_the_rest(world, sweep):
    sweep.let = 1
    world.open()
    world.type("seeds", "3")
    world.press("go")
    world.until(lambda: sweep.done == 1)
    assert world.sheet.go.text() == "Stop"
    world.press("go")
    world.until(lambda: world.app.sweeps.waiting.plan is not None)
    assert world.sheet.go.text() == "Go on" and not world.sheet.over[0].choice.isEnabled()
    assert world.sheet.said.words == "“tried over seed” is not finished: 1 of 3 runs."
    assert "RA" in world.app.bridge.runs
    world.press("go")
    world.until(lambda: world.status.isVisible() and world.app.sweeps.progress)
    button = world.app.window.findChild(QAbstractButton, "status.sweep.cancel")
    assert button.text() == "Stop"
    QTest.mouseClick(button, LEFT)
    world.until(lambda: not world.app.sweeps.is_busy and world.app.sweeps.waiting.plan is not None)
    sweep.let = 3
    world.press("go")
    world.until(lambda: len(world.app.bridge.runs) == 5 and not world.app.sweeps.is_busy)
    assert [again for _, again in sweep.asked] == [False, True, True]
    assert world.sheet.go.text() == "Train them"


def test_another_session_stops_the_sweep_and_its_own_offers_it_again(world, sweep):
    world.open()
    world.press("go")
    world.until(lambda: world.app.sweeps.is_busy and world.app.sweeps.progress)
    world.app.sessions.leaving.emit()
    world.until(lambda: not world.app.sweeps.is_busy)
    world.app.mailbox.post(0, opened(runs=[summary("A", spec=SPEC)]))
    world.until(lambda: world.app.notices.current and world.app.notices.current.offer)
    assert world.app.notices.current.text == "“tried over seed” is not finished: 0 of 8 runs are trained."
    QTest.mouseClick(world.app.window.findChild(QAbstractButton, "status.notice.offer"), LEFT)
    world.until(lambda: len(sweep.asked) == 2)
    assert world.app.sweeps.is_busy and sweep.asked[-1][1]
    world.open()
    world.press("go")
    world.until(lambda: world.app.sweeps.waiting.plan is not None and not world.app.sweeps.is_busy)
    world.press("drop")
    world.until(lambda: world.app.sweeps.waiting.plan is None)
    assert world.sheet.go.text() == "Train them" and not world.sheet.drop.isVisible()


@pytest.mark.tabs("train")
def test_the_menu_of_a_run_and_the_run_menu_lead_there(world, sweep):
    runs = world.app.window.findChild(RunList, "train.runs")
    world.app.window.show_tab("Train")
    runs.view.setCurrentIndex(runs.view.rows.index_of("B"))
    runs.view.menuWanted.emit(runs.mapToGlobal(runs.rect().center()))
    menu = world.app.window.findChild(QMenu, "train.runs.menu")
    next(action for action in menu.actions() if action.text() == "Repeat with other seeds…").trigger()
    menu.hide()
    sheet = world.app.window.findChild(RepeatSheet, "repeat")
    assert sheet.heading.words == "Repeat run B"
    world.app.selection.change(lens=Lens("A"))
    world.app.actions["run.repeat"].trigger()
    assert sheet.heading.words == "Repeat run A · tried"
    world.open("B")
    world.press("go")
    world.until(lambda: sweep.asked)
    ((plan, again),) = sweep.asked
    wanted = ("B over seed", TrainSpec(seed=7), {"seed": list(range(7, 15))}, False)
    assert (plan.name, plan.spec, dict(plan.over), again) == wanted, "over eight seeds unless told otherwise"


CHANGES = ((300, "learning_rate", 0.5), (500, "dropout", 0.3))
SAID = "not repeated: learning rate 0.1 → 0.5 (step 300), dropout 0 % → 30 % (step 500)."


def sentences(sheet):
    return " ".join(label.text() for label in sheet.findChildren(QLabel))


def test_a_repetition_and_twins_have_the_settings_of_their_start_and_say_what_is_not_repeated(window):
    app = window
    runs = [summary("A", spec=TrainSpec(), changes=CHANGES, moments=(0, 400, 550)), summary("B")]
    tell(app, opened(runs=runs))
    app.selection.repeatWanted.emit("A")
    sheet = app.window.findChild(RepeatSheet, "repeat")
    assert SAID in sentences(sheet) and sheet.plan().spec == TrainSpec()
    app.selection.repeatWanted.emit("B")
    assert "not repeated" not in sentences(sheet)
    sheet.reject()
    for moment, said in ((None, SAID), (400, "not repeated: dropout 0 % → 30 % (step 500)."), (550, "")):
        app.selection.change(lens=Lens("A", moment))
        app.selection.splitWanted.emit("A")
        sheet = next(each for each in app.window.findChildren(SplitSheet) if each.isVisible())
        if moment is not None:
            sheet.begin.choose("snapshot")
        assert said in sentences(sheet) and bool(said) == ("not repeated" in sentences(sheet)), moment
        sheet.reject()
