"""Every experiment has what its page needs, and in small does what all have to do."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.core.machine.folders import RESOURCES
from engine.core.messages import Notice
from engine.model.network.lens_network import lens_network
from engine.session.session import Session
from engine.studies.experiments.parts.experiment import Figure, Row, all_experiments, find_experiments, standing_of
from engine.studies.experiments.parts.job import reproduce
from engine.studies.experiments.parts.kept import results_in
from engine.studies.experiments.parts.lab import Lab
from engine.studies.experiments.parts.messages import (
    ExperimentPicture,
    ExperimentProgress,
    ExperimentResult,
    ExperimentStarted,
)
from engine.studies.sweep.messages import RunGathered
from engine.studies.sweep.processes import TaskNews
from tests.engine.studies.experiments.tiny import CHANGES, Here, carried_out, in_small, of_two_classes

EXPERIMENTS = all_experiments()
FIGURE = partial(Figure, what="it", says="1", where="there", read=True, asked=1.0)
TABS = Path(__file__).resolve().parents[4] / "gui" / "tabs"


def test_each_has_a_question_answers_to_choose_from_papers_and_figures_and_its_file_what_is_expected_there():
    assert len({each.order for each in EXPERIMENTS.values()}) == len(EXPERIMENTS) >= 10
    for name, each in EXPERIMENTS.items():
        assert each.question.endswith("?") and each.why.endswith("."), name
        assert 2 <= len(each.choices) <= 4 and 0 <= each.right < len(each.choices), name
        assert len(set(each.choices)) == len(each.choices)
        assert each.papers and all(paper.checked.endswith(".") for paper in each.papers), name
        assert each.figures and all(figure.where and figure.says for figure in each.figures), name
        assert each.seeds == 5 or (each.seeds == 3 and each.seconds > 120), "fewer only where one takes minutes"
    seconds = sum(each.seconds * each.seeds for each in EXPERIMENTS.values())
    assert seconds < 2 * 35 * 60, "all of them take no more than 40 minutes on two cores"
    assert CHANGES.keys() == EXPERIMENTS.keys(), "each is tried in small, too"
    for figure in (figure for each in EXPERIMENTS.values() for figure in each.figures):
        assert figure.compare in ("near", "at most", "at least") and figure.tolerance >= 0
        assert figure.least < figure.most and figure.say(figure.asked)
        for threshold in ("at least", "at most", "±"):
            assert threshold not in figure.says, "what the paper says holds no threshold of this program"
    assert {path.stem for path in (RESOURCES / "experiments").iterdir()} == EXPERIMENTS.keys()


def test_one_that_there_is_not_and_too_many_seeds_are_refused(session):
    with pytest.raises(UserError, match=r"no experiment winks; there are .*roads"):
        list(reproduce(session, ["winks"]))
    with pytest.raises(UserError, match="21 seeds are too many"):
        list(reproduce(session, ["taught"], seeds=range(21)))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_in_small_it_goes_from_its_question_to_a_table_a_picture_and_runs_to_look_into(done, name):
    session, answer, result = done(name)
    assert isinstance(answer[0], ExperimentStarted)
    assert "Stripes" in answer[0].remark == result.remark
    shares = [each.share for each in answer if isinstance(each, ExperimentProgress)]
    assert shares == sorted(shares) and shares[-1] == 1
    assert all(each.words.startswith("Seed 1") for each in answer if isinstance(each, ExperimentProgress))
    pictures = [each.picture for each in answer if isinstance(each, ExperimentPicture)] or [result.picture]
    for picture in (*pictures, result.picture):
        for each in picture.curves:
            assert each.x.shape == each.y.shape and each.x.ndim == 1
            assert not picture.log_x or (each.x > 0).all(), each.label
            assert not each.x.flags.writeable and not each.y.flags.writeable
    assert [row.figure for row in result.rows] == list(EXPERIMENTS[name].figures)
    assert all(len(row.seeds) == 1 and row.here == pytest.approx(row.seeds[0]) for row in result.rows)
    assert result.standing == "other data" and not result.is_right
    assert result.verdict.endswith(".")

    wanted = [(result.group, number) for number in range(len(result.runs))]
    assert [run.member for run in session.runs.values()] == wanted and [*session.runs] == list(result.runs)
    assert (TABS / result.look.tab / "tab.py").exists() and result.look.run in result.runs
    for run in result.runs:
        assert session.runs[run].title.endswith(", seed 1") and session.runs[run].moments, run
        lens_network(session, Lens(run)).answer(np.zeros((8, 8), np.float32))
        parent = session.runs[run].parent or session.runs[run].taught_from
        assert parent is None or parent.step in session.runs[parent.run].moments
    gathered = [each.summary for each in answer if isinstance(each, RunGathered)]
    assert [each.name for each in gathered] == list(result.runs)
    assert all(each.moments == tuple(session.runs[each.name].moments) for each in gathered)


@pytest.mark.parametrize("name", ["edge", "adversaries", "teacher", "tickets", "forgetting", "descent", "grokking"])
def test_what_an_experiment_with_steps_of_its_own_tells_of_an_epoch_is_what_its_moment_makes_of_the_test_images(
    done, name
):
    session, _, result = done(name)
    data = session.data()
    runs = [session.runs[run] for run in result.runs if not session.runs[run].norms.so_far.size]
    epochs = [(run, epoch) for run in runs for epoch in run.epochs if epoch.step in run.moments]
    assert epochs
    for run, epoch in epochs:
        hidden, logits = lens_network(session, Lens(run.name, epoch.step)).outputs(data.test_images)
        assert epoch.step == epoch.epoch * run.steps_per_epoch and epoch.finite
        assert epoch.test_accuracy == pytest.approx((logits.argmax(axis=1) == data.test_labels).mean(), abs=0.02)
        is_relu = run.spec.activation == "relu"
        dead = [layer.max(axis=0) <= 0 if is_relu else np.ptp(layer, axis=0) < 0.01 for layer in hidden]
        assert epoch.dead == tuple(int(each.sum()) for each in dead)
        assert epoch.widths == tuple(layer.width for layer in run.spec.hidden)


def test_carried_out_again_its_runs_are_another_group_with_the_same_figures(session):
    first, second = (carried_out(session, "descent")[1] for _ in range(2))
    assert [first.group, second.group] == ["Double descent", "Double descent 2"]
    assert [row.here for row in first.rows] == [row.here for row in second.rows]
    session.deleted, session.runs = dict(session.runs), {}
    assert carried_out(session, "descent")[1].group == "Double descent 3", "a group of deleted runs keeps its name"


def test_what_is_left_is_estimated_from_the_first_report_on(session, monkeypatch):
    now = 100.0
    monkeypatch.setattr("engine.studies.experiments.parts.job.time", SimpleNamespace(monotonic=lambda: now))

    class Workers(Here):
        def news(self, seconds=0.0):
            nonlocal now
            now += 30
            return [TaskNews(0, report={"share": shares.pop(0), "words": "it"})]

    shares = [0.2, 0.21, 0.6, 0.9]
    job = reproduce(session, ["taught"], seeds=(1, 2), own_data=True, make_workers=Workers(None))
    messages = [next(each for each in job if isinstance(each, ExperimentProgress)) for _ in range(4)]
    job.close()
    assert [each.share for each in messages] == pytest.approx([0.1, 0.105, 0.3, 0.45])
    assert messages[0].seconds_left is messages[1].seconds_left is None, "too early to tell"
    assert messages[2].seconds_left == pytest.approx(60 * 0.7 / 0.2)
    assert messages[3].seconds_left == pytest.approx(90 * 0.55 / 0.35)
    lab = Lab(session, "roads")
    assert [lab.at(share).share for share in (0.25, 0.2, 1.0)] == [0.25, 0.25, 1.0], "it never goes back"


SEEDS = (2, 5, 9)


def test_each_figure_comes_from_every_seed_and_each_seed_from_its_own_training(session, dataset):
    answer, result = carried_out(session, "taught", seeds=SEEDS)
    alone_told, alone = carried_out(Session(dataset), "taught", seeds=(5,))
    (row,) = result.rows
    assert result.seeds == SEEDS and [run.spec.seed for run in session.runs.values()] == list(SEEDS)
    assert row.seeds[1] == alone.rows[0].seeds[0] and len(set(row.seeds)) > 1
    assert row.here == pytest.approx(np.mean(row.seeds))
    assert [run.member for run in session.runs.values()] == [(result.group, number) for number in range(3)]

    first, *others = session.runs.values()
    (kept,) = (each.summary for each in alone_told if isinstance(each, RunGathered))
    assert len(first.moments) == len(kept.moments) > 2, "of the first seed all, of the others the ends"
    assert all(tuple(run.moments) == (kept.moments[0], kept.moments[-1]) for run in others)

    results = [each for each in answer if isinstance(each, ExperimentResult)]
    assert [each.seeds for each in results] == [(2,), (2, 5), SEEDS], "it tells what is finished after each seed"
    assert [each.is_whole for each in results] == [False, False, True] and results[-1] is result
    assert results[0].rows[0].interval is None and results[1].rows[0].interval is not None
    shares = [each.share for each in answer if isinstance(each, ExperimentProgress)]
    assert shares == sorted(shares) and shares[-1] == 1
    assert sum(isinstance(each, ExperimentStarted) for each in answer) == 1


def test_no_two_networks_begin_alike_by_chance_and_other_data_that_are_opened_do_not_disturb_them(session, dataset):
    others = replace(dataset, name="Others", train_images=255 - dataset.train_images)
    for message in in_small(session, "roads", seeds=(1, 2)):
        assert session.dataset is (others if session.dataset is others else dataset)
        if isinstance(message, ExperimentProgress):
            session.replace_data(others)
    assert session.dataset is others
    runs = session.runs.values()
    assert {run.dataset for run in runs} == {dataset.summary}
    assert {run.fingerprint for run in runs} == {dataset.fingerprint()}

    drawn = [run for run in runs if run.parent is None]
    starts = {run.moments[0].weights[0].tobytes() for run in drawn}
    assert len(starts) == len(drawn) == 4
    first, second, *_ = runs
    assert second.parent == (first.name, 0) and first.spec.seed != second.spec.seed
    assert not np.isclose(first.losses.so_far[0], second.losses.so_far[0]), "two orders of one start share no step"


def test_one_that_is_stopped_leaves_what_is_finished_unless_there_is_more(session):
    def stopped_after(seeds, finished):
        job = in_small(session, "taught", seeds=seeds)
        message = next(each for each in job if isinstance(each, ExperimentResult) and len(each.seeds) == finished)
        job.close()
        return message, results_in(session.view, EXPERIMENTS)["taught"]

    message, kept = stopped_after((1, 2, 3), 2)
    assert [run.title for run in session.runs.values()] == [f"10 % wrong labels, seed {seed}" for seed in (1, 2)]
    assert kept.seeds == (1, 2) and kept.rows == message.rows
    _, kept = stopped_after((3, 4), 1)
    assert kept.seeds == (1, 2), "what fewer seeds came to does not take the place of what more had"
    assert carried_out(session, "taught", seeds=(3,))[1].seeds == (3,)
    assert results_in(session.view, EXPERIMENTS)["taught"].seeds == (3,), "it came to its end"


def test_a_seed_that_cannot_be_carried_out_is_told_and_the_others_count(session):
    for refused in (1, 2):
        workers = Here(session.data(), refused={refused})
        messages = list(reproduce(session, ["taught"], seeds=(1, 2), own_data=True, make_workers=workers))
        wanted = [f"Who taught it, seed {refused}: There is no room."]
        assert [each.sentence for each in messages if isinstance(each, Notice)] == wanted
        *_, result = (each for each in messages if isinstance(each, ExperimentResult))
        assert result.seeds == (3 - refused,) and result.is_whole
    with pytest.raises(UserError, match="There is no room"):
        list(reproduce(session, ["taught"], seeds=(1,), own_data=True, make_workers=Here(None, refused={1})))


def test_several_experiments_are_carried_out_side_by_side_the_longest_first(session):
    workers = Here(session.data())
    messages = list(reproduce(session, ["taught", "descent"], seeds=(1, 2), own_data=True, make_workers=workers))
    started = [each.experiment for each in messages if isinstance(each, ExperimentStarted)]
    assert started == ["descent", "taught"], EXPERIMENTS["descent"].seconds
    whole = [each.experiment for each in messages if isinstance(each, ExperimentResult) and each.is_whole]
    assert whole == started and workers.is_closed


def test_it_is_carried_out_on_the_papers_data_or_the_sample_and_leaves_those_that_are_open(
    own_home, session, dataset, monkeypatch, tmp_path
):
    workers = Here(dataset)
    begun = next(reproduce(session, ["descent"], make_workers=workers))
    assert "MNIST sample" in begun.remark and session.dataset is dataset
    (there := tmp_path / "mnist.npz").touch()
    monkeypatch.setenv("LAYERLIGHT_DATA", str(there))
    list(reproduce(session, ["taught"], seeds=(1,), make_workers=workers))
    assert workers.dataset == "mnist" and session.dataset is dataset


def test_where_another_session_is_opened_it_ends_and_leaves_nothing_there(session):
    messages = []
    for message in in_small(session, "taught", seeds=(1, 2)):
        messages.append(message)
        if isinstance(message, RunGathered):
            session.begin()
    assert not session.runs
    assert not any(isinstance(each, ExperimentResult) and each.is_whole for each in messages)


def test_finding_them_takes_a_turn_for_each_and_tells_whether_mnist_is_there(session, monkeypatch, tmp_path):
    *turns, result = find_experiments(session)
    assert turns == [None] * len(EXPERIMENTS) and result.experiments == EXPERIMENTS
    monkeypatch.setenv("LAYERLIGHT_DATA", str(tmp_path / "none.npz"))
    assert not list(find_experiments(session))[-1].has_mnist
    (tmp_path / "none.npz").touch()
    assert list(find_experiments(session))[-1].has_mnist


@pytest.mark.slow  # but for the teacher's, in `done`, and that of forgetting, in `test_measures.py`
@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if name not in ("teacher", "forgetting")])
def test_on_data_of_two_classes_it_comes_to_its_end_too(dataset, name):
    _, result = carried_out(Session(of_two_classes(dataset)), name)
    assert len(result.rows) == len(EXPERIMENTS[name].figures)


@pytest.mark.parametrize(
    ("compare", "agrees", "differs", "unclear"),
    [
        ("near", (0.9, 1.1), (1.21, 1.3), (0.7, 1.3)),
        ("near", (0.8, 1.2), (0.5, 0.79), (1.1, 1.3)),
        ("at most", (-9, 1.2), (1.21, 1.4), (1.1, 1.3)),
        ("at least", (0.8, 9), (0.6, 0.79), (0.7, 0.9)),
    ],
)
def test_a_figure_holds_within_its_tolerance_and_the_whole_interval_decides(compare, agrees, differs, unclear):
    figure = FIGURE(tolerance=0.2 + 1e-12, compare=compare)
    assert all(figure.holds(value) for value in agrees)
    assert not any(figure.holds(value) for value in (*differs, float("nan"))), "no number holds nowhere"
    assert figure.judge(agrees) == "agrees" and replace(figure, read=False).judge(agrees) == "fits"
    assert figure.judge(differs) == replace(figure, read=False).judge(differs) == "differs"
    assert figure.judge(unclear) == figure.judge(None) == "open"


def test_an_experiment_stands_as_its_worst_figure_and_on_other_data_nothing_is_judged():
    figure = FIGURE(tolerance=0.2)
    agrees, open_ = Row(figure=figure, seeds=(1.0, 1.01, 0.99)), Row(figure=figure, seeds=(1.0,))
    fits = Row(figure=replace(figure, read=False), seeds=(1.0, 1.01))
    differs = Row(figure=figure, seeds=(7.0, 7.01))
    assert (agrees.standing, open_.standing) == ("agrees", "open"), "one seed is too few"
    assert Row(figure=figure, seeds=(1.0, float("nan"))).standing == "open"
    assert replace(agrees, of_paper=False).standing == "other data"
    assert standing_of([agrees, agrees]) == "agrees"
    assert standing_of([agrees, fits]) == "fits"
    assert standing_of([fits, open_, agrees]) == "open"
    assert standing_of([differs, open_, agrees]) == "differs"
    assert standing_of([replace(agrees, of_paper=False)]) == "other data"


def test_figures_are_written_as_people_read_them():
    share = FIGURE(asked=0.86, tolerance=0.05, form=".1f", percent=True)
    assert (share.say(0.8531), share.say_asked()) == ("85.3 %", "86.0 % ± 5")
    row = Row(figure=share, seeds=(0.85, 0.86))
    assert row.say_interval() == "74.5 to 96.5 %"
    bound = FIGURE(asked=-0.02, compare="at most", form=".2f")
    assert (bound.say(-0.111), bound.say_asked()) == ("−0.11", "at most −0.02")
    assert replace(bound, tolerance=0.01).say_asked() == "at most −0.01", "the tolerance is part of what is asked for"
    assert Row(figure=bound, seeds=(1.0,)).say_interval() == ""
