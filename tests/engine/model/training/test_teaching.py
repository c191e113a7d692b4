"""A network is taught examples of a person's own, a new class among them, and keeps what it knew."""

import dataclasses

import numpy as np
import pytest
from told import of, told
from trained import with_run

from engine.core.errors import NotYetError, UserError
from engine.core.example import Example, example_of
from engine.core.lens import Lens
from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.data.teaching import own_dataset, taught
from engine.model.network.lens_network import fitting_data, lens_network
from engine.model.training.messages import MomentKept, MomentTested, Parent, RunFinished, RunStarted, Score
from engine.model.training.run import thinned
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.examples import follow_run, keep_examples, use_examples
from engine.session.jobs.files import open_session
from engine.session.jobs.teach import NEW_CLASS, SILENCE, Growth, grown, teach
from engine.session.jobs.train import learned_from, train
from engine.session.session import Session
from tests.figures_by_hand import answers_of, dense_by_hand

SPEC = TrainSpec(layers="16", batch=4, epochs=2, initial="he", loss="cross_entropy", optimizer="adam",
                 learning_rate=0.01)  # fmt: skip
END = 2 * 60


def column(seed, label="heart"):
    """A picture of what no stripe is: a bright column."""
    generator = np.random.default_rng([7, seed])
    picture = generator.integers(0, 60, (8, 8)).astype(np.uint8)
    picture[:, generator.integers(2, 6)] += 180
    return example_of(picture, label)


HEARTS = [column(seed) for seed in range(12)]


@pytest.fixture(scope="module")
def hearts_taught(dataset):
    session = Session(dataset)
    list(train(session, SPEC))
    list(teach(session, Parent("A", END), HEARTS))
    return session


@pytest.fixture
def with_hearts(hearts_taught):
    """A session with run A, and run B that was taught hearts after it."""
    session = Session(hearts_taught.dataset)
    session.runs = dict(hearts_taught.runs)
    return session


@pytest.fixture
def trained(dataset, hearts_taught):
    session = Session(dataset)
    session.runs = {"A": hearts_taught.runs["A"]}
    return session


def begin(job):
    """Let a run begin, and end it before its first step."""
    assert any(isinstance(message, MomentKept) for message in job)
    job.close()


def test_a_new_class_comes_as_often_as_an_average_one_and_every_sixth_example_is_for_testing(dataset):
    data, again = (run_through(taught(dataset, HEARTS)) for _ in range(2))
    assert data.classes == ("a", "b", "c", "d", "heart") and data.base is dataset
    assert (data.train_labels == 4).sum() == 60 == len(dataset.train_labels) / 4
    np.testing.assert_array_equal(data.train_images[:240], dataset.train_images)
    np.testing.assert_array_equal(data.train_labels[:240], dataset.train_labels)
    learned = data.train_images[240:250]
    np.testing.assert_array_equal(learned, [each.image for n, each in enumerate(HEARTS) if n % 6 != 5])
    np.testing.assert_array_equal(data.test_images[:90], dataset.test_images)
    np.testing.assert_array_equal(data.test_images[90:], [HEARTS[5].image, HEARTS[11].image])
    assert data.test_labels[90:].tolist() == [4, 4]

    copies = data.train_images[250:]
    assert len({copy.tobytes() for copy in copies}) == 50, "each is warped in its own way"
    assert 0.7 < copies.sum() / len(copies) / np.mean([each.image.sum() for each in HEARTS]) < 1.3
    np.testing.assert_array_equal(data.train_images, again.train_images)
    assert data.fingerprint() == again.fingerprint()

    colours = [np.repeat(part[..., None], 3, -1) for part in (dataset.train_images, dataset.test_images)]
    coloured = dataclasses.replace(dataset, train_colours=colours[0], test_colours=colours[1])
    data = run_through(taught(coloured, HEARTS))
    assert data.train_colours.shape == (300, 8, 8, 3) and data.test_colours.shape == (92, 8, 8, 3)
    np.testing.assert_array_equal(data.train_colours[..., 1], data.train_images)


def test_of_a_class_that_is_known_no_example_is_set_aside_and_of_many_examples_all_are_learned(dataset):
    data = run_through(taught(dataset, [example_of(dataset.test_images[n], "c") for n in range(3)]))
    assert data.classes == dataset.classes
    assert (data.train_labels[240:] == 2).all() and len(data.train_labels) == 240 + 6
    assert len(data.test_images) == 90

    data = run_through(taught(dataset, [column(seed) for seed in range(100)]))
    assert (data.train_labels == 4).sum() == 100 - 16
    assert len(data.test_images) == 90 + 16


def test_examples_that_do_not_fit_or_are_too_few_are_refused_in_a_sentence(dataset):
    for examples, words in (
        ([], "There are no examples yet"),
        ([example_of(np.zeros((9, 8), np.uint8), "x")], "has 9 × 8 pixels, and the others have 8 × 8"),
        ([column(n, f"class {n}") for n in range(97)], "That would be 101 classes, more than 100"),
    ):
        with pytest.raises(UserError, match=words):
            run_through(taught(dataset, examples))
    with pytest.raises(UserError, match="two classes or more"):
        own_dataset([column(1), column(2)])
    with pytest.raises(UserError, match="only one example"):
        own_dataset([column(1), column(2, "star")])


def test_examples_can_be_the_whole_data_set(session):
    lines = [Example(image=column(seed).image.T.copy(), label="line") for seed in range(7)]
    examples = [*HEARTS, *lines]
    session.examples = dict(enumerate(examples))
    (opened,) = of(DatasetOpened, use_examples(session))
    assert (opened.names, opened.train_images, opened.test_images) == (("heart", "line"), 16, 3)
    list(train(session, SPEC.but(epochs=20)))
    run = session.runs["A"]
    assert run.examples == tuple(examples) and run.base == ""
    assert run.epochs[-1].test_accuracy == 1.0
    other = own_dataset(run.examples)
    assert other.fingerprint() == run.fingerprint, "the run alone knows its data"


def test_after_growth_the_logits_of_the_old_classes_are_the_same_and_new_ones_have_no_memory(with_hearts, dataset):
    session = with_hearts
    before, after = session.runs["A"].moments[END].weights, session.runs["B"].moments[0].weights
    for one, other in zip(before[:-2], after[:-2], strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(after[-2][:, :4], before[-2])
    np.testing.assert_array_equal(after[-1][:4], before[-1])
    old = lens_network(session, Lens("A", END)).answer(dataset.test_images[3] / np.float32(255))[1]
    new = lens_network(session, Lens("B", 0)).answer(dataset.test_images[3] / np.float32(255))[1]
    assert new[:4].tobytes() == old.tobytes() and new.shape == (5,), "to the bit"

    before, after = session.runs["A"].moments[END].optimizer, session.runs["B"].moments[0].optimizer
    rates = 0
    for one, other in zip(before, after, strict=True):
        if one.shape == () and one.dtype == np.float32:
            rates += 1
            assert other == np.float32(SPEC.learning_rate * 0.3)
            continue
        old_part, rest = tuple(slice(size) for size in one.shape), other.copy()
        np.testing.assert_array_equal(other[old_part], one)
        rest[old_part] = 0
        assert not rest.any()
    assert rates == 1


def test_a_network_with_normalisation_and_blocks_grows_by_its_outputs_alone(dataset):
    layers = "conv 4 5x5 stride 2, batchnorm, relu, residual(conv 4), global average, 9, layernorm"
    session = with_run(Session(dataset), layers)
    begin(teach(session, Parent("A", 24), HEARTS))
    before, after = session.runs["A"].moments[24].weights, session.runs["B"].moments[0].weights
    assert [array.tobytes() for array in after[:-2]] == [array.tobytes() for array in before[:-2]]
    image = dataset.test_images[3] / np.float32(255)
    old, new = (lens_network(session, lens).answer(image)[1] for lens in (Lens("A", 24), Lens("B", 0)))
    assert new[:4].tobytes() == old.tobytes() and new.shape == (5,)


def test_a_class_that_nobody_has_learned_does_not_speak(trained):
    weights = trained.runs["A"].moments[END].weights
    after = grown(weights, 6, seed=3)
    noise = np.random.default_rng(1).integers(0, 256, (500, 8, 8)).astype(np.uint8)
    _, logits = dense_by_hand(after, noise)
    means = logits[:, :4].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(logits[:, 4:] - means, -SILENCE, atol=0.5)
    assert (logits.argmax(axis=1) < 4).all()
    assert (after[-2][:, 4] != after[-2][:, 5]).any(), "two new classes do not begin as one"
    again = grown(weights, 6, seed=3)
    assert all(one.tobytes() == other.tobytes() for one, other in zip(after, again, strict=True))
    assert grown(weights, 4, seed=3) is weights


def test_a_new_class_is_learned_and_the_old_ones_are_kept(trained, dataset):
    session = trained
    messages = list(teach(session, Parent("A", END), [column(seed) for seed in range(40)]))
    run = session.runs["B"]
    (started,), (finished,) = of(RunStarted, messages), of(RunFinished, messages)
    assert started.resumed.title == "with heart" and started.resumed.taught_from == ("A", END)
    assert finished.reason == "taught" and run.spec.epochs == finished.epoch == len(run.epochs)
    assert next(iter(run.moments)) == 0 and run.parent is None
    (before,) = of(MomentTested, messages)
    by_hand = answers_of(session.runs["A"].moments[END].weights, session.dataset.test_images)
    assert before.tested == run.tested[0] == Score(0, before.tested.loss, before.tested.accuracy)
    assert before.tested.accuracy == pytest.approx((by_hand == session.dataset.test_labels).mean()), "on its own images"
    weights = run.moment(None).weights
    new = np.stack([column(seed).image for seed in range(100, 140)])
    assert (answers_of(weights, new) == 4).mean() >= 0.9
    was, now = (
        (answers_of(each, dataset.test_images) == dataset.test_labels).mean()
        for each in (session.runs["A"].moments[END].weights, weights)
    )
    assert now >= was - 0.02


def test_a_new_class_is_learned_once_its_examples_and_enough_warped_copies_are_read_right(trained, dataset):
    class Reader:
        def __init__(self, copies_right):
            self.copies_right = copies_right

        def reads(self, images):
            answers = np.full(len(images), 4)
            if len(images) > len(HEARTS):
                answers[round(self.copies_right * len(images)) :] = 0
            return answers

    growth = Growth(
        data=run_through(taught(dataset, HEARTS)), steps_per_epoch=100, origin=None,
        moment=trained.runs["A"].moments[END], source=Parent("A", END), spec=SPEC, pace=NEW_CLASS,
    )  # fmt: skip
    assert not growth.is_reached(Reader(1.0), 2), "there are 300 steps at least"
    assert [growth.is_reached(Reader(share), 3) for share in (1.0, 0.95, 0.94)] == [True, True, False]


def test_one_misread_image_is_mended_in_few_steps(trained, dataset):
    session = trained
    weights = session.runs["A"].moments[13].weights
    wrong = int(np.flatnonzero(answers_of(weights, dataset.test_images) != dataset.test_labels)[0])
    example = example_of(dataset.test_images[wrong], dataset.classes[dataset.test_labels[wrong]])
    session.runs["A"].spec = session.runs["A"].spec.but(schedule="cosine", warmup=2.0)
    list(teach(session, Parent("A", 13), [example]))
    run = session.runs["B"]
    assert run.title == "mended by 1 example"
    assert (run.spec.schedule, run.spec.warmup) == ("constant", 0.0), "nobody knows how many steps it takes"
    assert run.spec.learning_rate == pytest.approx(0.03 * SPEC.learning_rate)
    assert answers_of(run.moment(None).weights, example.image[None]) == dataset.test_labels[wrong]


def test_going_on_from_a_taught_run_equals_the_unbroken_run_bit_for_bit(with_hearts):
    session, taught_run = with_hearts, with_hearts.runs["B"]
    session.replace_data(learned_from(session, session.runs["A"]))
    assert session.dataset.base is None
    middle = 2 * taught_run.steps_per_epoch
    list(train(session, taught_run.spec, Parent("B", middle)))
    child = session.runs["C"]
    assert child.examples == taught_run.examples and child.taught_from == ("A", END)
    for step, moment in taught_run.moments.items():
        for one, other in zip(moment.weights, child.moments[step].weights, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_second_class_is_taught_beside_the_first_whose_examples_left_the_shelf(with_hearts):
    session = with_hearts
    newest = session.runs["B"].moments.newest
    stars = [Example(image=np.eye(8, dtype=np.uint8) * value, label="star") for value in range(140, 250, 10)]
    list(teach(session, Parent("B", newest), stars))
    run = session.runs["C"]
    assert session.dataset.classes == ("a", "b", "c", "d", "heart", "star")
    assert run.title == "with star"
    assert [example.label for example in run.examples] == ["heart"] * 12 + ["star"] * 11
    images = np.stack([each.image for each in run.examples])
    assert answers_of(run.moment(None).weights, images).tolist() == [4] * 12 + [5] * 11
    begin(teach(session, Parent("B", newest), [*stars, HEARTS[0]]))
    assert session.dataset.classes == ("a", "b", "c", "d", "heart", "star"), "the shelf's order moves no output"


def test_other_data_of_the_same_kind_will_do_for_a_rehearsal_and_those_that_it_does_not_read_will_not(trained, dataset):
    session = trained
    with pytest.raises(UserError, match="no snapshot at step 7"):
        list(teach(session, Parent("A", 7), HEARTS))
    session.replace_data(dataclasses.replace(dataset, classes=("a", "b", "c", "d", "e"), name="Others"))
    with pytest.raises(UserError, match="Others is not what run A reads"):
        list(teach(session, Parent("A", END), HEARTS))
    fewer = {"train_images": dataset.train_images[:200], "train_labels": dataset.train_labels[:200]}
    session.replace_data(dataclasses.replace(dataset, name="Fewer", **fewer))
    begin(teach(session, Parent("A", 60), HEARTS))
    assert session.runs["B"].dataset == "Fewer and 12 examples 250 + 92"

    session.runs["A"].moment_bytes = 10_000
    given_up = thinned(session.runs, budget=20_000)
    assert given_up and ("A", 60) not in given_up, "a moment that others were taught from is kept"


def test_the_data_are_those_of_the_run_that_is_looked_at(with_hearts, dataset):
    session = with_hearts
    architecture = lens_network(session, Lens("A")).architecture
    with pytest.raises(NotYetError):
        fitting_data(session.data(), architecture)
    (opened,) = told(follow_run(session, "A"))
    assert opened.names == dataset.classes and session.dataset is dataset
    assert fitting_data(session.data(), architecture) is dataset
    assert told(follow_run(session, "A")) == [], "they are open already"
    (opened,) = told(follow_run(session, "B"))
    assert opened.names == ("a", "b", "c", "d", "heart") and opened.test_images == 92
    once = session.dataset
    list(follow_run(session, "A"))
    list(follow_run(session, "B"))
    assert session.dataset is once, "what was made is kept"
    assert once.fingerprint() == session.runs["B"].fingerprint


def test_a_session_that_is_opened_again_knows_its_examples_and_what_its_runs_learned_from(
    tmp_path, own_home, dataset, stripes_file
):
    session = Session(new_place=lambda: tmp_path / "taught.layerlight")
    session.replace_data(dataclasses.replace(dataset, source=stripes_file))
    list(train(session, SPEC))
    list(keep_examples(session, dict(enumerate(HEARTS))))
    list(teach(session, Parent("A", END), HEARTS))
    newest = session.runs["B"].moment(None).weights
    list(keep_examples(session, {3: column(99, "star")}))
    assert session.close()
    again = Session()
    messages = list(open_session(again, str(tmp_path / "taught.layerlight")))
    assert again.examples == {3: column(99, "star")}
    run = again.runs["B"]
    assert run.examples == tuple(HEARTS) and run.taught_from == ("A", END)
    assert of(DatasetOpened, messages)
    list(follow_run(again, "B"))
    assert again.dataset.classes[4] == "heart" and again.dataset.fingerprint() == run.fingerprint
    list(teach(again, Parent("A", END), HEARTS))
    for here, there in zip(newest, again.runs["C"].moment(None).weights, strict=True):
        assert here.tobytes() == there.tobytes(), "what was saved is enough to do it again"
    again.close()
