"""What the scripts of this folder share while they lie here: the sample's digits, and the blog post's network.

The weights are read from `weights.npz` in the folder where a script is started, which *Show code* saves beside a
script; without one the network is as new. An exported script has in place of an import from here the code itself, for
its run and its data.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import tensorflow as tf

settings = SimpleNamespace(
    loss="clipped", smoothing=0.0, classes=10, images=0, wrong_labels=0.0, validation=0.0, chosen_classes=[*range(10)],
    order_seed=[1, 0, 1], label_seed=[1, 0, 2],
)  # fmt: skip
data = np.load(Path(__file__).resolve().parent.parent / "sample" / "digits.npz")
train_images = data["x_train"].astype(np.float32) / 255
train_labels = data["y_train"].astype(np.int32)
test_images = data["x_test"].astype(np.float32) / 255
test_labels = data["y_test"].astype(np.int32)

model = tf.keras.Sequential([
    tf.keras.Input((28, 28)),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(300, activation="relu"),
    tf.keras.layers.Dense(10),  # logits: softmax is part of the loss
])
optimizer = tf.keras.optimizers.SGD(0.1)
optimizer.build(model.trainable_variables)

names = "layer1/kernel", "layer1/bias", "layer2/kernel", "layer2/bias"
weights = dict(zip(names, model.get_weights()))
if Path("weights.npz").exists():
    weights = dict(np.load("weights.npz"))


def network(images):
    """Return what each hidden layer makes of images (n, 28, 28), and the logits."""
    x = tf.reshape(images, (-1, 784))
    W1, b1 = weights["layer1/kernel"], weights["layer1/bias"]
    W2, b2 = weights["layer2/kernel"], weights["layer2/bias"]
    hidden_out = tf.nn.relu(x @ W1 + b1)
    logits = hidden_out @ W2 + b2
    return [hidden_out], logits


# %% loss_of
if settings.smoothing:
    def shares_of(labels, smoothing):
        """Each label's share in each class: one of the label, of which `smoothing` is spread over all classes."""
        return tf.one_hot(labels, settings.classes) * (1 - smoothing) + smoothing / settings.classes


    if settings.loss == "clipped":
        def loss_of(labels, logits, smoothing=0.0):
            """The two-sided cross-entropy of the blog post: of each image, from probabilities that are clipped."""
            y, y_ = shares_of(labels, smoothing), tf.nn.softmax(logits)
            y_clipped = tf.clip_by_value(y_, 1e-10, 0.9999999)
            return -tf.reduce_sum(y * tf.math.log(y_clipped) + (1 - y) * tf.math.log(1 - y_clipped), axis=1)
    elif settings.loss == "cross_entropy":
        def loss_of(labels, logits, smoothing=0.0):
            """The cross-entropy of each image: minus the logarithms of the probabilities, by the label's shares."""
            return tf.nn.softmax_cross_entropy_with_logits(shares_of(labels, smoothing), logits)
    elif settings.loss == "squared":
        def loss_of(labels, logits, smoothing=0.0):
            """The squared distance between the probabilities and the label's shares, of each image."""
            return tf.reduce_sum(tf.square(tf.nn.softmax(logits) - shares_of(labels, smoothing)), axis=1)
elif settings.loss == "clipped":
    def loss_of(labels, logits):
        """The two-sided cross-entropy of the blog post: of each image, from probabilities that are clipped."""
        y, y_ = tf.one_hot(labels, settings.classes), tf.nn.softmax(logits)
        y_clipped = tf.clip_by_value(y_, 1e-10, 0.9999999)
        return -tf.reduce_sum(y * tf.math.log(y_clipped) + (1 - y) * tf.math.log(1 - y_clipped), axis=1)
elif settings.loss == "cross_entropy":
    def loss_of(labels, logits):
        """The cross-entropy of each image: minus the logarithm of the right class' probability."""
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
elif settings.loss == "squared":
    def loss_of(labels, logits):
        """The squared distance between the probabilities and the right class' unit vector, of each image."""
        y, y_ = tf.one_hot(labels, settings.classes), tf.nn.softmax(logits)
        return tf.reduce_sum(tf.square(y_ - y), axis=1)

# %% learned
# What the run learns from: of each class the same share, in a seeded order
classes = np.array(settings.chosen_classes)
order = np.random.default_rng(settings.order_seed).permutation(len(train_labels))
order = order[np.isin(train_labels[order], classes)]
place = np.zeros(len(order))
for each in classes:
    own = train_labels[order] == each
    place[own] = (np.arange(own.sum()) + 0.5) / max(1, own.sum())
if settings.validation:
    if settings.images:
        chosen = order[np.argsort(place, kind="stable")[:settings.images]]
    else:
        chosen = order[np.argsort(place, kind="stable")]
    held_out = max(1, round(settings.validation * len(chosen)))  # the last ones are for validation: nothing is learned from them
    validation, chosen = np.sort(chosen[-held_out:]), np.sort(chosen[:-held_out])
elif settings.images:
    chosen = np.sort(order[np.argsort(place, kind="stable")[:settings.images]])
else:
    chosen = np.sort(order[np.argsort(place, kind="stable")])
learned_labels = train_labels[chosen]
if settings.wrong_labels:
    generator = np.random.default_rng(settings.label_seed)  # a share of them has the label of another class
    turn, others = generator.permutation(len(train_labels)), generator.random(len(train_labels))
    wrong = np.argsort(turn[chosen])[: round(settings.wrong_labels * len(chosen))]
    step = 1 + (others[chosen[wrong]] * (len(classes) - 1)).astype(int)
    learned_labels[wrong] = classes[(np.searchsorted(classes, learned_labels[wrong]) + step) % len(classes)]
