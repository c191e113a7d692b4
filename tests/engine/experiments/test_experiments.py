"""Every experiment has what its page needs, and in small does what all have to do."""

import copy
import sys
from dataclasses import FrozenInstanceError, replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from engine.base.errors import UserError
from engine.base.lens import Lens
from engine.experiments.parts.experiment import (
    Figure,
    Row,
    all_experiments,
    experiment_called,
    find_experiments,
    names,
)
from engine.experiments.parts.job import reproduce
from engine.experiments.parts.lab import Lab
from engine.experiments.parts.messages import (
    ExperimentPicture,
    ExperimentProgress,
    ExperimentResult,
    ExperimentStarted,
)
from engine.network.lens_network import lens_network
from engine.session.session import Session, save_all
from engine.store.opening import create_store, peek
from engine.training.messages import MomentKept, RunChanged, RunStarted
from tests.engine.experiments.tiny import CHANGES, carried_out, tiny

EXPERIMENTS = all_experiments()
TABS = Path(__file__).resolve().parents[3] / "gui" / "tabs"


def test_each_has_a_question_answers_to_choose_from_papers_and_figures():
    assert len({each.order for each in EXPERIMENTS.values()}) == len(EXPERIMENTS) >= 10
    for name, each in EXPERIMENTS.items():
        assert each.question.endswith("?") and each.why.endswith("."), name
        assert 2 <= len(each.choices) <= 4 and 0 <= each.right < len(each.choices), name
        assert len(set(each.choices)) == len(each.choices)
        assert each.papers and all(paper.checked.endswith(".") for paper in each.papers), name
        assert each.figures and all(figure.where for figure in each.figures), name
        assert 0 < each.seconds <= 240, "all of them are to take no more than 40 minutes"
    assert sum(each.seconds for each in EXPERIMENTS.values()) < 40 * 60
    assert CHANGES.keys() == EXPERIMENTS.keys(), "each is tried in small, too"


def test_each_is_found_by_its_file(monkeypatch, tmp_path):
    (tmp_path / "wink.py").write_text("from engine.experiments.roads import EXPERIMENT\n")
    package = import_module("engine.experiments")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    assert names() == EXPERIMENTS.keys() | {"wink"}
    assert experiment_called("wink") is EXPERIMENTS["roads"]
    sys.modules.pop("engine.experiments.wink", None)


def test_one_that_there_is_not_is_refused_with_those_that_there_are(session):
    with pytest.raises(UserError, match=r"no experiment winks; there are .*roads"):
        list(reproduce(session, "winks"))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_in_small_it_goes_from_its_question_to_a_table_a_picture_and_runs_to_look_into(done, name):
    session, told, result = done(name)
    assert isinstance(told[0], ExperimentStarted) and told[-1] is result
    assert "Stripes" in told[0].remark == result.remark
    shares = [each.share for each in told if isinstance(each, ExperimentProgress)]
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1)
    assert all(each.words for each in told if isinstance(each, ExperimentProgress))
    pictures = [each.picture for each in told if isinstance(each, ExperimentPicture)] or [result.picture]
    for picture in (*pictures, result.picture):
        for each in picture.curves:
            assert each.x.shape == each.y.shape and each.x.ndim == 1
            assert not picture.log_x or (each.x > 0).all(), each.label
            assert not each.x.flags.writeable and not each.y.flags.writeable
    assert [row.figure for row in result.rows] == list(EXPERIMENTS[name].figures)
    assert result.within == all(row.within for row in result.rows)
    assert result.verdict.endswith(".")
    with pytest.raises(FrozenInstanceError):
        result.verdict = ""

    assert [session.runs[run].member for run in result.runs] == [
        (result.group, number) for number in range(len(result.runs))
    ]
    assert session.runs.keys() == set(result.runs)
    assert (TABS / result.look.tab / "tab.py").exists() and result.look.run in result.runs
    for run in result.runs:
        assert session.runs[run].title and session.runs[run].moments, run
        lens_network(session, Lens(run)).answer(np.zeros((8, 8), np.float32))
    for begun in (each for each in told if isinstance(each, RunStarted)):
        weights = session.runs[begun.run].moment(None).weights
        assert begun.parameters == sum(array.size for array in weights)
    assert {each.group for each in told if isinstance(each, RunStarted)} == {result.group}
    for kind in (RunStarted, RunChanged, MomentKept):
        assert {each.run for each in told if isinstance(each, kind)} == set(result.runs), kind


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_file_holds_its_runs_as_they_are(done, name, tmp_path):
    session, _, result = done(name)
    path = tmp_path / "kept.layerlight"
    contents = Session(session.dataset)
    contents.begin(create_store(path))
    contents.runs = copy.deepcopy(session.runs)  # their moments go into the file
    list(save_all(contents))
    contents.store.close(whole=True)
    kept, is_torn = peek(path)
    assert kept.damage == [] and not is_torn
    for run in result.runs:
        before, after = session.runs[run], kept.runs[run]
        assert list(after.epochs) == list(before.epochs) and after.member == before.member
        assert list(after.moments) == list(before.moments)


@pytest.mark.parametrize(
    "name", ["edge", "adversaries", "teacher", "tickets", "forgetting", "descent", "grokking"]
)
def test_what_a_run_of_its_own_tells_of_an_epoch_is_what_its_moment_makes_of_the_test_images(done, name):
    session, _, result = done(name)
    data, seen = session.data(), 0
    for run in (session.runs[each] for each in result.runs if not session.runs[each].norms.so_far.size):
        for told in run.epochs:
            assert told.step == told.epoch * run.steps_per_epoch
            if told.step not in run.moments:
                continue
            network = lens_network(session, Lens(run.name, told.step))
            hidden, logits = network.outputs(data.test_images)
            assert told.test_accuracy == pytest.approx(
                (logits.argmax(axis=1) == data.test_labels).mean(), abs=0.02
            )
            wide = [
                each.max(axis=0) <= 0 if run.spec.activation == "relu" else np.ptp(each, axis=0) < 0.01
                for each in hidden
            ]
            assert told.dead == tuple(int(each.sum()) for each in wide)
            assert told.widths == tuple(layer.width for layer in run.spec.hidden) and told.finite
            seen += 1
    assert seen


def test_carried_out_again_its_runs_are_another_group_with_the_same_figures(session):
    first, second = (carried_out(session, "descent")[1] for _ in range(2))
    assert [first.group, second.group] == ["Double descent", "Double descent 2"]
    assert [row.here for row in first.rows] == [row.here for row in second.rows]


def test_a_group_of_deleted_runs_keeps_its_name(session):
    carried_out(session, "descent")
    session.deleted, session.runs = dict(session.runs), {}
    assert carried_out(session, "descent")[1].group == "Double descent 2"


def test_what_is_left_is_told_from_what_it_took_so_far(session, monkeypatch):
    now = 100.0
    monkeypatch.setattr("engine.experiments.parts.lab.time", SimpleNamespace(monotonic=lambda: now))
    lab = Lab(session, "roads", "Roads")
    now = 110.0
    assert lab.at(0.01).seconds_left is None, "too early to tell"
    assert lab.at(0.25).seconds_left == pytest.approx(30)
    assert lab.at(0.2).share == 0.25, "it never goes back"
    assert lab.at(1.0).seconds_left == 0


def test_one_that_is_stopped_leaves_the_runs_that_it_has_trained(session):
    job = reproduce(session, "roads", tiny("roads"), own_data=True)
    for message in job:
        if isinstance(message, ExperimentProgress) and message.share > 0.6:
            break
    job.close()
    assert next(iter(session.runs.values())).title == "one order of images"
    assert all(run.moments and run.member for run in session.runs.values())


def test_other_data_that_are_opened_meanwhile_change_nothing_and_stay(done, session, dataset):
    others = replace(dataset, name="Others", train_images=255 - dataset.train_images)
    for message in reproduce(session, "roads", tiny("roads"), own_data=True):
        if isinstance(message, RunStarted):
            session.dataset = others
        if isinstance(message, ExperimentResult):
            result = message
    assert session.dataset is others
    assert [row.here for row in result.rows] == [row.here for row in done("roads")[2].rows]
    assert {session.runs[run].dataset for run in result.runs} == {dataset.summary}


def test_where_another_session_is_opened_it_ends_and_leaves_nothing_there(session):
    told = []
    for message in reproduce(session, "roads", tiny("roads"), own_data=True):
        told.append(message)
        if isinstance(message, RunStarted) and message.run == "B":
            session.begin()
    assert not session.runs
    assert not any(isinstance(each, ExperimentResult) for each in told)


def test_finding_them_takes_a_turn_for_each_and_tells_whether_mnist_is_there(session, monkeypatch, tmp_path):
    *turns, found = find_experiments(session)
    assert turns == [None] * len(EXPERIMENTS) and found.experiments == EXPERIMENTS
    monkeypatch.setenv("LAYERLIGHT_DATA", str(tmp_path / "none.npz"))
    assert not list(find_experiments(session))[-1].has_mnist
    (tmp_path / "none.npz").touch()
    assert list(find_experiments(session))[-1].has_mnist


def test_without_mnist_it_is_carried_out_on_the_sample_and_says_so(own_home, session):
    session.dataset = None
    told = [each for each in reproduce(session, "descent", tiny("descent")) if each is not None]
    assert session.data().name == "MNIST sample"
    assert isinstance(told[-1], ExperimentResult) and "MNIST sample" in told[-1].remark


def test_of_few_images_a_fifth_is_set_aside(session):
    told, _ = carried_out(session, "tickets", held_out=5_000)
    assert {each.train_images for each in told if isinstance(each, RunStarted)} == {192}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_on_data_of_two_classes_it_comes_to_its_end_too(dataset, name):
    def of_two(labels):
        return (labels % 2).astype(np.uint8)

    labels = {f"{part}_labels": of_two(getattr(dataset, f"{part}_labels")) for part in ("train", "test")}
    _, found = carried_out(Session(replace(dataset, classes=("a", "b"), **labels)), name)
    assert len(found.rows) == len(EXPERIMENTS[name].figures)


@pytest.mark.parametrize(
    ("compare", "right", "wrong"),
    [("near", (0.8, 1.2), (0.79, 1.21)), ("at most", (-5, 1.2), (1.21,)), ("at least", (9, 0.8), (0.79,))],
)
def test_a_figure_agrees_within_its_tolerance_and_no_number_agrees_with_none(compare, right, wrong):
    figure = Figure(what="it", paper=1.0, where="there", tolerance=0.2 + 1e-12, compare=compare)
    assert all(figure.holds(value) for value in right)
    assert not any(figure.holds(value) for value in (*wrong, float("nan")))
    assert not Row(figure=figure, here=float("nan")).within


def test_figures_are_written_as_people_read_them():
    share = Figure(what="it", paper=0.86, where="there", tolerance=0.05, form=".1f", percent=True)
    assert (share.say(0.8531), share.say_paper()) == ("85.3 %", "86.0 % ± 5")
    bound = Figure(what="it", paper=-0.02, where="there", compare="at most", form=".2f")
    assert (bound.say(-0.111), bound.say_paper()) == ("−0.11", "at most −0.02")
    assert replace(bound, asked=True).say_paper() == "(at most −0.02)"
