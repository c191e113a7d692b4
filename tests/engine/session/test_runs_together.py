"""What is done with several runs at once is one message and one change of the file, and their figures are one table."""

import csv
import io
import math

import pytest
from told import epoch_done

from engine.core.errors import UserError
from engine.model.training.epochs import Epochs
from engine.model.training.messages import EpochDone, Member
from engine.session.jobs import runs as run_jobs
from engine.session.jobs.train import train
from engine.session.session import Session
from engine.session.store import writing
from engine.session.store.opening import create_store, peek
from tests.engine.studies.sweep.sweeps import SPEC


def epochs_of(run, count, accuracy, **more):
    figures = {"train_loss": 0.5, "test_loss": 0.6, "seconds": 0.5, "gradient_norms": (), "widths": (4,), **more}
    epochs = range(1, count + 1)
    return Epochs(epoch_done(number, steps=6, run=run, test_accuracy=accuracy, **figures) for number in epochs)


@pytest.fixture
def kept(dataset, tmp_path):
    """A session in a file, with runs A to C, of which B and C are a group."""
    session = Session(dataset)
    session.begin(create_store(tmp_path / "s.layerlight"))
    for number in range(3):
        run = session.new_run(SPEC.but(seed=number + 1), 6)
        run.title = f"={number}"
        run.member = Member("tried", number - 1) if number else None
        run.epochs = epochs_of(run.name, 2, 0.5 + number / 10)
    session.save()
    yield session
    session.close()


def together(job):
    (told,) = [message for message in job if isinstance(message, run_jobs.RunsTogether)]
    return told


def stored(session):
    return peek(session.store.path)[0].runs


def test_they_go_and_come_back_as_one_and_the_file_knows(kept):
    assert together(run_jobs.delete_runs(kept, ["B", "C"])).removed == ("B", "C")
    assert list(kept.runs) == ["A"] and [run.deleted for run in stored(kept).values()] == [False, True, True]
    answer = together(run_jobs.restore_runs(kept, ["B", "C"]))
    assert [summary.name for summary in answer.restored] == ["B", "C"] and answer.restored[0].member == ("tried", 0)
    assert list(kept.runs) == ["A", "B", "C"] and not any(run.deleted for run in stored(kept).values())
    with pytest.raises(UserError, match="cannot be restored"):
        list(run_jobs.restore_runs(kept, ["B"]))


def test_a_training_examines_no_other_run_until_it_ends_unless_the_file_could_not_be_written(kept, monkeypatch):
    examined, is_written = list[str](), writing.is_written
    monkeypatch.setattr(
        writing, "is_written", lambda run, known: (examined.append(run.name), is_written(run, known))[1]
    )
    job = train(kept, SPEC.but(epochs=2))
    next(message for message in job if isinstance(message, EpochDone))
    assert {*examined} == {"D"} and len(stored(kept)["D"].epochs) == 1
    kept.runs["A"].title = "first"
    kept.trouble = "The disk is full."
    next(message for message in job if isinstance(message, EpochDone))
    assert "A" in examined and stored(kept)["A"].title == "first" and not kept.trouble
    kept.runs["B"].title = "second"
    assert list(job) and stored(kept)["B"].title == "second"


def test_colours_and_pins_are_told_together(kept):
    answer = together(run_jobs.color_runs(kept, {"B": 4, "C": 5}))
    assert [(each.run, each.color, each.member.number) for each in answer.changed] == [("B", 4, 0), ("C", 5, 1)]
    assert [each.pinned for each in together(run_jobs.pin_runs(kept, ["A", "B"], True)).changed] == [True, True]
    assert [(run.color, run.pinned) for run in stored(kept).values()] == [(0, True), (4, True), (5, False)]


def test_their_figures_are_a_line_each_with_the_settings_that_differ(kept, tmp_path):
    runs = [run.summary() for run in kept.runs.values()]
    rows = list(csv.DictReader(io.StringIO(run_jobs.figures_table(runs))))
    assert list(rows[0]) == ["run", "title", "group", "seed", *run_jobs.FIGURES]
    assert [row["seed"] for row in rows] == ["1", "2", "3"] and [row["group"] for row in rows] == ["", "tried", "tried"]
    assert [float(row["test_accuracy"]) for row in rows] == [0.5, 0.6, 0.7]
    assert rows[0]["title"] == "'=0", "what a spreadsheet would compute is text"
    path = tmp_path / "figures.csv"
    list(run_jobs.export_figures(kept, ["B"], path))
    assert path.read_text().splitlines()[1].startswith("B,'=1,tried,")

    kept.runs["B"].changes += [(3, "learning_rate", 0.25), (4, "learning_rate", 0.125)]
    rows = csv.DictReader(io.StringIO(run_jobs.figures_table([run.summary() for run in kept.runs.values()])))
    usual = f"{SPEC.learning_rate:g}"
    changed = f"{usual} → 0.25 (step 3) → 0.125 (step 4)"
    assert [row["learning_rate"] for row in rows] == [usual, changed, usual]


def test_why_a_run_ended_is_said(kept):
    run = kept.runs["A"]
    for end, spec, finite in (
        ("epochs", SPEC.but(epochs=2), True),
        ("stopped", SPEC.but(epochs=9), True),
        ("accuracy", SPEC.but(epochs=9, stop_at=0.4), True),
        ("not finite", SPEC.but(epochs=2), False),
    ):
        run.spec, run.epochs = spec, epochs_of("A", 2, 0.5, finite=finite)
        assert run_jobs.final_figures(run.summary())["end"] == end
    run.epochs = epochs_of("A", 2, 0.5, train_loss=math.nan)
    assert run_jobs.final_figures(run.summary())["train_loss"] is None, "JSON has no NaN"


def test_a_training_whose_session_was_left_ends_without_being_written_into_the_next_one(kept, tmp_path):
    job = train(kept, SPEC.but(epochs=2))
    next(message for message in job if isinstance(message, EpochDone))
    kept.begin(create_store(tmp_path / "next.layerlight"))
    assert [message.epoch for message in job if isinstance(message, EpochDone)] == [2]
    assert not kept.runs and not stored(kept)
