"""The notes on TensorFlow 1 say what the blog post's code says, and the scripts use its names."""

import re

import pytest
from trained import with_run

from engine.core.lens import Lens
from engine.core.specs import TrainSpec
from engine.data.formats.sample import open_sample
from engine.export.scripts.parts.show_code import show_code
from engine.export.scripts.parts.tabs import note, tabs
from engine.session.session import Session

INVERSE = {
    "x": "a variable of zeros (10, 10)",
    "A": "tf.constant of random integers from 0 to 9",
    "id_mat": "a constant",
    "output": "x times A",
}
"""What the names of the post's first program are."""

NETWORK = {"x", "y", "W1", "b1", "W2", "b2", "hidden_out", "y_", "y_clipped"}
"""The names of its network: images and one-hot labels, which are fed, the variables, the hidden layer after ReLU, the
prediction, and the prediction within bounds."""

CALLS = {
    "warmup": {"tf.constant", "tf.reduce_sum(tf.abs(output - id_mat))", "tf.train.AdagradOptimizer(0.01)"},
    "train": {
        "tf.clip_by_value(y_, 1e-10, 0.9999999)", "tf.train.GradientDescentOptimizer(0.1)",
        "tf.global_variables_initializer()", "mnist.train.next_batch", "0.03 for weights, 1 for biases",
        "100 images at a time", "epochs = 50", "has 40",
    },
    "fingerprints": {"sess.run(hidden_out, feed_dict={x: input_data})", "an open session"},
    "mistakes": {"tf.equal(tf.argmax(y, 1), tf.argmax(y_, 1))", "y are the labels and y_ the predictions"},
    "ideal": {"penalty * tf.reduce_sum(x**2)", "0.25", "a second model"},
}  # fmt: skip
"""What the notes quote of it."""

NEVER_THERE = ("initialize_all_variables", "InteractiveSession", "y_:", "y_ are the labels", "A: ")


def script_of(session, tab, lens=None, **settings):
    (code,) = (message for message in show_code(session, lens, tab, settings) if message is not None)
    return code.script


@pytest.fixture(scope="module")
def session():
    return with_run(Session(open_sample()), "12")


@pytest.mark.parametrize("tab", sorted(CALLS))
def test_a_note_quotes_the_post(tab):
    for quote in CALLS[tab]:
        assert quote in note(tab)


def test_the_inverse_is_said_as_the_post_has_it_and_nothing_is_fed():
    said = note("warmup")
    assert f"x is {INVERSE['x']}" in said
    assert f"A = {INVERSE['A']}" in said
    assert f"id_mat {INVERSE['id_mat']}" in said
    assert f"output is {INVERSE['output']}" in said
    assert "Nothing is fed." in said and "placeholder" not in said and "feed_dict" not in said


@pytest.mark.parametrize("tab", tabs())
def test_only_images_and_labels_are_fed_and_only_what_the_post_names_is_fetched(tab):
    said = note(tab)
    for feeding in re.findall(r"feed_dict=\{([^}]*)\}", said):
        assert {pair.split(":")[0].strip() for pair in feeding.split(", ") if ":" in pair} <= {"x", "y"}
    for fetched in re.findall(r"sess\.run\(\[?([\w, ]+?)[\],)]", said):
        names = set(fetched.split(", ")) - {"feed_dict"}
        assert all(name.split(".")[0] in NETWORK for name in names), fetched
    assert not any(wrong in said for wrong in NEVER_THERE)


def test_the_script_of_the_inverse_has_the_posts_names(session):
    script = script_of(session, "warmup")
    assert "output = x @ A" in script and "id_mat = np.eye(SIZE)" in script and "output - id_mat" in script


@pytest.mark.parametrize("tab", ["fingerprints", "draw", "ideal", "mistakes", "map"])
def test_a_network_of_one_hidden_layer_is_written_as_in_the_post(tab, session):
    script = script_of(session, tab, Lens("A"))
    for line in (
        'W1, b1 = weights["layer1/kernel"], weights["layer1/bias"]',
        "hidden_out = tf.nn.relu(x @ W1 + b1)",
        "logits = hidden_out @ W2 + b2",
    ):
        assert line in script


@pytest.mark.parametrize(("tab", "settings"), [("train", {"spec": TrainSpec()}), ("ideal", {})])
def test_the_posts_loss_has_the_posts_names(tab, settings, session):
    script = script_of(session, tab, Lens("A"), **settings)
    assert "y_clipped = tf.clip_by_value(y_, 1e-10, 0.9999999)" in script
    assert "y * tf.math.log(y_clipped) + (1 - y) * tf.math.log(1 - y_clipped)" in script
