"""What a lesson's pages will measure: computed without a window, in the words of the card."""

from dataclasses import replace

import numpy as np
import pytest

from engine.analysis.probes.class_accuracy import class_accuracy
from engine.cli.parts.which import look_at
from engine.core.lens import Lens
from engine.core.machine.bundled import BLOG, BUNDLED, SHARP
from engine.core.messages import run_through
from engine.data.formats.sample import open_sample
from engine.session.session import Session
from gui.look.percents import fine_percent
from gui.shell.lesson.pages import FIGURE, FOLDER, Page, Question, read_chapter
from gui.shell.lesson.registry import GOALS, Call
from gui.shell.lesson.rehearsal import WAYS, Rehearsal
from tests.gui.shell.lesson.test_walk import is_as_expected

OURS = [page for file in sorted(FOLDER.glob("*.toml")) for page in read_chapter(file).pages]
RUN_A = Call("run", {"name": BLOG})


@pytest.fixture(scope="module")
def session():
    with look_at(BUNDLED) as opened:
        opened.replace_data(open_sample())
        yield opened


def expected(session, goal, *opens, expect="", **values):
    asks = Question(question="Q?", answers=("1", "2"), reply=FIGURE, expect=expect)
    return run_through(Rehearsal(session).expected(Page(text="Look.", opens=opens, goal=Call(goal, values), asks=asks)))


def test_each_goal_with_a_figure_that_is_more_than_a_name_has_a_way():
    assert GOALS.keys() - WAYS.keys() == {"neuron_selected", "node", "chosen", "switched"}


def test_without_a_run_or_a_way_the_authors_figure_stays(session):
    for where, goal in ((Session(), "restored"), (session, "node")):
        asks = expected(where, goal, expect="97 %")
        assert (asks.expect, asks.note) == ("97 %", "")


@pytest.mark.slow
def test_all_figures_of_our_lesson_are_computed_as_the_window_measures_them_and_the_session_stays_as_it_is(session):
    runs, view = dict(session.runs), session.view
    moments = {name: list(run.moments) for name, run in runs.items()}
    rehearsal, measured = Rehearsal(session), 0
    for page in OURS:
        bare = replace(page, asks=replace(page.asks, expect="")) if page.asks else page
        asks = run_through(rehearsal.expected(bare))
        if asks is None or FIGURE not in asks.reply:
            assert asks == bare.asks
            continue
        measured += 1
        assert asks == replace(bare.asks, expect=asks.expect, note=asks.note) and asks.expect
        if asks.note:
            assert asks.note.startswith("It depends on ") and " to " in asks.note
        else:  # the walk through the window measures the same
            assert is_as_expected(asks.expect, page.asks.expect), page.text
    assert measured == 15 and list(rehearsal.seen) == [BLOG]
    assert session.runs == runs and session.view is view
    assert {name: list(run.moments) for name, run in session.runs.items()} == moments


@pytest.mark.slow
def test_a_page_is_measured_with_what_it_opens(session):
    for run in (BLOG, SHARP):
        (answer,) = [each for each in class_accuracy(session, Lens(run)) if each is not None]
        figure = fine_percent(answer.accuracy, int(answer.counts.sum()))
        assert expected(session, "restored", Call("run", {"name": run})).expect == figure
    first = expected(session, "restored", RUN_A, Call("time", {"step": 0})).expect
    assert first == expected(session, "at_first", RUN_A).expect and float(first.split()[0]) < 20
    newest = expected(session, "restored").expect
    assert newest == expected(session, "restored", Call("run", {"name": next(reversed(session.runs))})).expect
    few = [
        Call("setting", {"field": f"train.{name}", "value": value})
        for name, value in (("layers", "3"), ("epochs", "1"))
    ]
    one = Call("settings", {"run": BLOG, "epochs": 1})
    poor, good = (expected(session, "epochs", *opens, count=1).expect for opens in (few, (one,)))
    assert float(poor.split()[0]) + 20 < float(good.split()[0])
    assert expected(session, "epochs", one, count=2).expect == "", "it never gets that far"


@pytest.mark.slow
def test_a_strangers_numbers_are_measured_as_far_as_there_is_something_to_measure(session):
    far = 10**9
    whole = expected(session, "misread", RUN_A).expect
    silence = Call("silence", {"layer": 1, "first": -far, "last": far})
    assert expected(session, "misread", RUN_A, silence).expect not in ("", whole)
    assert expected(session, "misread", RUN_A, Call("silence", {"layer": far, "first": 0, "last": far})).expect == whole
    for goal, values in (
        ("silenced", {"neurons": far}),
        ("lost", {"label": far, "neurons": -far, "points": 1.0, "others": 1.0}),
        ("neuron_for", {"label": -1}),
        ("turned", {"first": far, "then": -far}),
        ("ideal", {"penalty": "none of these"}),
    ):
        asks = expected(session, goal, RUN_A, expect="mine", **values)
        assert (asks.expect, asks.note) == ("mine", ""), goal
    assert expected(session, "epochs", Call("settings", {"run": BLOG, "epochs": far}), count=1).expect == ""


@pytest.mark.slow
def test_what_depends_on_a_person_is_the_middle_one_of_several_tries_and_says_from_what_to_what(session):
    asks = expected(session, "read_as", RUN_A, label=4)
    low, high = asks.note.removesuffix(".").rpartition(": ")[2].split(" to ")
    shares = [float(each.strip("<> %")) for each in (low, asks.expect, high)]
    assert 50 < shares[0] < shares[1] <= shares[2], "neither the first nor the least"
    other = expected(session, "read_as", RUN_A, label=4, expect="as I saw it")
    assert other.expect == asks.expect, "what is computed counts"
    turned = expected(session, "turned", RUN_A, first=4, then=9)
    assert turned.expect.startswith("9, ") and " to 9, " in turned.note
    none = expected(session, "drawn", RUN_A)
    shares = [float(each.split(", ")[1].strip("<> %.")) for each in none.note.rpartition(": ")[2].split(" to ")]
    assert np.ptp(shares) > 10
