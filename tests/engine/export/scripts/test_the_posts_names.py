"""The notes on TensorFlow 1 say what the blog post's code says, and the scripts use its names."""

import re

from told import last
from trained import with_run

from engine.core.lens import Lens
from engine.core.specs import TrainSpec
from engine.data.formats.sample import open_sample
from engine.export.scripts.parts.show_code import show_code
from engine.export.scripts.parts.tabs import note, tabs
from engine.session.session import Session

# the names of the post's network: images and one-hot labels, which are fed, the variables, the hidden layer after ReLU,
# the prediction, and the prediction within bounds
NETWORK = {"x", "y", "W1", "b1", "W2", "b2", "hidden_out", "y_", "y_clipped"}

CALLS = {  # what the notes quote of it
    "warmup": {
        "tf.constant", "tf.reduce_sum(tf.abs(output - id_mat))", "tf.train.AdagradOptimizer(0.01)",
        "x is a variable of zeros (10, 10)", "A = tf.constant of random integers from 0 to 9", "id_mat a constant",
        "output is x times A", "Nothing is fed.",
    },
    "train": {
        "tf.clip_by_value(y_, 1e-10, 0.9999999)", "tf.train.GradientDescentOptimizer(0.1)",
        "tf.global_variables_initializer()", "mnist.train.next_batch", "0.03 for weights, 1 for biases",
        "100 images at a time", "epochs = 50", "has 40",
    },
    "fingerprints": {"sess.run(hidden_out, feed_dict={x: input_data})", "an open session"},
    "mistakes": {"tf.equal(tf.argmax(y, 1), tf.argmax(y_, 1))", "y are the labels and y_ the predictions"},
    "ideal": {"penalty * tf.reduce_sum(x**2)", "0.25", "a second model"},
}  # fmt: skip

NEVER_THERE = ("initialize_all_variables", "InteractiveSession", "y_:", "y_ are the labels", "A: ")


def test_a_note_quotes_the_post():
    for tab, quotes in CALLS.items():
        assert [quote for quote in quotes if quote not in note(tab)] == []
    assert "placeholder" not in note("warmup") and "feed_dict" not in note("warmup")


def test_only_images_and_labels_are_fed_and_only_what_the_post_names_is_fetched():
    for tab, said in ((tab, note(tab)) for tab in tabs()):
        for feeding in re.findall(r"feed_dict=\{([^}]*)\}", said):
            assert {pair.split(":")[0].strip() for pair in feeding.split(", ") if ":" in pair} <= {"x", "y"}, tab
        for fetched in re.findall(r"sess\.run\(\[?([\w, ]+?)[\],)]", said):
            names = set(fetched.split(", ")) - {"feed_dict"}
            assert all(name.split(".")[0] in NETWORK for name in names), (tab, fetched)
        assert not any(wrong in said for wrong in NEVER_THERE), tab
        assert "sess" in said or "FileWriter" in said, tab
        assert len(said) < 900 and "\n" not in said and "  " not in said, tab


LAYER = ('W1, b1 = weights["layer1/kernel"], weights["layer1/bias"]', "hidden_out = tf.nn.relu(x @ W1 + b1)")
LOSS = (
    "y_clipped = tf.clip_by_value(y_, 1e-10, 0.9999999)",
    "y * tf.math.log(y_clipped) + (1 - y) * tf.math.log(1 - y_clipped)",
)


def test_the_scripts_have_the_posts_names(own_home):
    session = with_run(Session(open_sample()), "12")
    for tab, settings, lines in (
        ("warmup", {}, ("output = x @ A", "id_mat = np.eye(SIZE)", "output - id_mat")),
        *((tab, {}, (*LAYER, "logits = hidden_out @ W2 + b2")) for tab in ("fingerprints", "draw", "mistakes", "map")),
        ("ideal", {}, (*LAYER, *LOSS)),
        ("train", {"spec": TrainSpec()}, LOSS),
    ):
        script = last(show_code(session, Lens("A"), tab, settings)).script
        assert [line for line in lines if line not in script] == [], tab
