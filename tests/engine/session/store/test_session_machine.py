"""A session on random days: what is done with it and its file, against a model in memory of what must be there."""

import contextlib
import copy
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from runs import STEPS_PER_EPOCH, add_epoch, assert_same_run, fill_the_disk, made_run, save_until_saved
from test_store import ACTS, EXAMPLES_KEPT, KEPT_SETS, OVER, THREE, assert_same_acts
from test_told_is_found import delete, rename, replace_as_a_sync_client_does
from told import of
from told_and_found import epochs_in, moments_in

from engine.core.errors import UserError
from engine.core.messages import Notice
from engine.model.training.messages import Parent, RunChanged, Score
from engine.model.training.run import Moment
from engine.session.jobs.files import SessionOpened, new_session, open_session, save_session_as
from engine.session.jobs.kept import keep_drawings, keep_sets
from engine.session.jobs.runs import RunsTogether, bookmark, color_runs, delete_runs, pin_runs, rename_run, restore_runs
from engine.session.session import Session, SessionSaved
from engine.session.store import places
from tests.engine.few_days import few_days

USED = ["SELECT weights, optimizer FROM moments", "SELECT picture FROM pictures"]
USED += [f"SELECT array FROM {table}" for table in ("acts", "examples")]  # hashes of arrays that a file needs

NUMBERS, WORDS = st.integers(0, 11), st.sampled_from(["a", "über", "<b>", "x" * 40])
SOME_EXAMPLES = st.sets(st.sampled_from([*EXAMPLES_KEPT]))
DRAWINGS = (THREE, OVER, THREE.over(OVER.picture[:9] / np.float32(255), "another picture"))


@dataclass
class Held:
    """What a session holds: runs that are all in memory, and all else."""

    runs: dict = field(default_factory=dict)
    deleted: dict = field(default_factory=dict)
    view: dict = field(default_factory=dict)
    drawings: dict = field(default_factory=dict)
    sets: dict = field(default_factory=dict)
    acts: dict = field(default_factory=dict)
    examples: dict = field(default_factory=dict)

    @property
    def is_empty(self):
        return not (self.runs or self.drawings or self.examples)


def assert_holds(session, held):
    for runs, known in ((session.runs, held.runs), (session.deleted, held.deleted)):
        assert sorted(runs) == sorted(known)
        for name, run in runs.items():
            assert_same_run(run, known[name])
            for attribute in ("examples", "base", "taught_from", "tested"):
                assert getattr(run, attribute) == getattr(known[name], attribute), attribute
    assert session.view == held.view
    assert list(session.sets.items()) == list(held.sets.items())
    assert list(session.drawings.items()) == list(held.drawings.items())
    assert_same_acts(session.acts, held.acts)
    assert list(session.examples.items()) == list(held.examples.items())


class SessionMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.patch = pytest.MonkeyPatch()
        self.patch.setenv("XDG_STATE_HOME", self.folder.name)
        self.patch.setattr("engine.session.session.RETRY_SECONDS", 0.0)
        self.patch.setattr("engine.session.store.writing.ROWS_AT_ONCE", 8)
        self.patch.setattr("engine.model.training.epochs.FEWEST_SPARE", 2)
        self.session, self.held = Session(new_place=places.new_autosave), Held()
        self.left = {}  # what lies in files that nobody has open, by their path
        self.names = 0

    def teardown(self):
        self.session.close()
        self.patch.undo()
        self.folder.cleanup()

    def new_path(self):
        self.names += 1
        return Path(self.folder.name) / f"{self.names}.layerlight"

    def run(self, number, of=None):
        names = [*(self.held.runs if of is None else of)]
        return names[number % len(names)]

    def pair(self, name):
        """Return a run of the session and its model."""
        return self.session.runs[name], self.held.runs[name]

    # Runs

    @rule(epochs=st.integers(0, 3), seed=NUMBERS, examples=SOME_EXAMPLES)
    def learn(self, epochs, seed, examples):
        run = made_run("new", epochs, seed)
        if examples:
            run.examples, run.base = tuple(EXAMPLES_KEPT[number] for number in sorted(examples)), "4567"
            run.taught_from = Parent("Z", 10)
        self.session.adopt(run)
        free = [name for name in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if name not in self.held.runs | self.held.deleted]
        assert run.name == free[0]
        known = self.held.runs[run.name] = made_run(run.name, epochs, seed)
        for attribute in ("color", "spec", "examples", "base", "taught_from"):
            setattr(known, attribute, getattr(run, attribute))

    @precondition(lambda self: self.held.runs)
    @rule(which=NUMBERS)
    def learn_on(self, which):
        name = self.run(which)
        for run in self.pair(name):
            add_epoch(run, len(run.epochs) + 1)
        self.session.save(only=[name])

    @precondition(lambda self: self.held.runs)
    @rule(which=NUMBERS, step=NUMBERS, parent=NUMBERS)
    def change_and_continue(self, which, step, parent):
        name = self.run(which)
        for run in self.pair(name):
            run.changes.append((step, "learning_rate", 0.5 / (1 + step)))
            run.tested[step] = Score(step, 0.5 * step, 1 / (1 + step))
            if self.run(parent) != name:
                run.parent = Parent(self.run(parent), step)

    @precondition(lambda self: self.held.runs)
    @rule(which=NUMBERS, title=WORDS, color=NUMBERS, pinned=st.booleans())
    def rename_color_and_pin(self, which, title, color, pinned):
        known = self.held.runs[self.run(which)]
        (renamed,) = of(RunChanged, rename_run(self.session, known.name, f" {title} "))
        (colored,) = of(RunsTogether, color_runs(self.session, {known.name: color}))
        (changed,) = of(RunsTogether, pin_runs(self.session, [known.name], pinned))
        said = renamed.title, colored.changed[0].color, changed.changed[0].pinned
        known.title, known.color, known.pinned = title, color, pinned
        assert said == (title, color, pinned)

    @precondition(lambda self: self.held.runs)
    @rule(which=NUMBERS, number=NUMBERS, title=WORDS | st.none())
    def name_a_moment(self, which, number, title):
        known = self.held.runs[self.run(which)]
        step = self.run(number, of=known.moments)
        (changed,) = of(RunChanged, bookmark(self.session, known.name, step, title))
        with pytest.raises(UserError, match="no snapshot"):
            list(bookmark(self.session, known.name, step + 1, title))
        known.bookmarks.pop(step, None)
        if title is not None:
            known.bookmarks[step] = title
        assert changed.bookmarks == known.bookmarks

    @precondition(lambda self: self.held.runs)
    @rule(which=NUMBERS)
    def drop_a_moment(self, which):
        run, known = self.pair(self.run(which))
        others = [step for step in [*known.moments][1:-1] if step not in known.bookmarks]
        if others:
            for each in (run, known):
                del each.moments[others[which % len(others)]]

    @precondition(lambda self: self.held.runs)
    @rule(which=NUMBERS)
    def delete_a_run(self, which):
        name = self.run(which)
        (message,) = of(RunsTogether, delete_runs(self.session, [name]))
        assert message.removed == (name,)
        self.held.deleted[name] = self.held.runs.pop(name)

    @precondition(lambda self: self.held.deleted)
    @rule(which=NUMBERS)
    def restore_a_run(self, which):
        name = self.run(which, of=self.held.deleted)
        (message,) = of(RunsTogether, restore_runs(self.session, [name]))
        self.held.runs[name] = self.held.deleted.pop(name)
        assert [run.name for run in message.restored] == [name]
        with pytest.raises(UserError, match="cannot be restored"):
            list(restore_runs(self.session, [name]))

    # All else

    @rule(name=WORDS, which=NUMBERS)
    def keep_a_drawing(self, name, which):
        drawing = DRAWINGS[which % len(DRAWINGS)]
        self.held.drawings = {**self.held.drawings, name: drawing}
        list(keep_drawings(self.session, self.held.drawings))
        assert self.session.is_saved()

    @precondition(lambda self: self.held.drawings)
    @rule(which=NUMBERS, new=WORDS)
    def rename_or_forget_a_drawing(self, which, new):
        name = self.run(which, of=self.held.drawings)
        if new in self.held.drawings and new != name:
            self.held.drawings = {key: drawing for key, drawing in self.held.drawings.items() if key != name}
        else:
            self.held.drawings = {new if key == name else key: drawing for key, drawing in self.held.drawings.items()}
        list(keep_drawings(self.session, self.held.drawings))

    @rule(acts=st.sets(st.sampled_from([*ACTS])), examples=SOME_EXAMPLES, which=NUMBERS)
    def do_this_and_that(self, acts, examples, which):
        self.held.acts = self.session.acts = {number: ACTS[number] for number in sorted(acts)}
        self.held.examples = self.session.examples = {number: EXAMPLES_KEPT[number] for number in sorted(examples)}
        self.held.sets = dict([*KEPT_SETS.items()][: which % 3])
        list(keep_sets(self.session, self.held.sets))
        assert self.session.sets == self.held.sets

    @rule(tab=WORDS)
    def look_elsewhere(self, tab):
        self.held.view = {"tab": tab}
        self.session.take_view(self.held.view)

    # The file

    @rule()
    def save(self):
        self.session.save()

    @rule()
    def save_all(self):
        self.session.save()
        save_until_saved(self.session)

    @precondition(lambda self: not self.held.is_empty)
    @rule(which=NUMBERS, epochs=st.integers(0, 2))
    def save_as(self, which, epochs):
        """Save it as a new file, or over another one, while a run learns for some epochs."""
        before = self.session.store.path if self.session.store else None
        others = [file for file in self.left if not places.is_autosave(file)]
        path = self.run(which, of=others) if others and which % 2 else self.new_path()
        if before and not places.is_autosave(before):
            self.save_all()
            self.left[before] = copy.deepcopy(self.held)
        messages = []
        for message in save_session_as(self.session, str(path)):
            messages.append(message)
            if message is None and epochs and self.held.runs:
                epochs -= 1
                self.learn_on(which)
                self.left.pop(before, None)
        self.left.pop(path, None)
        assert of(SessionSaved, messages)[-1] == SessionSaved(name=path.stem, path=path)
        assert self.session.is_saved() and self.session.store.path == path
        assert before is None or before.exists() != places.is_autosave(before)
        if before not in self.left and before:
            before.unlink(missing_ok=True)

    def leave(self):
        """Note what is left when the session ends."""
        self.session.secure()
        path = self.session.store and self.session.store.path
        if path and not (self.held.is_empty and places.is_autosave(path)):
            self.left[path] = copy.deepcopy(replace(self.held, deleted={}))

    def begin_new(self):
        self.leave()
        list(new_session(self.session))
        self.held = Held()

    @rule()
    def begin_another(self):
        self.begin_new()
        for folder in (Path(self.folder.name), places.autosaves()):
            assert {*folder.glob("*.layerlight*")} == {*self.left} & {*folder.iterdir()}, "nothing else lies there"

    @precondition(lambda self: self.left)
    @rule(which=NUMBERS)
    def open(self, which):
        path = self.run(which, of=self.left)
        there = self.left.pop(path)
        self.leave()
        messages = list(open_session(self.session, str(path)))
        others = [notice.sentence for notice in of(Notice, messages) if "data of run" not in notice.sentence]
        assert others == [], others
        self.held = there
        self.held.view = there.view or {"runs": sorted(there.runs)}

    @precondition(lambda self: self.session.store)
    @rule()
    def crash(self):
        """Look at what a process leaves that dies now."""
        path, left = self.session.store.path, self.new_path()
        for end in ("", "-wal"):
            if Path(f"{path}{end}").exists():
                shutil.copy(f"{path}{end}", f"{left}{end}")
        crashed = Session()
        messages = list(open_session(crashed, str(left)))
        assert not any("damaged" in notice.sentence for notice in of(Notice, messages))
        if self.session.is_saved():
            crashed.view = crashed.view if self.held.view else {}
            assert_holds(crashed, self.held)
        crashed.close()
        left.unlink()

    @precondition(lambda self: self.session.store)
    @rule()
    def look_from_another_window(self):
        path, is_whole, title = self.session.store.path, self.session.is_saved(), f"there {self.new_path().stem}"
        other = Session(new_place=places.new_autosave)
        (opened,) = of(SessionOpened, open_session(other, str(path)))
        assert "open in another window" in opened.read_only
        if is_whole and self.held.runs:
            name = next(iter(self.held.runs))
            list(rename_run(other, name, title))
            save_until_saved(other)
            copied = copy.deepcopy(self.held)
            copied.runs[name].title = title
            copied.view = copied.view or {"runs": sorted(copied.runs)}
            assert_holds(other, copied)
            self.left[other.store.path] = replace(copied, deleted={})
            assert other.store.path != path
        other.close()

    @precondition(lambda self: self.session.store and not self.held.is_empty)
    @rule(happen=st.sampled_from([rename, delete, replace_as_a_sync_client_does]), at_the_end=st.booleans())
    def another_program_takes_the_file(self, happen, at_the_end):
        path, is_whole = self.session.store.path, self.session.is_saved()
        moved = happen(path)
        messages = self.session.secure() if at_the_end else self.session.save() + save_until_saved(self.session)
        assert self.session.store.path != path and any(notice.lasting for notice in of(Notice, messages))
        if moved and is_whole:
            self.left[moved.rename(self.new_path())] = copy.deepcopy(self.held)
        elif moved:
            moved.unlink()
        path.unlink(missing_ok=True)

    @precondition(lambda self: self.held.runs and self.session.store)
    @rule(which=NUMBERS)
    def the_disk_is_full_at_the_end(self, which):
        path = self.session.store.path
        fill_the_disk(self.session)
        self.learn_on(which)
        self.begin_new()
        if path not in self.left:
            path.unlink()  # it holds what there was before

    @invariant()
    def the_session_holds_what_it_should(self):
        assert_holds(self.session, self.held)

    @invariant()
    def the_file_holds_it_once_and_nothing_else(self):
        if not (self.session.store and self.session.is_saved()):
            return
        path, database = self.session.store.path, self.session.store.database
        runs = self.session.known_runs.values()
        assert epochs_in(path).keys() == {(run.name, done.epoch) for run in runs for done in run.epochs}
        assert moments_in(path) == {(run.name, step) for run in runs for step in run.moments}
        with contextlib.closing(sqlite3.connect(path)) as other:
            used = {key for query in USED for row in other.execute(query) for key in " ".join(row).split()}
            assert {key for (key,) in other.execute("SELECT sha256 FROM arrays")} == used
            steps = other.execute("SELECT sum(length(losses)) FROM steps").fetchone()[0] or 0
        assert steps == 4 * STEPS_PER_EPOCH * len(epochs_in(path))
        for run in runs:
            in_memory = [step for step in run.moments if isinstance(run.moments.kept(step), Moment)]
            assert in_memory in ([], [run.moments.newest])
        before = database.total_changes
        assert self.session.save() == [] and database.total_changes == before, "nothing is written twice"


def test_a_session_and_its_file_hold_what_the_model_says():
    run_state_machine_as_test(SessionMachine, settings=few_days(8))
