"""The library: each call gives what the window's job gives, as its example and the paper say; files are shared."""

import doctest
import gc
import inspect
import io
import runpy
import signal
import sys
import tempfile
import threading
import warnings
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_sessions import is_sealed
from PIL import Image
from trained import bits

from engine import api
from engine.analysis.ideal.job import IdealImages, paint_ideal
from engine.analysis.ideal.spec import IdealSpec
from engine.analysis.probes.class_accuracy import ClassAccuracy, class_accuracy
from engine.analysis.probes.class_means import ClassMeans, class_means
from engine.analysis.probes.comparison import Comparison, compare
from engine.analysis.probes.fingerprints import Fingerprints, View, fingerprints
from engine.analysis.probes.images import SomeImages, some_images
from engine.analysis.probes.saliency import Saliency, saliency
from engine.core.errors import UserError
from engine.core.lens import Lens, Neuron, Share
from engine.core.messages import answer
from engine.core.specs import PRESETS, TrainSpec
from engine.model.training.messages import EpochDone
from engine.session.jobs.files import SessionOpened, open_session
from engine.session.jobs.train import train
from engine.session.session import Session
from engine.session.store import places
from engine.session.store.opening import IN_USE
from tests.pseudo import spoken

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.usefixtures("own_home")

EXAMPLES = {test.name: test for test in doctest.DocTestFinder().find(api, "layerlight") if test.examples}
SLOW = ("layerlight.Session.experiment",)
SMALL = {"layers": "12", "batch": 20, "epochs": 3}


@pytest.fixture
def trained(dataset):
    """A run of twelve neurons on the stripes, three epochs of twelve steps."""
    with api.new(dataset) as session:
        yield session.train(**SMALL)


def calls():
    """Yield all public calls and properties of the library by their names in the examples."""
    for name in api.__all__:
        thing = getattr(api, name)
        if inspect.isfunction(thing):
            yield f"layerlight.{name}"
        elif thing is not UserError:
            members = [
                member for member, value in vars(thing).items() if callable(value) or isinstance(value, property)
            ]
            yield from (f"layerlight.{name}.{member}" for member in members if not member.startswith("_"))


def test_each_call_has_an_example():
    assert set(calls()) == EXAMPLES.keys() - {"layerlight"}
    assert len(EXAMPLES) > 25


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in EXAMPLES]
)
def test_each_example_gives_what_it_says(name):
    session = api.open(data="sample")
    more = {"np": np, "tempfile": tempfile, "train": train, "PRESETS": PRESETS, "class_means": class_means}
    more |= {"ClassMeans": ClassMeans, "SomeImages": SomeImages, "some_images": some_images}
    example = EXAMPLES[name]
    example.globs = {"layerlight": api, "session": session, "run": session.run("A"), **more}
    said = io.StringIO()
    assert doctest.DocTestRunner().run(example, out=said.write).failed == 0, said.getvalue()


def test_the_paper_is_made_of_the_docstrings_as_they_are():
    paper = runpy.run_path(str(ROOT / ".ci" / "api.py"))["paper"]()
    assert (ROOT / "docs" / "api.md").read_text("utf-8") == paper, "make docs"
    headings = {line.removeprefix("### ") for line in paper.splitlines() if line.startswith("### ")}
    assert headings == {name.removeprefix("layerlight.").lower() if name.count(".") > 1 else name for name in calls()}


def test_the_story_has_forty_lines_at_most_and_each_figure_is_the_windows(tmp_path, monkeypatch, capsys):
    assert len((ROOT / "docs" / "story.py").read_text("utf-8").splitlines()) <= 40
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "layerlight", api)
    story = runpy.run_path(str(ROOT / "docs" / "story.py"))
    printed = capsys.readouterr().out
    session = Session(None, places.new_autosave)  # as the window has it
    list(open_session(session, "story.layerlight"))
    with closing(session):
        lens = Lens("A", 5 * session.run("A").steps_per_epoch)
        whole = answer(class_accuracy(session, lens), ClassAccuracy)
        assert story["run"].lens == lens and f"{whole.accuracy:.2%} of 1,000" in printed
        prints = answer(fingerprints(session, lens, View(rows="class")), Fingerprints)
        assert all(map(np.array_equal, prints.maps, story["prints"].maps))
        assert np.array_equal(prints.order, story["prints"].order) and np.array_equal(
            prints.hidden, story["prints"].hidden
        )
        silenced = frozenset(Neuron(0, int(number)) for number in np.flatnonzero(prints.means.argmax(axis=0) == 4))
        without = answer(class_accuracy(session, replace(lens, silenced=silenced)), ClassAccuracy)
        assert story["share"] == without.class_accuracy[4] < whole.class_accuracy[4]
        assert f"{len(silenced)} neurons of the fours: {without.accuracy:.2%}" in printed
        ideal = answer(paint_ideal(session, lens, IdealSpec(penalty="l2")), IdealImages)
        assert np.array_equal(ideal.images[[4]], story["ideal"].images)
        assert np.array_equal(ideal.probabilities[[4]], story["ideal"].probabilities)
        image, label = story["image"], story["reasons"].label
        picture = session.data().test_images[image] / np.float32(255)
        reasons = answer(saliency(session, lens, picture, label), Saliency)
        assert np.array_equal(reasons.heat, story["reasons"].heat) and label != session.data().test_labels[image]
        early = session.run("A").steps_per_epoch
        comparison = answer(compare(session, lens, Share("A", early, 1.0)), Comparison)
        assert comparison.right == tuple(story[name] for name in ("both", "later", "sooner", "neither"))
        assert f"After one epoch {session.run('A').epochs[0].test_accuracy:.2%}" in printed
    for name in ("fingerprints", "ideal", "reasons"):
        assert Path(f"{name}.png").read_bytes() == story[name.replace("fingerprints", "prints")]._repr_png_()


def test_a_training_is_the_windows_to_the_bit_and_so_is_one_that_is_resumed(dataset, trained):
    window = Session(dataset)
    list(train(window, PRESETS["blog"].spec.but(**SMALL)))
    assert bits(window.run("A")) == bits(trained.trained)
    again = trained.at(epoch=1).resume(epochs=3)
    assert again.name == "B" and bits(again.trained) == bits(trained.trained)
    assert [done.epoch for done in again.at(epoch=2).epochs] == [1, 2]
    hidden = trained.activations(layer=1)
    kernel, bias = trained.arrays()["layer2/kernel"], trained.arrays()["layer2/bias"]
    assert np.allclose(hidden @ kernel + bias, trained.activations(layer=2), atol=1e-5)
    assert np.allclose(trained.keras()(dataset.test_images / np.float32(255)), trained.activations(layer=2), atol=1e-5)
    assert np.allclose(trained.activations(image=7), hidden[7], atol=1e-6)
    share = (trained.activations(layer=2).argmax(axis=1) == dataset.test_labels).mean()
    assert trained.accuracy() == pytest.approx(share) == trained.epochs[-1].test_accuracy


def test_silenced_neurons_pass_nothing_on_and_are_added_up(trained):
    without = trained.silence([3]).silence(np.array([7, 3]))
    assert without.lens.silenced == {Neuron(0, 3), Neuron(0, 7)} and trained.lens.silenced == frozenset()
    hidden = trained.activations().copy()
    hidden[:, [3, 7]] = 0
    assert np.array_equal(without.activations(), hidden)
    assert without.class_accuracy().before_accuracy == trained.accuracy()
    assert "2 silenced" in repr(without)


def test_progress_is_a_line_for_each_epoch(dataset, capsys):
    run = api.new(dataset).train(**SMALL, progress=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["1", "2", "3"]
    assert f"{run.epochs[-1].test_loss:.4f}" in lines[-1]


def test_an_image_is_a_number_an_array_or_a_file(trained, tmp_path):
    image = trained.session.data.test_images[5]
    Image.fromarray(image).save(tmp_path / "five.png")
    ways = [5, np.int64(5), image, image / np.float32(255), str(tmp_path / "five.png")]
    assert all(np.array_equal(trained.picture(way), image / np.float32(255)) for way in ways)


def test_what_the_library_writes_the_window_opens_and_the_other_way_round(trained, tmp_path):
    file, learned = tmp_path / "both.layerlight", bits(trained.trained)
    trained.session.save(file)
    trained.session.close()
    window = Session(None, places.new_autosave)
    assert answer(open_session(window, str(file)), SessionOpened).read_only == ""
    assert bits(window.run("A")) == learned
    window.replace_data(trained.session.data)
    list(train(window, TrainSpec(**SMALL)))
    weights = window.run("B").moment(None).weights
    assert window.close()
    with api.open(file, data=trained.session.data) as session:
        assert list(session.runs) == ["A", "B"] and session.path == file
        assert all(map(np.array_equal, session.run().arrays().values(), weights))


def test_whoever_opens_a_file_second_only_reads_it_and_is_warned(trained, tmp_path):
    file = tmp_path / "both.layerlight"
    data = trained.session.data
    trained.session.save(file)
    window = Session(None, places.new_autosave)
    assert answer(open_session(window, str(file)), SessionOpened).read_only == IN_USE.format(name=file.name)
    assert list(window.runs) == ["A"]
    trained.session.train(**SMALL | {"seed": 2})
    assert trained.session.path == file and list(window.runs) == ["A"]
    window.close()
    trained.session.close()
    list(open_session(window := Session(None, places.new_autosave), str(file)))
    with pytest.warns(UserWarning, match="both.layerlight is open in another window") as warned:
        looking = api.open(file, data=data)
    assert {Path(warning.filename) for warning in warned} == {Path(__file__)}
    assert list(looking.runs) == ["A", "B"]
    looking.train(**SMALL)
    with pytest.raises(UserError, match=r"no file that may be written\. Name one\."):
        looking.save()
    looking.save(tmp_path / "copy.layerlight")
    looking.close()
    assert list(window.runs) == ["A", "B"] and window.close()
    assert list(api.open(tmp_path / "copy.layerlight", data=data).runs) == ["A", "B", "C"]


def test_a_session_that_nobody_holds_any_more_is_written_and_closed(dataset, tmp_path):
    session = api.new(dataset)
    session.save(tmp_path / "left.layerlight")
    session.train(**SMALL)
    assert not is_sealed(tmp_path / "left.layerlight")
    del session
    gc.collect()
    assert is_sealed(tmp_path / "left.layerlight")
    assert len(api.open(tmp_path / "left.layerlight", data=dataset).run().steps) > 3


def test_a_file_of_another_session_is_replaced_only_where_that_is_said(dataset, tmp_path):
    first, file = api.new(dataset), tmp_path / "one.layerlight"
    first.train(preset="quick", epochs=1, layers="8")
    first.save(file)
    first.save(file)
    assert first.path == file, "its own file is no other"
    first.close()
    held = file.read_bytes()
    with api.new(dataset) as empty:
        with pytest.raises(UserError, match=r"is there already\. Take another name, or overwrite=True\.$"):
            empty.save(file)
        assert file.read_bytes() == held and empty.path is None
        empty.save(file, overwrite=True)
    with api.open(file, data=dataset) as opened:
        assert opened.runs == {}


def test_a_closed_session_is_asked_nothing_and_loses_nothing(trained, tmp_path):
    trained.session.save(tmp_path / "closed.layerlight")
    trained.session.close()
    trained.session.close()
    for call in (trained.accuracy, trained.activations, trained.session.train, trained.session.save):
        with pytest.raises(UserError, match=r"^The session (is closed|has no file)"):
            call()
    assert "Stripes" in repr(trained) + repr(trained.session)


def test_the_bundled_session_stays_as_it_is_and_a_new_one_writes_nothing(dataset, tmp_path):
    with api.open(data=dataset) as session, pytest.raises(UserError, match="no file that may be written"):
        session.save()
    assert list(api.open(data="sample").runs) == ["A", "B"]
    api.new(dataset).train(**SMALL)
    assert not list((tmp_path / "home").rglob("*.layerlight"))


def test_ctrl_c_ends_a_training_between_two_steps_and_what_was_learned_stays(dataset):
    def interrupted(job):
        with closing(job):
            for message in job:
                if isinstance(message, EpochDone):
                    signal.raise_signal(signal.SIGINT)
                yield message

    session = api.new(dataset)
    job = train(session.engine, TrainSpec(**SMALL))
    with pytest.raises(KeyboardInterrupt):
        session.trained(interrupted(job))
    assert len(session.run("A").epochs) == 1 and session.run("A").step == 12
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_another_thread_may_ask_as_well(trained):
    shares = []
    thread = threading.Thread(target=lambda: shares.append(trained.accuracy()))
    thread.start()
    thread.join()
    assert shares == [trained.accuracy()]


def test_what_is_asked_is_asked_of_the_open_data_and_the_answer_says_that_a_run_learned_from_others(trained):
    assert trained.session.engine.dataset is trained.session.data
    other = replace(trained.session.data, name="Others", test_labels=np.roll(trained.session.data.test_labels, 1))
    trained.session.open_data(other)
    assert trained.class_accuracy().remark and trained.session.data is other


ERRORS = [
    (lambda run: run.session.train("nonsense"), "There is no preset nonsense. There are blog, "),
    (lambda run: run.session.train(learning=1), "There is no setting learning. There are layers, "),
    (lambda run: run.session.train(epochs=0), "Epochs must be between 1 and "),
    (lambda run: run.resume(epochs=3, layers="9"), "Hidden layers cannot change on the way: run A has 12."),
    (lambda run: run.session.run("Z"), "There is no run Z; there is A."),
    (lambda run: run.at(epoch=9), "Run A has no snapshot e9; its snapshots are e0, e1, e2, e3."),
    (lambda run: run.silence([12]), "Run A has no neuron 12 in hidden layer 1; the last is 11."),
    (lambda run: run.silence([-1]), "Run A has no neuron -1 in hidden layer 1; the last is 11."),
    (lambda run: run.silence([0], layer=2), "Run A has no hidden layer 2, only 1."),
    (lambda run: run.activations(layer=3), "Run A has no layer 3. It has 2 layers."),
    (lambda run: run.activations(layer=0), "Run A has no layer 0. It has 2 layers."),
    (lambda run: run.answer(90), "There is no test image 90; the last is 89."),
    (lambda run: run.answer(-1), "There is no test image -1; the last is 89."),
    (lambda run: run.saliency(0, label=4), "The network knows no class 4."),
    (lambda run: run.ideal(4, steps=1), "There is no ideal image of class 4."),
    (lambda run: run.ideal(penalty="l3"), "Penalty must be one of none, l1, l2, tv, not “l3”."),
    (lambda run: run.map(metod="pca"), "There is no setting metod. There are method, "),
    (lambda run: api.compare(run, run.silence([1])), "The second network is compared as it was trained, "),
    (lambda run: api.compare(run, api.open(data="sample").run("A")), "Runs of two sessions cannot be compared."),
    (lambda run: run.session.experiment("nonsense"), "There is no experiment nonsense; there are "),
    (
        lambda run: run.fingerprints(rows="clas"),
        "There is no order of rows clas. There are index, class, similar, mean.",
    ),
    (lambda run: run.fingerprints(columns="no"), "There is no order of columns no. There are index, probability,"),
    (lambda run: run.nearest(0, by="alik"), "There is no ranking alik. There are alike, for, against."),
    (lambda run: run.saliency(0, method="grad"), "There is no method grad. There are gradient, integrated."),
    (lambda run: run.weights(view="pixel"), "There is no view pixel. There are pixels, inputs."),
    (lambda run: run.session.save(), "The session has no file that may be written. Name one."),
    (lambda run: api.open("/nowhere.layerlight"), "There is no file /nowhere.layerlight."),
]


def test_what_a_person_can_get_wrong_is_a_sentence(trained):
    assert issubclass(api.UserError, Exception)
    for call, sentence in ERRORS:
        with pytest.raises(UserError) as refused:
            call(trained)
        assert str(refused.value).startswith(sentence)


def test_a_notebook_shows_pictures_and_a_table(trained):
    trained.trained.title = "<b>"
    assert "<td>A</td><td>&lt;b&gt;</td><td>12</td><td>3</td>" in trained.session._repr_html_()
    four = trained.ideal(3, steps=5)
    assert four.images.shape == (1, 8, 8) and four.wanted == (3,)
    shown = [
        four,
        trained.ideal(neurons=[1, 2], steps=5),
        trained.saliency(0),
        trained.weights(),
        trained.fingerprints(),
    ]
    for answered in shown:
        picture = Image.open(io.BytesIO(answered._repr_png_()))
        assert picture.format == "PNG" and len(picture.convert("RGB").getcolors(1 << 20)) > 20


def test_a_notice_is_a_warning_but_not_that_a_file_was_saved(dataset, tmp_path):
    session = api.new(dataset)
    with pytest.warns(UserWarning, match="The batch is 24 instead of 1,000"):
        session.train(**SMALL | {"batch": 1000})
    with spoken("x-long"), warnings.catch_warnings(action="error"):
        session.save(tmp_path / "a.layerlight")


def test_a_file_that_is_gone_is_said_and_what_was_trained_can_be_saved_elsewhere(dataset, tmp_path):
    session = api.new(dataset)
    session.save(tmp_path / "gone.layerlight")
    (tmp_path / "gone.layerlight").unlink()
    with pytest.warns(UserWarning, match="was moved, renamed or deleted"), pytest.raises(UserError, match="autosave"):
        session.train(**SMALL)
    with pytest.warns(UserWarning, match="being saved again; nothing is missing"):
        session.save(tmp_path / "there.layerlight")
    session.close()
    assert len(api.open(tmp_path / "there.layerlight", data=dataset).run("A").epochs) == 3
