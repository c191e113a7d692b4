"""What is written for a session, a run and a moment, and which one is meant."""

import pytest

from engine.cli.parts.parser import parse
from engine.cli.parts.train_session import resumed_spec
from engine.cli.parts.which import data_for, open_data, which
from engine.core.errors import UserError
from engine.core.machine.bundled import is_bundled
from engine.core.specs import TrainSpec
from engine.model.training.messages import Parent
from engine.model.training.run import Moment, Run
from engine.session.named import moment_called, step_called
from engine.session.store.places import remember


def test_a_moment_is_a_step_an_epoch_a_bookmark_or_an_end_and_a_run_its_letter_or_its_title(opened):
    for wanted, step in {
        "550": 550, "0": 0, "e10": 550, "epoch10": 550, "Epoch 3": 165, "e0": 0, "first": 0, "last": 550,
        " LAST ": 550, None: 550, "before the fall": 110, "7": 165,
    }.items():  # fmt: skip
        assert step_called(opened.runs["A"], wanted) == step
    for wanted, run, step in (
        ("A", "A", 550), ("a", "A", 550), ("A@e2", "A", 110), ("me@home", "B", 550), ("me@home@first", "B", 0),
        ("no dropout@before the fall", "A", 110), ("No dropout", "C", 550), ("ME@HOME@165", "B", 165),
    ):  # fmt: skip
        found, at = moment_called(opened, wanted)
        assert (found.name, at) == (run, step)


def test_what_does_not_exist_gets_a_sentence_that_names_what_there_is(opened):
    for wanted, sentence in (
        ("A@10", "Run A has no snapshot 10; its snapshots are 0, 55, 110, 165, 220, 275, 330, 385, 440, 495, 550, and "
                 "by name before the fall, 7; write e10 for the end of epoch 10."),
        ("A@e11", "Run A has no snapshot e11; its snapshots are e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, and by "
                  "name before the fall, 7."),
        ("A@", "Run A has no snapshot ; its snapshots"),
        ("A@-5", "Run A has no snapshot -5;"),
        ("D@e1", "There is no run D; there are A · no dropout, B · me@home, C · No dropout."),
        ("", "There is no run ; there are A"),
        ("NO DROPOUT", "More than one run is called NO DROPOUT: A and C. Name one by its letter."),
        ("A@" + "9" * 5000, "Run A has no snapshot 999"),
    ):  # fmt: skip
        with pytest.raises(UserError) as refused:
            moment_called(opened, wanted)
        assert str(refused.value).startswith(sentence)


def test_of_many_moments_some_at_both_ends_are_named():
    run = Run(name="A", spec=TrainSpec(), steps_per_epoch=10)
    for step in range(0, 1000, 10):
        run.moments[step] = Moment(step=step, weights=(), optimizer=())
    with pytest.raises(UserError, match=r"its snapshots are 0, 10, 20, .*, 90, … 990; write e7 for"):
        step_called(run, "7")
    with pytest.raises(UserError, match=r"its snapshots are e0, e1, e2, .*, e9, … e99\.$"):
        step_called(run, "e500")


def test_who_goes_on_has_the_settings_of_that_moment_and_as_many_epochs_again_at_the_end():
    run = Run(name="A", spec=TrainSpec(epochs=10, learning_rate=0.1), steps_per_epoch=50)
    run.changes = [(100, "learning_rate", 0.05), (400, "learning_rate", 0.01)]
    assert resumed_spec(run, 250, {}) == run.spec.but(learning_rate=0.05)
    assert resumed_spec(run, 500, {}) == run.spec.but(learning_rate=0.01, epochs=20)
    wanted = run.spec.but(learning_rate=0.01, epochs=12, dropout=0.5).as_dict()
    assert resumed_spec(run, 500, {"epochs": 12, "dropout": 0.5}).as_dict() == wanted
    child = Run(name="B", spec=run.spec.but(epochs=13), steps_per_epoch=50, parent=Parent("A", 500))
    assert resumed_spec(child, 650, {}).epochs == 16, "its own three again"


def test_a_command_that_names_no_session_says_on_stderr_which_run_of_which_is_meant(
    made, capsys, monkeypatch, tmp_path
):
    with monkeypatch.context() as patch:
        patch.setattr("engine.core.machine.bundled.BUNDLED", tmp_path / "none.layerlight")
        with pytest.raises(UserError, match="There is no session yet"), which(parse(["export", "--csv", "unused"])):
            pass
    with which(parse(["export", "--csv", "unused"])) as (session, _, _):
        assert is_bundled(session.store.path)
    assert capsys.readouterr().err == "", "the session that comes along is always the same"
    remember(made)
    with which(parse(["export", "--csv", "unused"])) as (_, run, step):
        assert (run.name, step) == ("C", 550)
    out, err = capsys.readouterr()
    assert (out, err) == (
        "",
        "layerlight: --session is not given: run C · No dropout at step 550, which learned from Stripes 240 + 90, "
        f"of the last session, {made}.\n",
    )
    with which(parse(["export", "--session", str(made), "--csv", "unused"])):
        pass
    assert capsys.readouterr().err == "", "who names it knows it"


def test_where_no_data_are_named_and_those_of_the_run_are_others_both_are_named(made, capsys):
    with which(parse(["export", "--session", str(made), "--csv", "unused"])) as (session, run, _):
        run.fingerprint, run.source = "stripes", ""
        open_data(session, None, "C")
        assert capsys.readouterr().err.startswith(
            "layerlight: Run C · No dropout learned from Stripes 240 + 90; --dataset is not given: MNIST"
        )
        run.fingerprint = session.data().fingerprint()
        open_data(session, None, "C")
        open_data(session, "sample", "C")
    assert capsys.readouterr().err == ""


def test_without_a_name_the_data_are_those_that_the_run_learned_from_or_others_where_these_are_gone(
    own_home, stripes_file, dataset, tmp_path
):
    run = Run(name="A", spec=TrainSpec(), steps_per_epoch=10, source=str(stripes_file))
    assert data_for(None, run)[0].fingerprint() == dataset.fingerprint()
    assert data_for("sample", run)[0].name == "MNIST sample"
    run.source = ""
    assert data_for(None, run)[0].name == "MNIST sample"

    run.source = str(tmp_path / "gone.npz")
    data, notice = data_for(None, run)
    assert data.name == "MNIST sample"
    assert f"There is no file {tmp_path / 'gone.npz'}." in notice
    with pytest.raises(UserError, match="There is no file"):
        data_for(run.source, run)
