"""What goes on beside the window: data that are read, a hand-out, an experiment. Its words, its end, giving it up."""

from dataclasses import replace

import pytest

from engine.core.charts import Picture
from engine.core.messages import JobEnded
from engine.data.formats.reading import DatasetReading
from engine.export.messages import FileWriting
from engine.studies.experiments.parts.experiment import Figure, Look, Row
from engine.studies.experiments.parts.messages import ExperimentProgress, ExperimentResult, ExperimentStarted
from gui.state.notices import Notices
from gui.state.training.ongoing import QUIET_MS, DataReading, ExperimentWork, Handouts
from tests.gui import worlds
from tests.gui.fake_engine import dataset_opened

JOB = 7  # the number of the experiment's job


class World(worlds.World):
    def __init__(self):
        super().__init__()
        self.notices = Notices()
        self.reading = DataReading(self.bridge, self.notices, clock=self.clock)
        self.handouts = Handouts(self.bridge, self.notices)
        self.experiment = ExperimentWork(self.bridge, self.notices)

    def quiet(self, less=0):
        """Let the time pass in which nothing is said of data that are read."""
        self.clock.advance(QUIET_MS - less)

    def end(self, job, outcome="done"):
        self.say(JobEnded(outcome=outcome), job=job)


def read(share, file="mnist.npz"):
    return DatasetReading(file=file, share=share)


def test_data_that_are_read_for_long_are_named_with_their_share_and_those_that_are_read_soon_are_not(world):
    told = []
    world.reading.changed.connect(lambda: told.append(world.reading.words))
    world.say(read(0.2), job=1)
    world.quiet(less=1)
    world.say(read(0.9), dataset_opened(), job=1)
    world.reading.give_up()
    world.say(read(0.2, "a\nb\u202ec\udcff.npz"), job=2)
    world.quiet(less=1)
    assert not any(told) and world.notices.current is None, "there is nothing to give up"
    told.clear()
    world.quiet()
    world.say(*(read(share, "a\nb\u202ec\udcff.npz") for share in (0.204, 0.5)), dataset_opened(), job=2)
    assert told == ["Opening a?b?c?.npz… 20 %", "Opening a?b?c?.npz… 50 %", ""], "a name is one line"


@pytest.mark.parametrize("outcome", ["done", "stopped", "failed"])
def test_reading_is_over_when_the_job_is_whatever_its_end(world, outcome):
    world.reading.follow(1, read(0))
    world.quiet()
    assert world.reading.words == "Opening mnist.npz…", "before it is begun no share is known"
    world.end(2)
    assert world.reading.words
    if outcome != "stopped":
        world.reading.give_up()  # just when it ends: it is not said to be given up
    world.end(1, outcome)
    assert world.reading.words == "" and not world.notices.history


def test_of_two_files_the_one_that_was_wanted_last_is_shown_and_given_up(world):
    for job, file in ((1, "a.npz"), (2, "b.npz")):
        world.reading.follow(job, read(0, file))
    world.say(read(0.5, "a.npz"), job=1)
    world.quiet()
    assert world.reading.words.startswith("Opening b.npz…")
    for job, shown in ((2, "Opening a.npz… 50 %"), (1, "")):
        world.reading.give_up()
        assert world.runner.stopped[-1] == job
        world.end(job, "stopped")
        assert world.reading.words == shown
    assert [line.sentence for line in world.notices.history] == ["a.npz was not opened."]
    world.say(read(0), job=7)
    assert world.notices.current is None, "another one is opened, so that is no news any more"


def write():
    """Stands for the job that writes a hand-out: the engine of these tests runs nothing."""


def written(share, file="out.html"):
    return FileWriting(file=file, share=share)


def test_a_handout_says_which_file_and_how_far_it_is_until_it_is_done_or_given_up(world):
    handouts = world.handouts
    handouts.give_up()
    assert world.notices.current is None, "there is nothing to give up"
    handouts.write(write, "given")
    assert world.runner.jobs == [(write, ("given",))] and handouts.words == ""
    world.say(written(0.256), job=1)
    assert handouts.words == "Writing out.html… 26 %"
    world.end(1)
    assert handouts.words == ""

    handouts.write(write)
    world.say(written(0.5, "a\nb.html"), job=2)
    handouts.give_up()
    assert world.runner.stopped == [2] and handouts.words == ""
    assert world.notices.current.text == "a?b.html was not written."
    world.say(written(0.6), job=2)
    assert handouts.words == "", "what it still had to say"

    handouts.write(write)
    handouts.write(write)
    assert world.runner.stopped == [2, 3], "a newer one takes the place of one that is not done"
    world.say(written(0.1, "old.html"), job=3)
    assert handouts.words == ""
    world.say(written(0.1, "new.html"), job=4)
    world.end(3, "stopped")
    assert handouts.words == "Writing new.html… 10 %"


def at(share, left=None):
    return ExperimentProgress(experiment="roads", share=share, words="", seconds_left=left)


BEGUN = ExperimentStarted(experiment="roads", group="Roads 2", remark="")


def test_an_experiment_says_how_far_it_is_can_be_cancelled_and_its_end_is_news_wherever_one_is(world):
    assert not world.experiment.words
    world.say(BEGUN, job=JOB)
    for told, words in ((at(0.354), "Roads 2: 35 %"), (at(0.5, 70), "Roads 2: 50 % · 1 min 10 s left")):
        world.say(told, job=JOB)
        assert world.experiment.words == words
    world.say(at(0.9), job=JOB + 1)
    assert world.experiment.words.startswith("Roads 2: 50 %"), "another job's"
    world.experiment.give_up()
    assert world.runner.stopped == [JOB]
    world.end(JOB, "stopped")
    assert not world.experiment.words and world.notices.current is None

    world.say(BEGUN, job=JOB)
    picture = Picture(x_label="", y_label="", curves=())
    figure = Figure(what="it", says="1", where="there", read=True, asked=1.0, tolerance=0.5)
    rows = Row(figure=figure, seeds=(1.0, 1.01)), Row(figure=figure, seeds=(1.0, 2.0))
    result = ExperimentResult(
        experiment="roads", group="Roads 2", rows=rows, picture=picture, verdict="So.", remark="",
        look=Look(tab="train", run="A"), runs=(), seconds=1.0, seeds=(1, 2), is_whole=False,
    )  # fmt: skip
    world.say(result, job=JOB)
    assert world.notices.current is None, "there are seeds to come"
    world.say(replace(result, is_whole=True), JobEnded(outcome="done"), job=JOB)
    assert world.notices.current.sentence == "Roads 2: 1 of 2 figures agrees, 1 undecided, with 2 seeds."
    assert "Experiments tab" in world.notices.current.hint
