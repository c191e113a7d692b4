"""Paint what a network would like to see most, by gradient descent on the pixels."""

import numpy as np
import tensorflow as tf

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(
    objective="clipped", penalty="none", weight=0.25, pixels="free", start="grey", shift=0, optimizer="sgd",
    learning_rate=0.1, steps=300, seed=0, has_seed=False, layer=1, neurons=[0], what="class", classes=10, rows=28,
    columns=28, iterations=20.0, function=tf.function(jit_compile=True),
)  # fmt: skip

if settings.start == "mean":
    # %% data
    from shared import test_images, test_labels
# %% weights
# %%
if settings.penalty == "none":
    if settings.has_seed:
        STEPS, RATE, SEED = settings.steps, settings.learning_rate, settings.seed
    else:
        STEPS, RATE = settings.steps, settings.learning_rate
elif settings.has_seed:
    STEPS, RATE, WEIGHT, SEED = settings.steps, settings.learning_rate, settings.weight, settings.seed
else:
    STEPS, RATE, WEIGHT = settings.steps, settings.learning_rate, settings.weight
if settings.objective == "neuron":
    wanted = np.array(settings.neurons)  # neurons of layer {settings.layer}
else:
    wanted = np.arange(settings.classes)  # an image for each class
# %% lens


# %% network
from shared import network


# %%
if settings.penalty == "tv":
    # %% denoised
    def denoised(images, by, dual):
        """Take the total variation's proximal step: FISTA on its dual, from that of the last step."""
        ahead, spread = dual, lambda p: p[0] - tf.roll(p[0], 1, 1) + p[1] - tf.roll(p[1], 1, 2)
        for count in tf.range(settings.iterations):
            x = images + spread(ahead)
            below, right = tf.concat([x[:, 1:], x[:, -1:]], 1), tf.concat([x[:, :, 1:], x[:, :, -1:]], 2)
            newest = tf.clip_by_norm(ahead + tf.stack([below - x, right - x]) / 8, by, axes=0)
            ahead, dual = newest + count / (count + 3) * (newest - dual), newest
        return images + spread(dual), dual


# %%
@settings.function
def paint(images):
    """Take all steps; the images know nothing of each other."""
    seen = sums = images  # %% settings
    speed = mean = squares = tf.zeros_like(images)  # %% settings
    dual = tf.zeros((2, *images.shape))  # %% settings
    if settings.optimizer == "momentum":
        speed = tf.zeros_like(images)
    elif settings.optimizer == "adam":
        mean, squares = tf.zeros_like(images), tf.zeros_like(images)
    if settings.penalty == "tv":
        dual = tf.zeros((2, *images.shape))
    for step in tf.range(1, STEPS + 1):
        with tf.GradientTape() as tape:
            tape.watch(images)
            if settings.shift:
                # The images are moved a little in each step, so that they hold wherever they lie
                moved = tf.random.stateless_uniform([2], tf.stack([SEED, step])) * settings.spread
                seen = tf.roll(images, tf.cast(tf.floor(moved), tf.int32) - settings.shift, (1, 2))
                if settings.objective == "neuron":
                    layers, logits, sums = network(seen)
                else:
                    layers, logits = network(seen)
            elif settings.objective == "neuron":
                layers, logits, sums = network(images)
            else:
                layers, logits = network(images)
            if settings.objective == "clipped":
                y, y_ = tf.one_hot(wanted, settings.classes), tf.nn.softmax(logits)
                y_clipped = tf.clip_by_value(y_, 1e-10, 0.9999999)
                loss = -tf.reduce_sum(y * tf.math.log(y_clipped) + (1 - y) * tf.math.log(1 - y_clipped), axis=1)
            elif settings.objective == "class":
                loss = tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, logits)
            elif settings.objective == "logit":
                loss = -tf.gather(logits, wanted, batch_dims=1)
            elif settings.objective == "neuron":
                loss = -tf.gather(sums, wanted, batch_dims=1)
            if settings.penalty == "l2":
                if settings.shift:
                    loss += WEIGHT * tf.reduce_sum(seen**2, axis=(1, 2))  # the squares of all pixels
                else:
                    loss += WEIGHT * tf.reduce_sum(images**2, axis=(1, 2))  # the squares of all pixels
        gradient = tape.gradient(loss, images)
        if settings.optimizer == "sgd":
            images -= RATE * gradient
        elif settings.optimizer == "momentum":
            speed = 0.9 * speed - RATE * gradient
            images += speed
        elif settings.optimizer == "adam":
            mean = 0.9 * mean + 0.1 * gradient
            squares = 0.999 * squares + 0.001 * gradient**2
            number = tf.cast(step, tf.float32)
            rate = RATE * tf.sqrt(1 - 0.999**number) / (1 - 0.9**number)
            images -= rate * mean / (tf.sqrt(squares) + 1e-7)
        if settings.penalty == "l1":
            # The sum of sizes is made small by a proximal step: pixels become exactly zero
            images = tf.sign(images) * tf.maximum(tf.abs(images) - RATE * WEIGHT, 0.0)
        elif settings.penalty == "tv":
            images, dual = denoised(images, RATE * WEIGHT, dual)  # neighbours become equal
        if settings.pixels == "unit":
            images = tf.clip_by_value(images, 0.0, 1.0)
    return images


# %%
if settings.start == "empty":
    images = tf.zeros((len(wanted), settings.rows, settings.columns))
elif settings.start == "grey":
    images = tf.fill((len(wanted), settings.rows, settings.columns), 0.5)
elif settings.start == "noise":
    images = tf.constant(np.random.default_rng(SEED).random((len(wanted), settings.rows, settings.columns)), tf.float32)  # uniform from 0 to 1
elif settings.objective == "neuron":
    means = [test_images[test_labels == label].mean(axis=0) for label in np.unique(test_labels)]
    images = tf.constant(np.stack([np.mean(means, axis=0)] * len(wanted)))
else:
    images = tf.constant(np.stack([test_images[test_labels == label].mean(axis=0) for label in wanted]))
images = paint(images)
probabilities = tf.nn.softmax(network(images)[1]).numpy()
for what, image, probability in zip(wanted, images.numpy(), probabilities):
    print(f"{settings.what} {what}: answer {probability.argmax()} with probability {probability.max():.4f}, "
          f"sum of squares {np.sum(image**2):.2f}, {np.mean(image == 0):.1%} of the pixels are zero")
# %% result
np.savez("ideal-result.npz", images=images, probabilities=probabilities)

# %% drawing
import matplotlib.pyplot as plt

figure, places = plt.subplots(-(-len(wanted) // 5), 5, figsize=(11, 5), squeeze=False, layout="constrained")
for place in places.flat:
    place.axis("off")
most = np.abs(images).max() or 1
for place, what, image, probability in zip(places.flat, wanted, images.numpy(), probabilities):
    place.imshow(image, cmap="RdBu", vmin=-most, vmax=most)
    place.set_title(f"{settings.what} {what}: predicted {probability.argmax()}, {probability.max():.2%}", fontsize=8)
plt.savefig("ideal-result.png", dpi=150)
plt.show()
